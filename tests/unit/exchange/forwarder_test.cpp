// What changes goes on, once, in order; what a peer refuses is kept, and goes again when it is asked for.
#include "hub.hpp"

#include "exchange/forwarder.hpp"
#include "fhir/json.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::tests;

namespace {

constexpr const char* kMap =
    "map \"http://x/out\" = \"out\"\n group Main(source src, target tgt : Basic) {"
    " src.entry first as e then { e.resource as r then { r.id as id -> tgt.id = id; r.status as s -> tgt.language = s; }; };"
    " src.entry as e where resource is Patient then { e.resource as p then { p.language as l -> tgt.language = l; }; }; }";

/// A peer that does as it is told, message by message; "" = accepts.
class Peer final : public feeds::Outlet {
public:
    boost::asio::awaitable<feeds::Receipt> deliver(const feeds::OutMessage& message) override {
        feeds::Receipt out;
        const auto says = answers.empty() ? feeds::Disposition::accepted : answers.front();
        if (!answers.empty()) answers.erase(answers.begin());
        out.disposition = says;
        if (says == feeds::Disposition::refused) out.issues.add(error(IssueCode::processing, "MSA", "exchange-status", {"peer", "AE"}));
        if (stop_after && --stop_after == 0) stopping.request_stop();
        told.push_back(message.control_id + " " + message.bytes);
        co_return out;
    }
    std::vector<feeds::Disposition> answers;
    std::vector<std::string> told; ///< number and bytes in the order of arrival
    std::stop_source stopping;
    int stop_after = 0;
};

struct Line {
    explicit Line(const char* map_text = kMap)
        : hub(folder / "hub", clock), maps({&r4_definitions(), [](const auto*) {}}, nullptr), peer(std::make_shared<Peer>()) {
        auto map = mapping::Map::parse(map_text, "out.map");
        BOOST_REQUIRE(!map.issues.has_errors());
        BOOST_REQUIRE(!maps.add(std::move(map.value)).has_errors());
    }
    exchange::Forwarder& forwarder() {
        if (!forwarder_) {
            exchange::Destination destination;
            destination.name = "his-b";
            destination.organization = "990102H0002";
            destination.map = "http://x/out";
            destination.types = {"DiagnosticReport"};
            destination.backoff_first_ms = destination.backoff_max_ms = 1;
            forwarder_ = std::make_unique<exchange::Forwarder>(destination, hub.services(), maps, peer, [](fhir::Element message) {
                Parsed<std::string> out;
                out.value = std::string(message.text("id")) + ":" + std::string(message.text("language"));
                return out;
            });
        }
        return *forwarder_;
    }
    void report(const std::string& id, const std::string& status, const std::string& owner = "990102H0001") {
        hub.put(R"({"resourceType":"DiagnosticReport","id":")" + id + R"(","status":")" + status + R"(","code":{"text":"x"}})",
                store::Action::update, owner);
    }
    std::vector<std::string> refused() {
        std::vector<std::string> out;
        for (const auto& [name, why] : hub.store().facts(std::string(exchange::kForwardRefusedFacts), "", "~", 100)) out.push_back(name);
        return out;
    }
    /// Bytes alone, in the order of arrival.
    std::vector<std::string> bytes() const {
        std::vector<std::string> out;
        for (const auto& one : peer->told) out.push_back(one.substr(one.find(' ') + 1));
        return out;
    }

