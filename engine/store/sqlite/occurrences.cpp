#include "store/sqlite/occurrences.hpp"

#include "store/sqlite/body_codec.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace huitong::store {
namespace {

constexpr unsigned kMoreFollows = 0x80, kSevenBits = 0x7F;
/// Most times are whole seconds or milliseconds; the first byte of a block's times says which of these they are counted in.
constexpr std::int64_t kTicks[] = {1'000'000, 1'000, 1};

void add_number(std::string& out, std::uint64_t number) {
    for (; number > kSevenBits; number >>= 7) out += static_cast<char>((number & kSevenBits) | kMoreFollows);
    out += static_cast<char>(number);
}

void add_signed(std::string& out, std::int64_t number) {
    add_number(out, static_cast<std::uint64_t>(number) << 1 ^ static_cast<std::uint64_t>(number >> 63));
}

std::string pack_times(const BlockTimes& times) {
    std::size_t tick = 0;
    const auto is_whole = [&](const auto& time) { return time.first % kTicks[tick] == 0 && time.second % kTicks[tick] == 0; };
    while (!std::all_of(times.begin(), times.end(), is_whole)) ++tick;
    std::string out(1, static_cast<char>(tick));
    std::int64_t before = 0;
    for (const auto& [low, span] : times) {
        add_signed(out, low / kTicks[tick] - before);
        add_number(out, static_cast<std::uint64_t>(span / kTicks[tick]));
        before = low / kTicks[tick];
    }
    return out;
}

/// The block's rows as they stood in the timeline.
std::vector<Occurrence> unpack_block(Connection& connection, std::uint64_t number) {
    std::vector<Occurrence> out;
    BlockTimes times;
    auto rows = connection.prepare("SELECT type, term, entries FROM occurrence WHERE block = ? ORDER BY type, term");
    rows.bind(number);
    while (rows.step()) {
        const auto type = rows.integer(0), term = rows.integer(1);
        if (type == 0) times = unpack_times(rows.text(2));
        else
            walk_occurrences(rows.text(2), times, [&](std::uint16_t place, std::int64_t low, std::int64_t span) {
                out.push_back({type, term, place, low, span});
            });
    }
    return out;
}

void insert_rows(Connection& writer, std::uint64_t number, const std::vector<OccurrenceBlock::Row>& rows) {
    for (const auto& row : rows) {
        auto insert = writer.prepare("INSERT INTO occurrence VALUES(?, ?, ?, ?)");
        insert.bind(number, row.type, row.term);
        insert.bind_blob(4, row.entries);
        insert.run();
    }
}

} // namespace

std::vector<OccurrenceBlock::Row> pack_occurrences(std::vector<Occurrence> occurrences) {
    // Times are numbered as they come, so that what was found at one visit, or by one analyser, has neighbouring numbers.
    std::stable_sort(occurrences.begin(), occurrences.end(), [](const auto& a, const auto& b) { return a.place < b.place; });
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> numbers;
    BlockTimes times;
    struct List {
        std::string entries;
        std::int64_t place = 0, time = 0;
    };
    std::map<std::pair<std::int64_t, std::int64_t>, List> lists;
    for (const auto& one : occurrences) {
        const auto [number, is_new] = numbers.try_emplace({one.low, one.span}, static_cast<std::int64_t>(times.size()));
        if (is_new) times.emplace_back(one.low, one.span);
        auto& list = lists[{one.type, one.term}];
        add_number(list.entries, static_cast<std::uint64_t>(one.place - list.place));
        add_signed(list.entries, number->second - list.time);
        list.place = one.place;
        list.time = number->second;
    }
    std::vector<OccurrenceBlock::Row> out;
    if (times.empty()) return out;
    out.push_back({0, 0, pack_times(times)});
    for (auto& [key, list] : lists) out.push_back({key.first, key.second, std::move(list.entries)});
    return out;
}

BlockTimes unpack_times(std::string_view bytes) {
    BlockTimes out;
    if (bytes.empty() || static_cast<unsigned char>(bytes.front()) >= std::size(kTicks)) return out;
    const auto tick = kTicks[static_cast<unsigned char>(bytes.front())];
    bytes.remove_prefix(1);
    std::int64_t low = 0;
    while (!bytes.empty()) {
        low += take_signed(bytes);
        const auto span = static_cast<std::int64_t>(take_number(bytes));
        out.emplace_back(low * tick, span * tick);
    }
    return out;
}

std::uint64_t next_occurrence_block(Connection& connection) {
    auto row = connection.prepare("SELECT value FROM counter WHERE name = 'occurrence'");
    return row.step() ? row.key(0) : 0;
}

OccurrenceBlock gather_occurrences(Connection& reader, std::uint64_t number) {
    const VersionKey first = number * kTextBlock, end = first + kTextBlock;
    std::set<std::int64_t> patients;
    {
        auto rows = reader.prepare("SELECT patient FROM version WHERE vid >= ? AND vid < ? AND action < 2");
        rows.bind(first, end);
        while (rows.step()) patients.insert(rows.integer(0));
    }
    patients.erase(0); // those without a patient stand together in the timeline already
    std::vector<Occurrence> found;
    for (const auto patient : patients) {
        auto rows = reader.prepare("SELECT type, term, low, span, vid FROM timeline WHERE patient = ?");
        rows.bind(patient);
        while (rows.step()) {
            const auto vid = rows.key(4);
            const bool is_dated = rows.integer(3) > 0;
            if (!is_dated || vid < first || vid >= end) continue;
            found.push_back({rows.integer(0), rows.integer(1), static_cast<std::uint16_t>(vid - first), rows.integer(2), rows.integer(3)});
        }
    }
    OccurrenceBlock out;
    out.number = number;
    out.rows = pack_occurrences(std::move(found));
    return out;
}

void add_occurrence_block(Connection& writer, const OccurrenceBlock& block, VersionKey last) {
    const VersionKey first = block.number * kTextBlock, end = first + kTextBlock;
    if (block.number != next_occurrence_block(writer) || last + 1 < end) return;
    insert_rows(writer, block.number, block.rows);
    std::vector<VersionKey> gone;
    {
        auto rows = writer.prepare("SELECT vid FROM version WHERE vid >= ? AND vid < ? AND codec = ?");
        rows.bind(first, end, kExpunged);
        while (rows.step()) gone.push_back(rows.key(0));
    }
    if (!gone.empty()) remove_from_occurrence_block(writer, block.number, gone);
    writer.prepare("INSERT OR REPLACE INTO counter VALUES('occurrence', ?)").bind(block.number + 1).run();
}

void remove_from_occurrence_block(Connection& writer, std::uint64_t number, std::span<const VersionKey> gone) {
    auto left = unpack_block(writer, number);
    const auto removed = std::erase_if(
        left, [&](const Occurrence& one) { return std::binary_search(gone.begin(), gone.end(), number * kTextBlock + one.place); });
    if (removed == 0) return;
    writer.prepare("DELETE FROM occurrence WHERE block = ?").bind(number).run();
    insert_rows(writer, number, pack_occurrences(std::move(left)));
}

} // namespace huitong::store
