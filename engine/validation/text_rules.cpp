#include "validation/text_rules.hpp"

#include "validation/narrative.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <cctype>
#include <set>

namespace huitong::validation {
namespace {

void collect(pugi::xml_node node, std::set<std::string>& anchors, std::set<std::string>& links) {
    for (const auto name : {"id", "name"}) {
        if (const std::string_view anchor = node.attribute(name).value(); !anchor.empty()) anchors.emplace(anchor);
    }
    const std::string_view link = node.attribute("href").value();
    if (std::string_view(node.name()) == "a" && link.size() > 1 && link.front() == '#') links.emplace(link.substr(1));
    for (const auto child : node.children()) collect(child, anchors, links);
}

bool has_id(fhir::Element element, std::string_view id) {
    if (element.text("id") == id) return true;
    return std::any_of(element.children().begin(), element.children().end(), [&](fhir::Element child) { return has_id(child, id); });
}

} // namespace

bool looks_like_html(std::string_view text) {
    for (auto at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
        const auto next = at + 1 < text.size() ? text[at + 1] : ' ';
        const auto after = next == '/' && at + 2 < text.size() ? text[at + 2] : next;
        if (!std::isalpha(static_cast<unsigned char>(after))) continue;
        if (text.find('>', at) != text.npos) return true;
    }
    return false;
}

bool has_language_sections(std::string_view div) {
    pugi::xml_document document;
    if (!load_narrative(div, document)) return false;
    for (const auto part : document.first_child().children("div")) {
        if (part.attribute("lang") || part.attribute("xml:lang")) return true;
    }
    return false;
}

bool has_part_without_source(std::string_view div) {
    pugi::xml_document document;
    if (!load_narrative(div, document)) return false;
    for (const auto part : document.first_child().children()) {
        if (part.type() == pugi::node_element) {
            const std::string_view source = part.attribute("class").value();
            if (source != "boilerplate" && source != "generated" && source != "original") return true;
        } else if (part.type() == pugi::node_pcdata) {
            if (std::string_view(part.value()).find_first_not_of(" \t\r\n") != std::string_view::npos) return true;
        }
    }
    return false;
}

std::vector<std::string> dangling_links(std::string_view div, fhir::Element resource) {
    pugi::xml_document document;
    if (!load_narrative(div, document)) return {};
    std::set<std::string> anchors;
    std::set<std::string> links;
    collect(document.root(), anchors, links);
    std::vector<std::string> out;
    for (const auto& link : links) {
        if (!anchors.contains(link) && !has_id(resource, link)) out.push_back(link);
    }
    return out;
}

} // namespace huitong::validation
