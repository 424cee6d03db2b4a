#include "adapters/fhir/fhir.hpp"
#include "adapters/fhir/resource_file.hpp"
#include "fhir/json.hpp"
#include "unit/adapters/support/rehearsal.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>

namespace huitong::adapters::fhir::tests {

using adapters::tests::Rehearsal;
using adapters::tests::RememberingInbox;
using adapters::tests::TemporaryFolder;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(fhir_push)

drop::Contents contents_of(std::string name, std::string bytes) {
    drop::DropFile file;
    file.name = std::move(name);
    file.bytes = std::move(bytes);
    return split_resources(std::move(file), "township", Limits(), Instant{1});
}

const std::string kPatient = R"({"resourceType":"Patient","id":"p1","identifier":[{"value":"990103199001010017"}]})";
const std::string kResult =
    R"({"resourceType":"Observation","id":"o1","meta":{"versionId":"3"},"status":"final","subject":{"reference":"Patient/p1"}})";

BOOST_AUTO_TEST_CASE(a_file_is_one_message_a_line_of_ndjson_is_one) {
    BOOST_TEST(contents_of("a.json", kPatient).count == 1u);
    const auto lines = contents_of("a.ndjson", kPatient + "\r\n\n" + kResult + "\n");
    BOOST_REQUIRE_EQUAL(lines.count, 2u);
    BOOST_TEST(lines.message(0).bytes == kPatient);
    BOOST_TEST(lines.message(1).bytes == kResult);
    BOOST_TEST(lines.message(0).control_id.substr(0, 11) == "Patient/p1:");
    BOOST_TEST(lines.message(1).control_id == "Observation/o1/3");
    BOOST_TEST(lines.message(1).order_keys.at(0) == "Patient/p1");
    BOOST_TEST(contents_of("a.ndjson", "\n\n").issues.leading()->rule == "drop-file-empty");
}

BOOST_AUTO_TEST_CASE(what_has_neither_version_nor_time_is_known_by_its_content) {
    const auto id_of = [](const std::string& text) { return contents_of("a.json", text).message(0).control_id; };
    const auto older = R"({"resourceType":"Patient","id":"p1","gender":"female"})",
               newer = R"({"resourceType":"Patient","id":"p1","gender":"male"})";
    BOOST_TEST(id_of(older) == id_of(older));
    BOOST_TEST(id_of(older) != id_of(newer));
    const auto bundle = [](const std::string& rest) { return R"({"resourceType":"Bundle","id":"b1",)" + rest + R"(,"entry":[]})"; };
    BOOST_TEST(id_of(bundle(R"("type":"transaction","timestamp":"2026-11-20T08:00:00+08:00")")) == "Bundle/b1");
    BOOST_TEST(id_of(bundle(R"("type":"collection","timestamp":"2026-11-20T08:00:00+08:00")")).substr(0, 10) == "Bundle/b1:");
}

BOOST_AUTO_TEST_CASE(a_bundle_is_ordered_by_all_its_patients) {
    const auto bundle =
        R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + kPatient + R"(},{"resource":)" + kResult + "}]}";
    const auto message = contents_of("b.json", bundle).message(0);
    BOOST_TEST(message.front_check.empty());
    BOOST_REQUIRE_EQUAL(message.order_keys.size(), 2u);
    BOOST_TEST(message.order_keys[0] == "Patient/p1");
    BOOST_TEST(message.order_keys[1] == "990103199001010017");
}

BOOST_AUTO_TEST_CASE(what_is_no_fhir_is_kept_with_its_reason) {
    const auto broken = contents_of("a.json", "{\"resourceType\":").message(0);
    BOOST_TEST(broken.front_check.has_errors());
    BOOST_TEST(broken.bytes == "{\"resourceType\":");
    BOOST_TEST(contents_of("a.json", "{\"id\":\"1\"}").message(0).front_check.has_errors());
    BOOST_TEST(broken.control_id != contents_of("a.json", "{").message(0).control_id);
}

BOOST_AUTO_TEST_CASE(a_dropped_file_is_stored_and_passes_through) {
    TemporaryFolder folder;
    std::ofstream(folder.path() / "a.ndjson") << kPatient << '\n' << kResult << '\n';
    feeds::FeedSettings settings;
    settings.name = "township";
    settings.settings = {{"drop", folder.path().string()}, {"poll_ms", "20"}};
    SystemClock clock;
    RememberingInbox inbox;
    auto adapter = make_fhir_adapter(settings, Limits(), clock);
    Rehearsal rehearsal(*adapter, inbox);
    BOOST_TEST(Rehearsal::wait_for([&] { return fs::exists(folder.path() / "done/a.ndjson"); }));
    rehearsal.stop();
    BOOST_REQUIRE_EQUAL(inbox.taken().size(), 2u);
    const auto tree = adapter->decode(inbox.taken()[1]);
    BOOST_TEST(tree.value->root().type() == "Observation");
    BOOST_TEST(huitong::fhir::write_json(tree.value->root()) == kResult);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace huitong::adapters::fhir::tests
