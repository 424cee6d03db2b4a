// Expression constraints over a small invented release. Source: SNOMED International, ECL, sections 6.1 to 6.7.
#include "terminology/ecl/ecl.hpp"

#include <boost/test/unit_test.hpp>

using namespace huitong;
using namespace huitong::terminology;

namespace {

std::string written(std::string_view text) {
    const auto read = read_ecl(text);
    return read ? write_ecl(*read) : "!" + read.error().leading()->rule;
}

/// 100000 finding > 100001 disorder > 100002 of the lung (site 200001); 200000 structure > 200001 lung; 300000 site (an attribute).
std::shared_ptr<const ConceptTable> release() {
    ConceptTableBuilder builder;
    const auto add = [&](const char* code, std::vector<std::string> parents,
                         std::vector<std::pair<std::string, std::string>> attributes = {}) {
        ConceptDraft draft;
        draft.code = code;
        draft.parents = std::move(parents);
        for (auto& [type, value] : attributes) draft.properties.push_back({type, value, PropertyType::code});
        builder.add(draft);
    };
    add("100000", {});
    add("100001", {"100000"});
    add("100002", {"100001"}, {{"300000", "200001"}});
    add("200000", {});
    add("200001", {"200000"});
    add("300000", {});
    return builder.finish();
}

std::string found(std::string_view text) {
    const auto table = release();
    const auto read = read_ecl(text);
    if (!read) return "!" + read.error().leading()->rule;
    const auto bits = evaluate_ecl(*read, *table);
    if (!bits) return "!" + bits.error().leading()->rule;
    std::string out;
    for (ConceptIndex at = 0; at < table->size(); ++at) {
        if ((*bits)[at]) out += (out.empty() ? "" : " ") + std::string(table->code(at));
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ecl_suite)

BOOST_AUTO_TEST_CASE(expressions_are_read_and_written_without_terms) {
    BOOST_TEST(written("<  100000 |Finding|") == "< 100000");
    BOOST_TEST(written("< < 100000") == "<< 100000");
    BOOST_TEST(written("*") == "*");
    BOOST_TEST(written("^ 700000 |set| ") == "^ 700000");
    BOOST_TEST(written("<100000 AND <200000 and <300000") == "< 100000 AND < 200000 AND < 300000");
    BOOST_TEST(written("<100000:300000=<<200000,300000=*") == "< 100000 : 300000 = << 200000, 300000 = *");
    BOOST_TEST(written("<100000:[0..1]{ R 300000 != (200000 OR 200001) }") == "< 100000 : [0..1] { R 300000 != (200000 OR 200001) }");
    BOOST_TEST(written("100000 . 300000") == "100000 . 300000");
    BOOST_TEST(written("100000: 300000 >= #5") == "100000 : 300000 >= #5");
}

BOOST_AUTO_TEST_CASE(what_is_no_expression_is_told_with_its_place) {
    for (const auto* const text : {"", "<", "12", "100000 AND", "100000 AND 200000 OR 300000", "100000 |term", "100000 : ", "(100000",
                                   "<<< 100000", "100000 : [2..1] 300000 = *", "012345"})
        BOOST_TEST(written(text) == "!ecl-syntax");
    BOOST_TEST(read_ecl("100000 x").error().leading()->position->column == 8U);
    BOOST_TEST(written(std::string(5000, '(')) == "!ecl-depth");
}

BOOST_AUTO_TEST_CASE(hierarchies_and_sets_are_evaluated) {
    BOOST_TEST(found("< 100000") == "100001 100002");
    BOOST_TEST(found("<< 100000") == "100000 100001 100002");
    BOOST_TEST(found("<! 100000") == "100001");
    BOOST_TEST(found("> 100002") == "100000 100001");
    BOOST_TEST(found(">! 100002") == "100001");
    BOOST_TEST(found("<< 100000 MINUS << 100002") == "100000 100001");
    BOOST_TEST(found("200001 OR 100001") == "100001 200001");
    BOOST_TEST(found("999999") == "");
}

BOOST_AUTO_TEST_CASE(refinements_look_at_relationships) {
    BOOST_TEST(found("< 100000 : 300000 = << 200000") == "100002");
    BOOST_TEST(found("< 100000 : 300000 != 200000") == "100002");
    BOOST_TEST(found("< 100000 : [0..0] 300000 = *") == "100001");
    BOOST_TEST(found("< 200000 : R 300000 = < 100000") == "200001");
    BOOST_TEST(found("< 100000 . 300000") == "200001");
    BOOST_TEST(found("^ 700000") == "!ecl-unsupported");
}

BOOST_AUTO_TEST_SUITE_END()
