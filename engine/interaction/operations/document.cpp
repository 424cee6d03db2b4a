/// Composition/$document: the composition and everything it points at, as a document. Source: FHIR R4, Composition-operation-document;
/// FHIR R4, Documents.
#include "fhir/json.hpp"
#include "interaction/patched.hpp"
#include "search/values.hpp"

#include <set>

namespace huitong::interaction {
namespace {

constexpr std::size_t kEntriesMax = 2'000;

void add_references(fhir::Element element, std::vector<std::string>& out) {
    if (element.name() == "reference" && element.has_value()) out.emplace_back(element.value());
    for (const auto child : element.children()) add_references(child, out);
}

/// The composition's own references, and those of what it points at; no further, or a document would hold the whole store.
constexpr int kHops = 2;

/// `persist`: the document is stored as a Bundle too, with the caller's right to do so; its address is told.
boost::asio::awaitable<Response> kept(const Services& services, Request asked, Response document) {
    Request request;
    request.method = "POST";
    request.path = "Bundle";
    request.caller = std::move(asked.caller);
    request.write_check = asked.write_check;
    request.content_type = "application/fhir+json";
    request.body = std::move(document.body);
    auto stored = co_await handle(services, std::move(request));
    if (stored.issues.has_errors()) co_return stored;
    stored.status = 200;
    stored.touched.insert(stored.touched.end(), document.touched.begin(), document.touched.end());
    co_return stored;
}

} // namespace

boost::asio::awaitable<Response> document(const Services& services, Request request, Route route) {
    if (route.type != "Composition") co_return failed(error(IssueCode::not_supported, "", "operation-type", {"$document", "Composition"}));
    if (route.id.empty()) {
        // On the type a parameter names the composition: by its id or by its address.
        const auto named = query_value(request, "id").value_or("");
        const auto key = search::read_reference(named, services.registry->base_url());
        route.id = key && key->type == route.type ? key->id : named;
        if (!is_id(route.id)) co_return failed(error(IssueCode::required, "id", "operation-parameter", {"id"}));
    }
    auto view = services.store->view(access::filter_of(request.caller));
    auto composition = patch_base(*view, {route.type, route.id}, std::nullopt);
    if (!composition) co_return failed(composition.error());
    std::vector<store::Version> members{std::move(*composition)};
    std::set<store::ResourceKey> known{members.front().key};
    std::size_t begin = 0;
    for (int hop = 0; hop < kHops; ++hop) {
        const auto end = members.size();
        for (; begin < end; ++begin) {
            std::vector<std::string> references;
            add_references(fhir::read_json(members[begin].body).value->root(), references);
            for (const auto& reference : references) {
                const auto key = search::read_reference(reference, services.registry->base_url());
                if (!key || key->type.empty() || !known.insert(*key).second) continue;
                auto found = view->current(*key);
                if (!found) co_return failed(found.error());
                if (*found && !(*found)->deleted) members.push_back(std::move(**found));
            }
            if (members.size() > kEntriesMax)
                co_return failed(error(IssueCode::too_costly, "", "operation-too-many", {std::to_string(kEntriesMax)}));
        }
    }
    Response response;
    std::string& out = response.body;
    out = "{\"resourceType\":\"Bundle\",\"type\":\"document\",\"identifier\":{\"system\":\"urn:ietf:rfc:3986\",\"value\":";
    fhir::write_json_string(version_url(services, members.front().key, members.front().version), out);
    out += "},\"timestamp\":\"" + instant_text(services.clock->now(), services.registry->offset_minutes()) + "\",\"entry\":[";
    for (std::size_t index = 0; index < members.size(); ++index) {
        const auto& member = members[index];
        out += std::string(index == 0 ? "" : ",") + "{\"fullUrl\":";
        fhir::write_json_string(services.base_url + '/' + member.key.type + '/' + member.key.id, out);
        out += ",\"resource\":" + member.body + '}';
        touch(response, member);
    }
    close_entries(out);
    if (query_value(request, "persist") == "true") co_return co_await kept(services, std::move(request), std::move(response));
    co_return response;
}

} // namespace huitong::interaction
