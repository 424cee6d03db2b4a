#include "app/backup.hpp"

#include "app/commands/commands.hpp"
#include "app/control_client.hpp"
#include "app/print.hpp"

#include <filesystem>
#include <iostream>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string data, folder;
};

int failed(const Outcome& issues) {
    print_issues(issues);
    return exit_code_of(issues);
}

/// Asks the hub that holds the directory to do the work; its answer is printed as it is.
int ask(const Options& options, const std::string& method, const std::string& target) {
    const auto answer = ask_hub(options.data, method, target);
    if (!answer) return failed(answer.error());
    std::cout << answer->body << "\n";
    return answer->status == 200 ? kOk : kFindings;
}

int backup(const Options& options) {
    const auto held = store::hold_directory(options.data);
    const auto target = std::filesystem::absolute(options.folder).string();
    if (!held && held.error().leading()->rule == "store-locked") return ask(options, "POST", "/store/backup?to=" + query_text(target));
    if (!held) return failed(held.error());
    const auto made = app::make_backup(options.data, target, SystemClock().now());
    if (!made) return failed(made.error());
    std::cout << write_summary(*made) << "\n";
    return kOk;
}

int restore(const Options& options) {
    const auto restored = restore_backup(options.folder, options.data);
    if (!restored) return failed(restored.error());
    std::cout << write_summary(*restored) << "\n";
    return kOk;
}

} // namespace

std::function<int()> make_backup(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("--data", options->data, "data directory; a hub may be running on it").required().existing_folder();
    command.add_option("folder", options->folder, "new folder for the backup").required();
    return [options] { return backup(*options); };
}

std::function<int()> make_restore(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("folder", options->folder, "folder of a backup").required().existing_folder();
    command.add_option("--data", options->data, "data directory to make").required();
    return [options] { return restore(*options); };
}

} // namespace huitong::app::commands
