#include "adapters/cda/narrative.hpp"

#include "base/xml_text.hpp"

#include <algorithm>
#include <string_view>

namespace huitong::adapters::cda {
namespace {

struct Tag {
    std::string_view cda, html;
    bool is_block; ///< begins a line of plain text
};
constexpr Tag kTags[] = {
    {"paragraph", "p", true}, {"item", "li", true}, {"table", "table", true}, {"thead", "thead", true},   {"tbody", "tbody", true},
    {"tfoot", "tfoot", true}, {"tr", "tr", true},   {"td", "td", false},      {"th", "th", false},        {"sub", "sub", false},
    {"sup", "sup", false},    {"list", "ul", true}, {"linkHtml", "a", false}, {"content", "span", false}, {"footnote", "span", false},
    {"div", "div", true},     {"p", "p", true},
};

std::string_view local_name(pugi::xml_node node) {
    const std::string_view name = node.name();
    const auto colon = name.find(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

const Tag* tag_of(std::string_view name) {
    const auto found = std::find_if(std::begin(kTags), std::end(kTags), [name](const Tag& tag) { return tag.cda == name; });
    return found == std::end(kTags) ? nullptr : found;
}

bool is_words(pugi::xml_node node) { return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata; }

bool is_harmless(std::string_view link) {
    return link.starts_with("http://") || link.starts_with("https://") || link.starts_with("mailto:") || link.starts_with('#');
}

class Html {
public:
    std::string text;

    void children(pugi::xml_node node) {
        for (const auto child : node.children()) {
            if (is_words(child)) text += xml_text(child.value());
            else if (child.type() == pugi::node_element) element(child);
        }
    }

private:
    void element(pugi::xml_node node) {
        const auto name = local_name(node);
        if (name == "br") {
            text += "<br/>";
        } else if (name == "caption") {
            caption(node);
        } else if (name == "col" || name == "colgroup" || name == "renderMultiMedia" || name == "footnoteRef") {
            // Layout, and pictures that stand as entries.
        } else if (name == "list") {
            list(node);
        } else {
            const auto* tag = tag_of(name);
            wrapped(node, tag ? tag->html : "span");
        }
    }

    void caption(pugi::xml_node node) { wrapped(node, local_name(node.parent()) == "table" ? "caption" : "b"); }

    /// A list's caption may not stand inside of `ul`.
    void list(pugi::xml_node node) {
        const std::string_view tag = std::string_view(node.attribute("listType").value()) == "ordered" ? "ol" : "ul";
        for (const auto child : node.children()) {
            if (local_name(child) == "caption") wrapped(child, "p");
        }
        text.append("<").append(tag).append(">");
        for (const auto child : node.children()) {
            if (child.type() == pugi::node_element && local_name(child) != "caption") wrapped(child, "li");
        }
        text.append("</").append(tag).append(">");
    }

    void wrapped(pugi::xml_node node, std::string_view tag) {
        text.append("<").append(tag);
        for (const auto* name : {"colspan", "rowspan"}) {
            if ((tag == "td" || tag == "th") && node.attribute(name)) attribute(name, node.attribute(name).value());
        }
        if (const std::string_view link = node.attribute("href").value(); tag == "a" && is_harmless(link)) attribute("href", link);
        text += ">";
        children(node);
        text.append("</").append(tag).append(">");
    }

    void attribute(std::string_view name, std::string_view value) {
        text.append(" ").append(name).append("=\"");
        text += xml_text(value);
        text += '"';
    }
};

class Words {
public:
    std::string text;

    void children(pugi::xml_node node) {
        for (const auto child : node.children()) {
            if (is_words(child)) words(child.value());
            else if (child.type() == pugi::node_element) element(child);
        }
    }

private:
    void element(pugi::xml_node node) {
        const auto name = local_name(node);
        const auto* tag = tag_of(name);
        if (name == "br" || (tag && tag->is_block)) line();
        if (name == "td" || name == "th") pending_ = true;
        children(node);
        if (tag && tag->is_block) line();
    }

    void line() {
        if (!text.empty() && text.back() != '\n') text += '\n';
        pending_ = false;
    }

    void words(std::string_view piece) {
        for (const char c : piece) {
            if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
                pending_ = true;
                continue;
            }
            if (pending_ && !text.empty() && text.back() != '\n') text += ' ';
            pending_ = false;
            text += c;
        }
    }

    bool pending_ = false;
};

} // namespace

std::string plain_text(pugi::xml_node block) {
    Words out;
    out.children(block);
    while (!out.text.empty() && out.text.back() == '\n') out.text.pop_back();
    return std::move(out.text);
}

std::string narrative_html(pugi::xml_node block) {
    if (plain_text(block).empty()) return {};
    Html out;
    out.text = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";
    out.children(block);
    return out.text + "</div>";
}

} // namespace huitong::adapters::cda
