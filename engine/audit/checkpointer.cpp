#include "audit/checkpointer.hpp"

#include <syslog.h>
#include <unistd.h>

#include <fcntl.h>

namespace huitong::audit {
namespace {

constexpr auto kFactTable = "audit.tree";
constexpr std::size_t kPage = 1'000;

store::FactWrite fact(std::string key, std::string value) {
    store::FactWrite out;
    out.table = kFactTable;
    out.key = std::move(key);
    out.value = std::move(value);
    return out;
}

/// "size root root …": the roots of the complete subtrees.
std::string write_tree(const MerkleTree& tree) {
    auto out = std::to_string(tree.size());
    for (const auto& root : tree.subtrees()) out += ' ' + hex_text(root);
    return out;
}

std::optional<MerkleTree> read_tree(std::string_view text) {
    const auto blank = std::min(text.find(' '), text.size());
    const auto size = std::strtoull(std::string(text.substr(0, blank)).c_str(), nullptr, 10);
    std::vector<Digest> roots;
    for (auto rest = text.substr(blank); !rest.empty();) {
        const auto end = std::min(rest.find(' ', 1), rest.size());
        const auto root = read_digest(rest.substr(1, end - 1));
        if (!root) return std::nullopt;
        roots.push_back(*root);
        rest = rest.substr(end);
    }
    return MerkleTree(size, std::move(roots));
}

} // namespace

Checkpointer::Checkpointer(store::Store& store, const AccessLog& log, std::vector<FactChain> chains, SigningKey key, const Clock& clock,
                           Settings settings)
    : store_(store), log_(log), chains_(std::move(chains)), key_(std::move(key)), clock_(clock), settings_(std::move(settings)),
      written_at_(clock.now()) {
    load();
}

/// What a line was written from: the heads of that moment, and the trees under them. Anything that does not fit: from the beginning.
void Checkpointer::load() {
    const auto heads = store_.fact(kFactTable, "heads");
    const auto next = store_.fact(kFactTable, "access-next");
    auto known = heads ? read_checkpoint(*heads) : std::nullopt;
    if (!known || !next) return;
    std::map<std::string, MerkleTree> trees;
    for (const auto& [name, head] : known->trees) {
        const auto text = store_.fact(kFactTable, "tree " + name);
        const auto tree = text ? read_tree(*text) : std::nullopt;
        if (!tree || head_of(*tree) != head) return;
        trees[name] = *tree;
    }
    heads_ = std::move(*known);
    trees_ = std::move(trees);
    access_next_ = std::strtoull(next->c_str(), nullptr, 10);
}

std::vector<store::FactWrite> Checkpointer::positions() const {
    std::vector<store::FactWrite> out = {fact("heads", write_checkpoint(heads_)), fact("access-next", std::to_string(access_next_))};
    for (const auto& [name, tree] : trees_) out.push_back(fact("tree " + name, write_tree(tree)));
    return out;
}

void Checkpointer::follow_chain(const FactChain& chain, bool& more) {
    auto& head = heads_.chains[chain.name];
    auto& tree = trees_[chain.name];
    const auto rows = store_.facts(chain.table, sequence_key(head.sequence + 1), ":", kPage);
    for (const auto& [key, value] : rows) {
        const auto entry = read_entry(key, value);
        tree.append(leaf_hash(entry.hash));
        head = {entry.sequence, entry.hash};
    }
    more = more || rows.size() == kPage;
}

Result<bool> Checkpointer::follow() {
    bool more = false;
    auto& log_tree = trees_[kLogTree];
    const auto entries = store_.log(heads_.log_t, kPage);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
        log_tree.append(leaf_hash(entry.hash));
        heads_.log_t = entry.t;
        heads_.log_hash = entry.hash;
    }
    more = entries->size() == kPage;
    auto& access_tree = trees_[kAccessTree];
    std::size_t count = 0;
    const auto walked = log_.journal().walk(access_next_, [&](const JournalRecord& record) {
        if (count++ == kPage) return false;
        access_tree.append(leaf_hash(record.hash));
        heads_.access_position = record.position;
        heads_.access_hash = record.hash;
        access_next_ = record.next;
        return true;
    });
    if (!walked) return walked.error();
    more = more || count > kPage;
    for (const auto& chain : chains_) follow_chain(chain, more);
    for (const auto& [name, tree] : trees_) heads_.trees[name] = head_of(tree);
    return more;
}

Result<std::string> Checkpointer::line() {
    const std::lock_guard lock(mutex_);
    for (bool more = true; more;) {
        const auto followed = follow();
        if (!followed) return followed.error();
        more = *followed;
    }
    return sign_checkpoint(heads_, key_);
}

Result<bool> Checkpointer::step() {
    const std::lock_guard lock(mutex_);
    auto more = follow();
    if (!more || *more) return more;
    const auto due = written_at_.microseconds + std::int64_t{settings_.interval_minutes} * 60 * kMicrosecondsPerSecond;
    if (clock_.now().microseconds < due) return false;
    const auto text = write_checkpoint(heads_);
    if (text != written_line_) {
        if (auto written = write(sign_checkpoint(heads_, key_)); !written) return written.error();
        if (auto kept = store_.write_facts(positions()); !kept) return kept.error();
        written_line_ = text;
        ++written_;
    }
    written_at_ = clock_.now();
    return false;
}

/// Durable before it counts as written.
Result<void> Checkpointer::write(const std::string& text) {
    if (settings_.to_syslog) ::syslog(LOG_AUTHPRIV | LOG_INFO, "%s", text.c_str());
    if (settings_.file.empty()) return {};
    const int handle = ::open(settings_.file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    const auto row = text + '\n';
    const bool is_written =
        handle >= 0 && ::write(handle, row.data(), row.size()) == static_cast<ssize_t>(row.size()) && ::fsync(handle) == 0;
    if (handle >= 0) ::close(handle);
    if (!is_written) return Outcome(error(IssueCode::exception, settings_.file, "audit-checkpoint-file", {settings_.file}));
    return {};
}

std::uint64_t Checkpointer::written() const {
    const std::lock_guard lock(mutex_);
    return written_;
}

} // namespace huitong::audit
