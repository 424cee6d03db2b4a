#include "access/consent_actors.hpp"

#include "access/consent_provision.hpp"
#include "fhir/json.hpp"

namespace huitong::access {
namespace {

constexpr std::string_view kInstitutionCode = "urn:oid:2.16.156.10011.1.5";
constexpr std::string_view kInstitutionPrefix = "urn:huitong:organization:", kPractitionerKind = ":practitioner";
constexpr std::size_t kDepthMax = 8, kPartsMax = 200;

/// "341002H0001" of "urn:huitong:organization:341002H0001:practitioner"; nullopt: the number is of another kind.
std::optional<std::string> giver_of(std::string_view system) {
    if (system.empty()) return std::string();
    if (!system.starts_with(kInstitutionPrefix) || !system.ends_with(kPractitionerKind)) return std::nullopt;
    system.remove_prefix(kInstitutionPrefix.size());
    system.remove_suffix(kPractitionerKind.size());
    return std::string(system);
}

/// A code that callers carry goes to `codes`; any other number is none that a caller can be told by, and is heard for refusals alone.
void read_identifier(fhir::Element identifier, ActorCode::Kind kind, Actor& out) {
    if (!identifier || identifier.text("value").empty()) return;
    ActorCode code{kind, std::string(identifier.text("value"))};
    const auto system = identifier.text("system");
    const auto giver = giver_of(system);
    bool is_carried = kind == ActorCode::Kind::practitioner ? giver.has_value() : system.empty() || system == kInstitutionCode;
    if (kind == ActorCode::Kind::any && giver) {
        is_carried = true;
        if (!giver->empty()) code.kind = ActorCode::Kind::practitioner;
    }
    if (code.kind == ActorCode::Kind::practitioner && giver) code.organization = *giver;
    out.is_known = out.is_known || is_carried;
    (is_carried ? out.codes : out.wider).push_back(std::move(code));
}

std::string name_of_number(std::string_view value) { return '=' + std::string(value); }

fhir::DocumentPtr current(store::ReadView& view, const std::string& type, const std::string& id) {
    const auto found = id.empty() ? Result<std::optional<store::Version>>(std::nullopt) : view.current({type, id});
    if (!found || !*found || (*found)->deleted) return nullptr;
    return fhir::read_json((*found)->body).value;
}

/// One actor being looked for: everything that was asked on the way is noted.
class Search {
public:
    Search(store::ReadView& view, Actor& out) : view_(view), out_(out) {}

    /// With what is part of it, and what it is part of.
    void organization(const std::string& id) {
        const auto document = noted("Organization", id);
        if (!document) return;
        read_identifiers(document->root(), out_);
        parts_of(id, document->root(), 0);
        whole_of(document->root(), 0);
    }

    void practitioner(const std::string& id) {
        if (const auto document = noted("Practitioner", id)) read_identifiers(document->root(), out_);
    }

    void role(const std::string& id) {
        const auto document = noted("PractitionerRole", id);
        if (!document) return;
        const auto person = document->root().child("practitioner");
        if (!person) return;
        read_identifier(person.child("identifier"), ActorCode::Kind::practitioner, out_);
        practitioner(id_of(person.text("reference"), "Practitioner"));
    }

    /// Whoever carries a number: a Consent may name the hospital by its code alone, or a doctor by another number than callers carry.
    void numbered(fhir::Element identifier) {
        const std::string system(identifier.text("system")), value(identifier.text("value"));
        if (value.empty()) return;
        out_.asked_of.insert(name_of_number(value));
        const auto of_any = system.empty() ? std::nullopt : std::optional(system);
        for (const auto& key : view_.resource_keys(view_.tokens("Organization", "identifier", of_any, value))) organization(key.id);
        if (system.empty()) return; // institutions give the same numbers
        for (const auto& key : view_.resource_keys(view_.tokens("Practitioner", "identifier", system, value))) practitioner(key.id);
    }

