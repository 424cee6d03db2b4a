#include "app/peer_questions.hpp"

#include "base/date_time.hpp"
#include "fhir/json.hpp"
#include "interaction/stored_terminology.hpp"
#include "search/search.hpp"

#include <algorithm>
#include <set>

namespace huitong::app {
namespace {

constexpr std::string_view kCountMax = "100"; ///< a page of an answer
constexpr std::string_view kPatient = "Patient/";
/// Numbers that are one person's everywhere: the citizen's and that of the health card.
constexpr std::string_view kCitizenRoots[] = {"2.16.156.10011.1.3", "2.16.156.10011.1.19"};

struct Question {
    std::string_view query, type;
};
constexpr Question kQuestions[] = {
    {"find-documents", "DocumentReference"},
    {"find-visits", "Encounter"},
    {"find-transfers", "Encounter"},
    {"find-orders", "ServiceRequest"},
    {"find-prescriptions", "MedicationRequest"},
    {"find-status", "Task"},
    {"find-appointments", "Appointment"},
    {"find-institutions", "Organization"},
    {"find-practitioners", "Practitioner"},
    {"find-codes", "CodeSystem"},
    {"find-schedules", "Schedule"},
    {"find-results", "DiagnosticReport"},
};

/// `query` "": of every question. `kind`: of what of the asking institution's the number is; "" when it is no institution's own.
/// `national`: root of the numbers that stand beside the institution's own.
struct Field {
    std::string_view query, path, parameter, kind, national = {};
};
constexpr Field kFields[] = {
    {"find-transfers", "number", "part-of:identifier", "encounter"},
    {"find-documents", "number", "identifier", "document"},
    {"find-visits", "number", "identifier", "encounter"},
    {"find-orders", "number", "identifier", "order"},
    {"find-prescriptions", "number", "identifier", "order"},
    {"find-status", "number", "identifier", "order-status"},
    {"find-appointments", "number", "identifier", "appointment"},
    {"find-schedules", "number", "identifier", "schedule"},
    {"find-schedules", "department", "actor:identifier", "department"},
    {"find-schedules", "practitioner", "actor:identifier", "practitioner"},
    {"find-schedules", "kind", "service-type", ""},
    {"find-schedules", "from", "date", ""},
    {"find-schedules", "to", "date", ""},
    {"", "patient", "patient.identifier", "patient"},
    {"find-institutions", "identifier", "identifier", "department", "2.16.156.10011.1.5"},
    {"find-practitioners", "identifier", "identifier", "practitioner", "2.16.156.10011.1.4"},
    {"", "identifier", "identifier", ""},
    {"", "name", "name", ""},
    {"find-documents", "type", "type", ""},
    {"find-documents", "visit", "encounter.identifier", "encounter"},
    {"find-documents", "from", "date", ""},
    {"find-documents", "to", "date", ""},
    {"find-visits", "class", "class", ""},
    {"find-visits", "from", "date", ""},
    {"find-visits", "to", "date", ""},
    {"find-transfers", "from", "date", ""},
    {"find-transfers", "to", "date", ""},
    {"find-orders", "from", "authored", ""},
    {"find-orders", "to", "authored", ""},
    {"find-prescriptions", "from", "authoredon", ""},
    {"find-prescriptions", "to", "authoredon", ""},
    {"find-status", "from", "modified", ""},
    {"find-status", "to", "modified", ""},
    {"find-appointments", "order", "based-on:identifier", "order"},
    {"find-appointments", "from", "date", ""},
    {"find-appointments", "to", "date", ""},
};

/// The day before (-1) or behind (1), as a search writes it; "" when it is none.
std::string day_beside(const std::string& digits, int days) {
    const auto day = read_date_time(digits.substr(0, 4) + '-' + digits.substr(4, 2) + '-' + digits.substr(6, 2));
    if (!day) return {};
    const auto noon = instants_of(*day, 0).first.microseconds + kMicrosecondsPerDay / 2;
    auto out = date_time_of(Instant{noon + days * kMicrosecondsPerDay}, 0);
    out.precision = Precision::day;
    out.offset_minutes.reset();
    return write_date_time(out);
}

/// 20261120… as the day that a search asks from or to: what goes on at that day or was over in it belongs to it, which `ge` and `le` of
/// FHIR do not say of a stay. Codes of visits as HL7 has them.
std::string search_text(const Field& known, std::string_view value, std::string_view root, std::string_view organization) {
    const auto path = known.path;
    if (path == "from" || path == "to") {
        std::string day(value);
        std::erase_if(day, [](char c) { return c < '0' || c > '9'; });
        const auto beside = day.size() < 8 ? std::string() : day_beside(day, path == "from" ? -1 : 1);
        if (beside.empty()) return std::string(value); // the search says what is wrong with it
        return (path == "from" ? "gt" : "lt") + beside;
    }
    if (path == "class") return value == "1" ? "AMB" : value == "2" ? "EMER" : value == "3" ? "IMP" : std::string(value);
    if (known.kind.empty()) return search_escaped(value);
    auto own = numbered(organization, known.kind, root, value);
    if (known.national.empty()) return own;
    const auto national = "urn:oid:" + std::string(known.national) + '|' + search_escaped(value);
    return root == known.national ? national : own + ',' + national;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Names and values of search parameters.
Parsed<Pairs> read_question(const feeds::Query& query, std::string_view organization) {
    Parsed<Pairs> out;
    std::vector<const Field*> asked; // of the pair at the same place
    for (const auto field : query.parameters->root().children("field")) {
        const auto path = field.text("path");
        const auto* known = std::find_if(std::begin(kFields), std::end(kFields), [&](const auto& one) {
            return (one.query.empty() || one.query == query.name) && one.path == path;
        });
        if (known == std::end(kFields)) {
            out.issues.add(error(IssueCode::value, "queryByParameter", "query-field", {std::string(path)}));
            continue;
        }
        auto text = search_text(*known, field.text("value"), field.text("root"), organization);
        const auto same = std::find(asked.begin(), asked.end(), known);
        // A peer lists the numbers that it knows; any of them will do. From and to hold both, and so do a doctor and a department.
        if (same != asked.end() && path != "from" && path != "to") {
            out.value[static_cast<std::size_t>(same - asked.begin())].second += ',' + text;
            continue;
        }
        asked.push_back(known);
        out.value.emplace_back(known->parameter, std::move(text));
    }
    if (out.value.empty() && !out.issues.has_errors())
        out.issues.add(error(IssueCode::required, "queryByParameter", "query-field", {"queryByParameter"}));
    if (query.name == "find-transfers") out.value.emplace_back("part-of:missing", "false");
    out.value.emplace_back("_count", kCountMax);
    out.value.emplace_back("_total", "accurate");
    return out;
}

std::string field_text(const feeds::Query& query, std::string_view path) {
    for (const auto field : query.parameters->root().children("field")) {
        if (field.text("path") == path) return std::string(field.text("value"));
    }
    return {};
}

/// What a code means, as the one concept of its CodeSystem: as the asking institution registered it, else as the region knows it.
Parsed<FoundResources> find_code(const interaction::Services& services, const feeds::Query& query, const std::string& organization) {
    Parsed<FoundResources> out;
    auto system = field_text(query, "system");
    const auto code = field_text(query, "code");
    if (system.empty() || code.empty()) {
        out.issues.add(error(IssueCode::required, "queryByParameter", "query-field", {system.empty() ? "valueSet.id" : "code"}));
        return out;
    }
    const auto own = "urn:huitong:organization:" + organization + ":terminology:" + system;
    if (system.find_first_not_of("0123456789.") == system.npos) system.insert(0, "urn:oid:");
    out.value.bundle = std::make_shared<fhir::Document>();
    auto& bundle = *out.value.bundle;
    bundle.set_root("Bundle");
    if (services.stored_terminology) out.issues.add(services.stored_terminology->catch_up());
    auto found = services.terminology->lookup(own, code);
    if (!found) found = services.terminology->lookup(system, code);
    if (!found) return out;
    const auto resource = bundle.add_child(bundle.add_child(0, "entry", true), "resource", false);
    bundle.set_type(resource, "CodeSystem");
    const auto add = [&](fhir::NodeIndex parent, std::string_view name, const std::string& text) {
        bundle.set_value(bundle.add_child(parent, name, false), fhir::ValueKind::text, bundle.copy(text));
    };
    add(resource, "url", system);
    if (!found->version.empty()) add(resource, "version", found->version);
    const auto concept_node = bundle.add_child(resource, "concept", true);
    add(concept_node, "code", code);
    add(concept_node, "display", found->display);
    if (found->inactive) add(bundle.add_child(concept_node, "property", true), "code", "inactive");
    out.value.total = "1";
    return out;
}

/// What was found, and what makes an answer of it: the patients that it is about, the slots of schedules.
class Findings {
public:
    Findings(const interaction::Services& services, store::ReadView& view, FoundResources& out)
        : services_(services), view_(view), out_(out) {
        out_.bundle = std::make_shared<fhir::Document>();
        out_.bundle->set_root("Bundle");
    }

    Outcome add(const search::Page& page) {
        std::set<std::string> patients;
        for (const auto& one : page.entries) {
            const auto resource = add(one.version);
            patients.emplace(resource->root().text("subject.reference"));
            if (one.version.key.type != "Schedule") continue;
            if (auto issues = add_slots(one.version.key.id); issues.has_errors()) return issues;
        }
        for (const auto& patient : patients) {
            if (!patient.starts_with(kPatient)) continue;
            const auto version = view_.current({"Patient", patient.substr(kPatient.size())});
            if (version && *version && !(*version)->deleted) add(**version);
        }
        return {};
    }

private:
    fhir::DocumentPtr add(const store::Version& version) {
        auto resource = fhir::read_json(version.body).value;
        out_.bundle->graft(out_.bundle->add_child(0, "entry", true), "resource", false, resource->root());
        out_.resources.push_back(version.key.type + '/' + version.key.id);
        return resource;
    }

    Outcome add_slots(const std::string& schedule) {
        const Pairs question{{"schedule", "Schedule/" + schedule}, {"_sort", "start"}, {"_count", std::string(kCountMax)}};
        Outcome warnings;
        const auto plan = search::read_query(*services_.registry, "Slot", question, true, warnings);
        if (!plan) return plan.error();
        const auto page = search::run(*services_.registry, view_, *plan, *services_.limits);
        if (!page) return page.error();
        for (const auto& one : page->entries) add(one.version);
        return {};
    }

    const interaction::Services& services_;
    store::ReadView& view_;
    FoundResources& out_;
};

} // namespace

std::string search_escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == ',' || c == '|' || c == '$' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string numbered(std::string_view organization, std::string_view kind, std::string_view root, std::string_view number) {
    const bool is_citizens = std::find(std::begin(kCitizenRoots), std::end(kCitizenRoots), root) != std::end(kCitizenRoots);
    const auto system =
        is_citizens ? "urn:oid:" + std::string(root) : "urn:huitong:organization:" + std::string(organization) + ':' + std::string(kind);
    return system + '|' + search_escaped(number);
}

std::string_view asked_type(std::string_view query) {
    const auto* found = std::find_if(std::begin(kQuestions), std::end(kQuestions), [&](const auto& one) { return one.query == query; });
    return found == std::end(kQuestions) ? std::string_view("Patient") : found->type;
}

Parsed<FoundResources> find_resources(const interaction::Services& services, const feeds::Query& query, const access::Caller& caller) {
    if (query.name == "find-codes") return find_code(services, query, caller.organization);
    const auto question = read_question(query, caller.organization);
    if (question.issues.has_errors()) return {FoundResources(), question.issues};
    Parsed<FoundResources> out;
    Outcome warnings;
    const auto plan = search::read_query(*services.registry, std::string(asked_type(query.name)), question.value, true, warnings);
    if (!plan) return {FoundResources(), plan.error()};
    const auto view = services.store->view(access::filter_of(caller));
    const auto page = search::run(*services.registry, *view, *plan, *services.limits);
    if (!page) return {FoundResources(), page.error()};
    out.issues = Findings(services, *view, out.value).add(*page);
    out.value.total = std::to_string(page->total.value_or(page->entries.size()));
    return out;
}

} // namespace huitong::app
