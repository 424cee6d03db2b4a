/// A JSON value that can be changed: any JSON, not only FHIR's, with numbers as they were written. Internal to the room.
#pragma once

#include "base/limits.hpp"
#include "base/outcome.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace huitong::patch {

struct JsonValue {
    enum class Kind : std::uint8_t { null, boolean, number, text, array, object };

    Kind kind = Kind::null;
    std::string text;               ///< "true", digits, or the characters of a text
    std::vector<std::string> names; ///< of an object: names[i] belongs to items[i]
    std::vector<JsonValue> items;

    bool is_object() const { return kind == Kind::object; }
    bool is_array() const { return kind == Kind::array; }
    /// Place of a member; npos when it is not there.
    std::size_t find(std::string_view name) const;
    const JsonValue* member(std::string_view name) const;
    /// By value: members in any order, numbers by what they are worth.
    bool equals(const JsonValue& other) const;
    /// Bytes that it takes in memory, and how deep its values nest (1 for a leaf).
    std::size_t size() const;
    std::size_t depth() const;
    /// Takes out arrays and objects without items, from the inside out.
    void drop_empty();
    void write(std::string& out) const;

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

/// Issues: json-syntax, json-utf8, json-duplicate-key, json-depth-max, json-members-max, with `where` before them.
Result<JsonValue> read_json_value(std::string_view text, const std::string& where, const Limits& limits);

} // namespace huitong::patch
