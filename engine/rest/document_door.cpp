#include "rest/document_door.hpp"

#include "rest/form.hpp"

namespace huitong::rest {
namespace {

constexpr std::string_view kPrefix = "/documents/";

/// Type and id behind the prefix; empty ones when the path has another shape.
store::ResourceKey key_of(const std::string& path) {
    if (!path.starts_with(kPrefix)) return {};
    const auto rest = path.substr(kPrefix.size());
    const auto slash = rest.find('/');
    if (slash == rest.npos || rest.find('/', slash + 1) != rest.npos) return {};
    return {rest.substr(0, slash), rest.substr(slash + 1)};
}

} // namespace

boost::asio::awaitable<HttpResponse> DocumentDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) {
        auto refusal = outcome_response(caller.error());
        auto recorded = co_await reception_.record(Reception::stranger(request), "denied", "", "", refusal.status, {});
        co_return recorded.empty() ? std::move(refusal) : outcome_response(recorded);
    }
    if (request.method != "GET") co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    const auto key = key_of(request.path);
    if (key.id.empty()) co_return outcome_response(error(IssueCode::not_found, "", "rest-no-route"));
    std::vector<std::string> told;
    caller->without_masked = true; // a document names its person: whoever is covered has none
    auto response = write(request, *caller, key, told);
    auto recorded = co_await reception_.record(*caller, "document", key.type, key.id, response.status, std::move(told));
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

HttpResponse DocumentDoor::write(const HttpRequest& request, const access::Caller& caller, const store::ResourceKey& key,
                                 std::vector<std::string>& told) const {
    if (!access::may(caller, 'r', key.type))
        return outcome_response(error(IssueCode::forbidden, "", "access-scope", {"document", key.type}));
    if (caller.masked) return outcome_response(error(IssueCode::forbidden, "", "access-masked", {"document"}));
    if (caller.deidentified) return outcome_response(error(IssueCode::forbidden, "", "access-deidentified", {"document"}));
    const auto asked = form_field(request.query, "charset");
    const auto charset = read_charset(asked.empty() ? "UTF-8" : asked);
    if (charset != Charset::utf8 && charset != Charset::gb18030)
        return outcome_response(error(IssueCode::value, "charset", "document-charset"));
    auto parts = interaction::document_parts(services_, caller, key);
    if (!parts) return outcome_response(parts.error());
    const auto form = form_field(request.query, "form");
    auto written = writer_.write(*parts->bundle, parts->previous.get(), form.empty() ? parts->form : form, *charset);
    if (written.issues.has_errors()) return outcome_response(written.issues);
    told = std::move(parts->resources);
    HttpResponse response;
    response.set("Content-Type", "application/hl7-cda+xml; charset=" + std::string(charset_text(*charset)));
    response.body = std::move(written.value);
    return response;
}

} // namespace huitong::rest
