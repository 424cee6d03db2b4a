// What a person types: values reach their variables, mistakes are told and end the program as a usage error.
#include "app/command_line.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace huitong;
using app::CommandLine;

namespace {

struct Line {
    std::ostringstream out, err;
    CommandLine line{"huitong", "a test", "huitong 1.2.3"};
    std::string name = "kept", format = "text";
    std::vector<std::string> files;
    std::size_t count = 100;
    int offset = 480;
    unsigned workers = 0;
    bool tree = false;
    app::Verb feed = line.top().add_verb("feed", "feeds"), list = feed.add_verb("list", "lists"), show = feed.add_verb("show", "shows");
    app::Option by_name = show.add_option("--name", name, "a name"), by_count = show.add_option("-c,--count", count, "so many");

    Line() {
        line.top().needs_a_verb();
        feed.needs_a_verb();
        by_name.excludes(by_count);
        show.add_option("--format", format, "how").one_of({"text", "json"});
        show.add_option("--offset", offset, "minutes");
        show.add_option("--workers", workers, "threads");
        show.add_option("files", files, "what").existing_file();
        show.add_flag("--tree", tree, "as a tree");
    }

    CommandLine::Parsed parse(std::vector<std::string> words) {
        words.insert(words.begin(), "huitong");
        std::vector<char*> pointers;
        for (auto& word : words) pointers.push_back(word.data());
        return line.parse(static_cast<int>(pointers.size()), pointers.data(), out, err);
    }
};

} // namespace

BOOST_AUTO_TEST_CASE(values_reach_their_variables_and_others_keep_theirs) {
    Line given;
    const std::string source = std::getenv("HUITONG_SOURCE");
    BOOST_TEST((given.parse({"feed", "show", "-c", "7", "--offset=-60", "--workers", "2", "--tree", "--format", "json",
                             source + "/README.md", source + "/LICENSE"}) == CommandLine::Parsed::run));
    BOOST_TEST(given.show.chosen());
    BOOST_TEST(!given.list.chosen());
    BOOST_TEST(given.count == 7u);
    BOOST_TEST(given.offset == -60);
    BOOST_TEST(given.workers == 2u);
    BOOST_TEST(given.tree);
    BOOST_TEST(given.format == "json");
    BOOST_TEST(given.files.size() == 2u);
    BOOST_TEST(given.by_count.given());
    BOOST_TEST(!given.by_name.given());
    BOOST_TEST(given.name == "kept");
}

BOOST_AUTO_TEST_CASE(help_and_version_are_no_mistakes) {
    BOOST_TEST((Line().parse({"--help"}) == CommandLine::Parsed::told));
    BOOST_TEST((Line().parse({"feed", "show", "--help"}) == CommandLine::Parsed::told));
    Line asked;
    BOOST_TEST((asked.parse({"--version"}) == CommandLine::Parsed::told));
    BOOST_TEST(asked.out.str() == "huitong 1.2.3\n");
    BOOST_TEST(asked.err.str().empty());
}

BOOST_AUTO_TEST_CASE(mistakes_are_usage_errors) {
    const std::vector<std::vector<std::string>> mistakes = {
        {},                                              // no verb
        {"feed"},                                        // no verb of the verb
        {"feed", "remove"},                              // a verb that is none
        {"feed", "show", "--unknown"},                   // an option that is none
        {"feed", "show", "--count", "many"},             // no number
        {"feed", "show", "--workers", "-1"},             // a negative count of threads
        {"feed", "show", "--format", "yaml"},            // none of the values
        {"feed", "show", "no-such-file"},                // a file that is not there
        {"feed", "show", "--name", "a", "--count", "1"}, // two that exclude each other
    };
    for (const auto& words : mistakes) {
        Line line;
        BOOST_TEST((line.parse(words) == CommandLine::Parsed::wrong), "accepted: " << (words.empty() ? "nothing" : words.back()));
        BOOST_TEST(!line.err.str().empty());
    }
}

BOOST_AUTO_TEST_CASE(required_counted_and_folders) {
    const std::string source = std::getenv("HUITONG_SOURCE");
    const auto parse = [&](std::vector<std::string> words) {
        std::ostringstream out, err;
        CommandLine line("huitong", "a test", "1");
        std::string folder, path;
        std::vector<std::string> pair;
        line.top().add_option("--folder", folder).existing_folder().required();
        line.top().add_option("--path", path).existing_path();
        line.top().add_option("--pair", pair).exactly(2);
        words.insert(words.begin(), "huitong");
        std::vector<char*> pointers;
        for (auto& word : words) pointers.push_back(word.data());
        return line.parse(static_cast<int>(pointers.size()), pointers.data(), out, err);
    };
    using enum CommandLine::Parsed;
    BOOST_TEST((parse({"--folder", source}) == run));
    BOOST_TEST((parse({}) == wrong));
    BOOST_TEST((parse({"--folder", source + "/README.md"}) == wrong));
    BOOST_TEST((parse({"--folder", source, "--path", source + "/README.md"}) == run));
    BOOST_TEST((parse({"--folder", source, "--path", source + "/none"}) == wrong));
    BOOST_TEST((parse({"--folder", source, "--pair", "a", "b"}) == run));
    BOOST_TEST((parse({"--folder", source, "--pair", "a"}) == wrong));
}
