#include "app/commands/commands.hpp"
#include "app/file_limit.hpp"
#include "app/hub.hpp"
#include "app/print.hpp"

#include <csignal>
#include <filesystem>
#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string config, data, http, mllp;
};

/// What stands on the command line wins over the file.
void override(Configuration& configuration, const Options& options) {
    if (!options.data.empty()) configuration.data = std::filesystem::absolute(options.data).string();
    if (!options.http.empty()) configuration.http = options.http;
    if (options.mllp.empty()) return;
    for (auto& feed : configuration.feeds) {
        if (feed.kind != "hl7v2") continue;
        std::erase_if(feed.settings, [](const auto& setting) { return setting.first == "listen"; });
        feed.settings.emplace_back("listen", options.mllp);
        return;
    }
}

int serve(const Options& options) {
    // Blocked before any thread starts, so that only this one is told.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    auto read = read_configuration(options.config);
    print_issues(read.issues);
    if (read.issues.has_errors()) return kConfiguration;
    override(read.value, options);
    auto warnings = raise_file_limit(read.value.limits);
    auto hub = Hub::open(std::move(read.value), warnings);
    print_issues(warnings);
    if (!hub) {
        print_issues(hub.error());
        return exit_code_of(hub.error());
    }
    if (auto issues = (*hub)->start(); issues.has_errors()) {
        print_issues(issues);
        std::_Exit(kConfiguration); // the inbox replays: nothing is lost by a hard end
    }
    std::cout << (*hub)->ready_line() << std::endl;
    int received = 0;
    sigwait(&signals, &received);
    if (!(*hub)->stop()) std::_Exit(kOk);
    return kOk;
}

} // namespace

std::function<int()> make_serve(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("--config", options->config, "configuration (TOML)").required();
    command.add_option("--data", options->data, "data directory, instead of the one configured");
    command.add_option("--http", options->http, "ADDR:PORT, port 0 takes a free one");
    command.add_option("--mllp", options->mllp, "ADDR:PORT of the first hl7v2 feed");
    return [options] { return serve(*options); };
}

} // namespace huitong::app::commands
