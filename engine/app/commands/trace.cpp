#include "app/commands/commands.hpp"
#include "app/configuration.hpp"
#include "app/control_client.hpp"
#include "app/print.hpp"
#include "fhir/json.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string config, data, what, format = "text";
};

void print_message(fhir::Element message) {
    std::cout << "message " << message.text("id") << "  " << message.text("feed") << "  received " << message.text("received") << "  "
              << message.text("bytes") << " bytes  " << message.text("charset") << "  control id " << message.text("control_id")
              << "\n  sha256 " << message.text("sha256") << "\n  map    " << message.text("map") << "\n  status "
              << message.text("status.status") << "\n";
    if (message.text("content_of") == "today") std::cout << "  run with the maps of today: those of then are not kept\n";
    for (const auto issue : message["status"].children("issues"))
        std::cout << "    " << issue.text("severity") << "  " << issue.text("where") << "  " << issue.text("rule") << "\n";
    for (const auto element : message.children("elements")) {
        std::cout << "  " << element.text("resource") << "  " << element.text("path") << " = " << element.text("value") << "\n      "
                  << element.text("map").substr(element.text("map").rfind('/') + 1) << " line " << element.text("line") << ", "
                  << element.text("rule");
        if (!element.text("to").empty())
            std::cout << "  <-  bytes " << element.text("from") << "-" << element.text("to") << "  " << element.text("source");
        std::cout << "\n";
    }
}

void print(fhir::Element answer) {
    if (!answer.text("id").empty()) return print_message(answer);
    std::cout << answer.text("resource") << "\n";
    for (const auto version : answer.children("versions"))
        std::cout << "  version " << version.text("version") << "  " << version.text("instant") << "  " << version.text("actor") << "  "
                  << version.text("message") << "\n";
    for (const auto message : answer.children("messages")) print_message(message);
}

int trace(const Options& options) {
    auto read = read_configuration(options.config);
    print_issues(read.issues);
    if (read.issues.has_errors()) return kConfiguration;
    const bool is_resource = options.what.find('/') != std::string::npos;
    const auto answer = ask_hub(options.data.empty() ? read.value.data : options.data, "GET",
                                std::string("/feeds/trace?") + (is_resource ? "resource=" : "message=") + query_text(options.what));
    if (!answer) {
        print_issues(answer.error());
        return exit_code_of(answer.error());
    }
    if (options.format == "json" || answer->status != 200) {
        std::cout << answer->body << "\n";
        return answer->status == 200 ? kOk : kFindings;
    }
    print(fhir::read_plain_json(answer->body).value->root());
    return kOk;
}

} // namespace

std::function<int()> make_trace(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("--config", options->config, "configuration of the running hub").required();
    command.add_option("--data", options->data, "its data directory, when not the configured one");
    command.add_option("--format", options->format, "text or json").one_of({"text", "json"});
    command.add_option("what", options->what, "a message (M000000000001) or a resource (Observation/…)").required();
    return [options] { return trace(*options); };
}

} // namespace huitong::app::commands
