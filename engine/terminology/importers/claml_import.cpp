/// Source: ClaML 2.0 (EN 14463), as WHO publishes ICD-10.
#include "terminology/importers/import.hpp"

#include <pugixml.hpp>

namespace huitong::terminology {
namespace {

/// The text of a label with what stands inside its marks.
std::string label_text(const pugi::xml_node& node) {
    std::string out;
    for (const auto& child : node.children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) out += child.value();
        else if (std::string_view(child.name()) != "Reference") out += label_text(child);
    }
    while (!out.empty() && std::isspace(static_cast<unsigned char>(out.back()))) out.pop_back();
    const auto begin = out.find_first_not_of(" \t\r\n");
    return begin == std::string::npos ? std::string() : out.substr(begin);
}

} // namespace

Parsed<CodeSystem> import_claml(const std::string& text, const std::string& file, const ImportSettings& settings) {
    Parsed<CodeSystem> out;
    pugi::xml_document document;
    // Entities are not resolved: a file from outside must not draw in others.
    const auto parsed = document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_cdata);
    const auto root = document.child("ClaML");
    SystemImport import(settings);
    import.declare("kind", PropertyType::code);
    if (!parsed || !root) {
        out.issues.add(error(IssueCode::invalid, file, "import-xml", {file}));
    } else if (import.system.title.empty()) {
        import.system.title = import.system.name = root.child("Title").attribute("name").value();
        if (import.system.version.empty()) import.system.version = root.child("Title").attribute("version").value();
    }
    for (const auto& one : root.children("Class")) {
        ConceptDraft draft;
        draft.code = one.attribute("code").value();
        for (const auto& above : one.children("SuperClass")) draft.parents.emplace_back(above.attribute("code").value());
        draft.properties.push_back({"kind", one.attribute("kind").value(), PropertyType::code});
        for (const auto& rubric : one.children("Rubric")) {
            const std::string_view kind = rubric.attribute("kind").value();
            for (const auto& label : rubric.children("Label")) {
                auto words = label_text(label);
                if (kind == "preferred" && draft.display.empty()) draft.display = std::move(words);
                else if (kind == "definition" && draft.definition.empty()) draft.definition = std::move(words);
                else if (kind == "preferred" || kind == "preferredLong" || kind == "inclusion")
                    draft.designations.push_back({label.attribute("xml:lang").value(), "", "", "", std::move(words), ""});
            }
        }
        if (!draft.code.empty()) import.add(draft);
    }
    out.value = import.finish();
    return out;
}

} // namespace huitong::terminology
