/// Sort keys of many versions: one pass over the parameter's rows, and over the dictionary for what stands there.
#include "store/sort_text.hpp"
#include "store/sqlite/read_view.hpp"
#include "store/sqlite/schema.hpp"

#include <algorithm>
#include <iterator>

namespace huitong::store {
namespace {

/// The lowest or highest key of each version asked for.
class BestKeys {
public:
    BestKeys(const VersionKeys& keys, bool highest) : highest_(highest) {
        for (const auto key : keys) best_.emplace(key, std::nullopt);
    }
    bool wants(VersionKey key) const { return best_.contains(key); }
    void add(VersionKey key, const std::string& text) {
        auto& best = best_.at(key);
        if (!best || (highest_ ? text > *best : text < *best)) best = text;
    }
    const std::optional<std::string>& of(VersionKey key) const { return best_.at(key); }

private:
    bool highest_;
    std::unordered_map<VersionKey, std::optional<std::string>> best_;
};

} // namespace

std::vector<std::optional<std::string>> SqliteReadView::sort_keys(const std::string& type, const std::string& param,
                                                                  const VersionKeys& keys, bool highest) {
    return reading([&] {
        BestKeys best(keys, highest);
        auto each = [&](const char* sql, const std::string& name, auto take) {
            const auto p = parameter(type, name);
            if (!p) return;
            auto rows = connection_->prepare(sql);
            rows.bind(*p);
            while (rows.step()) {
                if (best.wants(rows.key(0))) take(rows);
            }
        };
        std::set<std::uint64_t> segments; // no other holds a row that is asked for
        for (const auto key : keys) segments.insert(segment_of(key));
        auto each_in_segments = [&](const char* sql, const std::string& name, auto take) {
            const auto p = parameter(type, name);
            if (!p) return;
            for (const auto segment : segments) {
                auto rows = connection_->prepare(sql);
                rows.bind(segment, *p);
                while (rows.step()) {
                    if (best.wants(rows.key(0))) take(rows);
                }
            }
        };
        // A date sorts by its beginning upwards and by its end downwards.
        const char* dates = "SELECT vid, at, span FROM dat WHERE segment = ? AND p = ?";
        for (const auto& name : {param, long_parameter(param)}) {
            each_in_segments(dates, name, [&](Statement& row) {
                best.add(row.key(0), sort_text(highest ? row.integer(1) + row.integer(2) : row.integer(1)));
            });
        }
        auto number = [&](Statement& row) {
            if (!shared_.symbols.text(row.integer(2)).starts_with('=')) best.add(row.key(0), sort_text(row.real(1)));
        };
        each_in_segments("SELECT vid, value, unit FROM num WHERE segment = ? AND p = ?", param, number);
        each_in_segments(highest ? "SELECT vid, high, unit FROM num_range WHERE segment = ? AND p = ?"
                                 : "SELECT vid, low, unit FROM num_range WHERE segment = ? AND p = ?",
                         param, number);
        each("SELECT ref.vid, r.id FROM ref JOIN resource r ON r.rid = ref.rid WHERE ref.p = ?", param,
             [&](Statement& row) { best.add(row.key(0), row.unpacked(1)); });
        std::unordered_map<TermId, VersionKeys> by_term;
        each("SELECT vid, term FROM val WHERE p = ?", param, [&](Statement& row) { by_term[row.integer(1)].push_back(row.key(0)); });
        if (const auto p = parameter(type, param)) {
            for (const auto& [set, term] : shared_.sets.of_parameter(*p)) {
                VersionKeys tagged;
                append_set(set, tagged);
                auto& wanted = by_term[term];
                std::copy_if(tagged.begin(), tagged.end(), std::back_inserter(wanted), [&](VersionKey key) { return best.wants(key); });
            }
        }
        if (!by_term.empty()) {
            for (const auto kind : {TermKind::string, TermKind::token, TermKind::uri}) {
                walk_terms(*connection_, kind, [&](std::string_view text, Symbol, TermId id) {
                    const auto found = by_term.find(id);
                    if (found == by_term.end()) return;
                    for (const auto key : found->second) best.add(key, std::string(folded_part(text)));
                });
            }
        }
        std::vector<std::optional<std::string>> out;
        out.reserve(keys.size());
        for (const auto key : keys) out.push_back(best.of(key));
        return out;
    });
}

} // namespace huitong::store
