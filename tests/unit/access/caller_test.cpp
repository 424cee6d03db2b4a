// What scopes allow (tests/vectors/access/may.tsv), and what exists for a caller. Source: SMART App Launch 2.0, scopes.
#include "access/caller.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::access;

namespace {

std::vector<std::string> words(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find(' ');
        if (end != 0) out.emplace_back(text.substr(0, end));
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
    return out;
}

Caller caller_of(std::string_view scopes, std::string_view patient = "") {
    Caller out;
    out.client_id = "c";
    out.scopes = words(scopes);
    out.patient_id = patient;
    return out;
}

using Types = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(caller)

BOOST_AUTO_TEST_CASE(rights_follow_vectors) {
    const auto table = tests::read_vectors("access/may.tsv");
    BOOST_REQUIRE(!table.rows.empty());
    for (const auto& row : table.rows) {
        const auto caller = caller_of(table.cell(row, "scopes"), table.cell(row, "patient"));
        const auto right = table.cell(row, "right").front();
        const auto type = table.cell(row, "type");
        const bool allowed = table.cell(row, "allowed") == "yes";
        BOOST_TEST_CONTEXT(table.cell(row, "name")) {
            BOOST_TEST(may(caller, right, type) == allowed);
            // What may be read or searched exists; nothing else does.
            if (right != 'r' && right != 's') continue;
            const auto types = filter_of(caller).allowed_types;
            const bool exists = types.empty() || std::find(types.begin(), types.end(), type) != types.end();
            BOOST_TEST(exists == (allowed || (!type.empty() && (may(caller, 'r', type) || may(caller, 's', type)))));
        }
    }
}

BOOST_AUTO_TEST_CASE(open_mode_and_the_owner_of_the_directory_see_everything) {
    Caller open, owner;
    open.open = true;
    owner.local_admin = true;
    for (const auto& caller : {open, owner}) {
        BOOST_TEST(may(caller, 'd', "Patient"));
        BOOST_TEST(filter_of(caller).unrestricted);
    }
}

BOOST_AUTO_TEST_CASE(a_caller_without_reading_scopes_sees_no_type) {
    for (const auto* scopes : {"", "system/Patient.cud", "system/Patient.write", "patient/*.rs"}) {
        const auto filter = filter_of(caller_of(scopes));
        BOOST_TEST(!filter.unrestricted, scopes);
        BOOST_TEST((filter.allowed_types == Types{"-"}), scopes);
    }
}

BOOST_AUTO_TEST_CASE(types_of_the_scopes_become_part_of_the_plan) {
    BOOST_TEST((filter_of(caller_of("system/Patient.r system/Observation.rs system/Condition.c")).allowed_types ==
                Types{"Observation", "Patient"}));
    BOOST_TEST(filter_of(caller_of("system/Patient.r system/*.s")).allowed_types.empty());
}

BOOST_AUTO_TEST_CASE(a_scope_with_a_query_binds_its_type) {
    auto conditions = [](const char* scopes) {
        std::string out;
        for (const auto& condition : filter_of(caller_of(scopes)).conditions) {
            out += (out.empty() ? "" : ", ") + condition.type;
            for (const auto& token : condition.tokens) out += ' ' + token.param + '=' + token.system + '|' + token.code;
        }
        return out;
    };
    BOOST_TEST(conditions("system/Observation.rs?category=laboratory") == "Observation category=*|laboratory");
    BOOST_TEST(conditions("system/Observation.rs?category=urn:c|a,b&code=urn:k|1") ==
               "Observation category=urn:c|a code=urn:k|1, Observation category=*|b code=urn:k|1");
    // Another scope that gives the type as a whole takes the condition away; one that gives no reading does not.
    BOOST_TEST(conditions("system/Observation.rs?category=laboratory system/Observation.r") == "");
    BOOST_TEST(conditions("system/Observation.rs?category=laboratory system/*.s") == "");
    BOOST_TEST(conditions("system/Observation.rs?category=laboratory system/Observation.c") == "Observation category=*|laboratory");
}

BOOST_AUTO_TEST_CASE(writes_meet_what_may_be_written_too) {
    const auto caller = caller_of("system/Patient.c system/Observation.rs");
    BOOST_TEST((filter_of(caller).allowed_types == Types{"Observation"}));
    BOOST_TEST((write_sight_of(caller).allowed_types == Types{"Observation", "Patient"}));
    BOOST_TEST(!write_sight_of(caller).denied_labels.empty());
}

BOOST_AUTO_TEST_CASE(who_refused_is_hidden_except_behind_broken_glass) {
    auto caller = caller_of("system/*.rs");
    caller.denied_patients = {"p1"};
    BOOST_TEST((filter_of(caller).denied_patients.ids() == Types{"p1"}));
    caller.purpose = "BTG";
    BOOST_TEST(filter_of(caller).denied_patients.empty());
}

BOOST_AUTO_TEST_CASE(a_patient_token_sees_its_compartment_alone) {
    BOOST_TEST(filter_of(caller_of("patient/*.rs", "p1")).patient_id == "p1");
    BOOST_TEST(filter_of(caller_of("system/*.rs", "p1")).patient_id == "p1");
}

BOOST_AUTO_TEST_CASE(sensitive_labels_are_hidden_except_behind_broken_glass) {
    auto caller = caller_of("system/*.rs");
    for (const auto* purpose : {"TREAT", "PUBHLTH", "HRESCH", ""}) {
        caller.purpose = purpose;
        BOOST_TEST((filter_of(caller).denied_labels == Types{"PSY", "HIV", "ETH", "GDIS", "V", "TRAIL"}), purpose);
    }
    caller.purpose = "BTG";
    BOOST_TEST(filter_of(caller).denied_labels.empty());
}

BOOST_AUTO_TEST_SUITE_END()
