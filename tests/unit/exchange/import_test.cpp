// Bulk import: files of one folder, rights, refusals, and what a restart does.
#include "exchange/bulk/importer.hpp"
#include "unit/interaction/desk.hpp"

#include <fstream>
#include <thread>

using namespace huitong;
using namespace huitong::tests;

namespace {

struct Ward : Desk {
    Ward() {
        services.imports = &importer;
        write("patients.ndjson", patient("a") + '\n' + patient("b") + '\n');
        write("mixed.ndjson",
              patient("c") + "\n" + R"({"resourceType":"Organization","id":"h","name":"x"})" + "\n" + patient("") + "\nno json\n");
    }
    ~Ward() { services.imports = nullptr; }
    void write(const std::string& name, const std::string& text) const { std::ofstream(source.path() / name) << text; }

    interaction::Request order(const std::string& body) const {
        auto request = request_of("POST $import", body);
        request.content_type = "application/json";
        request.respond_async = true;
        return request;
    }
    static std::string manifest(const std::string& type, const std::string& url) {
        return R"({"inputFormat":"application/fhir+ndjson","input":[{"type":")" + type + R"(","url":")" + url + R"("}]})";
    }
    std::string wait_for(const std::string& location) {
        job = location.substr(location.find("$import-job/"));
        for (int attempt = 0; attempt < 2'000; ++attempt) {
            const auto status = send("GET " + job);
            if (status.status() != 202)
                return status.status() == 200
                           ? status.at("/output/0/count") + " in, " + std::to_string(status.size("/error")) + " files of errors"
                           : "!" + status.rule();
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return "never";
    }
    std::string imported(const std::string& body) {
        const auto ordered = send(order(body));
        return ordered.status() == 202 ? wait_for(ordered.response().location) : "!" + ordered.rule();
    }

    std::string job;
    ScratchFolder jobs, source;
    exchange::Importer importer{services, (jobs.path() / "import").string(), source.path().string()};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(bulk_import, Ward)

BOOST_AUTO_TEST_CASE(a_file_by_its_manifest) {
    BOOST_TEST(imported(manifest("Patient", "patients.ndjson")) == "2 in, 0 files of errors");
    BOOST_TEST(send("GET Patient/b").status() == 200);
    BOOST_TEST(send("GET " + job).at("/request") == "http://hub.example/fhir/$import");
    BOOST_TEST(imported(manifest("Patient", "patients.ndjson")) == "2 in, 0 files of errors");
    BOOST_TEST(send("GET " + job).at("/output/0/unchanged") == "2");
    BOOST_TEST(send("GET Patient/b/_history").size("/entry") == 1u);
}

BOOST_AUTO_TEST_CASE(parameters_and_the_manifest_of_an_export_say_the_same) {
    auto request = order(
        R"({"resourceType":"Parameters","parameter":[{"name":"inputFormat","valueCode":"application/fhir+ndjson"},{"name":"input","part":[{"name":"type","valueCode":"Patient"},{"name":"url","valueUrl":"patients.ndjson"}]}]})");
    request.content_type = "application/fhir+json";
    BOOST_TEST(wait_for(send(std::move(request)).response().location) == "2 in, 0 files of errors");
    BOOST_TEST(imported(R"({"transactionTime":"2026-01-01T00:00:00Z","output":[{"type":"Patient","url":"patients.ndjson"}],"error":[]})") ==
               "2 in, 0 files of errors");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_taken_is_told_line_by_line) {
    BOOST_TEST(imported(manifest("Patient", "mixed.ndjson")) == "1 in, 1 files of errors");
    BOOST_TEST(send("GET " + job).at("/error/0/count") == "3");
    auto work = interaction::handle(services, request_of("GET " + job + "/errors-0.ndjson"));
    std::string errors;
    BOOST_REQUIRE(boost::asio::co_spawn(workers, std::move(work), boost::asio::use_future).get().file->read(errors, 100'000));
    for (const auto* rule : {"rest-type-differs", "import-id", "line 3"})
        BOOST_TEST(errors.find(rule) != std::string::npos, rule << " in " << errors);
    BOOST_TEST(send("GET Organization/h").status() == 404);
}

BOOST_AUTO_TEST_CASE(only_files_of_the_folder) {
    write("../outside.ndjson", patient("z"));
    std::filesystem::create_symlink("/etc/hosts", source.path() / "link.ndjson");
    for (const auto* url :
         {"../outside.ndjson", "/etc/hosts", "file:///etc/hosts", "link.ndjson", "https://elsewhere.example/a.ndjson", "none.ndjson", ""})
        BOOST_TEST(imported(manifest("Patient", url)) == "!import-url", url);
    BOOST_TEST(imported(manifest("Patient", "file://" + (source.path() / "patients.ndjson").string())) == "2 in, 0 files of errors");
    std::filesystem::remove(source.path() / "../outside.ndjson");
}

BOOST_AUTO_TEST_CASE(refusals) {
    BOOST_TEST(send("POST $import", manifest("Patient", "patients.ndjson")).rule() == "bulk-async");
    BOOST_TEST(imported(manifest("Nonsense", "patients.ndjson")) == "!rest-unknown-type");
    BOOST_TEST(imported(manifest("AuditEvent", "patients.ndjson")) == "!rest-append-only");
    BOOST_TEST(imported(R"({"inputFormat":"text/csv","input":[{"type":"Patient","url":"patients.ndjson"}]})") ==
               "!operation-parameter-unknown");
    BOOST_TEST(imported("{}") == "!operation-parameter");
}

BOOST_AUTO_TEST_CASE(it_takes_a_scope_of_its_own_and_the_right_to_write) {
    auto asked = [&](std::vector<std::string> scopes) {
        auto request = order(manifest("Patient", "patients.ndjson"));
        request.caller.open = false;
        request.caller.client_id = "loader";
        request.caller.scopes = std::move(scopes);
        return send(std::move(request)).status();
    };
    BOOST_TEST(asked({"system/*.cruds"}) == 403);
    BOOST_TEST(asked({"huitong/import"}) == 403);
    BOOST_TEST(asked({"huitong/import", "system/Patient.cu"}) == 202);
}

BOOST_AUTO_TEST_CASE(a_job_is_its_clients_own_and_outlives_a_restart) {
    BOOST_TEST(imported(manifest("Patient", "patients.ndjson")) == "2 in, 0 files of errors");
    auto stranger = request_of("GET " + job);
    stranger.caller.client_id = "other";
    BOOST_TEST(send(std::move(stranger)).status() == 404);
    const auto record = jobs.path() / "import" / job.substr(job.rfind('/') + 1) / "job.json";
    auto text = read_file(record);
    text.replace(text.find(R"("done":true)"), 11, R"("done":false)"); // of the job; its one file is done
    std::ofstream(record) << text;
    exchange::Importer again{services, (jobs.path() / "import").string(), source.path().string()};
    services.imports = &again;
    BOOST_TEST(wait_for("/" + job) == "2 in, 0 files of errors");
    BOOST_TEST(send("DELETE " + job).status() == 202);
    BOOST_TEST(send("GET " + job).status() == 404);
    services.imports = nullptr;
}

BOOST_AUTO_TEST_SUITE_END()
