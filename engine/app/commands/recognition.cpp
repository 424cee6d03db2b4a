#include "app/commands/commands.hpp"
#include "app/configuration.hpp"
#include "app/control_client.hpp"
#include "app/print.hpp"
#include "base/catalogue.hpp"
#include "base/json_writer.hpp"
#include "fhir/json.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string config, data, organization, patient, visit_class = "AMB", authored_on, format = "text", pack, from, to, by;
    std::uint64_t since = 0;
    std::vector<std::string> orders;
};

/// "system|value", or the receiver's own number.
std::string question_of(const Options& options) {
    JsonWriter json;
    json.object().object("patient").member("identifier", options.patient).end_object();
    json.member("visit_class", options.visit_class).member_if("authored_on", options.authored_on).array("orders");
    for (const auto& order : options.orders) {
        const auto bar = order.find('|');
        json.object().member("id", order);
        if (bar != order.npos) json.member("system", order.substr(0, bar));
        json.member("code", bar == order.npos ? order : order.substr(bar + 1)).end_object();
    }
    json.end_array().end_object();
    return json.take();
}

void print_candidate(fhir::Element candidate) {
    std::cout << "    " << (candidate.text("shown") == "true" ? "* " : "  ") << candidate.text("result.resource") << " version "
              << candidate.text("result.version") << "  " << candidate.text("verdict") << "  " << candidate.text("mark") << "\n        "
              << candidate.text(language_of_environment() == Language::zh ? "explanation_zh" : "explanation_en") << "\n";
    for (const auto rule : candidate.children("rules")) {
        std::cout << "        " << rule.text("rule") << "  " << rule.text("answer");
        if (!rule.text("code").empty()) std::cout << "  " << rule.text("code");
        for (const auto saw : rule.children("saw")) std::cout << "  " << saw.text("name") << "=" << saw.text("value");
        std::cout << "\n";
    }
}

void print(fhir::Element answer) {
    std::cout << "receiver " << answer.text("receiver") << "  pack " << answer.text("pack") << " " << answer.text("pack_version")
              << "  register " << answer.text("register") << "  at " << answer.text("at") << "\n";
    for (const auto order : answer.children("orders")) {
        std::cout << order.text("order") << "  " << (order.text("item").empty() ? "no map leads to the catalogue" : order.text("item"))
                  << "  " << order.text("name_zh") << "  " << order.text("verdict") << "\n";
        for (const auto member : order.children("members")) {
            std::cout << "  " << member.text("item") << "  " << member.text("name_zh") << "\n";
            for (const auto candidate : member.children("candidates")) print_candidate(candidate);
        }
    }
}

int explain(const Options& options) {
    auto read = read_configuration(options.config);
    print_issues(read.issues);
    if (read.issues.has_errors()) return kConfiguration;
    const auto answer = ask_hub(options.data.empty() ? read.value.data : options.data, "POST",
                                "/recognition/explain?organization=" + query_text(options.organization), question_of(options));
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

/// Configuration, question, answer: what the verbs share. The answer's status is 200.
Result<HubAnswer> ask(const Options& options, const std::string& target) {
    auto read = read_configuration(options.config);
    if (read.issues.has_errors()) return std::move(read.issues);
    print_issues(read.issues);
    auto answer = ask_hub(options.data.empty() ? read.value.data : options.data, "GET", target);
    if (answer && answer->status != 200) return issues_of(*answer);
    return answer;
}

int failed(const Outcome& issues) {
    print_issues(issues);
    return issues.leading()->rule.starts_with("recognition-") ? kFindings : exit_code_of(issues);
}

int simulate(const Options& options) {
    std::uint64_t decided = 0, same = 0;
    for (auto since = options.since;;) {
        const auto answer = ask(options, "/recognition/simulate?pack=" + query_text(options.pack) + "&since=" + std::to_string(since));
        if (!answer) return failed(answer.error());
        const auto parsed = fhir::read_plain_json(answer->body);
        const auto root = parsed.value->root();
        auto number = [&](std::string_view name) { return std::strtoull(std::string(root.text(name)).c_str(), nullptr, 10); };
        for (const auto one : root.children("different")) {
            std::cout << one.text("sequence") << "  " << one.text("at") << "  " << one.text("receiver") << "  " << one.text("item") << " "
                      << one.text("name_zh") << "  " << one.text("own") << " -> " << one.text("other");
            for (const auto reason : one.children("reasons")) std::cout << " " << reason.value();
            std::cout << "\n";
        }
        decided += number("decided");
        same += number("same");
        if (number("last") == since) break;
        since = number("last");
    }
    std::cout << decided << " decisions, " << same << " the same, " << decided - same << " different\n";
    return kOk;
}

int statistics(const Options& options) {
    const auto answer = ask(options, "/recognition/statistics?from=" + query_text(options.from) + "&to=" + query_text(options.to) +
                                         "&by=" + query_text(options.by) + "&receiver=" + query_text(options.organization) +
                                         (options.format == "json" ? "" : "&format=" + options.format));
    if (!answer) return failed(answer.error());
    std::cout << answer->body << (options.format == "json" ? "\n" : "");
    return kOk;
}

} // namespace

std::function<int()> make_recognition(Verb command) {
    command.needs_a_verb();
    auto options = std::make_shared<Options>();
    const auto simulated = command.add_verb("simulate", "past decisions made again by another rule pack of the register");
    const auto counted = command.add_verb("statistics", "indicators of a period, as the monthly form or JSON");
    const auto verb = command.add_verb("explain", "every candidate and every rule, for an order that nobody has written yet");
    for (const auto each : {verb, simulated, counted}) {
        each.add_option("--config", options->config, "configuration of the running hub").required();
        each.add_option("--data", options->data, "its data directory, when not the configured one");
    }
    simulated.add_option("--pack", options->pack, "rule pack to try").required();
    simulated.add_option("--since", options->since, "entry of the ledger to begin behind");
    counted.add_option("--from", options->from, "first day").required();
    counted.add_option("--to", options->to, "day behind the last").required();
    counted.add_option("--by", options->by, "receiver, department, practitioner, source, flow, item, visit_class or reason");
    counted.add_option("--organization", options->organization, "this receiver alone");
    counted.add_option("--format", options->format, "csv, xlsx or json").one_of({"csv", "xlsx", "json"});
    verb.add_option("--organization", options->organization, "the institution that orders").required();
    verb.add_option("--patient", options->patient, "system|value, or the institution's own number").required();
    verb.add_option("--order", options->orders, "code of the institution, or system|code").required();
    verb.add_option("--visit-class", options->visit_class, "AMB, IMP, EMER …");
    verb.add_option("--authored-on", options->authored_on, "when the order was written; default: now");
    verb.add_option("--format", options->format, "text or json").one_of({"text", "json"});
    return [=] { return simulated.chosen() ? simulate(*options) : counted.chosen() ? statistics(*options) : explain(*options); };
}

} // namespace huitong::app::commands
