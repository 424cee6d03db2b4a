// What Consents say about callers (FHIR R4, Consent), and how they are followed.
#include "access/consents.hpp"
#include "base/date_time.hpp"
#include "fhir/json.hpp"
#include "unit/store/fixture.hpp"

using namespace huitong;
using namespace huitong::access;
using namespace huitong::tests;

namespace {

constexpr Instant kNoon{1'795'147'200'000'000}; // 2026-11-20T12:00+08:00

std::string consent(const std::string& patient, const std::string& provision, const std::string& members = "") {
    return R"({"resourceType":"Consent","id":"c","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"patient":{"reference":"Patient/)" +
           patient + R"("},)" + members + R"("provision":)" + provision + "}";
}
std::string deny(const std::string& members = "") { return R"({"type":"deny")" + members + "}"; }
std::string actor(const std::string& reference) { return R"(,"actor":[{"reference":)" + reference + "}]"; }

Caller caller_of(const std::string& organization, const std::string& purpose = "TREAT") {
    Caller out;
    out.client_id = "his";
    out.organization = organization;
    out.purpose = purpose;
    return out;
}

/// "permit", "deny", or "-" when the Consent says nothing.
std::string word(const std::string& text, const Caller& caller, Instant now = kNoon) {
    const auto parsed = fhir::read_json(text);
    const auto rule = read_consent(parsed.value->root(), [](const std::string& reference) {
        return reference == "Organization/b" ? std::vector<std::string>{"341004H0009"} : std::vector<std::string>();
    });
    const auto said = rule ? permits(rule->root, caller, now) : std::nullopt;
    return !said ? "-" : *said ? "permit" : "deny";
}

