#include "exchange/forwarder.hpp"

#include "base/json_writer.hpp"
#include "exchange/backoff.hpp"
#include "exchange/rows_of_report.hpp"
#include "fhir/json.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <set>
#include <tuple>

namespace huitong::exchange {
namespace {

constexpr std::size_t kVersionsAtOnce = 200;
constexpr std::size_t kFactsAtOnce = 1'000;
constexpr std::size_t kSurroundingsMax = 1'000; ///< resources that go with one: a report and its results

boost::asio::awaitable<feeds::Receipt> deliver_to(std::shared_ptr<feeds::Outlet> outlet, const feeds::OutMessage& message) {
    co_return co_await outlet->deliver(message);
}

/// "Type/id" of every literal reference in a resource, in order.
void collect_references(fhir::Element element, std::vector<store::ResourceKey>& out) {
    for (const auto child : element.children()) {
        const auto text = child.name() == "reference" ? child.value() : std::string_view();
        const auto slash = text.find('/');
        if (slash != text.npos && text.find('/', slash + 1) == text.npos && text.find(':') == text.npos)
            out.push_back({std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))});
        collect_references(child, out);
    }
}

void add_entry(fhir::Document& bundle, const store::Version& version) {
    const auto resource = fhir::read_json(version.body);
    if (!resource.value || !resource.value->root()) return;
    const auto entry = bundle.add_child(0, "entry", true);
    const auto url = version.key.type + "/" + version.key.id;
    bundle.set_value(bundle.add_child(entry, "fullUrl", false), fhir::ValueKind::text, bundle.copy(url));
    bundle.graft(entry, "resource", false, resource.value->root());
}

/// A report that lists no results gets those that name it.
void list_rows(store::ReadView& view, fhir::Document& bundle) {
    const auto report = bundle.root()["entry"]["resource"];
    if (report.type() != "DiagnosticReport" || report.child("result")) return;
    for (const auto& row : rows_of(view, report)) {
        const auto listed = bundle.add_child(report.index(), "result", true);
        bundle.set_value(bundle.add_child(listed, "reference", false), fhir::ValueKind::text, bundle.copy(row.type + "/" + row.id));
    }
}

/// "destination/17-2" → destination, 17, 2: the order in which messages were first sent, which is not that of the text.
std::tuple<std::string_view, std::uint64_t, std::uint64_t> place_of(std::string_view name) {
    std::uint64_t time = 0, number = 0;
    const auto slash = std::min(name.rfind('/'), name.size());
    const auto* end = name.data() + name.size();
    if (slash == name.size()) return {name, time, number};
    const auto read = std::from_chars(name.data() + slash + 1, end, time);
    if (read.ptr != end) std::from_chars(read.ptr + 1, end, number);
    return {name.substr(0, slash), time, number};
}

using Facts = std::vector<std::pair<std::string, std::string>>;

/// All of a table between two names, in the order of their messages.
Facts messages_of(store::Store& store, std::string_view table, std::string from, const std::string& behind) {
    Facts out;
    for (;;) {
        auto some = store.facts(std::string(table), from, behind, kFactsAtOnce);
        const bool is_last = some.size() < kFactsAtOnce;
        if (!is_last) from = some.back().first + '\x01';
        std::move(some.begin(), some.end(), std::back_inserter(out));
        if (is_last) break;
    }
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return place_of(a.first) < place_of(b.first); });
    return out;
}

/// The version that a refusal is about; nullopt when it is not the newest any more: that one was sent after it.
std::optional<store::Version> refused_version(store::ReadView& view, const std::string& refusal) {
    const auto parsed = fhir::read_plain_json(refusal);
    if (parsed.issues.has_errors() || !parsed.value) return std::nullopt;
    const auto resource = parsed.value->root().text("resource");
    const auto slash = resource.find('/');
    if (slash == resource.npos) return std::nullopt;
    auto found = view.current({std::string(resource.substr(0, slash)), std::string(resource.substr(slash + 1))});
    if (!found || !*found || std::to_string((*found)->version) != parsed.value->root().text("version")) return std::nullopt;
    return std::move(**found);
}

} // namespace

