#include "adapters/cda/document.hpp"

#include "adapters/cda/narrative.hpp"
#include "adapters/cda/touching_attributes.hpp"
#include "base/sha256.hpp"
#include "fhir/xml_scan.hpp"
#include "signature/canonical.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <map>

namespace huitong::adapters::cda {
namespace {

using fhir::NodeIndex;
using fhir::ValueKind;

/// What an entry, a component or a relationship may hold: CDA R2, clinical statements.
constexpr std::string_view kStatements[] = {"act",       "encounter", "observation",      "observationMedia",
                                            "organizer", "procedure", "regionOfInterest", "substanceAdministration",
                                            "supply"};

constexpr std::size_t kReferencedFree = 1 << 20, kReferencedTimesMax = 4;

using signature::local_name;

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    return begin == text.npos ? std::string_view() : text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// Around elements a run of blanks is one blank; text alone stays as it is inside.
std::string blanks_collapsed(std::string_view text, bool is_mixed) {
    if (!is_mixed) return std::string(trimmed(text));
    std::string out;
    for (const char c : trimmed(text)) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!is_blank) out += c;
        else if (out.back() != ' ') out += ' ';
    }
    return out;
}

/// What nobody signed stands in signatures too (XML Signature §4.5): nothing in them is of the document.
bool is_signature(pugi::xml_node node) {
    return local_name(node.name()) == "Signature" && signature::namespace_of(node) == signature::kSignatureNamespace;
}

/// Names that the hub adds begin so. From outside they would speak in its name: `_signed="verified"`.
bool is_ours(std::string_view name) { return local_name(name).starts_with('_'); }

bool is_statement(std::string_view name) {
    return std::find(std::begin(kStatements), std::end(kStatements), name) != std::end(kStatements);
}

class Reader {
public:
    explicit Reader(fhir::Document& document) : document_(document) {}

    void root(pugi::xml_node node, const std::string& fingerprint) {
        collect_pieces(node);
        document_.set_root(document_.intern(local_name(node.name())));
        document_.node(0).source = tag_span(node);
        added("_fingerprint", fingerprint);
        contents(node, 0);
        const auto role = document_.root()["recordTarget.patientRole"];
        const auto number = role ? personal_number(role) : std::string_view();
        if (!number.empty()) added("_person", sha256_hex(std::string(number) + '\n' + words_below(role["patient.name"])).substr(0, 32));
    }

    /// A document in which statements point at more of the narrative than a few times all that it holds.
    bool is_costly() const { return referenced_ > kReferencedFree + kReferencedTimesMax * document_.text().size(); }

    Outcome issues;

private:
    bool leaves_out(std::string_view name) {
        if (!is_ours(name)) return false;
        if (issues.empty()) issues.add(warning(IssueCode::structure, "", "cda-name-of-ours", {std::string(local_name(name))}));
        return true;
    }

    void added(std::string_view name, std::string_view value) {
        const auto child = document_.add_child(0, name, false);
        document_.set_value(child, ValueKind::text, document_.copy(value));
        document_.node(child).source = document_.node(0).source;
    }

    /// The citizen's number, else the health card's; dashes are none.
    static std::string_view personal_number(fhir::Element role) {
        constexpr std::string_view kHealthCard = "2.16.156.10011.1.19";
        const auto is_number = [](std::string_view text) { return text.find_first_of("0123456789") != text.npos; };
        if (const auto person = role.child("patient")) {
            for (const auto id : person.children("id")) {
                if (is_number(id.text("extension"))) return id.text("extension");
            }
        }
        for (const auto id : role.children("id")) {
            if (id.text("root") == kHealthCard && is_number(id.text("extension"))) return id.text("extension");
        }
        return {};
    }

    /// All words of a name, whatever its parts.
    static std::string words_below(fhir::Element element) {
        std::string out;
        if (!element) return out;
        out = element.value();
        for (const auto child : element.children()) out += words_below(child);
        return out;
    }

    std::uint32_t begin_of(pugi::xml_node node) const {
        return static_cast<std::uint32_t>(std::max<std::ptrdiff_t>(1, node.offset_debug()) - 1);
    }

