// huitong_fuzz TARGET [--runs N] [--seed S] [FILE...]: seeds as they are, then changed ones. With FILEs: these inputs alone.
// An input that breaks the target is kept as fuzz-TARGET.input in the working folder; the exit code is 1, or the signal's.
#include "fuzz/mutate.hpp"
#include "fuzz/target.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

namespace huitong::fuzz {

namespace {

namespace fs = std::filesystem;

constexpr unsigned kSecondsMax = 10; // one input; beyond, a reader hangs
std::string current_input;           // NOLINT: what a signal handler writes must be reachable from it
std::string kept_as;                 // NOLINT

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> read_seeds(std::string_view places) {
    const fs::path project = std::getenv("HUITONG_SOURCE") ? std::getenv("HUITONG_SOURCE") : ".";
    std::vector<fs::path> files;
    std::istringstream words{std::string(places)};
    for (std::string place; words >> place;) {
        if (fs::is_regular_file(project / place)) files.push_back(project / place);
        if (!fs::is_directory(project / place)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(project / place))
            if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::ranges::sort(files); // the order of a folder differs between machines
    std::vector<std::string> out;
    for (const auto& file : files) out.push_back(read_file(file));
    return out;
}

void keep_input() {
    const auto file = ::open(kept_as.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0) return;
    if (::write(file, current_input.data(), current_input.size()) < 0) ::_exit(2);
    ::close(file);
}

void on_signal(int number) {
    keep_input();
    std::signal(number, SIG_DFL);
    std::raise(number);
}

bool run(const Target& target, std::string input) {
    current_input = std::move(input);
    ::alarm(kSecondsMax);
    try {
        target.run(current_input);
    } catch (const std::exception& broken) {
        keep_input();
        std::cerr << target.name << ": " << broken.what() << "; the input is kept in " << kept_as << '\n';
        return false;
    }
    return true;
}

int fuzz(const Target& target, std::uint64_t runs, std::uint64_t seed, const std::vector<std::string>& files) {
    kept_as = "fuzz-" + std::string(target.name) + ".input";
    for (const int number : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGALRM}) std::signal(number, on_signal);
    for (const auto& file : files)
        if (!run(target, read_file(file))) return 1;
    if (!files.empty()) return 0;
    const auto seeds = read_seeds(target.seeds);
    if (seeds.empty()) {
        std::cerr << target.name << ": no seeds\n";
        return 1;
    }
    for (const auto& text : seeds)
        if (!run(target, text)) return 1;
    Mutator mutator(seeds, seed);
    for (std::uint64_t i = 0; i < runs; ++i)
        if (!run(target, mutator.next())) return 1;
    std::cout << target.name << ": " << seeds.size() << " seeds, " << runs << " changed ones (seed " << seed << "), nothing broke\n";
    return 0;
}

} // namespace

} // namespace huitong::fuzz

int main(int argc, char** argv) {
    std::uint64_t runs = 2'000, seed = 1;
    std::vector<std::string> files;
    const auto* target = argc > 1 ? huitong::fuzz::target_of(argv[1]) : nullptr;
    for (int i = 2; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--runs" && i + 1 < argc) runs = std::strtoull(argv[++i], nullptr, 10);
        else if (word == "--seed" && i + 1 < argc) seed = std::strtoull(argv[++i], nullptr, 10);
        else files.emplace_back(word);
    }
    if (!target) {
        std::cerr << "huitong_fuzz TARGET [--runs N] [--seed S] [FILE...]\n";
        return 2;
    }
    return huitong::fuzz::fuzz(*target, runs, seed, files);
}
