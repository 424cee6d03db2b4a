#include "app/commands/commands.hpp"
#include "app/configuration.hpp"
#include "app/control_client.hpp"
#include "app/print.hpp"
#include "fhir/json.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string config, data, client, scope, purpose, reason, patient;
};

int token(const Options& options) {
    auto read = read_configuration(options.config);
    print_issues(read.issues);
    if (read.issues.has_errors()) return kConfiguration;
    const auto data = options.data.empty() ? read.value.data : options.data;
    const auto answer = ask_hub(data, "POST",
                                "/auth/local-token?client=" + query_text(options.client) + "&scope=" + query_text(options.scope) +
                                    "&purpose=" + query_text(options.purpose) + "&reason=" + query_text(options.reason) +
                                    "&patient=" + query_text(options.patient));
    if (!answer) {
        print_issues(answer.error());
        return exit_code_of(answer.error());
    }
    const auto parsed = fhir::read_plain_json(answer->body);
    if (answer->status != 200 || parsed.issues.has_errors()) {
        std::cerr << answer->body << "\n";
        return kFindings;
    }
    std::cout << parsed.value->root().text("access_token") << "\n";
    return kOk;
}

} // namespace

std::function<int()> make_token(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("--config", options->config, "configuration of the running hub").required();
    command.add_option("--data", options->data, "its data directory, when not the configured one");
    command.add_option("--client", options->client, "registered client").required();
    command.add_option("--scope", options->scope, "scopes, within those of the client");
    command.add_option("--purpose", options->purpose, "TREAT, BTG … within those of the client");
    command.add_option("--reason", options->reason, "why, with purpose BTG");
    command.add_option("--patient", options->patient,
                       "id of the Patient whose record the token is bound to, for a client that acts for patients");
    return [options] { return token(*options); };
}

} // namespace huitong::app::commands
