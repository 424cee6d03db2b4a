// Files that must be whole after a power cut.
#include "base/durable_file.hpp"
#include "support/files.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>

using namespace huitong;

BOOST_AUTO_TEST_SUITE(durable_file)

BOOST_AUTO_TEST_CASE(a_file_is_replaced_whole_and_no_draft_stays) {
    const tests::Folder folder;
    const auto file = folder.file("state.json");
    BOOST_TEST(replace_durably(file, "a longer text that is there first"));
    BOOST_TEST(replace_durably(file, "new"));
    BOOST_TEST(tests::read_file(file) == "new");
    BOOST_TEST(!std::filesystem::exists(file + ".new"));
}

BOOST_AUTO_TEST_CASE(a_private_file_is_its_owners_and_never_written_over) {
    const tests::Folder folder;
    const auto file = folder.file("key");
    BOOST_TEST(create_private(file, "secret"));
    BOOST_TEST(((std::filesystem::status(file).permissions() & std::filesystem::perms::all) ==
                (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
    BOOST_TEST(!create_private(file, "other"));
    BOOST_TEST(tests::read_file(file) == "secret");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_told) {
    const tests::Folder folder;
    BOOST_TEST(!replace_durably(folder.file("no/such/folder"), "x"));
    BOOST_TEST(!make_durable(folder.file("nothing")));
}

BOOST_AUTO_TEST_SUITE_END()
