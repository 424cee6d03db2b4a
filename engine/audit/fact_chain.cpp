#include "audit/fact_chain.hpp"

#include "base/sha256.hpp"

#include <charconv>

namespace huitong::audit {
namespace {

constexpr std::size_t kPage = 256;
constexpr const char* kBehindAll = "~";

/// Where to read on behind an entry: what stands between it and the next is read too, and does not agree.
std::string key_behind(std::uint64_t sequence) { return sequence == 0 ? std::string() : sequence_key(sequence) + '\x01'; }

} // namespace

std::string sequence_key(std::uint64_t sequence) {
    constexpr std::size_t kDigits = 16;
    const auto text = std::to_string(sequence);
    return std::string(text.size() < kDigits ? kDigits - text.size() : 0, '0') + text;
}

std::string chained_hash(const std::string& previous, const std::string& text) { return sha256_hex(previous + '\n' + text); }

std::string write_entry(const FactEntry& entry) { return entry.hash + '\n' + entry.previous + '\n' + entry.text; }

FactEntry read_entry(const std::string& key, const std::string& value) {
    FactEntry out;
    const auto read = std::from_chars(key.data(), key.data() + key.size(), out.sequence);
    const auto first = value.find('\n');
    const auto second = first == value.npos ? first : value.find('\n', first + 1);
    if (second == value.npos || read.ptr != key.data() + key.size()) return out;
    out.hash = value.substr(0, first);
    out.previous = value.substr(first + 1, second - first - 1);
    out.text = value.substr(second + 1);
    return out;
}

std::string write_head(const ChainHead& head) { return std::to_string(head.sequence) + ' ' + head.hash; }

ChainHead read_head(store::Store& store, const FactChain& chain) {
    ChainHead out;
    const auto text = store.fact(chain.head_table, chain.head_key);
    if (!text) return out;
    const auto space = text->find(' ');
    std::from_chars(text->data(), text->data() + text->size(), out.sequence);
    if (space != text->npos) out.hash = text->substr(space + 1);
    return out;
}

Outcome walk_chain(store::Store& store, const FactChain& chain, const std::function<void(const FactEntry&)>& visit) {
    auto broken = [&](std::uint64_t sequence) {
        return error(IssueCode::security, "", "audit-facts-broken", {chain.name, std::to_string(sequence)});
    };
    std::string head_hash;
    std::uint64_t expected = 1;
    for (;;) {
        const auto head = read_head(store, chain);
        for (bool more = true; more && expected <= head.sequence;) {
            const auto rows = store.facts(chain.table, key_behind(expected - 1), kBehindAll, kPage);
            for (const auto& [key, value] : rows) {
                const auto entry = read_entry(key, value);
                if (key != sequence_key(expected) || entry.previous != head_hash || entry.hash != chained_hash(head_hash, entry.text))
                    return broken(expected);
                head_hash = entry.hash;
                visit(entry);
                if (expected == head.sequence && head_hash != head.hash) return broken(expected);
                ++expected;
            }
            more = rows.size() == kPage;
        }
        if (expected <= head.sequence) return broken(expected);
        // Entries that the head does not know: either it has moved on meanwhile, or nobody vouches for them.
        const auto further = store.facts(chain.table, key_behind(expected - 1), kBehindAll, 1);
        const auto now = read_head(store, chain);
        if (now.sequence >= expected) continue;
        if (!further.empty() || now.sequence + 1 != expected || now.hash != head_hash) return broken(expected);
        return {};
    }
}

} // namespace huitong::audit
