#include "interaction/kept_back.hpp"

#include "access/covered_parameters.hpp"
#include "search/query_syntax.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

/// What holds no record of anybody, and the way to the copies.
constexpr std::string_view kWithoutPeople[] = {
    "capabilities", "open-api",  "$export",       "$export-job", "$translate", "$lookup",   "$validate-code", "$batch-validate-code",
    "$expand",      "$subsumes", "$find-matches", "$closure",    "$versions",  "$fhirpath", "$unit",          "$transform"};

Outcome refused(const std::string& what) { return error(IssueCode::forbidden, what, "access-masked", {what}); }

/// The criteria inside `_typeFilter`: "Patient?name=x,Observation?subject.name=y".
Outcome check_type_filter(const Services& services, const std::string& value) {
    for (const auto& escaped : search::split_unescaped(value, ',')) {
        const auto one = search::unescape(escaped);
        const auto mark = one.find('?');
        if (mark == one.npos) continue;
        for (const auto& [name, ignored] : search::read_criteria(std::string_view(one).substr(mark + 1))) {
            if (access::reveals_masked(*services.registry, std::string_view(one).substr(0, mark), name)) return refused(name);
        }
    }
    return {};
}

Outcome check_masked(const Services& services, const Request& request, std::string_view type, std::string_view interaction) {
    // Whom one describes is found by what is covered.
    if (is_plain(interaction) || interaction == "$match")
        return error(IssueCode::forbidden, "", "access-masked", {std::string(interaction)});
    for (const auto& [name, value] : request.query) {
        if (access::reveals_masked(*services.registry, type, name)) return refused(name);
        if (name != "_typeFilter") continue;
        if (auto issues = check_type_filter(services, value); !issues.empty()) return issues;
    }
    return {};
}

} // namespace

bool is_plain(std::string_view interaction) { return interaction == "$graphql" || interaction == "$diff"; }

Outcome check_kept_back(const Services& services, const Request& request, std::string_view type, std::string_view interaction) {
    const auto& caller = request.caller;
    if (caller.deidentified && std::find(std::begin(kWithoutPeople), std::end(kWithoutPeople), interaction) == std::end(kWithoutPeople))
        return error(IssueCode::forbidden, "", "access-deidentified", {std::string(interaction)});
    return caller.masked ? check_masked(services, request, type, interaction) : Outcome();
}

} // namespace huitong::interaction
