#include "adapters/hl7v2/query.hpp"

#include "adapters/hl7v2/er7.hpp"

#include <algorithm>
#include <iterator>

namespace huitong::adapters::hl7v2 {
namespace {

namespace fhir = huitong::fhir;
using fhir::NodeIndex;

class TreeWriter {
public:
    explicit TreeWriter(fhir::Document& document) : document_(document) {}

    NodeIndex child(NodeIndex parent, std::string_view name) { return document_.add_child(parent, document_.intern(name), true); }
    void text(NodeIndex parent, std::string_view name, std::string_view value) {
        if (!value.empty()) document_.set_value(child(parent, name), fhir::ValueKind::text, document_.copy(value));
    }
    void copy(NodeIndex parent, std::string_view name, fhir::Element from) {
        if (from) document_.graft(parent, document_.intern(name), true, from);
    }

private:
    fhir::Document& document_;
};

/// Text of a field's first component, or of the field.
std::string_view first_of(fhir::Element segment, std::string_view field) {
    const auto found = segment ? segment.child(field) : fhir::Element();
    if (!found) return {};
    return found.child("c1") ? found.text("c1") : found.value();
}

void read_fields(fhir::Element qpd, TreeWriter& out) {
    for (const auto field : qpd.children("QPD-3")) {
        auto path = field.text("c1");
        if (path.starts_with('@')) path.remove_prefix(1);
        const auto node = out.child(0, "field");
        out.text(node, "path", path);
        out.text(node, "value", field.text("c2"));
    }
}

/// What is asked, and as what it is answered.
struct Kind {
    std::string_view event, name, answer_event, structure;
};
constexpr Kind kKinds[] = {
    {"Q22", "find-persons", "K22", "RSP_K21"}, {"Q23", "person-numbers", "K23", "RSP_K23"}, {"Q11", "find-results", "K11", "RSP_K11"}};
constexpr std::string_view kResultsProfile = "Z91"; ///< the only one of Q11 that we know

const Kind* kind_of(std::string_view event) {
    const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& kind) { return kind.event == event; });
    return found == std::end(kKinds) ? nullptr : found;
}

void read_number(fhir::Element qpd, TreeWriter& out) {
    const auto cx = qpd.child("QPD-3");
    const auto node = out.child(0, "number");
    out.text(node, "value", first_of(qpd, "QPD-3"));
    out.text(node, "authority", cx ? cx.text("c4.s1") : std::string_view());
}

void read_domains(fhir::Element qpd, TreeWriter& out) {
    for (const auto domain : qpd.children("QPD-4")) out.text(0, "domain", domain.text("c4.s1"));
}

/// QPD-4: codes of reports; QPD-5: from when to when (DR).
void read_results(fhir::Element qpd, TreeWriter& out) {
    for (const auto item : qpd.children("QPD-4")) out.text(0, "item", item.child("c1") ? item.text("c1") : item.value());
    out.text(0, "from", first_of(qpd, "QPD-5"));
    if (const auto range = qpd.child("QPD-5")) out.text(0, "until", range.text("c2"));
}

class ResponseWriter {
public:
    ResponseWriter(const Envelope& envelope, fhir::Element asked, const Parsed<fhir::DocumentPtr>& found, const AckStamp& stamp)
        : envelope_(envelope), asked_(asked), found_(found), stamp_(stamp) {}

    std::string write() {
        document_.set_root("V2Message");
        const bool failed = found_.issues.has_errors() || !found_.value;
        add_header();
        const auto msa = out_.child(0, "MSA");
        out_.text(msa, "MSA-1", failed ? "AE" : "AA");
        out_.text(msa, "MSA-2", envelope_.control_id);
        if (failed) add_errors();
        add_status(failed);
        out_.copy(0, "QPD", asked_.child("QPD"));
        if (!failed) add_answer(found_.value->root());
        return write_er7(document_.root(), envelope_.charset).value;
    }

private:
    void add_header() {
        const auto header = asked_.child("MSH");
        const auto msh = out_.child(0, "MSH");
        static constexpr std::pair<std::string_view, std::string_view> kCopied[] = {
            {"MSH-3", "MSH-5"},   {"MSH-4", "MSH-6"},   {"MSH-5", "MSH-3"},  {"MSH-6", "MSH-4"},
            {"MSH-11", "MSH-11"}, {"MSH-12", "MSH-12"}, {"MSH-18", "MSH-18"}};
        for (const auto& [to, from] : kCopied) out_.copy(msh, to, header.child(from));
        out_.text(msh, "MSH-7", ack_time(stamp_));
        const auto* known = kind_of(envelope_.event);
        const auto kind = out_.child(msh, "MSH-9");
        out_.text(kind, "c1", "RSP");
        out_.text(kind, "c2", known ? known->answer_event : kKinds[1].answer_event);
        out_.text(kind, "c3", known ? known->structure : kKinds[1].structure);
        out_.text(msh, "MSH-10", stamp_.control_id);
    }

