/// Index reads along references: targets, chains, compartments, the timeline, and what has a parameter at all.
#include "store/sqlite/interval.hpp"
#include "store/sqlite/read_view.hpp"
#include "store/sqlite/schema.hpp"

#include <algorithm>
#include <unordered_set>

namespace huitong::store {

std::optional<std::int64_t> SqliteReadView::resource_row(const std::string& type, const std::string& id) {
    const auto symbol = shared_.symbols.find(type);
    if (!symbol) return std::nullopt;
    auto row = connection_->prepare("SELECT rid FROM resource WHERE type = ? AND id = ?");
    const PackedText packed(id);
    row.bind(*symbol, packed);
    if (!row.step()) return std::nullopt;
    return row.integer(0);
}

VersionKeys SqliteReadView::all(const std::string& type) {
    return reading([&] {
        const auto symbol = shared_.symbols.find(type);
        VersionKeys keys;
        if (!symbol) return keys;
        for (const auto set : shared_.sets.of_type(*symbol)) append_set(set, keys);
        return finished(std::move(keys));
    });
}

std::uint64_t SqliteReadView::count_all(const std::string& type) {
    const auto symbol = shared_.symbols.find(type);
    return symbol ? shared_.sets.versions(*symbol) : 0;
}

VersionKeys SqliteReadView::references(const std::string& type, const std::string& param, const std::optional<std::string>& target_type,
                                       const std::string& target_id) {
    return reading([&] {
        const auto p = parameter(type, param);
        if (!p) return VersionKeys();
        VersionKeys keys;
        const auto types = target_type ? std::vector<std::string>{*target_type} : shared_.symbols.type_names();
        for (const auto& name : types) {
            const auto rid = resource_row(name, target_id);
            if (!rid) continue;
            auto rows = connection_->prepare("SELECT vid FROM ref WHERE p = ? AND rid = ?");
            rows.bind(*p, *rid);
            append(rows, keys);
        }
        return finished(std::move(keys));
    });
}

VersionKeys SqliteReadView::references_to(const std::string& type, const std::string& param, const VersionKeys& targets) {
    return reading([&] {
        const auto p = parameter(type, param);
        VersionKeys keys;
        if (!p) return keys;
        for (const auto target : targets) {
            auto rows = connection_->prepare("SELECT ref.vid FROM version v JOIN ref ON ref.p = ?1 AND ref.rid = v.rid WHERE v.vid = ?2");
            rows.bind(*p, target);
            append(rows, keys);
        }
        return finished(std::move(keys));
    });
}

VersionKey SqliteReadView::current_of(std::int64_t rid) {
    {
        auto row =
            connection_->prepare("SELECT v.vid, v.t_from, v.action FROM resource r JOIN version v ON v.vid = r.current WHERE r.rid = ?");
        row.bind(rid);
        if (!row.step()) return 0;
        if (row.key(1) <= t_) return row.integer(2) == static_cast<int>(Action::remove) ? 0 : row.key(0);
    }
    // An earlier position: what was current then.
    const auto earlier = earlier_of(rid);
    if (earlier == 0) return 0;
    auto row = connection_->prepare("SELECT 1 FROM version WHERE vid = ? AND action < 2");
    row.bind(earlier);
    return row.step() ? earlier : 0;
}

VersionKey SqliteReadView::earlier_of(std::int64_t rid) {
    auto row = connection_->prepare("SELECT o.vid FROM older o JOIN version v ON v.vid = o.vid WHERE o.rid = ?1 AND v.t_from <= ?2 AND "
                                    "v.t_to > ?2");
    row.bind(rid, t_);
    return row.step() ? row.key(0) : 0;
}

VersionKeys SqliteReadView::referenced_by(const std::string& type, const std::string& param, const VersionKeys& sources,
                                          const std::string& target_type) {
    return reading([&] {
        const auto p = parameter(type, param);
        const auto target = shared_.symbols.find(target_type);
        VersionKeys keys;
        if (!p || !target || sources.empty()) return keys;
        const std::unordered_set<VersionKey> wanted(sources.begin(), sources.end());
        std::unordered_set<std::int64_t> rids;
        {
            auto rows = connection_->prepare("SELECT rid, vid FROM ref WHERE p = ?");
            rows.bind(*p);
            while (rows.step()) {
                if (wanted.contains(rows.key(1))) rids.insert(rows.integer(0));
            }
        }
        for (const auto rid : rids) {
            auto row = connection_->prepare("SELECT type FROM resource WHERE rid = ?");
            row.bind(rid);
            if (!row.step() || row.integer(0) != *target) continue;
            if (const auto key = current_of(rid); key != 0) keys.push_back(key);
        }
        std::sort(keys.begin(), keys.end());
        return finished(std::move(keys));
    });
}

VersionKeys SqliteReadView::present(const std::string& type, const std::string& param, const std::optional<std::string>& target_type) {
    return reading([&] {
        VersionKeys keys;
        if (target_type) {
            const auto p = parameter(type, param);
            const auto target = shared_.symbols.find(*target_type);
            if (!p || !target) return keys;
            // An address of another server has no type of its own; its path says what it points at.
            const auto foreign = shared_.symbols.find("");
            auto rows = connection_->prepare("SELECT ref.vid FROM ref JOIN resource r ON r.rid = ref.rid WHERE ref.p = ?1 AND "
                                             "(r.type = ?2 OR (r.type = ?3 AND instr(r.id, ?4) > 0))");
            const auto step = '/' + *target_type + '/';
            rows.bind(*p, *target, foreign.value_or(-1), step);
            append(rows, keys);
            return finished(std::move(keys));
        }
        for (const auto& name : {param, long_parameter(param)}) {
            const auto p = parameter(type, name);
            if (!p) continue;
            auto rows = connection_->prepare("SELECT vid FROM val WHERE p = ?1 UNION ALL SELECT vid FROM ref WHERE p = ?1");
            rows.bind(*p);
            append(rows, keys);
            for (std::uint64_t segment = 0; segment <= segment_of(last_); ++segment) {
                auto ranged = connection_->prepare("SELECT vid FROM dat WHERE segment = ?1 AND p = ?2 UNION ALL "
                                                   "SELECT vid FROM num WHERE segment = ?1 AND p = ?2 UNION ALL "
                                                   "SELECT vid FROM num_range WHERE segment = ?1 AND p = ?2");
                ranged.bind(segment, *p);
                append(ranged, keys);
            }
            append_sets(*p, keys);
        }
        return finished(std::move(keys));
    });
}

void SqliteReadView::append_compartment(std::int64_t patient, Symbol type, VersionKeys& keys) {
    auto rows = connection_->prepare("SELECT vid FROM compartment WHERE patient = ?1 AND (?2 < 0 OR type = ?2) UNION ALL "
                                     "SELECT vid FROM timeline WHERE patient = ?1 AND (?2 < 0 OR type = ?2)");
    rows.bind(patient, type);
    append(rows, keys);
}

VersionKeys SqliteReadView::compartment(const std::string& patient_id, const std::optional<std::string>& type) {
    return reading([&] {
        VersionKeys keys;
        const auto patient = resource_row("Patient", patient_id);
        const auto type_symbol = type ? shared_.symbols.find(*type) : std::optional<Symbol>(-1);
        if (!patient || !type_symbol) return keys;
        append_compartment(*patient, *type_symbol, keys);
        return finished(std::move(keys));
    });
}

VersionKeys SqliteReadView::timeline(const std::string& patient_id, const std::string& type, const std::optional<std::string>& system,
                                     const std::optional<std::string>& code, const std::optional<DateCondition>& when) {
    return reading([&] {
        const auto patient = resource_row("Patient", patient_id);
        const auto type_symbol = shared_.symbols.find(type);
        if (!patient || !type_symbol) return VersionKeys();
        std::vector<std::pair<std::int64_t, VersionKey>> found;
        auto take = [&](Statement& rows) {
            while (rows.step()) {
                if (!when || fits(*when, rows.integer(1), rows.integer(1) + rows.integer(2)))
                    found.emplace_back(rows.integer(1), rows.key(0));
            }
        };
        if (system || code) {
            for (const auto term : matching_tokens(system, code)) {
                auto rows = connection_->prepare("SELECT vid, low, span FROM timeline WHERE patient = ? AND type = ? AND term = ?");
                rows.bind(*patient, *type_symbol, term);
                take(rows);
            }
        } else {
            auto rows = connection_->prepare("SELECT vid, low, span FROM timeline WHERE patient = ? AND type = ?");
            rows.bind(*patient, *type_symbol);
            take(rows);
        }
        VersionKeys keys;
        keys.reserve(found.size());
        for (const auto& [date, key] : found) keys.push_back(key);
        // `finished` puts them in order, each once; what it leaves gets the order of dates back. (A version of several codes stands once.)
        const auto kept = finished(std::move(keys));
        std::sort(found.begin(), found.end(),
                  [](const auto& a, const auto& b) { return a.second != b.second ? a.second < b.second : a.first > b.first; });
        auto next = kept.begin();
        std::size_t count = 0;
        for (const auto& one : found) {
            while (next != kept.end() && *next < one.second) ++next;
            if (next == kept.end()) break;
            if (*next == one.second) found[count++] = one, ++next;
        }
        found.resize(count);
        std::sort(found.begin(), found.end(), std::greater<>());
        VersionKeys out;
        out.reserve(count);
        for (const auto& [date, key] : found) out.push_back(key);
        return out;
    });
}

} // namespace huitong::store
