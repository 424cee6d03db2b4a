/// Layout of a concept table; private to the table and its builder. All numbers are little-endian as the machine has them.
#pragma once

#include "terminology/concept_table.hpp"

#include <bit>

namespace huitong::terminology {

static_assert(std::endian::native == std::endian::little);
constexpr std::uint64_t kTableMagic = 0x3130534354544848; // "HHTTCS01"

struct ConceptTable::Header {
    std::uint64_t magic, file_size;
    std::uint32_t concepts, slots, parents, children, properties, designations;
    std::uint64_t rows_at, slots_at, parents_at, children_at, properties_at, designations_at, texts_at, texts_size;
    std::uint32_t flags;   ///< kCaseSensitive, kTree
    std::uint32_t heading; ///< reference of the CodeSystem resource without its concepts, 0 = none
};
constexpr std::uint32_t kCaseSensitive = 1, kTree = 2;

/// One more row than concepts: the ends of the last one's lists.
struct ConceptTable::Row {
    std::uint32_t code, display, definition, extensions;       ///< references into the texts, 0 = ""
    std::uint32_t parents, children, properties, designations; ///< first of its list; the next row's is the end
    std::uint32_t enter, leave; ///< interval of the spanning tree: everything below has `enter` in [enter, leave)
    std::uint32_t flags;
};
constexpr std::uint32_t kAbstract = 1, kInactive = 2;

struct ConceptTable::PropertyRow {
    std::uint32_t name, value, type;
};

struct ConceptTable::DesignationRow {
    std::uint32_t language, use_system, use_code, use_display, value, extensions;
};

/// FNV-1a, the same in every file.
constexpr std::uint64_t code_hash(std::string_view code) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : code) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash ^ (hash >> 32);
}

} // namespace huitong::terminology
