#include "app/commands/commands.hpp"
#include "app/configuration.hpp"
#include "app/control_client.hpp"
#include "app/feed_rehearsal.hpp"
#include "app/print.hpp"
#include "fhir/json.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string config, data, feed, message, format = "text";
    std::vector<std::string> files;
    std::size_t count = 100;
};

std::optional<Configuration> read(const Options& options, int& exit) {
    auto parsed = read_configuration(options.config);
    print_issues(parsed.issues);
    if (parsed.issues.has_errors()) {
        exit = kConfiguration;
        return std::nullopt;
    }
    if (!options.data.empty()) parsed.value.data = options.data;
    return std::move(parsed.value);
}

/// Asks the running hub and prints its answer; `print` words the JSON for people.
int ask(const Options& options, const std::string& method, const std::string& target, void (*print)(fhir::Element answer)) {
    int exit = kOk;
    const auto configuration = read(options, exit);
    if (!configuration) return exit;
    const auto answer = ask_hub(configuration->data, method, target);
    if (!answer) {
        print_issues(answer.error());
        return exit_code_of(answer.error());
    }
    if (options.format == "json" || answer->status != 200) {
        std::cout << answer->body << "\n";
        return answer->status == 200 ? kOk : kFindings;
    }
    const auto parsed = fhir::read_plain_json(answer->body);
    print(parsed.value->root());
    return kOk;
}

void print_list(fhir::Element answer) {
    for (const auto feed : answer.children("feeds"))
        std::cout << feed.text("name") << "  " << feed.text("kind") << "  " << feed.text("organization") << "  " << feed.text("address")
                  << "  " << feed.text("map") << "\n";
    std::cout << "received " << answer.text("received") << ", applied " << answer.text("applied") << ", waiting " << answer.text("waiting")
              << ", duplicates " << answer.text("duplicates") << ", dead letters " << answer.text("dead_letters") << "\n";
}

void print_reasons(fhir::Element outcome) {
    for (const auto issue : outcome.children("issue")) {
        if (issue.text("severity") == "information") continue;
        std::cout << "    " << issue.text("severity") << "  " << issue.text("expression") << "  " << issue.text("diagnostics") << "\n";
    }
}

void print_dead_letters(fhir::Element answer) {
    for (const auto letter : answer.children("dead_letters")) {
        std::cout << letter.text("message") << "  " << letter.text("feed") << "  " << letter.text("control_id") << "\n";
        print_reasons(letter.child("outcome"));
    }
}

void print_replayed(fhir::Element answer) {
    for (const auto one : answer.children("replayed")) {
        std::cout << one.text("message") << "  " << (one.text("applied") == "true" ? "applied" : "dead letter") << "\n";
        if (one.text("applied") != "true") print_reasons(one.child("outcome"));
    }
}

void print_gaps(fhir::Element answer) {
    for (const auto gap : answer.children("gaps"))
        std::cout << gap.text("count") << "  " << gap.text("system") << "  " << gap.text("code") << "  " << gap.text("display") << "  "
                  << gap.text("map") << "\n";
}

int test(const Options& options) {
    int exit = kOk;
    auto configuration = read(options, exit);
    if (!configuration) return exit;
    return rehearse_files(std::move(*configuration), options.feed, options.files, options.format == "json");
}

} // namespace

std::function<int()> make_feed(CLI::App& command) {
    auto options = std::make_shared<Options>();
    command.require_subcommand(1);
    auto* list = command.add_subcommand("list", "feeds of the running hub");
    auto* dead_letters = command.add_subcommand("dead-letters", "messages that could not be applied, with the reasons");
    auto* replay = command.add_subcommand("replay", "applies dead letters, or one message, again");
    auto* gaps = command.add_subcommand("gaps", "codes that no map translates, most frequent first");
    auto* test_files = command.add_subcommand("test", "what files would become; stores nothing");
    for (auto* verb : {list, dead_letters, replay, gaps, test_files}) {
        verb->add_option("--config", options->config, "configuration")->required();
        verb->add_option("--data", options->data, "data directory, when not the configured one");
        verb->add_option("--format", options->format, "text or json")->check(CLI::IsMember({"text", "json"}));
    }
    for (auto* verb : {dead_letters, gaps}) verb->add_option("--count", options->count, "at most so many");
    replay->add_option("--message", options->message, "one message");
    replay->add_option("--feed", options->feed, "dead letters of this feed");
    test_files->add_option("--feed", options->feed, "the feed that would receive them")->required();
    test_files->add_option("files", options->files, "files as the sender would drop them")->required()->check(CLI::ExistingFile);
    return [=] {
        if (list->parsed()) return ask(*options, "GET", "/feeds", print_list);
        if (dead_letters->parsed())
            return ask(*options, "GET", "/feeds/dead-letters?count=" + std::to_string(options->count), print_dead_letters);
        if (gaps->parsed()) return ask(*options, "GET", "/feeds/gaps?count=" + std::to_string(options->count), print_gaps);
        if (replay->parsed())
            return ask(*options, "POST", "/feeds/replay?message=" + query_text(options->message) + "&feed=" + query_text(options->feed),
                       print_replayed);
        return test(*options);
    };
}

} // namespace huitong::app::commands
