#include "validation/narrative.hpp"

#include "base/limits.hpp"
#include "fhir/xml_scan.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <set>

namespace huitong::validation {
namespace {

using Names = std::set<std::string_view>;

const Names& permitted_elements() {
    static const Names kNames{
        "div", "p",   "br",    "span",    "b",          "i",   "u",     "em",    "strong",  "small",   "big", "tt",  "sub", "sup",
        "a",   "img", "pre",   "code",    "blockquote", "q",   "cite",  "abbr",  "acronym", "address", "bdo", "dfn", "kbd", "samp",
        "var", "ins", "del",   "hr",      "h1",         "h2",  "h3",    "h4",    "h5",      "h6",      "ul",  "ol",  "li",  "dl",
        "dt",  "dd",  "table", "caption", "colgroup",   "col", "thead", "tbody", "tfoot",   "tr",      "th",  "td",  "map", "area"};
    return kNames;
}

const Names& permitted_attributes() {
    static const Names kNames{
        "title",   "style",   "class",    "id",      "lang",  "xml:lang",    "xml:space",   "dir",    "accesskey", "tabindex", "xmlns",
        "span",    "width",   "align",    "valign",  "char",  "charoff",     "abbr",        "axis",   "headers",   "scope",    "rowspan",
        "colspan", "summary", "border",   "frame",   "rules", "cellspacing", "cellpadding", "nowrap", "href",      "name",     "hreflang",
        "rel",     "rev",     "type",     "charset", "shape", "coords",      "src",         "alt",    "longdesc",  "height",   "usemap",
        "ismap",   "cite",    "datetime", "start",   "value", "compact",     "clear",       "size",   "noshade",   "color",    "bgcolor"};
    return kNames;
}

/// An address that a browser would run. It skips blanks and control characters, and so does this.
bool is_script(std::string_view address) {
    std::string plain;
    for (const char c : address) {
        if (static_cast<unsigned char>(c) <= ' ') continue;
        plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    return plain.starts_with("javascript:") || plain.starts_with("vbscript:") || plain.starts_with("data:text");
}

void check(pugi::xml_node node, std::vector<NarrativeFault>& out, bool& has_content) {
    if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) {
        const std::string_view text = node.value();
        has_content = has_content || text.find_first_not_of(" \t\r\n") != text.npos;
        return;
    }
    if (node.type() != pugi::node_element) return;
    const std::string_view name = node.name();
    if (!permitted_elements().contains(name)) out.push_back({"validation-narrative-element", {std::string(name)}});
    has_content = has_content || name == "img";
    for (const auto attribute : node.attributes()) {
        const std::string_view written = attribute.name();
        const bool namespaced = written.starts_with("xmlns:");
        const bool is_permitted = namespaced || permitted_attributes().contains(written);
        if (!is_permitted || is_script(attribute.value()))
            out.push_back({"validation-narrative-attribute", {std::string(written), std::string(name)}});
    }
    for (const auto child : node.children()) check(child, out, has_content);
}

} // namespace

bool load_narrative(std::string_view div, pugi::xml_document& document) {
    if (fhir::scan_xml(div).depth > Limits{}.xml_depth_max) return false;
    return static_cast<bool>(document.load_buffer(div.data(), div.size(), pugi::parse_default | pugi::parse_fragment, pugi::encoding_utf8));
}

std::vector<NarrativeFault> narrative_faults(std::string_view div) {
    std::vector<NarrativeFault> out;
    pugi::xml_document document;
    const bool is_loaded = load_narrative(div, document);
    const auto root = document.first_child();
    const bool one_div = is_loaded && root && std::string_view(root.name()) == "div" && !root.next_sibling();
    if (!one_div) return {{"validation-narrative-div", {}}};
    const std::string_view space = root.attribute("xmlns").value();
    if (space != "http://www.w3.org/1999/xhtml") out.push_back({"validation-narrative-namespace", {}});
    bool has_content = false;
    check(root, out, has_content);
    if (!has_content) out.push_back({"validation-narrative-empty", {}});
    return out;
}

} // namespace huitong::validation
