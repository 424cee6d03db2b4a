#include "access/guardians.hpp"

#include "base/date_time.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <set>
#include <tuple>

namespace huitong::access {
namespace {

constexpr std::string_view kRoleCode = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
constexpr std::string_view kKinship = "urn:oid:2.16.156.10011.2.3.3.8"; ///< GB/T 4761
constexpr std::string_view kGuardians[] = {"PRN", "MTH", "FTH", "NMTH", "NFTH", "GUARD"};
constexpr std::string_view kParents[] = {"51", "52"}; ///< father, mother

/// Days compare as texts as long as both have a day; a coarser date is taken at the side that lets nobody in.
bool holds_on(fhir::Element period, const std::string& day) {
    const auto start = period.text("start").substr(0, day.size()), end = period.text("end").substr(0, day.size());
    return (start.empty() || (start.size() == day.size() && start <= day)) && (end.empty() || (end.size() == day.size() && day <= end));
}

/// The number of a person: an institution's own numbers are given to several people, one with them is not yet another.
constexpr std::string_view kCitizenNumber = "urn:oid:2.16.156.10011.1.3";

using Numbers = std::set<std::string, std::less<>>;

/// Citizen numbers that hold on the day; former and temporary ones may be somebody else's.
Numbers numbers_of(fhir::Element person, const std::string& day) {
    Numbers out;
    for (const auto identifier : person.children("identifier")) {
        const auto use = identifier.text("use"), value = identifier.text("value");
        const bool is_own = identifier.text("system") == kCitizenNumber && use != "old" && use != "temp" && !value.empty();
        if (is_own && holds_on(identifier.child("period"), day)) out.emplace(value);
    }
    return out;
}

/// Nobody acts for the dead: what may be asked then is for heirs and courts, not for an account.
bool has_died(fhir::Element person) { return person.text("deceasedBoolean") == "true" || !person.text("deceasedDateTime").empty(); }

bool is_related_as_guardian(fhir::Element related) {
    for (const auto relationship : related.children("relationship")) {
        for (const auto coding : relationship.children("coding")) {
            const auto is_in = [&](const auto& list) {
                return std::find(std::begin(list), std::end(list), coding.text("code")) != std::end(list);
            };
            if ((coding.text("system") == kRoleCode && is_in(kGuardians)) || (coding.text("system") == kKinship && is_in(kParents)))
                return true;
        }
    }
    return false;
}

bool is_minor(fhir::Element person, const std::string& day) {
    const auto born = read_date_time(person.text("birthDate")), today = read_date_time(day);
    if (!born || born->precision < Precision::day || !today) return false;
    const auto birthday = std::tuple(born->year + kMajorityYears, born->month, born->day);
    return std::tuple(today->year, today->month, today->day) < birthday;
}

fhir::DocumentPtr current(store::ReadView& view, const store::ResourceKey& key) {
    const auto found = view.current(key);
    return found && *found && !(*found)->deleted ? fhir::read_json((*found)->body).value : nullptr;
}

} // namespace

bool is_guardian(store::ReadView& view, const std::string& resident, const std::string& minor, const std::string& day) {
    const auto adult = current(view, {"Patient", resident}), child = current(view, {"Patient", minor});
    if (!adult || !child || !is_minor(child->root(), day) || has_died(child->root())) return false;
    const auto own = numbers_of(adult->root(), day);
    const auto related = view.versions(view.references("RelatedPerson", "patient", "Patient", minor));
    if (!related) return false;
    return std::any_of(related->begin(), related->end(), [&](const store::Version& version) {
        const auto parsed = fhir::read_json(version.body);
        const auto person = parsed.value->root();
        if (person.text("active") == "false" || !is_related_as_guardian(person) || !holds_on(person.child("period"), day)) return false;
        const auto named = numbers_of(person, day);
        return std::any_of(named.begin(), named.end(), [&](const auto& number) { return own.contains(number); });
    });
}

} // namespace huitong::access