Forwarder::Forwarder(Destination destination, const interaction::Services& services, const mapping::MapLibrary& maps,
                     std::shared_ptr<feeds::Outlet> outlet, Encode encode)
    : destination_(std::move(destination)), services_(services), maps_(maps), outlet_(std::move(outlet)), encode_(std::move(encode)) {
    if (services_.store->fact(std::string(kForwardFacts), destination_.name)) return;
    store::FactWrite start{std::string(kForwardFacts), destination_.name, std::to_string(services_.store->now()), false};
    (void)services_.store->write_facts({std::move(start)});
}

store::LogTime Forwarder::position() const {
    const auto fact = services_.store->fact(std::string(kForwardFacts), destination_.name);
    store::LogTime out = services_.store->now();
    if (fact) std::from_chars(fact->data(), fact->data() + fact->size(), out);
    return out;
}

bool Forwarder::takes(std::string_view type) const {
    return std::find(destination_.types.begin(), destination_.types.end(), type) != destination_.types.end();
}

bool Forwarder::is_news(const store::Version& version) const {
    return !version.deleted && !version.superseded && (version.owner.empty() || version.owner != destination_.organization);
}

bool Forwarder::step(const std::stop_token& stop) {
    if (!send_again(stop)) return false;
    store::HistoryRange range;
    range.since = position();
    range.count = kVersionsAtOnce;
    range.newest_first = false;
    auto view = services_.store->view();
    auto versions = view->history("", "", range);
    const auto is_cut = [&] { return versions && versions->size() >= range.count; };
    // The position stands between commits: one that is larger than a page is read whole, the last of several is left for the next page.
    while (is_cut() && versions->front().t_from == versions->back().t_from) {
        range.count *= 2;
        versions = view->history("", "", range);
    }
    if (!versions || versions->empty()) return versions.has_value();
    auto end = versions->end();
    while (is_cut() && std::prev(end)->t_from == versions->back().t_from) --end;
    for (auto first = versions->begin(); first != end && !stop.stop_requested();) {
        auto last = std::find_if(first, end, [&](const auto& one) { return one.t_from != first->t_from; });
        if (!forward_commit({first, last}, stop)) return false;
        first = last;
    }
    return true;
}

/// What was refused and is asked for again, with what it refers to as that is now: the cause may have been there. False: the peer could
/// not be told.
bool Forwarder::send_again(const std::stop_token& stop) {
    const auto prefix = destination_.name + '/';
    for (const auto& [name, nothing] : messages_of(*services_.store, kForwardAgainFacts, prefix, prefix + '~')) {
        if (stop.stop_requested()) return false;
        const auto refused = services_.store->fact(std::string(kForwardRefusedFacts), name);
        const auto version = refused ? refused_version(*services_.store->view(), *refused) : std::nullopt;
        if (refused && !version) ++overtaken_; // since it was asked for
        const auto told = version ? forward_version(*version, name.substr(prefix.size()), services_.store->now(), stop) : Told::yes;
        if (told == Told::not_yet) return false;
        std::vector<store::FactWrite> done{{std::string(kForwardAgainFacts), name, {}, true}};
        if (told == Told::yes) done.push_back({std::string(kForwardRefusedFacts), name, {}, true});
        if (!services_.store->write_facts(std::move(done))) return false;
    }
    return true;
}

