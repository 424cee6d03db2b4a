#include "adapters/cda/xml_writer.hpp"

#include "base/xml_text.hpp"

#include <algorithm>

namespace huitong::adapters::cda {
namespace {

using fhir::Element;

constexpr std::string_view kAttributes[] = {
    "ITSVersion",
    "classCode",
    "code",
    "codeSystem",
    "codeSystemName",
    "codeSystemVersion",
    "contextConductionInd",
    "contextControlCode",
    "currency",
    "determinerCode",
    "displayName",
    "extension",
    "inclusive",
    "institutionSpecified",
    "inversionInd",
    "mediaType",
    "moodCode",
    "negationInd",
    "nullFlavor",
    "operator",
    "representation",
    "root",
    "typeCode",
    "unit",
    "use",
    "value",
    "xsiType",
};
static_assert(std::is_sorted(std::begin(kAttributes), std::end(kAttributes)));

bool is_attribute(Element child) {
    return !child.has_children() && child.has_value() && std::binary_search(std::begin(kAttributes), std::end(kAttributes), child.name());
}

bool is_written(Element child) { return !child.name().starts_with('_'); }

class Writer {
public:
    std::string take() { return std::move(out_); }

    void element(Element from, std::string_view name, std::string_view declarations, int depth) {
        out_.append(2 * static_cast<std::size_t>(depth), ' ').append("<").append(name).append(declarations);
        bool has_elements = false;
        for (const auto child : from.children()) {
            if (!is_written(child)) continue;
            if (is_attribute(child)) attribute(child);
            else has_elements = true;
        }
        if (!has_elements && !from.has_value()) {
            out_ += "/>\n";
            return;
        }
        out_ += '>';
        if (from.has_value()) out_ += xml_text(from.value());
        if (has_elements) {
            out_ += '\n';
            for (const auto child : from.children()) {
                if (is_written(child) && !is_attribute(child)) element(child, child.name(), {}, depth + 1);
            }
            out_.append(2 * static_cast<std::size_t>(depth), ' ');
        }
        out_.append("</").append(name).append(">\n");
    }

private:
    void attribute(Element child) {
        out_.append(" ").append(child.name() == "xsiType" ? "xsi:type" : child.name()).append("=\"").append(xml_text(child.value())) += '"';
    }

    std::string out_;
};

} // namespace

Parsed<std::string> write_xml(Element root, Charset charset) {
    Writer writer;
    writer.element(root, root.type(), R"( xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance")", 0);
    const auto text = "<?xml version=\"1.0\" encoding=\"" + std::string(charset_text(charset)) + "\"?>\n" + writer.take();
    if (charset != Charset::utf8) return from_utf8(text, charset);
    Parsed<std::string> out;
    out.value = text;
    return out;
}

} // namespace huitong::adapters::cda
