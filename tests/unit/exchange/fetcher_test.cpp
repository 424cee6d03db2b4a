// What an import may fetch, and how: only below the listed places, no redirect, going on after a cut and after a restart, bounded.
#include "exchange/bulk/fetcher.hpp"
#include "exchange/bulk/importer.hpp"
#include "rest/server.hpp"
#include "unit/exchange/cutting_proxy.hpp"
#include "unit/interaction/desk.hpp"

#include <boost/asio/io_context.hpp>

#include <fstream>

using namespace huitong;
using namespace huitong::tests;

namespace {

/// A server of files that knows ranges, and says to where it moved.
class FileServer final : public rest::Door {
public:
    FileServer() {
        BOOST_REQUIRE(server_.bind("127.0.0.1:0").has_value());
        server_.set_routes({{"/fhir", this}});
        server_.start();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~FileServer() override {
        server_.stop();
        workers_.join();
        io_.stop();
        thread_.join();
    }
    std::uint16_t port() const { return static_cast<std::uint16_t>(std::stoi(server_.address().substr(server_.address().rfind(':') + 1))); }
    std::string url() const { return "http://" + server_.address() + "/fhir/"; }

    boost::asio::awaitable<rest::HttpResponse> answer(rest::HttpRequest request) override {
        rest::HttpResponse response;
        ++asked;
        if (request.path == "/fhir/moved.ndjson") {
            response.status = 302;
            response.set("Location", "/fhir/file.ndjson");
        } else if (request.path == "/fhir/busy.ndjson" && asked < 3) {
            response.status = 503;
        } else if (request.path == "/fhir/file.ndjson" || request.path == "/fhir/busy.ndjson") {
            give(request, response);
        } else {
            response.status = 404;
        }
        co_return response;
    }

    std::string bytes, etag = "\"1\"";
    std::size_t slice = std::string::npos; ///< as many bytes of a range are given at once
    bool tells_total = true;
    std::atomic<int> asked{0}, ranges{0};

private:
    void give(const rest::HttpRequest& request, rest::HttpResponse& response) {
        const auto range = request.header("range");
        response.body = bytes;
        response.set("ETag", etag);
        if (range.empty() || request.header("if-range") != etag) return;
        ++ranges;
        const auto from = std::stoul(std::string(range.substr(6)));
        const auto total = tells_total ? std::to_string(bytes.size()) : "*";
        response.status = from < bytes.size() ? 206 : 416;
        response.body = response.status == 206 ? bytes.substr(from, slice) : "";
        response.set("Content-Range", response.status == 416 ? "bytes */" + std::to_string(bytes.size())
                                                             : "bytes " + std::to_string(from) + '-' +
                                                                   std::to_string(from + response.body.size() - 1) + '/' + total);
    }
    Limits limits_;
    boost::asio::io_context io_;
    boost::asio::thread_pool workers_{1};
    rest::Server server_{io_, workers_, limits_};
    std::thread thread_;
};

struct Place : Desk {
    Place() {
        for (int line = 0; line < 3'000; ++line) files.bytes += patient("p" + std::to_string(line), R"(,"active":true)") + '\n';
        settings.backoff_first_ms = 1;
        settings.backoff_max_ms = 5;
    }
    /// As a stop would leave it.
    void leave(const std::string& bytes, const char* etag = "\"1\"") const {
        std::ofstream(path + ".part") << bytes;
        std::ofstream(path + ".etag") << etag << '\n';
    }
    std::string fetched(const std::string& url) {
        exchange::Fetcher fetcher(settings);
        const auto outcome = fetcher.fetch(url, path, {});
        return outcome.has_errors() ? "!" + rule_of(outcome) : read_file(path);
    }
    ScratchFolder folder_of_files;
    std::string path = (folder_of_files.path() / "input").string();
    FileServer files;
    exchange::FetchSettings settings;
};

} // namespace

BOOST_AUTO_TEST_SUITE(fetching)

BOOST_AUTO_TEST_CASE(only_what_lies_below_a_listed_place) {
    const std::vector<std::string> sources{"https://files.example/bulk/", "http://127.0.0.1:9000/out"};
    for (const auto* good :
         {"https://files.example/bulk/a.ndjson", "https://FILES.example:443/bulk/x/a.ndjson?key=1", "http://127.0.0.1:9000/out/a"})
        BOOST_TEST(exchange::may_fetch(sources, good), good);
    for (const auto* bad :
         {"http://files.example/bulk/a.ndjson", "https://files.example/bulk", "https://files.example/bulk/",
          "https://files.example/bulky/a", "https://files.example:444/bulk/a", "https://files.example.evil.example/bulk/a",
          "https://me@files.example/bulk/a", "https://files.example/bulk/../a", "https://files.example/bulk/%2e%2e/a",
          "https://files.example/bulk/..%2fa", "https://files.example/bulk/a#b", "http://127.0.0.1:9000/outside/a",
          "http://127.0.0.1/out/a", "file:///out/a", "/bulk/a", ""})
        BOOST_TEST(!exchange::may_fetch(sources, bad), bad);
    BOOST_TEST(!exchange::may_fetch({}, "https://files.example/bulk/a.ndjson"));
}

BOOST_FIXTURE_TEST_CASE(a_file_is_fetched_whole_over_cuts, Place) {
    CuttingProxy way(files.port(), {10'000, 400, 70'000, 0});
    BOOST_TEST((fetched(way.url() + "/file.ndjson") == files.bytes));
    BOOST_TEST(way.cuts() >= 3u);
    BOOST_TEST(files.ranges >= 2);
    BOOST_TEST(!std::filesystem::exists(path + ".part"));
}

BOOST_FIXTURE_TEST_CASE(what_a_restart_left_is_gone_on_with_when_it_is_of_the_same_file, Place) {
    const auto begin = files.bytes.substr(0, 1'000);
    leave(begin);
    BOOST_TEST((fetched(files.url() + "file.ndjson") == files.bytes));
    BOOST_TEST(files.ranges == 1);
    leave(begin, "\"of another\"");
    BOOST_TEST((fetched(files.url() + "file.ndjson") == files.bytes));
    BOOST_TEST(files.ranges == 1);
    leave(begin, "");
    BOOST_TEST((fetched(files.url() + "file.ndjson") == files.bytes));
    BOOST_TEST(files.ranges == 1);
    leave(files.bytes); // stopped behind the last byte
    BOOST_TEST((fetched(files.url() + "file.ndjson") == files.bytes));
}

// RFC 9110 §15.3.7: a server may send less than it was asked for.
BOOST_FIXTURE_TEST_CASE(a_part_is_not_taken_for_the_whole, Place) {
    settings.tries_max = 2;
    settings.backoff_first_ms = settings.backoff_max_ms = 60'000; // nobody waits between slices
    files.slice = 50'000;
    for (const bool tells_total : {true, false}) {
        files.tells_total = tells_total;
        files.ranges = 0;
        leave(files.bytes.substr(0, 10));
        BOOST_TEST((fetched(files.url() + "file.ndjson") == files.bytes));
        BOOST_TEST(files.ranges > 3);
    }
}

BOOST_FIXTURE_TEST_CASE(a_file_that_became_empty_is_not_the_old_one, Place) {
    files.bytes.clear();
    leave("old", "\"of another\"");
    BOOST_TEST(fetched(files.url() + "file.ndjson") == "");
    BOOST_TEST(!std::filesystem::exists(path + ".part"));
}

BOOST_FIXTURE_TEST_CASE(what_is_not_given_is_told, Place) {
    BOOST_TEST(fetched(files.url() + "none.ndjson") == "!import-fetch");
    BOOST_TEST(fetched(files.url() + "moved.ndjson") == "!import-fetch"); // a redirect may lead anywhere
    files.asked = 0;
    BOOST_TEST((fetched(files.url() + "busy.ndjson") == files.bytes));
    settings.file_bytes_max = 1'000;
    BOOST_TEST(fetched(files.url() + "file.ndjson") == "!import-file-max");
    settings.tries_max = 2;
    BOOST_TEST(fetched("http://127.0.0.1:1/fhir/file.ndjson") == "!exchange-unreachable");
    BOOST_TEST(fetched("http://files.example/fhir/file.ndjson") == "!exchange-plain-http");
}

BOOST_FIXTURE_TEST_CASE(an_import_takes_what_its_manifest_names_there, Place) {
    settings.sources = {files.url()};
    settings.file_bytes_max = 1'000;
    files.bytes = patient("a") + '\n' + patient("b") + '\n';
    ScratchFolder jobs;
    exchange::Importer importer(services, jobs.path().string(), "", settings);
    services.imports = &importer;
    const auto ordered = [&](const std::string& url) {
        auto request = request_of("POST $import", R"({"input":[{"type":"Patient","url":")" + url + R"("}]})");
        request.content_type = "application/json";
        request.respond_async = true;
        return send(std::move(request));
    };
    const auto ended = [&](const Answer& order) {
        const auto job = order.response().location.substr(order.response().location.find("$import-job/"));
        for (int attempt = 0; attempt < 2'000 && send("GET " + job).status() == 202; ++attempt)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        const auto status = send("GET " + job);
        return status.at("/output/0/count") + " in, " + std::to_string(status.size("/error")) + " files of errors";
    };
    BOOST_TEST(ended(ordered(files.url() + "file.ndjson")) == "2 in, 0 files of errors");
    BOOST_TEST(send("GET Patient/b").status() == 200);
    BOOST_TEST(ended(ordered(files.url() + "none.ndjson")) == "0 in, 1 files of errors");
    files.bytes = std::string(10'000, '\n'); // longer than it may be: nobody goes on with what came of it
    BOOST_TEST(ended(ordered(files.url() + "file.ndjson")) == "0 in, 1 files of errors");
    BOOST_TEST(ordered("http://127.0.0.1:1/fhir/file.ndjson").rule() == "import-url");
    for (const auto& file : std::filesystem::recursive_directory_iterator(jobs.path()))
        BOOST_TEST(!file.path().filename().string().starts_with("input-"), file.path().filename());
    services.imports = nullptr;
}

BOOST_AUTO_TEST_SUITE_END()
