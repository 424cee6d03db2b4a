#include "adapters/hl7v2/er7.hpp"

#include "adapters/hl7v2/syntax.hpp"

#include <charconv>
#include <map>

namespace huitong::adapters::hl7v2 {
namespace {

constexpr unsigned kPositionsMax = 200; ///< fields of a segment, components of a field: more is a slip of the map

/// "PID-3" in PID is 3, "c4" is 4; 0 for any other name.
unsigned number_behind(std::string_view name, std::string_view prefix) {
    unsigned out = 0;
    if (!name.starts_with(prefix)) return 0;
    const auto digits = name.substr(prefix.size());
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return failure == std::errc() && end == digits.data() + digits.size() && out <= kPositionsMax ? out : 0;
}

/// As HL7 table 0211 calls it.
std::string_view name_of(Charset charset) {
    switch (charset) {
    case Charset::utf8: return "UNICODE UTF-8";
    case Charset::gb18030: return "GB 18030-2000";
    case Charset::big5: return "BIG-5";
    case Charset::latin1: return "8859/1";
    case Charset::utf16le:
    case Charset::utf16be: return "UNICODE UTF-16";
    case Charset::ascii: break;
    }
    return "ASCII";
}

class Er7Writer {
public:
    explicit Er7Writer(Charset charset) : charset_(charset) {}

    std::string write(fhir::Element message) {
        add_all(message);
        return std::move(out_);
    }

private:
    static bool is_segment(fhir::Element element) {
        const auto prefix = std::string(element.name()) + "-";
        for (const auto field : element.children()) {
            if (number_behind(field.name(), prefix) > 0) return true;
        }
        return false;
    }

    void add_all(fhir::Element group) {
        for (const auto child : group.children()) {
            if (is_segment(child)) add_segment(child);
            else add_all(child);
        }
    }

    void add_segment(fhir::Element segment) {
        const auto prefix = std::string(segment.name()) + "-";
        std::map<unsigned, std::string> fields;
        for (const auto field : segment.children()) {
            const auto position = number_behind(field.name(), prefix);
            if (position == 0) continue;
            auto& text = fields[position];
            if (!text.empty()) text += marks_.repetition;
            text += parts(field, marks_.component, "c");
        }
        const bool is_header = segment.name() == "MSH";
        out_ += segment.name();
        unsigned position = 0;
        if (is_header) {
            out_ += {marks_.field, marks_.component, marks_.repetition, marks_.escape, marks_.subcomponent};
            fields.erase(1);
            fields.erase(2);
            // Whatever the map says, MSH-18 is true of the bytes. HL7 v2.5.1, §2.15.9.18.
            if (charset_ != Charset::utf8 || fields.contains(kCharsetField)) fields[kCharsetField] = name_of(charset_);
            position = 2;
        }
        for (const auto& [at, text] : fields) {
            for (; position < at; ++position) out_ += marks_.field;
            out_ += text;
        }
        out_ += '\r';
    }

    /// Components of a field ("c") or sub-components of a component ("s"); the value where there are none.
    std::string parts(fhir::Element element, char separator, std::string_view letter) const {
        std::map<unsigned, std::string> pieces;
        for (const auto child : element.children()) {
            const auto position = number_behind(child.name(), letter);
            if (position == 0) continue;
            const bool is_component = letter == "c" && child.has_children();
            pieces[position] = is_component ? parts(child, marks_.subcomponent, "s") : escape(child.value(), marks_);
        }
        // `""` deletes: it is no text to be escaped.
        if (pieces.empty()) return element.value() == "\"\"" ? "\"\"" : escape(element.value(), marks_);
        std::string out;
        unsigned position = 1;
        for (const auto& [at, text] : pieces) {
            for (; position < at; ++position) out += separator;
            out += text;
        }
        return out;
    }

    static constexpr unsigned kCharsetField = 18;
    Charset charset_;
    Delimiters marks_;
    std::string out_;
};

} // namespace

Parsed<std::string> write_er7(fhir::Element message, Charset charset) {
    Parsed<std::string> out;
    const auto text = Er7Writer(charset).write(message);
    if (!text.starts_with("MSH|")) out.issues.add(error(IssueCode::required, "MSH", "v2-write-no-header"));
    auto encoded = from_utf8(text, charset);
    out.value = std::move(encoded.value);
    out.issues.add(std::move(encoded.issues));
    return out;
}

} // namespace huitong::adapters::hl7v2