    /// Of the start tag alone: what the value came from stands in it, or in a child.
    Span tag_span(pugi::xml_node node) const {
        const auto begin = begin_of(node);
        const auto end = document_.text().find('>', begin);
        return {begin, static_cast<std::uint32_t>(end == std::string_view::npos ? begin : end + 1)};
    }

    /// Pieces of the narrative that entries point at by `#id`.
    void collect_pieces(pugi::xml_node node) {
        for (const auto child : node.children()) {
            if (is_signature(child)) continue;
            if (const std::string_view id = child.attribute("ID").value(); !id.empty()) pieces_.emplace(id, child);
            collect_pieces(child);
        }
    }

    void contents(pugi::xml_node from, NodeIndex parent) {
        attributes(from, parent);
        if (is_statement(local_name(from.name()))) number(parent);
        bool has_elements = false;
        std::string words;
        for (const auto child : from.children()) {
            if (child.type() == pugi::node_element) {
                has_elements = true;
                if (!is_signature(child) && !leaves_out(child.name())) element(child, parent);
                if (!words.empty()) words += ' ';
            } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
                // What a comment parts belongs together: comments are signed by nobody.
                words += child.value();
            }
        }
        words = blanks_collapsed(words, has_elements);
        const auto kept = words.empty() && has_elements ? referenced_text(from) : document_.copy(words);
        if (!kept.empty()) document_.set_value(parent, ValueKind::text, kept);
    }

    void attributes(pugi::xml_node from, NodeIndex parent) {
        auto rest =
            document_.node(parent).source; // of the tag: attributes come in its order, so none is looked for from the beginning again
        for (const auto attribute : from.attributes()) {
            const std::string_view name = attribute.name();
            if (name.starts_with("xmlns") || name.ends_with(":schemaLocation") || leaves_out(name)) continue;
            const bool is_type = name.ends_with(":type");
            std::string_view value = trimmed(attribute.value());
            if (is_type) value = local_name(value);
            if (value.empty()) continue;
            const auto child = document_.add_child(parent, is_type ? "xsiType" : document_.intern(local_name(name)), false);
            document_.set_value(child, ValueKind::text, document_.copy(value));
            document_.node(child).source = attribute_span(rest, name);
        }
    }

    /// `rest` of a tag afterwards begins behind the value that was found; not found: it is used up.
    Span attribute_span(Span& rest, std::string_view name) const {
        const auto text = document_.text().substr(rest.begin, rest.end - rest.begin);
        const auto begin = rest.begin;
        for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
            const auto open = text.find_first_not_of(" \t\r\n=", at + name.size());
            if (open == text.npos || (text[open] != '"' && text[open] != '\'') || at == 0 || text[at - 1] > ' ') continue;
            const auto close = std::min(text.find(text[open], open + 1), text.size());
            rest.begin = static_cast<std::uint32_t>(begin + close);
            return {static_cast<std::uint32_t>(begin + open + 1), rest.begin};
        }
        rest.begin = rest.end;
        return {begin, rest.end};
    }

    void number(NodeIndex statement) {
        const auto child = document_.add_child(statement, "_position", false);
        document_.set_value(child, ValueKind::text, document_.copy(std::to_string(++statements_)));
        document_.node(child).source = document_.node(statement).source;
    }

    void element(pugi::xml_node node, NodeIndex parent) {
        const auto name = document_.intern(local_name(node.name()));
        const auto child = document_.add_child(parent, name, false);
        document_.node(child).source = tag_span(node);
        if (name == "text" && local_name(node.parent().name()) == "section") return narrative(node, child);
        contents(node, child);
    }

    void narrative(pugi::xml_node node, NodeIndex text) {
        const auto words = plain_text(node);
        if (words.empty()) return;
        document_.set_value(text, ValueKind::text, document_.copy(words));
        const auto html = document_.add_child(text, "div", false);
        document_.set_value(html, ValueKind::text, document_.copy(narrative_html(node)));
        document_.node(html).source = document_.node(text).source;
    }

    /// Kept once, however many statements point at it. What they get in all is bounded too: each of them will hold it in the record.
    std::string_view referenced_text(pugi::xml_node node) {
        for (const auto child : node.children()) {
            const std::string_view target = child.attribute("value").value();
            if (local_name(child.name()) != "reference" || !target.starts_with('#')) continue;
            const auto found = pieces_.find(target.substr(1));
            if (found == pieces_.end()) continue;
            auto& words = words_of_pieces_[found->first];
            if (!words) words = document_.copy(plain_text(found->second));
            referenced_ += words->size();
            return is_costly() ? std::string_view() : *words;
        }
        return {};
    }

    fhir::Document& document_;
    std::map<std::string_view, pugi::xml_node> pieces_;
    std::map<std::string_view, std::optional<std::string_view>> words_of_pieces_;
    std::size_t referenced_ = 0; ///< bytes that statements got from the narrative
    std::size_t statements_ = 0;
};

