#include "adapters/ecg/recording.hpp"

#include "adapters/cda/document.hpp"
#include "base/base64.hpp"
#include "base/sha256.hpp"

#include <algorithm>
#include <set>

namespace huitong::adapters::ecg {
namespace {

using fhir::Element;
using fhir::NodeIndex;

/// Makes the recording's tree out of the tree of its XML; names and spans of the file go along.
class RecordingBuilder {
public:
    explicit RecordingBuilder(fhir::Document& document) : document_(document) { document_.set_root("Ecg"); }

    void build(Element root, std::string_view bytes) {
        add(0, "number", number_of(root.child("id")), root.child("id"));
        add(0, "fingerprint", sha256_hex(bytes), root);
        const auto time = root.child("effectiveTime");
        add_first(0, "started", {time["low.value"], time["center.value"], time.child("value")});
        add_first(0, "ended", {time["high.value"]});
        add_subject(root["componentOf.timepointEvent.componentOf.subjectAssignment.subject.trialSubject"]);
        for (const auto component : root.children("component")) {
            const auto series = component.child("series");
            if (!series) continue;
            add_device(series.child("author").child("seriesAuthor"));
            if (!has_leads_) add_leads(series);
            add_annotations(series);
            // The representative beat, on which intervals are measured.
            for (const auto derivation : series.children("derivation")) add_annotations(derivation.child("derivedSeries"));
        }
        add(0, "original", encode_base64(bytes), root);
    }

private:
    static std::string number_of(Element id) {
        if (!id) return {};
        const std::string root(id.text("root")), extension(id.text("extension"));
        return root.empty() || extension.empty() ? root + extension : root + "/" + extension;
    }

    void add(NodeIndex parent, const char* name, std::string_view value, Element from) {
        if (value.empty()) return;
        const auto node = document_.add_child(parent, name, false);
        document_.set_value(node, fhir::ValueKind::text, document_.copy(value));
        if (from) document_.node(node).source = from.source();
    }

    /// The first that is there, unless the tree has one already.
    void add_first(NodeIndex parent, const char* name, std::initializer_list<Element> candidates) {
        if (document_.element(parent).child(name)) return;
        for (const auto candidate : candidates) {
            if (candidate && !candidate.value().empty()) return add(parent, name, candidate.value(), candidate);
        }
    }

    void add_subject(Element subject) {
        const auto id = subject.child("id");
        add(0, "patientNumber", id.text("extension").empty() ? id.text("root") : id.text("extension"), id);
        if (!id.text("extension").empty()) add(0, "patientIssuer", id.text("root"), id);
        const auto person = subject.child("subjectDemographicPerson");
        const auto name = person.child("name");
        const std::string parts = std::string(name.text("family")) + std::string(name.text("given"));
        add(0, "patientName", name && !name.value().empty() ? name.value() : std::string_view(parts), name);
        add_first(0, "sex", {person["administrativeGenderCode.code"]});
        add_first(0, "birthTime", {person["birthTime.value"]});
    }

    void add_device(Element author) {
        const auto device = author.child("manufacturedSeriesDevice");
        add_first(0, "deviceModel", {device["manufacturerModelName"], device["code.displayName"], device["code.code"]});
        add_first(0, "deviceSerial", {device["id.extension"], device["id.root"]});
        add_first(0, "software", {device["softwareName"]});
        add_first(0, "manufacturer", {author["manufacturerOrganization.name"]});
    }

    void add_leads(Element series) {
        for (const auto component : series.children("component")) {
            for (const auto part : component.child("sequenceSet").children("component")) {
                const auto sequence = part.child("sequence");
                const auto code = sequence["code.code"];
                if (!code) continue;
                if (code.value().starts_with("TIME")) {
                    add_first(0, "incrementSeconds", {sequence["value.increment.value"]});
                    continue;
                }
                const auto lead = document_.add_child(0, "Lead", true);
                has_leads_ = true;
                document_.node(lead).source = code.source();
                add(lead, "code", code.value(), code);
                add(lead, "samples", std::to_string(count_words(sequence.text("value.digits"))), sequence["value.digits"]);
            }
        }
    }

    static std::size_t count_words(std::string_view text) {
        std::size_t out = 0;
        bool in_word = false;
        for (const char c : text) {
            const bool is_space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
            if (!is_space && !in_word) ++out;
            in_word = !is_space;
        }
        return out;
    }

    void add_annotations(Element series) {
        for (const auto subject : series.children("subjectOf")) {
            for (const auto component : subject.child("annotationSet").children("component")) add_annotation(component.child("annotation"));
        }
    }

    void add_annotation(Element annotation) {
        if (!annotation) return;
        const auto code = annotation["code.code"];
        const auto value = annotation.child("value");
        const std::string type(value.text("xsiType"));
        if (code && value.child("value") && (type.empty() || type == "PQ")) add_measurement(code, value);
        else if (value && !value.value().empty() && type != "PQ") add_statement(value);
        for (const auto component : annotation.children("component")) add_annotation(component.child("annotation"));
    }

    void add_measurement(Element code, Element value) {
        if (!measured_.emplace(code.value()).second) return;
        const auto node = document_.add_child(0, "Measurement", true);
        document_.node(node).source = value.source();
        add(node, "code", code.value(), code);
        add(node, "value", value.text("value"), value.child("value"));
        add(node, "unit", value.text("unit"), value.child("unit"));
        add(node, "place", std::to_string(measured_.size()), value);
    }

    void add_statement(Element value) {
        const auto node = document_.add_child(0, "Statement", true);
        document_.node(node).source = value.source();
        add(node, "text", value.value(), value);
    }

    fhir::Document& document_;
    std::set<std::string, std::less<>> measured_;
    bool has_leads_ = false;
};

} // namespace

Parsed<fhir::DocumentPtr> read_recording(std::string_view bytes, std::string_view charset, const Limits& limits) {
    auto read = cda::read_document(bytes, charset, limits);
    Parsed<fhir::DocumentPtr> out;
    out.issues = std::move(read.issues);
    out.value = std::make_shared<fhir::Document>();
    auto& document = *out.value;
    document.set_text(document.keep(std::string(read.value->text())));
    RecordingBuilder builder(document);
    if (out.issues.has_errors()) return out;
    const auto root = read.value->root();
    if (root.name() != "AnnotatedECG") {
        out.issues.add(error(IssueCode::structure, "", "ecg-not-a-recording", {std::string(root.name())}));
        return out;
    }
    builder.build(root, bytes);
    return out;
}

feeds::RawMessage recording_message(std::string bytes, const feeds::SourceId& source, std::string_view charset, const Limits& limits,
                                    Instant received_at) {
    feeds::RawMessage out;
    out.source = source;
    out.media_type = "application/hl7-aecg+xml";
    out.bytes = std::move(bytes);
    out.received_at = received_at;
    out.charset = charset_text(cda::document_charset(out.bytes, charset));
    auto read = read_recording(out.bytes, charset, limits);
    out.front_check = std::move(read.issues);
    if (out.front_check.has_errors()) return out;
    const auto root = read.value->root();
    out.control_id = root.text("number");
    out.sender = root.text("manufacturer");
    if (out.control_id.empty()) {
        out.front_check.add(warning(IssueCode::required, "AnnotatedECG.id", "ecg-number-missing"));
        out.control_id = root.text("fingerprint");
    }
    const auto patient = root.text("patientNumber");
    if (patient.empty()) out.front_check.add(error(IssueCode::required, "trialSubject.id", "ecg-patient-missing"));
    else out.order_keys.emplace_back(patient);
    return out;
}

} // namespace huitong::adapters::ecg
