#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::fhir {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool is_plain(unsigned char c) { return c >= 0x20 && c != '"' && c != '\\'; }

class Writer {
public:
    Writer(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

    void object(Element element) {
        out_ += '{';
        ++depth_;
        bool first = true;
        if (element.is_resource()) {
            member("resourceType", first);
            write_json_string(element.type(), out_);
        }
        for (auto child : element.children()) {
            if (is_first_of_name(child)) members_of(element, child, first);
        }
        --depth_;
        if (!first) line();
        out_ += '}';
    }

    void members(Element element, std::span<const std::string_view> left_out) {
        bool first = true;
        for (auto child : element.children()) {
            if (std::find(left_out.begin(), left_out.end(), child.name()) != left_out.end()) continue;
            if (is_first_of_name(child)) members_of(element, child, first);
        }
    }

private:
    void line() {
        if (!pretty_) return;
        out_ += '\n';
        out_.append(static_cast<std::size_t>(depth_) * 2, ' ');
    }

    void member(std::string_view name, bool& first) {
        if (!first) out_ += ',';
        first = false;
        line();
        write_json_string(name, out_);
        out_ += pretty_ ? ": " : ":";
    }

    static bool is_first_of_name(Element child) {
        for (auto at = child.parent().first_child(); at && at != child; at = at.next_sibling()) {
            if (at.name() == child.name()) return false;
        }
        return true;
    }

    /// A primitive is written as `x`, its id and extensions as `_x`; anything else is an object.
    static bool is_complex(Element element) { return !element.has_value() && element.has_children() && !is_hollow_primitive(element); }

    /// A node without value whose children are only id and extension, of a name that was merged from a `_x` member.
    static bool is_hollow_primitive(Element element) { return element.node().companion_only; }

    void members_of(Element parent, Element first_of_name, bool& first) {
        const auto name = first_of_name.name();
        bool array = false;
        bool plain = false;
        bool companion = false;
        std::size_t count = 0;
        for (auto item : parent.children(name)) {
            array = array || item.node().in_array;
            const bool complex = is_complex(item);
            plain = plain || item.has_value() || complex || !item.has_children();
            companion = companion || (!complex && item.has_children());
            ++count;
        }
        array = array || count > 1;
        if (plain) {
            member(name, first);
            list(parent, name, array, false);
        }
        if (companion) {
            member("_" + std::string(name), first);
            list(parent, name, array, true);
        }
    }

    void list(Element parent, std::string_view name, bool array, bool companion) {
        if (array) {
            out_ += '[';
            ++depth_;
        }
        bool first = true;
        for (auto item : parent.children(name)) {
            if (!first) out_ += ',';
            if (array) line();
            first = false;
            if (companion) companion_item(item);
            else plain_item(item);
        }
        if (array) {
            --depth_;
            line();
            out_ += ']';
        }
    }

    void companion_item(Element item) {
        if (!is_complex(item) && item.has_children()) object(item);
        else out_ += "null";
    }

    void plain_item(Element item) {
        if (item.has_value()) primitive(item);
        else if (is_hollow_primitive(item)) out_ += "null";
        else object(item);
    }

    void primitive(Element item) {
        const bool bare = item.kind() == ValueKind::number || item.kind() == ValueKind::boolean;
        if (bare) out_ += item.value();
        else write_json_string(item.value(), out_);
    }

    std::string& out_;
    bool pretty_;
    int depth_ = 0;
};

} // namespace

void write_json_string(std::string_view text, std::string& out) {
    out += '"';
    std::size_t at = 0;
    while (at < text.size()) {
        const auto rest = text.substr(at);
        const auto stop = std::find_if_not(rest.begin(), rest.end(), [](char c) { return is_plain(static_cast<unsigned char>(c)); });
        const auto length = static_cast<std::size_t>(stop - rest.begin());
        out.append(rest.substr(0, length));
        at += length;
        if (at == text.size()) break;
        const auto c = static_cast<unsigned char>(text[at++]);
        switch (c) {
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        default:
            out += "\\u00";
            out += kHex[c >> 4];
            out += kHex[c & 15];
        }
    }
    out += '"';
}

std::string json_text(std::string_view text) {
    std::string out;
    write_json_string(text, out);
    return out;
}

void write_json(Element element, std::string& out, const JsonStyle& style) {
    if (element.has_value() && !element.has_children()) {
        const bool bare = element.kind() == ValueKind::number || element.kind() == ValueKind::boolean;
        if (bare) out += element.value();
        else write_json_string(element.value(), out);
        return;
    }
    Writer(out, style.pretty).object(element);
}

void write_json_members(Element element, std::span<const std::string_view> left_out, std::string& out) {
    Writer(out, false).members(element, left_out);
}

std::string write_json(Element element, const JsonStyle& style) {
    std::string out;
    write_json(element, out, style);
    return out;
}

} // namespace huitong::fhir
