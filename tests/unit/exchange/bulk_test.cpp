/// Loading files: what is a document, what becomes of it, in which order.
#include "exchange/bulk/check_sink.hpp"
#include "exchange/bulk/document_stream.hpp"
#include "exchange/bulk/http_sink.hpp"
#include "exchange/bulk/store_sink.hpp"
#include "support/files.hpp"
#include "unit/exchange/chaining.hpp"

#include <boost/test/unit_test.hpp>

#include <zlib.h>
#include <zstd.h>

namespace huitong {
namespace {

using tests::rule_of;

std::string write_file(const tests::Folder& folder, const std::string& name, const std::string& bytes) {
    const auto path = folder / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
}

std::string gzip(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string zstd(const std::string& text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

/// All documents, and "line:rule" for every issue.
struct Walked {
    std::vector<std::string> texts, issues;
    std::vector<std::uint32_t> lines;
};
Walked walk(const std::string& file) {
    Walked out;
    auto stream = exchange::DocumentStream::open(file);
    BOOST_REQUIRE(stream);
    while (true) {
        auto document = (*stream)->next();
        if (!document) {
            const auto issues = document.error();
            const auto& issue = *issues.leading();
            out.issues.push_back(std::to_string(issue.position ? issue.position->line : 0) + ':' + issue.rule);
            continue;
        }
        if (!*document) return out;
        out.texts.push_back((*document)->text);
        out.lines.push_back((*document)->line);
    }
}

std::string patient(const std::string& id, const std::string& birth_date = "1956-03-14") {
    return R"({"resourceType":"Patient","id":")" + id + R"(","birthDate":")" + birth_date + R"("})";
}

exchange::LoadProgress load_into(tests::Hub& hub, const std::vector<std::string>& files, unsigned workers,
                                 std::vector<std::string>& refused) {
    exchange::StoreSink sink(hub.services(), "load");
    sink.refuse = [&](const exchange::LoadItem& item) {
        refused.push_back(std::to_string(item.document.line) + ':' + rule_of(item.issues));
    };
    exchange::LoadOptions options;
    options.workers = workers;
    const auto progress = exchange::load(files, sink, options);
    BOOST_TEST(rule_of(sink.broken()) == "");
    return progress;
}

BOOST_AUTO_TEST_SUITE(bulk)

BOOST_AUTO_TEST_CASE(documents_are_json_values_in_any_layout) {
    tests::Folder folder;
    const std::string ndjson = "{\"a\":1}\n{\"b\":\"}{\\\"\"}\n";
    const auto lines = walk(write_file(folder, "a.ndjson", ndjson));
    BOOST_TEST(lines.texts == (std::vector<std::string>{"{\"a\":1}", "{\"b\":\"}{\\\"\"}"}), boost::test_tools::per_element());
    BOOST_TEST(lines.lines == (std::vector<std::uint32_t>{1, 2}), boost::test_tools::per_element());
    const auto pretty = walk(write_file(folder, "a.json", "\xEF\xBB\xBF\n{\n  \"a\": [\n    1\n  ]\n}\n\n{}"));
    BOOST_TEST(pretty.texts == (std::vector<std::string>{"{\n  \"a\": [\n    1\n  ]\n}", "{}"}), boost::test_tools::per_element());
    BOOST_TEST(pretty.lines == (std::vector<std::uint32_t>{2, 8}), boost::test_tools::per_element());
    BOOST_TEST(walk(write_file(folder, "b.json", "{}{}[]")).texts.size() == 3U);
    BOOST_TEST(walk(write_file(folder, "empty", "")).texts.empty());
    BOOST_TEST(rule_of(exchange::DocumentStream::open(folder / "absent").error()) == "load-file");
}

BOOST_AUTO_TEST_CASE(compression_shows_in_the_bytes) {
    tests::Folder folder;
    std::mt19937 random(7);
    std::string text;
    std::vector<std::string> documents;
    // Strings full of what could be mistaken for structure, over many block borders.
    for (int count = 0; count < 4'000; ++count) {
        std::string inside;
        for (std::size_t size = random() % 400; size > 0; --size) inside += R"({}[],:x)"[random() % 7];
        documents.push_back("{\"t\":\"" + inside + "\\\\\",\"u\":\"\\\"" + inside + "\"}");
        text += documents.back() + '\n';
    }
    for (const auto& [name, bytes] : {std::pair<std::string, std::string>("plain", text),
                                      {"gzip", gzip(text)},
                                      {"members", gzip(text.substr(0, 99'999)) + gzip(text.substr(99'999))},
                                      {"zstd", zstd(text)}}) {
        BOOST_TEST_CONTEXT(name) {
            const auto walked = walk(write_file(folder, name, bytes));
            BOOST_TEST((walked.texts == documents));
            BOOST_TEST(walked.issues.empty());
        }
    }
    for (const auto& [name, bytes] :
         {std::pair<std::string, std::string>("gzip", gzip(text)), {"zstd", zstd(text)}, {"plain", text.substr(0, text.size() - 3)}}) {
        BOOST_TEST_CONTEXT("cut " << name) {
            const auto walked = walk(write_file(folder, name, bytes.substr(0, bytes.size() - 5)));
            BOOST_TEST(walked.issues.size() == 1U);
            BOOST_TEST((walked.issues.empty() ? "" : walked.issues[0].substr(walked.issues[0].find(':') + 1)) == "load-truncated");
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_document_is_named_by_its_line_and_left_out) {
    tests::Folder folder;
    const auto walked = walk(write_file(folder, "a.ndjson", "{}\nhello {}\n\n{}\n"));
    BOOST_TEST(walked.texts.size() == 2U);
    BOOST_TEST(walked.issues == (std::vector<std::string>{"2:load-syntax"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(resources_are_put_under_their_ids_and_loading_twice_writes_nothing) {
    tests::Folder folder;
    SystemClock clock;
    tests::Hub hub(folder / "hub", clock);
    std::string text;
    for (int number = 0; number < 3'000; ++number)
        text += patient("p" + std::to_string(number % 2'500), "1956-03-1" + std::to_string(number / 2'500)) + '\n';
    const auto file = write_file(folder, "a.ndjson", text);
    std::vector<std::string> refused;
    const auto first = load_into(hub, {file}, 4, refused);
    BOOST_TEST(first.counts.documents == 3'000U);
    BOOST_TEST(first.counts.written == 3'000U);
    BOOST_TEST(first.bytes_taken == text.size());
    // The last one of an id stands, however many threads prepared.
    BOOST_TEST(((*hub.store().view()->current({"Patient", "p499"}))->body.find("1956-03-11") != std::string::npos));
    const auto versions = hub.versions();
    std::string newest;
    for (int number = 0; number < 500; ++number) newest += patient("p" + std::to_string(number), "1956-03-11") + '\n';
    const auto last = write_file(folder, "b.ndjson", newest);
    const auto second = load_into(hub, {last}, 4, refused);
    BOOST_TEST(second.counts.written == 0U);
    BOOST_TEST(hub.versions() == versions);
    BOOST_TEST(refused.empty());
}

BOOST_AUTO_TEST_CASE(bad_documents_are_refused_whole_and_the_rest_goes_on) {
    tests::Folder folder;
    SystemClock clock;
    tests::Hub hub(folder / "hub", clock);
    const std::string text = patient("p1") + "\n{\"resourceType\":\"Patent\"}\n{\"resourceType\":\"Patient\",\"id\":\"a/b\"}\n" +
                             R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + patient("p2") +
                             R"(,"request":{"method":"PUT","url":"Patient/p2"}},{"resource":)" + patient("p3") +
                             R"(,"request":{"method":"PUT","url":"Patient/other"}}]})" + "\n" +
                             R"({"resourceType":"Bundle","type":"history"})" + "\nnonsense\n" + patient("p4") + "\n";
    std::vector<std::string> refused;
    const auto progress = load_into(hub, {write_file(folder, "a.ndjson", text), folder / "absent"}, 2, refused);
    std::sort(refused.begin(), refused.end());
    BOOST_TEST(refused == (std::vector<std::string>{"0:load-file", "2:load-type", "3:rest-id", "4:rest-id-differs", "5:load-type",
                                                    "6:load-syntax"}),
               boost::test_tools::per_element());
    BOOST_TEST(progress.counts.refused == 6U);
    BOOST_TEST(progress.counts.written == 2U);
    BOOST_TEST(hub.contents().size() == 2U);
}

/// A first bundle that brings organizations, then many that refer to them by criteria and all create one of their own.
std::string story() {
    std::string out = R"({"resourceType":"Bundle","type":"batch","entry":[)";
    for (int number = 0; number < 5; ++number)
        out += std::string(number ? "," : "") + R"({"resource":{"resourceType":"Organization","identifier":[{"system":"urn:o","value":")" +
               std::to_string(number) + R"("}]},"request":{"method":"POST","url":"Organization","ifNoneExist":"identifier=urn:o%7C)" +
               std::to_string(number) + R"("}})";
    out += "]}\n";
    for (int number = 0; number < 40; ++number) {
        const auto n = std::to_string(number);
        out +=
            R"({"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:a","resource":{"resourceType":"Patient","id":"p)" +
            n + R"(","managingOrganization":{"reference":"Organization?identifier=urn:o%7C)" + std::to_string(number % 5) +
            R"("}},"request":{"method":"PUT","url":"Patient/p)" + n + R"("}},{"resource":{"resourceType":"Observation","id":"o)" + n +
            R"(","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:a"}},"request":{"method":"PUT","url":"Observation/o)" +
            n +
            R"("}},{"resource":{"resourceType":"Practitioner","identifier":[{"system":"urn:p","value":"1"}]},"request":{"method":"POST","url":"Practitioner","ifNoneExist":"identifier=urn:p%7C1"}}]})" +
            "\n";
    }
    return out;
}

