#include "mapping/sheet.hpp"

#include "mapping/lexer.hpp"
#include "mapping/sheet_rows.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

constexpr std::string_view kShared = "https://huitong.example/fhir/StructureMap/";
constexpr std::string_view kCore = "http://hl7.org/fhir/StructureDefinition/";

/// How the shared record names what identifies a resource, and its local codes (fhir-profiles/shared-record.md).
struct Numbering {
    std::string_view type, number, codes;
};
constexpr Numbering kNumberings[] = {
    {"Patient", "patient", ""},
    {"Encounter", "encounter", ""},
    {"ServiceRequest", "order", "order-item"},
    {"MedicationRequest", "order", "medication"},
    {"MedicationDispense", "dispense", "medication"},
    {"DiagnosticReport", "report", "order-item"},
    {"Observation", "result", "lab-item"},
    {"Specimen", "specimen", "specimen"},
    {"Condition", "diagnosis-entry", "diagnosis"},
    {"Procedure", "procedure", "procedure"},
    {"Immunization", "vaccination", "vaccine"},
    {"AllergyIntolerance", "allergy", "allergen"},
    {"Appointment", "appointment", "appointment"},
    {"ChargeItem", "charge", "charge-item"},
    {"DocumentReference", "document", "document"},
};

/// Where a resource names the institution that it comes from.
constexpr std::pair<std::string_view, std::string_view> kInstitution[] = {{"Patient", "managingOrganization"},
                                                                          {"Encounter", "serviceProvider"},
                                                                          {"Observation", "performer"},
                                                                          {"DiagnosticReport", "performer"},
                                                                          {"ServiceRequest", "requester"}};

Numbering numbering_of(std::string_view type) {
    for (const auto& one : kNumberings) {
        if (one.type == type) return one;
    }
    return {type, type, type};
}

std::string link_of(std::string_view type) { return "link" + std::string(type); }

/// FHIRPath wants names of columns in backticks; a sheet may leave them out.
std::string quoted_names(const std::string& formula) {
    std::string out;
    std::size_t copied = 0;
    for (const auto& token : tokenize(formula)) {
        if (token.kind != Token::Kind::identifier) continue;
        out += formula.substr(copied, token.place.offset - copied) + written_name(token.text);
        copied = token.end;
    }
    return out + formula.substr(copied);
}

/// A cell of the table, or what the sheet says in its place, as FHIRPath.
std::string formula_of(const SheetRow& row) {
    if (row.is_text()) return row.source;
    return row.is_expression() ? quoted_names(row.source) : "row." + written_name(row.source);
}

/// What must be there so that an element is written; "" when everything in it is fixed text.
std::string needs_of(const SheetNode& node) {
    std::string out;
    const auto add = [&](const std::string& one) {
        if (!one.empty()) out += (out.empty() ? "" : " or ") + one;
    };
    if (node.row && !node.row->is_text()) add("(" + formula_of(*node.row) + ").exists()");
    for (const auto& below : node.below) add(needs_of(below));
    return out;
}

class SheetCompiler {
public:
    SheetCompiler(const Sheet& sheet, const std::string& file, const fhir::Definitions& definitions)
        : sheet_(sheet), file_(file), definitions_(definitions) {}

    Parsed<std::string> compile() {
        head();
        main_group();
        for (const auto& one : sheet_.resources) group(one);
        Parsed<std::string> out;
        out.value = head_ + code_maps_ + groups_;
        out.issues = std::move(issues_);
        return out;
    }

private:
    // The frame -----------------------------------------------------------------------------------------------------------------------

    void head() {
        const auto metadata = [&](std::string_view key, std::string value) {
            std::replace(value.begin(), value.end(), '\'', ' '); // a title in words
            head_ += "/// " + std::string(key) + " = '" + value + "'\n";
        };
        metadata("url", sheet_.url);
        metadata("name", sheet_.name);
        metadata("title", sheet_.title);
        metadata("status", "draft");
        head_ += "\n// Compiled from a mapping sheet; change that. A rule is named by the line of its row.\n\n";
        head_ += "uses \"" + sheet_.source + "\" alias Row as source\nuses \"" + std::string(kCore) + "Bundle\" alias Bundle as target\n";
        for (const auto& one : sheet_.resources)
            head_ += "uses \"" + std::string(kCore) + one.type + "\" alias " + one.type + " as target\n";
        head_ += "\nimports \"" + std::string(kShared) + "shared-record\"\nimports \"" + std::string(kShared) + "shared-laboratory\"\n\n";
    }

