// Search parameters added at run time: what may be one, and how their rows come and are asked for.
#include "unit/search/ward.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

std::string parameter_json(const std::string& code, const std::string& type, const std::string& expression,
                           const std::string& base = "Patient", const std::string& more = "") {
    return R"({"resourceType":"SearchParameter","id":")" + code + R"(","url":"urn:test:)" + code +
           R"(","name":"n","status":"active","description":"d","code":")" + code + R"(","base":[")" + base + R"("],"type":")" + type +
           R"(","expression":")" + expression + '"' + more + '}';
}

fhir::DocumentPtr document(const std::string& json) {
    auto parsed = fhir::read_json(json);
    BOOST_REQUIRE_MESSAGE(!parsed.issues.has_errors(), json);
    return parsed.value;
}

/// "ok" or the rule that refuses it.
std::string judged(const Ward& ward, const std::string& json) {
    const auto issues = ward.registry.check_parameter(document(json)->root());
    return issues.has_errors() ? rule_of(issues) : "ok";
}

constexpr const char* kEyes = "Patient.extension.where(url='urn:eyes').value.ofType(CodeableConcept)";

} // namespace

BOOST_AUTO_TEST_SUITE(added)

BOOST_AUTO_TEST_CASE(what_may_be_a_search_parameter) {
    const Ward ward;
    BOOST_TEST(judged(ward, parameter_json("eyes", "token", kEyes)) == "ok");
    BOOST_TEST(judged(ward, parameter_json("eyes", "token", "Patient.extension.value as Coding")) == "ok");
    BOOST_TEST(judged(ward, parameter_json("maker", "reference", "Device.owner", "Device")) == "ok");
    BOOST_TEST(judged(ward, parameter_json("any-id", "token", "Resource.id", "Resource")) == "ok");
    BOOST_TEST(judged(ward, parameter_json("both", "date", "Patient.birthDate | Person.birthDate")) == "ok");
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
    const Ward ward;
    BOOST_TEST(judged(ward, parameter_json("x", "token", "Patient.nothing")) != "ok");
    BOOST_TEST(judged(ward, parameter_json("x", "token", "Patient.name.where(")) == "fhirpath-syntax");
    BOOST_TEST(judged(ward, parameter_json("x", "token", "Observation.code")) == "search-parameter-expression");
    BOOST_TEST(judged(ward, parameter_json("x", "string", "Patient.managingOrganization.resolve().name")) == "search-parameter-resolve");
    BOOST_TEST(judged(ward, parameter_json("x", "reference", "Patient.link.other.where(resolve() is Patient)")) == "ok");
    BOOST_TEST(judged(ward, parameter_json("x", "date", "Patient.name")) == "search-parameter-value-type");
    BOOST_TEST(judged(ward, parameter_json("x", "special", "Patient.name")) == "search-parameter-type");
    BOOST_TEST(judged(ward, parameter_json("x.y", "token", "Patient.id")) == "search-parameter-code");
    BOOST_TEST(judged(ward, parameter_json("x", "token", "Patient.id", "Thing")) == "search-parameter-base");
    BOOST_TEST(judged(ward, parameter_json("gender", "token", "Patient.gender")) == "search-parameter-taken");
    BOOST_TEST(
        judged(ward,
               parameter_json(
                   "x", "composite", "Patient", "Patient",
                   R"(,"component":[{"definition":"urn:unknown","expression":"name"},{"definition":"urn:unknown","expression":"id"}])")) ==
        "search-parameter-component");
    BOOST_TEST(judged(ward, parameter_json("x", "composite", "Patient")) == "search-parameter-component");
}

BOOST_AUTO_TEST_CASE(what_is_not_active_is_data_whatever_it_says) {
    const Ward ward;
    auto draft = parameter_json("x", "token", "Patient.nothing");
    draft.replace(draft.find("active"), 6, "draft");
    BOOST_TEST(judged(ward, draft) == "ok");
    auto standard = parameter_json("gender", "token", "Patient.gender");
    standard.replace(standard.find("urn:test:gender"), 15, "http://hl7.org/fhir/SearchParameter/individual-gender");
    BOOST_TEST(judged(ward, standard) == "ok");
}

