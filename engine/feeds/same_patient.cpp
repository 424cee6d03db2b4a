#include "feeds/same_patient.hpp"

#include "fhir/json.hpp"
#include "identity/id_number.hpp"

#include <algorithm>
#include <set>

namespace huitong::feeds {
namespace {

constexpr std::string_view kPatient = "Patient/";
constexpr std::string_view kOwnNumbers[] = {"urn:oid:2.16.156.10011.1.3", "urn:oid:2.16.156.10011.1.19"};

std::string body_of(store::ReadView& view, const Passage& passage, const store::ResourceKey& key) {
    for (const auto& write : passage.prepared->commit.writes) {
        if (write.key == key) return write.body;
    }
    const auto stored = view.current(key);
    return stored && *stored ? (*stored)->body : std::string();
}

/// "system|value" of the numbers that a person has once.
std::set<std::string> own_numbers(fhir::Element patient) {
    std::set<std::string> out;
    for (const auto identifier : patient.children("identifier")) {
        const auto system = identifier.text("system");
        if (std::find(std::begin(kOwnNumbers), std::end(kOwnNumbers), system) == std::end(kOwnNumbers)) continue;
        out.insert(std::string(system) + '|' + std::string(identifier.text("value")));
    }
    return out;
}

/// In one spelling. What stands in the place of a number that nobody knows tells no two people apart.
std::set<std::string> citizen_numbers(fhir::Element patient) {
    std::set<std::string> out;
    for (const auto identifier : patient.children("identifier")) {
        if (identifier.text("system") != "urn:oid:2.16.156.10011.1.3") continue;
        if (auto number = identity::valid_id_number(identifier.text("value"), {.unassigned_regions = true})) out.insert(std::move(*number));
    }
    return out;
}

std::set<std::string> names_of(fhir::Element patient) {
    std::set<std::string> out;
    for (const auto name : patient.children("name")) {
        auto text = std::string(name.text("text"));
        if (text.empty()) text = std::string(name.text("family")) + ' ' + std::string(name.text("given"));
        out.insert(std::move(text));
    }
    return out;
}

bool have_one_in_common(const std::set<std::string>& some, const std::set<std::string>& others) {
    return some.empty() || others.empty() || std::any_of(some.begin(), some.end(), [&](const auto& one) { return others.contains(one); });
}

/// Both are told of both, and neither agrees.
bool differ_in_name_and_birth(fhir::Element one, fhir::Element other) {
    const auto born = one.text("birthDate"), other_born = other.text("birthDate");
    return !born.empty() && !other_born.empty() && born != other_born && !have_one_in_common(names_of(one), names_of(other));
}

} // namespace

bool may_be_one_person(fhir::Element one, fhir::Element other) {
    const auto numbers = citizen_numbers(one), others = citizen_numbers(other);
    if (!numbers.empty() && !others.empty() && differ_in_name_and_birth(one, other)) return false; // one number for a mother and her child
    const auto born = one.text("birthDate");
    return (!born.empty() && born == other.text("birthDate")) || have_one_in_common(numbers, others) ||
           have_one_in_common(names_of(one), names_of(other));
}

bool is_same_patient(const SamePerson& same_person, store::ReadView& view, const Passage& passage, std::string_view one,
                     std::string_view other) {
    if (one == other) return true;
    if (!one.starts_with(kPatient) || !other.starts_with(kPatient)) return false;
    const std::string id(one.substr(kPatient.size())), other_id(other.substr(kPatient.size()));
    if (same_person) {
        const auto joined = same_person(id);
        if (std::find(joined.begin(), joined.end(), other_id) != joined.end()) return true;
    }
    const auto body = body_of(view, passage, {"Patient", id}), other_body = body_of(view, passage, {"Patient", other_id});
    if (body.empty() || other_body.empty()) return false;
    const auto read = fhir::read_json(body), other_read = fhir::read_json(other_body);
    if (differ_in_name_and_birth(read.value->root(), other_read.value->root())) return false; // a newborn with the mother's number
    const auto numbers = own_numbers(read.value->root()), others = own_numbers(other_read.value->root());
    return std::any_of(numbers.begin(), numbers.end(), [&](const std::string& number) { return others.contains(number); });
}

bool is_known_by_document_alone(store::ReadView& view, const Passage& passage, std::string_view reference) {
    if (!reference.starts_with(kPatient)) return false;
    const auto body = body_of(view, passage, {"Patient", std::string(reference.substr(kPatient.size()))});
    if (body.empty()) return false;
    const auto read = fhir::read_json(body);
    const auto identifiers = read.value->root().children("identifier");
    return std::any_of(identifiers.begin(), identifiers.end(),
                       [](fhir::Element identifier) { return identifier.text("system").ends_with(":document-patient"); });
}

} // namespace huitong::feeds
