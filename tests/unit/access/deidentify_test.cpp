// De-identified copies: no planted name, number, telephone or text is left; what is coded or counted is; dates keep their distances.
#include "access/deidentify.hpp"
#include "base/date_time.hpp"
#include "fhir/json.hpp"
#include "support/definitions.hpp"
#include "support/files.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

using namespace huitong;
using namespace huitong::access;
using tests::rule_of;

namespace {

constexpr Instant kNow{1'795'000'000'000'000}; // in November 2026

Deidentifier made(char key = 'k') { return {std::string(32, key), tests::r4_definitions(), kNow}; }

std::string copy(const std::string& body, const std::string& person = "p") { return made().copy_of(body, person); }

/// The value at a path of a copy.
std::string at(const std::string& text, const char* path) { return std::string(fhir::read_json(text).value->root().text(path)); }

std::int64_t day(const std::string& text) {
    const auto value = read_date_time(text);
    return value ? days_from_civil(value->year, value->month, value->day) : 0;
}

constexpr auto kPatient =
    R"({"resourceType":"Patient","id":"canary-id","meta":{"versionId":"3","lastUpdated":"2026-11-01T00:00:00Z","source":"urn:canary"},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">canary</div>"},)"
    R"("contained":[{"resourceType":"Organization","id":"canary","name":"canary"}],)"
    R"("extension":[{"url":"http://x.example/note","valueString":"canary"},{"url":"http://x.example/class","valueCode":"A"}],)"
    R"("identifier":[{"system":"urn:oid:2.16.156.10011.1.3","value":"canary-number","assigner":{"display":"canary"}}],"name":[{"text":"canary","family":"canary"}],)"
    R"("telecom":[{"system":"phone","value":"canary"}],"gender":"female","birthDate":"1956-03-14","_birthDate":{"extension":[{"url":"http://x.example/as","valueString":"canary"}]},)"
    R"("address":[{"use":"home","text":"canary","line":["canary"],"city":"canary","district":"canary","state":"安徽省","postalCode":"canary"}],)"
    R"("maritalStatus":{"coding":[{"system":"urn:oid:1.2","code":"10","display":"canary"}],"text":"canary"},)"
    R"("photo":[{"title":"canary"}],"contact":[{"name":{"text":"canary"}}],"generalPractitioner":[{"reference":"Practitioner/canary","display":"canary"}],"link":[{"other":{"reference":"Patient/q"},"type":"seealso"}]})";
constexpr auto kResult =
    R"({"resourceType":"Observation","id":"o","status":"final","category":[{"coding":[{"system":"http://s.example","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"718-7","display":"canary"}],"text":"canary"},)"
    R"("subject":{"reference":"http://hub.example/fhir/Patient/canary-id/_history/2","display":"canary"},"performer":[{"reference":"#canary"},{"reference":"Practitioner?name=canary"},{"identifier":{"system":"urn:o","value":"canary"}}],)"
    R"("effectiveDateTime":"2026-11-20T08:45:00+08:00","issued":"2026-11-21T09:00:00.000+08:00","valueQuantity":{"value":126.50,"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"},)"
    R"("note":[{"text":"canary"}],"referenceRange":[{"low":{"value":115,"unit":"g/L"},"text":"canary"}]})";

} // namespace

BOOST_AUTO_TEST_SUITE(deidentify)

BOOST_AUTO_TEST_CASE(no_canary_leaves_and_what_is_coded_or_counted_stays) {
    for (const auto* body : {kPatient, kResult}) {
        const auto text = copy(body);
        BOOST_TEST(text.find("canary") == std::string::npos, text);
        BOOST_TEST(text.find("PSEUDED") != std::string::npos);
    }
    const auto patient = copy(kPatient), result = copy(kResult);
    BOOST_TEST(at(patient, "gender") == "female");
    BOOST_TEST(at(patient, "address.state") == "安徽省");
    BOOST_TEST(at(patient, "maritalStatus.coding.code") == "10");
    BOOST_TEST(at(patient, "extension.valueCode") == "A"); // the one before has nothing left and is gone
    BOOST_TEST(at(patient, "meta.lastUpdated") == "");
    BOOST_TEST(at(result, "code.coding.code") == "718-7");
    BOOST_TEST(at(result, "valueQuantity.value") == "126.50");
    BOOST_TEST(at(result, "referenceRange.low.unit") == "g/L"); // nothing else says what it is
    BOOST_TEST(at(result, "valueQuantity.unit") == "");
}

BOOST_AUTO_TEST_CASE(references_still_meet_and_numbers_can_be_joined_but_not_read) {
    const auto patient = copy(kPatient), result = copy(kResult);
    BOOST_TEST(at(result, "subject.reference") == "Patient/" + at(patient, "id"));
    BOOST_TEST(at(patient, "id") != "canary-id");
    BOOST_TEST(at(copy(kPatient), "identifier.value") == at(patient, "identifier.value"));
    BOOST_TEST(at(made('x').copy_of(kPatient, "p"), "id") != at(patient, "id")); // another key, other tokens
}

BOOST_AUTO_TEST_CASE(dates_of_one_person_move_together_and_of_two_apart) {
    const auto text = copy(kResult);
    const auto moved_by = day(at(text, "effectiveDateTime")) - day("2026-11-20");
    BOOST_TEST(moved_by == made().days_of("p"));
    BOOST_TEST(day(at(text, "issued")) - day(at(text, "effectiveDateTime")) == 1);
    BOOST_TEST(at(text, "effectiveDateTime").substr(10) == "T08:45:00+08:00"); // by whole days
    std::set<int> moves;
    for (int person = 0; person < 200; ++person) {
        const auto days = made().days_of("person " + std::to_string(person));
        BOOST_TEST((days >= -182 && days <= 183 && days != 0));
        moves.insert(days);
    }
    BOOST_TEST(moves.size() > 100U);
}

BOOST_AUTO_TEST_CASE(of_a_birth_the_year_stays_and_great_ages_are_one) {
    const auto year = at(copy(kPatient), "birthDate");
    BOOST_TEST(year.size() == 4U);
    BOOST_TEST(std::abs(std::stoi(year) - 1956) <= 1);
    const std::string old = R"({"resourceType":"Patient","birthDate":"1920-01-01"})";
    BOOST_TEST(at(copy(old), "birthDate") == "1936");
}

BOOST_AUTO_TEST_CASE(the_hour_of_a_birth_and_the_place_of_a_home_are_not_told_beside_it) {
    const auto text = copy(
        R"({"resourceType":"Patient","birthDate":"1956-03-14","_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1956-03-14T04:51:00+08:00"}]},)"
        R"("extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthTime","valueDateTime":"1956-03-14T04:51:00+08:00"}],)"
        R"("identifier":[{"system":"urn:mrn","_system":{"extension":[{"url":"http://x.example/n","valueCode":"canary"}]},"value":"1","_value":{"extension":[{"url":"http://x.example/n","valueCode":"canary"}]}}],)"
        R"("address":[{"use":"home","type":"physical","state":"安徽省","_state":{"extension":[{"url":"http://x.example/n","valueCode":"canary"}]},"period":{"start":"1999-02-03"},)"
        R"("extension":[{"url":"http://hl7.org/fhir/StructureDefinition/geolocation","extension":[{"url":"latitude","valueDecimal":29.71},{"url":"longitude","valueDecimal":118.33}]}]}]})");
    for (const auto* gone : {"04:51", "29.71", "118.33", "canary", "physical", "period"})
        BOOST_TEST(text.find(gone) == std::string::npos, gone << " in " << text);
    BOOST_TEST(at(text, "address.state") == "安徽省");
    BOOST_TEST(at(text, "address.use") == "home");
    const auto place = copy(R"({"resourceType":"Location","status":"active","position":{"longitude":118.33,"latitude":29.71}})");
    BOOST_TEST(place.find("118.33") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(births_and_ages_of_relatives_are_those_of_anybody) {
    const auto born = copy(
        R"({"resourceType":"FamilyMemberHistory","bornDate":"1920-01-01","deceasedAge":{"value":97,"system":"http://unitsofmeasure.org","code":"a"}})");
    BOOST_TEST(at(born, "bornDate") == "1936");
    BOOST_TEST(at(born, "deceasedAge.value") == "90");
    const auto period = copy(
        R"({"resourceType":"FamilyMemberHistory","bornPeriod":{"start":"1950-05-05","end":"1950-06-05"},"ageAge":{"value":1200,"code":"mo"}})");
    BOOST_TEST(at(period, "bornPeriod.start").size() == 4U);
    BOOST_TEST(at(period, "ageAge.value") == "1080");
    const auto result = copy(
        R"({"resourceType":"Observation","valueQuantity":{"value":93,"code":"a"},"component":[{"valueQuantity":{"value":126,"code":"g/L"}}]})");
    BOOST_TEST(at(result, "valueQuantity.value") == "90");
    BOOST_TEST(at(result, "component.valueQuantity.value") == "126");
}

BOOST_AUTO_TEST_CASE(documents_trails_and_people_are_not_given_out) {
    for (const auto* type : {"AuditEvent", "Provenance", "Binary", "DocumentReference", "Person", "Consent"})
        BOOST_TEST(!Deidentifier::is_given_out(type), type);
    for (const auto* type : {"Patient", "Observation", "Condition", "Encounter"}) BOOST_TEST(Deidentifier::is_given_out(type), type);
}

BOOST_AUTO_TEST_CASE(the_key_is_made_once_for_its_owner_alone) {
    const tests::Folder folder;
    const auto file = folder.file("key");
    const auto key = read_or_make_secret(file).value();
    BOOST_TEST(key.size() == 32U);
    BOOST_TEST(read_or_make_secret(file).value() == key);
    using std::filesystem::perms;
    BOOST_TEST((std::filesystem::status(file).permissions() == (perms::owner_read | perms::owner_write)));
    BOOST_TEST(rule_of(read_or_make_secret(folder.file("nowhere/key")).error()) == "deidentify-key");
}

BOOST_AUTO_TEST_SUITE_END()
