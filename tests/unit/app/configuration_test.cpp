// A setting that nobody reads is said, with its place: a misspelt protection would be none.
#include "app/configuration.hpp"

#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>

using namespace huitong;

namespace {

/// "line:rule what" of every error.
std::vector<std::string> faults(const std::string& text) {
    const tests::Folder folder;
    const auto file = folder.file("hub.toml");
    std::ofstream(file) << text;
    std::vector<std::string> out;
    const auto read = app::read_configuration(file);
    for (const auto& issue : read.issues.issues())
        out.push_back(std::to_string(issue.position ? issue.position->line : 0) + ':' + issue.rule + ' ' + issue.arguments.front());
    return out;
}

std::string feed(const std::string& kind, const std::string& settings) {
    return "[[feed]]\nname = \"a\"\nkind = \"" + kind + "\"\norganization = \"990102H0001\"\n" + settings;
}

std::string first_fault(const std::string& text) {
    const auto all = faults(text);
    return all.empty() ? "" : all.front();
}

const std::string kListen = "listen = \"127.0.0.1:0\"\n";

} // namespace

BOOST_AUTO_TEST_SUITE(configuration)

BOOST_AUTO_TEST_CASE(a_setting_that_its_kind_does_not_have_is_refused) {
    for (const std::string setting : {"chrset", "tls_authoritys", "tls_sender", "institution", "separator"})
        BOOST_TEST(first_fault(feed("hl7v2", kListen + setting + " = \"x\"")) == "6:configuration-unknown-key feed." + setting);
    BOOST_TEST(first_fault(feed("tabular", "drop = \"x\"\nlisten = \"127.0.0.1:0\"")) == "6:configuration-unknown-key feed.listen");
    BOOST_TEST(first_fault(feed("fhir", "conect = \"x\"")) == "5:configuration-unknown-key feed.conect");
}

BOOST_AUTO_TEST_CASE(a_value_that_would_count_as_the_default_is_refused) {
    for (const std::string setting :
         {"charset = \"GBX\"", "ack = \"aplied\"", "types = \"ORUR01\"", "types = \"ORU^R1\"", "versions = \"2.4a\"",
          "tolerate = \"v2-dat\"", "control_id_reuse = \"maybe\"", "merge_unknown = \"yes\"", "idle_ms = \"abc\"", "poll_ms = -5",
          "language = \"de\"", "processing = \"X\""})
        BOOST_TEST(first_fault(feed("hl7v2", kListen + setting)) == "6:configuration-value feed." + setting.substr(0, setting.find(' ')),
                   setting);
    for (const std::string address : {"127.0.0.1:99999", ":8080", "127.0.0.1", "127.0.0.1:80a"})
        BOOST_TEST(first_fault(feed("hl7v2", "listen = \"" + address + "\"")) == "5:configuration-value feed.listen", address);
    BOOST_TEST(first_fault(feed("tabular", "drop = \"x\"\nseparator = \"||\"")) == "6:configuration-value feed.separator");
}

BOOST_AUTO_TEST_CASE(a_feed_that_nothing_can_reach_is_refused) {
    BOOST_TEST(first_fault(feed("hl7v2", "")) == "1:configuration-required feed.listen, feed.drop, feed.post");
    BOOST_TEST(first_fault(feed("hl7v2", "post = \"gateway\"")) == "");
    BOOST_TEST(first_fault(feed("fhir", "")) == ""); // whoever has a token writes to it
}

BOOST_AUTO_TEST_CASE(two_feeds_have_two_names) {
    BOOST_TEST(first_fault(feed("fhir", "") + feed("fhir", "")) == "6:configuration-name-twice feed.a");
}

BOOST_AUTO_TEST_CASE(a_destination_says_where_to) {
    const std::string begin = "[[destination]]\nname = \"b\"\nkind = \"hl7v2\"\norganization = \"990102H0001\"\nmap = \"urn:m\"\n";
    BOOST_TEST(first_fault(begin + "connect = \"10.1.2.3\"") == "6:configuration-value destination.connect");
    BOOST_TEST(first_fault(begin + "connect = \"10.1.2.3:2575\"\nlisten = \"127.0.0.1:0\"") ==
               "7:configuration-unknown-key destination.listen");
    BOOST_TEST(first_fault(begin + "connect = \"10.1.2.3:2575\"\ntypes = \"diagnostic report\"") ==
               "7:configuration-value destination.types");
    BOOST_TEST(first_fault(begin + "connect = \"10.1.2.3:2575\"\ntypes = \"DiagnosticReport, Patient\"") == "");
}

BOOST_AUTO_TEST_CASE(what_the_guides_write_is_understood) {
    BOOST_TEST(
        first_fault(feed(
            "hl7v2", kListen +
                         "charset = \"UNICODE UTF-8\"\nack = \"applied\"\ntypes = \"ADT^*, ORU^R01\"\nversions = \"2.4,2.5.1\"\n"
                         "tolerate = \"v2-date,v2-required@OBX-11\"\n\"table.0001\" = \"M,F\"\nidle_ms = 1000\ntls_senders = \"a=b\"\n")) ==
        "");
    BOOST_TEST(
        first_fault(feed("tabular",
                         "sftp = \"sftp://a@b:22/c\"\nsftp_host_key = \"SHA256:x\"\nsftp_after = \"remember\"\nseparator = \";\"")) == "");
    BOOST_TEST(first_fault(
                   feed("sql", "connection = \"DSN=x\"\nview = \"v\"\ntime_column = \"t\"\nkey_columns = \"a,b\"\nsweep_hours = 0")) == "");
}

BOOST_AUTO_TEST_SUITE_END()
