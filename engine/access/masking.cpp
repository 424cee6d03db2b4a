#include "access/masking.hpp"

#include "access/bare_value.hpp"
#include "access/residents.hpp"
#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::access {
namespace {

constexpr std::string_view kPeople[] = {"Patient", "RelatedPerson", "Person"};
/// Whose numbers name no patient. Any other resource may carry a patient's number as a part of its own.
constexpr std::string_view kImpersonal[] = {
    "Organization", "Location", "Practitioner", "PractitionerRole", "HealthcareService", "Endpoint", "Substance", "Medication", "Device"};
constexpr std::string_view kStudyUid = "urn:dicom:uid"; ///< made by a machine, of nothing
/// Types whose values are texts; strings behind an extension of a person say whatever a profile says of him.
constexpr std::string_view kTexts[] = {"string", "markdown", "xhtml"};
constexpr std::size_t kPhoneHead = 3, kPhoneTail = 4, kPhoneBytes = 11;

template <std::size_t count>
bool is_one_of(std::string_view text, const std::string_view (&list)[count]) {
    return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

/// Bytes of the first character.
std::size_t first_character(std::string_view text) {
    std::size_t size = text.empty() ? 0 : 1;
    while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
    return size;
}

std::string masked_name(std::string_view text) { return std::string(text.substr(0, first_character(text))) + "**"; }

std::string masked_number(std::string_view text) {
    const bool is_ascii = std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!is_ascii) return "****";
    if (text.size() <= 2) return std::string(text.size(), '*');
    return std::string(1, text.front()) + std::string(text.size() - 2, '*') + text.back();
}

std::string masked_phone(std::string_view text) {
    if (text.size() < kPhoneBytes || text.find('@') != text.npos) return "****";
    return std::string(text.substr(0, kPhoneHead)) + "****" + std::string(text.substr(text.size() - kPhoneTail));
}

class Masker {
public:
    Masker(fhir::Document& document, const fhir::Definitions& definitions, bool every)
        : document_(document), definitions_(definitions), every_(every) {}

    void resource(fhir::NodeIndex index, bool covered) {
        const auto element = document_.element(index);
        covered = covered || every_ || has_label(element);
        const bool is_person = is_one_of(element.type(), kPeople);
        const bool was_impersonal = is_impersonal_, was_coverage = is_coverage_;
        is_coverage_ = element.type() == "Coverage";
        // What carries an address of its own is a definition.
        is_impersonal_ = is_one_of(element.type(), kImpersonal) || !element.text("url").empty();
        walk(index, definitions_.type_root(element.type()), element.type(), covered, is_person);
        is_impersonal_ = was_impersonal;
        is_coverage_ = was_coverage;
        if (covered) changed_ = true;
    }
    bool changed() const { return changed_; }

private:
    static bool has_label(fhir::Element resource) {
        for (const auto label : resource["meta"].children("security")) {
            if (label.text("code") == kMaskLabel) return true;
        }
        return false;
    }
    void set(fhir::NodeIndex index, const std::string& text) { document_.set_value(index, fhir::ValueKind::text, document_.copy(text)); }

    void walk(fhir::NodeIndex index, const fhir::TypedName& typed, std::string_view type, bool covered, bool is_person) {
        std::vector<fhir::NodeIndex> gone;
        for (auto at = document_.node(index).first_child; at != fhir::kNoNode; at = document_.node(at).next_sibling) {
            const auto child = definitions_.child(typed, document_.node(at).name);
            if (!document_.node(at).type.empty()) resource(at, covered);
            else if (!covered) walk(at, child, child.type, false, is_person);
            else if (!cover(at, child, type, is_person)) gone.push_back(at);
        }
        for (const auto at : gone) document_.remove_child(index, at);
    }

