#include "base/charset.hpp"
#include "fhir/companions.hpp"
#include "fhir/json.hpp"

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <unordered_set>

namespace huitong::fhir {
namespace {

TextPosition position_of(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    const auto start = before.rfind('\n');
    const auto row = start == before.npos ? before : before.substr(start + 1);
    TextPosition out;
    out.line = 1 + static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n'));
    out.column = 1 + static_cast<std::uint32_t>(
                         std::count_if(row.begin(), row.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
    return out;
}

/// Builds the element tree from RapidJSON's events.
class TreeHandler {
public:
    TreeHandler(Document& document, const JsonOptions& options, const Limits& limits, const rapidjson::MemoryStream& stream)
        : document_(document), options_(options), limits_(limits), stream_(stream) {}

    Outcome& issues() { return issues_; }

    bool Null() {
        if (options_.plain && !awaiting_type_ && (frames_.empty() || !frames_.back().is_array)) return true;
        if (frames_.empty() || !frames_.back().is_array) return refuse(IssueCode::structure, "json-null-value", {key_name()});
        hollow_ = true;
        return primitive(ValueKind::null, {});
    }
    bool Bool(bool value) { return primitive(ValueKind::boolean, value ? "true" : "false"); }
    bool Int(int) { return false; } // numbers arrive as RawNumber, so that their digits survive
    bool Uint(unsigned) { return false; }
    bool Int64(std::int64_t) { return false; }
    bool Uint64(std::uint64_t) { return false; }
    bool Double(double) { return false; }
    bool RawNumber(const char* text, rapidjson::SizeType length, bool) { return primitive(ValueKind::number, kept(text, length, 0)); }

    bool String(const char* text, rapidjson::SizeType length, bool) {
        const auto value = kept(text, length, 1);
        if (!is_clean(value)) return false;
        if (!awaiting_type_) return primitive(ValueKind::text, value);
        awaiting_type_ = false;
        const auto node = frames_.back().node;
        const auto type = document_.intern(value);
        document_.set_type(node, type);
        if (node == 0) document_.node(0).name = type;
        return true;
    }

    bool StartObject() {
        if (too_deep()) return false;
        NodeIndex node = 0;
        if (frames_.empty()) {
            document_.set_root(document_.intern(options_.root_name));
            document_.set_type(0, {});
        } else if (awaiting_type_) {
            return refuse(IssueCode::structure, "json-resource-type");
        } else {
            node = document_.add_child(frames_.back().node, frames_.back().key, frames_.back().is_array);
        }
        document_.node(node).source.begin = position(); // the iterative reader tells of a brace before it takes it
        Frame frame;
        frame.node = node;
        frames_.push_back(std::move(frame));
        return true;
    }

    bool Key(const char* text, rapidjson::SizeType length, bool) {
        auto& frame = frames_.back();
        if (!is_clean({text, length})) return false;
        if (length == 0) return refuse(IssueCode::structure, "json-name-empty", {});
        // `_x` is what belongs to `x`; a second underscore would make it a name of the hub's own (`_signed`).
        if (length > 1 && text[0] == '_' && text[1] == '_')
            return refuse(IssueCode::structure, "json-name-underscores", {std::string(text, length)});
        if (frame.keys.size() >= limits_.members_per_object_max) {
            return refuse(IssueCode::structure, "json-members-max", {std::to_string(limits_.members_per_object_max)});
        }
        frame.key = document_.intern({text, length});
        if (!frame.keys.insert(frame.key.data()).second)
            return refuse(IssueCode::structure, "json-duplicate-key", {std::string(frame.key)});
        frame.has_companions = frame.has_companions || frame.key.starts_with('_');
        awaiting_type_ = frame.key == "resourceType" && !is_scenario_instance(frame.node);
        return true;
    }

    bool EndObject(rapidjson::SizeType) {
        const auto node = frames_.back().node;
        document_.node(node).source.end = position() + 1;
        if (frames_.back().has_companions || hollow_) {
            const auto hollow = merge_companions(document_, node);
            if (!hollow.empty() && !options_.plain) return refuse(IssueCode::structure, "json-null-value", {std::string(hollow)});
            hollow_ = false;
        }
        frames_.pop_back();
        return true;
    }

    bool StartArray() {
        if (frames_.empty() || frames_.back().is_array || awaiting_type_) return refuse(IssueCode::structure, "json-array-place");
        if (too_deep()) return false;
        Frame frame;
        frame.node = frames_.back().node;
        frame.is_array = true;
        frame.key = frames_.back().key;
        frames_.push_back(std::move(frame));
        return true;
    }

    bool EndArray(rapidjson::SizeType count) {
        frames_.pop_back();
        return count > 0 || options_.plain || refuse(IssueCode::structure, "json-array-empty", {key_name()});
    }

private:
    struct Frame {
        NodeIndex node = 0;
        bool is_array = false;
        bool has_companions = false;
        std::string_view key;
        std::unordered_set<const char*> keys; ///< interned, so equal names are equal pointers
    };

    std::uint32_t position() const { return static_cast<std::uint32_t>(stream_.Tell()); }
    std::string key_name() const { return frames_.empty() ? std::string() : std::string(frames_.back().key); }

    bool refuse(IssueCode code, std::string rule, std::vector<std::string> arguments = {}) {
        auto issue = error(code, frames_.empty() ? std::string() : Element(&document_, frames_.back().node).path(), std::move(rule),
                           std::move(arguments));
        issue.position = position_of(document_.text(), position());
        issues_.add(std::move(issue));
        return false;
    }

    bool too_deep() {
        if (frames_.size() < limits_.json_depth_max) return false;
        return !refuse(IssueCode::structure, "json-depth-max", {std::to_string(limits_.json_depth_max)});
    }

    /// ExampleScenario.instance is the one place of FHIR R4 where an element is itself called resourceType. Its resource's own type stands
    /// before it, or (`type` empty) behind it.
    bool is_scenario_instance(NodeIndex node) const {
        const Element element(&document_, node);
        if (element.name() != "instance") return false;
        const auto parent = element.parent();
        return parent.type() == "ExampleScenario" || (!options_.plain && parent.type().empty() && !parent.parent());
    }

    /// NUL has no place in FHIR text, and an escaped lone surrogate comes out of the reader as bytes that are no UTF-8.
    bool is_clean(std::string_view value) {
        if (value.find('\0') != value.npos) return refuse(IssueCode::invalid, "json-nul");
        return is_utf8(value) || refuse(IssueCode::invalid, "json-utf8");
    }

    /// A view of the kept text when the value stands there as it is (no escapes), else a copy. `behind`: characters after the value already
    /// read.
    std::string_view kept(const char* text, std::size_t length, std::size_t behind) {
        const auto end = position() - behind;
        if (end >= length) {
            const auto candidate = document_.text().substr(end - length, length);
            const bool quoted = behind == 0 || (end > length && document_.text()[end - length - 1] == '"');
            if (quoted && candidate == std::string_view(text, length)) return candidate;
        }
        return document_.copy({text, length});
    }

    bool primitive(ValueKind kind, std::string_view value) {
        if (frames_.empty()) return refuse(IssueCode::structure, "json-object-expected");
        if (awaiting_type_) return refuse(IssueCode::structure, "json-resource-type");
        const auto& frame = frames_.back();
        const auto node = document_.add_child(frame.node, frame.key, frame.is_array);
        document_.set_value(node, kind, value);
        auto& span = document_.node(node).source;
        span.end = position();
        const auto length = static_cast<std::uint32_t>(kind == ValueKind::text ? value.size() + 2 : value.size());
        span.begin = span.end - std::min(span.end, length);
        return true;
    }

    Document& document_;
    const JsonOptions& options_;
    const Limits& limits_;
    const rapidjson::MemoryStream& stream_;
    std::vector<Frame> frames_;
    bool awaiting_type_ = false;
    bool hollow_ = false; ///< an array of the open object held a null
    Outcome issues_;
};

std::string syntax_words(rapidjson::ParseErrorCode code) {
    std::string words = rapidjson::GetParseError_En(code);
    if (words.ends_with('.')) words.pop_back();
    return words;
}

} // namespace

Parsed<DocumentPtr> read_plain_json(std::string text) {
    JsonOptions options;
    options.plain = true;
    options.root_name = "object";
    return read_json(std::move(text), options);
}

Parsed<DocumentPtr> read_json(std::string text, const JsonOptions& options) {
    static const Limits defaults;
    Parsed<DocumentPtr> out;
    out.value = std::make_shared<Document>();
    auto& document = *out.value;
    document.set_text(document.keep(std::move(text)));
    const auto kept = document.text();
    if (!is_utf8(kept) || kept.starts_with("\xEF\xBB\xBF")) {
        out.issues.add(error(IssueCode::invalid, "", "json-utf8"));
        return out;
    }
    rapidjson::MemoryStream stream(kept.data(), kept.size());
    TreeHandler handler(document, options, options.limits ? *options.limits : defaults, stream);
    rapidjson::Reader reader;
    reader.Parse<rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag>(stream, handler);
    out.issues = std::move(handler.issues());
    if (reader.HasParseError() && out.issues.empty()) {
        const auto code = reader.GetParseErrorCode();
        // Half a surrogate is bad text in a good structure.
        const bool is_text =
            code == rapidjson::kParseErrorStringUnicodeSurrogateInvalid || code == rapidjson::kParseErrorStringInvalidEncoding;
        auto issue =
            is_text ? error(IssueCode::invalid, "", "json-utf8") : error(IssueCode::structure, "", "json-syntax", {syntax_words(code)});
        issue.position = position_of(kept, reader.GetErrorOffset());
        out.issues.add(std::move(issue));
    }
    if (!out.issues.has_errors() && options.root_name.empty() && !document.root().is_resource()) {
        out.issues.add(error(IssueCode::structure, "", "json-resource-type"));
    }
    return out;
}

} // namespace huitong::fhir