BOOST_AUTO_TEST_CASE(two_parameters_cannot_share_a_code) {
    Ward ward;
    BOOST_TEST(ward.registry.set_added({document(parameter_json("eyes", "token", kEyes))}).empty());
    auto other = parameter_json("eyes", "token", "Patient.id");
    BOOST_TEST(judged(ward, other) == "ok", "a new version of the same one");
    other.replace(other.find("urn:test:eyes"), 13, "urn:test:else");
    BOOST_TEST(judged(ward, other) == "search-parameter-taken");
    BOOST_TEST(rule_of(ward.registry.set_added({document(parameter_json("eyes", "token", kEyes)), document(other)})) ==
               "search-parameter-taken");
    BOOST_TEST(ward.registry.added().size() == 1u);
}

BOOST_AUTO_TEST_CASE(it_is_asked_for_when_its_rows_are_complete) {
    Ward ward;
    BOOST_TEST(ward.ids("Patient?eyes=blue") == "!search-unknown-parameter");
    const auto generation = ward.registry.generation();
    ward.registry.set_added({document(parameter_json("eyes", "token", kEyes))});
    BOOST_TEST(ward.registry.generation() == generation + 1);
    ward.add(
        R"({"resourceType":"Patient","id":"p","extension":[{"url":"urn:eyes","valueCodeableConcept":{"coding":[{"system":"urn:c","code":"blue"}]}}]})");
    BOOST_TEST(ward.ids("Patient?eyes=blue") == "!search-parameter-indexing");
    BOOST_TEST(ward.ids("Patient?_sort=eyes") == "!search-parameter-indexing");
    ward.registry.set_complete(ward.registry.added().front());
    BOOST_TEST(ward.ids("Patient?eyes=blue") == "p");
    BOOST_TEST(ward.ids("Patient?eyes=urn:c|blue") == "p");
    BOOST_TEST(ward.ids("Patient?eyes=green") == "");
    BOOST_TEST(ward.ids("Patient?eyes:missing=true") == "");
    BOOST_TEST(ward.ids("Patient?eyes:below=x") != "p");
}

BOOST_AUTO_TEST_CASE(lenient_searches_ignore_it_and_say_so) {
    Ward ward;
    ward.registry.set_added({document(parameter_json("eyes", "token", kEyes))});
    ward.add(R"({"resourceType":"Patient","id":"p"})");
    const auto page = ward.page("Patient?eyes=blue", false);
    BOOST_REQUIRE(page);
    BOOST_TEST(page->entries.size() == 1u);
    BOOST_TEST(rule_of(page->warnings) == "search-parameter-indexing");
}

BOOST_AUTO_TEST_CASE(another_expression_has_other_rows) {
    Ward ward;
    ward.registry.set_added({document(parameter_json("word", "string", "Patient.name.family"))});
    ward.registry.set_complete(ward.registry.added().front());
    ward.add(R"({"resourceType":"Patient","id":"p","name":[{"family":"Li","given":["Mei"]}]})");
    BOOST_TEST(ward.ids("Patient?word=li") == "p");
    ward.registry.set_added({document(parameter_json("word", "string", "Patient.name.given"))});
    BOOST_TEST(ward.ids("Patient?word=mei") == "!search-parameter-indexing");
    ward.registry.set_complete(ward.registry.added().front());
    BOOST_TEST(ward.ids("Patient?word=li") == "");
    ward.registry.set_added({});
    BOOST_TEST(ward.ids("Patient?word=mei") == "!search-unknown-parameter");
}

