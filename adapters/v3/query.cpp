#include "adapters/v3/query.hpp"

#include <algorithm>

namespace huitong::adapters::v3 {
namespace {

namespace fhir = huitong::fhir;
using fhir::Element;

/// An element of a parameter list, by its name, and what it asks for in questions of a kind.
struct Parameter {
    std::string_view element, query, path;
};
constexpr Parameter kParameters[] = {
    {"id", "find-persons", "identifier"},
    {"livingSubjectId", "", "identifier"},
    {"livingSubjectName", "", "name"},
    {"livingSubjectAdministrativeGender", "", "gender"},
    {"clinicalDocument.id", "", "number"},
    {"clinicalDocument.code", "", "type"},
    {"clinicalDocument.effectiveTime", "", "time"},
    {"encompassingEncounter.id", "", "visit"},
    {"patient.id", "", "patient"},
    {"patientId", "", "patient"},
    {"actId", "", "number"},
    {"actOrderId", "", "order"},
    {"effectiveTime", "", "time"},
    {"careEventID", "", "number"},
    {"encounterTimeframe", "", "time"},
    {"typeOfEncounter", "find-visits", "class"},
    {"organizationID", "", "identifier"},
    {"organizationName", "", "name"},
    {"providerID", "", "identifier"},
    {"providerName", "", "name"},
    {"scheduleId", "find-schedules", "number"},
    {"resourceDept", "find-schedules", "department"},
    {"employeeId", "find-schedules", "practitioner"},
    {"slotType", "find-schedules", "kind"},
    {"id", "find-codes", "system"},
    {"code", "find-codes", "code"},
};

class FieldReader {
public:
    FieldReader(std::string_view query, fhir::Document& out) : query_(query), out_(out) {}

    void read(Element list) {
        for (const auto element : list.children()) {
            if (!element.has_children() && element.name() == "code") continue; // an attribute of the list itself
            const auto known = std::find_if(std::begin(kParameters), std::end(kParameters), [&](const Parameter& one) {
                return one.element == element.name() && (one.query.empty() || one.query == query_);
            });
            if (known != std::end(kParameters)) add(known->path, element);
            else if (element.has_children() && element.name() != "matchCriterionList") read(element);
        }
    }

    void text(fhir::NodeIndex parent, std::string_view name, std::string_view value) {
        out_.set_value(out_.add_child(parent, out_.intern(name), true), fhir::ValueKind::text, out_.copy(value));
    }
    std::size_t fields() const { return fields_; }

private:
    void field(std::string_view path, std::string_view value, std::string_view root = {}) {
        if (value.empty() || value == "-") return;
        const auto node = out_.add_child(0, "field", true);
        text(node, "path", path);
        text(node, "value", value);
        if (!root.empty()) text(node, "root", root);
        ++fields_;
    }

    /// What a parameter holds stands in its `value`, in items of that, or in itself.
    void add(std::string_view path, Element element) {
        const auto held = element.child("value") && !element.child("value").has_value() ? element.child("value") : element;
        if (path == "time") {
            field("from", held.text("low.value"));
            field("to", held.text("high.value"));
            return;
        }
        bool has_items = false;
        for (const auto item : held.children("item")) {
            has_items = true;
            field(path, value_of(item), item.text("root"));
        }
        if (!has_items) field(path, value_of(held), held.text("root"));
    }

    static std::string_view value_of(Element element) {
        for (const auto* path : {"extension", "code", "part.value", "value"}) {
            if (const auto text = element.text(path); !text.empty()) return text;
        }
        return element.value();
    }

    std::string_view query_;
    fhir::Document& out_;
    std::size_t fields_ = 0;
};

} // namespace

Parsed<huitong::feeds::Query> read_query(const Received& request, const huitong::feeds::SourceId& source) {
    Parsed<huitong::feeds::Query> out;
    out.value.source = source;
    out.value.name = request.service->query;
    out.value.parameters = std::make_shared<fhir::Document>();
    out.value.parameters->set_root("Query");
    FieldReader reader(request.service->query, *out.value.parameters);
    for (const auto part : request.tree->root().child("controlActProcess").children()) {
        if (part.name().starts_with("queryByParameter")) reader.read(part);
    }
    if (const auto count = request.tree->root().text("controlActProcess.queryByParameter.initialQuantity.value"); !count.empty())
        reader.text(0, "count", count);
    if (reader.fields() == 0) out.issues.add(error(IssueCode::required, "controlActProcess.queryByParameter", "v3-query-empty"));
    return out;
}

} // namespace huitong::adapters::v3