    void add_errors() {
        for (const auto& one : answer_of(found_.issues).errors) {
            const auto err = out_.child(0, "ERR");
            const auto code = out_.child(err, "ERR-3");
            out_.text(code, "c1", std::to_string(one.code));
            out_.text(code, "c3", "HL70357");
            out_.text(err, "ERR-4", std::string(1, one.severity));
            out_.text(err, "ERR-8", text_of(one.issue, stamp_.language));
        }
    }

    void add_status(bool failed) {
        const auto qpd = asked_.child("QPD");
        const auto qak = out_.child(0, "QAK");
        const auto total = failed ? std::string_view("0") : found_.value->root().text("total");
        out_.text(qak, "QAK-1", first_of(qpd, "QPD-2"));
        out_.text(qak, "QAK-2", failed ? "AE" : total == "0" ? "NF" : "OK");
        if (qpd) out_.copy(qak, "QAK-3", qpd.child("QPD-1"));
        out_.text(qak, "QAK-4", total);
    }

    void add_answer(fhir::Element answer) {
        const auto message = answer.child("message");
        if (message) {
            for (const auto group : message.children("QUERY_RESPONSE")) out_.copy(0, "QUERY_RESPONSE", group);
        }
        if (answer.text("next").empty()) return;
        const auto dsc = out_.child(0, "DSC");
        out_.text(dsc, "DSC-1", answer.text("next"));
        out_.text(dsc, "DSC-2", "I");
    }

    const Envelope& envelope_;
    fhir::Element asked_;
    const Parsed<fhir::DocumentPtr>& found_;
    const AckStamp& stamp_;
    fhir::Document document_;
    TreeWriter out_{document_};
};

} // namespace

Parsed<feeds::Query> read_query(fhir::Element message, const feeds::SourceId& source) {
    Parsed<feeds::Query> out;
    out.value.source = source;
    out.value.parameters = std::make_shared<fhir::Document>();
    out.value.parameters->set_root("Query");
    TreeWriter writer(*out.value.parameters);
    const auto qpd = message.child("QPD");
    if (!qpd) {
        out.issues.add(error(IssueCode::required, "QPD", "v2-segment-missing", {"QPD"}));
        return out;
    }
    const auto* kind = kind_of(message.text("MSH.MSH-9.c2"));
    const bool is_results = kind && kind->event == "Q11";
    if (!kind) out.issues.add(error(IssueCode::not_supported, "MSH-9.2", "v2-event"));
    if (is_results && first_of(qpd, "QPD-1") != kResultsProfile) out.issues.add(error(IssueCode::not_supported, "QPD-1", "v2-event"));
    if (kind) out.value.name = kind->name;
    if (kind && kind->event == "Q22") read_fields(qpd, writer);
    else if (kind) read_number(qpd, writer);
    if (is_results) read_results(qpd, writer);
    else if (kind && kind->event == "Q23") read_domains(qpd, writer);
    if (!qpd.child("QPD-3")) out.issues.add(error(IssueCode::required, "QPD-3", "v2-required", {"QPD-3"}));
    writer.text(0, "count", first_of(message.child("RCP"), "RCP-2"));
    writer.text(0, "page", first_of(message.child("DSC"), "DSC-1"));
    return out;
}

std::string write_response(const Envelope& envelope, fhir::Element asked, const Parsed<fhir::DocumentPtr>& found, const AckStamp& stamp) {
    return ResponseWriter(envelope, asked, found, stamp).write();
}

} // namespace huitong::adapters::hl7v2
