#include "feeds/same_patient.hpp"

#include "fhir/json.hpp"

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
std::set<std::string> own_numbers(const std::string& body) {
    std::set<std::string> out;
    if (body.empty()) return out;
    const auto read = fhir::read_json(body);
    for (const auto identifier : read.value->root().children("identifier")) {
        const auto system = identifier.text("system");
        if (std::find(std::begin(kOwnNumbers), std::end(kOwnNumbers), system) == std::end(kOwnNumbers)) continue;
        out.insert(std::string(system) + '|' + std::string(identifier.text("value")));
    }
    return out;
}

} // namespace

bool is_same_patient(const SamePerson& same_person, store::ReadView& view, const Passage& passage, std::string_view one,
                     std::string_view other) {
    if (one == other) return true;
    if (!one.starts_with(kPatient) || !other.starts_with(kPatient)) return false;
    const std::string id(one.substr(kPatient.size())), other_id(other.substr(kPatient.size()));
    if (same_person) {
        const auto joined = same_person(id);
        if (std::find(joined.begin(), joined.end(), other_id) != joined.end()) return true;
    }
    const auto numbers = own_numbers(body_of(view, passage, {"Patient", id}));
    const auto others = own_numbers(body_of(view, passage, {"Patient", other_id}));
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
