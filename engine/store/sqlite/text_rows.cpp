#include "store/sqlite/text_rows.hpp"

#include "store/sqlite/body_codec.hpp"

#include <algorithm>
#include <iterator>

namespace huitong::store {
namespace {

constexpr std::size_t kBitsBytes = kTextBlock / 8;
constexpr unsigned kMoreFollows = 0x80, kSevenBits = 0x7F;

std::string pack_list(std::span<const std::uint16_t> places) {
    std::string out;
    unsigned before = 0;
    for (const unsigned place : places) {
        auto distance = place - before;
        before = place;
        for (; distance > kSevenBits; distance >>= 7) out += static_cast<char>((distance & kSevenBits) | kMoreFollows);
        out += static_cast<char>(distance);
        if (out.size() >= kBitsBytes) break; // bits are as short
    }
    return out;
}

std::string pack_bits(std::span<const std::uint16_t> places) {
    std::string out(kBitsBytes, '\0');
    for (const unsigned place : places) out[place / 8] = static_cast<char>(static_cast<unsigned char>(out[place / 8]) | 1U << place % 8);
    return out;
}

std::vector<VersionKey> expunged_in(Connection& connection, VersionKey first, VersionKey end) {
    std::vector<VersionKey> out;
    auto rows = connection.prepare("SELECT vid FROM version WHERE vid >= ? AND vid < ? AND codec = ?");
    rows.bind(first, end, kExpunged);
    while (rows.step()) out.push_back(rows.key(0));
    return out;
}

/// `places` without those of the keys, which grow too.
std::vector<std::uint16_t> without(std::span<const std::uint16_t> places, VersionKey first, std::span<const VersionKey> gone) {
    std::vector<std::uint16_t> out;
    std::copy_if(places.begin(), places.end(), std::back_inserter(out),
                 [&](std::uint16_t place) { return !std::binary_search(gone.begin(), gone.end(), first + place); });
    return out;
}

} // namespace

std::string pack_places(std::span<const std::uint16_t> places) {
    auto list = pack_list(places);
    return list.size() < kBitsBytes ? list : pack_bits(places);
}

std::vector<std::uint16_t> unpack_places(std::string_view bytes) {
    std::vector<std::uint16_t> out;
    if (bytes.size() == kBitsBytes) {
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            for (unsigned bits = static_cast<unsigned char>(bytes[at]), bit = 0; bits != 0; bits >>= 1, ++bit) {
                if (bits & 1U) out.push_back(static_cast<std::uint16_t>(at * 8 + bit));
            }
        }
        return out;
    }
    unsigned place = 0, distance = 0, shift = 0;
    for (const unsigned char byte : bytes) {
        distance |= (byte & kSevenBits) << shift;
        shift += 7;
        if (byte & kMoreFollows) continue;
        place += distance;
        out.push_back(static_cast<std::uint16_t>(place));
        distance = shift = 0;
    }
    return out;
}

std::uint64_t next_text_block(Connection& connection) {
    auto row = connection.prepare("SELECT value FROM counter WHERE name = 'text'");
    return row.step() ? row.key(0) : 0;
}

void add_text_block(Connection& writer, const TextBlock& block, VersionKey last) {
    const VersionKey first = block.number * kTextBlock, end = first + kTextBlock;
    if (block.number != next_text_block(writer) || last + 1 < end) return;
    const auto gone = expunged_in(writer, first, end);
    std::vector<const TextBlock::Word*> sorted;
    for (const auto& word : block.words) sorted.push_back(&word);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) { return a->text < b->text; });
    for (const auto* word : sorted) {
        const auto left = gone.empty() ? word->places : without(word->places, first, gone);
        if (left.empty()) continue;
        const auto packed = pack_places(left);
        auto insert = writer.prepare("INSERT INTO word VALUES(?, ?, ?)");
        insert.bind(block.number, word->text);
        insert.bind_blob(3, packed);
        insert.run();
    }
    writer.prepare("INSERT OR REPLACE INTO counter VALUES('text', ?)").bind(block.number + 1).run();
}

void remove_from_text_block(Connection& writer, std::uint64_t number, std::span<const VersionKey> gone) {
    std::vector<std::pair<std::string, std::string>> changed; // word and the bytes that stay
    {
        auto rows = writer.prepare("SELECT word, places FROM word WHERE block = ?");
        rows.bind(number);
        while (rows.step()) {
            const auto places = unpack_places(rows.text(1));
            const auto left = without(places, number * kTextBlock, gone);
            if (left.size() != places.size()) changed.emplace_back(std::string(rows.text(0)), pack_places(left));
        }
    }
    for (const auto& [word, places] : changed) {
        if (places.empty()) {
            writer.prepare("DELETE FROM word WHERE block = ? AND word = ?").bind(number, word).run();
            continue;
        }
        auto update = writer.prepare("UPDATE word SET places = ?1 WHERE block = ?2 AND word = ?3");
        update.bind_blob(1, places);
        update.bind_one(2, number);
        update.bind_one(3, word);
        update.run();
    }
}

} // namespace huitong::store