/// The name in `<?xml … encoding="…"?>`.
std::string_view declared_encoding(std::string_view bytes) {
    const auto declaration = bytes.substr(0, bytes.find("?>"));
    if (declaration.size() == bytes.size() || declaration.find("<?xml") == declaration.npos) return {};
    const auto at = declaration.find("encoding");
    const auto open = at == declaration.npos ? at : declaration.find_first_of("\"'", at);
    if (open == declaration.npos) return {};
    return declaration.substr(open + 1, declaration.find(declaration[open], open + 1) - open - 1);
}

TextPosition position_of(std::string_view text, std::ptrdiff_t offset) {
    const auto before = text.substr(0, static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, offset)));
    const auto row = before.rfind('\n');
    return TextPosition{"", 1 + static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n')),
                        static_cast<std::uint32_t>(before.size() - (row == before.npos ? 0 : row + 1)) + 1};
}

} // namespace

Charset document_charset(std::string_view bytes, std::string_view setting) {
    if (const auto named = read_charset(setting); named && !setting.empty()) return *named;
    if (bytes.starts_with("\xEF\xBB\xBF")) return Charset::utf8;
    if (bytes.starts_with("\xFF\xFE")) return Charset::utf16le;
    if (bytes.starts_with("\xFE\xFF")) return Charset::utf16be;
    const auto looks_like = guess_charset(bytes);
    const auto declared = read_charset(declared_encoding(bytes));
    // Many a sender writes the declaration of a template and the bytes of its own system.
    if (declared == Charset::utf8 && looks_like == Charset::gb18030) return Charset::gb18030;
    return declared ? *declared : looks_like;
}

Parsed<fhir::DocumentPtr> read_document(std::string_view bytes, std::string_view charset, const Limits& limits) {
    Parsed<fhir::DocumentPtr> out;
    auto text = to_utf8(bytes, document_charset(bytes, charset));
    out.issues = std::move(text.issues);
    out.value = std::make_shared<fhir::Document>();
    auto& document = *out.value;
    document.set_text(document.keep(std::move(text.value)));
    const auto scan = fhir::scan_xml(document.text());
    if (scan.has_doctype) out.issues.add(error(IssueCode::structure, "", "xml-doctype"));
    if (scan.depth > limits.xml_depth_max)
        out.issues.add(error(IssueCode::structure, "", "xml-depth-max", {std::to_string(limits.xml_depth_max)}));
    if (out.issues.has_errors()) return out;
    pugi::xml_document parsed;
    const auto parse = [&] {
        return parsed.load_buffer(document.text().data(), document.text().size(), pugi::parse_default, pugi::encoding_utf8);
    };
    auto result = parse();
    if (result.status == pugi::status_bad_attribute) {
        document.set_text(document.keep(with_attributes_apart(document.text())));
        result = parse();
        if (result) out.issues.add(warning(IssueCode::structure, "", "cda-attributes-touch"));
    }
    const auto root = parsed.document_element();
    if (!result || !root) {
        auto issue = error(IssueCode::structure, "", "xml-syntax", {result.description()});
        issue.position = position_of(document.text(), result.offset);
        out.issues.add(std::move(issue));
        return out;
    }
    Reader reader(document);
    reader.root(root, sha256_hex(bytes));
    out.issues.add(std::move(reader.issues));
    if (reader.is_costly()) out.issues.add(error(IssueCode::too_costly, "", "cda-references-costly"));
    return out;
}

} // namespace huitong::adapters::cda
