// FHIR resources as JSON and XML: what was read is what is written, and reading that again changes nothing.
#include "fhir/json.hpp"
#include "fhir/workbook.hpp"
#include "fhir/xml.hpp"
#include "fuzz/target.hpp"
#include "support/definitions.hpp"

namespace huitong::fuzz {

namespace {

void json(std::string_view bytes) {
    const auto read = fhir::read_json(std::string(bytes));
    if (!read.value || read.issues.has_errors()) return;
    const auto written = fhir::write_json(read.value->root());
    const auto again = fhir::read_json(written);
    hold(again.value && !again.issues.has_errors(), "what we write can be read");
    hold(fhir::write_json(again.value->root()) == written, "writing what was read changes nothing");
}

void xml(std::string_view bytes) {
    const auto& definitions = tests::r4_definitions();
    const auto read = fhir::read_fhir_xml(std::string(bytes), definitions);
    if (!read.value || read.issues.has_errors()) return;
    const auto written = fhir::write_fhir_xml(read.value->root(), definitions);
    const auto again = fhir::read_fhir_xml(written, definitions);
    hold(again.value && !again.issues.has_errors(), "what we write can be read");
    hold(fhir::write_fhir_xml(again.value->root(), definitions) == written, "writing what was read changes nothing");
}

void workbook(std::string_view bytes) { fhir::read_workbook(bytes, "book.xlsx"); }

constexpr Target kTargets[] = {{"json", json, "tests/vectors/documents tests/vectors/fhirpath samples/township"},
                               {"xml", xml, "tests/fuzz/seeds/xml"},
                               {"workbook", workbook, "tests/fuzz/seeds/workbook"}};

} // namespace

std::span<const Target> resource_targets() { return kTargets; }

} // namespace huitong::fuzz
