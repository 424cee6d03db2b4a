#include "signature/canonical.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace huitong::signature {
namespace {

/// What is declared at once at any place: far more than documents need, and few enough to be carried along.
constexpr std::size_t kNamespacesMax = 64;
constexpr std::string_view kXmlNamespace = "http://www.w3.org/XML/1998/namespace";

std::string_view prefix_of(std::string_view name) {
    const auto colon = name.find(':');
    return colon == name.npos ? std::string_view() : name.substr(0, colon);
}

bool is_declaration(std::string_view name) { return name == "xmlns" || name.starts_with("xmlns:"); }
std::string_view declared_prefix(std::string_view name) { return name == "xmlns" ? std::string_view() : name.substr(6); }

/// Prefixes and what they mean; one that means "" is not declared any more.
using Bindings = std::map<std::string_view, std::string_view>;

std::string_view meaning(const Bindings& bindings, std::string_view prefix) {
    if (prefix == "xml") return kXmlNamespace;
    const auto found = bindings.find(prefix);
    return found == bindings.end() ? std::string_view() : found->second;
}

bool declares(pugi::xml_node element) {
    const auto attributes = element.attributes();
    return std::any_of(attributes.begin(), attributes.end(), [](pugi::xml_attribute one) { return is_declaration(one.name()); });
}

void declare(pugi::xml_node element, Bindings& bindings) {
    for (const auto attribute : element.attributes()) {
        if (is_declaration(attribute.name())) bindings[declared_prefix(attribute.name())] = attribute.value();
    }
}

/// What is declared around an element, from the outside in.
Bindings declared_around(pugi::xml_node element) {
    Bindings out;
    std::vector<pugi::xml_node> around;
    for (auto at = element.parent(); at.type() == pugi::node_element; at = at.parent()) around.push_back(at);
    for (auto at = around.rbegin(); at != around.rend(); ++at) declare(*at, out);
    return out;
}

class Writer {
public:
    Writer(const CanonicalForm& form, pugi::xml_node left_out) : form_(form), left_out_(left_out) {}

    std::string take() { return std::move(out_); }

    void document(pugi::xml_node document) {
        bool is_behind = false; // of the root
        for (const auto child : document.children()) {
            if (child == left_out_) continue;
            if (child.type() == pugi::node_element) {
                element(child, {}, {});
                is_behind = true;
            } else if (child.type() == pugi::node_pi) {
                if (is_behind) out_ += '\n';
                instruction(child);
                if (!is_behind) out_ += '\n';
            }
        }
    }

    void apex(pugi::xml_node apex) { element(apex, declared_around(apex), {}, true); }

private:
    void element(pugi::xml_node node, const Bindings& around, const Bindings& written, bool is_apex = false) {
        // Copied only where something changes: documents declare what they need at their root.
        Bindings own, newly_written;
        const auto* now = &written;
        const bool changes = declares(node);
        if (changes) {
            own = around;
            declare(node, own);
        }
        const auto& scope = changes ? own : around;
        out_.append("<").append(node.name());
        for (const auto prefix : wanted_prefixes(node, scope)) {
            const auto uri = meaning(scope, prefix);
            if (uri == meaning(*now, prefix)) continue; // for the default one: "" when nothing was written
            if (now == &written) newly_written = written;
            now = &newly_written;
            newly_written[prefix] = uri;
            out_.append(prefix.empty() ? " xmlns" : " xmlns:").append(prefix).append("=\"");
            attribute_text(uri);
            out_ += '"';
        }
        attributes(node, scope, is_apex);
        out_ += '>';
        for (const auto child : node.children()) {
            if (child == left_out_) continue;
            if (child.type() == pugi::node_element) element(child, scope, *now);
            else if (child.type() == pugi::node_pi) instruction(child);
            else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) content_text(child.value());
        }
        out_.append("</").append(node.name()).append(">");
    }

    /// In their order. Exclusive: those that the element and its attributes use, and those of the list.
    std::set<std::string_view> wanted_prefixes(pugi::xml_node node, const Bindings& scope) const {
        std::set<std::string_view> out;
        if (form_.is_exclusive) {
            out.insert(prefix_of(node.name()));
            for (const auto attribute : node.attributes()) {
                const auto prefix = prefix_of(attribute.name());
                if (!prefix.empty() && !is_declaration(attribute.name())) out.insert(prefix);
            }
            for (const std::string_view prefix : form_.prefixes) {
                if (scope.contains(prefix)) out.insert(prefix);
            }
        } else {
            for (const auto& [prefix, uri] : scope) out.insert(prefix);
        }
        out.erase("xml");
        return out;
    }

