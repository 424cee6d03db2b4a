// Issues decide acknowledgement, status and exit code, so the order of importance and the FHIR words must hold.
#include "base/outcome.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;

BOOST_AUTO_TEST_SUITE(outcome)

BOOST_AUTO_TEST_CASE(an_outcome_without_issues_is_good) {
    const Outcome outcome;
    BOOST_TEST(outcome.empty());
    BOOST_TEST(!outcome.has_errors());
    BOOST_TEST(outcome.leading() == nullptr);
}

BOOST_AUTO_TEST_CASE(warnings_and_information_are_no_errors) {
    Outcome outcome(information(IssueCode::informational, "", "a"));
    outcome.add(warning(IssueCode::value, "", "b"));
    BOOST_TEST(!outcome.has_errors());
    BOOST_TEST(outcome.leading()->rule == "a");
}

BOOST_AUTO_TEST_CASE(the_first_error_leads_whatever_stands_before_it) {
    Outcome outcome(warning(IssueCode::value, "", "first"));
    Outcome more(error(IssueCode::required, "Patient.name", "second", {"x"}));
    more.add(fatal(IssueCode::exception, "", "third"));
    outcome.add(std::move(more));
    BOOST_TEST(outcome.has_errors());
    BOOST_REQUIRE_EQUAL(outcome.issues().size(), 3u);
    BOOST_TEST(outcome.leading()->rule == "second");
    BOOST_TEST(outcome.leading()->where == "Patient.name");
}

BOOST_AUTO_TEST_CASE(a_fatal_issue_alone_is_an_error) { BOOST_TEST(Outcome(fatal(IssueCode::exception, "", "x")).has_errors()); }

// FHIR R4, CodeSystem issue-type: codes are written with hyphens and come back as they went.
BOOST_AUTO_TEST_CASE(every_issue_code_goes_to_its_fhir_word_and_back) {
    for (int i = 0; i <= static_cast<int>(IssueCode::informational); ++i) {
        const auto code = static_cast<IssueCode>(i);
        const auto text = code_text(code);
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!text.empty());
            BOOST_TEST((text.find('_') == text.npos));
            BOOST_TEST((code_of(text) == code));
        }
    }
    BOOST_TEST(code_text(IssueCode::not_supported) == "not-supported");
    BOOST_TEST(code_text(IssueCode::multiple_matches) == "multiple-matches");
    BOOST_TEST(!code_of("no-such-code"));
    BOOST_TEST(severity_text(Severity::fatal) == "fatal");
    BOOST_TEST(severity_text(Severity::information) == "information");
}

BOOST_AUTO_TEST_SUITE_END()