    /// Every resource is linked by a fullUrl made here; one whose number is absent is not written.
    void main_group() {
        groups_ += "group " + written_name(sheet_.name) + "(source row : Row, target bundle : Bundle) {\n";
        groups_ += "  row -> bundle.type = 'transaction' \"type\";\n";
        if (sheet_.time) rule(1, *sheet_.time, "at", "bundle.timestamp = (at.readInstant())");
        std::string links, arguments;
        for (const auto& one : sheet_.resources) {
            const auto id = "id" + one.type;
            links += ", uuid() as " + id + ", ('urn:uuid:' + " + id + ") as " + link_of(one.type);
            arguments += ", " + link_of(one.type);
        }
        groups_ += "  row -> (organization) as org" + links + " then {\n";
        for (const auto& one : sheet_.resources)
            rule(2, one.number, "number", "", "then Write" + one.type + "(row, number, org" + arguments + ", bundle)");
        groups_ += "  } \"row\";\n}\n\n";
    }

    void group(const SheetResource& one) {
        groups_ += "group Write" + one.type + "(source row : Row, source number, source org";
        for (const auto& other : sheet_.resources) groups_ += ", source " + link_of(other.type);
        groups_ +=
            ", target bundle : Bundle) {\n  number -> ('urn:huitong:organization:' + org + ':" + text(numbering_of(one.type).number) +
            "') as system,\n            bundle.entry as entry, entry.fullUrl = " + link_of(one.type) + ", entry.resource = create('" +
            one.type + "') as it then {\n";
        line(2, "number -> it.identifier as identifier then Identified(number, system, identifier) \"number\"");
        if (one.type == "Observation") laboratory(one.root);
        for (const auto& node : one.root.below) {
            if (!is_laboratory(one, node)) element(2, node, "it", one);
        }
        links(one);
        line(2,
             "number then Request('" + text(one.is_about ? "PUT" : "POST") + "', '" + one.type + "', system, number, entry) \"request\"");
        groups_ += "  } \"" + one.type + "\";\n}\n\n";
    }

    /// To the patient, the visit, the specimen and the report of the same row, and to the institution.
    void links(const SheetResource& one) {
        const auto has = [&](std::string_view element) { return definitions_.child(one.root.type, element).declared != nullptr; };
        const auto link = [&](std::string_view element, std::string_view type) {
            const auto* other = sheet_.find(type);
            if (!other || other == &one || !has(element)) return;
            line(2, "row where (" + formula_of(other->number) + ").exists() -> it." + text(element) +
                        " as reference, reference.reference = " + link_of(type) + " \"" + text(element) + "\"");
        };
        link(has("subject") ? "subject" : "patient", "Patient");
        link("encounter", "Encounter");
        link("specimen", "Specimen");
        const auto* report = sheet_.find("DiagnosticReport");
        if (report && one.type == "Observation")
            rule(2, report->number, "report", "('urn:huitong:organization:' + org + ':report') as reports",
                 "then OfReport(report, reports, it)");
        for (const auto& [type, name] : kInstitution) {
            if (type == one.type) line(2, "org -> it." + text(name) + " as reference then Institution(org, reference) \"institution\"");
        }
    }

    // Laboratory results, whose parts belong together: groups of shared-laboratory --------------------------------------------------------

    static bool is_laboratory(const SheetResource& one, const SheetNode& node) {
        static constexpr std::string_view kParts[] = {"value", "code", "referenceRange", "interpretation"};
        const bool is_category = node.element == "category" && node.row && node.row->source == "'laboratory'";
        return one.type == "Observation" &&
               (is_category || (node.row && std::find(std::begin(kParts), std::end(kParts), node.element) != std::end(kParts)));
    }

