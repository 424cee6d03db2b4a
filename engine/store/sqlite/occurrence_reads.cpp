/// Reads of a code in a time, over all patients: whole blocks, then what came later, then what belongs to no patient.
#include "store/sqlite/interval.hpp"
#include "store/sqlite/occurrences.hpp"
#include "store/sqlite/read_view.hpp"

#include <algorithm>
#include <numeric>
#include <set>

namespace huitong::store {
namespace {

/// Versions behind the last block that are looked at one by one; a store that is further behind is asked otherwise.
constexpr std::size_t kLateMax = 20'000;

/// Blocks before `end`; of those, the ones that hold a version of `among` when it is given.
std::vector<std::uint64_t> blocks_of(std::uint64_t end, const VersionKeys* among) {
    std::vector<std::uint64_t> out;
    if (!among) {
        out.resize(end);
        std::iota(out.begin(), out.end(), std::uint64_t{0});
        return out;
    }
    for (const auto key : *among) {
        const auto block = key / kTextBlock;
        if (block < end && (out.empty() || out.back() != block)) out.push_back(block);
    }
    return out;
}

bool is_within(const IndexView::DateCondition& when, std::int64_t low, std::int64_t span) {
    return span > 0 && fits(when, low, low + span); // without a length there is no date
}

} // namespace

void SqliteReadView::append_block(std::uint64_t block, Symbol type, TermId term, const DateCondition& when, VersionKeys& keys) {
    auto entries = connection_->prepare("SELECT entries FROM occurrence WHERE block = ? AND type = ? AND term = ?");
    entries.bind(block, type, term);
    if (!entries.step()) return;
    auto times = connection_->prepare("SELECT entries FROM occurrence WHERE block = ? AND type = 0 AND term = 0");
    times.bind(block);
    if (!times.step()) return;
    walk_occurrences(entries.text(0), unpack_times(times.text(0)), [&](std::uint16_t place, std::int64_t low, std::int64_t span) {
        if (is_within(when, low, span)) keys.push_back(block * kTextBlock + place);
    });
}

void SqliteReadView::append_timeline(std::int64_t patient, Symbol type, TermId term, VersionKey first, const DateCondition& when,
                                     VersionKeys& keys) {
    auto rows = connection_->prepare("SELECT vid, low, span FROM timeline WHERE patient = ? AND type = ? AND term = ?");
    rows.bind(patient, type, term);
    while (rows.step()) {
        if (rows.key(0) >= first && is_within(when, rows.integer(1), rows.integer(2))) keys.push_back(rows.key(0));
    }
}

std::optional<std::set<std::int64_t>> SqliteReadView::late_patients(const std::vector<Symbol>& parameters, TermId term, VersionKey first,
                                                                    const VersionKeys* among) {
    VersionKeys late;
    for (const auto p : parameters) {
        for (const auto set : shared_.sets.with({p, term})) {
            auto rows = connection_->prepare("SELECT vid FROM tagged WHERE set_id = ? AND vid >= ?");
            rows.bind(set, first);
            append(rows, late);
        }
        auto rows = connection_->prepare("SELECT vid FROM val WHERE p = ? AND term = ? AND vid >= ?");
        rows.bind(p, term, first);
        append(rows, late);
        if (late.size() > kLateMax) return std::nullopt;
    }
    std::set<std::int64_t> out;
    for (const auto vid : late) {
        if (among && !std::binary_search(among->begin(), among->end(), vid)) continue;
        auto row = connection_->prepare("SELECT patient FROM version WHERE vid = ?");
        row.bind(vid);
        if (row.step() && row.integer(0) != 0) out.insert(row.integer(0));
    }
    return out;
}

std::optional<VersionKeys> SqliteReadView::occurrences(const std::string& type, const std::vector<std::string>& params,
                                                       const std::optional<std::string>& system, const std::string& code,
                                                       const DateCondition& when, const VersionKeys* among) {
    return reading([&]() -> std::optional<VersionKeys> {
        const auto symbol = shared_.symbols.find(type);
        if (!symbol) return VersionKeys();
        if (shared_.partly_timed.contains(*symbol)) return std::nullopt;
        std::vector<Symbol> parameters;
        for (const auto& param : params) {
            if (const auto p = parameter(type, param)) parameters.push_back(*p);
        }
        // A later view has further blocks; they hold nothing that this one may see.
        const auto written = next_occurrence_block(*connection_);
        const auto blocks = blocks_of(std::min(written, last_ / kTextBlock + 1), among);
        VersionKeys keys;
        for (const auto term : matching_tokens(system, code)) {
            const auto late = late_patients(parameters, term, written * kTextBlock, among);
            if (!late) return std::nullopt;
            for (const auto block : blocks) append_block(block, *symbol, term, when, keys);
            for (const auto patient : *late) append_timeline(patient, *symbol, term, written * kTextBlock, when, keys);
            append_timeline(kNoPatient, *symbol, term, 0, when, keys);
        }
        if (among) std::erase_if(keys, [&](VersionKey key) { return !std::binary_search(among->begin(), among->end(), key); });
        return finished(std::move(keys));
    });
}

} // namespace huitong::store
