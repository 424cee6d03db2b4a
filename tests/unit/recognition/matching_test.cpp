// Who the patient is, what is ordered, which of several results is shown.
#include "support/recognition_hub.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace huitong;
using namespace huitong::recognition;
using namespace huitong::tests;

namespace {

struct Story : RecognitionHub {
    Story() : RecognitionHub(kAsked) {
        put_people(*this);
        put_report(story_report());
    }
    bool shows(const PatientName& patient, const std::string& receiver = kHospitalB, const std::string& code = "XCG-B") {
        auto asked = question(receiver, code);
        asked.patient = patient;
        return ask(asked).matches.at(0).is_shown();
    }
    static PatientName named(const std::string& system, const std::string& value) {
        PatientName out;
        out.identifiers = {{system, value}};
        return out;
    }
    static PatientName with_id(const std::string& id) {
        PatientName out;
        out.id = id;
        return out;
    }
};

/// A's blood count as A wrote it, and what B is told of it.
struct OwnStory : RecognitionHub {
    OwnStory() : RecognitionHub(kAsked) {
        put_people(*this);
        put_own("final");
    }
    /// The report alone goes on to another status; its results stay as they were.
    void put_own(const std::string& status, const std::vector<std::string>& labels = {}) {
        writer = kHospitalA;
        if (status == "final") put_report(story_report());
        auto body = store->view()->current({"DiagnosticReport", "JY20261120001"}).value().value().body;
        const auto at = body.find("\"status\":\"");
        body.replace(at, body.find(',', at) - at, "\"status\":\"" + status + '"');
        put(body, labels);
    }
    Judged judged() { return ask(question(kHospitalB, "XCG-B")).matches.at(0).members.at(0).judged.at(0); }
    std::string verdict() { return std::string(verdict_text(judged().decision.verdict)); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(matching_suite)

BOOST_FIXTURE_TEST_CASE(a_patient_is_found_by_number_card_or_id, Story) {
    BOOST_TEST(shows(named("urn:huitong:organization:341004H0009:patient", "778899")));
    BOOST_TEST(shows(named("urn:oid:2.16.156.10011.1.3", kNumber)));
    BOOST_TEST(shows(with_id("pb")));
    BOOST_TEST(shows(with_id("778899"))); // the receiver's own number
    BOOST_TEST(!shows(with_id("000000")));
    BOOST_TEST(!shows(named("urn:huitong:organization:341002H0001:patient", "778899"))); // a number of another hospital's
}

// Clients may choose ids: what is a number at one hospital is an id of another hospital's Patient.
BOOST_FIXTURE_TEST_CASE(another_hospitals_id_is_not_taken_for_the_askers_number, Story) {
    put_patient("10086", kHospitalA, "A10086");
    BOOST_TEST(!shows(with_id("10086")));
    auto said = with_id("10086");
    said.identifiers = {{"urn:huitong:organization:341004H0009:patient", "10086"}};
    BOOST_TEST(!shows(said));
    auto same_name = with_id("10086");
    identity::Statement statement;
    statement.name = "王秀英";
    statement.numbers = {kNumber};
    same_name.record = identity::record_of(statement, kAskedNumbers);
    BOOST_TEST(shows(same_name));
    statement.name = "李四";
    same_name.record = identity::record_of(statement, kAskedNumbers);
    BOOST_TEST(!shows(same_name));
}

BOOST_FIXTURE_TEST_CASE(a_birth_date_alone_must_agree_with_the_record_of_a_citizen_number, Story) {
    const auto born = [](const std::string& day) {
        auto out = named("urn:oid:2.16.156.10011.1.3", kNumber);
        identity::Statement statement;
        statement.birth_date = day;
        statement.numbers = {kNumber};
        out.record = identity::record_of(statement, kAskedNumbers);
        return out;
    };
    BOOST_TEST(shows(born("1956-03-14")));
    BOOST_TEST(!shows(born("1956-03-15")));
    BOOST_TEST(!shows(born("2026-11-19")));
}

// A newborn with its mother's number: the number names two persons, so it names nobody.
BOOST_FIXTURE_TEST_CASE(a_citizen_number_of_two_persons_names_nobody, Story) {
    put_patient("baby", kTownship, "T20002", kNumber, "王秀英之女", "2026-11-19");
    BOOST_TEST(!shows(named("urn:oid:2.16.156.10011.1.3", kNumber)));
    BOOST_TEST(shows(named("urn:huitong:organization:341004H0009:patient", "778899")));
    BOOST_TEST(!shows(named("urn:huitong:organization:341021H0101:patient", "T20002")));
}

// Only the newborn of a number is here: whoever asks by the number alone means its owner, whose results these are not.
BOOST_AUTO_TEST_CASE(a_citizen_number_alone_does_not_name_a_newborn_that_goes_by_it) {
    RecognitionHub hub(kAsked);
    hub.put_patient("pa", kHospitalA, "0001234567", kNumber, "王秀英之女", "2026-11-19");
    hub.put_report(story_report());
    auto asked = hub.question(kHospitalB, "XCG-B");
    asked.patient = Story::named("urn:oid:2.16.156.10011.1.3", kNumber);
    BOOST_TEST(!hub.ask(asked).matches.at(0).is_shown());
}

// A hospital that registers a newborn under its mother's number is not shown the mother's results.
BOOST_FIXTURE_TEST_CASE(a_citizen_number_needs_an_agreeing_name, Story) {
    const auto said = [](const std::string& name, const std::string& born) {
        auto out = named("urn:oid:2.16.156.10011.1.3", kNumber);
        identity::Statement statement;
        statement.name = name;
        statement.birth_date = born;
        statement.numbers = {kNumber};
        out.record = identity::record_of(statement, kAskedNumbers);
        return out;
    };
    BOOST_TEST(shows(said("王秀英", "1956-03-14")));
    BOOST_TEST(!shows(said("王秀英之女", "2026-11-19")));
    BOOST_TEST(!shows(said("李四", "1956-03-14")));
    // The names tell the two persons of one number apart.
    put_patient("baby", kTownship, "T20002", kNumber, "王秀英之女", "2026-11-19");
    BOOST_TEST(shows(said("王秀英", "1956-03-14")));
}

BOOST_FIXTURE_TEST_CASE(a_sample_with_any_bad_condition_is_not_recognised, Story) {
    put(R"({"resourceType":"Specimen","id":"SJY20261120001","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0487","code":"BLD"}]},"subject":{"reference":"Patient/pa"},"collection":{"collectedDateTime":"2026-11-20T08:45:00+08:00"},"condition":[{"text":"冰浴"},{"coding":[{"code":"ICT"},{"code":"HEM"}]}]})");
    const auto reasons = ask(question(kHospitalB, "XCG-B")).matches.at(0).members.at(0).shown()->decision.reasons();
    BOOST_TEST(reasons == std::vector<std::string>{"SPEC-QUAL"}, boost::test_tools::per_element());
}

// What a result and its specimen say of themselves.
BOOST_AUTO_TEST_CASE(a_result_is_heard_in_what_it_says_of_itself) {
    RecognitionHub hub(kAsked);
    put_people(hub);
    hub.put_patient("stranger", kTownship, "T9", "990102199607081846", "李四", "1996-07-08");
    const auto reasons = [&](const std::string& find, const std::string& with, const std::string& type = "Observation") {
        hub.put_report(story_report());
        const auto id = type == "Specimen" ? "SJY20261120001" : "JY20261120001.HGB";
        auto body = hub.store->view()->current({type, id}).value().value().body;
        const auto place = body.find(find);
        BOOST_REQUIRE(place != body.npos);
        body.replace(place, find.size(), with);
        hub.put(body);
        const auto match = hub.ask(RecognitionHub::question(kHospitalB, "XCG-B")).matches.at(0);
        std::string out;
        for (const auto& member : match.members) {
            if (member.item != "HGB" || member.judged.empty()) continue;
            for (const auto& reason : member.judged.front().decision.reasons()) out += (out.empty() ? "" : ",") + reason;
        }
        return out;
    };
    BOOST_TEST(reasons("\"status\":\"final\"", "\"status\":\"final\"") == "");
    const std::string kind = "\"resourceType\":\"Specimen\"";
    BOOST_TEST(reasons(kind, kind + ",\"status\":\"unsatisfactory\"", "Specimen") == "SPEC-QUAL");
    BOOST_TEST(reasons("Patient/pa", "Patient/stranger", "Specimen") == "ID-WEAK");
    BOOST_TEST(reasons("Patient/pa", "Patient/pt", "Specimen") == ""); // another record of the same person
    BOOST_TEST(reasons("2026-11-20T08:45:00+08:00", "2026-11-10T08:45:00+08:00", "Specimen") == "TIME-OVER");
    BOOST_TEST(reasons("\"code\":\"N\"", "\"code\":\"QCF\"") == "IQC-OUT");
    const std::string status = "\"status\":\"final\"";
    BOOST_TEST(reasons(status, status + R"(,"focus":[{"reference":"RelatedPerson/fetus"}])") == "ID-WEAK");
    BOOST_TEST(reasons(status, status + R"(,"focus":[{"reference":"Observation/other"}])") == "");
    BOOST_TEST(reasons(status, status + R"(,"modifierExtension":[{"url":"urn:x","valueBoolean":true}])") == "MAP-UNSURE");
}

// Who may no longer read a type does not read it in a match that another client of the same institution asked for.
BOOST_FIXTURE_TEST_CASE(a_match_is_read_under_the_rights_of_now, Story) {
    const auto match = ask(question(kHospitalB, "XCG-B")).matches.at(0).id;
    auto reader = caller(kHospitalB);
    BOOST_TEST(service->find(reader, kHospitalB, match).has_value());
    reader.scopes = {"recognition", "system/ImagingStudy.rs"};
    BOOST_TEST(!service->find(reader, kHospitalB, match).has_value());
}

BOOST_FIXTURE_TEST_CASE(an_order_is_understood_by_own_catalogue_or_loinc_code, Story) {
    const auto item = [&](const std::string& system, const std::string& code) {
        auto asked = question(kHospitalB, code);
        asked.orders[0].codes[0].system = system;
        return ask(asked).matches.at(0).item;
    };
    BOOST_TEST(item("", "XCG-B") == "CBC");
    BOOST_TEST(item("urn:huitong:organization:341004H0009:order-item", "XCG-B") == "CBC");
    BOOST_TEST(item("urn:huitong:catalogue:item", "CBC") == "CBC");
    BOOST_TEST(item("http://loinc.org", "718-7") == "HGB");
    BOOST_TEST(item("urn:huitong:organization:341002H0001:order-item", "XCG-A") == ""); // another hospital's list
    BOOST_TEST(item("", "XCG-A") == "");
    BOOST_TEST(item("", "nothing") == "");
}

BOOST_FIXTURE_TEST_CASE(the_newest_recognised_result_is_shown_before_a_newer_one_that_is_not, Story) {
    auto newer = story_report(); // B measured it itself yesterday afternoon, but B failed the assessment
    newer.number = "B1";
    newer.patient = "pb";
    newer.reporting = newer.performer = kTownship;
    newer.collected = "2026-11-20T15:00:00+08:00";
    put_report(newer);
    const auto match = ask(question(kHospitalB, "XCG-B")).matches.at(0);
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "RECOGNISE");
    BOOST_TEST(match.members.at(0).judged.size() == 2U);
    BOOST_TEST(match.members.at(0).shown()->candidate.report == "DiagnosticReport/JY20261120001");
}

// What is recognised does not hide what has happened since.
BOOST_FIXTURE_TEST_CASE(a_newer_value_that_tells_otherwise_is_shown_before_a_recognised_one, Story) {
    auto newer = story_report(); // of a laboratory without any assessment
    newer.number = "X1";
    newer.reporting = newer.performer = kLabX;
    newer.collected = "2026-11-21T07:45:00+08:00";
    newer.values = {blood_count().at(2)};
    newer.values[0].number = "52";
    newer.values[0].flag = "LL";
    put_report(newer);
    const auto match = ask(question(kHospitalB, "XCG-B")).matches.at(0);
    BOOST_TEST(match.members.at(1).shown()->candidate.report == "DiagnosticReport/JY20261120001");
    for (const auto& member : match.members) {
        if (member.item != "HGB") continue;
        BOOST_TEST(member.shown()->candidate.value == "52");
        BOOST_TEST(std::string(verdict_text(member.shown()->decision.verdict)) == "REFERENCE_ONLY");
    }
    BOOST_TEST(match.missing == std::vector<std::string>{"HGB"}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(readings_at_home_take_no_place_of_a_laboratorys_value, Story) {
    for (int index = 10; index < 20; ++index) {
        put(R"({"resourceType":"Observation","id":"home)" + std::to_string(index) +
            R"(","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"subject":{"reference":"Patient/pb"},"effectiveDateTime":"2026-11-21T08:)" +
            std::to_string(index) +
            R"(:00+08:00","performer":[{"reference":"Patient/pb"}],"valueQuantity":{"value":120,"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"}})");
    }
    const auto match = ask(question(kHospitalB, "XCG-B")).matches.at(0);
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "RECOGNISE");
}

