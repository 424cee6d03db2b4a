#include "app/peer_answers.hpp"

#include "app/peer_results.hpp"
#include "base/url_query.hpp"
#include "fhir/json.hpp"
#include "search/search.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>

namespace huitong::app {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kMap = "https://huitong.example/fhir/StructureMap/v2-query-answer";
constexpr std::string_view kV3Map = "https://huitong.example/fhir/StructureMap/v3-answer";
constexpr std::size_t kPersonsMax = 100; ///< a page, whatever RCP-2 asks for

/// Fields of PID that persons may be looked for by, and what they are in a search.
struct Field {
    std::string_view path, parameter;
};
constexpr Field kFields[] = {
    {"PID.3.1", "identifier"},    {"PID.3", "identifier"},
    {"PID.5.1", "name"},          {"PID.5.1.1", "name"},
    {"PID.5.2", "given"},         {"PID.5", "name"},
    {"PID.7", "birthdate"},       {"PID.7.1", "birthdate"},
    {"PID.8", "gender"},          {"PID.11.3", "address-city"},
    {"PID.11.1", "address"},      {"PID.13", "phone"},
    {"PID.13.1", "phone"},        {"PID.11.5", "address-postalcode"},
    {"identifier", "identifier"}, {"name", "name"},
    {"gender", "gender"}, // as V3 peers ask
};

Outcome complaint(IssueCode code, std::string where, std::string rule, std::vector<std::string> arguments = {}) {
    return error(code, std::move(where), std::move(rule), std::move(arguments));
}

std::string number_system(std::string_view authority) { return "urn:huitong:organization:" + std::string(authority) + ":patient"; }

/// What a field says, as a search wants it: 19800101 is 1980-01-01, F is female.
std::string search_value(std::string_view parameter, std::string_view value) {
    std::string out(value);
    if (parameter == "birthdate" && out.size() >= 8 && out.find('-') == out.npos)
        return out.substr(0, 4) + "-" + out.substr(4, 2) + "-" + out.substr(6, 2);
    if (parameter == "gender")
        return out == "M" || out == "1" ? "male" : out == "F" || out == "2" ? "female" : out == "O" ? "other" : "unknown";
    return out;
}

fhir::DocumentPtr empty_bundle() {
    auto out = std::make_shared<fhir::Document>();
    out->set_root("Bundle");
    out->set_value(out->add_child(0, "type", false), fhir::ValueKind::text, "collection");
    return out;
}

fhir::NodeIndex add_person(fhir::Document& bundle, fhir::Element patient) {
    const auto entry = bundle.add_child(0, "entry", true);
    return bundle.graft(entry, "resource", false, patient);
}

} // namespace

void PeerAnswers::open(access::Consents& consents, audit::AccessLog& log, asio::thread_pool& workers) {
    consents_ = &consents;
    log_ = &log;
    workers_ = &workers;
}

access::Caller PeerAnswers::caller_of(const feeds::FeedSettings& feed, std::string_view query) {
    access::Caller out;
    out.client_id = "feed:" + feed.name;
    out.organization = feed.organization;
    out.scopes = {"system/Patient.rs"};
    if (feed.kind == "v3")
        for (const auto type : kAskedTypes) out.scopes.push_back("system/" + std::string(type) + ".rs");
    if (query == kFindResults)
        for (const auto type : kResultTypes) out.scopes.push_back("system/" + std::string(type) + ".rs");
    out.without_masked = true; // the wire has no way to show a person covered
    consents_->bind(out, services_.clock->now());
    return out;
}

asio::awaitable<Parsed<fhir::DocumentPtr>> PeerAnswers::answer(feeds::Query query) {
    Parsed<fhir::DocumentPtr> out;
    if (!workers_) {
        out.issues = complaint(IssueCode::transient, "", "query-closed");
        co_return out;
    }
    auto done = work(std::move(query));
    co_return co_await asio::co_spawn(*workers_, std::move(done), asio::use_awaitable);
}

asio::awaitable<Parsed<fhir::DocumentPtr>> PeerAnswers::work(feeds::Query query) {
    Parsed<fhir::DocumentPtr> out;
    const auto feed = std::find_if(feeds_.begin(), feeds_.end(), [&](const auto& one) { return one.name == query.source; });
    if (feed == feeds_.end()) {
        out.issues = complaint(IssueCode::not_found, "", "feed-unknown", {query.source});
        co_return out;
    }
    const auto caller = caller_of(*feed, query.name);
    auto found = find(query, caller);
    audit::AccessRecord record;
    record.at = services_.clock->now();
    record.client = caller.client_id;
    record.organization = caller.organization;
    record.purpose = caller.purpose;
    record.interaction = "search-type";
    record.type = std::string(asked_type(query.name));
    record.status = found.issues.has_errors() ? 400 : 200;
    record.resources = found.value.resources;
    const auto recorded = co_await log_->append(record);
    // What cannot be recorded is not told.
    if (!recorded) found.issues = complaint(IssueCode::transient, "", "query-closed");
    if (!found.issues.has_errors()) out = written(found.value, *feed);
    else out.issues = std::move(found.issues);
    co_return out;
}

Parsed<PeerAnswers::Found> PeerAnswers::find(const feeds::Query& query, const access::Caller& caller) const {
    const auto asked = query.parameters->root();
    if (asked_type(query.name) != "Patient") {
        auto other =
            query.name == kFindResults ? find_results(services_, linker_, asked, caller) : find_resources(services_, query, caller);
        Parsed<Found> out;
        out.issues = std::move(other.issues);
        out.value.persons = std::move(other.value.bundle);
        out.value.resources = std::move(other.value.resources);
        out.value.total = std::move(other.value.total);
        out.value.next = std::move(other.value.next);
        return out;
    }
    return query.name == "find-persons" ? find_persons(asked, caller) : person_numbers(asked, caller);
}

