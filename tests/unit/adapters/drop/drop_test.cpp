// A drop folder as its feed shows it to the hub.
#include "adapters/drop/drop.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

using namespace huitong;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_CASE(a_feed_has_an_address_only_once_files_can_be_dropped) {
    const auto folder = fs::temp_directory_path() / ("huitong-drop-" + std::to_string(getpid()));
    feeds::FeedSettings settings;
    settings.settings.emplace_back("drop", folder.string());
    BOOST_TEST(adapters::drop::folder_when_there(settings).empty());
    fs::create_directories(folder);
    BOOST_TEST(adapters::drop::folder_when_there(settings) == folder.string());
    fs::remove(folder);
}
