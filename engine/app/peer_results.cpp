#include "app/peer_results.hpp"

#include "base/url_query.hpp"
#include "fhir/json.hpp"
#include "search/search.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace huitong::app {
namespace {

constexpr std::size_t kReportsMax = 100; ///< a page
constexpr std::size_t kResultsMax = 2'000;

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string joined(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) (out += out.empty() ? "" : ",").append(text);
    return out;
}

/// 20261120 or 20261120084500 as the day that a search asks from or to.
std::string day_of(std::string_view text) {
    if (text.size() < 8) return std::string(text); // the search says what is wrong with it
    return std::string(text.substr(0, 4)) + '-' + std::string(text.substr(4, 2)) + '-' + std::string(text.substr(6, 2));
}

Pairs question_of(fhir::Element asked, const std::vector<std::string>& patients) {
    std::vector<std::string> subjects, items;
    for (const auto& id : patients) subjects.push_back("Patient/" + id);
    for (const auto item : asked.children("item")) items.push_back(search_escaped(item.value()));
    Pairs out{{"subject", joined(subjects)}};
    if (!items.empty()) out.emplace_back("code", joined(items));
    if (const auto from = asked.text("from"); !from.empty()) out.emplace_back("date", "ge" + day_of(from));
    if (const auto until = asked.text("until"); !until.empty()) out.emplace_back("date", "le" + day_of(until));
    std::size_t count = kReportsMax;
    const auto wanted = asked.text("count");
    std::from_chars(wanted.data(), wanted.data() + wanted.size(), count);
    out.emplace_back("_sort", "-date");
    out.emplace_back("_count", std::to_string(std::clamp<std::size_t>(count, 1, kReportsMax)));
    out.emplace_back("_total", "accurate");
    return out;
}

/// Puts resources into a bundle under the addresses that references to them have, each once.
class Gatherer {
public:
    Gatherer(store::ReadView& view, FoundResources& out) : view_(view), out_(out) {
        out_.bundle = std::make_shared<fhir::Document>();
        out_.bundle->set_root("Bundle");
    }
    void add(const std::string& reference, fhir::Element resource) {
        auto& bundle = *out_.bundle;
        const auto entry = bundle.add_child(0, "entry", true);
        bundle.set_value(bundle.add_child(entry, "fullUrl", false), fhir::ValueKind::text, bundle.copy(reference));
        bundle.graft(entry, "resource", false, resource);
        out_.resources.push_back(reference);
        known_.insert(reference);
    }
    /// Nothing where the caller may not see it.
    void fetch(std::string_view type, std::string_view reference) {
        if (reference.size() <= type.size() || !reference.starts_with(type) || reference[type.size()] != '/') return;
        if (known_.contains(reference) || known_.size() >= kResultsMax) return;
        const auto version = view_.current({std::string(type), std::string(reference.substr(type.size() + 1))});
        if (version && *version && !(*version)->deleted) add(std::string(reference), fhir::read_json((*version)->body).value->root());
    }

private:
    store::ReadView& view_;
    FoundResources& out_;
    std::set<std::string, std::less<>> known_;
};

} // namespace

Result<std::string> patient_of_number(const interaction::Services& services, const identity::Linker& linker, const access::Caller& caller,
                                      const std::string& criteria) {
    constexpr std::size_t kRecordsMax = 100;
    // Whoever else has the number counts also when the caller may not see him.
    const auto whole = services.store->view();
    const auto known = search::find_matches(*services.registry, *whole, "Patient", criteria, kRecordsMax, *services.limits);
    if (!known) return known.error();
    const auto visible = services.store->view(access::filter_of(caller));
    const auto seen = std::find_if(known->keys.begin(), known->keys.end(), [&](const auto& key) { return visible->current_key(key) != 0; });
    if (seen == known->keys.end()) return Outcome(error(IssueCode::not_found, "QPD-3", "query-unknown-number"));
    const auto person = linker.same_person(seen->id);
    const bool is_one = std::all_of(known->keys.begin(), known->keys.end(),
                                    [&](const auto& key) { return std::find(person.begin(), person.end(), key.id) != person.end(); });
    if (!is_one) return Outcome(error(IssueCode::duplicate, "QPD-3", "query-number-of-several"));
    return seen->id;
}

Parsed<FoundResources> find_results(const interaction::Services& services, const identity::Linker& linker, fhir::Element asked,
                                    const access::Caller& caller) {
    const auto number = asked.child("number");
    const auto issuer = number.text("authority").empty() ? std::string_view(caller.organization) : number.text("authority");
    const auto criteria = "identifier=" + encode_url(numbered(issuer, "patient", {}, number.text("value")));
    const auto known = patient_of_number(services, linker, caller, criteria);
    if (!known) return {FoundResources(), known.error()};
    const auto question = question_of(asked, linker.same_person(*known));
    Outcome warnings;
    auto plan = search::read_query(*services.registry, "DiagnosticReport", question, true, warnings);
    if (!plan) return {FoundResources(), plan.error()};
    plan->page = asked.text("page");
    const auto view = services.store->view(access::filter_of(caller), search::page_time(*plan));
    const auto page = search::run(*services.registry, *view, *plan, *services.limits);
    if (!page) return {FoundResources(), page.error()};
    Parsed<FoundResources> out;
    Gatherer gatherer(*view, out.value);
    for (const auto& one : page->entries) {
        const auto report = fhir::read_json(one.version.body).value;
        gatherer.add("DiagnosticReport/" + one.version.key.id, report->root());
        gatherer.fetch("Patient", report->root().text("subject.reference"));
        for (const auto result : report->root().children("result")) gatherer.fetch("Observation", result.text("reference"));
    }
    out.value.total = std::to_string(page->total.value_or(page->entries.size()));
    out.value.next = page->next;
    return out;
}

} // namespace huitong::app