// docs/guides/loading.md: what cannot be loaded is named with its line, and the rest goes on.
BOOST_AUTO_TEST_CASE(a_version_that_is_not_current_refuses_its_document_alone) {
    const tests::Folder folder;
    SystemClock clock;
    tests::Hub hub(folder / "hub", clock);
    const auto stale = R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":)" + patient("x1", "1990-01-01") +
                       R"(,"request":{"method":"PUT","url":"Patient/x1","ifMatch":"W/\"9\""}}]})";
    std::string text = patient("x1") + "\n" + stale + "\n";
    for (int number = 0; number < 1500; ++number) text += patient("y" + std::to_string(number)) + "\n";
    std::vector<std::string> refused;
    const auto [counts, bytes] = load_into(hub, {write_file(folder, "stale.ndjson", text)}, 2, refused);
    BOOST_TEST(refused == std::vector<std::string>{"2:store-conflict"}, boost::test_tools::per_element());
    BOOST_TEST(counts.written == 1501U);
    BOOST_TEST(counts.refused == 1U);
}

BOOST_AUTO_TEST_CASE(later_documents_build_on_earlier_ones) {
    tests::Folder folder;
    SystemClock clock;
    tests::Hub hub(folder / "hub", clock);
    const auto file = write_file(folder, "story.ndjson", story());
    std::vector<std::string> refused;
    const auto progress = load_into(hub, {file}, 4, refused);
    BOOST_TEST(refused.empty());
    BOOST_TEST(progress.counts.documents == 41U);
    BOOST_TEST(progress.counts.resources == 5U + 40U * 3U);
    auto view = hub.store().view();
    BOOST_TEST(view->count_all("Organization") == 5U);
    BOOST_TEST(view->count_all("Practitioner") == 1U);
    BOOST_TEST(view->count_all("Observation") == 40U);
    BOOST_TEST(((*view->current({"Observation", "o7"}))->body.find("\"Patient/p7\"") != std::string::npos));
    BOOST_TEST(((*view->current({"Patient", "p7"}))->body.find("Organization?") == std::string::npos));
    // Again: everything exists.
    const auto again = load_into(hub, {file}, 4, refused);
    BOOST_TEST(again.counts.written == 0U);
    BOOST_TEST(again.counts.unchanged == 5U + 40U * 3U);
}