    /// By namespace, then by local name; the inclusive form takes xml: attributes over from around its apex.
    void attributes(pugi::xml_node node, const Bindings& scope, bool is_apex) {
        std::map<std::tuple<std::string_view, std::string_view>, pugi::xml_attribute> sorted;
        const auto add = [&](pugi::xml_attribute attribute) {
            const std::string_view name = attribute.name();
            const auto prefix = prefix_of(name);
            sorted.try_emplace({prefix.empty() ? std::string_view() : meaning(scope, prefix), local_name(name)}, attribute);
        };
        for (const auto attribute : node.attributes()) {
            if (!is_declaration(attribute.name())) add(attribute);
        }
        for (auto at = node.parent(); is_apex && !form_.is_exclusive && at.type() == pugi::node_element; at = at.parent()) {
            for (const auto attribute : at.attributes()) {
                if (std::string_view(attribute.name()).starts_with("xml:")) add(attribute);
            }
        }
        for (const auto& [key, attribute] : sorted) {
            out_.append(" ").append(attribute.name()).append("=\"");
            attribute_text(attribute.value());
            out_ += '"';
        }
    }

    void instruction(pugi::xml_node node) {
        out_.append("<?").append(node.name());
        if (*node.value() != '\0') out_.append(" ").append(node.value());
        out_ += "?>";
    }

    void attribute_text(std::string_view text) {
        for (const char c : text) {
            switch (c) {
            case '&': out_ += "&amp;"; break;
            case '<': out_ += "&lt;"; break;
            case '"': out_ += "&quot;"; break;
            case '\t': out_ += "&#x9;"; break;
            case '\n': out_ += "&#xA;"; break;
            case '\r': out_ += "&#xD;"; break;
            default: out_ += c;
            }
        }
    }

    void content_text(std::string_view text) {
        for (const char c : text) {
            switch (c) {
            case '&': out_ += "&amp;"; break;
            case '<': out_ += "&lt;"; break;
            case '>': out_ += "&gt;"; break;
            case '\r': out_ += "&#xD;"; break;
            default: out_ += c;
            }
        }
    }

    const CanonicalForm& form_;
    pugi::xml_node left_out_;
    std::string out_;
};

/// No attribute twice, no prefix without a meaning (pugixml lets both pass), not too many prefixes.
bool is_exact(pugi::xml_node node, const Bindings& around) {
    Bindings own;
    const bool changes = declares(node);
    if (changes) {
        own = around;
        declare(node, own);
    }
    const auto& scope = changes ? own : around;
    if (scope.size() > kNamespacesMax) return false;
    const auto is_known = [&](std::string_view name) {
        const auto prefix = prefix_of(name);
        return prefix.empty() || !meaning(scope, prefix).empty();
    };
    if (!is_known(node.name())) return false;
    std::set<std::string_view> names;
    std::set<std::tuple<std::string_view, std::string_view>> meant;
    for (const auto attribute : node.attributes()) {
        const std::string_view name = attribute.name();
        if (!names.insert(name).second) return false;
        if (is_declaration(name)) continue;
        if (!is_known(name)) return false;
        const auto prefix = prefix_of(name);
        if (!prefix.empty() && !meant.emplace(meaning(scope, prefix), local_name(name)).second) return false;
    }
    const auto children = node.children();
    return std::all_of(children.begin(), children.end(),
                       [&](pugi::xml_node child) { return child.type() != pugi::node_element || is_exact(child, scope); });
}

} // namespace

std::optional<CanonicalForm> canonical_form_of(std::string_view algorithm) {
    CanonicalForm out;
    out.is_exclusive = algorithm == "http://www.w3.org/2001/10/xml-exc-c14n#";
    if (!out.is_exclusive && algorithm != "http://www.w3.org/TR/2001/REC-xml-c14n-20010315") return std::nullopt;
    return out;
}

bool read_exact(std::string_view text, pugi::xml_document& out) {
    constexpr unsigned kExact =
        pugi::parse_pi | pugi::parse_cdata | pugi::parse_escapes | pugi::parse_wconv_attribute | pugi::parse_eol | pugi::parse_ws_pcdata;
    return out.load_buffer(text.data(), text.size(), kExact, pugi::encoding_utf8) && out.document_element() &&
           is_exact(out.document_element(), {});
}

std::string write_canonical(pugi::xml_node apex, const CanonicalForm& form, pugi::xml_node left_out) {
    Writer writer(form, left_out);
    if (apex.type() == pugi::node_document) writer.document(apex);
    else writer.apex(apex);
    return writer.take();
}

std::string_view local_name(std::string_view name) {
    const auto colon = name.find(':');
    return colon == name.npos ? name : name.substr(colon + 1);
}

std::string_view namespace_of(pugi::xml_node element) {
    const auto prefix = prefix_of(element.name());
    if (prefix == "xml") return kXmlNamespace;
    const std::string name = prefix.empty() ? std::string("xmlns") : "xmlns:" + std::string(prefix);
    for (auto at = element; at.type() == pugi::node_element; at = at.parent()) {
        if (const auto attribute = at.attribute(name.c_str())) return attribute.value();
    }
    return {};
}

} // namespace huitong::signature
