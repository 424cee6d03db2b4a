#include "audit/proof.hpp"

#include "base/json_writer.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <charconv>

namespace huitong::audit {
namespace {

constexpr std::size_t kPage = 1'000;

std::uint64_t number(std::string_view text) {
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

/// The leaves of a tree, and the record that is asked for when it goes by.
class Collector {
public:
    Collector(std::string tree, std::string entry, const Checkpoint* kept) {
        proof_.tree = std::move(tree);
        proof_.entry = std::move(entry);
        const auto found = kept ? kept->trees.find(proof_.tree) : std::map<std::string, TreeHead>::const_iterator();
        if (kept) wanted_ = found == kept->trees.end() ? TreeHead{} : found->second;
    }
    bool is_full() const { return wanted_ && leaves_.size() >= wanted_->size; }
    void add(const std::string& place, const std::string& hash, std::string_view previous, std::string_view record) {
        if (is_full()) return;
        if (place == proof_.entry) {
            proof_.hash = hash;
            proof_.previous = previous;
            proof_.record = record;
            proof_.index = leaves_.size();
            is_found_ = true;
        }
        leaves_.push_back(leaf_hash(hash));
    }
    Result<Proof> finish() {
        if (!is_found_) return Outcome(error(IssueCode::not_found, "", "audit-entry", {proof_.entry}));
        proof_.head = {leaves_.size(), hex_text(root_of(leaves_))};
        if (wanted_ && *wanted_ != proof_.head)
            return Outcome(error(IssueCode::security, "", "audit-tree", {proof_.tree, std::to_string(wanted_->size)}));
        proof_.path = inclusion_path(leaves_, proof_.index);
        return std::move(proof_);
    }

private:
    Proof proof_;
    std::optional<TreeHead> wanted_;
    std::vector<Digest> leaves_;
    bool is_found_ = false;
};

Result<Proof> prove_log(const Subject& subject, Collector& out) {
    for (store::LogTime since = 0;;) {
        const auto entries = subject.store.log(since, kPage);
        if (!entries) return entries.error();
        for (const auto& entry : *entries) {
            since = entry.t;
            out.add(std::string(kLogTree) + ':' + std::to_string(entry.t), entry.hash, {}, {});
        }
        if (entries->size() < kPage || out.is_full()) return out.finish();
    }
}

Result<Proof> prove_access(const Subject& subject, Collector& out) {
    std::string previous(64, '0');
    const auto issues = inspect_journal(subject.access_log_directory, [&](const JournalRecord& record) {
        out.add(std::string(kAccessTree) + ':' + place_text(record.position), record.hash, previous, record.payload);
        previous = record.hash;
    });
    if (issues.has_errors()) return issues;
    return out.finish();
}

Result<Proof> prove_chain(const Subject& subject, const FactChain& chain, Collector& out) {
    auto issues = walk_chain(subject.store, chain, [&](const FactEntry& entry) {
        out.add(chain.name + ':' + std::to_string(entry.sequence), entry.hash, entry.previous, entry.text);
    });
    if (issues.has_errors()) return issues;
    return out.finish();
}

/// Whether the hash is of the text, where the proof carries one.
bool is_of_text(const Proof& proof) {
    if (proof.tree == kLogTree) return proof.record.empty();
    if (proof.tree != kAccessTree) return chained_hash(proof.previous, proof.record) == proof.hash;
    const auto previous = read_digest(proof.previous);
    return previous && hex_text(sha256(std::string_view(reinterpret_cast<const char*>(previous->data()), previous->size()),
                                       proof.record)) == proof.hash;
}

} // namespace

Result<Proof> prove(const Subject& subject, const std::string& entry, const Checkpoint* kept) {
    const auto tree = entry.substr(0, entry.find(':'));
    Collector collector(tree, entry, kept);
    if (tree == kLogTree) return prove_log(subject, collector);
    if (tree == kAccessTree) return prove_access(subject, collector);
    const auto chain =
        std::find_if(subject.chains.begin(), subject.chains.end(), [&](const FactChain& known) { return known.name == tree; });
    if (chain == subject.chains.end()) return Outcome(error(IssueCode::not_found, "", "audit-entry", {entry}));
    return prove_chain(subject, *chain, collector);
}

std::string write_proof(const Proof& proof) {
    JsonWriter json;
    json.object().member("tree", proof.tree).member("entry", proof.entry).member("hash", proof.hash);
    json.member_if("previous", proof.previous).member_if("record", proof.record).count("index", proof.index);
    json.count("size", proof.head.size).member("root", proof.head.root).array("path");
    for (const auto& digest : proof.path) json.text(hex_text(digest));
    json.end_array().end_object();
    return json.take();
}

std::optional<Proof> read_proof(const std::string& json) {
    const auto parsed = fhir::read_plain_json(json);
    if (parsed.issues.has_errors() || !parsed.value) return std::nullopt;
    const auto root = parsed.value->root();
    Proof out;
    out.tree = root.text("tree");
    out.entry = root.text("entry");
    out.hash = root.text("hash");
    out.previous = root.text("previous");
    out.record = root.text("record");
    out.index = number(root.text("index"));
    out.head = {number(root.text("size")), std::string(root.text("root"))};
    for (const auto one : root.children("path")) {
        const auto digest = read_digest(one.value());
        if (!digest) return std::nullopt;
        out.path.push_back(*digest);
    }
    return out;
}

Outcome check_proof(const Proof& proof, const Checkpoint& checkpoint) {
    const auto root = read_digest(proof.head.root);
    const auto known = checkpoint.trees.find(proof.tree);
    const bool holds = root && known != checkpoint.trees.end() && known->second == proof.head && is_of_text(proof) &&
                       check_inclusion(leaf_hash(proof.hash), proof.index, proof.head.size, proof.path, *root);
    return holds ? Outcome() : error(IssueCode::security, "", "audit-proof");
}

} // namespace huitong::audit
