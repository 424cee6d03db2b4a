// HTTP over real sockets: formats, headers, limits, slow and broken peers.
#include "unit/rest/loopback.hpp"

#include "base/base64.hpp"
#include "fhir/json.hpp"
#include "rest/admission.hpp"
#include "rest/compression.hpp"
#include "rest/media.hpp"

#include <zlib.h>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr const char* kJson = "Content-Type: application/fhir+json\r\n";

std::string rule_in(const HttpReply& reply) {
    const auto at = reply.body.find("/rule\",\"code\":\"");
    if (at == reply.body.npos) return "-";
    const auto begin = at + std::string_view("/rule\",\"code\":\"").size();
    return reply.body.substr(begin, reply.body.find('"', begin) - begin);
}

/// gzip by the library itself, as a client makes it.
std::string gzipped(const std::string& text) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string ungzipped(const std::string& bytes) {
    rest::HttpRequest request;
    request.headers.emplace_back("content-encoding", "gzip");
    request.body = bytes;
    BOOST_TEST(rest::inflate_body(request, Limits{}).empty());
    return request.body;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http, Loopback)

BOOST_AUTO_TEST_CASE(a_write_and_a_read_with_their_headers) {
    const auto made = send("POST /fhir/Patient", kJson, R"({"resourceType":"Patient"})");
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.header("location").starts_with("http://hub.example/fhir/Patient/"));
    BOOST_TEST(made.header("location") == made.header("content-location"));
    BOOST_TEST(made.header("etag") == "W/\"1\"");
    BOOST_TEST(made.header("last-modified").ends_with(" GMT"));
    const auto path = made.header("location").substr(std::string("http://hub.example").size());
    const auto found = send("GET " + path.substr(0, path.find("/_history")));
    BOOST_TEST(found.status == 200);
    BOOST_TEST(found.header("content-type") == "application/fhir+json; charset=utf-8");
    BOOST_TEST(found.body == made.body);
    BOOST_TEST(send("GET " + path).status == 200);
}

