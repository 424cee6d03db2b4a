#include "exchange/puller.hpp"

#include "exchange/backoff.hpp"
#include "exchange/content.hpp"
#include "fhir/json.hpp"
#include "interaction/parts.hpp"

#include <condition_variable>
#include <random>

namespace huitong::exchange {
namespace {

constexpr const char* kPositionTable = "exchange-position";
constexpr const char* kEpochTable = "exchange-epoch";
constexpr const char* kRefusedTable = "exchange-refused";
constexpr int kConflictRetriesMax = 4; ///< a local write between reading and committing: judge the page again
constexpr std::uint64_t kRetryAfterMaxS = 3'600;

Puller::Chance random_chance() {
    return [random = std::mt19937_64(std::random_device{}())]() mutable { return std::uniform_real_distribution<>(0, 1)(random); };
}

Outcome outcome_of_status(const HttpAnswer& answer, const std::string& hub, const std::string& from) {
    switch (answer.status) {
    case 401: return error(IssueCode::login, "", "exchange-unauthorized", {hub, "401"});
    case 403: return error(IssueCode::forbidden, "", "exchange-unauthorized", {hub, "403"});
    case 404: return error(IssueCode::not_found, "", "exchange-not-found", {hub});
    case 410: return error(IssueCode::conflict, "", "exchange-position", {hub, from});
    case 429:
    case 503: return error(IssueCode::throttled, "", "exchange-busy", {hub});
    default: return error(IssueCode::transient, "", "exchange-status", {hub, std::to_string(answer.status)});
    }
}

bool is_conflict(const Outcome& outcome) {
    const auto* issue = outcome.leading();
    return issue && issue->rule == "store-conflict";
}

} // namespace

Puller::Puller(Upstream upstream, const interaction::Services& services, Chance chance)
    : upstream_(std::move(upstream)), services_(services), chance_(chance ? std::move(chance) : random_chance()), http_(upstream_.http),
      token_(upstream_.token, *services.clock, [store = services.store] { return store->new_id(); }), page_count_(upstream_.page_count) {
    while (upstream_.url.ends_with('/')) upstream_.url.pop_back();
    if (const auto text = services_.store->fact(kEpochTable, upstream_.name))
        epoch_ = static_cast<std::uint32_t>(std::strtoul(text->c_str(), nullptr, 10));
}

std::string Puller::position() const { return services_.store->fact(kPositionTable, upstream_.name).value_or("seq-0"); }

Result<void> Puller::start_anew() {
    std::vector<store::FactWrite> facts;
    facts.push_back({kPositionTable, upstream_.name, "", true});
    facts.push_back({kEpochTable, upstream_.name, std::to_string(epoch_ + 1), false});
    auto written = services_.store->write_facts(std::move(facts));
    if (written) ++epoch_;
    return written;
}

Result<HttpAnswer> Puller::fetch(const std::string& from, const std::stop_token& stop) {
    for (int attempt = 0;; ++attempt) {
        const auto token = token_.current(http_, stop);
        if (!token) return token.error();
        HttpCall call;
        call.url = upstream_.url + "/_history?_since=" + encode_form(from) + "&_count=" + std::to_string(page_count_);
        call.headers.emplace_back("Accept", "application/fhir+json");
        if (!token->empty()) call.headers.emplace_back("Authorization", "Bearer " + *token);
        auto answer = http_.send(call, stop);
        if (!answer) return answer.error();
        // A token may end on the way or be withdrawn: one new one, then the refusal is meant.
        const bool is_refused = answer->status == 401 || answer->status == 403;
        if (!is_refused || token->empty() || attempt > 0) return answer;
        token_.forget();
    }
}

Result<Page> Puller::fetch_page(const std::string& from, const std::stop_token& stop) {
    auto answer = fetch(from, stop);
    if (!answer) {
        // A page holds at least one commit: fewer entries are asked for as long as that may help.
        if (answer.error().leading()->rule == "exchange-answer-bytes") page_count_ = std::max<std::size_t>(1, page_count_ / 2);
        return answer.error();
    }
    retry_after_s_ = answer->retry_after_s;
    if (answer->status != 200) {
        if (answer->status == 401 || answer->status == 403) token_.forget();
        return outcome_of_status(*answer, upstream_.name, from);
    }
    if (answer->content_type != "application/fhir+json" && answer->content_type != "application/json")
        return Outcome(error(IssueCode::not_supported, "", "exchange-media-type", {upstream_.name, answer->content_type}));
    return read_page(std::move(answer->body), from, *services_.definitions, *services_.limits);
}

Result<StepReport> Puller::step(const std::stop_token& stop) {
    const auto from = position();
    auto result = [&]() -> Result<StepReport> {
        auto page = fetch_page(from, stop);
        if (!page) return page.error();
        {
            const std::lock_guard lock(mutex_);
            status_.newest = page->newest;
        }
        for (int attempt = 0;; ++attempt) {
            auto report = apply(*page, from);
            if (report || !is_conflict(report.error()) || attempt == kConflictRetriesMax) return report;
        }
    }();
    if (result) page_count_ = std::min(upstream_.page_count, page_count_ * 2);
    note(result);
    return result;
}

Result<StepReport> Puller::apply(const Page& page, const std::string& from) {
    StepReport report;
    report.from = from;
    report.to = page.next;
    report.entries = page.changes.size();
    report.more = page.changes.size() >= page_count_;
    if (page.next == from) return report;
    store::Commit commit;
    commit.actor = "hub:" + upstream_.name;
    commit.reason = "pull " + upstream_.name + ' ' + from;
    std::map<store::ResourceKey, Held> held;
    auto view = services_.store->view();
    for (const auto& change : page.changes) {
        const auto added = add_change(change, *view, held, commit, report);
        if (!added) return added.error();
    }
    view.reset();
    commit.facts.push_back({kPositionTable, upstream_.name, page.next, false});
    const auto receipt = services_.store->commit_and_wait(std::move(commit));
    if (!receipt) return receipt.error();
    for (const auto& write : receipt->writes) ++(write.unchanged ? report.unchanged : report.written);
    return report;
}

Result<void> Puller::add_change(const Change& change, store::ReadView& view, std::map<store::ResourceKey, Held>& all, store::Commit& commit,
                                StepReport& report) {
    auto found = all.find(change.key);
    if (found == all.end()) {
        auto held = find_held(*services_.store, view, change.key);
        if (!held) return held.error();
        found = all.emplace(change.key, std::move(*held)).first;
    }
    auto& held = found->second;
    access::Caller owner;
    owner.organization = change.owner.empty() ? upstream_.organization : change.owner;
    auto write = change.action == store::Action::remove
                     ? interaction::make_removal(owner, change.key.type, change.key.id)
                     : interaction::make_write(services_, owner, change.action, change.key.type, change.key.id, change.resource);
    const auto digest = change.action == store::Action::remove ? std::string(kRemoved) : content_digest(write.body);
    const auto verdict = judge(view, held, {upstream_.name, epoch_}, change, digest);
    if (!verdict) return verdict.error();
    switch (*verdict) {
    case Verdict::skip: ++report.unchanged; return {};
    case Verdict::echo: ++report.echoes; return {};
    case Verdict::other_source:
    case Verdict::changed_here: refuse(change, held, *verdict, commit, report); return {};
    case Verdict::apply: break;
    }
    // Only a resource's first write of the page can name the version that the page was judged against.
    if (!held.written) write.if_version = held.expected_version;
    held.written = true;
    write.superseded = change.superseded;
    commit.writes.push_back(std::move(write));
    const bool keeps_current = change.superseded && held.exists;
    held.exists = true;
    if (!keeps_current) held.digest = digest;
    held.origin = Origin{upstream_.name, change.version, change.position, change.updated, held.digest, epoch_};
    commit.facts.push_back({kOriginTable, change.key.type + '/' + change.key.id, write_origin(*held.origin), false});
    return {};
}

void Puller::refuse(const Change& change, const Held& held, Verdict verdict, store::Commit& commit, StepReport& report) {
    ++report.refused;
    const auto reference = change.key.type + '/' + change.key.id;
    const std::string rule = verdict == Verdict::changed_here ? "exchange-changed-here" : "exchange-other-source";
    report.issues.add(warning(IssueCode::conflict, reference, rule, {upstream_.name, held.origin ? held.origin->hub : "-"}));
    auto position = std::to_string(change.position);
    position.insert(0, 20 - position.size(), '0');
    commit.facts.push_back({kRefusedTable, upstream_.name + '/' + position + '/' + reference, rule, false});
}

void Puller::note(const Result<StepReport>& result) {
    const std::lock_guard lock(mutex_);
    status_.tokens = token_.renewals();
    if (!result) {
        ++status_.failures;
        ++status_.failures_in_a_row;
        status_.last_failure = result.error();
        return;
    }
    ++status_.pages;
    status_.entries += result->entries;
    status_.written += result->written;
    status_.unchanged += result->unchanged;
    status_.echoes += result->echoes;
    status_.refused += result->refused;
    status_.failures_in_a_row = 0;
    status_.position = position_number(result->to).value_or(0);
    status_.last_success = services_.clock->now();
    status_.last_failure = {};
}

PullStatus Puller::status() const {
    const std::lock_guard lock(mutex_);
    return status_;
}

std::vector<std::pair<std::string, std::uint64_t>> Puller::counters() const {
    const auto now = status();
    const auto of = "{upstream=" + fhir::json_text(upstream_.name) + '}';
    return {{"pull_pages" + of, now.pages},
            {"pull_entries" + of, now.entries},
            {"pull_written" + of, now.written},
            {"pull_unchanged" + of, now.unchanged},
            {"pull_echoes" + of, now.echoes},
            {"pull_refused" + of, now.refused},
            {"pull_failures" + of, now.failures},
            {"pull_tokens" + of, now.tokens},
            {"pull_position" + of, now.position},
            {"pull_lag_commits" + of, now.newest - std::min(now.newest, now.position)},
            {"pull_failures_in_a_row" + of, now.failures_in_a_row},
            {"pull_last_success_seconds" + of, static_cast<std::uint64_t>(now.last_success.microseconds / kMicrosecondsPerSecond)}};
}

std::uint64_t Puller::wait_ms(const Result<StepReport>& last) {
    if (last) return last->more ? 0 : upstream_.interval_ms;
    const auto failures = std::max(1U, status().failures_in_a_row);
    const auto wait = backoff_ms(failures, upstream_.backoff_first_ms, upstream_.backoff_max_ms, chance_());
    return std::max(wait, std::min<std::uint64_t>(retry_after_s_, kRetryAfterMaxS) * 1'000);
}

void Puller::run(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any sleeping;
    while (!stop.stop_requested()) {
        Result<StepReport> last = StepReport();
        try {
            last = step(stop);
        } catch (const std::exception&) {
            // The worker root: what a library throws is a failed step like any other.
            last = Outcome(fatal(IssueCode::exception, "", "exchange-internal", {upstream_.name}));
            note(last);
        }
        const auto wait = wait_ms(last);
        std::unique_lock lock(mutex);
        sleeping.wait_for(lock, stop, std::chrono::milliseconds(wait), [] { return false; });
    }
}

} // namespace huitong::exchange