Parsed<PeerAnswers::Found> PeerAnswers::find_persons(fhir::Element asked, const access::Caller& caller) const {
    Parsed<Found> out;
    std::vector<std::pair<std::string, std::string>> pairs;
    std::string authority;
    for (const auto field : asked.children("field")) {
        if (field.text("path").starts_with("PID.3.4")) authority = field.text("value");
    }
    for (const auto field : asked.children("field")) {
        const auto path = field.text("path");
        if (path.starts_with("PID.3.4")) continue;
        const auto known = std::find_if(std::begin(kFields), std::end(kFields), [&](const auto& one) { return one.path == path; });
        if (known == std::end(kFields)) {
            out.issues.add(error(IssueCode::value, "QPD-3", "query-field", {std::string(path)}));
            continue;
        }
        auto value = search_value(known->parameter, field.text("value"));
        if (path == "identifier") value = numbered(caller.organization, "patient", field.text("root"), field.text("value"));
        else if (known->parameter == "identifier" && !authority.empty()) value = number_system(authority) + "|" + search_escaped(value);
        if (!value.empty()) pairs.emplace_back(known->parameter, std::move(value));
    }
    if (pairs.empty() && !out.issues.has_errors()) out.issues.add(error(IssueCode::required, "QPD-3", "query-field", {"QPD-3"}));
    if (out.issues.has_errors()) return out;
    std::size_t count = kPersonsMax;
    const auto wanted = asked.text("count");
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), count);
    pairs.emplace_back("_count", std::to_string(std::clamp<std::size_t>(count, 1, kPersonsMax)));
    pairs.emplace_back("_total", "accurate");
    Outcome warnings;
    auto query = search::read_query(*services_.registry, "Patient", pairs, true, warnings);
    if (!query) return {Found(), query.error()};
    query->page = asked.text("page");
    auto view = services_.store->view(access::filter_of(caller), search::page_time(*query));
    const auto page = search::run(*services_.registry, *view, *query, *services_.limits);
    if (!page) return {Found(), page.error()};
    out.value.persons = empty_bundle();
    for (const auto& one : page->entries) {
        add_person(*out.value.persons, fhir::read_json(one.version.body).value->root());
        out.value.resources.push_back("Patient/" + one.version.key.id);
    }
    out.value.total = std::to_string(page->total.value_or(page->entries.size()));
    out.value.next = page->next;
    return out;
}

/// The numbers of one person at all institutions, or at those that are asked for; not the one that was asked with.
Parsed<PeerAnswers::Found> PeerAnswers::person_numbers(fhir::Element asked, const access::Caller& caller) const {
    Parsed<Found> out;
    const auto number = asked.child("number");
    const auto system = number_system(number.text("authority"));
    const auto criteria = "identifier=" + encode_url(system + "|" + search_escaped(number.text("value")));
    const auto known = patient_of_number(services_, linker_, caller, criteria);
    if (!known) return {Found(), known.error()};
    auto view = services_.store->view(access::filter_of(caller));
    std::vector<std::string> domains;
    for (const auto domain : asked.children("domain")) domains.push_back(number_system(domain.value()));
    fhir::Document person;
    person.set_root("Patient");
    for (const auto& id : linker_.same_person(*known)) {
        const auto version = view->current({"Patient", id});
        if (!version || !*version || (*version)->deleted) continue;
        out.value.resources.push_back("Patient/" + id);
        const auto patient = fhir::read_json((*version)->body);
        for (const auto identifier : patient.value->root().children("identifier")) {
            const auto of = identifier.text("system");
            const bool is_asked = of == system && identifier.text("value") == number.text("value");
            const bool is_wanted = domains.empty() || std::find(domains.begin(), domains.end(), of) != domains.end();
            if (!is_asked && is_wanted && !of.empty()) person.graft(0, "identifier", true, identifier);
        }
    }
    out.value.persons = empty_bundle();
    if (!person.root().has_children()) return out;
    add_person(*out.value.persons, person.root());
    out.value.total = "1";
    return out;
}

Parsed<fhir::DocumentPtr> PeerAnswers::written(const Found& found, const feeds::FeedSettings& feed) const {
    Parsed<fhir::DocumentPtr> out;
    out.value = std::make_shared<fhir::Document>();
    auto& answer = *out.value;
    answer.set_root("Answer");
    const auto add = [&](std::string_view name, const std::string& text) {
        if (!text.empty()) answer.set_value(answer.add_child(0, name, false), fhir::ValueKind::text, answer.copy(text));
    };
    add("total", found.total);
    add("next", found.next);
    const auto map = feed.setting("answer_map", std::string(feed.kind == "v3" ? kV3Map : kMap));
    if (!maps_.has(map)) {
        out.issues = complaint(IssueCode::not_found, "", "feed-no-map", {map});
        return out;
    }
    mapping::RunOptions options;
    options.now = services_.clock->now();
    options.offset_minutes = feed.offset_minutes;
    options.parameters = {{"organization", feed.organization}, {"feed", feed.name}, {"control_id", ""}};
    auto made = maps_.run(map, found.persons->root(), options);
    out.issues = std::move(made.issues);
    if (made.output) answer.graft(0, "message", false, made.output->root());
    return out;
}

} // namespace huitong::app
