/// `huitong term review`: moves rows of a code map through their states and writes the file in one step.
#include "app/commands/term_options.hpp"
#include "app/print.hpp"
#include "terminology/map_states.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace huitong::app::commands {
namespace {

struct Options {
    std::string file;
    terminology::StateChange change;
};

int run(const Options& options) {
    std::ifstream in(options.file, std::ios::binary);
    const std::string before(std::istreambuf_iterator<char>(in), {});
    const auto changed = terminology::change_states(before, options.change);
    print_issues(changed.issues);
    if (changed.issues.has_errors()) return kFindings;
    // A map that is being written must never be read half: the hub may load it at any time.
    const auto fresh = options.file + ".new";
    std::ofstream out(fresh, std::ios::binary);
    out << changed.value.text;
    std::error_code failure;
    if (out.flush()) std::filesystem::rename(fresh, options.file, failure);
    if (!out || failure) {
        std::cerr << "cannot write " << options.file << "\n";
        return kDataStore;
    }
    std::cout << changed.value.count << " rows are " << options.change.to << "\n";
    return kOk;
}

} // namespace

std::function<int()> make_term_review(Verb command) {
    auto options = std::make_shared<Options>();
    command.add_option("file", options->file, "code map, *.csv").required().existing_file();
    command.add_option("--to", options->change.to, "draft, reviewed, active or retired").required();
    command.add_option("--by", options->change.by, "who does it, as the file shall name the person").required();
    command.add_option("--code", options->change.codes, "local code; without it every row that may change");
    return [options] { return run(*options); };
}

} // namespace huitong::app::commands
