// The journal: nothing announced is lost, half-written tails go, damage and tampering are named.
#include "base/journal.hpp"
#include "support/files.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <thread>

using namespace huitong;
using tests::Folder;

namespace {

std::unique_ptr<Journal> open(const Folder& folder, std::uint64_t segment_bytes_max = 256 << 20) {
    JournalOptions options;
    options.directory = folder.file("journal");
    options.segment_bytes_max = segment_bytes_max;
    auto opened = Journal::open(options);
    BOOST_REQUIRE(opened);
    return std::move(*opened);
}

std::vector<std::string> payloads(const Journal& journal) {
    std::vector<std::string> out;
    BOOST_REQUIRE(journal.walk(0, [&](const JournalRecord& record) {
        out.push_back(record.payload);
        return true;
    }));
    return out;
}

std::string only_segment(const Folder& folder) {
    const std::filesystem::directory_iterator files(folder.file("journal"));
    return files->path().string();
}

void overwrite(const std::string& file, std::streamoff at, const std::string& bytes) {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(at);
    out << bytes;
}

constexpr std::size_t kHeaderBytes = 36;

} // namespace

BOOST_AUTO_TEST_SUITE(journal)

BOOST_AUTO_TEST_CASE(records_are_there_in_order_after_reopening) {
    const Folder folder;
    {
        const auto made = open(folder);
        for (const auto* text : {"one", "two", ""}) BOOST_REQUIRE(made->append_and_wait(text));
    }
    const auto again = open(folder);
    BOOST_TEST(payloads(*again) == (std::vector<std::string>{"one", "two", ""}), boost::test_tools::per_element());
    BOOST_REQUIRE(again->append_and_wait("four"));
    BOOST_TEST(payloads(*again).size() == 4u);
    BOOST_TEST(again->verify().empty());
}

BOOST_AUTO_TEST_CASE(a_position_gives_its_record) {
    const Folder folder;
    const auto made = open(folder);
    BOOST_REQUIRE(made->append_and_wait("first"));
    const auto position = made->append_and_wait("second");
    BOOST_REQUIRE(position);
    const auto record = made->read(*position);
    BOOST_REQUIRE(record);
    BOOST_REQUIRE(*record);
    BOOST_TEST((*record)->payload == "second");
    BOOST_TEST(!*made->read((*record)->next));
}

BOOST_AUTO_TEST_CASE(the_chain_goes_on_over_segments) {
    const Folder folder;
    {
        const auto made = open(folder, 100);
        for (int number = 0; number < 20; ++number) BOOST_REQUIRE(made->append_and_wait("record " + std::to_string(number)));
    }
    const auto again = open(folder, 100);
    BOOST_TEST(payloads(*again).size() == 20u);
    BOOST_TEST(again->verify().empty());
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder.file("journal")), {}) > 3);
}

BOOST_AUTO_TEST_CASE(a_half_written_tail_is_cut_off) {
    const Folder folder;
    {
        const auto made = open(folder);
        BOOST_REQUIRE(made->append_and_wait("kept"));
        BOOST_REQUIRE(made->append_and_wait("torn"));
    }
    const auto file = only_segment(folder);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 2);
    const auto again = open(folder);
    BOOST_TEST(payloads(*again) == std::vector<std::string>{"kept"}, boost::test_tools::per_element());
    BOOST_REQUIRE(again->append_and_wait("after"));
    BOOST_TEST(again->verify().empty());
}

// Cutting there would throw away acknowledged records behind one bad byte.
BOOST_AUTO_TEST_CASE(damage_before_the_tail_is_refused_and_nothing_is_cut) {
    const Folder folder;
    {
        const auto made = open(folder);
        for (const auto* text : {"one", "two", "three"}) BOOST_REQUIRE(made->append_and_wait(text));
    }
    const auto file = only_segment(folder);
    const auto size = std::filesystem::file_size(file);
    overwrite(file, kHeaderBytes, "X"); // the first byte of the first payload
    JournalOptions options;
    options.directory = folder.file("journal");
    const auto opened = Journal::open(options);
    BOOST_REQUIRE(!opened);
    BOOST_TEST(tests::rule_of(opened.error()) == "journal-damaged");
    BOOST_TEST(std::filesystem::file_size(file) == size);
}

// Where a length is wrong nobody knows where the next record begins: it is looked for.
BOOST_AUTO_TEST_CASE(a_record_whose_length_was_damaged_is_no_tail) {
    const std::string lengths[] = {{"\x07\0\0\0", 4}, {"\0\0\0\x01", 4}, {"\xff\xff\xff\xff", 4}};
    for (const auto& damage : lengths) {
        for (const int number : {0, 1, 2}) { // the last one, too: it is there whole
            const Folder folder;
            {
                const auto made = open(folder);
                for (const auto* text : {"one", "two", "six"}) BOOST_REQUIRE(made->append_and_wait(text));
            }
            const auto file = only_segment(folder);
            const auto size = std::filesystem::file_size(file);
            overwrite(file, number * static_cast<std::streamoff>(kHeaderBytes + 3), damage);
            JournalOptions options;
            options.directory = folder.file("journal");
            const auto opened = Journal::open(options);
            BOOST_REQUIRE(!opened);
            BOOST_TEST(tests::rule_of(opened.error()) == "journal-damaged");
            BOOST_TEST(std::filesystem::file_size(file) == size);
            BOOST_TEST(tests::rule_of(inspect_journal(options.directory, [](const auto&) {})) == "journal-damaged");
        }
    }
}

