/// Rows of the text index: (block, word) and the places of the versions that hold it. They are written a whole block at a time and in
/// order, so the table is as full as a file can be, and what a word costs is shared by all versions of its block.
/// Thread: the connection's.
#pragma once

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

#include <span>

namespace huitong::store {

/// Places of a block, growing, as bytes: their distances as numbers of seven bits a byte (the high bit: more follows), or one bit for each
/// place of the block where that is shorter. A list is never as long as the bits are.
std::string pack_places(std::span<const std::uint16_t> places);
std::vector<std::uint16_t> unpack_places(std::string_view bytes);

/// The block that the index lacks next.
std::uint64_t next_text_block(Connection& connection);
/// Adds the block when it is the next one and all its versions stand before or at `last`; what was expunged meanwhile stays out.
void add_text_block(Connection& writer, const TextBlock& block, VersionKey last);
/// Takes versions out of a block; words that nobody has any more go.
void remove_from_text_block(Connection& writer, std::uint64_t number, std::span<const VersionKey> gone);

} // namespace huitong::store
