#include "fhirpath/signatures.hpp"

#include <algorithm>
#include <iterator>

namespace huitong::fhirpath {
namespace {

constexpr auto kText = Family::text;
constexpr auto kNumber = Family::number;

constexpr Signature kSignatures[] = {
    {"exists", "boolean"},
    {"empty", "boolean"},
    {"all", "boolean"},
    {"not", "boolean", true},
    {"allTrue", "boolean"},
    {"anyTrue", "boolean"},
    {"allFalse", "boolean"},
    {"anyFalse", "boolean"},
    {"subsetOf", "boolean"},
    {"supersetOf", "boolean"},
    {"isDistinct", "boolean"},
    {"hasValue", "boolean"},
    {"memberOf", "boolean", true},
    {"conformsTo", "boolean", true},
    {"count", "integer"},
    {"indexOf", "integer", true, kText},
    {"lastIndexOf", "integer", true, kText},
    {"length", "integer", true, kText},
    {"startsWith", "boolean", true, kText},
    {"endsWith", "boolean", true, kText},
    {"contains", "boolean", true, kText},
    {"matches", "boolean", true, kText},
    {"matchesFull", "boolean", true, kText},
    {"substring", "string", true, kText},
    {"upper", "string", true, kText},
    {"lower", "string", true, kText},
    {"replace", "string", true, kText},
    {"replaceMatches", "string", true, kText},
    {"trim", "string", true, kText},
    {"encode", "string", true, kText},
    {"decode", "string", true, kText},
    {"escape", "string", true, kText},
    {"unescape", "string", true, kText},
    {"toChars", "string", true, kText, true},
    {"split", "string", true, kText, true},
    {"join", "string"},
    {"toBoolean", "boolean", true},
    {"toInteger", "integer", true},
    {"toLong", "integer", true},
    {"toDecimal", "decimal", true},
    {"toString", "string", true},
    {"toDate", "date", true},
    {"toDateTime", "dateTime", true},
    {"toTime", "time", true},
    {"toQuantity", "", true},
    {"convertsToBoolean", "boolean", true},
    {"convertsToInteger", "boolean", true},
    {"convertsToLong", "boolean", true},
    {"convertsToDecimal", "boolean", true},
    {"convertsToString", "boolean", true},
    {"convertsToDate", "boolean", true},
    {"convertsToDateTime", "boolean", true},
    {"convertsToTime", "boolean", true},
    {"convertsToQuantity", "boolean", true},
    {"abs", "", true, kNumber},
    {"ceiling", "integer", true, kNumber},
    {"floor", "integer", true, kNumber},
    {"truncate", "integer", true, kNumber},
    {"round", "decimal", true, kNumber},
    {"sqrt", "decimal", true, kNumber},
    {"exp", "decimal", true, kNumber},
    {"ln", "decimal", true, kNumber},
    {"log", "decimal", true, kNumber},
    {"power", "", true, kNumber},
    {"lowBoundary", "", true},
    {"highBoundary", "", true},
    {"precision", "integer", true},
    {"now", "dateTime"},
    {"today", "date"},
    {"timeOfDay", "time"},
    {"readDateTime", "dateTime"},
    {"readInstant", "dateTime"},
    {"readDate", "date"},
    {"readNumber", "decimal"},
    {"readQuantity", "Quantity"},
    {"readUnit", "string"},
    {"mapCode", "string"},
    {"mapNote", "string"},
    {"molarCode", "string"},
    {"writeDateTime", "string"},
};

} // namespace

const Signature* find_signature(std::string_view function) {
    const auto* found = std::find_if(std::begin(kSignatures), std::end(kSignatures),
                                     [&](const Signature& signature) { return signature.name == function; });
    return found == std::end(kSignatures) ? nullptr : found;
}

std::string_view family_text(Family family) {
    switch (family) {
    case Family::text: return "string";
    case Family::number: return "number";
    case Family::date: return "date";
    case Family::time: return "time";
    case Family::boolean: return "boolean";
    case Family::any: break;
    }
    return "";
}

} // namespace huitong::fhirpath
