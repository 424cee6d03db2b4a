/// When a code was found, over all patients: the rows of the timeline once more, in blocks of version keys as the text index has them.
/// A search for a code and a time without a patient reads the code's places and times alone; the table of dates holds those of all codes.
/// Blocks are written once, in order, when all their versions are there; what is later is read from the timeline itself.
/// Thread: the connection's.
#pragma once

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

#include <span>

namespace huitong::store {

/// One row of the timeline, as it stands in a block.
struct Occurrence {
    std::int64_t type = 0, term = 0;
    std::uint16_t place = 0; ///< the version's distance from the block's first key
    std::int64_t low = 0, span = 0;
    auto operator<=>(const Occurrence&) const = default;
};

/// The distinct times of a block: (beginning, length) in microseconds.
using BlockTimes = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Rows of a block, the times first (type 0, term 0). Each code's row is a list of (place, number of the time), both as differences.
std::vector<OccurrenceBlock::Row> pack_occurrences(std::vector<Occurrence> occurrences);
BlockTimes unpack_times(std::string_view bytes);
/// Calls `take(place, low, span)` for each entry, in order of places; damaged bytes end it early.
template <class Take>
void walk_occurrences(std::string_view bytes, const BlockTimes& times, Take take);

/// The block that the table lacks next.
std::uint64_t next_occurrence_block(Connection& connection);
/// Reads a block's rows from the timeline; all its versions are there.
OccurrenceBlock gather_occurrences(Connection& reader, std::uint64_t number);
/// Adds the block when it is the next one and all its versions stand before or at `last`; what was expunged meanwhile stays out.
void add_occurrence_block(Connection& writer, const OccurrenceBlock& block, VersionKey last);
/// Takes versions (sorted) out of a block.
void remove_from_occurrence_block(Connection& writer, std::uint64_t number, std::span<const VersionKey> gone);

/// Reads a number of seven bits a byte, low bits first; moves `bytes` behind it. 0 at the end.
inline std::uint64_t take_number(std::string_view& bytes) {
    std::uint64_t out = 0;
    for (unsigned shift = 0; !bytes.empty() && shift < 64; shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        out |= std::uint64_t{byte & 0x7FU} << shift;
        if ((byte & 0x80U) == 0) break;
    }
    return out;
}
/// The sign stands in the lowest bit.
inline std::int64_t take_signed(std::string_view& bytes) {
    const auto number = take_number(bytes);
    return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
}

template <class Take>
void walk_occurrences(std::string_view bytes, const BlockTimes& times, Take take) {
    std::uint64_t place = 0;
    std::int64_t time = 0;
    while (!bytes.empty()) {
        place += take_number(bytes);
        if (bytes.empty()) return;
        time += take_signed(bytes);
        if (place >= kTextBlock || time < 0 || static_cast<std::size_t>(time) >= times.size()) return;
        const auto& [low, span] = times[static_cast<std::size_t>(time)];
        take(static_cast<std::uint16_t>(place), low, span);
    }
}

} // namespace huitong::store