/// What goes out for a commit: what it wrote, and the reports whose results alone it wrote, as they are then. nullopt: the store cannot be
/// read.
std::optional<std::vector<store::Version>> Forwarder::due_of(const std::vector<store::Version>& versions) const {
    std::vector<store::Version> out;
    std::set<std::string> named; // reports that go or went
    for (const auto& version : versions) {
        if (version.key.type == "DiagnosticReport" && !version.superseded) named.insert(version.key.id);
        if (is_news(version) && takes(version.key.type)) out.push_back(version);
    }
    if (!takes("DiagnosticReport")) return out;
    std::unique_ptr<store::ReadView> view;
    for (const auto& version : versions) {
        if (version.key.type != "Observation" || !is_news(version)) continue;
        if (!view) view = services_.store->view(sight_ ? sight_() : store::CallerFilter(), version.t_from);
        if (view->current_key(version.key) == 0) continue; // what the institution may not see tells it nothing
        for (const auto& key : reports_of(*view, version)) {
            if (!named.insert(key.id).second) continue;
            auto report = view->current(key);
            if (!report) return std::nullopt;
            if (*report && is_news(**report)) out.push_back(std::move(**report));
        }
    }
    return out;
}

/// All messages of one commit, then the position behind it.
bool Forwarder::forward_commit(const std::vector<store::Version>& versions, const std::stop_token& stop) {
    const auto due = due_of(versions);
    if (!due) return false;
    const auto at_time = versions.front().t_from;
    std::size_t number = 0;
    for (const auto& version : *due) {
        const auto control_id = std::to_string(at_time) + '-' + std::to_string(++number);
        if (forward_version(version, control_id, at_time, stop) == Told::not_yet) return false;
    }
    store::FactWrite moved{std::string(kForwardFacts), destination_.name, std::to_string(at_time), false};
    return services_.store->write_facts({std::move(moved)}).has_value();
}

/// The resource, what it refers to, and what those refer to: a report, its results, their patient.
fhir::DocumentPtr Forwarder::surroundings_of(const store::Version& version, store::ReadView& view) const {
    auto bundle = std::make_shared<fhir::Document>();
    bundle->set_root("Bundle");
    bundle->set_value(bundle->add_child(0, "type", false), fhir::ValueKind::text, "collection");
    add_entry(*bundle, version);
    list_rows(view, *bundle);
    std::set<std::string> seen{version.key.type + "/" + version.key.id};
    std::vector<store::ResourceKey> waiting;
    collect_references(bundle->root(), waiting);
    for (std::size_t at = 0; at < waiting.size() && seen.size() < kSurroundingsMax; ++at) {
        if (!seen.insert(waiting[at].type + "/" + waiting[at].id).second) continue;
        const auto found = view.current(waiting[at]);
        if (!found || !*found || (*found)->deleted) continue;
        const auto before = bundle->size();
        add_entry(*bundle, **found);
        if (bundle->size() == before) continue;
        fhir::Element added;
        for (const auto entry : bundle->root().children("entry")) added = entry;
        collect_references(added, waiting);
    }
    return bundle;
}

Forwarder::Told Forwarder::forward_version(const store::Version& version, const std::string& control_id, store::LogTime at_time,
                                           const std::stop_token& stop) {
    const auto view = services_.store->view(sight_ ? sight_() : store::CallerFilter(), at_time);
    const auto seen = view->current(version.key);
    if (!seen) return Told::not_yet; // the store cannot be read
    if (!*seen || (*seen)->deleted) {
        ++withheld_;
        return Told::yes;
    }
    const auto source = surroundings_of(version, *view);
    mapping::RunOptions options;
    options.now = version.updated;
    options.id_seed = destination_.name + "/" + control_id;
    options.offset_minutes = destination_.offset_minutes;
    options.parameters = {{"organization", destination_.organization}, {"feed", destination_.name}, {"control_id", control_id}};
    const auto made = maps_.run(destination_.map, source->root(), options);
    if (made.issues.has_errors() || !made.output) return keep_refusal(control_id, version, made.issues);
    if (!made.output->root().has_children()) return Told::yes; // the map has nothing to say of it
    auto encoded = encode_(made.output->root());
    if (encoded.issues.has_errors()) return keep_refusal(control_id, version, encoded.issues);
    if (!encoded.issues.empty()) ++replaced_;
    feeds::OutMessage message;
    message.destination = destination_.name;
    message.bytes = std::move(encoded.value);
    message.control_id = control_id;
    for (failures_ = 0; !stop.stop_requested();) {
        const auto receipt = deliver(message);
        if (receipt.disposition == feeds::Disposition::accepted) return ++sent_, Told::yes;
        if (receipt.disposition != feeds::Disposition::throttled) return keep_refusal(control_id, version, receipt.issues);
        ++retries_;
        constexpr double kSpread = 0.5; // one hub sends to one peer: nobody else comes back at the same moment
        wait(backoff_ms(++failures_, destination_.backoff_first_ms, destination_.backoff_max_ms, kSpread), stop);
    }
    return Told::not_yet;
}

