/// $graphql on the system and on a resource, by GET, JSON or plain text. Source: FHIR R4, "Using GraphQL with FHIR".
#include "fhir/json.hpp"
#include "interaction/graphql/executor.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

struct GraphqlRequest {
    std::string query, operation;
    std::map<std::string, graphql::Value> variables;
};

graphql::Value value_of(fhir::Element element) {
    graphql::Value out;
    using Kind = graphql::Value::Kind;
    if (element.has_value()) {
        out.kind = element.kind() == fhir::ValueKind::number    ? Kind::number
                   : element.kind() == fhir::ValueKind::boolean ? Kind::boolean
                                                                : Kind::text;
        out.text = element.value();
    }
    return out;
}

void add_variables(fhir::Element object, std::map<std::string, graphql::Value>& out) {
    for (const auto child : object.children()) {
        auto value = value_of(child);
        if (!child.node().in_array) {
            out[std::string(child.name())] = std::move(value);
            continue;
        }
        auto& list = out[std::string(child.name())];
        list.kind = graphql::Value::Kind::list;
        list.items.push_back(std::move(value));
    }
}

Result<GraphqlRequest> read_request(const Request& request) {
    GraphqlRequest out;
    const auto& type = request.content_type;
    const bool posted = request.method == "POST" && !request.body.empty();
    if (posted && type.find("json") == type.npos) {
        if (type != "application/graphql" && !type.empty()) return Outcome(error(IssueCode::not_supported, "", "rest-media-type", {type}));
        out.query = request.body;
    } else if (posted) {
        const auto body = fhir::read_plain_json(request.body);
        if (body.issues.has_errors()) return body.issues;
        const auto root = body.value->root();
        out.query = root.text("query");
        out.operation = root.text("operationName");
        if (const auto variables = root.child("variables")) add_variables(variables, out.variables);
    } else {
        out.query = query_value(request, "query").value_or("");
        out.operation = query_value(request, "operationName").value_or("");
        if (const auto text = query_value(request, "variables")) {
            const auto parsed = fhir::read_plain_json(*text);
            if (parsed.issues.has_errors()) return parsed.issues;
            add_variables(parsed.value->root(), out.variables);
        }
    }
    if (out.query.empty()) return Outcome(error(IssueCode::required, "", "operation-parameter", {"query"}));
    return out;
}

Result<const graphql::Operation*> choose(const graphql::Document& document, const std::string& name) {
    const auto& all = document.operations;
    const auto found = std::find_if(all.begin(), all.end(), [&](const graphql::Operation& one) { return one.name == name; });
    if (!name.empty() && found != all.end()) return &*found;
    if (!name.empty() || all.size() != 1) return Outcome(error(IssueCode::invalid, "query", "graphql-operation", {name}));
    return &all.front();
}

Outcome complete(const graphql::Operation& operation, std::map<std::string, graphql::Value>& variables) {
    for (const auto& [name, initial] : operation.variables) variables.emplace(name, initial);
    for (const auto& name : operation.required) {
        if (variables[name].kind == graphql::Value::Kind::null) return error(IssueCode::required, "variables", "graphql-variable", {name});
    }
    return {};
}

} // namespace

boost::asio::awaitable<Response> graphql_query(const Services& services, Request request, Route route) {
    auto asked = read_request(request);
    if (!asked) co_return failed(asked.error());
    const auto document = graphql::read_document(asked->query);
    if (!document) co_return failed(document.error());
    const auto operation = choose(*document, asked->operation);
    if (!operation) co_return failed(operation.error());
    if (auto issues = complete(**operation, asked->variables); issues.has_errors()) co_return failed(std::move(issues));
    auto view = services.store->view(access::filter_of(request.caller));
    graphql::Executor executor(services, *view, *document, std::move(asked->variables), request.caller);
    const store::ResourceKey context(route.type, route.id);
    auto done = executor.run(**operation, context);
    if (!done) co_return failed(done.error());
    Response response;
    response.body = std::move(*done);
    response.media_type = "application/json";
    response.touched.assign(executor.touched().begin(), executor.touched().end());
    co_return response;
}

} // namespace huitong::interaction