    Folder folder;
    SystemClock clock;
    Hub hub;
    mapping::MapLibrary maps;
    std::shared_ptr<Peer> peer;

private:
    std::unique_ptr<exchange::Forwarder> forwarder_;
};

std::string joined(const std::vector<std::string>& all) {
    std::string out;
    for (const auto& one : all) out += (out.empty() ? "" : " ") + one;
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(forwarder)

BOOST_AUTO_TEST_CASE(what_is_written_from_now_on_is_sent_once_in_the_order_of_the_log) {
    Line line;
    line.report("before", "final");
    auto& forwarder = line.forwarder();
    line.report("a", "preliminary");
    line.report("b", "final");
    line.report("a", "final");
    BOOST_TEST(forwarder.step());
    BOOST_TEST(forwarder.step());
    BOOST_TEST(joined(line.bytes()) == "a:preliminary b:final a:final");
}

BOOST_AUTO_TEST_CASE(what_the_institution_may_not_see_is_not_sent_and_holds_nothing_up) {
    Line line;
    auto& forwarder = line.forwarder();
    forwarder.see_as([] {
        store::CallerFilter out;
        out.unrestricted = false;
        out.allowed_types = {"Observation"};
        return out;
    });
    line.report("a", "final");
    BOOST_TEST(forwarder.step());
    BOOST_TEST(line.bytes().empty());
    forwarder.see_as({});
    line.report("b", "final");
    BOOST_TEST(forwarder.step());
    BOOST_TEST(joined(line.bytes()) == "b:final");
}

BOOST_AUTO_TEST_CASE(an_institution_is_not_sent_what_it_wrote_itself_and_other_types_are_not_sent) {
    Line line;
    auto& forwarder = line.forwarder();
    line.report("own", "final", "990102H0002");
    line.hub.put(R"({"resourceType":"Patient","id":"p"})");
    BOOST_TEST(forwarder.step());
    BOOST_TEST(line.peer->told.empty());
}

BOOST_AUTO_TEST_CASE(what_a_peer_cannot_be_told_now_is_told_later_with_the_same_number_and_bytes) {
    Line line;
    auto& forwarder = line.forwarder();
    line.report("a", "final");
    line.peer->answers = {feeds::Disposition::throttled, feeds::Disposition::throttled};
    const auto before = forwarder.position();
    line.peer->stop_after = 1;
    BOOST_TEST(!forwarder.step(line.peer->stopping.get_token()));
    BOOST_TEST(forwarder.position() == before);
    BOOST_TEST(forwarder.step());
    BOOST_REQUIRE(line.peer->told.size() == 3u);
    BOOST_TEST(line.peer->told.front() == line.peer->told.back());
    BOOST_TEST(forwarder.position() > before);
}

BOOST_AUTO_TEST_CASE(a_refused_message_is_kept_with_its_reason_and_the_next_one_goes_on) {
    Line line;
    auto& forwarder = line.forwarder();
    line.report("a", "final");
    line.report("b", "final");
    line.peer->answers = {feeds::Disposition::refused};
    BOOST_TEST(forwarder.step());
    BOOST_TEST(joined(line.bytes()) == "a:final b:final");
    BOOST_REQUIRE(line.refused().size() == 1u);
    const auto why = line.hub.store().fact(std::string(exchange::kForwardRefusedFacts), line.refused().front());
    BOOST_TEST(why->find("DiagnosticReport/a") != std::string::npos);
    BOOST_TEST(why->find("exchange-status") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(asked_for_again_it_goes_out_under_its_old_number_and_is_forgotten) {
    Line line;
    auto& forwarder = line.forwarder();
    line.report("a", "final");
    line.peer->answers = {feeds::Disposition::refused};
    BOOST_TEST(forwarder.step());
    const auto asked = exchange::ask_again(line.hub.store(), "his-b/");
    BOOST_REQUIRE(asked);
    BOOST_TEST(asked->size() == 1u);
    BOOST_TEST(forwarder.step());
    BOOST_TEST(forwarder.step());
    BOOST_REQUIRE(line.peer->told.size() == 2u);
    BOOST_TEST(line.peer->told[0] == line.peer->told[1]);
    BOOST_TEST(line.refused().empty());
}

BOOST_AUTO_TEST_CASE(refused_once_more_it_is_kept_once_more) {
    Line line;
    auto& forwarder = line.forwarder();
    line.report("a", "final");
    line.peer->answers = {feeds::Disposition::refused, feeds::Disposition::refused};
    BOOST_TEST(forwarder.step());
    BOOST_REQUIRE(exchange::ask_again(line.hub.store(), ""));
    BOOST_TEST(forwarder.step());
    BOOST_TEST(forwarder.step());
    BOOST_TEST(line.peer->told.size() == 2u);
    BOOST_TEST(line.refused().size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_old_version_never_follows_a_newer_one) {
    Line line;
    auto& forwarder = line.forwarder();
    line.report("a", "preliminary");
    line.peer->answers = {feeds::Disposition::refused};
    BOOST_TEST(forwarder.step());
    line.report("a", "final");
    BOOST_TEST(forwarder.step());
    const auto asked = exchange::ask_again(line.hub.store(), "");
    BOOST_REQUIRE(asked);
    BOOST_REQUIRE(asked->size() == 1u);
    BOOST_TEST(asked->front().is_overtaken);
    BOOST_TEST(forwarder.step());
    BOOST_TEST(joined(line.bytes()) == "a:preliminary a:final");
    BOOST_TEST(line.refused().empty());
}

BOOST_AUTO_TEST_CASE(many_go_out_again_in_the_order_of_their_first_try_not_in_that_of_their_names) {
    Line line;
    auto& forwarder = line.forwarder();
    std::string in_order;
    for (int number = 0; number < 230; ++number) {
        const auto id = "r" + std::to_string(number);
        line.report(id, "final");
        in_order += (number == 0 ? "" : " ") + id + ":final";
    }
    line.peer->answers.assign(230, feeds::Disposition::refused);
    while (line.peer->told.size() < 230) BOOST_REQUIRE(forwarder.step());
    const auto before = line.peer->told.size();
    BOOST_REQUIRE(exchange::ask_again(line.hub.store(), "his-b/"));
    BOOST_TEST(forwarder.step());
    auto again = line.bytes();
    again.erase(again.begin(), again.begin() + static_cast<std::ptrdiff_t>(before));
    BOOST_TEST(joined(again) == in_order);
    BOOST_TEST(line.refused().empty());
}

BOOST_AUTO_TEST_CASE(what_a_refused_one_refers_to_goes_with_it_as_it_is_by_then) {
    Line line;
    auto& forwarder = line.forwarder();
    line.hub.put(R"({"resourceType":"Patient","id":"p","language":"wrong"})");
    line.hub.put(R"({"resourceType":"DiagnosticReport","id":"a","code":{"text":"x"},"subject":{"reference":"Patient/p"}})");
    line.peer->answers = {feeds::Disposition::refused};
    BOOST_TEST(forwarder.step());
    line.hub.put(R"({"resourceType":"Patient","id":"p","language":"right"})");
    BOOST_TEST(forwarder.step());
    BOOST_REQUIRE(exchange::ask_again(line.hub.store(), ""));
    BOOST_TEST(forwarder.step());
    BOOST_TEST(joined(line.bytes()) == "a:wrong a:right");
}

BOOST_AUTO_TEST_CASE(one_is_asked_for_by_its_name_alone) {
    Line line;
    auto& forwarder = line.forwarder();
    for (const char* id : {"a", "b"}) line.report(id, "final");
    line.peer->answers = {feeds::Disposition::refused, feeds::Disposition::refused};
    BOOST_TEST(forwarder.step());
    BOOST_REQUIRE(line.refused().size() == 2u);
    const auto asked = exchange::ask_again(line.hub.store(), line.refused().front());
    BOOST_REQUIRE(asked);
    BOOST_REQUIRE(asked->size() == 1u);
    BOOST_TEST(asked->front().name == line.refused().front());
    BOOST_TEST(!asked->front().is_overtaken);
    BOOST_TEST(exchange::ask_again(line.hub.store(), "other/")->empty());
}

/// The map of these says of a report its id and the status of the result that goes with it.
constexpr const char* kResultMap =
    "map \"http://x/out\" = \"out\"\n group Main(source src, target tgt : Basic) {"
    " src.entry first as e then { e.resource as r then { r.id as id -> tgt.id = id; r.status as s -> tgt.language = s; }; };"
    " src.entry as e where resource is Observation then { e.resource as p then { p.status as s -> tgt.language = s; }; }; }";

std::string observation(const std::string& id, const std::string& status, const std::string& rest = "") {
    return R"({"resourceType":"Observation","id":")" + id + R"(","status":")" + status + R"(","code":{"text":"x"})" + rest + "}";
}

BOOST_AUTO_TEST_CASE(a_result_that_is_corrected_alone_takes_its_report_along_once_a_commit) {
    Line line(kResultMap);
    auto& forwarder = line.forwarder();
    line.hub.put(observation("o", "final"));
    line.hub.put(
        R"({"resourceType":"DiagnosticReport","id":"a","status":"final","code":{"text":"x"},"result":[{"reference":"Observation/o"}]})");
    BOOST_TEST(forwarder.step());
    BOOST_TEST(joined(line.bytes()) == "a:final");
    line.hub.put(observation("o", "corrected"));
    BOOST_TEST(forwarder.step());
    BOOST_TEST(joined(line.bytes()) == "a:final a:corrected");
    line.hub.put(observation("of-nothing", "final"));
    BOOST_TEST(forwarder.step());
    BOOST_TEST(line.bytes().size() == 2u);
}

BOOST_AUTO_TEST_CASE(results_that_come_row_by_row_go_with_the_report_that_they_name) {
    Line line(kResultMap);
    auto& forwarder = line.forwarder();
    const std::string number = R"("identifier":{"system":"urn:x:report","value":"R1"})";
    const auto rest =
        R"(,"subject":{"reference":"Patient/p"},"extension":[{"url":"https://huitong.example/fhir/StructureDefinition/report",)"
        R"("valueReference":{)" +
        number + "}}]";
    line.hub.put(R"({"resourceType":"Patient","id":"p"})");
    line.hub.put(R"({"resourceType":"DiagnosticReport","id":"a","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p"},)"
                 R"("identifier":[{"system":"urn:x:report","value":"R1"}]})");
    BOOST_TEST(forwarder.step());
    line.hub.put(observation("o", "preliminary", rest));
    BOOST_TEST(forwarder.step());
    BOOST_TEST(joined(line.bytes()) == "a:final a:preliminary");
}

BOOST_AUTO_TEST_SUITE_END()
