#include "feeds/pipeline.hpp"

#include "feeds/fingerprint.hpp"
#include "feeds/items.hpp"
#include "feeds/kept.hpp"
#include "feeds/left_out.hpp"
#include "feeds/merges.hpp"
#include "feeds/parts.hpp"
#include "feeds/provenance.hpp"
#include "feeds/unmapped.hpp"

#include <algorithm>
#include <set>

namespace huitong::feeds {
namespace {

/// Different codes that are remembered as gaps; a sender that writes numbers in place of codes must not fill the memory.
constexpr std::size_t kGapsMax = 10'000;

struct Tools {
    const interaction::Services& services;
    const mapping::MapLibrary& maps;
    const FindMessage& find;
    const SamePerson& same_person;
};

void assemble(const Tools& tools, Passage& passage) { assemble_parts(tools.services, tools.find, passage); }

void check_front(const Tools&, Passage& passage) { passage.issues.add(passage.message.message.front_check); }

void decode(const Tools&, Passage& passage) {
    auto decoded = passage.feed->adapter->decode(passage.message.message);
    passage.source = std::move(decoded.value);
    passage.issues.add(std::move(decoded.issues));
    if (!passage.source || !passage.source->root()) passage.issues.add(error(IssueCode::structure, "", "feed-nothing-decoded"));
}

void map(const Tools& tools, Passage& passage) {
    const auto& settings = passage.feed->settings;
    const auto root = passage.source->root();
    if (settings.map.empty()) {
        passage.mapped.output = as_transaction(passage.source);
        passage.issues.add(check_sent_transaction(passage.mapped.output->root()));
        return;
    }
    if (!tools.maps.has(settings.map)) {
        passage.issues.add(error(IssueCode::not_found, settings.name, "feed-no-map", {settings.map}));
        return;
    }
    mapping::RunOptions options;
    options.now = passage.message.message.received_at;
    options.id_seed = passage.message.id;
    options.offset_minutes = settings.offset_minutes;
    options.parameters = {{"organization", settings.organization}, {"feed", settings.name}};
    passage.mapped = tools.maps.run(settings.map, root, options);
    passage.issues.add(passage.mapped.issues);
    if (passage.mapped.output) passage.outcome = fingerprint_of(passage.mapped.output->root());
    if (!passage.mapped.output || passage.mapped.output->root().children("entry").empty())
        passage.issues.add(error(IssueCode::processing, settings.name, "feed-no-resources"));
}

/// Organisations come from the register alone: one that is not there stops the message before anything of it is looked up.
void check_organizations(const Tools& tools, Passage& passage) {
    constexpr std::string_view kReference = "Organization?identifier=";
    std::set<std::string, std::less<>> named;
    const auto& document = *passage.mapped.output;
    std::vector<fhir::Element> waiting{document.root()};
    while (!waiting.empty()) {
        const auto element = waiting.back();
        waiting.pop_back();
        for (const auto child : element.children()) waiting.push_back(child);
        if (element.name() == "reference" && element.value().starts_with(kReference))
            named.emplace(element.value().substr(kReference.size()));
    }
    auto view = tools.services.store->view();
    for (const auto& identifier : named) {
        const auto found =
            search::find_matches(*tools.services.registry, *view, "Organization", "identifier=" + identifier, 1, *tools.services.limits);
        if (!found) passage.issues.add(found.error());
        if (!found || !found->keys.empty()) continue;
        passage.issues.add(
            error(IssueCode::not_found, "Organization", "feed-unknown-organization", {identifier.substr(identifier.find('|') + 1)}));
    }
}

/// Before anything is looked up under the numbers of the message, it says which things it means.
void merge(const Tools& tools, Passage& passage) {
    join_chained_merges(*passage.mapped.output);
    check_merges(tools.services, passage);
}

void address(const Tools& tools, Passage& passage) { address_items(tools.services, passage); }

/// Systems that were bought in one place number their documents alike: one number of two institutions is two documents.
constexpr std::string_view kNumberedByInstitution = "Composition";

/// Identities, references and validation of what the map made: what a transaction of the REST door goes through.
void resolve(const Tools& tools, Passage& passage) {
    interaction::Request request;
    request.caller.client_id = "feed:" + passage.feed->settings.name;
    request.caller.organization = passage.feed->settings.organization;
    request.caller.local_admin = true; // a feed writes under its configuration; what it may write is what its map writes
    request.handling = interaction::Handling::lenient;
    auto prepared = interaction::prepare_transaction(tools.services, request, passage.mapped.output->root(), kNumberedByInstitution);
    if (!prepared) {
        passage.issues.add(prepared.error());
        return;
    }
    passage.prepared = std::move(*prepared);
    if (passage.feed->settings.map.empty()) passage.issues.add(check_owners(tools.services, passage));
}

void keep(const Tools& tools, Passage& passage) { keep_what_is_not_said(tools.services, tools.same_person, passage); }

void leave_out(const Tools& tools, Passage& passage) { enter_left_out_in_error(tools.services, tools.same_person, passage); }

void add_provenance(const Tools& tools, Passage& passage) { attach_provenance(tools.services, passage); }

struct Step {
    std::string_view name;
    void (*run)(const Tools& tools, Passage& passage);
};
constexpr Step kSteps[] = {
    {"assemble", assemble},
    {"front-check", check_front},
    {"decode", decode},
    {"map", map},
    {"organizations", check_organizations},
    {"merges", merge},
    {"items", address},
    {"resolve", resolve},
    {"keep", keep},
    {"left-out", leave_out},
    {"provenance", add_provenance},
};

/// Runs from the named step on ("" = from the first).
void run_steps(const Tools& tools, Passage& passage, std::string_view from = {}) {
    bool is_running = from.empty();
    for (const auto& step : kSteps) {
        is_running = is_running || step.name == from;
        if (!is_running) continue;
        step.run(tools, passage);
        if (passage.issues.has_errors()) {
            passage.stopped_at = step.name;
            return;
        }
        if (passage.is_part && step.name == "front-check") return;
    }
}

Passage run_all(const Tools& tools, const Feed* feed, StoredMessage message) {
    Passage passage;
    passage.message = std::move(message);
    passage.feed = feed;
    if (!passage.feed) {
        passage.issues.add(error(IssueCode::not_found, passage.message.message.source, "feed-unknown", {passage.message.message.source}));
        passage.stopped_at = "feed";
        return passage;
    }
    run_steps(tools, passage);
    return passage;
}

bool may_pass_later(const Outcome& outcome) {
    const auto* issue = outcome.leading();
    return issue && (issue->rule == "store-guard" || issue->rule == "store-rows" || issue->rule == "store-conflict");
}

/// The store is full, locked, closing or was late with a lookup: that says nothing of the message, which was acknowledged. It is no dead
/// letter but tried again.
bool is_transient(const Outcome& outcome) {
    const auto* issue = outcome.leading();
    return issue && (issue->code == IssueCode::transient || issue->code == IssueCode::throttled || issue->code == IssueCode::no_store ||
                     issue->code == IssueCode::timeout || issue->code == IssueCode::lock_error);
}

store::FactWrite fact(std::string_view table, const MessageId& id, std::string value) {
    return {std::string(table), id, std::move(value), false};
}

Receipt receipt_for(const Passage& passage, Disposition disposition) {
    Receipt out;
    out.id = passage.message.id;
    out.disposition = disposition;
    out.issues = passage.issues;
    return out;
}

/// What was kept as a version and is not current: a higher status or a later time holds. A sender that waits for the record is told.
Outcome put_aside_by(const store::CommitReceipt& done) {
    Outcome out;
    for (const auto& write : done.writes) {
        if (write.superseded) out.add(warning(IssueCode::conflict, write.key.type, "feed-put-aside", {write.key.type}));
    }
    return out;
}

/// Nothing was written, so the inbox may try again.
Receipt pending_receipt(const Passage& passage, const Outcome& why) {
    auto out = receipt_for(passage, Disposition::pending);
    out.issues.add(why);
    return out;
}

} // namespace

Pipeline::Pipeline(const interaction::Services& services, std::shared_ptr<const mapping::MapLibrary> maps, std::vector<Feed> feeds,
                   std::string content_id)
    : services_(services), maps_(std::move(maps)), feeds_(std::move(feeds)), content_id_(std::move(content_id)) {
    for (const auto& feed : feeds_) by_name_.emplace(feed.settings.name, &feed);
}

const Feed* Pipeline::find_feed(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second;
}

Passage Pipeline::rehearse(StoredMessage message) const {
    const auto* feed = find_feed(message.message.source);
    return run_all({services_, *maps_, find_, same_person_}, feed, std::move(message));
}

Passage Pipeline::rehearse(StoredMessage message, const PastContent& then) const {
    const auto same = [&](const Feed& feed) { return feed.settings.name == message.message.source; };
    const auto feed = std::find_if(then.feeds.begin(), then.feeds.end(), same);
    return run_all({services_, *then.maps, find_, same_person_}, feed == then.feeds.end() ? nullptr : &*feed, std::move(message));
}

boost::asio::awaitable<Receipt> Pipeline::apply(StoredMessage message) {
    auto passage = rehearse(std::move(message));
    if (passage.is_part && passage.stopped_at.empty()) co_return co_await keep_part(std::move(passage));
    note_gaps(passage.mapped.gaps);
    for (int attempt = 0; passage.stopped_at.empty(); ++attempt) {
        auto receipt = receipt_for(passage, Disposition::accepted);
        auto commit = std::move(passage.prepared->commit);
        commit.facts.push_back(fact(kMessageFacts, receipt.id, status_of(passage, receipt)));
        commit.facts.push_back({std::string(kDeadLetterFacts), receipt.id, {}, true});
        add_used_facts(passage, commit);
        auto done = co_await services_.store->commit(std::move(commit));
        if (done) {
            ++applied_;
            auto aside = put_aside_by(*done);
            if (aside.empty()) co_return receipt;
            ++put_aside_;
            receipt.issues.add(std::move(aside));
            co_await write_status_again(passage, receipt);
            co_return receipt;
        }
        if (is_transient(done.error())) co_return pending_receipt(passage, done.error());
        if (!may_pass_later(done.error()) || attempt == interaction::kGuardRetriesMax) {
            passage.issues.add(done.error());
            passage.stopped_at = "commit";
        } else {
            run_steps({services_, *maps_, find_, same_person_}, passage,
                      "resolve"); // another commit came first: look again at what is there
        }
    }
    if (is_transient(passage.issues)) co_return receipt_for(passage, Disposition::pending);
    co_return co_await bury(std::move(passage));
}

std::string Pipeline::status_of(const Passage& passage, const Receipt& receipt) const {
    return write_status(receipt, passage.resources, services_.clock->now(), content_id_, passage.outcome);
}

/// Only the commit knows what it put aside. The message is applied, whether or not this can be kept.
boost::asio::awaitable<void> Pipeline::write_status_again(const Passage& passage, const Receipt& receipt) {
    store::Commit commit;
    commit.actor = "feed:" + passage.feed->settings.name;
    commit.reason = "feed";
    commit.message_id = receipt.id;
    commit.facts.push_back(fact(kMessageFacts, receipt.id, status_of(passage, receipt)));
    co_await services_.store->commit(std::move(commit));
}

boost::asio::awaitable<Receipt> Pipeline::give_up(StoredMessage message, Outcome why) {
    Passage passage;
    passage.message = std::move(message);
    passage.feed = find_feed(passage.message.message.source);
    passage.issues = std::move(why);
    co_return co_await bury(std::move(passage));
}

boost::asio::awaitable<Receipt> Pipeline::keep_part(Passage passage) {
    passage.issues.add(information(IssueCode::informational, "", "feed-part"));
    auto receipt = receipt_for(passage, Disposition::accepted);
    store::Commit commit;
    commit.actor = "feed:" + passage.message.message.source;
    commit.reason = "feed";
    commit.message_id = receipt.id;
    commit.facts.push_back(fact(kMessageFacts, receipt.id, write_status(receipt, {}, services_.clock->now(), content_id_)));
    commit.facts.push_back({std::string(kDeadLetterFacts), receipt.id, {}, true});
    add_part_facts(passage.message, services_.clock->now(), commit);
    auto done = co_await services_.store->commit(std::move(commit));
    if (!done) co_return pending_receipt(passage, done.error());
    ++applied_;
    co_return receipt;
}

store::Commit Pipeline::burial(const RawMessage& message, const Receipt& receipt) const {
    const auto status = write_status(receipt, {}, services_.clock->now(), content_id_);
    store::Commit commit;
    commit.actor = "feed:" + message.source;
    commit.reason = "dead-letter";
    commit.message_id = receipt.id;
    commit.facts.push_back(fact(kMessageFacts, receipt.id, status));
    commit.facts.push_back(fact(kDeadLetterFacts, receipt.id, status));
    return commit;
}

void Pipeline::note_burial(const Receipt& receipt) {
    ++dead_letters_;
    if (buried_) buried_(receipt.id, receipt.issues);
}

boost::asio::awaitable<Receipt> Pipeline::bury(Passage passage) {
    auto receipt = receipt_for(passage, Disposition::dead_letter);
    auto commit = burial(passage.message.message, receipt);
    auto done = co_await services_.store->commit(std::move(commit));
    if (!done && is_transient(done.error())) co_return pending_receipt(passage, done.error());
    // Without the fact the message counts as not applied and is tried again at the next start.
    if (!done) receipt.issues.add(done.error());
    note_burial(receipt);
    co_return receipt;
}

std::size_t Pipeline::bury_forsaken_parts() {
    std::size_t count = 0;
    for (const auto& id : forsaken_parts(*services_.store, services_.clock->now())) {
        const auto message = find_ ? find_(id) : Result<StoredMessage>(Outcome());
        if (!message) continue;
        Receipt receipt;
        receipt.id = id;
        receipt.disposition = Disposition::dead_letter;
        receipt.issues = error(IssueCode::incomplete, "MSH-14", "feed-part-forsaken");
        auto commit = burial(message->message, receipt);
        forget_part(*message, commit);
        if (!services_.store->commit_and_wait(std::move(commit))) continue;
        note_burial(receipt);
        ++count;
    }
    return count;
}

void Pipeline::note_gaps(const std::vector<mapping::Gap>& gaps) {
    const std::lock_guard lock(mutex_);
    for (const auto& gap : gaps) {
        auto key = gap.system + '|' + gap.code + '|' + gap.map_url;
        const auto found = gaps_.find(key);
        if (found != gaps_.end()) ++found->second.count;
        else if (gaps_.size() < kGapsMax) gaps_.emplace(std::move(key), SeenGap{gap, 1});
    }
}

std::vector<SeenGap> Pipeline::gaps(std::size_t count) const {
    std::vector<SeenGap> out;
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [key, seen] : gaps_) out.push_back(seen);
    }
    std::stable_sort(out.begin(), out.end(), [](const SeenGap& a, const SeenGap& b) { return a.count > b.count; });
    if (out.size() > count) out.resize(count);
    return out;
}

} // namespace huitong::feeds
