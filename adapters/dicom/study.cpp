#include "adapters/dicom/study.hpp"

#include "adapters/dicom/attributes.hpp"
#include "base/charset.hpp"
#include "base/sha256.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <map>

namespace huitong::adapters::dicom {
namespace {

using fhir::Element;
using fhir::NodeIndex;

/// DICOM JSON is an array, our reader takes an object: the array becomes a member of one.
constexpr std::string_view kBefore = R"({"dataset":)";

bool has_datasets(Element root) {
    const auto first = root.child("dataset");
    return first && first.has_children();
}

Parsed<fhir::DocumentPtr> read_datasets(std::string_view bytes, const Limits& limits) {
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    fhir::JsonOptions options;
    options.limits = &limits;
    options.root_name = "DicomJson";
    auto out = fhir::read_json(std::string(kBefore).append(bytes).append("}"), options);
    if (!out.issues.has_errors() && !has_datasets(out.value->root())) {
        out.issues.add(error(IssueCode::structure, "", "dicom-not-datasets"));
    }
    return out;
}

/// First value of an attribute, "" when absent.
std::string_view value_of(Element dataset, std::string_view tag) { return dataset.child(tag).text("Value"); }

/// Builds the tree of one study from its data sets.
class StudyBuilder {
public:
    StudyBuilder(fhir::Document& document, std::size_t shift) : document_(document), shift_(shift) { document_.set_root("DicomStudy"); }

    void add(Element dataset) {
        const auto uid = value_of(dataset, "0020000D");
        if (!first_) first_ = dataset;
        if (uid != value_of(first_, "0020000D")) {
            issues_.add(error(IssueCode::structure, "StudyInstanceUID", "dicom-several-studies"));
            return;
        }
        const auto series_uid = value_of(dataset, "0020000E");
        const auto instance_uid = value_of(dataset, "00080018");
        const bool is_new_series = !series_uid.empty() && !series_.contains(series_uid);
        if (is_new_series) series_.emplace(series_uid, document_.add_child(0, "Series", true));
        const auto series = series_uid.empty() ? NodeIndex{0} : series_.at(series_uid);
        const auto instance = instance_uid.empty() ? series : document_.add_child(series, "Instance", true);
        if (!instance_uid.empty()) set_span(instance, dataset);
        for (const auto attribute : dataset.children()) {
            const auto* known = find_attribute(attribute.name());
            const auto level = known == nullptr ? Level::instance : known->level;
            if (level == Level::study && dataset == first_) add_attribute(0, attribute, known);
            else if (level == Level::study) compare(attribute, known);
            else if (level == Level::series && (is_new_series || series == 0)) add_attribute(series, attribute, known);
            else if (level == Level::instance) add_attribute(instance, attribute, known);
        }
    }

    Outcome take_issues() { return std::move(issues_); }

private:
    /// Data sets of one study must speak of one patient; other differences of study attributes are told and the first is kept.
    void compare(Element attribute, const Attribute* known) {
        const auto mine = first_.child(attribute.name()).text("Value");
        const auto other = attribute.text("Value");
        if (mine == other || mine.empty() || other.empty()) return;
        const std::string keyword(known->keyword);
        if (keyword == "PatientID") issues_.add(error(IssueCode::conflict, keyword, "dicom-study-conflict", {keyword}));
        else if (keyword != "RetrieveURL") issues_.add(warning(IssueCode::conflict, keyword, "dicom-study-conflict", {keyword}));
    }

    void add_attribute(NodeIndex parent, Element attribute, const Attribute* known) {
        const auto name = known != nullptr ? known->keyword : document_.intern("Tag" + std::string(attribute.name()));
        const auto representation = attribute.text("vr");
        std::size_t count = 0;
        for ([[maybe_unused]] const auto value : attribute.children("Value")) ++count;
        for (const auto value : attribute.children("Value")) {
            if (!value.has_value() && !value.has_children()) continue; // an empty place of a multi-valued attribute
            const auto node = document_.add_child(parent, name, count > 1 || representation == "SQ");
            set_span(node, value);
            if (representation == "SQ") add_item(node, value);
            else if (representation == "PN") add_name(node, value);
            else document_.set_value(node, value.kind(), document_.copy(value.value()));
        }
        for (const auto* link : {"BulkDataURI", "InlineBinary"}) {
            if (const auto found = attribute.child(link)) add_text(document_.add_child(parent, name, false), link, found);
        }
    }

