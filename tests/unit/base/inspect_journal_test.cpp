// Reading a journal that nobody has open: it sees what a walk sees, changes nothing, and names the first bad record.
#include "base/journal.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace huitong;
using tests::rule_of;

namespace {

/// A journal of small segments in a fresh folder.
struct Fixture {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("huitong-journal-" + std::to_string(std::random_device{}()));
    ~Fixture() { std::filesystem::remove_all(path); }
    Result<std::unique_ptr<Journal>> open() const {
        JournalOptions options;
        options.directory = path.string();
        options.segment_bytes_max = 200;
        return Journal::open(options);
    }
    void append(const std::vector<std::string>& payloads) const {
        const auto journal = std::move(open().value());
        for (const auto& payload : payloads) BOOST_REQUIRE(journal->append_and_wait(payload).has_value());
    }
    std::vector<JournalRecord> inspected(Outcome& issues) const {
        std::vector<JournalRecord> out;
        issues = inspect_journal(path.string(), [&](const JournalRecord& record) { out.push_back(record); });
        return out;
    }
    std::string segment(int number) const { return (path / ("0000000" + std::to_string(number) + ".journal")).string(); }
};

std::vector<std::string> payloads(int count) {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) out.push_back("record " + std::to_string(i) + std::string(static_cast<std::size_t>(i), 'x'));
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(inspection_of_a_journal)

BOOST_AUTO_TEST_CASE(an_inspection_sees_what_a_walk_sees_and_changes_nothing) {
    const Fixture fixture;
    fixture.append(payloads(20));
    Outcome issues;
    const auto inspected = fixture.inspected(issues);
    BOOST_TEST(issues.empty());
    const auto journal = std::move(fixture.open().value());
    std::size_t place = 0;
    BOOST_REQUIRE(journal->walk(0, [&](const JournalRecord& record) {
        BOOST_TEST(record.position == inspected.at(place).position);
        BOOST_TEST(record.hash == inspected.at(place).hash);
        BOOST_TEST(record.payload == inspected.at(place).payload);
        ++place;
        return true;
    }));
    BOOST_TEST(place == 20u);
    BOOST_TEST(journal->head_hash() == inspected.back().hash);
}

BOOST_AUTO_TEST_CASE(an_unfinished_tail_is_told_and_cut_off_by_the_next_start) {
    const Fixture fixture;
    fixture.append(payloads(2));
    const auto whole = std::filesystem::file_size(fixture.segment(1));
    std::filesystem::resize_file(fixture.segment(1), whole - 1);
    Outcome issues;
    BOOST_TEST(fixture.inspected(issues).size() == 1u);
    BOOST_TEST(rule_of(issues) == "journal-tail");
    BOOST_TEST(std::filesystem::file_size(fixture.segment(1)) == whole - 1);
    fixture.append({"after"});
    const auto records = fixture.inspected(issues);
    BOOST_TEST(issues.empty());
    BOOST_TEST(records.back().payload == "after");
}

BOOST_AUTO_TEST_CASE(damage_and_missing_segments_are_named) {
    const Fixture fixture;
    fixture.append(payloads(20));
    Outcome issues;
    const auto records = fixture.inspected(issues);
    const auto third = std::find_if(records.begin(), records.end(), [](const JournalRecord& record) { return record.position >> 40 == 3; });
    auto bytes = tests::read_file(fixture.segment(3));
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    std::ofstream(fixture.segment(3), std::ios::binary | std::ios::trunc) << bytes;
    const auto before = fixture.inspected(issues);
    BOOST_TEST(rule_of(issues) == "journal-damaged");
    BOOST_TEST(issues.leading()->arguments.front() == "3");
    BOOST_TEST(before.size() >= static_cast<std::size_t>(third - records.begin()));
    std::filesystem::remove(fixture.segment(2));
    (void)fixture.inspected(issues);
    BOOST_TEST((issues.leading()->arguments == std::vector<std::string>{"2", "0"}));
}

BOOST_AUTO_TEST_SUITE_END()
