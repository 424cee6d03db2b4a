// What two records say about each other (tests/vectors/identity/judge.tsv), and how a Patient becomes a record.
#include "unit/identity/records.hpp"

#include "base/catalogue.hpp"
#include "fhir/json.hpp"
#include "identity/names.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::identity;
using identity::tests::kSampleRules;

namespace {

Record record_of_json(const std::string& text) {
    const auto parsed = fhir::read_json(text);
    BOOST_REQUIRE(!parsed.issues.has_errors());
    return record_of(parsed.value->root(), kSampleRules);
}

} // namespace

BOOST_AUTO_TEST_SUITE(record)

BOOST_AUTO_TEST_CASE(judgements_follow_vectors_and_are_symmetric) {
    const auto table = huitong::tests::read_vectors("identity/judge.tsv");
    BOOST_REQUIRE(!table.rows.empty());
    for (const auto& row : table.rows) {
        BOOST_TEST_CONTEXT(table.cell(row, "name")) {
            const auto a = identity::tests::record(std::string(table.cell(row, "a")));
            const auto b = identity::tests::record(std::string(table.cell(row, "b")));
            const auto judgement = judge(a, b);
            BOOST_TEST(verdict_text(judgement.verdict) == table.cell(row, "verdict"));
            BOOST_TEST(judgement.reasons.front() == table.cell(row, "reason"));
            BOOST_TEST((judge(b, a) == judgement));
            BOOST_TEST(find_catalogue_row(judgement.reasons.front()) != nullptr);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_patient_of_the_shared_record_is_read_whole) {
    const auto one = record_of_json(R"({"resourceType":"Patient","identifier":[
        {"system":"urn:huitong:organization:341002H0001:patient","value":"0001234567"},
        {"system":"urn:oid:2.16.156.10011.1.3","value":" 990102195603140724"}],
        "name":[{"use":"usual","text":"WANG XIUYING","extension":[{"url":"https://huitong.example/fhir/StructureDefinition/name-pinyin","valueBoolean":true}]},
                {"use":"old","text":"王小英"},{"use":"official","text":"王秀英"}],
        "telecom":[{"system":"phone","value":"10066116547"}],"birthDate":"1956-03-14",
        "managingOrganization":{"reference":"Organization/1","identifier":{"system":"urn:oid:2.16.156.10011.1.5","value":"341002H0001"}},
        "link":[{"other":{"reference":"Patient/b"},"type":"replaces"},{"other":{"reference":"Patient/a/_history/2"},"type":"replaced-by"},
                {"other":{"reference":"Patient/c"},"type":"seealso"},{"other":{"reference":"urn:uuid:0"},"type":"replaces"}]})");
    BOOST_TEST(one.id_number == "990102195603140724");
    BOOST_TEST((one.use == NumberUse::own));
    BOOST_TEST(one.name == "王秀英");
    BOOST_TEST(one.pinyin == "wangxiuying");
    BOOST_TEST(one.birth_date == "1956-03-14");
    BOOST_TEST(one.institution == "341002H0001");
    BOOST_TEST((one.merges == std::vector<std::string>{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(an_empty_patient_says_nothing) {
    const auto one = record_of_json(R"({"resourceType":"Patient"})");
    BOOST_TEST((one == Record()));
    BOOST_TEST((judge(one, one).verdict == Verdict::different));
}

BOOST_AUTO_TEST_CASE(the_institution_is_read_from_the_patient_number_when_nobody_manages_the_record) {
    const auto one =
        record_of_json(R"({"resourceType":"Patient","identifier":[{"system":"urn:huitong:organization:H9:patient","value":"1"}],
        "name":[{"family":"王","given":["秀英"]}]})");
    BOOST_TEST(one.institution == "H9");
    BOOST_TEST(one.name == "王秀英");
}

BOOST_AUTO_TEST_CASE(unassigned_regions_count_only_in_demonstrations) {
    Statement statement;
    statement.numbers = {"990102195603140724"};
    BOOST_TEST((record_of(statement, {}).use == NumberUse::none));
    BOOST_TEST((record_of(statement, kSampleRules).use == NumberUse::own));
}

BOOST_AUTO_TEST_CASE(names_of_newborns_are_told_from_names_of_grown_people) {
    for (const auto* name : {"李敏之子", "李敏之女", "李敏之婴", "李敏之女1", "李敏之子b", "李敏之女大", "李敏之长子", "李敏女婴", "李敏婴",
                             "新生儿", "李敏宝宝"})
        BOOST_TEST(is_temporary_newborn(name), name);
    for (const auto* name : {"李敏", "王宝宝", "王毛毛", "李婴", "张子女", "王大", ""}) BOOST_TEST(!is_temporary_newborn(name), name);
}

BOOST_AUTO_TEST_SUITE_END()