    void laboratory(const SheetNode& root) {
        const auto row_of = [](const SheetNode* node) { return node && node->row ? &*node->row : nullptr; };
        const auto* value = root.find("value");
        const auto* code = root.find("code");
        const auto optional = [&](const SheetRow* row) {
            return row ? "(" + formula_of(*row) + ".combine('').first())" : std::string("('')");
        };
        const auto unit = optional(row_of(value ? value->find("unit") : nullptr)) + " as unit, " + optional(row_of(code)) + " as code";
        const auto items = "'" + (row_of(code) ? code->row->code_map : std::string()) + "'";
        if (row_of(value)) rule(2, *value->row, "text", unit, "then MeasuredValue(text, unit, code, " + items + ", it)");
        if (row_of(code))
            rule(2, *code->row, "code", optional(row_of(code->find("text"))) + " as name, it.code as concept",
                 "then LocalItem(code, name, org, " + items + ", concept)");
        if (const auto* range = row_of(root.find("referenceRange")))
            rule(2, *range, "text", unit, "then MeasuredRange(text, unit, code, " + items + ", it)");
        if (const auto* flag = row_of(root.find("interpretation"))) rule(2, *flag, "word", "", "then Flag(word, it)");
        const auto* category = row_of(root.find("category"));
        if (category && category->source == "'laboratory'") line(2, "row then LaboratoryCategory(row, it) " + named(*category));
    }

    // Elements by their type ----------------------------------------------------------------------------------------------------------

    void element(std::size_t depth, const SheetNode& node, const std::string& parent, const SheetResource& resource) {
        if (node.row) leaf(depth, node, parent, resource);
        if (node.below.empty()) return;
        const auto variable = "e" + std::to_string(++variables_);
        const auto needs = needs_of(node);
        groups_ += std::string(depth * 2, ' ') + "row" + (needs.empty() ? "" : " where " + needs) + " -> " + parent + "." +
                   written_name(node.element) + " as " + variable + " then {\n";
        for (const auto& below : node.below) element(depth + 1, below, variable, resource);
        groups_ += std::string(depth * 2, ' ') + "} \"" + node.element + "\";\n";
    }

    void leaf(std::size_t depth, const SheetNode& node, const std::string& parent, const SheetResource& resource) {
        const auto& row = *node.row;
        const auto place = parent + "." + written_name(node.element);
        const auto type = node.type.type;
        if (row.is_text()) return fixed(depth, node, place);
        if (type == "CodeableConcept") return concept_of(depth, node, place, resource);
        if (!row.code_map.empty()) return code(depth, node, place);
        rule(depth, row, "v", place + " = " + reading_of(node));
    }

    /// A text that the sheet gives; `'system|code'` where a coded value is wanted.
    void fixed(std::size_t depth, const SheetNode& node, const std::string& place) {
        const auto& source = node.row->source;
        const auto bar = source.find_last_of('|');
        const bool is_coded = node.type.type == "CodeableConcept" || node.type.type == "Coding";
        if (!is_coded || bar == source.npos) return line(depth, "row -> " + place + " = " + source + " " + named(*node.row));
        const auto coding = "c(" + source.substr(0, bar) + "', '" + source.substr(bar + 1) + ")";
        if (node.type.type == "Coding") return line(depth, "row -> " + place + " = " + coding + " " + named(*node.row));
        const auto variable = "e" + std::to_string(++variables_);
        line(depth, "row -> " + place + " as " + variable + ", " + variable + ".coding = " + coding + " " + named(*node.row));
    }

    /// The mapped coding first, the local one last, the sender's word as text.
    void concept_of(std::size_t depth, const SheetNode& node, const std::string& place, const SheetResource& resource) {
        const auto& row = *node.row;
        const auto variable = "e" + std::to_string(++variables_);
        const auto local = variable + "c";
        if (row.code_map.find('=') != std::string::npos) return complain("sheet-code-map", {node.element}, row.line);
        auto targets = place + " as " + variable + ", c(('urn:huitong:organization:' + org + ':" + text(numbering_of(resource.type).codes) +
                       "'), v) as " + local;
        if (!row.code_map.empty()) targets += ", " + variable + ".coding = translate(" + local + ", '" + row.code_map + "', 'Coding')";
        targets += ", " + variable + ".coding = " + local;
        if (!node.find("text")) targets += ", " + variable + ".text = v";
        rule(depth, row, "v", targets);
    }

