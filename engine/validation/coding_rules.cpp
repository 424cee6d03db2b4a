#include "validation/coding_rules.hpp"

#include "ucum/ucum.hpp"

#include <algorithm>
#include <cctype>

namespace huitong::validation {
namespace {

/// Letters of either case and any blanks are the same words.
bool is_same_display(std::string_view a, std::string_view b) {
    const auto folded = [](std::string_view text) {
        std::string out;
        for (const char c : text) {
            if (!std::isspace(static_cast<unsigned char>(c))) out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
        return out;
    };
    return folded(a) == folded(b);
}

bool is_absolute(std::string_view url) { return url.find(':') != url.npos; }

} // namespace

void check_identifier(const Checks& checks, fhir::Element identifier, Report& report) {
    const auto system = identifier.text("system"), value = identifier.text("value");
    if (!checks.strictness || system.empty()) return;
    if (!is_absolute(system)) report.error(IssueCode::value, identifier, "validation-system-relative");
    if (system == "urn:ietf:rfc:3986" && !value.empty() && !is_absolute(value))
        report.add(Severity::warning, IssueCode::value, identifier, "validation-number-uri");
}

void check_unit(const Checks& checks, fhir::Element quantity, Report& report) {
    const auto code = quantity.text("code");
    if (!checks.strictness || code.empty() || quantity.text("system") != "http://unitsofmeasure.org" || ucum::is_valid(code)) return;
    report.error(IssueCode::code_invalid, quantity, "validation-unit");
}

void check_coding(const Checks& checks, fhir::Element coding, Report& report) {
    const auto system = coding.text("system"), code = coding.text("code"), display = coding.text("display");
    if (!checks.strictness || !checks.terminology || system.empty()) return;
    if (!is_absolute(system)) report.error(IssueCode::value, coding, "validation-system-relative");
    // A warning: the guide of v2 to FHIR writes some codes so.
    if (system.find("/ValueSet/") != system.npos && !checks.terminology->has_system(system))
        report.add(Severity::warning, IssueCode::value, coding, "validation-system-value-set");
    if (code.empty()) return;
    const auto found = checks.terminology->validate_in_system({std::string(system), "", std::string(code), ""});
    if (found.result == false) {
        const bool has_grown = system.starts_with("http://terminology.hl7.org/"); // since the tables of R4's package
        report.add(has_grown ? Severity::warning : Severity::error, IssueCode::code_invalid, coding, "validation-code-unknown",
                   {std::string(system)});
        return;
    }
    if (found.result != true || display.empty() || found.display.empty() || is_same_display(found.display, display)) return;
    const auto concept_of = checks.terminology->lookup(system, code);
    if (!concept_of) return;
    const auto& names = concept_of->designations;
    if (std::any_of(names.begin(), names.end(), [&](const auto& one) { return is_same_display(one.value, display); })) return;
    report.add(Severity::warning, IssueCode::value, coding, "validation-display", {found.display});
}

} // namespace huitong::validation