struct Record {
    ScratchFolder folder;
    std::shared_ptr<store::Store> store = open_in(folder.path());
    Consents consents{*store, [](const std::string& patient) {
                          return patient == "p1" || patient == "p1-elsewhere" ? std::vector<std::string>{"p1", "p1-elsewhere"}
                                                                              : std::vector<std::string>{patient};
                      }};
    void put_consent(const std::string& id, const std::string& text) {
        auto write = write_of("Consent", id);
        write.body = text;
        write.meta_at = 0;
        put(*store, write);
    }
    std::string closed(const Caller& caller, Instant now = kNoon) {
        std::string out;
        for (const auto& patient : consents.closed_to(caller, now).ids()) out += (out.empty() ? "" : " ") + patient;
        return out;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(consents)

BOOST_AUTO_TEST_CASE(a_provision_speaks_of_those_it_names) {
    const auto b = caller_of("341004H0009"), a = caller_of("341002H0001");
    BOOST_TEST(word(consent("p1", deny()), a) == "deny");
    const auto by_reference = consent("p1", deny(actor(R"({"reference":"Organization/b"})")));
    BOOST_TEST(word(by_reference, b) == "deny");
    BOOST_TEST(word(by_reference, a) == "-");
    BOOST_TEST(word(consent("p1", deny(actor(R"({"identifier":{"value":"341004H0009"}})"))), b) == "deny");
    const auto for_research = consent("p1", deny(R"(,"purpose":[{"code":"HRESCH"}])"));
    BOOST_TEST(word(for_research, a) == "-");
    BOOST_TEST(word(for_research, caller_of("341002H0001", "HRESCH")) == "deny");
}

BOOST_FIXTURE_TEST_CASE(consents_are_judged_once_for_a_kind_of_caller_until_something_changes, Record) {
    for (int number = 0; number < 200; ++number)
        put_consent("c" + std::to_string(number), consent("x" + std::to_string(number), deny(actor(R"({"identifier":{"value":"B"}})"))));
    const auto b = caller_of("B"), c = caller_of("C");
    BOOST_TEST(consents.closed_to(b, kNoon).ids().size() == 200U);
    for (int request = 0; request < 100; ++request) {
        put(*store, write_of("Observation", "o" + std::to_string(request))); // another commit
        BOOST_TEST(consents.closed_to(b, kNoon).ids().size() == 200U);
        BOOST_TEST(consents.closed_to(c, kNoon).empty());
    }
    BOOST_TEST(consents.judged() == 2U);
    put_consent("new", consent("y", deny()));
    BOOST_TEST(consents.closed_to(b, kNoon).ids().size() == 201U);
    BOOST_TEST(consents.closed_to(c, kNoon).ids().size() == 1U);
    BOOST_TEST(consents.judged() == 4U);
}

BOOST_FIXTURE_TEST_CASE(a_period_that_begins_or_ends_changes_what_was_kept, Record) {
    put_consent("c", consent("p2", deny(R"(,"period":{"start":"2026-11-20T13:00:00+08:00","end":"2026-11-20T14:00:00+08:00"})")));
    const auto caller = caller_of("B");
    const auto at_hour = [&](int hours) { return closed(caller, {kNoon.microseconds + hours * 3'600 * kMicrosecondsPerSecond}); };
    BOOST_TEST(at_hour(0) == "");
    BOOST_TEST(at_hour(1) == "p2");
    BOOST_TEST(at_hour(3) == "");
    BOOST_TEST(at_hour(1) == "p2"); // a clock that was set back
}

BOOST_AUTO_TEST_CASE(a_period_has_its_days) {
    const auto november = consent("p1", deny(R"(,"period":{"start":"2026-11-01","end":"2026-11-30"})"));
    const auto caller = caller_of("341002H0001");
    const std::pair<const char*, const char*> cases[] = {{"2026-10-31T23:59:59+08:00", "-"},
                                                         {"2026-11-01T00:00:00+08:00", "deny"},
                                                         {"2026-11-30T23:59:59+08:00", "deny"},
                                                         {"2026-12-01T00:00:00+08:00", "-"}};
    for (const auto& [at, expected] : cases) BOOST_TEST(word(november, caller, instants_of(*read_date_time(at), 0).first) == expected, at);
}

BOOST_AUTO_TEST_CASE(exceptions_turn_the_word_round) {
    const auto all_but_b =
        consent("p1", R"({"type":"deny","provision":[{"type":"permit")" + actor(R"({"reference":"Organization/b"})") + "}]}");
    BOOST_TEST(word(all_but_b, caller_of("341004H0009")) == "permit");
    BOOST_TEST(word(all_but_b, caller_of("341002H0001")) == "deny");
    // Without a type the exception is the opposite; the base policy may be an opt-in.
    const auto none_but_b = consent("p1", R"({"provision":[{"actor":[{"reference":{"reference":"Organization/b"}}]}]})",
                                    R"("policyRule":{"coding":[{"code":"OPTIN"}]},)");
    BOOST_TEST(word(none_but_b, caller_of("341004H0009")) == "deny");
    BOOST_TEST(word(none_but_b, caller_of("341002H0001")) == "permit");
}

BOOST_AUTO_TEST_CASE(what_is_bounded_to_data_is_never_read_as_less_than_it_says) {
    const auto caller = caller_of("341002H0001");
    BOOST_TEST(word(consent("p1", deny(R"(,"class":[{"code":"Observation"}])")), caller) == "deny");
    BOOST_TEST(word(consent("p1", R"({"type":"permit","class":[{"code":"Observation"}]})"), caller) == "-");
    // Labels are hidden by themselves.
    BOOST_TEST(word(consent("p1", R"({"type":"permit","provision":[{"type":"deny","securityLabel":[{"code":"PSY"}]}]})"), caller) ==
               "permit");
}

BOOST_AUTO_TEST_CASE(what_is_no_privacy_consent_says_nothing) {
    const auto caller = caller_of("341002H0001");
    auto draft = consent("p1", deny()), research = consent("p1", deny());
    draft.replace(draft.find("active"), 6, "draft");
    research.replace(research.find("patient-privacy"), 15, "research");
    BOOST_TEST(word(draft, caller) == "-");
    BOOST_TEST(word(research, caller) == "-");
}

BOOST_FIXTURE_TEST_CASE(a_consent_takes_effect_with_its_commit_and_for_all_records_of_the_person, Record) {
    const auto caller = caller_of("341002H0001");
    BOOST_TEST(closed(caller) == "");
    put_consent("c1", consent("p1-elsewhere", deny()));
    BOOST_TEST(closed(caller) == "p1 p1-elsewhere");
    put_consent("c2", consent("p2", deny()));
    BOOST_TEST(closed(caller) == "p1 p1-elsewhere p2");
    put(*store, removal_of("Consent", "c1"));
    BOOST_TEST(closed(caller) == "p2");
    Consents anew(*store, [](const std::string& patient) { return std::vector<std::string>{patient}; });
    BOOST_TEST((anew.closed_to(caller, kNoon) == std::vector<std::string>{"p2"}));
}

BOOST_FIXTURE_TEST_CASE(the_newest_word_counts, Record) {
    const auto caller = caller_of("341002H0001");
    put_consent("later", consent("p1", R"({"type":"permit"})", R"("dateTime":"2026-11-10",)"));
    put_consent("earlier", consent("p1", deny(), R"("dateTime":"2026-11-01",)"));
    BOOST_TEST(closed(caller) == "");
    put_consent("newest", consent("p1-elsewhere", deny(), R"("dateTime":"2026-11-11",)"));
    BOOST_TEST(closed(caller) == "p1 p1-elsewhere");
}

BOOST_FIXTURE_TEST_CASE(residents_and_the_owner_of_the_directory_are_not_shut_out, Record) {
    put_consent("c1", consent("p1", deny()));
    auto resident = caller_of("");
    resident.patient_id = "p1";
    Caller owner;
    owner.local_admin = true;
    BOOST_TEST(closed(resident) == "");
    BOOST_TEST(closed(owner) == "");
}

BOOST_AUTO_TEST_SUITE_END()
