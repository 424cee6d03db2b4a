// The audit is written once: nobody updates or deletes an AuditEvent, not even an administrator. Source: trust page, check N26.
#include "base/instant.hpp"
#include "interaction/interaction.hpp"
#include "support/files.hpp"
#include "unit/validation/trees.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <random>

using namespace huitong;
using namespace huitong::interaction;

namespace {

struct Server {
    std::filesystem::path folder = std::filesystem::temp_directory_path() / ("huitong-append-" + std::to_string(std::random_device{}()));
    std::shared_ptr<fhir::Definitions> definitions = validation::tests::fresh_definitions();
    search::Registry registry{definitions};
    terminology::Terminology terminology{definitions};
    SystemClock clock;
    Limits limits;
    std::shared_ptr<store::Store> store;
    Services services;

    Server() {
        store::StoreOptions options;
        options.directory = folder.string();
        store = store::open_store(options).value();
        services.store = store.get();
        services.registry = &registry;
        services.definitions = definitions.get();
        services.validator = &validation::tests::r4_validator();
        services.terminology = &terminology;
        services.clock = &clock;
        services.limits = &limits;
        services.base_url = "http://hub.example/fhir";
    }
    ~Server() {
        store.reset();
        std::filesystem::remove_all(folder);
    }
    Response answer(const std::string& method, const std::string& path, const std::string& body = "",
                    WriteCheck check = WriteCheck::strict) {
        Request request;
        request.write_check = check;
        request.method = method;
        request.path = path.substr(0, path.find('?'));
        if (path.find('?') != path.npos) request.query = {{"agent", "Practitioner/1"}};
        request.body = body;
        request.content_type = "application/fhir+json";
        request.caller.local_admin = true;
        boost::asio::io_context io;
        auto done = boost::asio::co_spawn(io, handle(services, std::move(request)), boost::asio::use_future);
        io.run();
        return done.get();
    }
};

std::string event(const std::string& id = "") {
    return R"({"resourceType":"AuditEvent",)" + (id.empty() ? "" : R"("id":")" + id + R"(",)") +
           R"("type":{"system":"http://terminology.hl7.org/CodeSystem/audit-event-type","code":"rest"},"recorded":"2026-11-20T08:00:00Z",
              "agent":[{"requestor":true}],"source":{"observer":{"display":"x"}}})";
}
std::string transaction(const std::string& method, const std::string& url, const std::string& resource) {
    return R"({"resourceType":"Bundle","type":"transaction","entry":[{)" + (resource.empty() ? "" : R"("resource":)" + resource + ",") +
           R"("request":{"method":")" + method + R"(","url":")" + url + R"("}}]})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(append_only)

BOOST_AUTO_TEST_CASE(audit_events_are_created_and_stay) {
    Server server;
    const auto created = server.answer("POST", "AuditEvent", event());
    BOOST_REQUIRE_EQUAL(created.status, 201);
    const auto& key = created.touched.at(0);
    const auto path = "AuditEvent/" + key.id;
    for (const auto& response :
         {server.answer("PUT", path, event(key.id)), server.answer("PUT", "AuditEvent/new", event("new")), server.answer("DELETE", path),
          server.answer("PUT", "AuditEvent?agent=Practitioner/1", event()), server.answer("DELETE", "AuditEvent?agent=Practitioner/1"),
          server.answer("POST", "", transaction("PUT", path, event(key.id))), server.answer("POST", "", transaction("DELETE", path, ""))}) {
        BOOST_TEST(response.status == 405);
        BOOST_TEST(tests::rule_of(response.issues) == "rest-append-only");
    }
    BOOST_TEST(server.answer("POST", "", transaction("POST", "AuditEvent", event())).status == 200);
    BOOST_TEST(server.answer("GET", path).etag == "W/\"1\"");
}

BOOST_AUTO_TEST_CASE(a_hub_that_takes_everything_as_it_is_takes_new_ones_under_their_ids) {
    Server server;
    BOOST_TEST(server.answer("PUT", "AuditEvent/theirs", event("theirs"), WriteCheck::report).status == 201);
    BOOST_TEST(server.answer("PUT", "AuditEvent/theirs", event("theirs"), WriteCheck::report).status == 412);
    BOOST_TEST(server.answer("DELETE", "AuditEvent/theirs", "", WriteCheck::report).status == 405);
    BOOST_TEST(server.answer("GET", "AuditEvent/theirs").etag == "W/\"1\"");
}

BOOST_AUTO_TEST_SUITE_END()
