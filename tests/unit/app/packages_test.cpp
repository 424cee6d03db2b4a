// What packages bring and what of it cannot be used is told by name.
#include "app/packages.hpp"

#include "fhir/json.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace huitong;

namespace {

fhir::DocumentPtr patient_profile(const std::string& url, const std::string& base) {
    return fhir::read_json(R"({"resourceType":"StructureDefinition","url":")" + url +
                           R"(","name":"P","status":"draft","kind":"resource","abstract":false,"type":"Patient","derivation":"constraint",)"
                           R"("baseDefinition":")" +
                           base + R"(","differential":{"element":[{"id":"Patient","path":"Patient"}]}})")
        .value;
}

std::string added(const std::vector<fhir::DocumentPtr>& resources) {
    const auto definitions = fhir::Definitions::load_pack(fhir::Definitions::default_pack_file());
    BOOST_REQUIRE(definitions.has_value());
    std::string out;
    const auto issues = app::add_structures(**definitions, resources);
    for (const auto& issue : issues.issues()) out += issue.rule + " " + issue.arguments.front() + "; ";
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(packages)

BOOST_AUTO_TEST_CASE(a_profile_may_come_before_its_base) {
    BOOST_TEST(added({patient_profile("urn:b", "urn:a"), patient_profile("urn:a", "http://hl7.org/fhir/StructureDefinition/Patient")}) ==
               "");
}

BOOST_AUTO_TEST_CASE(bases_that_go_in_a_circle_are_named) {
    BOOST_TEST(added({patient_profile("urn:a", "urn:b"), patient_profile("urn:b", "urn:a")}) ==
               "structure-base-circle urn:a → urn:b → urn:a; structure-base-circle urn:b → urn:a → urn:b; ");
    BOOST_TEST(added({patient_profile("urn:a", "urn:a")}) == "structure-base-circle urn:a → urn:a; ");
    BOOST_TEST(added({patient_profile("urn:a", "urn:nowhere")}) == "structure-base-unknown urn:nowhere; ");
}

// Its name and version make the name of the folder that it is put into.
BOOST_AUTO_TEST_CASE(a_package_whose_name_leads_elsewhere_is_refused) {
    const auto folder = std::filesystem::temp_directory_path() / ("huitong-package-name-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    const auto refused = [&](const std::string& name, const std::string& version) {
        std::ofstream(folder / "package.json") << R"({"name":")" << name << R"(","version":")" << version << R"("})";
        return app::read_package(folder.string()).issues.has_errors();
    };
    BOOST_TEST(!refused("hl7.fhir.r4.core", "4.0.1-beta+1"));
    BOOST_TEST(!refused("@region/shared-record", "1.0.0"));
    for (const auto* name : {"../../evil", "/evil", "a/b", "@a/../b", "@a", "..", "a\\nb"}) BOOST_TEST(refused(name, "1"), name);
    BOOST_TEST(refused("evil", "1/../../.."));
    std::filesystem::remove_all(folder);
}

BOOST_AUTO_TEST_SUITE_END()
