#include "app/peer_questions.hpp"

#include "fhir/json.hpp"
#include "search/search.hpp"

#include <algorithm>
#include <set>

namespace huitong::app {
namespace {

constexpr std::string_view kCountMax = "100"; ///< a page of an answer
constexpr std::string_view kPatient = "Patient/";

struct Question {
    std::string_view query, type;
};
constexpr Question kQuestions[] = {
    {"find-documents", "DocumentReference"},
    {"find-visits", "Encounter"},
    {"find-orders", "ServiceRequest"},
    {"find-institutions", "Organization"},
};

struct Field {
    std::string_view query, path, parameter;
};
constexpr Field kFields[] = {
    {"find-documents", "patient", "patient.identifier"},
    {"find-documents", "document", "identifier"},
    {"find-documents", "type", "type"},
    {"find-documents", "visit", "encounter.identifier"},
    {"find-documents", "from", "date"},
    {"find-documents", "to", "date"},
    {"find-visits", "patient", "patient.identifier"},
    {"find-visits", "visit", "identifier"},
    {"find-visits", "class", "class"},
    {"find-visits", "from", "date"},
    {"find-visits", "to", "date"},
    {"find-orders", "patient", "patient.identifier"},
    {"find-orders", "order", "identifier"},
    {"find-orders", "from", "authored"},
    {"find-orders", "to", "authored"},
    {"find-institutions", "identifier", "identifier"},
    {"find-institutions", "name", "name"},
};

/// 20261120… as the day that a search asks from or to; codes of visits as HL7 has them.
std::string search_text(std::string_view path, std::string_view value) {
    if ((path == "from" || path == "to") && value.size() >= 8) {
        const std::string day(value);
        return (path == "from" ? "ge" : "le") + day.substr(0, 4) + '-' + day.substr(4, 2) + '-' + day.substr(6, 2);
    }
    if (path == "class") return value == "1" ? "AMB" : value == "2" ? "EMER" : value == "3" ? "IMP" : std::string(value);
    std::string out;
    for (const char c : value) {
        if (c == ',' || c == '|' || c == '$' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Names and values of search parameters.
Parsed<Pairs> read_question(const feeds::Query& query) {
    Parsed<Pairs> out;
    for (const auto field : query.parameters->root().children("field")) {
        const auto path = field.text("path");
        const auto* known = std::find_if(std::begin(kFields), std::end(kFields),
                                         [&](const auto& one) { return one.query == query.name && one.path == path; });
        if (known == std::end(kFields)) out.issues.add(error(IssueCode::value, "queryByParameter", "query-field", {std::string(path)}));
        else out.value.emplace_back(known->parameter, search_text(path, field.text("value")));
    }
    if (out.value.empty() && !out.issues.has_errors())
        out.issues.add(error(IssueCode::required, "queryByParameter", "query-field", {"queryByParameter"}));
    out.value.emplace_back("_count", kCountMax);
    out.value.emplace_back("_total", "accurate");
    return out;
}

} // namespace

std::string_view asked_type(std::string_view query) {
    const auto* found = std::find_if(std::begin(kQuestions), std::end(kQuestions), [&](const auto& one) { return one.query == query; });
    return found == std::end(kQuestions) ? std::string_view("Patient") : found->type;
}

Parsed<FoundResources> find_resources(const interaction::Services& services, const feeds::Query& query, const access::Caller& caller) {
    const auto question = read_question(query);
    if (question.issues.has_errors()) return {FoundResources(), question.issues};
    Parsed<FoundResources> out;
    Outcome warnings;
    const auto plan = search::read_query(*services.registry, std::string(asked_type(query.name)), question.value, true, warnings);
    if (!plan) return {FoundResources(), plan.error()};
    const auto view = services.store->view(access::filter_of(caller));
    const auto page = search::run(*services.registry, *view, *plan, *services.limits);
    if (!page) return {FoundResources(), page.error()};
    out.value.bundle = std::make_shared<fhir::Document>();
    auto& bundle = *out.value.bundle;
    bundle.set_root("Bundle");
    const auto add = [&](fhir::Element resource, const std::string& name) {
        bundle.graft(bundle.add_child(0, "entry", true), "resource", false, resource);
        out.value.resources.push_back(name);
    };
    std::set<std::string> patients;
    for (const auto& one : page->entries) {
        const auto resource = fhir::read_json(one.version.body).value;
        add(resource->root(), one.version.key.type + '/' + one.version.key.id);
        patients.emplace(resource->root().text("subject.reference"));
    }
    for (const auto& patient : patients) {
        if (!patient.starts_with(kPatient)) continue;
        const auto version = view->current({"Patient", patient.substr(kPatient.size())});
        if (version && *version && !(*version)->deleted) add(fhir::read_json((*version)->body).value->root(), patient);
    }
    out.value.total = std::to_string(page->total.value_or(page->entries.size()));
    return out;
}

} // namespace huitong::app