BOOST_AUTO_TEST_CASE(formats_in_and_out) {
    put("a", R"(,"active":true)");
    struct Case {
        const char *target, *accept;
        int status;
        const char *type, *begin;
    };
    const Case cases[] = {
        {"/fhir/Patient/a", "", 200, "application/fhir+json; charset=utf-8", "{\"resourceType\""},
        {"/fhir/Patient/a", "*/*", 200, "application/fhir+json; charset=utf-8", "{"},
        {"/fhir/Patient/a", "application/fhir+json", 200, "application/fhir+json; charset=utf-8", "{"},
        {"/fhir/Patient/a", "application/json", 200, "application/json; charset=utf-8", "{"},
        {"/fhir/Patient/a", "text/json", 200, "text/json; charset=utf-8", "{"},
        {"/fhir/Patient/a", "application/fhir+xml", 200, "application/fhir+xml; charset=utf-8", "<Patient"},
        {"/fhir/Patient/a", "application/xml", 200, "application/xml; charset=utf-8", "<Patient"},
        {"/fhir/Patient/a", "text/xml", 200, "text/xml; charset=utf-8", "<Patient"},
        {"/fhir/Patient/a", "application/fhir+json;q=0.5, application/fhir+xml", 200, "application/fhir+xml; charset=utf-8", "<Patient"},
        {"/fhir/Patient/a", "application/fhir+xml;q=0.5, application/fhir+json;q=0.8", 200, "application/fhir+json; charset=utf-8", "{"},
        {"/fhir/Patient/a", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 200, "application/fhir+json; charset=utf-8",
         "{"},
        {"/fhir/Patient/a", "application/fhir+json; fhirVersion=4.0", 200, "application/fhir+json; charset=utf-8", "{"},
        {"/fhir/Patient/a", "application/fhir+json; fhirVersion=5.0", 406, "application/fhir+json; charset=utf-8",
         "{\"resourceType\":\"OperationOutcome\""},
        {"/fhir/Patient/a", "text/turtle", 406, "application/fhir+json; charset=utf-8", "{\"resourceType\":\"OperationOutcome\""},
        {"/fhir/Patient/a?_format=xml", "application/fhir+json", 200, "application/fhir+xml; charset=utf-8", "<Patient"},
        {"/fhir/Patient/a?_format=application/fhir+xml", "", 200, "application/fhir+xml; charset=utf-8", "<Patient"},
        {"/fhir/Patient/a?_format=application%2Ffhir%2Bjson", "application/xml", 200, "application/fhir+json; charset=utf-8", "{"},
        {"/fhir/Patient/a?_format=ttl", "", 406, "application/fhir+json; charset=utf-8", "{"},
        {"/fhir/Patient/b", "application/fhir+xml", 404, "application/fhir+xml; charset=utf-8", "<OperationOutcome"},
        {"/fhir/Patient/a?_pretty=true", "", 200, "application/fhir+json; charset=utf-8", "{\n"},
    };
    for (const auto& one : cases) {
        BOOST_TEST_CONTEXT(one.target << " accepting " << one.accept) {
            const auto reply = send("GET " + std::string(one.target), *one.accept ? "Accept: " + std::string(one.accept) + "\r\n" : "");
            BOOST_TEST(reply.status == one.status);
            BOOST_TEST(reply.header("content-type") == one.type);
            BOOST_TEST(reply.body.starts_with(one.begin), reply.body.substr(0, 60));
        }
    }
    const auto xml = send("POST /fhir/Patient", "Content-Type: application/fhir+xml; charset=utf-8\r\nAccept: application/fhir+xml\r\n",
                          R"(<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>)");
    BOOST_TEST(xml.status == 201);
    BOOST_TEST(xml.body.find("<active value=\"true\"/>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(head_has_the_length_and_no_body) {
    put("a");
    const auto get = send("GET /fhir/Patient/a");
    const auto head = send("HEAD /fhir/Patient/a");
    BOOST_TEST(head.status == 200);
    BOOST_TEST(head.header("content-length") == std::to_string(get.body.size()));
    BOOST_TEST(head.header("etag") == "W/\"1\"");
    BOOST_TEST(head.body.empty());
    // The next request on the connection is not taken for a body.
    HttpClient client(port());
    client.write("HEAD /fhir/Patient/a HTTP/1.1\r\nHost: x\r\n\r\nGET /fhir/Patient/a HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(client.read(true).status == 200);
    BOOST_TEST(client.read().body == get.body);
}

BOOST_AUTO_TEST_CASE(statuses) {
    put("a");
    put("gone");
    send("DELETE /fhir/Patient/gone");
    const std::tuple<const char*, const char*, const char*, int> cases[] = {
        {"GET /fhir/Patient/nobody", "", "", 404},
        {"GET /nothing", "", "", 404},
        {"GET /fhirs/Patient/a", "", "", 404},
        {"GET /fhir/Nonsense/a", "", "", 404},
        {"POST /fhir/Patient/a", kJson, "{}", 405},
        {"BREW /fhir/Patient/a", "", "", 405},
        {"GET /fhir/Patient/gone", "", "", 410},
        {"PUT /fhir/Patient/a", "Content-Type: application/fhir+json\r\nIf-Match: W/\"7\"\r\n", R"({"resourceType":"Patient","id":"a"})",
         412},
        {"POST /fhir/Patient", "Content-Type: text/plain\r\n", "x", 415},
        {"POST /fhir/Patient", kJson, "{", 400},
        {"POST /fhir/Patient", "Content-Type: application/fhir+xml\r\n", "<Patient", 400},
        {"GET /fhir/Patient?colour=red", "", "", 400},
        {"GET /fhir/Patient?colour=red", "Prefer: handling=lenient\r\n", "", 200},
        {"GET /fhir/Patient/a", "If-None-Match: W/\"1\"\r\n", "", 304},
        {"GET /fhir/Patient/a", "If-Modified-Since: Fri, 01 Jan 2038 00:00:00 GMT\r\n", "", 304},
        {"GET /fhir/Patient/a", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n", "", 200},
        {"DELETE /fhir/Patient/nobody", "", "", 204},
        {"GET /fhir/metadata", "", "", 200},
        {"GET /fhir/metadata/", "", "", 200},
        {"GET /fhir/Patient/a/", "", "", 200},
    };
    for (const auto& [line, headers, body, status] : cases) {
        const auto reply = send(line, headers, body);
        BOOST_TEST(reply.status == status, line << " gives " << reply.status << ' ' << reply.body.substr(0, 200));
        if (status >= 400) BOOST_TEST(reply.body.find("OperationOutcome") != std::string::npos, line);
        if (status == 304 || status == 204) BOOST_TEST(reply.body.empty(), line);
    }
}

BOOST_AUTO_TEST_CASE(a_transaction_with_and_without_a_slash_at_the_end) {
    const std::string bundle =
        R"({"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient"},"request":{"method":"POST","url":"Patient"}}]})";
    for (const char* target : {"/fhir", "/fhir/"}) {
        const auto done = send("POST " + std::string(target), kJson, bundle);
        BOOST_TEST(done.status == 200, target);
        BOOST_TEST(done.body.find("transaction-response") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(prefer_decides_what_comes_back) {
    const std::string body = R"({"resourceType":"Patient"})";
    BOOST_TEST(send("POST /fhir/Patient", "Content-Type: application/json\r\nPrefer: return=minimal\r\n", body).body.empty());
    BOOST_TEST(send("POST /fhir/Patient", "Content-Type: application/json\r\nPrefer: return=OperationOutcome\r\n", body)
                   .body.find("OperationOutcome") != std::string::npos);
    BOOST_TEST(
        send("POST /fhir/Patient", "Content-Type: application/json\r\nPrefer: return=representation\r\n", body).body.find("\"Patient\"") !=
        std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_search_as_a_form) {
    put("a", R"(,"active":true)");
    put("b");
    const auto found = send("POST /fhir/Patient/_search", "Content-Type: application/x-www-form-urlencoded\r\n", "active=true&_count=5");
    BOOST_TEST(found.status == 200);
    BOOST_TEST(found.body.find("\"total\":1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_search_body_that_is_no_form_is_refused) {
    const auto refused = send("POST /fhir/Patient/_search", "Content-Type: application/fhir+json\r\n", R"({"resourceType":"Patient"})");
    BOOST_TEST(refused.status == 415);
}

BOOST_AUTO_TEST_CASE(what_has_a_form_of_its_own_is_given_to_whoever_asks_for_that) {
    BOOST_TEST(send("GET /fhir/$export-job/none", "Accept: application/fhir+ndjson\r\n").status == 404);
    BOOST_TEST(send("GET /fhir/openapi.json", "Accept: application/vnd.oai.openapi+json\r\n").status == 200);
    BOOST_TEST(send("GET /fhir/Patient/none", "Accept: application/fhir+ndjson\r\n").status == 406);
}

BOOST_AUTO_TEST_CASE(the_kinds_of_patches_are_told) {
    const auto refused = send("PATCH /fhir/Patient/a", "Content-Type: text/plain\r\n", "x");
    put("a");
    const auto again = send("PATCH /fhir/Patient/a", "Content-Type: text/plain\r\n", "x");
    BOOST_TEST(refused.status == 404);
    BOOST_TEST(again.status == 415);
    BOOST_TEST(again.header("accept-patch").starts_with("application/json-patch+json"));
    BOOST_TEST(send("OPTIONS /fhir/Patient/a").header("accept-patch") == again.header("accept-patch"));
}

BOOST_AUTO_TEST_CASE(connections_are_kept_and_may_be_pipelined) {
    put("a");
    HttpClient client(port());
    client.write("GET /fhir/Patient/a HTTP/1.1\r\nHost: x\r\n\r\nGET /fhir/Patient/b HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(client.read().status == 200);
    BOOST_TEST(client.read().status == 404);
    client.write("GET /fhir/Patient/a HTTP/1.0\r\nHost: x\r\n\r\n");
    BOOST_TEST(client.read().status == 200);
    BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(a_header_folded_over_two_lines_is_refused) {
    for (const std::string fold : {"\r\n ", "\r\n\t"}) {
        HttpClient client(port());
        client.write("GET /fhir/metadata HTTP/1.1\r\nHost: x\r\nX-Folded: one" + fold + "two\r\n\r\n");
        const auto refused = client.read();
        BOOST_TEST(refused.status == 400);
        BOOST_TEST(rule_in(refused) == "http-framing");
        BOOST_TEST(client.is_closed());
    }
}

// Source: RFC 9112 §6.3; two programs on the way must not find two different ends.
BOOST_AUTO_TEST_CASE(a_body_whose_end_is_told_in_two_ways_is_refused) {
    for (const std::string lengths : {"Content-Length: 2\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 2",
                                      "Content-Length: 2\r\nContent-Length: 3", "Content-Length: many", "Content-Length: -2"}) {
        HttpClient client(port());
        client.write("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\n" + lengths + "\r\n\r\n{}");
        const auto refused = client.read();
        BOOST_TEST(refused.status == 400, lengths);
        BOOST_TEST(rule_in(refused) == "http-framing", lengths);
        BOOST_TEST(refused.body.find("\"structure\"") != refused.body.npos, lengths);
        BOOST_TEST(client.is_closed(), lengths);
    }
}

BOOST_AUTO_TEST_CASE(a_request_names_its_host_once) {
    for (const std::string hosts : {"", "Host: a\r\nHost: b\r\n"}) {
        HttpClient client(port());
        client.write("GET /fhir/metadata HTTP/1.1\r\n" + hosts + "\r\n");
        const auto refused = client.read();
        BOOST_TEST(refused.status == 400);
        BOOST_TEST(rule_in(refused) == "http-host");
        BOOST_TEST(client.is_closed());
    }
    HttpClient old(port());
    old.write("GET /fhir/metadata HTTP/1.0\r\n\r\n");
    BOOST_TEST(old.read().status == 200);
}

BOOST_AUTO_TEST_CASE(media_types_are_written_in_any_case) {
    BOOST_TEST(
        send("POST /fhir/Patient", "Content-Type: Application/FHIR+JSON; charset=UTF-8\r\n", R"({"resourceType":"Patient"})").status ==
        201);
}

BOOST_AUTO_TEST_CASE(further_pages_of_a_form_are_fetched_by_get) {
    for (const auto* id : {"a", "b", "c"}) put(id);
    const auto first = send("POST /fhir/Patient/_search", "Content-Type: application/x-www-form-urlencoded\r\n", "_count=2");
    const auto at = first.body.find("\"next\",\"url\":\"http://hub.example/");
    BOOST_REQUIRE_MESSAGE(at != first.body.npos, first.body);
    const auto begin = at + std::string("\"next\",\"url\":\"http://hub.example").size();
    const auto second = send("GET " + first.body.substr(begin, first.body.find('"', begin) - begin));
    BOOST_TEST(second.status == 200);
    BOOST_TEST(second.body.find("\"fullUrl\"") != second.body.npos);
}

BOOST_AUTO_TEST_CASE(a_head_that_comes_byte_by_byte) {
    HttpClient client(port());
    for (const char c : std::string_view("GET /fhir/Patient/nobody HTTP/1.1\r\nHost: x\r\n\r\n")) client.write({&c, 1});
    BOOST_TEST(client.read().status == 404);
}

BOOST_AUTO_TEST_CASE(a_body_in_pieces) {
    HttpClient client(port());
    client.write("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "10\r\n{\"resourceType\":\r\n");
    client.write("a\r\n\"Patient\"}\r\n0\r\n\r\n");
    BOOST_TEST(client.read().status == 201);
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_to_be_told_to_go_on) {
    HttpClient client(port());
    const std::string body = R"({"resourceType":"Patient"})";
    client.write(
        "POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nExpect: 100-continue\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n");
    BOOST_TEST(client.read().status == 100);
    client.write(body);
    BOOST_TEST(client.read().status == 201);
}

BOOST_AUTO_TEST_CASE(broken_requests_are_answered_and_end_their_connection) {
    const std::pair<const char*, int> cases[] = {
        {"NONSENSE\r\n\r\n", 400},
        {"GET /fhir/Patient/a HTTP/9.9\r\n\r\n", 400},
        {"GET /fhir/Patient/a HTTP/1.1\r\nBroken Header\r\n\r\n", 400},
        {"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", 400},
        {"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        {"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n", 400},
        {"POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", 400},
    };
    for (const auto& [text, status] : cases) {
        HttpClient client(port());
        client.write(text);
        BOOST_TEST(client.read().status == status, text);
        BOOST_TEST(client.is_closed(), text);
    }
    BOOST_TEST(send("GET /fhir/metadata").status == 200);
}

BOOST_AUTO_TEST_CASE(a_client_that_has_said_all_still_gets_its_answer) {
    put("a");
    HttpClient client(port());
    client.write("GET /fhir/Patient/a HTTP/1.1\r\nHost: x\r\n\r\n");
    client.end_writing();
    BOOST_TEST(client.read().status == 200);
    BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(a_client_that_leaves_within_its_request_leaves_nothing) {
    {
        HttpClient client(port());
        client.write("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 100\r\n\r\n{");
        client.end_writing();
        BOOST_TEST(client.read().status == 400);
    }
    BOOST_TEST(store->now() == 0u);
    BOOST_TEST(send("GET /fhir/metadata").status == 200);
}

BOOST_AUTO_TEST_CASE(gzip_in) {
    const std::string body = R"({"resourceType":"Patient","id":"z","active":true})";
    const auto headers = std::string(kJson) + "Content-Encoding: gzip\r\n";
    BOOST_TEST(send("PUT /fhir/Patient/z", headers, gzipped(body)).status == 201);
    BOOST_TEST(send("GET /fhir/Patient/z").body.find("\"active\":true") != std::string::npos);
    const auto cut = gzipped(body);
    const auto broken = send("PUT /fhir/Patient/z", headers, cut.substr(0, cut.size() / 2));
    BOOST_TEST(broken.status == 400);
    BOOST_TEST(rule_in(broken) == "http-inflate");
    BOOST_TEST(send("PUT /fhir/Patient/z", headers, body).status == 400);
    BOOST_TEST(send("PUT /fhir/Patient/z", std::string(kJson) + "Content-Encoding: br\r\n", body).status == 415);
}

BOOST_AUTO_TEST_CASE(gzip_out_for_those_who_take_it) {
    const auto plain = send("GET /fhir/metadata");
    BOOST_TEST(plain.header("content-encoding") == "-");
    BOOST_TEST(plain.header("vary") == "Accept-Encoding");
    const auto packed = send("GET /fhir/metadata", "Accept-Encoding: br, gzip\r\n");
    BOOST_TEST(packed.header("content-encoding") == "gzip");
    BOOST_TEST(packed.body.size() * 4 < plain.body.size());
    BOOST_TEST(packed.header("content-length") == std::to_string(packed.body.size()));
    const auto behind_date = [](const std::string& text) { return text.substr(text.find("publisher")); };
    BOOST_TEST(behind_date(ungzipped(packed.body)) == behind_date(plain.body));
    BOOST_TEST(send("GET /fhir/metadata", "Accept-Encoding: gzip;q=0, *\r\n").header("content-encoding") == "-");
    BOOST_TEST(send("GET /fhir/metadata", "Accept-Encoding: *\r\n").header("content-encoding") == "gzip");
    put("a");
    BOOST_TEST(send("GET /fhir/Patient/a", "Accept-Encoding: gzip\r\n").header("content-encoding") == "-"); // too small
    const auto head = send("HEAD /fhir/metadata", "Accept-Encoding: gzip\r\n");
    BOOST_TEST(head.header("content-encoding") == "gzip");
    BOOST_TEST(std::abs(std::stol(head.header("content-length")) - static_cast<long>(packed.body.size())) < 64); // the date differs
}

BOOST_AUTO_TEST_CASE(a_page_of_an_allowed_origin_may_read_answers_and_headers) {
    rest::Cors cors;
    cors.origins.push_back("https://page.example");
    server.set_cors(cors);
    put("a");
    const auto found = send("GET /fhir/Patient/a", "Origin: https://page.example\r\n");
    BOOST_TEST(found.header("access-control-allow-origin") == "https://page.example");
    BOOST_TEST(found.header("access-control-expose-headers") == "Location, Content-Location, ETag, Last-Modified");
    BOOST_TEST(found.header("vary").starts_with("Origin"));
    const auto other = send("GET /fhir/Patient/a", "Origin: https://other.example\r\n");
    BOOST_TEST(other.status == 200);
    BOOST_TEST(other.header("access-control-allow-origin") == "-");
    BOOST_TEST(send("GET /fhir/Patient/a").header("access-control-allow-origin") == "-");
}

BOOST_AUTO_TEST_CASE(a_browser_asks_before_it_writes) {
    rest::Cors cors;
    cors.origins.push_back("*");
    server.set_cors(cors);
    const auto asked = send("OPTIONS /fhir/Patient/a", "Origin: https://page.example\r\nAccess-Control-Request-Method: PUT\r\n"
                                                       "Access-Control-Request-Headers: authorization,content-type,if-match\r\n");
    BOOST_TEST(asked.status == 204);
    BOOST_TEST(asked.header("access-control-allow-origin") == "*");
    BOOST_TEST(asked.header("access-control-allow-methods").find("PATCH") != std::string::npos);
    BOOST_TEST(asked.header("access-control-allow-headers") == "authorization,content-type,if-match");
    server.set_cors({});
    const auto refused = send("OPTIONS /fhir/Patient/a", "Origin: https://page.example\r\nAccess-Control-Request-Method: PUT\r\n");
    BOOST_TEST(refused.header("access-control-allow-origin") == "-");
    BOOST_TEST(refused.header("access-control-allow-methods") == "-");
}

BOOST_AUTO_TEST_CASE(only_pages_of_this_machine_where_access_is_open) {
    rest::Cors cors;
    cors.local_pages = true;
    server.set_cors(cors);
    const std::pair<const char*, bool> cases[] = {{"http://localhost:3000", true},
                                                  {"http://127.0.0.1", true},
                                                  {"http://[::1]:8080", true},
                                                  {"http://localhost.evil.example", false},
                                                  {"http://127.0.0.1.evil.example", false},
                                                  {"https://page.example", false}};
    for (const auto& [origin, allowed] : cases) {
        const auto found = send("GET /fhir/metadata", "Origin: " + std::string(origin) + "\r\n").header("access-control-allow-origin");
        BOOST_TEST(found == (allowed ? origin : "-"), origin);
    }
}

BOOST_AUTO_TEST_CASE(what_may_be_done_at_a_place) {
    BOOST_TEST(send("OPTIONS /fhir/Patient/a").header("allow") == "GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    BOOST_TEST(send("OPTIONS /fhir").header("allow") == "GET, HEAD, POST, OPTIONS");
    BOOST_TEST(send("OPTIONS /fhir/a/b/c/d").status == 404);
    const auto refused = send("POST /fhir/Patient/a", kJson, "{}");
    BOOST_TEST(refused.status == 405);
    BOOST_TEST(refused.header("allow").find("PUT") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_patch_over_the_wire) {
    put("a");
    const auto done = send("PATCH /fhir/Patient/a", "Content-Type: application/json-patch+json; charset=utf-8\r\nIf-Match: W/\"1\"\r\n",
                           R"([{"op":"add","path":"/active","value":true}])");
    BOOST_TEST(done.status == 200);
    BOOST_TEST(done.header("etag") == "W/\"2\"");
    BOOST_TEST(done.body.find("\"active\":true") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_binary_is_its_bytes_for_those_who_ask_for_no_resource) {
    std::string bytes("\x89PNG\r\n\0\xFF", 8);
    const auto made = send("POST /fhir/Binary", "Content-Type: image/png\r\nAccept: application/fhir+json\r\n", bytes);
    BOOST_REQUIRE(made.status == 201);
    BOOST_TEST(made.body.find(encode_base64(bytes)) != std::string::npos);
    const auto path = made.header("location").substr(std::string("http://hub.example").size());
    const auto read = path.substr(0, path.find("/_history"));
    for (const char* accept : {"", "Accept: */*\r\n", "Accept: image/png\r\n"}) {
        const auto found = send("GET " + read, accept);
        BOOST_TEST(found.status == 200, accept);
        BOOST_TEST(found.header("content-type") == "image/png", accept);
        BOOST_TEST(found.header("content-security-policy").starts_with("sandbox"), accept);
        BOOST_TEST(found.body == bytes, accept);
    }
    BOOST_TEST(send("GET " + path).body == bytes);
    const auto resource = send("GET " + read, "Accept: application/fhir+json\r\n");
    BOOST_TEST(resource.header("content-type") == "application/fhir+json; charset=utf-8");
    BOOST_TEST(resource.body.find("\"resourceType\":\"Binary\"") != std::string::npos);
    BOOST_TEST(send("GET " + read + "?_format=xml").body.starts_with("<Binary"));
    BOOST_TEST(send("PUT /fhir/Binary/b", "Content-Type: text/plain\r\n", "plain words").status == 201);
    BOOST_TEST(send("GET /fhir/Binary/b").body == "plain words");
    BOOST_TEST(send("GET /fhir/Binary/none").status == 404);
}

BOOST_AUTO_TEST_CASE(a_description_for_tools) {
    const auto found = send("GET /fhir/openapi.json");
    BOOST_TEST(found.status == 200);
    BOOST_TEST(found.header("content-type") == "application/json");
    BOOST_TEST(!fhir::read_plain_json(found.body).issues.has_errors());
    BOOST_TEST(found.body.find("\"/{type}/{id}\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(graphql_over_the_wire) {
    put("a", R"(,"active":true)");
    const auto found = send("POST /fhir/Patient/a/$graphql", "Content-Type: application/json\r\n", R"({"query":"{ id active }"})");
    BOOST_TEST(found.status == 200);
    BOOST_TEST(found.header("content-type") == "application/json");
    BOOST_TEST(found.body == R"({"data":{"id":"a","active":true}})");
}

BOOST_AUTO_TEST_CASE(the_whole_capability_statement_arrives) {
    const auto reply = send("GET /fhir/metadata");
    BOOST_TEST(reply.header("content-length") == std::to_string(reply.body.size()));
    BOOST_TEST(reply.body.size() > 100'000u);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// Small limits, so that tests need no large bodies.
struct Narrow : Loopback {
    Narrow() {
        limits.http_header_bytes_max = 2'000;
        limits.http_url_bytes_max = 1'000;
        limits.http_body_bytes_max = 10'000;
        limits.http_header_timeout_ms = 300;
        limits.http_body_timeout_ms = 300;
        limits.connections_max = 4;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_limits, Narrow)

BOOST_AUTO_TEST_CASE(a_long_address) {
    BOOST_TEST(send("GET /fhir/Patient?name=" + std::string(900, 'x')).status == 200);
    const auto refused = send("GET /fhir/Patient?name=" + std::string(1'100, 'x'));
    BOOST_TEST(refused.status == 414);
    BOOST_TEST(rule_in(refused) == "http-url-max");
    BOOST_TEST(send("GET /fhir/Patient?name=" + std::string(9'000, 'x')).status == 414);
}

BOOST_AUTO_TEST_CASE(a_long_header) {
    for (const std::size_t length : {2'100, 4'000}) { // what an address might have taken is no room for headers
        const auto refused = send("GET /fhir/metadata", "X-Long: " + std::string(length, 'x') + "\r\n");
        BOOST_TEST(refused.status == 431);
        BOOST_TEST(rule_in(refused) == "http-header-max");
    }
    BOOST_TEST(send("GET /fhir/metadata", "X-Long: " + std::string(1'800, 'x') + "\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(a_long_body_by_its_length_and_by_its_pieces) {
    const auto refused = send("POST /fhir/Patient", kJson, std::string(20'000, ' '));
    BOOST_TEST(refused.status == 413);
    BOOST_TEST(rule_in(refused) == "http-body-max");
    // The answer comes although the client still sends.
    HttpClient client(port());
    client.write("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int piece = 0; piece < 40; ++piece) client.write("400\r\n" + std::string(1'024, ' ') + "\r\n");
    BOOST_TEST(client.read().status == 413);
    BOOST_TEST(store->now() == 0u);
}

BOOST_AUTO_TEST_CASE(a_body_announced_too_large_is_refused_before_it_is_sent) {
    HttpClient client(port());
    client.write("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 99999999999\r\n\r\n");
    BOOST_TEST(client.read().status == 413);
}

BOOST_AUTO_TEST_CASE(silence_ends_the_connection_and_slow_headers_are_told) {
    HttpClient silent(port()), slow(port());
    slow.write("GET /fhir/metadata HTTP/1.1\r\nHost:");
    BOOST_TEST(silent.is_closed());
    const auto told = slow.read();
    BOOST_TEST(told.status == 408);
    BOOST_TEST(rule_in(told) == "http-slow");
    BOOST_TEST(slow.is_closed());
    BOOST_TEST(send("GET /fhir/metadata").status == 200);
}

BOOST_AUTO_TEST_CASE(a_slow_body_is_told_and_leaves_nothing) {
    HttpClient client(port());
    client.write("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 100\r\n\r\n{");
    const auto told = client.read();
    BOOST_TEST(told.status == 408);
    BOOST_TEST(told.header("connection") == "close");
    BOOST_TEST(client.is_closed());
    BOOST_TEST(store->now() == 0u);
}

BOOST_AUTO_TEST_CASE(a_body_that_drips_is_ended_too) {
    HttpClient client(port());
    client.write("POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Type: application/fhir+json\r\nContent-Length: 1000\r\n\r\n");
    for (int drop = 0; drop < 12; ++drop) {
        client.write(" ");
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    BOOST_TEST(client.read().status == 408);
}

BOOST_AUTO_TEST_CASE(many_small_headers_are_one_long_one) {
    std::string bomb;
    for (int count = 0; count < 2'000; ++count) bomb += "X-" + std::to_string(count) + ": y\r\n";
    BOOST_TEST(send("GET /fhir/metadata", bomb).status == 431);
    BOOST_TEST(send("GET /fhir/metadata").status == 200);
}

BOOST_AUTO_TEST_CASE(a_small_body_that_unpacks_to_a_large_one_is_refused) {
    limits.inflated_bytes_max = 100'000;
    const auto bomb = gzipped(R"({"resourceType":"Patient","id":")" + std::string(5'000'000, ' ') + "\"}");
    BOOST_REQUIRE(bomb.size() < limits.http_body_bytes_max);
    const auto refused = send("POST /fhir/Patient", std::string(kJson) + "Content-Encoding: gzip\r\n", bomb);
    BOOST_TEST(refused.status == 413);
    BOOST_TEST(rule_in(refused) == "http-inflated-max");
}

// Far more than any text shrinks by, however little it unpacks to.
BOOST_AUTO_TEST_CASE(a_body_that_unpacks_to_many_times_its_size_is_refused) {
    limits.http_body_bytes_max = 100'000;
    limits.inflate_ratio_max = 10;
    const auto blank = R"({"resourceType":"Patient","id":"z")" + std::string(500'000, ' ') + "}";
    const auto refused = send("PUT /fhir/Patient/z", std::string(kJson) + "Content-Encoding: gzip\r\n", gzipped(blank));
    BOOST_TEST(refused.status == 413);
    BOOST_TEST(rule_in(refused) == "http-inflated-max");
    limits.inflate_ratio_max = 10'000;
    BOOST_TEST(send("PUT /fhir/Patient/z", std::string(kJson) + "Content-Encoding: gzip\r\n", gzipped(blank)).status == 201);
}

BOOST_AUTO_TEST_CASE(one_address_takes_not_the_room_of_all) {
    Limits few;
    few.connections_max = 5;
    few.connections_per_address_max = 2;
    rest::Admission admission(few);
    const rest::Peer one{"192.0.2.1", false, false}, other{"192.0.2.2", false, false}, proxy{"127.0.0.1", true, false},
        owner{"local", true, true};
    BOOST_TEST((admission.enter(one) && admission.enter(one)));
    BOOST_TEST(!admission.enter(one));
    BOOST_TEST((admission.enter(other) && admission.enter(proxy) && admission.enter(proxy))); // five
    BOOST_TEST(!admission.enter(proxy));
    BOOST_TEST(!admission.enter(other));
    BOOST_TEST(admission.enter(owner)); // who must be able to end it
    admission.leave(owner);
    admission.leave(one);
    BOOST_TEST(admission.enter(one));
    BOOST_TEST(!admission.enter(one));
}

BOOST_AUTO_TEST_CASE(too_many_connections_are_told_to_come_back) {
    limits.http_header_timeout_ms = 5'000;
    std::vector<std::unique_ptr<HttpClient>> clients;
    for (int count = 0; count < 4; ++count) {
        clients.push_back(std::make_unique<HttpClient>(port()));
        clients.back()->write("GET /fhir/metadata HTTP/1.1\r\nHost: x\r\n\r\n");
        BOOST_TEST(clients.back()->read().status == 200);
    }
    HttpClient fifth(port());
    const auto refused = fifth.read();
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.header("retry-after") == "1");
    BOOST_TEST(fifth.is_closed());
    clients.clear();
    int status = 0;
    for (int attempt = 0; attempt < 100 && status != 200; ++attempt) {
        status = send("GET /fhir/metadata").status;
        if (status != 200) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    BOOST_TEST(status == 200);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(server)

BOOST_AUTO_TEST_CASE(an_address_that_is_taken_or_none) {
    Loopback hub;
    boost::asio::io_context io;
    boost::asio::thread_pool workers(1);
    rest::Server second(io, workers, hub.limits);
    BOOST_TEST(rule_of(second.bind(hub.server.address()).error()) == "http-bind");
    rest::Server third(io, workers, hub.limits);
    BOOST_TEST(rule_of(third.bind("nowhere").error()) == "http-bind");
    BOOST_TEST(rule_of(third.bind("300.1.1.1:80").error()) == "http-bind");
}

BOOST_AUTO_TEST_CASE(stopping_ends_open_connections) {
    auto hub = std::make_unique<Loopback>();
    HttpClient client(hub->port());
    client.write("GET /fhir/metadata HTTP/1.1\r\nHost: x\r\n\r\n");
    BOOST_TEST(client.read().status == 200);
    hub.reset();
    BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_SUITE_END()
