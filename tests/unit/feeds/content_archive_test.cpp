// What was configured then: kept once, found again byte for byte, and not believed when it was changed.
#include "feeds/content_archive.hpp"
#include "support/folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace huitong;
using namespace huitong::feeds;

namespace {

namespace fs = std::filesystem;

void write(const fs::path& file, std::string_view text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

/// Two folders of content and one feed.
struct Deployment {
    Deployment() {
        write(maps() / "a.map", "map a");
        write(maps() / "deep/b.map", "map b");
        write(maps() / "README.md", "words");
        write(words() / "codes.csv", "code");
        feed.name = "lis-a";
        feed.organization = "341002H0001";
        feed.map = "https://huitong.example/fhir/StructureMap/a";
    }
    fs::path maps() const { return folder.file("mappings"); }
    fs::path words() const { return folder.file("terminology"); }
    std::string keep() {
        auto id = archive.keep({{"mappings", maps().string()}, {"terminology", words().string()}}, {feed});
        BOOST_REQUIRE(id.has_value());
        return *id;
    }

    tests::Folder folder;
    FeedSettings feed;
    ContentArchive archive{folder.file("content")};
};

} // namespace

BOOST_AUTO_TEST_SUITE(content_archive)

BOOST_AUTO_TEST_CASE(same_content_has_the_same_id_and_is_kept_once) {
    Deployment deployment;
    const auto first = deployment.keep();
    BOOST_TEST(deployment.keep() == first);
    BOOST_TEST(files_in(deployment.folder.file("content/sets")) == 1u);
    BOOST_TEST(files_in(deployment.folder.file("content/objects")) == 3u);
}

BOOST_AUTO_TEST_CASE(what_changed_is_kept_beside_what_was) {
    Deployment deployment;
    const auto first = deployment.keep();
    write(deployment.maps() / "a.map", "map a, changed");
    deployment.feed.offset_minutes = 0;
    const auto second = deployment.keep();
    BOOST_TEST(second != first);
    BOOST_TEST(files_in(deployment.folder.file("content/objects")) == 4u);
    const auto past = deployment.archive.open(first);
    BOOST_REQUIRE(past.has_value());
    BOOST_REQUIRE(past->folders.size() == 2u);
    BOOST_TEST(past->folders[0].kind == "mappings");
    BOOST_TEST(read(fs::path(past->folders[0].path) / "a.map") == "map a");
    BOOST_TEST(read(fs::path(past->folders[0].path) / "deep/b.map") == "map b");
    BOOST_TEST(read(fs::path(past->folders[1].path) / "codes.csv") == "code");
    BOOST_TEST(past->feeds.at(0).map == deployment.feed.map);
    BOOST_TEST(past->feeds.at(0).offset_minutes == 480);
    BOOST_TEST(deployment.archive.open(second)->feeds.at(0).offset_minutes == 0);
}

BOOST_AUTO_TEST_CASE(a_changed_copy_is_not_believed) {
    Deployment deployment;
    const auto id = deployment.keep();
    for (const auto& object : fs::directory_iterator(deployment.folder.file("content/objects"))) write(object.path(), "forged");
    const auto past = deployment.archive.open(id);
    BOOST_REQUIRE(!past.has_value());
    BOOST_TEST(past.error().leading()->rule == "archive-damaged");
}

BOOST_AUTO_TEST_CASE(an_id_that_was_never_given_is_unknown) {
    Deployment deployment;
    deployment.keep();
    for (const auto* id : {"", "0123456789abcdef", "../../../../etc", "0123456789ABCDEF"}) {
        const auto past = deployment.archive.open(id);
        BOOST_REQUIRE(!past.has_value());
        BOOST_TEST(past.error().leading()->rule == "archive-unknown");
    }
}

BOOST_AUTO_TEST_SUITE_END()
