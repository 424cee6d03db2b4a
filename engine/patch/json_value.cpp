#include "patch/json_value.hpp"

#include "base/charset.hpp"
#include "base/decimal.hpp"
#include "fhir/json.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <unordered_set>

namespace huitong::patch {
namespace {

using Kind = JsonValue::Kind;

/// Builds a value from RapidJSON's events.
class Builder {
public:
    Builder(const std::string& where, const Limits& limits) : where_(where), limits_(limits) {}

    bool Null() { return leaf(Kind::null, {}); }
    bool Bool(bool value) { return leaf(Kind::boolean, value ? "true" : "false"); }
    bool Int(int) { return false; } // numbers arrive as RawNumber
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }
    bool RawNumber(const char* text, rapidjson::SizeType length, bool) { return leaf(Kind::number, {text, length}); }
    bool String(const char* text, rapidjson::SizeType length, bool) { return leaf(Kind::text, {text, length}); }
    bool StartObject() { return open(Kind::object); }
    bool StartArray() { return open(Kind::array); }
    bool EndObject(rapidjson::SizeType) { return close(); }
    bool EndArray(rapidjson::SizeType) { return close(); }
    bool Key(const char* text, rapidjson::SizeType length, bool) {
        std::string name(text, length);
        auto& object = open_.back();
        if (object.names.size() >= limits_.members_per_object_max) {
            issues.add(error(IssueCode::structure, where_, "json-members-max", {std::to_string(limits_.members_per_object_max)}));
            return false;
        }
        if (!names_.back().insert(name).second) {
            issues.add(error(IssueCode::structure, where_, "json-duplicate-key", {std::move(name)}));
            return false;
        }
        object.names.push_back(std::move(name));
        return true;
    }

    JsonValue value;
    Outcome issues;

private:
    bool leaf(Kind kind, std::string_view text) {
        JsonValue made;
        made.kind = kind;
        made.text = text;
        return put(std::move(made));
    }

    bool open(Kind kind) {
        if (open_.size() >= limits_.json_depth_max) {
            issues.add(error(IssueCode::structure, where_, "json-depth-max", {std::to_string(limits_.json_depth_max)}));
            return false;
        }
        open_.emplace_back().kind = kind;
        names_.emplace_back();
        return true;
    }

    bool close() {
        auto made = std::move(open_.back());
        open_.pop_back();
        names_.pop_back();
        return put(std::move(made));
    }

    bool put(JsonValue made) {
        if (open_.empty()) value = std::move(made);
        else open_.back().items.push_back(std::move(made));
        return true;
    }

    const std::string& where_;
    const Limits& limits_;
    std::vector<JsonValue> open_;
    std::vector<std::unordered_set<std::string>> names_; ///< beside open_
};

} // namespace

std::size_t JsonValue::find(std::string_view name) const {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? npos : static_cast<std::size_t>(found - names.begin());
}

const JsonValue* JsonValue::member(std::string_view name) const {
    const auto at = is_object() ? find(name) : npos;
    return at == npos ? nullptr : &items[at];
}

bool JsonValue::equals(const JsonValue& other) const {
    if (kind != other.kind || items.size() != other.items.size()) return false;
    if (kind == Kind::number) {
        const auto mine = Decimal::read(text);
        const auto theirs = Decimal::read(other.text);
        return mine && theirs ? *mine == *theirs : text == other.text;
    }
    if (text != other.text) return false;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto* peer = is_object() ? other.member(names[i]) : &other.items[i];
        if (!peer || !items[i].equals(*peer)) return false;
    }
    return true;
}

std::size_t JsonValue::size() const {
    std::size_t out = sizeof(JsonValue) + text.size();
    for (const auto& name : names) out += sizeof(std::string) + name.size();
    for (const auto& item : items) out += item.size();
    return out;
}

std::size_t JsonValue::depth() const {
    std::size_t deepest = 0;
    for (const auto& item : items) deepest = std::max(deepest, item.depth());
    return deepest + 1;
}

void JsonValue::drop_empty() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto& item = items[i];
        item.drop_empty();
        if ((item.is_array() || item.is_object()) && item.items.empty()) continue;
        if (kept != i) {
            items[kept] = std::move(item);
            if (is_object()) names[kept] = std::move(names[i]);
        }
        ++kept;
    }
    items.resize(kept);
    if (is_object()) names.resize(kept);
}

void JsonValue::write(std::string& out) const {
    switch (kind) {
    case Kind::null: out += "null"; return;
    case Kind::boolean:
    case Kind::number: out += text; return;
    case Kind::text: fhir::write_json_string(text, out); return;
    default: break;
    }
    out += is_object() ? '{' : '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += ',';
        if (is_object()) {
            fhir::write_json_string(names[i], out);
            out += ':';
        }
        items[i].write(out);
    }
    out += is_object() ? '}' : ']';
}

Result<JsonValue> read_json_value(std::string_view text, const std::string& where, const Limits& limits) {
    if (!is_utf8(text)) return Outcome(error(IssueCode::invalid, where, "json-utf8"));
    rapidjson::MemoryStream stream(text.data(), text.size());
    Builder builder(where, limits);
    rapidjson::Reader reader;
    reader.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag>(stream, builder);
    if (reader.HasParseError() && builder.issues.empty())
        return Outcome(error(IssueCode::structure, where, "json-syntax", {rapidjson::GetParseError_En(reader.GetParseErrorCode())}));
    if (!builder.issues.empty()) return std::move(builder.issues);
    return std::move(builder.value);
}

} // namespace huitong::patch
