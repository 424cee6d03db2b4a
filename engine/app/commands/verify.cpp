#include "audit/verify.hpp"
#include "app/backup.hpp"
#include "app/commands/commands.hpp"
#include "app/control_client.hpp"
#include "app/print.hpp"
#include "recognition/ledger.hpp"

#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string data, backup;
};

/// Damage is a finding; everything else kept the check from being made.
int told(const Outcome& issues) {
    print_issues(issues);
    if (issues.has_errors()) {
        const auto& rule = issues.leading()->rule;
        const bool is_damage =
            rule.starts_with("audit-") || rule.starts_with("journal-") || rule.starts_with("backup-") || rule == "store-inconsistent";
        return is_damage ? kFindings : exit_code_of(issues);
    }
    std::cout << "intact\n";
    return kOk;
}

bool is_in_use(const std::string& data) {
    const auto held = store::hold_directory(data);
    return !held && held.error().leading()->rule == "store-locked";
}

/// Everything about a directory that no hub runs on.
int verify_directory(const std::string& data) {
    if (auto issues = store::check_database(data); issues.has_errors()) return told(issues);
    store::StoreOptions options;
    options.directory = data;
    const auto store = store::open_store(options);
    if (!store) return told(store.error());
    auto issues = audit::verify({**store, data + "/access-log", {recognition::ledger_chain()}}).issues;
    issues.add(inspect_journal(data + "/inbox", [](const JournalRecord&) {}));
    for (const char* journal : {"/inbox", "/access-log"}) issues.add(kept_tails(data + journal));
    return told(issues);
}

int verify(const Options& options) {
    if (!options.backup.empty()) {
        const auto checked = check_backup(options.backup);
        if (!checked) return told(checked.error());
        return told(store::check_database(options.backup));
    }
    if (!is_in_use(options.data)) return verify_directory(options.data);
    const auto answer = ask_hub(options.data, "GET", "/store/verify");
    if (!answer) return told(answer.error());
    std::cout << answer->body << "\n";
    return answer->status == 200 ? kOk : kFindings;
}

int upgrade(const Options& options) {
    const auto found = store::upgrade_database(options.data);
    if (!found) return told(found.error());
    std::cout << "format " << *found
              << (*found == store::database_format() ? ": nothing to do" : " → " + std::to_string(store::database_format())) << "\n";
    return kOk;
}

} // namespace

std::function<int()> make_verify(Verb command) {
    auto options = std::make_shared<Options>();
    const auto data = command.add_option("--data", options->data, "data directory; a hub may be running on it").existing_folder();
    const auto backup = command.add_option("--backup", options->backup, "folder of a backup").existing_folder().excludes(data);
    return [=] {
        if (!data.given() && !backup.given()) {
            std::cerr << "--data or --backup is required\n";
            return static_cast<int>(kUsage);
        }
        return verify(*options);
    };
}

std::function<int()> make_upgrade(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("--data", options->data, "data directory that no hub runs on; make a backup first").required().existing_folder();
    return [options] { return upgrade(*options); };
}

} // namespace huitong::app::commands
