#include "fhir/xml.hpp"

#include "fhir/xml_narrative.hpp"

#include <algorithm>

namespace huitong::fhir {
namespace {

void escape(std::string_view text, std::string& out) {
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\n': out += "&#xA;"; break; // written plainly it would be read as a space
        case '\r': out += "&#xD;"; break;
        case '\t': out += "&#x9;"; break;
        default: out += c;
        }
    }
}

class XmlWriter {
public:
    XmlWriter(const Definitions& definitions, std::string& out, bool pretty) : definitions_(definitions), out_(out), pretty_(pretty) {}

    void resource(Element element, bool root) {
        line();
        out_ += '<';
        out_ += element.type();
        if (root) out_ += " xmlns=\"http://hl7.org/fhir\"";
        body(element, definitions_.type_root(element.type()), element.type());
    }

private:
    struct Child {
        Element element;
        TypedName type;
        std::uint64_t place; ///< of the declaration in the structure; unknown ones stand last, in tree order
    };

    void line() {
        if (!pretty_ || out_.empty()) return;
        out_ += '\n';
        out_.append(static_cast<std::size_t>(depth_) * 2, ' ');
    }

    std::vector<Child> ordered(Element element, const TypedName& type) const {
        std::vector<Child> out;
        for (auto child : element.children()) {
            auto typed = definitions_.child(type, child.name());
            const auto place = typed.declared ? reinterpret_cast<std::uintptr_t>(typed.declared) : ~std::uint64_t{0};
            out.push_back({child, typed, place});
        }
        std::stable_sort(out.begin(), out.end(), [](const Child& a, const Child& b) { return a.place < b.place; });
        return out;
    }

    /// Attributes and content behind an opened "<name".
    void body(Element element, const TypedName& type, std::string_view name) {
        const auto all = ordered(element, type);
        for (const auto& child : all) {
            if (child.type.declared && child.type.declared->xml_attribute) attribute(child.element.name(), child.element.value());
        }
        if (element.has_value()) attribute("value", element.value());
        const bool empty = std::all_of(all.begin(), all.end(),
                                       [](const Child& child) { return child.type.declared && child.type.declared->xml_attribute; });
        if (empty) {
            out_ += "/>";
            return;
        }
        out_ += '>';
        ++depth_;
        for (const auto& child : all) {
            if (!child.type.declared || !child.type.declared->xml_attribute) write(child);
        }
        --depth_;
        line();
        out_ += "</";
        out_ += name;
        out_ += '>';
    }

    void write(const Child& child) {
        line();
        if (child.element.name() == "div" && child.element.value().starts_with("<")) {
            add_well_formed(child.element.value(), out_);
            return;
        }
        out_ += '<';
        out_ += child.element.name();
        if (child.element.is_resource()) {
            out_ += '>';
            ++depth_;
            resource(child.element, false);
            --depth_;
            line();
            out_ += "</";
            out_ += child.element.name();
            out_ += '>';
            return;
        }
        body(child.element, child.type, child.element.name());
    }

    void attribute(std::string_view name, std::string_view value) {
        out_ += ' ';
        out_ += name;
        out_ += "=\"";
        escape(value, out_);
        out_ += '"';
    }

    const Definitions& definitions_;
    std::string& out_;
    bool pretty_;
    int depth_ = 0;
};

} // namespace

std::string write_fhir_xml(Element element, const Definitions& definitions, bool pretty) {
    std::string out;
    XmlWriter(definitions, out, pretty).resource(element, true);
    return out;
}

} // namespace huitong::fhir
