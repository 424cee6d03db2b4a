// The patch between two versions: its operations, and that it leads from one to the other.
#include "fhir/json.hpp"
#include "patch/diff.hpp"
#include "patch/patch.hpp"
#include "support/definitions.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

/// "replace Patient.gender; delete Patient.name[1]".
std::string operations(fhir::Element parameters) {
    std::string out;
    for (const auto parameter : parameters.children("parameter")) {
        std::string type, path, name, index;
        for (const auto part : parameter.children("part")) {
            const auto what = part.text("name");
            if (what == "type") type = part.text("valueCode");
            if (what == "path") path = part.text("valueString");
            if (what == "name") name = '.' + std::string(part.text("valueString"));
            if (what == "index") index = '@' + std::string(part.text("valueInteger"));
        }
        out += (out.empty() ? "" : "; ") + type + ' ' + path + name + index;
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(diff)

BOOST_AUTO_TEST_CASE(by_vector_with_the_operations_that_lead_there) {
    const auto table = read_vectors("patch/diff.tsv");
    BOOST_TEST(table.rows.size() > 15u);
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT(table.cell(row, "case")) {
            const auto from = fhir::read_json(std::string(table.cell(row, "from"))),
                       to = fhir::read_json(std::string(table.cell(row, "to")));
            BOOST_REQUIRE(!from.issues.has_errors());
            BOOST_REQUIRE(!to.issues.has_errors());
            const auto patch = patch::diff(r4_definitions(), from.value->root(), to.value->root());
            BOOST_TEST(operations(patch->root()) == table.cell(row, "operations"));
            if (patch->root().children("parameter").empty()) continue;
            // As a client reads it: text and back.
            const auto read = fhir::read_json(fhir::write_json(patch->root()));
            const auto issues = patch::patch_tree(*from.value, r4_definitions(), read.value->root());
            BOOST_TEST(issues.empty(), rule_of(issues));
            const auto left = patch::diff(r4_definitions(), from.value->root(), to.value->root());
            BOOST_TEST(operations(left->root()) == "", fhir::write_json(from.value->root()));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