// Whoever is named twice is one person both times, and nobody else than is said.
BOOST_FIXTURE_TEST_CASE(who_is_named_as_two_persons_is_nobody, Story) {
    put_patient("pz", kHospitalB, "112233", "990102199607081846", "李四", "1996-07-08");
    const auto said = [](const std::string& name, const std::string& born, const std::string& number) {
        auto out = named("urn:huitong:organization:341004H0009:patient", "778899");
        identity::Statement statement;
        statement.name = name;
        statement.birth_date = born;
        if (!number.empty()) statement.numbers = {number};
        out.record = identity::record_of(statement, kAskedNumbers);
        return out;
    };
    BOOST_TEST(shows(said("王秀英", "1956-03-14", kNumber)));
    BOOST_TEST(shows(said("王秀瑛", "1956-03-14", ""))); // a slip of the pen
    BOOST_TEST(!shows(said("赵六", "1990-01-01", "")));
    BOOST_TEST(!shows(said("李四", "", "990102199607081846")));
    auto twice = named("urn:huitong:organization:341004H0009:patient", "778899");
    twice.identifiers.emplace_back("urn:oid:2.16.156.10011.1.3", "990102199607081846");
    BOOST_TEST(!shows(twice));
    auto by_id = named("urn:oid:2.16.156.10011.1.3", kNumber);
    by_id.id = "112233";
    BOOST_TEST(!shows(by_id));
    by_id.id = "778899";
    BOOST_TEST(shows(by_id));
}