BOOST_AUTO_TEST_CASE(references_dates_quantities_and_chains) {
    Ward ward;
    ward.registry.set_added(
        {document(parameter_json("keeper", "reference", "Patient.extension.where(url='urn:keeper').value as Reference", "Patient",
                                 R"(,"target":["Organization"])")),
         document(parameter_json("seen", "date", "Patient.extension.where(url='urn:seen').value as dateTime")),
         document(parameter_json("height", "quantity", "Patient.extension.where(url='urn:height').value as Quantity"))});
    for (const auto& parameter : ward.registry.added()) ward.registry.set_complete(parameter);
    ward.add(R"({"resourceType":"Organization","id":"h","name":"North"})");
    ward.add(
        R"({"resourceType":"Patient","id":"p","extension":[{"url":"urn:keeper","valueReference":{"reference":"Organization/h"}},{"url":"urn:seen","valueDateTime":"2026-05-01"},{"url":"urn:height","valueQuantity":{"value":1.8,"system":"http://unitsofmeasure.org","code":"m"}}]})");
    BOOST_TEST(ward.ids("Patient?keeper=Organization/h") == "p");
    BOOST_TEST(ward.ids("Patient?keeper.name=north") == "p");
    BOOST_TEST(ward.ids("Organization?_has:Patient:keeper:seen=2026-05") == "h");
    BOOST_TEST(ward.ids("Patient?_include=Patient:keeper&_id=p") == "p +h");
    BOOST_TEST(ward.ids("Organization?_revinclude=Patient:keeper") == "h +p");
    BOOST_TEST(ward.ids("Patient?seen=gt2026-06") == "");
    BOOST_TEST(ward.ids("Patient?height=180|http://unitsofmeasure.org|cm") == "p");
    BOOST_TEST(ward.ids("Patient?_sort=-seen") == "p");
}

BOOST_AUTO_TEST_CASE(composites_of_the_standards_parameters_and_of_added_ones) {
    Ward ward;
    const auto components = [](const std::string& first, const std::string& second) {
        return R"(,"component":[{"definition":")" + first + R"(","expression":"family"},{"definition":")" + second +
               R"(","expression":"given"}])";
    };
    const std::string family = "http://hl7.org/fhir/SearchParameter/individual-family",
                      given = "http://hl7.org/fhir/SearchParameter/individual-given";
    const auto standard = parameter_json("whole-name", "composite", "Patient.name", "Patient", components(family, given));
    const auto nick = parameter_json("nick", "token", "Patient.name.given");
    const auto own = parameter_json("nick-name", "composite", "Patient.name", "Patient", components(family, "urn:test:nick"));
    BOOST_TEST(judged(ward, own) == "search-parameter-component", "what it points at must be there first");
    // In whatever order they are kept.
    BOOST_TEST(ward.registry.set_added({document(own), document(standard), document(nick)}).empty());
    BOOST_TEST(judged(ward, own) == "ok");
    for (const auto& parameter : ward.registry.added()) ward.registry.set_complete(parameter);
    ward.add(R"({"resourceType":"Patient","id":"p","name":[{"family":"Li","given":["Mei"]},{"family":"Wang","given":["Hua"]}]})");
    BOOST_TEST(ward.ids("Patient?whole-name=li$mei") == "p");
    BOOST_TEST(ward.ids("Patient?whole-name=li$hua") == "");
    BOOST_TEST(ward.ids("Patient?nick-name=wang$Hua") == "p");
    BOOST_TEST(ward.ids("Patient?nick-name=wang$Mei") == "");
    BOOST_TEST(ward.ids("Patient?nick-name:missing=true") == "");
    // Without the one that it points at it cannot be used any more.
    BOOST_TEST(rule_of(ward.registry.set_added({document(own)})) == "search-parameter-component");
    BOOST_TEST(ward.registry.added().empty());
}

BOOST_AUTO_TEST_CASE(an_expression_that_costs_too_much_selects_nothing_and_holds_up_nobody) {
    Ward ward;
    const std::string deep = "Patient.descendants().descendants().descendants().descendants().where($this is string)";
    ward.registry.set_added(
        {document(parameter_json("deep", "string", deep)), document(parameter_json("word", "string", "Patient.name.given"))});
    BOOST_TEST(ward.registry.added().size() == 2u);
    for (const auto& parameter : ward.registry.added()) ward.registry.set_complete(parameter);
    std::string names;
    for (int i = 0; i < 200; ++i) names += (i ? "," : "") + std::string(R"({"family":"a","given":["b"],"period":{"start":"2026"}})");
    ward.add(R"({"resourceType":"Patient","id":"p","name":[)" + names + "]}");
    BOOST_TEST(ward.ids("Patient?word=b") == "p");
    BOOST_TEST(ward.ids("Patient?deep=b") == "");
}

BOOST_AUTO_TEST_SUITE_END()
