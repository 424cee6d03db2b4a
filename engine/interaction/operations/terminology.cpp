/// The terminology operations as interactions: the request's parameters to the engine, its answer back. What is asked of a stored instance
/// is read from the store. Source: FHIR R4, Terminology Service.
#include "terminology/operations/closure.hpp"

#include "fhir/json.hpp"
#include "interaction/parts.hpp"
#include "interaction/stored_terminology.hpp"

#include <array>
#include <random>

namespace huitong::interaction {
namespace {

/// A random UUID (RFC 4122, version 4): it only has to differ from that of other expansions.
std::string expansion_identifier() {
    static thread_local std::mt19937_64 random{std::random_device{}()};
    std::array<char, 64> out{};
    const auto high = random(), low = random();
    const auto size =
        std::snprintf(out.data(), out.size(), "urn:uuid:%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                      static_cast<unsigned>(high >> 16 & 0xFFFF), static_cast<unsigned>(high & 0xFFF),
                      static_cast<unsigned>(0x8000 | (low >> 48 & 0x3FFF)), static_cast<unsigned long long>(low & 0xFFFFFFFFFFFF));
    return {out.data(), static_cast<std::size_t>(size)};
}

/// The parameters of one request, with the documents they stand in.
struct Asked {
    terminology::OperationInput input;
    terminology::OperationSettings settings;
    fhir::DocumentPtr body, instance;
    std::optional<store::Version> stored;
    fhir::Element instance_root() const { return instance ? instance->root() : fhir::Element(); }
};

Outcome catch_up(const Services& services) { return services.stored_terminology ? services.stored_terminology->catch_up() : Outcome(); }

std::string whole_question(const Request& request) {
    const bool is_whole = request.method == "GET" && request.expansion_max == 0; // a header may lower a limit
    return is_whole ? question_of(request.path, request.query, request.accept_language) : std::string();
}

Result<Asked> read_asked(const Services& services, const Request& request, const Route& route) {
    Asked out;
    if (auto issues = catch_up(services); issues.has_errors()) return issues;
    for (const auto& [name, value] : request.query) out.input.add(name, value);
    if (request.method == "POST" && !request.body.empty()) {
        auto document = read_body(services, request);
        if (!document) return document.error();
        out.body = std::move(*document);
        out.input.add(out.body->root());
    }
    if (!route.id.empty()) {
        auto found = services.store->view(access::filter_of(request.caller))->current({route.type, route.id});
        if (!found) return found.error();
        if (!*found || (*found)->deleted) return Outcome(error(IssueCode::not_found, "", "rest-not-found", {route.type, route.id}));
        out.stored = std::move(**found);
        auto parsed = fhir::read_json(out.stored->body);
        if (parsed.issues.has_errors()) return std::move(parsed.issues);
        out.instance = std::move(parsed.value);
    }
    out.settings.accept_language = request.accept_language;
    out.settings.now = instant_text(services.clock->now(), 480);
    out.settings.identifier = expansion_identifier();
    if (request.expansion_max > 0) out.settings.expansion_max = std::min(out.settings.expansion_max, request.expansion_max);
    return out;
}

Response response_of(const Asked& asked, terminology::OperationAnswer answer) {
    Response out;
    if (asked.stored) touch(out, *asked.stored);
    out.status = answer.status;
    out.body = std::move(answer.body);
    return out;
}

} // namespace

boost::asio::awaitable<Response> translate(const Services& services, Request request, Route route) {
    auto asked = read_asked(services, request, route);
    if (!asked) co_return failed(asked.error());
    co_return response_of(*asked,
                          terminology::translate(services.terminology->library(), asked->input, asked->settings, asked->instance_root()));
}

boost::asio::awaitable<Response> lookup(const Services& services, Request request, Route route) {
    auto asked = read_asked(services, request, route);
    if (!asked) co_return failed(asked.error());
    co_return response_of(*asked, terminology::lookup(services.terminology->library(), asked->input, asked->settings));
}

boost::asio::awaitable<Response> validate_code(const Services& services, Request request, Route route) {
    if (auto issues = catch_up(services); issues.has_errors()) co_return failed(std::move(issues));
    const auto& library = services.terminology->library();
    const auto generation = library.generation();
    auto question = services.stored_terminology ? whole_question(request) : std::string();
    if (!question.empty()) {
        if (const auto known = services.stored_terminology->answers().find(question, generation)) {
            Response out;
            out.body = *known;
            co_return out;
        }
    }
    auto asked = read_asked(services, request, route);
    if (!asked) co_return failed(asked.error());
    if (route.operation == "$batch-validate-code")
        co_return response_of(*asked, terminology::batch_validate_code(library, asked->input, asked->settings, route.type == "CodeSystem"));
    const auto validate = route.type == "CodeSystem" ? terminology::validate_code_in_system : terminology::validate_code_in_value_set;
    auto answer = validate(library, asked->input, asked->settings, asked->instance_root());
    if (!question.empty() && answer.status == 200)
        services.stored_terminology->answers().keep(std::move(question), generation, answer.body);
    co_return response_of(*asked, std::move(answer));
}

boost::asio::awaitable<Response> expand(const Services& services, Request request, Route route) {
    auto asked = read_asked(services, request, route);
    if (!asked) co_return failed(asked.error());
    co_return response_of(*asked,
                          terminology::expand(services.terminology->library(), asked->input, asked->settings, asked->instance_root()));
}

boost::asio::awaitable<Response> subsumes(const Services& services, Request request, Route route) {
    auto asked = read_asked(services, request, route);
    if (!asked) co_return failed(asked.error());
    co_return response_of(*asked,
                          terminology::subsumes(services.terminology->library(), asked->input, asked->settings, asked->instance_root()));
}

boost::asio::awaitable<Response> find_matches(const Services& services, Request request, Route route) {
    auto asked = read_asked(services, request, route);
    if (!asked) co_return failed(asked.error());
    co_return response_of(
        *asked, terminology::find_matches(services.terminology->library(), asked->input, asked->settings, asked->instance_root()));
}

boost::asio::awaitable<Response> closure(const Services& services, Request request, Route route) {
    if (!access::may(request.caller, 'r', "CodeSystem"))
        co_return failed(error(IssueCode::forbidden, "", "access-scope", {route.operation, "CodeSystem"}));
    auto asked = read_asked(services, request, route);
    if (!asked) co_return failed(asked.error());
    co_return response_of(*asked, services.terminology->closures().answer(services.terminology->library(), asked->input, asked->settings,
                                                                          request.caller.client_id));
}

boost::asio::awaitable<Response> fhir_versions(const Services&, Request, Route) {
    Response out;
    out.body = terminology::fhir_versions().body;
    co_return out;
}

} // namespace huitong::interaction
