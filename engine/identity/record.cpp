#include "identity/record.hpp"

#include "base/date_time.hpp"
#include "identity/names.hpp"

#include <algorithm>
#include <cstdlib>

namespace huitong::identity {
namespace {

constexpr std::string_view kPinyinExtension = "https://huitong.example/fhir/StructureDefinition/name-pinyin";
constexpr std::string_view kOrganizationPrefix = "urn:huitong:organization:";
constexpr std::string_view kDefaultBirthDates[] = {"1900-01-01", "1970-01-01"};
constexpr int kFirstBirthYear = 1880, kLastBirthYear = 2098; ///< beyond them stand the default values of systems: 0001, 1753, 2099, 9999
constexpr int kGuardianYears = 10; ///< further from the number's birth year than a slip of a digit or the lunar calendar explains

bool is_pinyin(fhir::Element name) {
    for (const auto extension : name.children("extension")) {
        if (extension.text("url") == kPinyinExtension && extension.text("valueBoolean") == "true") return true;
    }
    return false;
}

std::string text_of(fhir::Element name) {
    if (!name.text("text").empty()) return std::string(name.text("text"));
    std::string out(name.text("family"));
    for (const auto given : name.children("given")) out += (out.empty() ? "" : " ") + std::string(given.value());
    return out;
}

/// The name a person goes by: official before the others; old ones and nicknames say nothing.
fhir::Element name_of(fhir::Element patient) {
    fhir::Element chosen;
    for (const auto name : patient.children("name")) {
        const auto use = name.text("use");
        if (use == "old" || use == "maiden" || use == "nickname" || use == "temp" || is_pinyin(name)) continue;
        if (use == "official") return name;
        if (!chosen) chosen = name;
    }
    return chosen;
}

std::string institution_of(fhir::Element patient) {
    const auto managing = patient.text("managingOrganization.identifier.value");
    if (!managing.empty()) return std::string(managing);
    for (const auto identifier : patient.children("identifier")) {
        auto system = identifier.text("system");
        if (!system.starts_with(kOrganizationPrefix) || !system.ends_with(":patient")) continue;
        system.remove_prefix(kOrganizationPrefix.size());
        return std::string(system.substr(0, system.find(':')));
    }
    return {};
}

/// Version 2 merges (A40) arrive as Patient.link. `refer` and `seealso` say less.
std::vector<std::string> merges_of(fhir::Element patient) {
    std::vector<std::string> out;
    for (const auto link : patient.children("link")) {
        const auto type = link.text("type");
        auto reference = link.text("other.reference");
        if ((type != "replaced-by" && type != "replaces") || !reference.starts_with("Patient/")) continue;
        reference.remove_prefix(8);
        out.emplace_back(reference.substr(0, reference.find('/')));
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

/// A default value of some system says nothing of anybody, nor does a part of it; nor does what it does not say in a year.
bool is_birth_date(const std::string& text) {
    const auto is_default = [&](std::string_view date) { return date.starts_with(text); };
    if (std::any_of(std::begin(kDefaultBirthDates), std::end(kDefaultBirthDates), is_default)) return false;
    const auto stated = read_date_time(text);
    return !stated || (stated->year >= kFirstBirthYear && stated->year <= kLastBirthYear);
}

bool is_far(const std::string& birth_date, const std::string& id_number) {
    const auto stated = read_date_time(birth_date);
    return stated && std::abs(stated->year - std::atoi(id_number.substr(6, 4).c_str())) > kGuardianYears;
}

bool agree(const std::string& a, const std::string& b) { return !a.empty() && a == b; }

Judgement judged(Verdict verdict, std::string reason) { return {verdict, {std::move(reason)}}; }

} // namespace

Record record_of(const Statement& statement, const IdNumberRules& rules) {
    Record out;
    out.name = plain_name(statement.name);
    out.pinyin = plain_pinyin(statement.pinyin);
    out.unreadable_name = has_lost_character(statement.name);
    out.temporary_newborn = is_temporary_newborn(out.name);
    if (is_latin(out.name) && !out.unreadable_name) {
        if (out.pinyin.empty()) out.pinyin = plain_pinyin(out.name);
        out.name.clear();
    }
    if (is_birth_date(statement.birth_date)) out.birth_date = statement.birth_date;
    out.institution = statement.institution;
    bool conflict = false;
    for (const auto& text : statement.numbers) {
        const auto number = valid_id_number(text, rules);
        if (!number) continue;
        conflict = conflict || (!out.id_number.empty() && out.id_number != *number);
        out.id_number = *number;
    }
    if (conflict) out.id_number.clear(); // a record with two numbers says nothing about whose it is
    if (!out.id_number.empty())
        out.use = out.temporary_newborn || is_far(out.birth_date, out.id_number) ? NumberUse::guardian : NumberUse::own;
    return out;
}

Record record_of(fhir::Element patient, const IdNumberRules& rules) {
    Statement statement;
    if (const auto name = name_of(patient)) statement.name = text_of(name);
    for (const auto name : patient.children("name")) {
        if (statement.pinyin.empty() && is_pinyin(name)) statement.pinyin = text_of(name);
    }
    statement.birth_date = patient.text("birthDate");
    statement.institution = institution_of(patient);
    for (const auto identifier : patient.children("identifier")) {
        if (identifier.text("system") == kNumberSystem && identifier.text("use") != "old")
            statement.numbers.emplace_back(identifier.text("value"));
    }
    auto out = record_of(statement, rules);
    out.merges = merges_of(patient);
    return out;
}

std::string_view verdict_text(Verdict verdict) {
    constexpr std::string_view kTexts[] = {"same", "review", "different"};
    return kTexts[static_cast<std::size_t>(verdict)];
}

Judgement judge(const Record& a, const Record& b) {
    if (a.use == NumberUse::none || b.use == NumberUse::none) return judged(Verdict::different, "identity-number-missing");
    if (a.id_number != b.id_number) return judged(Verdict::different, "identity-numbers-differ");
    if (a.use == NumberUse::guardian || b.use == NumberUse::guardian) return judged(Verdict::different, "identity-guardian-number");
    const bool readable = !a.unreadable_name && !b.unreadable_name;
    if (readable && agree(a.name, b.name)) return judged(Verdict::same, "identity-number-and-name");
    if (readable && (a.name.empty() || b.name.empty()) && agree(a.pinyin, b.pinyin))
        return judged(Verdict::same, "identity-number-and-pinyin");
    if ((a.name.empty() && a.pinyin.empty()) || (b.name.empty() && b.pinyin.empty()))
        return judged(Verdict::different, "identity-name-missing");
    const bool whole_days = a.birth_date.size() == 10 && agree(a.birth_date, b.birth_date);
    return judged(whole_days ? Verdict::review : Verdict::different, whole_days ? "identity-name-differs" : "identity-only-number");
}

} // namespace huitong::identity