    void code(std::size_t depth, const SheetNode& node, const std::string& place) {
        const auto& row = *node.row;
        if (row.code_map.find('=') == std::string::npos)
            return rule(depth, row, "v", place + " = translate(v, '" + row.code_map + "', 'code')");
        const auto map = "line" + std::to_string(row.line);
        std::string rows;
        for (std::string_view rest = row.code_map; !rest.empty();) {
            auto pair = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
            while (pair.starts_with(' ')) pair.remove_prefix(1);
            while (pair.ends_with(' ')) pair.remove_suffix(1);
            const auto equals = pair.find('=');
            if (equals == pair.npos) return complain("sheet-code-map", {node.element}, row.line);
            const auto target = text(pair.substr(0, equals));
            const auto source = text(pair.substr(equals + 1));
            if (source == "*") line(depth, "row -> " + place + " = '" + target + "' \"" + map + "-else\"");
            else rows += "  s:\"" + source + "\" - t:\"" + target + "\"\n";
        }
        code_maps_ += "conceptmap \"" + map + "\" {\n  prefix s = \"" + sheet_.source + "#" + row.source + "\"\n  prefix t = \"" +
                      text(node.type.declared->value_set) + "\"\n" + rows + "}\n\n";
        rule(depth, row, "v", place + " = translate(v, '#" + map + "', 'code')");
    }

    /// A cell as the element's type.
    static std::string reading_of(const SheetNode& node) {
        const auto type = node.type.type;
        const auto& types = node.type.declared->types;
        const bool is_open =
            node.type.declared->is_choice && types.size() > 1 && node.element.size() + 3 == node.type.declared->name.size();
        const bool is_dated = is_open && std::any_of(types.begin(), types.end(), [](const auto& one) { return one.code == "dateTime"; });
        if (type == "date" && !is_open) return "(v.readDate())";
        if (type == "instant") return "(v.readInstant())";
        if (is_dated || type == "dateTime") return "(v.readDateTime())";
        if (type == "decimal" || type == "integer" || type == "positiveInt" || type == "unsignedInt") return "(v.readNumber())";
        if (type == "Quantity" || type == "SimpleQuantity") return "(v.readQuantity(''))";
        if (type == "boolean" && !is_open) return "(v = '1' or v = 'true' or v = 'Y' or v = '是')";
        return "v";
    }

    // Text ----------------------------------------------------------------------------------------------------------------------------

    static std::string text(std::string_view piece) { return std::string(piece); }
    static std::string named(const SheetRow& row) { return "\"line" + std::to_string(row.line) + "\""; }
    void line(std::size_t depth, const std::string& words) { groups_ += std::string(depth * 2, ' ') + words + ";\n"; }

    /// One rule for a row: its cell as `variable`, then targets, then a call.
    void rule(std::size_t depth, const SheetRow& row, const std::string& variable, const std::string& targets,
              const std::string& call = {}) {
        const bool is_column = !row.is_text() && !row.is_expression();
        auto out = is_column ? formula_of(row) + " as " + variable : "row";
        if (!row.condition.empty()) out += " where " + quoted_names(row.condition);
        auto written = is_column ? std::string() : (row.is_text() ? "(" + row.source + ")" : formula_of(row)) + " as " + variable;
        if (!targets.empty()) written += (written.empty() ? "" : ", ") + targets;
        if (!written.empty()) out += " -> " + written;
        if (!call.empty()) out += " " + call;
        line(depth, out + " " + named(row));
    }

    void complain(std::string rule, std::vector<std::string> arguments, std::uint32_t line) {
        auto issue = error(IssueCode::invalid, "", std::move(rule), std::move(arguments));
        issue.position = TextPosition{file_, line, 1};
        issues_.add(std::move(issue));
    }

    const Sheet& sheet_;
    const std::string& file_;
    const fhir::Definitions& definitions_;
    std::string head_, code_maps_, groups_;
    Outcome issues_;
    std::size_t variables_ = 0;
};

} // namespace

Parsed<std::string> compile_sheet(std::string_view text, const std::string& file, const fhir::Definitions& definitions) {
    auto sheet = read_sheet(text, file, definitions);
    if (sheet.issues.has_errors()) return {std::string(), std::move(sheet.issues)};
    auto out = SheetCompiler(sheet.value, file, definitions).compile();
    sheet.issues.add(std::move(out.issues));
    out.issues = std::move(sheet.issues);
    return out;
}

} // namespace huitong::mapping
