#include "audit/verify.hpp"

#include "audit/deriver.hpp"

#include <algorithm>
#include <charconv>

namespace huitong::audit {
namespace {

constexpr std::size_t kPage = 1'000;

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t out = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

/// "number:hash".
std::optional<std::pair<std::uint64_t, std::string>> read_pair(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return std::nullopt;
    const auto value = number(text.substr(0, colon));
    if (!value) return std::nullopt;
    return std::pair(*value, std::string(text.substr(colon + 1)));
}

using Heads = std::map<std::uint64_t, std::string>; ///< entry or position → hash that it must have

void meet(std::initializer_list<Heads*> expected, std::uint64_t place, const std::string& hash) {
    for (auto* heads : expected) {
        if (const auto found = heads->find(place); found != heads->end() && found->second == hash) heads->erase(found);
    }
}

/// A tree over what is walked, and whether it is met as a kept checkpoint knew it.
class Growing {
public:
    Growing(std::string name, const Checkpoint* kept) : name_(std::move(name)) {
        const auto found = kept ? kept->trees.find(name_) : std::map<std::string, TreeHead>::const_iterator();
        if (kept && found != kept->trees.end() && found->second.size != 0) wanted_ = &found->second;
    }
    void add(const std::string& hash) {
        tree_.append(leaf_hash(hash));
        if (wanted_ && tree_.size() == wanted_->size) is_met_ = head_of(tree_) == *wanted_;
    }
    void tell(Verification& out) const {
        out.heads.trees[name_] = head_of(tree_);
        // A tree that is too small is told by the head that is missing.
        if (wanted_ && !is_met_ && tree_.size() >= wanted_->size)
            out.issues.add(error(IssueCode::security, "", "audit-tree", {name_, std::to_string(wanted_->size)}));
    }

private:
    std::string name_;
    MerkleTree tree_;
    const TreeHead* wanted_ = nullptr;
    bool is_met_ = false;
};

/// Walks the transaction log, erases the heads that it meets, and collects what it says of the access log.
Result<void> walk_log(store::Store& store, const Checkpoint* kept, Heads& expected, Heads& said, Verification& out) {
    out.log_entries = 0;
    Growing tree(kLogTree, kept);
    for (store::LogTime since = 0;;) {
        const auto entries = store.log(since, kPage);
        if (!entries) return entries.error();
        for (const auto& entry : *entries) {
            since = entry.t;
            ++out.log_entries;
            out.heads.log_t = entry.t;
            out.heads.log_hash = entry.hash;
            tree.add(entry.hash);
            meet({&expected}, entry.t, entry.hash);
            if (entry.actor != kDeriverActor) continue;
            if (auto anchor = read_pair(read_anchor(entry.reason))) said.insert(std::move(*anchor));
        }
        if (entries->size() < kPage) break;
    }
    tree.tell(out);
    return {};
}

/// What the access log says of the others.
struct Sayings {
    Heads log;
    std::map<std::string, Heads> chains;
};

Outcome walk_access_log(const std::string& directory, const Checkpoint* kept, std::initializer_list<Heads*> expected, Sayings& said,
                        Verification& out) {
    Growing tree(kAccessTree, kept);
    auto issues = inspect_journal(directory, [&](const JournalRecord& record) {
        ++out.access_records;
        tree.add(record.hash);
        out.heads.access_position = record.position;
        out.heads.access_hash = record.hash;
        meet(expected, record.position, record.hash);
        if (record.payload.find(kCheckpoint) == record.payload.npos) return;
        const auto access = read_record(record.payload);
        if (!access || (access->interaction != kCheckpoint && access->interaction != kChainCheckpoint)) return;
        auto head = read_pair(access->id);
        if (!head) return;
        auto& heads = access->interaction == kCheckpoint ? said.log : said.chains[access->type];
        heads.insert(std::move(*head));
    });
    tree.tell(out);
    return issues;
}

void walk_facts(const Subject& subject, const Checkpoint* kept, Sayings& said, Verification& out) {
    for (const auto& chain : subject.chains) {
        auto& expected = said.chains[chain.name];
        Heads witnessed;
        if (kept != nullptr) {
            const auto head = kept->chains.find(chain.name);
            if (head != kept->chains.end() && head->second.sequence != 0) witnessed[head->second.sequence] = head->second.hash;
        }
        auto& head = out.heads.chains[chain.name];
        auto& count = out.chain_entries[chain.name];
        Growing tree(chain.name, kept);
        out.issues.add(walk_chain(subject.store, chain, [&](const FactEntry& entry) {
            ++count;
            tree.add(entry.hash);
            head = {entry.sequence, entry.hash};
            meet({&expected, &witnessed}, entry.sequence, entry.hash);
        }));
        tree.tell(out);
        if (!expected.empty())
            out.issues.add(error(IssueCode::security, "", "audit-facts-missing", {chain.name, std::to_string(expected.begin()->first)}));
        if (!witnessed.empty())
            out.issues.add(
                error(IssueCode::security, "", "audit-rolled-back", {chain.name + ':' + std::to_string(witnessed.begin()->first)}));
    }
}

} // namespace

Verification verify(const Subject& subject, const Checkpoint* kept) {
    Verification out;
    Heads kept_log, kept_access, of_access, ignored;
    Sayings said;
    if (kept != nullptr && kept->log_t != 0) kept_log[kept->log_t] = kept->log_hash;
    if (kept != nullptr && kept->access_position != 0) kept_access[kept->access_position] = kept->access_hash;
    out.issues = subject.store.verify_log();
    // In this order, so that a hub at work has already written what a later walk is to meet.
    auto walked = walk_log(subject.store, kept, kept_log, of_access, out);
    out.issues.add(walk_access_log(subject.access_log_directory, kept, {&of_access, &kept_access}, said, out));
    walk_facts(subject, kept, said, out);
    if (walked) walked = walk_log(subject.store, nullptr, said.log, ignored, out);
    if (!walked) out.issues.add(walked.error());
    auto tell = [&](const Heads& missing, std::string_view rule, auto text) {
        if (!missing.empty()) out.issues.add(error(IssueCode::security, "", std::string(rule), {text(missing.begin()->first)}));
    };
    tell(of_access, "audit-access-missing", place_text);
    tell(said.log, "audit-log-missing", [](std::uint64_t t) { return std::to_string(t); });
    tell(kept_access, "audit-rolled-back", [](std::uint64_t place) { return "access:" + place_text(place); });
    tell(kept_log, "audit-rolled-back", [](std::uint64_t t) { return "log:" + std::to_string(t); });
    return out;
}

} // namespace huitong::audit
