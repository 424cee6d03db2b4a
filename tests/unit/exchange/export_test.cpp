// Bulk export: order, progress, manifest, files; what the caller may see; whose job it is.
#include "exchange/bulk/exporter.hpp"
#include "unit/interaction/desk.hpp"

#include <fstream>
#include <thread>

using namespace huitong;
using namespace huitong::tests;

namespace {

struct Ward : Desk {
    Ward() {
        services.exports = &exporter;
        send("PUT Patient/a", patient("a", R"(,"gender":"male")"));
        send("PUT Patient/b", patient("b", R"(,"gender":"female")"));
        send("PUT Organization/h", R"({"resourceType":"Organization","id":"h","name":"North"})");
        for (const auto* owner : {"a", "b"}) {
            send("PUT Observation/of-" + std::string(owner),
                 R"({"resourceType":"Observation","id":"of-)" + std::string(owner) +
                     R"(","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/)" + owner + "\"}}");
        }
        send("PUT Group/g",
             R"({"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/b"}}]})");
    }
    ~Ward() { services.exports = nullptr; }

    interaction::Request order(const std::string& target) const {
        auto request = request_of("GET " + target);
        request.respond_async = true;
        return request;
    }
    /// Orders, waits for the end (bounded) and gives "Type:count …" of the manifest, or "!rule".
    std::string exported(const std::string& target) {
        const auto ordered = send(order(target));
        if (ordered.status() != 202) return "!" + ordered.rule();
        job = ordered.response().location.substr(ordered.response().location.find("$export-job/"));
        for (int attempt = 0; attempt < 2'000; ++attempt) {
            const auto status = send("GET " + job);
            if (status.status() != 202) {
                std::string out;
                for (std::size_t i = 0; i < status.size("/output"); ++i) {
                    const auto at = "/output/" + std::to_string(i);
                    out += (i ? " " : "") + status.at((at + "/type").c_str()) + ':' + status.at((at + "/count").c_str());
                }
                return out;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return "never";
    }
    std::string file(const std::string& name) const {
        auto work = interaction::handle(services, request_of("GET " + job + '/' + name));
        const auto given = boost::asio::co_spawn(workers, std::move(work), boost::asio::use_future).get().file;
        std::string out;
        if (given) given->read(out, 1'000'000);
        return out;
    }

    std::string job;
    ScratchFolder exports;
    exchange::Exporter exporter{services, (exports.path() / "export").string()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(bulk_export, Ward)

BOOST_AUTO_TEST_CASE(everything_one_file_a_type) {
    BOOST_TEST(exported("$export") == "Group:1 Observation:2 Organization:1 Patient:2");
    const auto patients = file("Patient.ndjson");
    BOOST_TEST(std::count(patients.begin(), patients.end(), '\n') == 2);
    BOOST_TEST(patients.find(R"("id":"b")") != std::string::npos);
    BOOST_TEST(send("GET " + job).at("/request") == "http://hub.example/fhir/$export");
    BOOST_TEST(file("Nothing.ndjson").empty());
    BOOST_TEST(file("..").empty());
}

BOOST_AUTO_TEST_CASE(some_types_and_filters) {
    BOOST_TEST(exported("$export?_type=Patient,Organization") == "Patient:2 Organization:1");
    BOOST_TEST(exported("$export?_type=Patient&_typeFilter=Patient?gender=male") == "Patient:1");
    BOOST_TEST(exported("$export?_type=Patient&_outputFormat=ndjson") == "Patient:2");
    BOOST_TEST(exported("$export?_type=Encounter") == "");
}

BOOST_AUTO_TEST_CASE(some_elements) {
    BOOST_TEST(exported("$export?_type=Patient,Organization&_elements=Patient.gender,id") == "Patient:2 Organization:1");
    BOOST_TEST(file("Patient.ndjson").find("gender") != std::string::npos);
    BOOST_TEST(file("Patient.ndjson").find("SUBSETTED") != std::string::npos);
    BOOST_TEST(file("Organization.ndjson").find("North") == std::string::npos);
    BOOST_TEST(exported("$export?_type=Patient,Organization&_elements=Patient.gender") == "Patient:2 Organization:1");
    BOOST_TEST(file("Organization.ndjson").find("North") != std::string::npos);
    for (const auto* bad : {"Nobody.gender", "Patient.name.family", ""})
        BOOST_TEST(exported("$export?_elements=" + std::string(bad)) == "!operation-parameter-unknown", bad);
}

BOOST_AUTO_TEST_CASE(the_manifest_names_the_time_of_the_last_commit_that_is_in) {
    const auto newest = send("GET Patient/b").at("/meta/lastUpdated");
    clock.set({kDeskTime.microseconds + 3'600'000'000});
    BOOST_TEST(exported("$export?_type=Patient") == "Patient:2");
    const auto time = send("GET " + job).at("/transactionTime");
    BOOST_TEST(time.starts_with("2026-11-20T12:00:00"), time);
    BOOST_TEST(newest.starts_with("2026-11-20T04:00:00"), newest); // the same moment
    BOOST_TEST(exported("$export?_type=Patient&_since=2026-11-20T12:00:01%2B08:00") == "");
}

BOOST_AUTO_TEST_CASE(patients_and_groups_are_their_compartments) {
    BOOST_TEST(exported("Patient/$export?_type=Patient,Observation,Organization") == "Patient:2 Observation:2");
    BOOST_TEST(exported("Group/g/$export?_type=Patient,Observation") == "Patient:1 Observation:1");
    BOOST_TEST(file("Observation.ndjson").find("of-b") != std::string::npos);
    BOOST_TEST(exported("Group/none/$export") == "!rest-not-found");
}

BOOST_AUTO_TEST_CASE(only_what_changed_since) {
    clock.set(Instant{kDeskTime.microseconds + 60 * kMicrosecondsPerSecond});
    send("PUT Patient/c", patient("c"));
    BOOST_TEST(exported("$export?_since=" + encode_url(instant_text(Instant{kDeskTime.microseconds + kMicrosecondsPerSecond}, 480))) ==
               "Patient:1");
}

BOOST_AUTO_TEST_CASE(what_comes_later_is_not_in_it) {
    const auto ordered = send(order("$export?_type=Patient"));
    send("PUT Patient/later", patient("later"));
    job = ordered.response().location.substr(ordered.response().location.find("$export-job/"));
    for (int attempt = 0; attempt < 2'000 && send("GET " + job).status() == 202; ++attempt)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    BOOST_TEST(send("GET " + job).at("/output/0/count") == "2");
}

BOOST_AUTO_TEST_CASE(a_job_is_its_clients_own) {
    BOOST_TEST(exported("$export?_type=Patient") == "Patient:2");
    auto stranger = request_of("GET " + job);
    stranger.caller.client_id = "other";
    BOOST_TEST(send(std::move(stranger)).status() == 404);
    // Tokens of one client may see different things: a portal's is bound to one resident, a broken glass ends.
    for (const auto change :
         {+[](access::Caller& caller) { caller.patient_id = "a"; }, +[](access::Caller& caller) { caller.purpose = "BTG"; },
          +[](access::Caller& caller) { caller.scopes = {"system/Patient.r"}; },
          +[](access::Caller& caller) { caller.denied_patients = {"b"}; }}) {
        auto other = request_of("GET " + job);
        change(other.caller);
        BOOST_TEST(send(std::move(other)).status() == 404);
    }
    BOOST_TEST(send("DELETE " + job).status() == 202);
    BOOST_TEST(send("GET " + job).status() == 404);
    BOOST_TEST(file("Patient.ndjson").empty());
}

BOOST_AUTO_TEST_CASE(a_restart_keeps_what_is_done_and_goes_on_with_what_is_not) {
    BOOST_TEST(exported("$export?_type=Patient") == "Patient:2");
    const auto folder = (exports.path() / "export").string();
    {
        exchange::Exporter again{services, folder};
        services.exports = &again;
        BOOST_TEST(send("GET " + job).at("/output/0/count") == "2");
        BOOST_TEST(file("Patient.ndjson").find(R"("id":"b")") != std::string::npos);
        services.exports = nullptr;
    }
    // As a hub that ended in the middle leaves it: the first type is written, the second is not.
    const auto record = exports.path() / "export" / job.substr(job.rfind('/') + 1) / "job.json";
    auto text = read_file(record);
    text.replace(text.find(R"("done":true)"), 11, R"("done":false)");
    text.replace(text.find(R"("types":["Patient"])"), 19, R"("types":["Patient","Organization"])");
    std::ofstream(record) << text;
    send("PUT Organization/later", R"({"resourceType":"Organization","id":"later","name":"x"})");
    exchange::Exporter again{services, folder};
    services.exports = &again;
    for (int attempt = 0; attempt < 2'000 && send("GET " + job).status() == 202; ++attempt)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    BOOST_TEST(send("GET " + job).at("/output/0/type") == "Patient");
    BOOST_TEST(send("GET " + job).at("/output/1/type") == "Organization");
    BOOST_TEST(send("GET " + job).at("/output/1/count") == "1", "of the same position of the log");
    services.exports = nullptr;
}

BOOST_AUTO_TEST_CASE(refusals) {
    BOOST_TEST(send("GET $export").rule() == "bulk-async");
    const std::pair<const char*, const char*> cases[] = {
        {"$export?_type=Nonsense", "rest-unknown-type"},
        {"$export?_since=yesterday", "rest-since"},
        {"$export?_outputFormat=text/csv", "operation-parameter-unknown"},
        {"$export?colour=red", "operation-parameter-unknown"},
        {"$export?_typeFilter=Patient?colour=red", "search-unknown-parameter"},
        {"Observation/$export", "operation-type"},
    };
    for (const auto& [target, rule] : cases) BOOST_TEST(exported(target) == "!" + std::string(rule), target);
}

BOOST_AUTO_TEST_SUITE_END()
