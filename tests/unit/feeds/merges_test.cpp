// Merges inside one message: chains are followed, circles are refused.
#include "unit/feeds/bundle_feed.hpp"

using namespace huitong;

namespace {

struct Records : tests::BundleFeed {
    Records() {
        for (const auto* number : {"P2", "P3", "P4"}) send("POST Patient", tests::identified(number));
    }

    static std::string link(const std::string& other, const std::string& type) {
        return R"({"other":{"reference":"urn:uuid:)" + other + R"("},"type":")" + type + R"("})";
    }
    static std::string entry(const std::string& name, const std::string& number, const std::string& members) {
        return R"({"fullUrl":"urn:uuid:)" + name + R"(","resource":)" + tests::identified(number, members) +
               R"(,"request":{"method":"PUT","url":"Patient?identifier=urn:s|)" + number + R"("}})";
    }
    /// What a map makes of one pair of an A40: the survivor, and the record that is closed. `n` tells the pairs of a message apart.
    static std::string pair(const std::string& survivor, const std::string& merged, int n) {
        const auto open = "open-" + std::to_string(n), closed = "closed-" + std::to_string(n);
        return entry(open, survivor, R"(,"link":[)" + link(closed, "replaces") + ']') + ',' +
               entry(closed, merged, R"(,"active":false,"link":[)" + link(open, "replaced-by") + ']');
    }
    /// Whether it is open, and its links: "false replaces replaced-by".
    std::string state_of(const std::string& number) const {
        const auto found = send("GET Patient?identifier=urn:s|" + number);
        auto out = found.at("/entry/0/resource/active");
        for (const auto* type : {"/entry/0/resource/link/0/type", "/entry/0/resource/link/1/type"}) {
            if (found.at(type) != "-") out += ' ' + found.at(type);
        }
        return out;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(merges)

BOOST_FIXTURE_TEST_CASE(a_record_that_replaces_one_and_is_replaced_by_another_is_written_once_and_points_both_ways, Records) {
    const auto receipt = apply(pair("P3", "P4", 1) + ',' + pair("P2", "P3", 2));
    BOOST_CHECK(receipt.disposition == feeds::Disposition::accepted);
    BOOST_TEST(tests::rule_of(receipt.issues) == "");
    BOOST_TEST(state_of("P4") == "false replaced-by");
    BOOST_TEST(state_of("P3") == "false replaces replaced-by");
    BOOST_TEST(state_of("P2") == "- replaces");
}

BOOST_FIXTURE_TEST_CASE(the_order_of_the_pairs_does_not_matter, Records) {
    BOOST_CHECK(apply(pair("P2", "P3", 1) + ',' + pair("P3", "P4", 2)).disposition == feeds::Disposition::accepted);
    BOOST_TEST(state_of("P3") == "false replaces replaced-by");
}

BOOST_FIXTURE_TEST_CASE(records_that_are_merged_into_each_other_are_refused_and_stay_open, Records) {
    BOOST_TEST(tests::rule_of(apply(pair("P3", "P4", 1) + ',' + pair("P4", "P3", 2)).issues) == "feed-merge-self");
    BOOST_TEST(tests::rule_of(apply(pair("P3", "P3", 1)).issues) == "feed-merge-self");
    BOOST_TEST(state_of("P3") == "-");
}

BOOST_AUTO_TEST_SUITE_END()