BOOST_FIXTURE_TEST_CASE(own_recent_results_are_left_to_the_hospital, Story) {
    clock.set(at("2026-11-20T20:00:00+08:00"));
    const auto match = ask(question(kHospitalA, "XCG-A")).matches.at(0);
    BOOST_TEST(!match.is_shown());
    BOOST_TEST(std::string(verdict_text(match.members.at(0).judged.at(0).decision.verdict)) == "OMITTED");
}

// The report is found by the identifier that the result names where the report lists no results.
BOOST_AUTO_TEST_CASE(results_sent_row_by_row_find_their_report) {
    RecognitionHub hub(kAsked);
    put_people(hub);
    auto report = story_report();
    report.lists_results = false;
    hub.put_report(report);
    const auto match = hub.ask(RecognitionHub::question(kHospitalB, "XCG-B")).matches.at(0);
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "RECOGNISE");
    BOOST_TEST(match.members.at(0).shown()->candidate.report == "DiagnosticReport/JY20261120001");
}

BOOST_AUTO_TEST_CASE(a_panel_cites_one_report_rather_than_a_mixture) {
    RecognitionHub hub(kAsked);
    put_people(hub);
    hub.put_report(story_report());
    auto single = story_report(); // haemoglobin alone, an hour later
    single.number = "JY20261120005";
    single.collected = "2026-11-20T09:45:00+08:00";
    single.values = {blood_count().at(2)};
    hub.put_report(single);
    const auto match = hub.ask(RecognitionHub::question(kHospitalB, "XCG-B")).matches.at(0);
    for (const auto& member : match.members) BOOST_TEST(member.shown()->candidate.report == "DiagnosticReport/JY20261120001");
}