// A message may hold what looks like records; torn off in the middle it is a tail all the same.
BOOST_AUTO_TEST_CASE(records_within_a_torn_message_are_none) {
    const Folder other, folder;
    {
        const auto made = open(other);
        for (const auto* text : {"one", "two", "three"}) BOOST_REQUIRE(made->append_and_wait(text));
    }
    {
        const auto made = open(folder);
        BOOST_REQUIRE(made->append_and_wait("kept"));
        BOOST_REQUIRE(made->append_and_wait(tests::read_file(only_segment(other)) + "end"));
    }
    const auto file = only_segment(folder);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 2);
    BOOST_TEST(payloads(*open(folder)) == std::vector<std::string>{"kept"}, boost::test_tools::per_element());
}

// Each fourth byte of them reads like the length of a megabyte: twelve minutes of hashing, were they all believed.
BOOST_AUTO_TEST_CASE(a_torn_message_of_lengths_is_a_tail_and_found_out_soon) {
    const Folder folder;
    std::string lengths;
    while (lengths.size() < 6U << 20) lengths += std::string("\0\0\x0f\0", 4);
    {
        const auto made = open(folder);
        BOOST_REQUIRE(made->append_and_wait("kept"));
        BOOST_REQUIRE(made->append_and_wait(lengths));
    }
    const auto file = only_segment(folder);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 2);
    const auto begun = std::chrono::steady_clock::now();
    BOOST_TEST(payloads(*open(folder)) == std::vector<std::string>{"kept"}, boost::test_tools::per_element());
    BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::minutes(1)));
}

BOOST_AUTO_TEST_CASE(a_cut_is_told_once_and_its_file_as_long_as_it_is_there) {
    const Folder folder;
    BOOST_REQUIRE(open(folder)->append_and_wait("torn"));
    const auto segment = folder.file("journal/00000001.journal");
    std::filesystem::resize_file(segment, std::filesystem::file_size(segment) - 2);
    const auto cut = open(folder);
    BOOST_TEST(tests::rule_of(cut->recovery()) == "journal-cut");
    BOOST_TEST(cut->recovery().issues().front().arguments == (std::vector<std::string>{"1", "0", "38", "00000001.journal.cut1"}),
               boost::test_tools::per_element());
    const auto kept = kept_tails(folder.file("journal"));
    BOOST_TEST(tests::rule_of(kept) == "journal-kept");
    BOOST_TEST(kept.issues().front().arguments == (std::vector<std::string>{"00000001.journal.cut1", "38"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_tail_that_was_cut_off_is_kept) {
    const Folder folder;
    for (int round = 1; round <= 2; ++round) {
        {
            BOOST_REQUIRE(open(folder)->append_and_wait("torn " + std::to_string(round)));
        }
        const auto segment = folder.file("journal/00000001.journal");
        std::filesystem::resize_file(segment, std::filesystem::file_size(segment) - 2);
    }
    open(folder);
    BOOST_TEST(tests::read_file(folder.file("journal/00000001.journal.cut1")).ends_with("torn"));
    BOOST_TEST(tests::read_file(folder.file("journal/00000001.journal.cut2")).ends_with("torn"));
}

BOOST_AUTO_TEST_CASE(a_changed_byte_is_named) {
    const Folder folder;
    const auto made = open(folder);
    for (const auto* text : {"one", "two", "three"}) BOOST_REQUIRE(made->append_and_wait(text));
    overwrite(only_segment(folder), 2 * kHeaderBytes + 3, "X"); // the first byte of the second payload
    const auto found = made->verify();
    BOOST_TEST(tests::rule_of(found) == "journal-damaged");
}

BOOST_AUTO_TEST_CASE(records_in_another_order_are_named) {
    const Folder folder;
    const auto made = open(folder);
    for (const auto* text : {"aaa", "bbb"}) BOOST_REQUIRE(made->append_and_wait(text));
    const auto file = only_segment(folder);
    const auto bytes = tests::read_file(file);
    const auto size = kHeaderBytes + 3;
    overwrite(file, 0, bytes.substr(size, size) + bytes.substr(0, size));
    BOOST_TEST(tests::rule_of(made->verify()) == "journal-damaged");
}

BOOST_AUTO_TEST_CASE(many_threads_append_and_nothing_is_lost) {
    const Folder folder;
    const auto made = open(folder);
    std::vector<std::thread> threads;
    std::atomic<int> stored{0};
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int number = 0; number < 50; ++number) stored += made->append_and_wait("payload") ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    BOOST_TEST(stored == 200);
    BOOST_TEST(payloads(*made).size() == 200u);
    BOOST_TEST(made->verify().empty());
    BOOST_TEST(made->syncs() <= 200u);
}

BOOST_AUTO_TEST_SUITE_END()
