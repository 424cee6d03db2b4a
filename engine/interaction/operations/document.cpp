/// Composition/$document: the composition and everything it points at, as a document. Source: FHIR R4, Composition-operation-document;
/// FHIR R4, Documents.
#include "fhir/json.hpp"
#include "interaction/patched.hpp"
#include "search/values.hpp"

#include <algorithm>
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

/// Who may not see a member may not see a copy of it either: a stored document lies in the patient's record and carries the labels of all
/// that is in it.
struct Covers {
    std::string patient;
    std::vector<std::string> labels;
};

/// Of two records a document cannot lie in. Issue: operation-several-records.
Result<Covers> covers_of(store::ReadView& view, const std::vector<store::Version>& members) {
    Covers out;
    out.patient = view.patient_of(members.front().key);
    for (const auto& member : members) {
        const auto patient = view.patient_of(member.key);
        if (!patient.empty() && patient != out.patient)
            return Outcome(error(IssueCode::business_rule, member.key.type, "operation-several-records"));
        for (const auto& label : member.labels) {
            if (std::find(out.labels.begin(), out.labels.end(), label) == out.labels.end()) out.labels.push_back(label);
        }
    }
    return out;
}

/// `persist`: the document is stored as a Bundle too, with the caller's right to do so; its address is told.
boost::asio::awaitable<Response> kept(const Services& services, Request request, Response document, Covers covers) {
    static constexpr std::string_view kBundle = "Bundle";
    if (request.method != "POST") co_return failed(error(IssueCode::not_supported, "persist", "rest-method", {request.method}));
    if (!access::may(request.caller, 'c', kBundle))
        co_return failed(error(IssueCode::forbidden, "", "access-scope", {"create", std::string(kBundle)}));
    const auto parsed = fhir::read_json(document.body);
    const auto bundle = parsed.value->root();
    auto warnings = check_resource(services, request, bundle, std::string(kBundle));
    if (warnings.has_errors()) co_return failed(std::move(warnings));
    const auto id = services.store->new_id();
    set_id(*parsed.value, bundle, id);
    auto write = make_write(services, request.caller, store::Action::create, std::string(kBundle), id, bundle);
    write.rows.patient_id = std::move(covers.patient);
    write.labels.insert(write.labels.end(), covers.labels.begin(), covers.labels.end());
    auto commit = make_commit(request, "create Bundle");
    commit.writes.push_back(std::move(write));
    const auto receipt = co_await services.store->commit(std::move(commit));
    if (!receipt) co_return failed(receipt.error());
    auto stored = written(services, request, *receipt, 0, 200, std::move(warnings));
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
    if (query_value(request, "persist") != "true") co_return response;
    auto covers = covers_of(*view, members);
    if (!covers) co_return failed(covers.error());
    co_return co_await kept(services, std::move(request), std::move(response), std::move(*covers));
}

} // namespace huitong::interaction