    /// More parts, or a longer way up, than is looked at.
    bool is_endless() const { return is_endless_; }

private:
    fhir::DocumentPtr noted(const std::string& type, const std::string& id) {
        if (id.empty() || !out_.asked_of.insert(type + '/' + id).second) return nullptr;
        return current(view_, type, id);
    }

    void read_identifiers(fhir::Element resource, Actor& out) const {
        const auto kind = resource.type() == "Organization" ? ActorCode::Kind::organization : ActorCode::Kind::practitioner;
        for (const auto identifier : resource.children("identifier")) read_identifier(identifier, kind, out);
    }

    void parts_of(const std::string& id, fhir::Element organization, std::size_t depth) {
        auto keys = view_.references("Organization", "partof", "Organization", id);
        for (const auto identifier : organization.children("identifier")) {
            const auto system = identifier.text("system"), value = identifier.text("value");
            if (system.empty() || value.empty()) continue;
            const auto named = view_.reference_identifiers("Organization", "partof", std::string(system), std::string(value));
            keys.insert(keys.end(), named.begin(), named.end());
            out_.asked_of.insert(name_of_number(value));
        }
        for (const auto& key : view_.resource_keys(keys)) {
            const auto part = noted("Organization", key.id);
            if (!part) continue;
            if (depth >= kDepthMax || ++parts_ > kPartsMax) {
                is_endless_ = true;
                return;
            }
            read_identifiers(part->root(), out_);
            parts_of(key.id, part->root(), depth + 1);
        }
    }

    void whole_of(fhir::Element organization, std::size_t depth) {
        const auto whole = organization.child("partOf");
        if (!whole) return;
        if (depth >= kDepthMax) is_endless_ = true;
        if (is_endless_) return;
        Actor around;
        read_identifier(whole.child("identifier"), ActorCode::Kind::organization, around);
        const auto document = noted("Organization", id_of(whole.text("reference"), "Organization"));
        if (document) read_identifiers(document->root(), around);
        for (auto* codes : {&around.codes, &around.wider}) out_.wider.insert(out_.wider.end(), codes->begin(), codes->end());
        if (document) whole_of(document->root(), depth + 1);
    }

    store::ReadView& view_;
    Actor& out_;
    std::size_t parts_ = 0;
    bool is_endless_ = false;
};

/// Patients and their kin are no staff: what is said of them says nothing of callers.
bool is_own_kin(std::string_view reference) { return !id_of(reference, "Patient").empty() || !id_of(reference, "RelatedPerson").empty(); }

} // namespace

bool ActorCode::is_of(const Caller& caller) const {
    if (code.empty()) return false;
    const bool names_organization = kind != Kind::practitioner && code == caller.organization;
    const bool names_practitioner =
        kind != Kind::organization && code == caller.practitioner && (organization.empty() || organization == caller.organization);
    return names_organization || names_practitioner || (kind == Kind::any && code == caller.client_id);
}

Actor ActorDirectory::find(fhir::Element reference) const {
    Actor out;
    const std::string named(reference.text("reference"));
    const auto number = reference.child("identifier");
    read_identifier(number, ActorCode::Kind::any, out);
    if (!named.empty()) out.codes.push_back({ActorCode::Kind::any, named});
    Search search(view_, out);
    search.organization(id_of(named, "Organization"));
    search.practitioner(id_of(named, "Practitioner"));
    search.role(id_of(named, "PractitionerRole"));
    if (number) search.numbered(number);
    out.is_known = (out.is_known || is_own_kin(named)) && !search.is_endless();
    return out;
}

std::set<std::string> touched_by(const store::Version& version) {
    std::set<std::string> out{version.key.type + '/' + version.key.id};
    if (version.deleted) return out;
    const auto document = fhir::read_json(version.body).value;
    const auto root = document ? document->root() : fhir::Element();
    if (!root) return out;
    for (const auto identifier : root.children("identifier")) out.insert(name_of_number(identifier.text("value")));
    const auto whole = root.child("partOf");
    if (!whole) return out;
    out.insert("Organization/" + id_of(whole.text("reference"), "Organization"));
    out.insert(name_of_number(whole.text("identifier.value")));
    return out;
}

} // namespace huitong::access
