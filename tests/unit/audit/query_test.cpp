// What was asked and which versions were given out: sealed in the access log, told in the event. Source: IHE BALP, "Query".
#include "audit/audit_event.hpp"
#include "base/base64.hpp"
#include "support/files.hpp"
#include "support/folder.hpp"

#include "fhir/json.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::audit;
using huitong::tests::Folder;
using huitong::tests::read_file;

namespace {

constexpr auto kQuery = "GET Patient?name=%E7%8E%8B%E7%A7%80%E8%8B%B1";

AccessRecord search() {
    AccessRecord out;
    out.interaction = "search-type";
    out.type = "Patient";
    out.client = "his-b";
    out.query = kQuery;
    out.resources = {"Patient/p", "Observation/o"};
    out.versions = {3, 0};
    return out;
}

AccessRecord only_record(const AccessLog& log) {
    std::optional<AccessRecord> out;
    BOOST_REQUIRE(log.journal().walk(0, [&](const JournalRecord& record) {
        out = read_record(record.payload);
        return true;
    }));
    return out.value();
}

} // namespace

BOOST_AUTO_TEST_SUITE(query)

BOOST_AUTO_TEST_CASE(what_was_asked_is_kept_sealed_and_read_with_its_key) {
    const Folder folder;
    BOOST_REQUIRE(KeyRing::add_key(folder.file("keys"), CipherKind::aes_256_gcm, {}));
    {
        const auto log = AccessLog::open(folder.file("log"), {KeyRing::open(folder.file("keys")).value(), nullptr}).value();
        BOOST_REQUIRE(log->append_and_wait(search()));
        BOOST_TEST(log->query_of(only_record(*log)) == kQuery);
    }
    BOOST_TEST(read_file(folder.file("log/00000001.journal")).find("name=") == std::string::npos);
    const auto without = AccessLog::open(folder.file("log")).value();
    BOOST_TEST(without->query_of(only_record(*without)) == "");
}

BOOST_AUTO_TEST_CASE(what_was_asked_before_the_directory_was_sealed_stays_readable) {
    const Folder folder;
    const auto ring = [&](const char* name) {
        BOOST_REQUIRE(KeyRing::add_key(folder.file(name), CipherKind::aes_256_gcm, {}));
        return KeyRing::open(folder.file(name)).value();
    };
    const auto own = ring("query-keys"), keys = ring("keys");
    BOOST_REQUIRE(AccessLog::open(folder.file("log"), {own, nullptr}).value()->append_and_wait(search()));
    const auto log = AccessLog::open(folder.file("log"), {keys, own}).value();
    BOOST_TEST(log->query_of(only_record(*log)) == kQuery);
    BOOST_REQUIRE(log->append_and_wait(search()));
    BOOST_TEST(log->query_of(only_record(*log)) == kQuery);
}

BOOST_AUTO_TEST_CASE(a_log_without_keys_keeps_no_query) {
    const Folder folder;
    const auto log = AccessLog::open(folder.file("log")).value();
    BOOST_REQUIRE(log->append_and_wait(search()));
    BOOST_TEST(only_record(*log).query == "");
    BOOST_TEST((only_record(*log).versions == std::vector<std::uint32_t>{3, 0}));
}

BOOST_AUTO_TEST_CASE(the_event_names_query_and_versions) {
    auto happening = happening_of(search(), 1ULL << 40);
    happening.query = kQuery;
    happening.patients = {"Patient/p"};
    const auto parsed = fhir::read_json(audit_event(happening, 0));
    std::string versions, query;
    for (const auto entity : parsed.value->root().children("entity")) {
        versions += std::string(entity.text("what.reference")) + ':' + std::string(entity.text("detail.valueString")) + ' ';
        if (entity.text("role.code") == "24") query = decode_base64(entity.text("query")).value();
    }
    BOOST_TEST(versions == "Patient/p:3 Observation/o: : ");
    BOOST_TEST(query == kQuery);
}

BOOST_AUTO_TEST_CASE(the_parts_of_a_long_answer_keep_versions_beside_their_resources) {
    const Folder folder;
    const auto log = AccessLog::open(folder.file("log")).value();
    auto record = search();
    record.resources.clear();
    record.versions.clear();
    for (std::uint32_t number = 1; number <= kRecordResourcesMax + 1; ++number) {
        record.resources.push_back("Observation/o" + std::to_string(number));
        record.versions.push_back(number);
    }
    BOOST_REQUIRE(log->append_and_wait(record));
    const auto last = only_record(*log);
    BOOST_TEST(last.resources == std::vector<std::string>{"Observation/o" + std::to_string(kRecordResourcesMax + 1)},
               boost::test_tools::per_element());
    BOOST_TEST((last.versions == std::vector<std::uint32_t>{kRecordResourcesMax + 1}));
}

BOOST_AUTO_TEST_SUITE_END()