    void add_item(NodeIndex node, Element item) {
        for (const auto attribute : item.children()) add_attribute(node, attribute, find_attribute(attribute.name()));
    }

    void add_name(NodeIndex node, Element value) {
        for (const auto* form : {"Alphabetic", "Ideographic", "Phonetic"}) {
            const auto found = value.child(form);
            if (!found || found.value().empty()) continue;
            add_text(node, form, found);
            if (document_.node(node).kind == fhir::ValueKind::none) {
                document_.set_value(node, fhir::ValueKind::text, document_.copy(found.value()));
            }
        }
    }

    void add_text(NodeIndex parent, const char* name, Element from) {
        const auto node = document_.add_child(parent, name, false);
        document_.set_value(node, fhir::ValueKind::text, document_.copy(from.value()));
        set_span(node, from);
    }

    void set_span(NodeIndex node, Element from) {
        const auto span = from.source();
        if (span.begin < shift_) return;
        document_.node(node).source = {span.begin - static_cast<std::uint32_t>(shift_), span.end - static_cast<std::uint32_t>(shift_)};
    }

    fhir::Document& document_;
    std::size_t shift_;
    Element first_;
    std::map<std::string_view, NodeIndex> series_;
    Outcome issues_;
};

feeds::RawMessage study_message(const std::vector<Element>& datasets, const feeds::SourceId& source, const Limits& limits,
                                Instant received_at) {
    feeds::RawMessage out;
    out.source = source;
    out.media_type = "application/dicom+json";
    out.received_at = received_at;
    out.charset = "UTF-8";
    for (const auto dataset : datasets) {
        const auto span = dataset.source();
        out.bytes += out.bytes.empty() ? "[" : ",\n";
        out.bytes += dataset.document().text().substr(span.begin, span.end - span.begin);
    }
    out.bytes += "]";
    const auto study = value_of(datasets.front(), "0020000D");
    const auto patient = value_of(datasets.front(), "00100020");
    // A study grows while it is acquired and has one time, that of its start: a delivery that was there already is none of its later
    // states.
    out.control_id = study.empty() ? std::string() : std::string(study) + ':' + sha256_hex(out.bytes).substr(0, 16);
    out.front_check = read_study(out.bytes, limits).issues;
    if (study.empty()) out.front_check.add(error(IssueCode::required, "StudyInstanceUID", "dicom-study-uid-missing"));
    if (patient.empty()) out.front_check.add(warning(IssueCode::required, "PatientID", "dicom-patient-id-missing"));
    else out.order_keys.emplace_back(patient);
    return out;
}

} // namespace

drop::Contents split_studies(drop::DropFile file, const feeds::SourceId& source, const Limits& limits, Instant received_at) {
    drop::Contents out;
    auto bytes = is_utf8(file.bytes) ? std::move(file.bytes) : to_utf8(file.bytes, guess_charset(file.bytes)).value;
    auto read = read_datasets(bytes, limits);
    out.issues = std::move(read.issues);
    if (out.issues.has_errors()) return out;
    std::vector<std::vector<Element>> studies;
    std::map<std::string_view, std::size_t> by_uid;
    for (const auto dataset : read.value->root().children("dataset")) {
        const auto uid = value_of(dataset, "0020000D");
        const auto found = by_uid.emplace(uid, studies.size());
        if (found.second) studies.emplace_back();
        studies[found.first->second].push_back(dataset);
    }
    out.count = studies.size();
    out.message = [document = read.value, studies = std::move(studies), source, limits, received_at](std::size_t number) {
        return study_message(studies[number], source, limits, received_at);
    };
    return out;
}

Parsed<fhir::DocumentPtr> read_study(std::string_view bytes, const Limits& limits) {
    Parsed<fhir::DocumentPtr> out;
    auto read = read_datasets(bytes, limits);
    out.issues = std::move(read.issues);
    out.value = std::make_shared<fhir::Document>();
    auto& document = *out.value;
    document.set_text(document.keep(std::string(bytes)));
    StudyBuilder builder(document, kBefore.size());
    if (out.issues.has_errors()) return out;
    for (const auto dataset : read.value->root().children("dataset")) builder.add(dataset);
    out.issues.add(builder.take_issues());
    return out;
}

} // namespace huitong::adapters::dicom
