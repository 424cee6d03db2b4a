// Query text to a Query: strict and lenient, limits, links that say what was understood.
#include "unit/search/ward.hpp"

#include "search/query_syntax.hpp"

using namespace huitong;
using namespace huitong::tests;

namespace {

struct Fixture : Ward {
    search::Query read(const std::string& text) {
        Outcome warnings;
        auto query = query_of(text, true, warnings);
        BOOST_REQUIRE_MESSAGE(query, text << ": " << rule_of(query.error()));
        return *query;
    }
    std::string refusal(const std::string& text) {
        Outcome warnings;
        const auto query = query_of(text, true, warnings);
        return query ? "" : rule_of(query.error());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(queries, Fixture)

BOOST_AUTO_TEST_CASE(parts_of_a_query) {
    const auto query =
        read("Patient?name:exact=A\\,B,C&_count=7&_sort=-birthdate,family&_summary=true&_elements=name,gender&_total=accurate"
             "&_include=Patient:organization&_revinclude:iterate=Observation:subject:Patient&_explain=true");
    BOOST_REQUIRE(query.parameters.size() == 1u);
    BOOST_TEST(query.parameters[0].name == "name");
    BOOST_TEST(query.parameters[0].modifier == "exact");
    BOOST_REQUIRE(query.parameters[0].values.size() == 2u);
    BOOST_TEST(search::unescape(query.parameters[0].values[0]) == "A,B");
    BOOST_TEST(query.count == 7u);
    BOOST_REQUIRE(query.sort.size() == 2u);
    BOOST_TEST((query.sort[0].descending && query.sort[0].param == "birthdate" && !query.sort[1].descending));
    BOOST_TEST(query.summary == "true");
    BOOST_TEST(query.elements.size() == 2u);
    BOOST_TEST(query.total == "accurate");
    BOOST_REQUIRE(query.includes.size() == 2u);
    BOOST_TEST((!query.includes[0].reverse && query.includes[0].source == "Patient" && query.includes[0].param == "organization"));
    BOOST_TEST((query.includes[1].reverse && query.includes[1].iterate && query.includes[1].target == "Patient"));
    BOOST_TEST(query.explain);
}

BOOST_AUTO_TEST_CASE(the_self_link_reads_as_the_same_query) {
    const auto query = read("Patient?name:exact=A\\,B&birthdate=ge1990&_sort=-_id&_count=3&_format=json&_pretty=true&_page=4-2");
    BOOST_TEST(query.self == "name:exact=A%5C,B&birthdate=ge1990&_sort=-_id&_count=3");
    const auto again = read("Patient?" + query.self);
    BOOST_TEST(again.self == query.self);
    BOOST_TEST(search::unescape(again.parameters[0].values[0]) == "A,B");
}

BOOST_AUTO_TEST_CASE(refusals_when_strict) {
    const std::pair<const char*, const char*> cases[] = {
        {"Patient?colour=red", "search-unknown-parameter"},
        {"Patient?_sort=colour", "search-unknown-parameter"},
        {"Patient?_sort=-nmae", "search-misspelt-parameter"},
        {"Observation?_sort=code-value-quantity", "search-special"},
        {"Patient?_count=many", "search-value"},
        {"Patient?_count=-1", "search-value"},
        {"Patient?_summary=short", "search-value"},
        {"Patient?_total=all", "search-value"},
        {"?_type=Patient,Nonsense", "search-value"},
        {"Patient?_include=Patient:colour", "search-unknown-parameter"},
        {"Patient?_include=Patient:name", "search-value"},
        {"Patient?_include=Nonsense:name", "search-value"},
        {"Patient?_include:often=Patient:organization", "search-modifier"},
        {"Patient?_revinclude=*", "search-value"},
        {"Patient?name:below=x", "search-modifier"},
        {"Patient?birthdate:not=2026", "search-modifier"},
        {"Patient?_id:not=1", "search-modifier"},
        {"Patient?_text:exact=fever", "search-modifier"},
        {"Patient?_list:not=1", "search-modifier"},
        {"Observation?status:in=http://hl7.org/fhir/ValueSet/observation-status", "search-modifier"},
        {"Patient?_filter=gender", "search-value"},
        {"Patient?_filter=gender eq male or", "search-value"},
        {"Patient?_filter=(gender eq male", "search-value"},
        {"Patient?_filter=not gender eq male", "search-value"},
        {"Patient?_filter=name eq \"open", "search-value"},
        {"Patient?_filter=colour eq red", "search-filter"},
        {"Patient?_filter=gender sw ma", "search-filter"},
        {"Patient?_filter=birthdate co 1990", "search-filter"},
        {"Patient?_filter=general-practitioner.colour eq x", "search-filter"},
        {"Location?_sort=near", "search-special"},
        {"Location?near:exact=1|2", "search-modifier"},
        {"?name=x", "search-unknown-parameter"},
    };
    for (const auto& [query, rule] : cases) BOOST_TEST(refusal(query) == rule, query << " gives " << refusal(query));
}

BOOST_AUTO_TEST_CASE(the_nearest_name_is_told) {
    Outcome warnings;
    const auto query = query_of("Patient?brithdate=1990", true, warnings);
    BOOST_REQUIRE(!query);
    const auto* issue = query.error().leading();
    BOOST_TEST(issue->arguments == (std::vector<std::string>{"brithdate", "Patient", "birthdate"}), boost::test_tools::per_element());
    for (const char* word : {"zzzzzzzz", "x", "ward", "张三"}) BOOST_TEST(registry.nearest("Patient", word).empty(), word);
}

BOOST_AUTO_TEST_CASE(a_name_in_the_wrong_place_is_not_told_back) {
    for (const char* query :
         {"Patient?zhang-san=x", "Patient?name:zhang-san=x", "Patient?_sort=zhang-san", "Patient?general-practitioner.zhang-san=x",
          "Patient?zhang-san.name=x", "Patient?_has:zhang-san=x", "Patient?_has:Observation:zhang-san:code=x",
          "Patient?_has:Observation:patient:zhang-san=x", "Patient?_include=Patient:zhang-san", "Patient?_include:zhang-san=x",
          "Patient?_filter=zhang-san eq x", "Patient?_filter=name zhang-san x", "Patient?_filter=zhang-san", "Patient?_text:zhang-san=x",
          "Patient?_type=zhang-san", "Patient?_summary=zhang-san", "Patient?_total=zhang-san", "Patient?_count=zhang-san"}) {
        Outcome warnings;
        const auto refused = query_of(query, true, warnings);
        BOOST_REQUIRE_MESSAGE(!refused, query);
        const auto told = refused.error();
        for (const auto& issue : told.issues()) {
            BOOST_TEST(issue.where.find("zhang") == std::string::npos, query << " tells " << issue.where);
            for (const auto& argument : issue.arguments)
                BOOST_TEST(argument.find("zhang") == std::string::npos, query << " tells " << argument);
        }
    }
}

BOOST_AUTO_TEST_CASE(lenient_ignores_and_says_so) {
    Outcome warnings;
    const auto query = query_of("Patient?colour=red&name=x&_sort=colour&_count=many", false, warnings);
    BOOST_REQUIRE(query);
    BOOST_TEST(query->parameters.size() == 1u);
    BOOST_TEST(query->sort.empty());
    BOOST_TEST(query->self == "name=x");
    BOOST_TEST(warnings.issues().size() == 3u);
    BOOST_TEST(!warnings.has_errors());
}

// FHIR R4, Search, "Modifiers": they SHALL be rejected; without the condition everybody's resources would be found.
BOOST_AUTO_TEST_CASE(lenient_drops_no_condition_that_is_known) {
    std::string many = "Observation?subject=x";
    for (unsigned number = 0; number < Limits{}.or_values_max; ++number) many += ",x";
    for (const std::string& text : {std::string("Observation?subject:exact=p9"), std::string("Observation?subject:Patien=p9"),
                                    std::string("Patient?name:below=y"), std::string("?_type=Nope"), many}) {
        Outcome warnings;
        BOOST_TEST(!query_of(text, false, warnings).has_value(), text);
    }
}

BOOST_AUTO_TEST_CASE(limits) {
    std::string many = "Patient?name=x";
    for (unsigned number = 1; number < Limits{}.or_values_max; ++number) many += ",x";
    BOOST_TEST(refusal(many).empty());
    BOOST_TEST(refusal(many + ",x") == "search-or-values-max");
    BOOST_TEST(refusal("Observation?subject:Patient.organization.partof.partof.partof.name=x").empty());
    BOOST_TEST(refusal("Observation?subject:Patient.organization.partof.partof.partof.partof.name=x") == "search-chain-max");
    BOOST_TEST(refusal("Observation?_include=*").empty());
    BOOST_TEST(refusal("Observation?_include:iterate=Patient:*").empty());
    BOOST_TEST(refusal("Observation?_include:iterate=*") == "search-include-all");
    BOOST_TEST(read("Patient?_count=100000").count == Limits{}.search_count_max);
    BOOST_TEST(read("Patient?_count=0").summary == "count");
}

BOOST_AUTO_TEST_CASE(criteria_of_conditional_writes) {
    const auto pairs = search::read_criteria("Patient?identifier=urn:s|1%7C2&name=a b");
    BOOST_REQUIRE(pairs.size() == 2u);
    BOOST_TEST(pairs[0].second == "urn:s|1|2");
    BOOST_TEST(search::read_criteria("identifier=a?b")[0].second == "a?b");
    BOOST_TEST(search::read_criteria("").empty());
}

BOOST_AUTO_TEST_CASE(escapes_keep_their_separators) {
    BOOST_TEST(search::split_unescaped("a\\,b,c", ',').size() == 2u);
    BOOST_TEST(search::split_unescaped("", ',').empty());
    BOOST_TEST(search::split_unescaped(",", ',').size() == 2u);
    BOOST_TEST(search::unescape("a\\|b\\$c\\\\d\\,e\\n") == "a|b$c\\d,e\\n");
    BOOST_TEST(search::unescape("end\\") == "end\\");
}

BOOST_AUTO_TEST_SUITE_END()