    /// False: the element goes.
    bool cover(fhir::NodeIndex index, const fhir::TypedName& typed, std::string_view parent_type, bool is_person) {
        const auto element = document_.element(index);
        const auto name = element.name();
        if ((is_person || is_coverage_) && parent_type == "Extension" && is_one_of(typed.type, kTexts)) return false;
        if (typed.type == "Narrative" || typed.type == "Attachment" || typed.type == "base64Binary") return false;
        if (parent_type == "HumanName" && name != "use" && name != "period") {
            if (name != "text" && name != "family") return false;
            replace(index, masked_name(element.value()));
        } else if (parent_type == "ContactPoint" && name == "value") {
            replace(index, masked_phone(element.value()));
        } else if (parent_type == "Address") {
            const bool is_kept = name == "use" || name == "type" || name == "state" || name == "city" || name == "country";
            if (is_kept) remove_children(document_, index);
            return is_kept;
        } else if (parent_type == "Identifier" && name == "value" && (is_person || may_number_person(element.parent()))) {
            replace(index, is_person ? masked_number(element.value()) : "****");
        } else if (parent_type == "Coverage" && (name == "subscriberId" || name == "dependent")) {
            replace(index, masked_number(element.value()));
        } else if (name == "authorString" || (parent_type == "FamilyMemberHistory" && name == "name")) {
            replace(index, masked_name(element.value()));
        } else if (parent_type == "Reference" && name == "display" && may_name_person(element.parent())) {
            replace(index, masked_name(element.value()));
        } else {
            walk(index, typed, typed.type, true, is_person || (parent_type == "Reference" && may_name_person(element.parent())));
        }
        return true;
    }

    /// The value with all that stands beside it: extensions of a covered value say it again (a spelling, a part of the name).
    void replace(fhir::NodeIndex index, const std::string& text) {
        remove_children(document_, index);
        if (!document_.element(index).value().empty()) set(index, text);
    }

    /// Unless its type or its target says that it leads to something else: `#p`, `urn:uuid:…` and a bare identifier do not.
    bool may_name_person(fhir::Element reference) const {
        const auto said = reference.text("type");
        if (definitions_.is_resource_type(said)) return is_one_of(said, kPeople);
        auto target = reference.text("reference");
        target = target.substr(0, target.find("/_history/"));
        const auto slash = target.rfind('/');
        if (slash == target.npos) return true;
        const auto before = target.substr(0, slash);
        const auto type = before.substr(before.rfind('/') + 1); // npos + 1 is 0
        return is_one_of(type, kPeople) || !definitions_.is_resource_type(type);
    }

    /// Whether the number of a resource, or of what a reference leads to, may have a patient's in it ("778899.penicillin").
    bool may_number_person(fhir::Element identifier) const {
        if (identifier.text("system") == kStudyUid) return false;
        const auto reference = identifier.parent();
        const auto said = reference.text("type");
        if (!said.empty()) return !is_one_of(said, kImpersonal);
        const auto target = reference.text("reference");
        if (target.empty()) return !is_impersonal_;
        return std::none_of(std::begin(kImpersonal), std::end(kImpersonal), [&](std::string_view type) {
            const auto at = target.find(std::string(type) + '/');
            const auto asked = target.find(std::string(type) + '?');
            return at == 0 || asked == 0 || (at != target.npos && target[at - 1] == '/');
        });
    }

    fhir::Document& document_;
    const fhir::Definitions& definitions_;
    bool every_;
    bool is_impersonal_ = false, is_coverage_ = false; ///< the resource being walked
    bool changed_ = false;
};

} // namespace

bool sees_masked(const Caller& caller) {
    return !caller.open && !caller.local_admin && !is_resident(caller) && caller.purpose != kBreakGlass;
}

std::string mask(std::string body, const Caller& caller, const fhir::Definitions& definitions) {
    // Nearly always nothing is to be covered; then the text is not even read.
    if (body.empty() || (!caller.masked && (!sees_masked(caller) || body.find("MASK") == body.npos))) return body;
    const auto parsed = fhir::read_json(body);
    if (!parsed.value || parsed.issues.has_errors()) return {}; // what cannot be covered is not shown
    const auto root = parsed.value->root();
    Masker masker(*parsed.value, definitions, caller.masked);
    masker.resource(root.index(), false);
    return masker.changed() ? fhir::write_json(root) : body;
}

} // namespace huitong::access
