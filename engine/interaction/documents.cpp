#include "interaction/documents.hpp"

#include "fhir/json.hpp"
#include "interaction/patched.hpp"
#include "search/values.hpp"

#include <algorithm>
#include <set>

namespace huitong::interaction {
namespace {

constexpr std::size_t kEntriesMax = 2'000;
constexpr std::string_view kOfStay[] = {"Condition", "Procedure", "MedicationRequest", "DiagnosticReport"};

/// What of the members of a report is followed further, by their types.
struct Followed {
    std::string_view type, element;
};
constexpr Followed kFollowed[] = {
    {"Observation", "hasMember"}, {"Observation", "specimen"}, {"Observation", "performer"}, {"ServiceRequest", "requester"}};

void add_references(fhir::Element element, std::vector<std::string>& out) {
    if (element.name() == "reference" && element.has_value()) out.emplace_back(element.value());
    for (const auto child : element.children()) add_references(child, out);
}

/// What belongs to a document, the resource that it is about first; no further than what the caller may see.
class Members {
public:
    Members(const Services& services, store::ReadView& view) : services_(services), view_(view) {}

    void add(store::Version version) {
        if (known_.insert(version.key).second) versions_.push_back(std::move(version));
    }
    /// What the first member points at.
    Outcome follow() { return follow(0, {}); }
    /// Results of panels, specimens, the requester of the order: of the others, and of what they lead to.
    Outcome follow_members() {
        for (std::size_t at = 1; at < versions_.size(); ++at) {
            for (const auto& one : kFollowed) {
                if (one.type != versions_[at].key.type) continue;
                if (auto issues = follow(at, one.element); issues.has_errors()) return issues;
            }
        }
        return {};
    }
    /// What names the stay as its own.
    Outcome add_of_stay(const std::string& stay, const std::string& patient) {
        for (const auto type : kOfStay) {
            for (const auto key : view_.compartment(patient, std::string(type))) {
                auto found = view_.versions({key});
                if (!found) return found.error();
                for (auto& version : *found) {
                    const auto resource = fhir::read_json(version.body).value;
                    if (resource->root().text("encounter.reference") == stay) add(std::move(version));
                }
            }
        }
        return {};
    }
    fhir::DocumentPtr bundle() const {
        std::string text = R"({"resourceType":"Bundle","type":"collection","entry":[)";
        for (const auto& version : versions_) {
            if (text.back() == '}') text += ',';
            text += "{\"fullUrl\":\"" + version.key.type + '/' + version.key.id + "\",\"resource\":" + version.body + '}';
        }
        return fhir::read_json(text + "]}").value;
    }
    /// When the last of them was written.
    store::LogTime newest() const {
        store::LogTime out = 0;
        for (const auto& version : versions_) out = std::max(out, version.t_from);
        return out;
    }
    std::vector<std::string> names() const {
        std::vector<std::string> out;
        for (const auto& version : versions_) out.push_back(version.key.type + '/' + version.key.id);
        return out;
    }

private:
    /// `element` "": all of it.
    Outcome follow(std::size_t at, std::string_view element) {
        std::vector<std::string> references;
        const auto resource = fhir::read_json(versions_[at].body).value;
        if (element.empty()) add_references(resource->root(), references);
        else
            for (const auto child : resource->root().children(element)) add_references(child, references);
        for (const auto& reference : references) {
            const auto key = search::read_reference(reference, services_.registry->base_url());
            if (!key || key->type.empty() || known_.contains(*key)) continue;
            auto found = view_.current(*key);
            if (!found) return found.error();
            if (*found && !(*found)->deleted) add(std::move(**found));
        }
        if (versions_.size() > kEntriesMax) return error(IssueCode::too_costly, "", "operation-too-many", {std::to_string(kEntriesMax)});
        return {};
    }

    const Services& services_;
    store::ReadView& view_;
    std::vector<store::Version> versions_;
    std::set<store::ResourceKey> known_;
};

std::string form_of(fhir::Element resource) {
    if (resource.type() == "Encounter") return "C0053";
    for (const auto category : resource.children("category")) {
        for (const auto coding : category.children("coding")) {
            if (coding.text("code") == "RAD") return "C0006";
        }
    }
    return "C0007";
}

Outcome gather(Members& members, const store::ResourceKey& key, fhir::Element focus) {
    if (key.type == "Encounter") {
        const std::string subject(focus.text("subject.reference"));
        const auto slash = subject.find('/');
        if (slash != subject.npos) {
            if (auto issues = members.add_of_stay("Encounter/" + key.id, subject.substr(slash + 1)); issues.has_errors()) return issues;
        }
        return members.follow();
    }
    if (auto issues = members.follow(); issues.has_errors()) return issues;
    return members.follow_members();
}

/// What belongs to a document as the view shows it; `changed`: when the last of it was written.
Result<DocumentParts> parts_in(const Services& services, store::ReadView& view, const store::ResourceKey& key, store::LogTime& changed) {
    auto focus = patch_base(view, key, std::nullopt);
    if (!focus) return focus.error();
    const auto resource = fhir::read_json(focus->body).value;
    Members members(services, view);
    members.add(std::move(*focus));
    if (auto issues = gather(members, key, resource->root()); issues.has_errors()) return issues;
    DocumentParts out;
    out.bundle = members.bundle();
    out.resources = members.names();
    out.form = form_of(resource->root());
    changed = members.newest();
    return out;
}

} // namespace

Result<DocumentParts> document_parts(const Services& services, const access::Caller& caller, const store::ResourceKey& key) {
    if (key.type != "DiagnosticReport" && key.type != "Encounter")
        return Outcome(error(IssueCode::not_supported, "", "operation-type", {"document", "DiagnosticReport, Encounter"}));
    store::LogTime changed = 0;
    auto out = parts_in(services, *services.store->view(access::filter_of(caller)), key, changed);
    if (!out || changed <= 1) return out;
    const auto before = services.store->view(access::filter_of(caller), changed - 1);
    if (auto previous = parts_in(services, *before, key, changed)) out->previous = std::move(previous->bundle);
    return out;
}

} // namespace huitong::interaction