BOOST_AUTO_TEST_CASE(a_collection_keeps_ids_and_joins_its_references) {
    tests::Folder folder;
    SystemClock clock;
    tests::Hub hub(folder / "hub", clock);
    std::vector<std::string> refused;
    load_into(
        hub,
        {write_file(
            folder, "c.json",
            R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:1","resource":)" + patient("p1") +
                R"(},{"resource":{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:1"}}}]})")},
        1, refused);
    BOOST_TEST(refused.empty());
    const auto matches = search::find_matches(tests::registry(), *hub.store().view(), "Observation", "subject=Patient/p1", 2, Limits{});
    BOOST_TEST((matches && matches->keys.size() == 1));
}

BOOST_AUTO_TEST_CASE(over_http_the_same_comes_out) {
    tests::Folder folder;
    SystemClock clock;
    tests::ServedHub served(folder / "served", clock, {}, true);
    std::string text = story();
    for (int number = 0; number < 600; ++number) text += patient("q" + std::to_string(number % 500)) + "\n";
    text += "{\"resourceType\":\"Patient\",\"id\":\"bad id\"}\n";
    const auto file = write_file(folder, "story.ndjson.gz", gzip(text));
    exchange::HttpSink sink(served.hub.services(), {served.url(), "", {}});
    std::vector<std::string> refused;
    sink.refuse = [&](const exchange::LoadItem& item) {
        refused.push_back(std::to_string(item.document.line) + ':' + rule_of(item.issues));
    };
    exchange::LoadOptions options;
    options.workers = 3;
    const auto progress = exchange::load({file}, sink, options);
    BOOST_TEST(rule_of(sink.broken()) == "");
    BOOST_TEST(refused == (std::vector<std::string>{"642:load-hub-refused"}), boost::test_tools::per_element());
    BOOST_TEST(progress.counts.documents == 41U + 600U);
    auto view = served.hub.store().view();
    BOOST_TEST(view->count_all("Patient") == 540U);
    BOOST_TEST(view->count_all("Practitioner") == 1U);
    BOOST_TEST(view->count_all("Organization") == 5U);
}

