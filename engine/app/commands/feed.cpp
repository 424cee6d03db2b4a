#include "app/commands/commands.hpp"
#include "app/configuration.hpp"
#include "app/control_client.hpp"
#include "app/feed_rehearsal.hpp"
#include "app/print.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string config, data, feed, message, destination, map, rule, format = "text";
    std::vector<std::string> files;
    std::size_t count = 100;
    bool lines = false, list = false;
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

void print_reasons(fhir::Element outcome) {
    for (const auto issue : outcome.children("issue")) {
        if (issue.text("severity") == "information") continue;
        std::cout << "    " << issue.text("severity") << "  " << issue.text("expression") << "  " << issue.text("diagnostics") << "\n";
    }
}

/// Asks the running hub and prints its answer; `print` words the JSON for people.
int ask(const Options& options, const std::string& method, const std::string& target, void (*print)(fhir::Element answer),
        const std::string& body = {}) {
    int exit = kOk;
    const auto configuration = read(options, exit);
    if (!configuration) return exit;
    const auto answer = ask_hub(configuration->data, method, target, body);
    if (!answer) {
        print_issues(answer.error());
        return exit_code_of(answer.error());
    }
    if (options.format == "text" && answer->status != 200) {
        print_reasons(fhir::read_plain_json(answer->body).value->root());
        return kFindings;
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
    for (const auto feed : answer.children("feeds")) {
        std::cout << feed.text("name") << "  " << feed.text("kind") << "  " << feed.text("organization") << "  " << feed.text("address")
                  << "  " << feed.text("map") << "\n";
        if (const auto trouble = feed.child("trouble")) print_reasons(trouble);
    }
    std::cout << "received " << answer.text("received") << ", applied " << answer.text("applied") << ", waiting " << answer.text("waiting")
              << ", duplicates " << answer.text("duplicates") << ", dead letters " << answer.text("dead_letters") << "\n";
}

void print_dead_letters(fhir::Element answer) {
    for (const auto letter : answer.children("dead_letters")) {
        std::cout << letter.text("message") << "  " << letter.text("feed") << "  " << letter.text("control_id") << "\n";
        print_reasons(letter.child("outcome"));
    }
}

void print_undelivered(fhir::Element answer) {
    for (const auto one : answer.children("undelivered")) {
        std::cout << one.text("message") << "  " << one.text("what.resource") << "  version " << one.text("what.version") << "\n";
        for (const auto reason : one["what"].children("reasons"))
            std::cout << "    " << reason.text("where") << "  " << reason.text("rule") << "\n";
    }
}

void print_replayed(fhir::Element answer) {
    for (const auto one : answer.children("replayed")) {
        std::cout << one.text("message") << "  " << (one.text("applied") == "true" ? "applied" : "dead letter") << "\n";
        if (one.text("applied") != "true") print_reasons(one.child("outcome"));
    }
    for (const auto one : answer.children("skipped"))
        std::cout << one.text("message") << "  skipped: " << one.text("resource") << " was written since by no feed\n";
}

void print_touched(fhir::Element answer) {
    for (const auto one : answer.children("touched")) {
        const bool is_unknown = one.text("unknown") == "true", differs = one.text("differs") == "true";
        std::cout << one.text("message")
                  << (is_unknown ? "  unknown: the maps of then are gone\n"
                      : differs  ? "  comes out otherwise today\n"
                                 : "  as it was\n");
        for (const auto resource : one.children("resources")) std::cout << "    " << resource.value() << "\n";
    }
}

void print_asked(fhir::Element answer) {
    for (const auto one : answer.children("asked"))
        std::cout << one.text("message")
                  << (one.text("overtaken") == "true" ? "  overtaken by a newer version, not sent again\n" : "  will be sent again\n");
}

void print_gaps(fhir::Element answer) {
    for (const auto gap : answer.children("gaps"))
        std::cout << gap.text("count") << "  " << gap.text("system") << "  " << gap.text("code") << "  " << gap.text("display") << "  "
                  << gap.text("map") << "\n";
}

void print_corrected(fhir::Element answer) {
    std::cout << answer.text("message") << "  applied as " << answer.text("corrected_as") << "\n";
}

/// The bytes of a message; with --lines a segment a line, for an editor.
int show(const Options& options) {
    int exit = kOk;
    const auto configuration = read(options, exit);
    if (!configuration) return exit;
    auto answer = ask_hub(configuration->data, "GET", "/feeds/message?message=" + query_text(options.message));
    if (!answer) {
        print_issues(answer.error());
        return exit_code_of(answer.error());
    }
    if (answer->status == 200 && options.lines) std::replace(answer->body.begin(), answer->body.end(), '\r', '\n');
    std::cout << answer->body;
    return answer->status == 200 ? kOk : kFindings;
}

int correct(const Options& options) {
    std::ifstream in(options.files.front(), std::ios::binary);
    return ask(options, "POST", "/feeds/correct?message=" + query_text(options.message), print_corrected,
               std::string(std::istreambuf_iterator<char>(in), {}));
}

int test(const Options& options) {
    int exit = kOk;
    auto configuration = read(options, exit);
    if (!configuration) return exit;
    return rehearse_files(std::move(*configuration), options.feed, options.files, options.format == "json");
}

} // namespace

