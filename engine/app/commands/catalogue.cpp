#include "app/commands/commands.hpp"
#include "app/configuration.hpp"
#include "app/control_client.hpp"
#include "app/print.hpp"
#include "fhir/json.hpp"
#include "recognition/recognition.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string directory, config, data, format = "text";
};

int check(const Options& options) {
    const auto read = recognition::Register::load(options.directory);
    print_issues(read.issues);
    const auto& facts = read.value;
    std::cout << facts.institutions.size() << " institutions, " << facts.certificates.size() << " certificates, " << facts.items.size()
              << " items, " << facts.panels.size() << " panels, " << facts.imaging.size() << " imaging items, " << facts.packs.size()
              << " rule packs; register " << facts.version << "\n";
    return read.issues.has_errors() ? kFindings : kOk;
}

void print_refusal(fhir::Element outcome) {
    for (const auto issue : outcome.children("issue"))
        std::cerr << issue.text("severity") << ": " << issue.text("expression") << "  " << issue.text("diagnostics") << "\n";
}

int reload(const Options& options) {
    auto read = read_configuration(options.config);
    print_issues(read.issues);
    if (read.issues.has_errors()) return kConfiguration;
    const auto answer = ask_hub(options.data.empty() ? read.value.data : options.data, "POST", "/registers/reload");
    if (!answer) {
        print_issues(answer.error());
        return exit_code_of(answer.error());
    }
    const auto parsed = fhir::read_plain_json(answer->body);
    if (answer->status != 200) {
        print_refusal(parsed.value->root());
        std::cerr << "The registers stay as they were.\n";
        return kFindings;
    }
    if (options.format == "json") {
        std::cout << answer->body << "\n";
        return kOk;
    }
    const auto root = parsed.value->root();
    std::cout << root.text("institutions") << " institutions, " << root.text("certificates") << " certificates, " << root.text("items")
              << " items, " << root.text("rule_packs") << " rule packs; register " << root.text("register") << "\n";
    if (root.text("messages_waiting") != "0")
        std::cout << root.text("messages_waiting")
                  << " messages waited for an institution; those whose institution is known now are applied\n";
    return kOk;
}

} // namespace

std::function<int()> make_catalogue(Verb command) {
    command.needs_a_verb();
    auto options = std::make_shared<Options>();
    const auto checks = command.add_verb("check", "reads the registers and rule packs of a folder and tells what is wrong");
    checks.add_option("directory", options->directory, "folder with institutions.csv, eqa.csv, catalogue.csv, panels.csv, packs/")
        .required();
    const auto reloads = command.add_verb("reload", "the running hub reads its registers and rule packs anew");
    reloads.add_option("--config", options->config, "configuration of the running hub").required();
    reloads.add_option("--data", options->data, "its data directory, when not the configured one");
    reloads.add_option("--format", options->format, "text or json").one_of({"text", "json"});
    return [=] { return checks.chosen() ? check(*options) : reload(*options); };
}

} // namespace huitong::app::commands