BOOST_AUTO_TEST_CASE(a_hub_that_is_not_there_stops_the_loading) {
    tests::Folder folder;
    SystemClock clock;
    tests::Hub hub(folder / "hub", clock);
    exchange::HttpSink sink(hub.services(), {"http://127.0.0.1:1/fhir", "", {}});
    exchange::load({write_file(folder, "story.ndjson", story())}, sink, {});
    BOOST_TEST(rule_of(sink.broken()) == "exchange-unreachable");
}

BOOST_AUTO_TEST_CASE(a_dry_run_finds_the_same_faults_and_writes_nothing) {
    tests::Folder folder;
    SystemClock clock;
    tests::Hub hub(folder / "hub", clock);
    exchange::CheckSink sink(hub.services());
    std::vector<std::string> refused;
    sink.refuse = [&](const exchange::LoadItem& item) {
        refused.push_back(std::to_string(item.document.line) + ':' + rule_of(item.issues));
    };
    const auto progress = exchange::load(
        {write_file(folder, "a.ndjson", patient("p1") + "\n{\"resourceType\":\"Patent\"}\n" + patient("a b") + "\n")}, sink, {});
    BOOST_TEST(refused == (std::vector<std::string>{"2:load-type", "3:rest-id"}), boost::test_tools::per_element());
    BOOST_TEST(progress.counts.documents == 1U);
    BOOST_TEST(hub.versions() == 0U);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_between_documents) {
    tests::Folder folder;
    SystemClock clock;
    tests::Hub hub(folder / "hub", clock);
    std::string text;
    for (int number = 0; number < 20'000; ++number) text += patient("p" + std::to_string(number)) + '\n';
    exchange::StoreSink sink(hub.services(), "load");
    std::stop_source stop;
    exchange::LoadOptions options;
    options.stop = stop.get_token();
    options.on_progress = [&](const exchange::LoadProgress&) { stop.request_stop(); };
    const auto progress = exchange::load({write_file(folder, "a.ndjson", text)}, sink, options);
    BOOST_TEST(progress.counts.documents > 0U);
    BOOST_TEST(progress.counts.documents < 20'000U);
    BOOST_TEST(hub.versions() == progress.counts.written);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace huitong
