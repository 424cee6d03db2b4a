/// `huitong ucum`: units of UCUM: is one valid and what does it say, a value in another unit, a mass concentration in moles.
#include "ucum/ucum.hpp"
#include "app/commands/commands.hpp"
#include "app/findings.hpp"
#include "fhirpath/source_text.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

struct CheckOptions {
    std::vector<std::string> units;
};

struct ConvertOptions {
    std::string value, from, to, note;
};

/// Valid: in words and in base units. Not valid: why, and the unit that a laboratory means by that spelling.
int check(const CheckOptions& options) {
    int exit = kOk;
    for (const auto& unit : options.units) {
        const auto canonical = ucum::canonical(unit);
        const auto words = ucum::display(unit);
        if (canonical && words) {
            std::cout << unit << "\t" << *words << "\t" << canonical->factor.text() << " " << canonical->units << "\n";
            continue;
        }
        write_findings_text(canonical ? words.error() : canonical.error(), std::cerr);
        if (const auto meant = ucum::unit_of_spelling(unit)) std::cerr << "  = " << *meant << "\n";
        exit = kFindings;
    }
    return exit;
}

int convert(const ConvertOptions& options) {
    const auto value = Decimal::read(options.value);
    if (!value) {
        std::cerr << options.value << " is no decimal number\n";
        return kUsage;
    }
    const auto converted = ucum::convert(*value, options.from, options.to);
    if (!converted) {
        write_findings_text(converted.error(), std::cerr);
        return kFindings;
    }
    std::cout << converted->text() << " " << options.to << "\n";
    return kOk;
}

/// As maps do it: the value to no more digits than it had, and the LOINC code of the molar result.
int molar(const ConvertOptions& options) {
    const auto value = Decimal::read(options.value);
    const auto pair = fhirpath::read_molar_pair(options.note);
    if (!value || !pair) {
        std::cerr << (value ? "the pair is written as \"molar=CODE UNIT; molar_mass=GRAMS\"" : "the value is a decimal number") << "\n";
        return kUsage;
    }
    const auto converted = fhirpath::molar_value(*value, options.from, *pair);
    if (!converted) {
        write_findings_text(error(IssueCode::value, "", "ucum-dimension", {options.from, "g/L"}), std::cerr);
        return kFindings;
    }
    std::cout << converted->text() << " " << pair->unit << "\t" << pair->code << "\n";
    return kOk;
}

} // namespace

std::function<int()> make_ucum(Verb command) {
    struct Options {
        CheckOptions check;
        ConvertOptions convert;
    };
    auto options = std::make_shared<Options>();
    command.needs_a_verb();
    const auto checks = command.add_verb("check", "whether units are valid, in words and in base units");
    checks.add_option("units", options->check.units, "UCUM units, such as mg/dL").required();
    const auto converts = command.add_verb("convert", "a value in another unit of the same dimension");
    converts.add_option("value", options->convert.value, "decimal number").required();
    converts.add_option("from", options->convert.from, "its unit").required();
    converts.add_option("to", options->convert.to, "the unit wanted").required();
    const auto molars = command.add_verb("molar", "a mass concentration in the molar unit, with the code that the result then has");
    molars.add_option("value", options->convert.value, "decimal number").required();
    molars.add_option("from", options->convert.from, "its unit").required();
    molars.add_option("--pair", options->convert.note, "as in a code map: \"molar=14749-6 mmol/L; molar_mass=180.156\"").required();
    return [options, checks, converts] {
        if (checks.chosen()) return check(options->check);
        return converts.chosen() ? convert(options->convert) : molar(options->convert);
    };
}

} // namespace huitong::app::commands
