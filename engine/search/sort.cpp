/// The order of a result. Source: FHIR R4, Search, "Sorting".
#include "fhir/json.hpp"
#include "search/plan.hpp"
#include "store/sort_text.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <unordered_map>

namespace huitong::search {
namespace {

using store::VersionKeys;
using SortKey = std::optional<std::string>;

/// Below that many matches their bodies are read instead of all rows of the parameter.
constexpr std::size_t kReadBodiesMax = 500;

/// The lowest (or highest) key of the rows that a parameter gives for one resource.
SortKey key_of(const store::IndexRows& rows, bool highest) {
    SortKey best;
    auto add = [&](std::string text) {
        if (!best || (highest ? text > *best : text < *best)) best = std::move(text);
    };
    auto is_main = [](const std::string& param) { return param.find(':') == std::string::npos; };
    for (const auto& row : rows.dates) add(store::sort_text(highest ? row.high.microseconds : row.low.microseconds));
    for (const auto& row : rows.quantities) add(store::sort_text(highest ? row.high : row.low));
    for (const auto& row : rows.strings) {
        if (is_main(row.param)) add(row.folded);
    }
    for (const auto& row : rows.tokens) {
        if (is_main(row.param)) add(row.code);
    }
    for (const auto& row : rows.uris) add(row.uri);
    for (const auto& row : rows.references) {
        if (!row.target_id.empty()) add(row.target_id);
    }
    return best;
}

class Sorter {
public:
    Sorter(const Registry& registry, store::ReadView& view, const VersionKeys& keys) : registry_(registry), view_(view), keys_(keys) {}

    std::vector<SortKey> column(const std::string& type, const Query::Sort& sort) {
        std::vector<SortKey> out;
        if (sort.param == "_lastUpdated") {
            for (const auto key : keys_) out.emplace_back(store::sort_text(static_cast<std::int64_t>(key)));
            return out;
        }
        if (sort.param == "_id") {
            for (auto& key : view_.resource_keys(keys_)) out.emplace_back(std::move(key.id));
            return out;
        }
        if (keys_.size() <= kReadBodiesMax) return column_of_bodies(sort);
        out.resize(keys_.size());
        if (!type.empty()) {
            add_rows(type, sort, out);
            return out;
        }
        std::set<std::string> types; // a search of the system finds several
        for (auto& key : view_.resource_keys(keys_)) types.insert(std::move(key.type));
        for (const auto& one : types) add_rows(one, sort, out);
        return out;
    }

private:
    std::vector<SortKey> column_of_bodies(const Query::Sort& sort) {
        if (documents_.empty()) {
            if (auto versions = view_.versions(keys_)) {
                for (auto& version : *versions) documents_[version.version_key] = fhir::read_json(std::move(version.body)).value;
            }
        }
        std::vector<SortKey> out;
        for (const auto key : keys_) {
            const auto found = documents_.find(key);
            const auto root = found == documents_.end() ? fhir::Element() : found->second->root();
            const auto* definition = root ? registry_.find(root.type(), sort.param) : nullptr;
            out.push_back(definition ? key_of(registry_.rows_of(root, *definition), sort.descending) : SortKey());
        }
        return out;
    }

    void add_rows(const std::string& type, const Query::Sort& sort, std::vector<SortKey>& out) {
        for (const auto& source : registry_.sources(type, sort.param).any_of) {
            auto part = view_.sort_keys(type, source.param, keys_, sort.descending);
            for (std::size_t index = 0; index < out.size(); ++index) {
                if (!part[index]) continue;
                if (!out[index] || (sort.descending ? *part[index] > *out[index] : *part[index] < *out[index]))
                    out[index] = std::move(part[index]);
            }
        }
    }

    const Registry& registry_;
    store::ReadView& view_;
    const VersionKeys& keys_;
    std::unordered_map<store::VersionKey, fhir::DocumentPtr> documents_;
};

} // namespace

VersionKeys sorted(const Registry& registry, store::ReadView& view, const Query& query, VersionKeys keys) {
    if (query.sort.empty()) {
        std::reverse(keys.begin(), keys.end());
        return keys;
    }
    Sorter sorter(registry, view, keys);
    std::vector<std::vector<SortKey>> columns;
    for (const auto& sort : query.sort) columns.push_back(sorter.column(query.type, sort));
    std::vector<std::size_t> order(keys.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        for (std::size_t index = 0; index < columns.size(); ++index) {
            const auto& left = columns[index][a];
            const auto& right = columns[index][b];
            if (left == right) continue;
            if (!left || !right) return left.has_value();
            return query.sort[index].descending ? *left > *right : *left < *right;
        }
        return false;
    });
    VersionKeys out;
    out.reserve(keys.size());
    for (const auto index : order) out.push_back(keys[index]);
    return out;
}

} // namespace huitong::search
