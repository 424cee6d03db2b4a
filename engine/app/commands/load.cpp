#include "app/commands/commands.hpp"
#include "app/core.hpp"
#include "app/print.hpp"
#include "exchange/bulk/check_sink.hpp"
#include "exchange/bulk/http_sink.hpp"
#include "exchange/bulk/store_sink.hpp"

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <thread>

namespace huitong::app::commands {
namespace {

constexpr std::size_t kRefusalsShown = 100;
constexpr auto kProgressInterval = std::chrono::milliseconds(200);

struct Options {
    std::string config, data, url, format = "text";
    std::vector<std::string> files;
    unsigned workers = 0;
    bool dry_run = false, validate = false;
};

std::uint64_t bytes_of(const std::vector<std::string>& files) {
    std::uint64_t sum = 0;
    for (const auto& file : files) {
        std::error_code failed;
        const auto size = std::filesystem::file_size(file, failed);
        if (!failed) sum += size;
    }
    return sum;
}

/// Counts on a terminal while it goes on; files and pipes stay clean.
class ProgressLine {
public:
    explicit ProgressLine(std::uint64_t bytes) : bytes_(bytes), is_terminal_(isatty(STDERR_FILENO) == 1) {}
    void show(const exchange::LoadProgress& progress) {
        const auto now = std::chrono::steady_clock::now();
        if (!is_terminal_ || now - shown_ < kProgressInterval) return;
        shown_ = now;
        const auto seconds = std::chrono::duration<double>(now - start_).count();
        std::cerr << '\r' << progress.counts.resources << " resources, "
                  << static_cast<std::uint64_t>(static_cast<double>(progress.counts.resources) / seconds) << "/s";
        if (bytes_ != 0) std::cerr << ", " << progress.bytes_taken * 100 / bytes_ << " %";
        std::cerr << "\x1b[K" << std::flush;
    }
    void end() const {
        if (is_terminal_) std::cerr << "\r\x1b[K" << std::flush;
    }

private:
    std::uint64_t bytes_;
    bool is_terminal_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now(), shown_ = start_;
};

/// SIGINT and SIGTERM end the loading between two documents.
class Interrupt {
public:
    Interrupt() {
        sigemptyset(&signals_);
        sigaddset(&signals_, SIGINT);
        sigaddset(&signals_, SIGTERM);
        sigaddset(&signals_, SIGUSR1);
        pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
        waiting_ = std::thread([this] {
            int received = 0;
            sigwait(&signals_, &received);
            if (received != SIGUSR1) stop_.request_stop();
        });
    }
    ~Interrupt() {
        pthread_kill(waiting_.native_handle(), SIGUSR1);
        waiting_.join();
    }
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;
    std::stop_token token() const { return stop_.get_token(); }

private:
    sigset_t signals_{};
    std::stop_source stop_;
    std::thread waiting_;
};

int run(const Options& options, exchange::LoadSink& sink) {
    const Interrupt interrupt;
    std::size_t shown = 0;
    ProgressLine line(bytes_of(options.files));
    sink.refuse = [&](const exchange::LoadItem& item) {
        if (++shown > kRefusalsShown) return;
        auto issues = item.issues;
        for (auto& issue : issues.issues()) issue.position = TextPosition{item.file, item.document.line, 0};
        line.end();
        print_issues(issues);
    };
    exchange::LoadOptions how;
    how.workers = options.workers;
    how.stop = interrupt.token();
    how.on_progress = [&](const exchange::LoadProgress& progress) { line.show(progress); };
    const auto start = std::chrono::steady_clock::now();
    const auto [counts, bytes] = exchange::load(options.files, sink, how);
    const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    line.end();
    if (counts.documents == 0 && counts.refused == 0) print_issues(warning(IssueCode::informational, "", "load-nothing"));
    if (shown > kRefusalsShown) std::cerr << "… " << shown - kRefusalsShown << " more\n";
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(counts.resources) / std::max(seconds, 0.001));
    if (options.format == "json") {
        std::cout << "{\"documents\":" << counts.documents << ",\"resources\":" << counts.resources << ",\"written\":" << counts.written
                  << ",\"unchanged\":" << counts.unchanged << ",\"refused\":" << counts.refused << ",\"bytes\":" << bytes
                  << ",\"seconds\":" << seconds << ",\"resources_per_second\":" << rate << "}\n";
    } else {
        std::cout << counts.resources << " resources of " << counts.documents << " documents: " << counts.written << " written, "
                  << counts.unchanged << " unchanged, " << counts.refused << " refused; " << seconds << " s, " << rate << "/s"
                  << (options.dry_run ? " (dry run: nothing was written)" : "") << "\n";
    }
    if (!sink.broken().empty()) {
        print_issues(sink.broken());
        return exit_code_of(sink.broken());
    }
    if (interrupt.token().stop_requested()) return kInterrupted;
    return counts.refused == 0 ? kOk : kFindings;
}

exchange::HubTarget target_of(const Options& options, const Configuration& configuration) {
    exchange::HubTarget target;
    target.url = options.url;
    if (options.url.empty()) {
        target.url = "http://localhost/fhir";
        target.http.unix_socket = configuration.data + "/control";
    }
    if (const char* token = std::getenv("HUITONG_TOKEN")) target.token = token; // NOLINT(concurrency-mt-unsafe): nothing sets it
    return target;
}

/// Without a store: over HTTP, and dry.
int run_without_store(const Options& options, const Configuration& configuration) {
    Outcome warnings;
    auto content = load_content(configuration, warnings);
    print_issues(warnings);
    if (!content) {
        print_issues(content.error());
        return exit_code_of(content.error());
    }
    interaction::Services services;
    services.definitions = content->definitions.get();
    services.limits = &configuration.limits;
    if (options.dry_run) {
        if (options.validate) services.validator = content->validator.get();
        exchange::CheckSink sink(services);
        return run(options, sink);
    }
    exchange::HttpSink sink(services, target_of(options, configuration));
    return run(options, sink);
}

int load(Options options) {
    std::signal(SIGPIPE, SIG_IGN);
    Configuration configuration;
    if (!options.config.empty()) {
        auto read = read_configuration(options.config);
        print_issues(read.issues);
        if (read.issues.has_errors()) return kConfiguration;
        configuration = std::move(read.value);
    }
    if (!options.data.empty()) configuration.data = std::filesystem::absolute(options.data).string();
    if (options.workers == 0) options.workers = std::max(1U, std::thread::hardware_concurrency());
    if (options.dry_run || !options.url.empty()) return run_without_store(options, configuration);
    if (options.config.empty() && options.data.empty()) {
        std::cerr << "load: name a data directory (--data or --config) or a running hub (--url)\n";
        return kUsage;
    }
    Outcome warnings;
    auto core = Core::open(configuration, warnings);
    print_issues(warnings);
    if (!core) {
        const auto issues = core.error();
        // A hub runs on the directory: it is asked over its own socket.
        if (issues.leading()->rule == "store-locked" && std::filesystem::exists(configuration.data + "/control"))
            return run_without_store(options, configuration);
        print_issues(issues);
        return exit_code_of(issues);
    }
    auto services = (*core)->services;
    if (!options.validate) services.validator = nullptr;
    exchange::StoreSink sink(services, "load");
    const auto code = run(options, sink);
    // What a hub would do in quiet moments: the first bodies are packed as well as the others.
    for (auto more = (*core)->base_store->tend(); more && *more; more = (*core)->base_store->tend()) {}
    return code;
}

} // namespace

std::function<int()> make_load(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("files", options->files, "bundles and resources: .json, .ndjson, also .gz and .zst; - is standard input").required();
    command.add_option("--data", options->data, "data directory");
    command.add_option("--config", options->config, "configuration (TOML)");
    command.add_option("--url", options->url, "FHIR base of a running hub; its token is read from HUITONG_TOKEN");
    command.add_option("--workers", options->workers, "threads that prepare (default: cores)");
    command.add_flag("--validate", options->validate, "validate each resource against its profiles");
    command.add_flag("--dry-run", options->dry_run, "look at everything, write nothing");
    command.add_option("--format", options->format, "text or json").one_of({"text", "json"});
    return [options] { return load(*options); };
}

} // namespace huitong::app::commands
