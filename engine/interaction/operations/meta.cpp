/// $meta, $meta-add, $meta-delete of a resource. Source: FHIR R4, Resource-operation-meta, -meta-add, -meta-delete.
#include "fhir/json.hpp"
#include "interaction/operations/parameters.hpp"
#include "interaction/patched.hpp"

namespace huitong::interaction {
namespace {

constexpr std::string_view kLists[] = {"profile", "security", "tag"};

std::string meta_parameters(fhir::Element resource) {
    std::string out = "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"return\"";
    if (const auto meta = resource.child("meta")) out += ",\"valueMeta\":" + fhir::write_json(meta);
    return out + "}]}";
}

/// Two profiles are one when they are equal, two codings when system and code are.
bool is_same(fhir::Element a, fhir::Element b) {
    return a.has_value() ? a.value() == b.value() : a.text("system") == b.text("system") && a.text("code") == b.text("code");
}

fhir::Element find_same(fhir::Element meta, std::string_view list, fhir::Element wanted) {
    if (!meta) return {};
    for (const auto item : meta.children(list)) {
        if (is_same(item, wanted)) return item;
    }
    return {};
}

void change(fhir::Document& document, fhir::Element given, bool adds) {
    auto meta = document.root().child("meta");
    if (!meta) meta = document.element(document.add_child(0, "meta", false));
    for (const auto list : kLists) {
        for (const auto item : given.children(list)) {
            const auto found = find_same(meta, list, item);
            if (adds && !found) document.graft(meta.index(), list, true, item);
            if (!adds && found) document.remove_child(meta.index(), found.index());
        }
    }
}

/// What is wrong with what was given; what stood there before is not looked at.
Outcome check_meta(const Services& services, const Request& request, fhir::Element resource) {
    const auto type = std::string(resource.type());
    const auto found = check_resource(services, request, resource, type);
    Outcome out;
    for (const auto& issue : found.issues()) {
        if (issue.severity >= Severity::error && issue.where.starts_with(type + ".meta")) out.add(issue);
    }
    return out;
}

} // namespace

boost::asio::awaitable<Response> meta(const Services& services, Request request, Route route) {
    auto view = services.store->view(access::filter_of(request.caller));
    auto found = patch_base(*view, {route.type, route.id}, std::nullopt);
    if (!found) co_return failed(found.error());
    Response response;
    touch(response, *found);
    response.body = meta_parameters(fhir::read_json(found->body).value->root());
    co_return response;
}

boost::asio::awaitable<Response> meta_change(const Services& services, Request request, Route route) {
    const auto input = OperationInput::read(services, request);
    if (!input) co_return failed(input.error());
    const auto given = input->element("meta");
    if (!given) co_return failed(error(IssueCode::required, "", "operation-parameter", {"meta"}));
    for (int attempt = 0;; ++attempt) {
        auto view = services.store->view(access::filter_of(request.caller));
        auto base = patch_base(*view, {route.type, route.id}, std::nullopt);
        if (!base) co_return failed(base.error());
        const auto document = fhir::read_json(base->body).value;
        change(*document, given, route.operation == "$meta-add");
        if (auto issues = check_meta(services, request, document->root()); issues.has_errors()) co_return failed(std::move(issues));
        auto commit = make_commit(request, route.operation + ' ' + route.type);
        commit.writes.push_back(make_write(services, request.caller, store::Action::update, route.type, route.id, document->root()));
        commit.writes.back().if_version = base->version;
        auto receipt = co_await services.store->commit(std::move(commit));
        if (receipt) {
            auto response = written(services, request, *receipt, 0, 200, {});
            if (response.body.empty()) co_return response;
            response.body = meta_parameters(fhir::read_json(response.body).value->root());
            response.location.clear();
            co_return response;
        }
        const bool again = is_version_conflict(receipt.error()) || is_guard_conflict(receipt.error());
        if (!again || attempt == kGuardRetriesMax) co_return failed(receipt.error());
    }
}

} // namespace huitong::interaction