feeds::Receipt Forwarder::deliver(const feeds::OutMessage& message) {
    feeds::Receipt out;
    out.disposition = feeds::Disposition::throttled; // what is thrown is no answer
    auto work = deliver_to(outlet_, message);
    boost::asio::co_spawn(io_, std::move(work), [&](std::exception_ptr thrown, feeds::Receipt receipt) {
        if (!thrown) out = std::move(receipt);
    });
    io_.restart();
    io_.run();
    return out;
}

Forwarder::Told Forwarder::keep_refusal(const std::string& control_id, const store::Version& version, const Outcome& reasons) {
    JsonWriter json;
    json.object().member("resource", version.key.type + "/" + version.key.id).count("version", version.version).array("reasons");
    for (const auto& issue : reasons.issues()) json.object().member("rule", issue.rule).member("where", issue.where).end_object();
    json.end_array().end_object();
    store::FactWrite fact{std::string(kForwardRefusedFacts), destination_.name + "/" + control_id, json.take(), false};
    // Without the fact nobody could send it again: the position stays where it is.
    if (!services_.store->write_facts({std::move(fact)})) return Told::not_yet;
    ++refused_;
    return Told::refused;
}

void Forwarder::wait(std::uint64_t milliseconds, const std::stop_token& stop) const {
    std::mutex mutex;
    std::condition_variable_any sleeping;
    std::unique_lock lock(mutex);
    sleeping.wait_for(lock, stop, std::chrono::milliseconds(milliseconds), [] { return false; });
}

void Forwarder::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const auto before = position();
        bool is_done = false;
        try {
            is_done = step(stop);
        } catch (const std::exception&) { // the worker root: tried again
        }
        if (!is_done || position() == before) wait(destination_.interval_ms, stop);
    }
}

Result<std::vector<AskedAgain>> ask_again(store::Store& store, const std::string& which) {
    std::vector<AskedAgain> out;
    std::vector<store::FactWrite> asked;
    const auto behind = which.empty() || which.ends_with('/') ? which + '~' : which + '\x01';
    const auto view = store.view();
    for (const auto& [name, why] : messages_of(store, kForwardRefusedFacts, which, behind)) {
        const bool is_overtaken = !refused_version(*view, why);
        out.push_back({name, is_overtaken});
        asked.push_back({std::string(is_overtaken ? kForwardRefusedFacts : kForwardAgainFacts), name, {}, is_overtaken});
    }
    if (asked.empty()) return out;
    const auto written = store.write_facts(std::move(asked));
    if (!written) return written.error();
    return out;
}

std::vector<std::pair<std::string, std::uint64_t>> Forwarder::counters() const {
    const auto of = "{destination=" + fhir::json_text(destination_.name) + '}';
    const auto newest = services_.store->now(), here = position();
    return {{"forward_sent" + of, sent_.load()},
            {"forward_refused" + of, refused_.load()},
            {"forward_retries" + of, retries_.load()},
            {"forward_overtaken" + of, overtaken_.load()},
            {"forward_withheld" + of, withheld_.load()},
            {"forward_replaced" + of, replaced_.load()},
            {"forward_lag" + of, newest > here ? newest - here : 0}};
}

} // namespace huitong::exchange
