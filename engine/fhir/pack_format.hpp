/// The definition pack's layout, once for writing and reading: a string table, then records as variable-length numbers. Internal to the
/// room. See docs/formats/definition-pack.md.
#pragma once

#include "fhir/definitions.hpp"

#include <cstring>
#include <map>

namespace huitong::fhir::pack {

constexpr char kMagic[8] = {'H', 'T', 'P', 'A', 'C', 'K', '0', '2'};

struct Header {
    char magic[8];
    std::uint64_t strings_at, strings_bytes; ///< text of all strings, one after the other
    std::uint64_t offsets_at, offsets_count; ///< u32 end offset of each string
    std::uint64_t records_at, records_bytes;
    std::uint64_t bodies_at, bodies_bytes; ///< zstd-compressed conformance resources
    std::uint64_t checksum;                ///< FNV-1a of everything behind the header
};

/// A conformance resource kept as text.
struct ResourceEntry {
    std::string_view type, url, version;
    std::uint64_t offset = 0, packed_bytes = 0, bytes = 0;
};

struct Content {
    std::vector<StructureDefinition> structures;
    std::vector<SearchParameterDefinition> parameters;
    std::vector<ResourceEntry> resources;
};

class Writer {
public:
    static constexpr bool kWrites = true;
    void number(std::uint64_t value) {
        while (value >= 0x80) {
            records += static_cast<char>(value | 0x80);
            value >>= 7;
        }
        records += static_cast<char>(value);
    }
    void text(std::string_view& value) {
        const auto [found, fresh] = index_.try_emplace(std::string(value), static_cast<std::uint32_t>(ends.size()));
        if (fresh) {
            strings += value;
            ends.push_back(static_cast<std::uint32_t>(strings.size()));
        }
        number(found->second);
    }
    std::string records, strings;
    std::vector<std::uint32_t> ends;

private:
    std::map<std::string, std::uint32_t> index_;
};

class Reader {
public:
    static constexpr bool kWrites = false;
    Reader(std::string_view records, std::string_view strings, const std::uint32_t* ends, std::size_t count)
        : records_(records), strings_(strings), ends_(ends), count_(count) {}
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (int shift = 0; at_ < records_.size() && shift < 64; shift += 7) {
            const auto byte = static_cast<unsigned char>(records_[at_++]);
            value |= std::uint64_t{byte & 0x7Fu} << shift;
            if (byte < 0x80) return value;
        }
        damaged_ = true;
        return 0;
    }
    void text(std::string_view& value) {
        const auto index = number();
        if (index >= count_) {
            damaged_ = true;
            return;
        }
        const auto begin = index == 0 ? 0 : ends_[index - 1];
        value = strings_.substr(begin, ends_[index] - begin);
    }
    bool damaged() const { return damaged_; }
    std::size_t left() const { return records_.size() - at_; }

private:
    std::string_view records_, strings_;
    const std::uint32_t* ends_;
    std::size_t count_;
    std::size_t at_ = 0;
    bool damaged_ = false;
};

template <class Codec>
void transfer(Codec& codec, std::string_view& value) {
    codec.text(value);
}
template <class Codec, class Number>
    requires(std::is_integral_v<Number> || std::is_enum_v<Number>)
void transfer(Codec& codec, Number& value) {
    if constexpr (Codec::kWrites) codec.number(static_cast<std::uint64_t>(value));
    else value = static_cast<Number>(codec.number());
}
template <class Codec>
void transfer(Codec& codec, TypeReference& value);
template <class Codec>
void transfer(Codec& codec, Constraint& value);
template <class Codec>
void transfer(Codec& codec, Slicing::Discriminator& value);
template <class Codec>
void transfer(Codec& codec, SearchParameterDefinition::Component& value);
template <class Codec>
void transfer(Codec& codec, ElementDefinition& value);
template <class Codec>
void transfer(Codec& codec, StructureDefinition& value);
template <class Codec>
void transfer(Codec& codec, SearchParameterDefinition& value);
template <class Codec>
void transfer(Codec& codec, ResourceEntry& value);

template <class Codec, class Item>
void transfer(Codec& codec, std::vector<Item>& items) {
    std::uint64_t count = items.size();
    transfer(codec, count);
    if constexpr (!Codec::kWrites) {
        if (count > codec.left()) count = 0; // each item takes a byte at least: a damaged count cannot make us allocate
        items.resize(count);
    }
    for (auto& item : items) transfer(codec, item);
}
template <class Codec, class... Members>
void transfer_all(Codec& codec, Members&... members) {
    (transfer(codec, members), ...);
}

template <class Codec>
void transfer(Codec& codec, TypeReference& v) {
    transfer_all(codec, v.code, v.profiles, v.target_profiles);
}
template <class Codec>
void transfer(Codec& codec, Constraint& v) {
    transfer_all(codec, v.key, v.human, v.expression, v.is_error);
}
template <class Codec>
void transfer(Codec& codec, Slicing::Discriminator& v) {
    transfer_all(codec, v.type, v.path);
}
template <class Codec>
void transfer(Codec& codec, SearchParameterDefinition::Component& v) {
    transfer_all(codec, v.definition, v.expression);
}
template <class Codec>
void transfer(Codec& codec, ElementDefinition& v) {
    transfer_all(codec, v.id, v.path, v.name, v.slice_name, v.min, v.max, v.base_max, v.types, v.content_reference, v.binding, v.value_set,
                 v.constraints, v.fixed, v.pattern, v.fixed_type, v.max_length, v.short_text, v.slicing.discriminators, v.slicing.rules,
                 v.slicing.ordered, v.is_modifier, v.is_summary, v.must_support, v.is_choice, v.xml_attribute, v.parent, v.children);
}
template <class Codec>
void transfer(Codec& codec, StructureDefinition& v) {
    transfer_all(codec, v.url, v.version, v.name, v.type, v.base, v.kind, v.abstract, v.is_profile, v.elements);
}
template <class Codec>
void transfer(Codec& codec, SearchParameterDefinition& v) {
    transfer_all(codec, v.url, v.code, v.expression, v.type, v.bases, v.targets, v.components, v.comparators, v.modifiers, v.chains);
}
template <class Codec>
void transfer(Codec& codec, ResourceEntry& v) {
    transfer_all(codec, v.type, v.url, v.version, v.offset, v.packed_bytes, v.bytes);
}
template <class Codec>
void transfer_content(Codec& codec, Content& content) {
    transfer_all(codec, content.structures, content.parameters, content.resources);
}

std::uint64_t checksum(std::string_view bytes, std::uint64_t seed = 14695981039346656037ULL);

} // namespace huitong::fhir::pack