std::function<int()> make_feed(Verb command) {
    auto options = std::make_shared<Options>();
    command.needs_a_verb();
    const auto list = command.add_verb("list", "feeds of the running hub");
    const auto dead_letters = command.add_verb("dead-letters", "messages that could not be applied, with the reasons");
    const auto undelivered = command.add_verb("undelivered", "messages that a destination refused, with the reasons");
    const auto resend = command.add_verb("resend", "sends again what a destination refused");
    const auto replay = command.add_verb("replay", "applies dead letters, one message, or what a changed map touches, again");
    const auto show_one = command.add_verb("show", "the bytes of a message as they came");
    const auto correct_one = command.add_verb("correct", "sends a corrected message in place of a dead letter");
    const auto gaps = command.add_verb("gaps", "codes that no map translates, most frequent first");
    const auto test_files = command.add_verb("test", "what files would become; stores nothing");
    for (const auto verb : {list, dead_letters, undelivered, show_one, correct_one, resend, replay, gaps, test_files}) {
        verb.add_option("--config", options->config, "configuration").required();
        verb.add_option("--data", options->data, "data directory, when not the configured one");
        verb.add_option("--format", options->format, "text or json").one_of({"text", "json"});
    }
    for (const auto verb : {dead_letters, undelivered, gaps}) verb.add_option("--count", options->count, "at most so many");
    for (const auto verb : {show_one, correct_one}) verb.add_option("--message", options->message, "M and its number").required();
    show_one.add_flag("--lines", options->lines, "a segment a line, for an editor");
    correct_one.add_option("file", options->files, "what is sent in its place").required().exactly(1).existing_file();
    replay.add_option("--message", options->message, "one message");
    replay.add_option("--feed", options->feed, "dead letters of this feed");
    replay.add_option("--map", options->map, "url of a map: messages that it wrote something of and that come out otherwise today");
    replay.add_option("--rule", options->rule, "one rule of that map, as `trace` calls it: Group.rule");
    replay.add_flag("--list", options->list, "with --map: lists the messages and resources, applies nothing");
    resend.add_option("--message", options->message, "one, as `undelivered` calls it");
    resend.add_option("--destination", options->destination, "all that this destination refused");
    test_files.add_option("--feed", options->feed, "the feed that would receive them").required();
    test_files.add_option("files", options->files, "files as the sender would drop them; without: what the peer has now").existing_file();
    return [=] {
        if (list.chosen()) return ask(*options, "GET", "/feeds", print_list);
        if (dead_letters.chosen())
            return ask(*options, "GET", "/feeds/dead-letters?count=" + std::to_string(options->count), print_dead_letters);
        if (undelivered.chosen())
            return ask(*options, "GET", "/feeds/undelivered?count=" + std::to_string(options->count), print_undelivered);
        if (show_one.chosen()) return show(*options);
        if (correct_one.chosen()) return correct(*options);
        if (gaps.chosen()) return ask(*options, "GET", "/feeds/gaps?count=" + std::to_string(options->count), print_gaps);
        const auto rule = "map=" + query_text(options->map) + "&rule=" + query_text(options->rule);
        if (resend.chosen()) {
            return ask(*options, "POST",
                       "/feeds/resend?message=" + query_text(options->message) + "&destination=" + query_text(options->destination),
                       print_asked);
        }
        if (replay.chosen() && options->list) return ask(*options, "GET", "/feeds/touched?" + rule, print_touched);
        if (replay.chosen()) {
            return ask(*options, "POST",
                       "/feeds/replay?message=" + query_text(options->message) + "&feed=" + query_text(options->feed) + "&" + rule,
                       print_replayed);
        }
        return test(*options);
    };
}

} // namespace huitong::app::commands
