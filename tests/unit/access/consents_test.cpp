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
    const auto rule = read_consent(parsed.value->root(), kNoon, [](fhir::Element reference) {
        Actor out;
        const auto number = reference.text("identifier.value");
        if (!number.empty()) out.codes.push_back({ActorCode::Kind::any, std::string(number)});
        if (reference.text("reference") == "Organization/b") out.codes.push_back({ActorCode::Kind::organization, "341004H0009"});
        out.is_known = !out.codes.empty();
        return out;
    });
    const auto said = rule ? words_of(rule->root, caller, now) : std::vector<store::RecordWord>();
    if (said.empty()) return "-";
    return said.front().closes ? "deny" : "permit";
}

struct Record {
    ScratchFolder folder;
    SetClock clock{kNoon};
    std::shared_ptr<store::Store> store = open_in(folder.path(), &clock);
    std::vector<std::string> first_person{"p1", "p1-elsewhere"};
    std::vector<std::string> moved;
    Consents consents{*store, persons()}, strict{*store, persons(), Consents::Unsaid::treat};
    Consents::Persons persons() {
        Consents::Persons out;
        out.same = [this](const std::string& patient) {
            const bool is_first = std::find(first_person.begin(), first_person.end(), patient) != first_person.end();
            return is_first ? first_person : std::vector<std::string>{patient};
        };
        out.generation = [this] { return moved.size(); };
        out.moved_since = [this](std::uint64_t since) {
            return std::vector<std::string>(moved.begin() + static_cast<std::ptrdiff_t>(since), moved.end());
        };
        return out;
    }
    /// `writer`: as store::Write::owner, "" = the owner of the directory.
    void put_consent(const std::string& id, const std::string& text, const std::string& writer = "") {
        auto write = write_of("Consent", id);
        write.owner = writer;
        write.body = text;
        write.meta_at = 0;
        put(*store, write);
    }
    void put_organization(const std::string& id, const std::string& code, const std::string& part_of) {
        auto write = write_of("Organization", id);
        write.body = R"({"resourceType":"Organization","id":")" + id +
                     R"(","identifier":[{"system":"urn:oid:2.16.156.10011.1.5","value":")" + code + "\"}]" +
                     (part_of.empty() ? "}" : R"(,"partOf":{"reference":"Organization/)" + part_of + "\"}}");
        write.meta_at = 0;
        write.rows.tokens = {{"identifier", "urn:oid:2.16.156.10011.1.5", code}};
        if (!part_of.empty()) write.rows.references = {{"partof", "Organization", part_of, "", ""}};
        put(*store, write);
    }
    std::string closed(const Caller& caller, Instant now = kNoon) {
        std::string out;
        for (const auto& patient : consents.closed_to(caller, now).whole.ids()) out += (out.empty() ? "" : " ") + patient;
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
    BOOST_TEST(consents.closed_to(b, kNoon).whole.ids().size() == 200U);
    for (int request = 0; request < 100; ++request) {
        put(*store, write_of("Observation", "o" + std::to_string(request))); // another commit
        BOOST_TEST(consents.closed_to(b, kNoon).whole.ids().size() == 200U);
        BOOST_TEST(consents.closed_to(c, kNoon).whole.empty());
    }
    BOOST_TEST(consents.judged() == 400U);
    put_consent("new", consent("y", deny()));
    BOOST_TEST(consents.closed_to(b, kNoon).whole.ids().size() == 201U);
    BOOST_TEST(consents.closed_to(c, kNoon).whole.ids().size() == 1U);
    BOOST_TEST(consents.judged() == 402U); // the person whose Consent is new, for both
    auto changed = consent("x7", R"({"type":"permit"})", R"("dateTime":"2026-11-01",)");
    put_consent("c7", changed);
    BOOST_TEST(consents.closed_to(b, kNoon).whole.ids().size() == 200U);
    BOOST_TEST(consents.judged() == 403U);
}

BOOST_FIXTURE_TEST_CASE(records_that_join_or_leave_are_judged_with_their_person_alone, Record) {
    put_consent("c", consent("p1", deny()));
    put_consent("d", consent("other", deny()));
    const auto caller = caller_of("B");
    BOOST_TEST(closed(caller) == "other p1 p1-elsewhere");
    const auto before = consents.judged();
    first_person = {"p1"};
    moved = {"p1-elsewhere"};
    BOOST_TEST(closed(caller) == "other p1");
    first_person = {"p1", "p1-new"};
    moved.push_back("p1-new");
    BOOST_TEST(closed(caller) == "other p1 p1-new");
    BOOST_TEST(consents.judged() - before <= 4U);
}

BOOST_FIXTURE_TEST_CASE(a_refusal_bounded_to_data_closes_that_part_alone, Record) {
    put_consent("c", consent("p1", R"({"type":"permit","provision":[{"type":"deny","class":[{"code":"Observation"}]}]})"));
    const auto closed = consents.closed_to(caller_of("B"), kNoon);
    BOOST_TEST(closed.whole.empty());
    BOOST_REQUIRE(closed.parts);
    const auto& words = closed.parts->at("p1-elsewhere");
    BOOST_REQUIRE(words.size() == 1U);
    BOOST_TEST(!words.front().closes);
    BOOST_REQUIRE(words.front().exceptions.size() == 1U);
    BOOST_TEST(words.front().exceptions.front().types == std::vector<std::string>{"Observation"}, boost::test_tools::per_element());
}

// A newer word about a part stands before an older one about everything.
BOOST_FIXTURE_TEST_CASE(the_newest_word_counts_for_each_part, Record) {
    put_consent("old", consent("p2", deny(), R"("dateTime":"2026-01-01",)"));
    put_consent("new", consent("p2", R"({"type":"permit","class":[{"code":"Observation"}]})", R"("dateTime":"2026-02-01",)"));
    const auto closed = consents.closed_to(caller_of("B"), kNoon);
    BOOST_REQUIRE(closed.parts);
    const auto& words = closed.parts->at("p2");
    BOOST_REQUIRE(words.size() == 2U);
    BOOST_TEST(!words[0].closes);
    BOOST_TEST(words[0].types == std::vector<std::string>{"Observation"}, boost::test_tools::per_element());
    BOOST_TEST(words[1].closes);
    BOOST_TEST(!words[1].is_bounded());
}

BOOST_FIXTURE_TEST_CASE(a_newer_permission_of_everything_opens_what_was_closed_in_part, Record) {
    put_consent("old", consent("p2", deny(R"(,"class":[{"code":"Observation"}])"), R"("dateTime":"2026-01-01",)"));
    BOOST_TEST(static_cast<bool>(consents.closed_to(caller_of("B"), kNoon).parts));
    put_consent("new", consent("p2", R"({"type":"permit"})", R"("dateTime":"2026-02-01",)"));
    BOOST_TEST(!consents.closed_to(caller_of("B"), kNoon).parts);
}

// The resident refuses B; everybody may write Consents.
BOOST_FIXTURE_TEST_CASE(whoever_is_refused_gives_himself_no_leave, Record) {
    const auto permit = R"({"type":"permit"})";
    const auto today = R"("dateTime":"2026-11-20",)";
    const auto b = caller_of("B");
    put_organization("b", "B", "");
    put_organization("ward", "B-1", "b");
    put_consent("no", consent("p1", deny(actor(R"({"reference":"Organization/b"})")), R"("dateTime":"2026-01-01",)"), "Patient/p1");
    BOOST_TEST(closed(b) == "p1 p1-elsewhere");
    for (const auto* writer : {"B", "B-1"}) {
        put_consent("evil", consent("p1", permit, today), writer);
        put_consent("of-a-record-of-its-own", consent("p1-elsewhere", permit, today), writer);
        put_consent("wrapped", consent("p1", R"({"type":"deny","provision":[)" + std::string(permit) + "]}", today), writer);
        BOOST_TEST(closed(b) == "p1 p1-elsewhere", writer);
        BOOST_TEST(!consents.closed_to(b, kNoon).parts, writer);
    }
    // What its word closes beside that stays closed, and nothing of it opens.
    put_consent("in-part",
                consent("p1",
                        R"({"type":"deny","class":[{"code":"Observation"}],"provision":[{"type":"permit","class":[)"
                        R"({"code":"Observation"}]}]})",
                        today),
                "B");
    const auto parts = consents.closed_to(b, kNoon).parts;
    BOOST_REQUIRE(parts);
    for (const auto& word : parts->at("p1")) BOOST_TEST((word.closes && word.exceptions.empty()));
    put_consent("in-part", "{}");
    // Who is not refused may bring the resident's word, and the resident may himself.
    for (const auto* writer : {"A", "", "Patient/p1"}) {
        const auto id = "leave-" + std::to_string(std::string_view(writer).size());
        put_consent(id, consent("p1", permit, today), writer);
        BOOST_TEST(closed(b) == "", writer);
        put_consent(id, "{}");
        BOOST_TEST(closed(b) == "p1 p1-elsewhere");
    }
}

BOOST_FIXTURE_TEST_CASE(an_institution_takes_back_what_it_wrote_down_itself, Record) {
    put_consent("no", consent("p2", deny(), R"("dateTime":"2026-01-01",)"), "B");
    put_consent("yes", consent("p2", R"({"type":"permit"})", R"("dateTime":"2026-02-01",)"), "B");
    BOOST_TEST(closed(caller_of("B")) == "");
    put_consent("of-another", consent("p3", deny(), R"("dateTime":"2026-01-01",)"), "A");
    put_consent("yes-too", consent("p3", R"({"type":"permit"})", R"("dateTime":"2026-02-01",)"), "B");
    BOOST_TEST(closed(caller_of("B")) == "p3"); // opens nothing to itself
    BOOST_TEST(closed(caller_of("C")) == "");
}

// Design, "What they may see": without a Consent on file a record is open for treatment.
BOOST_FIXTURE_TEST_CASE(for_another_purpose_than_treatment_somebody_must_have_said_so, Record) {
    const auto sight_for = [this](Caller caller) {
        strict.bind(caller, kNoon);
        return caller;
    };
    for (const auto* purpose : {"TREAT", "ETREAT", "BTG"}) BOOST_TEST(!sight_for(caller_of("B", purpose)).only_by_word, purpose);
    for (const auto* purpose : {"HRESCH", "HPAYMT", "PUBHLTH", "HOPERAT", "01"})
        BOOST_TEST(sight_for(caller_of("B", purpose)).only_by_word, purpose);
    auto auditor = caller_of("B", "HOPERAT"), copies = caller_of("B", "HRESCH");
    auditor.scopes = {"system/AuditEvent.rs", "huitong/audit-queries"};
    copies.deidentified = true;
    BOOST_TEST(!sight_for(auditor).only_by_word);
    BOOST_TEST(!sight_for(copies).only_by_word);
    auto open = caller_of("B", "HRESCH");
    consents.bind(open, kNoon);
    BOOST_TEST(!open.only_by_word);
    // What a Consent opens stands among the words.
    put_consent("yes", consent("p1", R"({"type":"permit","purpose":[{"code":"HRESCH"}]})"));
    const auto research = sight_for(caller_of("B", "HRESCH"));
    BOOST_REQUIRE(research.record_words);
    BOOST_TEST(!research.record_words->at("p1-elsewhere").front().closes);
    BOOST_TEST(!sight_for(caller_of("B", "HPAYMT")).record_words);
}

BOOST_FIXTURE_TEST_CASE(a_new_number_leads_nobody_out_of_a_refusal, Record) {
    put_organization("b", "B", "");
    put_consent("no", consent("p2", deny(actor(R"({"reference":"Organization/b"})"))));
    put_organization("b", "B2", "");
    BOOST_TEST(closed(caller_of("B")) == "p2");
    BOOST_TEST(closed(caller_of("B2")) == "p2");
    BOOST_TEST(closed(caller_of("C")) == "");
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
    const auto words = [&](const std::string& bounds) {
        const auto parsed = fhir::read_json(consent("p1", deny("," + bounds)));
        return words_of(read_consent(parsed.value->root(), kNoon, [](fhir::Element) { return Actor(); })->root, caller, kNoon);
    };
    // What cannot be asked of a version is left out: documents by their kind, data "related" to something, a time of the data.
    for (const auto* bound :
         {R"("class":[{"system":"urn:ietf:rfc:3986","code":"http://x.example/profile"}])",
          R"("data":[{"meaning":"related","reference":{"reference":"Encounter/1"}}])", R"("dataPeriod":{"start":"2026-01-01"})"}) {
        BOOST_TEST(!words(bound).front().is_bounded(), bound);
        BOOST_TEST(word(consent("p1", R"({"type":"permit",)" + std::string(bound) + "}"), caller) == "-", bound);
    }
    // What a permission takes out stays closed, whatever it is that it opens.
    const std::string refusal = R"("provision":[{"type":"deny","class":[{"code":"Observation"}]}])";
    for (const auto* bound : {R"("dataPeriod":{"start":"2026-01-01"})", R"("purpose":[{"system":"urn:local","code":"01"}])",
                              R"("securityLabel":[{"code":"PSY"}])", R"("action":[{"coding":[{"code":"collect"}]}])"}) {
        BOOST_TEST(word(consent("p1", R"({"type":"permit",)" + std::string(bound) + "," + refusal + "}"), caller) == "deny", bound);
    }
    // By codes also documents are closed: they may hold anything.
    const auto by_code = words(R"("code":[{"coding":[{"system":"http://loinc.org","code":"7917-8"}]}])");
    BOOST_REQUIRE(by_code.size() == 2U);
    BOOST_TEST(by_code[0].tokens.front().code == "7917-8");
    BOOST_TEST(std::count(by_code[1].types.begin(), by_code[1].types.end(), "Binary") == 1);
    BOOST_TEST(words(R"("data":[{"meaning":"instance","reference":{"reference":"Observation/12"}}])").front().resources.front() ==
               "Observation/12");
    BOOST_TEST(
        words(R"("data":[{"meaning":"instance","reference":{"reference":"Observation/12/_history/3"}}])").front().resources.front() ==
        "Observation/12");
    // Labels are hidden by themselves.
    BOOST_TEST(word(consent("p1", R"({"type":"permit","provision":[{"type":"deny","securityLabel":[{"code":"PSY"}]}]})"), caller) ==
               "permit");
}

BOOST_FIXTURE_TEST_CASE(a_refusal_of_one_doctor_holds_for_him_alone, Record) {
    auto doctor = write_of("Practitioner", "d1");
    doctor.body = R"({"resourceType":"Practitioner","id":"d1","identifier":[{"value":"P001"}]})";
    doctor.meta_at = 0;
    put(*store, doctor);
    auto role = write_of("PractitionerRole", "r1");
    role.body = R"({"resourceType":"PractitionerRole","id":"r1","practitioner":{"reference":"Practitioner/d1"}})";
    role.meta_at = 0;
    put(*store, role);
    put_consent("by-person", consent("p2", deny(actor(R"({"reference":"Practitioner/d1"})"))));
    put_consent("by-role", consent("p3", deny(actor(R"({"reference":"PractitionerRole/r1"})"))));
    auto refused = caller_of("B"), other = caller_of("B");
    refused.practitioner = "P001";
    other.practitioner = "P002";
    BOOST_TEST(closed(refused) == "p2 p3");
    BOOST_TEST(closed(other) == "");
}

// A refusal is never read as less than it says, a permission never as more.
BOOST_FIXTURE_TEST_CASE(a_refusal_of_somebody_who_is_not_known_holds_for_everybody, Record) {
    put_consent("team", consent("p2", deny(actor(R"({"reference":"CareTeam/nobody-knows"})"))));
    put_consent("kin", consent("p3", deny(actor(R"({"reference":"RelatedPerson/brother"})"))));
    put_consent("old", consent("p4", deny(), R"("dateTime":"2026-01-01",)"));
    put_consent("new", consent("p4", R"({"type":"permit","action":[{"coding":[{"code":"correct"}]}]})", R"("dateTime":"2026-02-01",)"));
    BOOST_TEST(closed(caller_of("B")) == "p2 p4");
}

// A hospital's callers may come for any of its departments; a department's come for the department alone.
BOOST_FIXTURE_TEST_CASE(a_department_is_part_of_its_hospital, Record) {
    put_organization("hospital", "H1", "");
    put_organization("department", "H1-PSY", "hospital");
    put_organization("ward", "H1-PSY-3", "department");
    put_consent("hospital-shut", consent("p2", deny(actor(R"({"reference":"Organization/hospital"})"))));
    put_consent("department-shut", consent("p3", deny(actor(R"({"reference":"Organization/department"})"))));
    put_consent("by-code", consent("p4", deny(actor(R"({"identifier":{"system":"urn:oid:2.16.156.10011.1.5","value":"H1"}})"))));
    put_consent("for-the-department", consent("p5", R"({"type":"deny","provision":[{"type":"permit")" +
                                                        actor(R"({"reference":"Organization/department"})") + "}]}"));
    BOOST_TEST(closed(caller_of("H1")) == "p2 p3 p4 p5");
    BOOST_TEST(closed(caller_of("H1-PSY")) == "p2 p3 p4");
    BOOST_TEST(closed(caller_of("H1-PSY-3")) == "p2 p3 p4");
    BOOST_TEST(closed(caller_of("H2")) == "p5");
}

BOOST_FIXTURE_TEST_CASE(actors_are_found_again_when_their_entries_change, Record) {
    const auto hospital = caller_of("H1"), ward = caller_of("W1"), other = caller_of("H2");
    put_consent("c", consent("p2", deny(actor(R"({"reference":"Organization/hospital"})"))));
    BOOST_TEST(closed(other) == "p2"); // not known yet: everybody
    put_organization("hospital", "H1", "");
    BOOST_TEST(closed(other) == "");
    BOOST_TEST(closed(hospital) == "p2");
    BOOST_TEST(closed(ward) == "");
    put_organization("ward", "W1", "hospital");
    BOOST_TEST(closed(ward) == "p2");
    put_organization("ward", "W1", "");
    BOOST_TEST(closed(ward) == "");
    put_organization("hospital", "H2", "");
    BOOST_TEST(closed(hospital) == "");
    BOOST_TEST(closed(other) == "p2");
    const auto before = consents.judged();
    put_organization("elsewhere", "H9", "");
    BOOST_TEST(closed(other) == "p2");
    BOOST_TEST(consents.judged() == before);
}

BOOST_FIXTURE_TEST_CASE(a_doctor_is_known_by_the_number_that_his_institution_gave_him, Record) {
    const auto put_doctor = [this](const std::string& id, const std::string& system) {
        auto doctor = write_of("Practitioner", id);
        doctor.body =
            R"({"resourceType":"Practitioner","id":")" + id + R"(","identifier":[{"system":")" + system + R"(","value":"1023"}]})";
        doctor.meta_at = 0;
        put(*store, doctor);
    };
    put_doctor("staff", "urn:huitong:organization:A:practitioner");
    put_doctor("licensed", "urn:oid:2.16.156.10011.1.10");
    put_consent("staff", consent("p2", deny(actor(R"({"reference":"Practitioner/staff"})"))));
    put_consent("licensed", consent("p3", deny(actor(R"({"reference":"Practitioner/licensed"})"))));
    auto of_a = caller_of("A"), of_b = caller_of("B");
    of_a.practitioner = of_b.practitioner = "1023";
    BOOST_TEST(closed(of_a) == "p2 p3");
    BOOST_TEST(closed(of_b) == "p3"); // nobody can tell him by a licence: everybody
}

BOOST_FIXTURE_TEST_CASE(a_permission_for_somebody_who_is_not_known_opens_nothing, Record) {
    const auto only = [](const std::string& who) { return R"({"type":"deny","provision":[{"type":"permit")" + actor(who) + "}]}"; };
    put_consent("named", consent("p2", only(R"({"display":"my doctor"})")));
    put_consent("licensed", consent("p3", only(R"({"identifier":{"system":"urn:oid:2.16.156.10011.1.10","value":"B"}})")));
    BOOST_TEST(closed(caller_of("B")) == "p2 p3");
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
    Consents::Persons apart;
    apart.same = [](const std::string& patient) { return std::vector<std::string>{patient}; };
    Consents anew(*store, std::move(apart));
    BOOST_TEST((anew.closed_to(caller, kNoon).whole == store::PatientList{"p2"}));
}

BOOST_FIXTURE_TEST_CASE(the_newest_word_counts, Record) {
    const auto caller = caller_of("341002H0001");
    put_consent("later", consent("p1", R"({"type":"permit"})", R"("dateTime":"2026-11-10",)"));
    put_consent("earlier", consent("p1", deny(), R"("dateTime":"2026-11-01",)"));
    BOOST_TEST(closed(caller) == "");
    put_consent("newest", consent("p1-elsewhere", deny(), R"("dateTime":"2026-11-11",)"));
    BOOST_TEST(closed(caller) == "p1 p1-elsewhere");
}

// A day is not a moment, and nobody speaks from the future.
BOOST_FIXTURE_TEST_CASE(a_refusal_of_a_day_counts_over_a_permission_of_that_day, Record) {
    const auto caller = caller_of("B");
    put_consent("morning", consent("p1", R"({"type":"permit"})", R"("dateTime":"2026-11-10T08:00:00+08:00",)"));
    put_consent("day", consent("p1", deny(), R"("dateTime":"2026-11-10",)"));
    BOOST_TEST(closed(caller) == "p1 p1-elsewhere");
    put_consent("next", consent("p1", R"({"type":"permit"})", R"("dateTime":"2026-11-11",)"));
    BOOST_TEST(closed(caller) == "");
    put_consent("future", consent("p2", R"({"type":"permit"})", R"("dateTime":"2062-11-10",)"));
    clock.set(Instant{kNoon.microseconds + 1'000'000});
    put_consent("today", consent("p2", deny()));
    BOOST_TEST(closed(caller) == "p2");
}

// When it was said is not known; that it came is.
BOOST_FIXTURE_TEST_CASE(a_refusal_without_a_date_is_of_the_day_it_came, Record) {
    put_consent("earlier", consent("p2", R"({"type":"permit"})", R"("dateTime":"2024-11-10",)"));
    put_consent("undated", consent("p2", deny()));
    BOOST_TEST(closed(caller_of("B")) == "p2");
}

BOOST_AUTO_TEST_CASE(a_purpose_takes_in_its_kinds_and_one_that_is_not_understood_takes_in_all) {
    const auto said = [](const std::string& type, const std::string& purpose, const std::string& of_caller) {
        return word(consent("p1", R"({"type":")" + type + R"(","purpose":[)" + purpose + "]}"), caller_of("B", of_caller));
    };
    BOOST_TEST(said("deny", R"({"code":"TREAT"})", "ETREAT") == "deny");
    BOOST_TEST(said("deny", R"({"code":"HRESCH"})", "CLINTRCHNPC") == "deny");
    BOOST_TEST(said("deny", R"({"code":"ETREAT"})", "TREAT") == "-");
    BOOST_TEST(said("deny", R"({"code":"HOPERAT"})", "PATSFTY") == "deny");
    BOOST_TEST(said("deny", R"({"code":"HOPERAT"})", "HTEST") == "deny"); // over SYSDEV
    BOOST_TEST(said("deny", R"({"code":"HPAYMT"})", "ENROLLM") == "deny");
    BOOST_TEST(said("deny", R"({"code":"PurposeOfUse"})", "TREAT") == "deny");
    BOOST_TEST(said("permit", R"({"code":"HOPERAT"})", "PATSFTY") == "permit");
    // A purpose that nobody defined may be the one that is refused.
    BOOST_TEST(said("deny", R"({"code":"HRESCH"})", "RESEARCH-2") == "deny");
    BOOST_TEST(said("permit", R"({"code":"HRESCH"})", "RESEARCH-2") == "-");
    BOOST_TEST(said("deny", R"({"display":"research"})", "TREAT") == "deny");
    BOOST_TEST(said("deny", R"({"system":"urn:local","code":"01"})", "TREAT") == "deny");
    BOOST_TEST(said("permit", R"({"system":"urn:local","code":"01"})", "TREAT") == "-");
    BOOST_TEST(word(consent("p1", deny(R"(,"securityLabel":[{"display":"secret"}])")), caller_of("B")) == "deny");
}

BOOST_FIXTURE_TEST_CASE(residents_and_the_owner_of_the_directory_are_not_shut_out, Record) {
    put_consent("c1", consent("p1", deny()));
    auto resident = caller_of("");
    resident.patient_id = "p1";
    resident.is_resident = true;
    Caller owner;
    owner.local_admin = true;
    BOOST_TEST(closed(resident) == "");
    BOOST_TEST(closed(owner) == "");
}

BOOST_AUTO_TEST_SUITE_END()