BOOST_AUTO_TEST_CASE(an_unmapped_local_code_is_stored_and_never_recognised) {
    RecognitionHub hub(kAsked);
    put_people(hub);
    auto report = story_report();
    for (auto& value : report.values) value.code = "Z" + value.code; // LOINC is there, but no row of the map leads to it
    hub.put_report(report);
    const auto match = hub.ask(RecognitionHub::question(kHospitalB, "XCG-B")).matches.at(0);
    const auto reasons = match.members.at(0).shown()->decision.reasons();
    BOOST_TEST(reasons == std::vector<std::string>{"MAP-UNSURE"}, boost::test_tools::per_element());
}

// A map that came over REST may stand under any url, also that of a configured one; nobody but its sender has looked at it, so it takes
// nothing's place.
BOOST_FIXTURE_TEST_CASE(a_map_that_was_posted_does_not_replace_the_deployments_own, Story) {
    BOOST_TEST(std::string(verdict_text(ask(question(kHospitalB, "XCG-B")).matches.at(0).verdict)) == "RECOGNISE");
    put(R"({"resourceType":"ConceptMap","id":"posted","url":"https://huitong.example/fhir/ConceptMap/lis-a-items","version":"9999","status":"active"})");
    const auto match = ask(question(kHospitalB, "XCG-B")).matches.at(0);
    BOOST_TEST(std::string(verdict_text(match.verdict)) == "RECOGNISE");
}

// Two words at once about one match: one is heard, the other is told that it comes too late.
BOOST_FIXTURE_TEST_CASE(of_two_words_at_once_one_wins, Story) {
    for (int round = 0; round < 5; ++round) {
        const auto match = ask(question(kHospitalB, "XCG-B")).matches.at(0);
        std::atomic<int> heard{0}, refused{0};
        std::vector<std::thread> doctors;
        for (int number = 0; number < 6; ++number) {
            doctors.emplace_back([&, number] {
                Feedback feedback;
                feedback.match = match.id;
                feedback.outcome = number % 2 == 0 ? "adopted" : "declined";
                feedback.reason = number % 2 == 0 ? "" : std::to_string(number);
                feedback.text = number == 5 ? "" : "x";
                const auto said = run(service->give(kHospitalB, feedback));
                ++(said.empty() ? heard : refused);
            });
        }
        for (auto& doctor : doctors) doctor.join();
        std::size_t words = 0;
        for (const auto& entry : service->ledger().entries(0, 1000)) {
            const auto document = fhir::read_plain_json(entry.json).value;
            const auto kind = document->root().text("kind");
            if (document->root().text("match") == match.id && (kind == "adopted" || kind == "declined")) ++words;
        }
        BOOST_TEST(words == 1U);
        BOOST_TEST(heard >= 1);
        BOOST_TEST(heard + refused == 6);
    }
    BOOST_TEST(service->ledger().verify().empty());
}

// What a laboratory measured, what a report says of it and what a specimen was are words of whoever writes them.
BOOST_AUTO_TEST_CASE(a_result_counts_as_a_laboratorys_when_it_wrote_it_or_lets_the_writer_report) {
    const auto decided = [](const std::string& writer, const std::string& performer, recognition::Settings settings = {}) {
        RecognitionHub hub(kAsked, std::move(settings));
        put_people(hub);
        auto report = story_report();
        report.performer = performer;
        hub.writer = writer;
        hub.put_report(report);
        return hub.ask(RecognitionHub::question(kHospitalB, "XCG-B")).matches.at(0).members.at(0).judged.at(0).decision;
    };
    const auto has = [](const Decision& decision, const std::string& code) {
        const auto reasons = decision.reasons();
        return std::find(reasons.begin(), reasons.end(), code) != reasons.end();
    };
    BOOST_TEST(decided(kHospitalA, kHospitalA).reasons().empty());
    BOOST_TEST(decided("", kHospitalA).reasons().empty());
    const auto claimed = decided(kTownship, kHospitalA);
    BOOST_TEST(std::string(verdict_text(claimed.verdict)) == "REFERENCE_ONLY");
    BOOST_TEST(claimed.reasons() == std::vector<std::string>{"ORG-CLAIMED"}, boost::test_tools::per_element());
    BOOST_TEST(has(decided("Patient/pa", kHospitalA), "ORG-CLAIMED"));
    // A third-party laboratory lets its customers report for it, and a platform's client acts for the institutions it names.
    BOOST_TEST(!has(decided(kHospitalA, kLabX), "ORG-CLAIMED"));
    BOOST_TEST(has(decided(kHangzhou, kLabX), "ORG-CLAIMED"));
    recognition::Settings platform;
    platform.acts_for["test"] = {"*"};
    BOOST_TEST(!has(decided("341000PLAT", kHospitalA, platform), "ORG-CLAIMED"));
    BOOST_TEST(has(decided("341000PLAT", kHospitalA), "ORG-CLAIMED"));
    BOOST_TEST(has(decided("Patient/pa", kHospitalA, platform), "ORG-CLAIMED")); // through its portal
}

BOOST_FIXTURE_TEST_CASE(another_institutions_report_does_not_stand_in_for_the_laboratorys_own, OwnStory) {
    const auto foreign = [&](const std::string& status) {
        writer = kTownship;
        put(R"({"resourceType":"DiagnosticReport","id":"foreign","status":")" + status +
            R"(","code":{"text":"CBC"},"subject":{"reference":"Patient/pa"},"performer":[)" + organization(kTownship) +
            R"(],"result":[{"reference":"Observation/JY20261120001.WBC"},{"reference":"Observation/JY20261120001.RBC"},{"reference":"Observation/JY20261120001.HGB"},{"reference":"Observation/JY20261120001.PLT"},{"reference":"Observation/JY20261120001.HCT"}]})");
    };
    foreign("final");
    BOOST_TEST(verdict() == "RECOGNISE");
    put_own("preliminary");
    foreign("final");
    BOOST_TEST(verdict() == "REFERENCE_ONLY");
    put_own("entered-in-error");
    foreign("final");
    BOOST_TEST(verdict() == "WITHHELD");
    put_own("final");
    BOOST_TEST(verdict() == "RECOGNISE");
    foreign("entered-in-error"); // nor does it take the laboratory's away
    BOOST_TEST(verdict() == "RECOGNISE");
}

BOOST_FIXTURE_TEST_CASE(another_institutions_word_about_the_specimen_is_not_believed, OwnStory) {
    writer = kTownship;
    put(R"({"resourceType":"Specimen","id":"SJY20261120001","status":"available","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0487","code":"BLD"}]},"subject":{"reference":"Patient/pa"},"collection":{"collectedDateTime":"2026-11-20T08:45:00+08:00"}})");
    BOOST_TEST(verdict() == "REFERENCE_ONLY");
    BOOST_TEST(judged().decision.reasons() == std::vector<std::string>{"ORG-CLAIMED"}, boost::test_tools::per_element());
}

// What is void is void for whoever may not see the report too.
BOOST_FIXTURE_TEST_CASE(a_void_report_that_the_asker_does_not_see_withholds_its_results, OwnStory) {
    put_own("entered-in-error", {"PSY"});
    BOOST_TEST(verdict() == "WITHHELD");
}

BOOST_AUTO_TEST_SUITE_END()
