#include "app/doctor.hpp"

#include "app/commands/commands.hpp"
#include "app/print.hpp"
#include "base/catalogue.hpp"
#include "base/json_writer.hpp"

#include <algorithm>
#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string config, feed, format = "text";
};

std::string_view side_text(Side side) {
    static constexpr std::string_view kTexts[] = {"ok", "ours", "theirs", "line"};
    return kTexts[static_cast<std::size_t>(side)];
}

void print_text(const std::vector<Diagnosis>& found, Language language) {
    for (const auto& one : found) {
        auto side = std::string(side_text(one.side));
        side.resize(8, ' ');
        std::cout << side << one.subject << ": " << text_of(one.issue, language) << "\n";
        const auto hint = one.side == Side::fine ? std::string() : hint_of(one.issue, language);
        if (!hint.empty()) std::cout << "        " << hint << "\n";
    }
}

void print_json(const std::vector<Diagnosis>& found, Language language) {
    JsonWriter json;
    json.array();
    for (const auto& one : found)
        json.object()
            .member("subject", one.subject)
            .member("side", side_text(one.side))
            .member("rule", one.issue.rule)
            .member("message", text_of(one.issue, language))
            .end_object();
    std::cout << json.end_array().take() << "\n";
}

int doctor(const Options& options) {
    const auto read = read_configuration(options.config);
    print_issues(read.issues);
    if (read.issues.has_errors()) return kConfiguration;
    const auto found = diagnose(read.value, options.feed);
    if (options.format == "json") print_json(found, language_of_environment());
    else print_text(found, language_of_environment());
    const bool is_well = std::all_of(found.begin(), found.end(), [](const auto& one) { return one.side == Side::fine; });
    return is_well ? kOk : kFindings;
}

} // namespace

std::function<int()> make_doctor(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("--config", options->config, "configuration").required();
    command.add_option("--feed", options->feed, "only this feed or upstream");
    command.add_option("--format", options->format, "text or json").one_of({"text", "json"});
    return [options] { return doctor(*options); };
}

} // namespace huitong::app::commands
