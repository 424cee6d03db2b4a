#include "app/commands/commands.hpp"
#include "app/control_client.hpp"
#include "app/print.hpp"
#include "audit/verify.hpp"
#include "recognition/ledger.hpp"
#include "rest/audit_door.hpp"

#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string data, checkpoint;
};

/// A hub that runs holds its directory, so it looks for itself; else the command opens it.
Result<audit::Verification> walk(const Options& options, const audit::Checkpoint* kept) {
    const auto answer = ask_hub(options.data, "POST", "/audit/verify", kept ? audit::write_checkpoint(*kept) : std::string());
    if (answer) {
        auto read = answer->status == 200 ? rest::read_verification(answer->body) : std::nullopt;
        if (read) return std::move(*read);
        return issues_of(*answer);
    }
    store::StoreOptions store_options;
    store_options.directory = options.data;
    const auto store = store::open_store(store_options);
    if (!store) return store.error();
    return audit::verify({**store, options.data + "/access-log", {recognition::ledger_chain()}}, kept);
}

int verify(const Options& options) {
    std::optional<audit::Checkpoint> kept;
    if (!options.checkpoint.empty()) {
        std::ifstream in(options.checkpoint, std::ios::binary);
        kept = audit::read_checkpoint(std::string(std::istreambuf_iterator<char>(in), {}));
        if (!kept) {
            print_issues(error(IssueCode::value, options.checkpoint, "audit-checkpoint"));
            return kUsage;
        }
    }
    const auto verification = walk(options, kept ? &*kept : nullptr);
    if (!verification) {
        print_issues(verification.error());
        return exit_code_of(verification.error());
    }
    print_issues(verification->issues);
    std::cout << "transaction log " << verification->log_entries << " entries, access log " << verification->access_records << " records";
    for (const auto& [name, count] : verification->chain_entries) std::cout << ", " << name << " " << count << " entries";
    std::cout << ": " << (verification->issues.has_errors() ? "NOT intact" : "intact") << "\n";
    return verification->issues.has_errors() ? kFindings : kOk;
}

int checkpoint(const Options& options) {
    const auto verification = walk(options, nullptr);
    if (!verification) {
        print_issues(verification.error());
        return exit_code_of(verification.error());
    }
    print_issues(verification->issues);
    if (verification->issues.has_errors()) return kFindings; // the heads of broken logs witness nothing
    std::cout << audit::write_checkpoint(verification->heads) << "\n";
    return kOk;
}

} // namespace

std::function<int()> make_audit(CLI::App& command) {
    auto options = std::make_shared<Options>();
    command.require_subcommand(1);
    auto* verified = command.add_subcommand("verify", "checks both logs and the ledger, and names the first bad record");
    auto* printed = command.add_subcommand("checkpoint", "prints the heads of both logs and of the ledger, to be kept elsewhere");
    for (auto* verb : {verified, printed})
        verb->add_option("--data", options->data, "data directory; a hub that runs on it looks itself")
            ->required()
            ->check(CLI::ExistingDirectory);
    verified->add_option("--checkpoint", options->checkpoint, "file with a checkpoint that was kept elsewhere")->check(CLI::ExistingFile);
    return [=] { return verified->parsed() ? verify(*options) : checkpoint(*options); };
}

} // namespace huitong::app::commands
