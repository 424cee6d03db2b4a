// A code system of a million concepts on disk: how long a membership question takes, what opening and memory cost.
// Run by hand: build target bench_terminology, then build/release/tests/bench_terminology FOLDER.
#include "terminology/importers/import.hpp"
#include "terminology/library.hpp"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>

using namespace huitong::terminology;

namespace {

using Clock = std::chrono::steady_clock;
double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Kilobytes of this process by its own account ("RssAnon": memory of its own, "RssFile": mapped pages).
long kilobytes(const char* name) {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(name)) return std::strtol(line.c_str() + line.find(':') + 1, nullptr, 10);
    }
    return 0;
}

constexpr int kConcepts = 1'000'000, kQuestions = 2'000'000;
std::string code_of(int at) { return std::to_string(100'000'000 + at * 7); }

void build(const std::string& file) {
    const ImportSettings settings{"urn:bench:million", "1", "Million", "en", {}};
    SystemImport import(settings);
    import.system.complete = true;
    for (int at = 0; at < kConcepts; ++at) {
        ConceptDraft draft;
        draft.code = code_of(at);
        draft.display = "Concept number " + std::to_string(at) + " of the bench";
        if (at > 0) draft.parents.push_back(code_of((at - 1) / 8));
        import.add(draft);
    }
    const auto system = import.finish();
    const auto bytes = system.concepts->bytes();
    std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    std::printf("file: %zu bytes\n", bytes.size());
}

} // namespace

int main(int argc, char** argv) {
    const std::filesystem::path folder = argc > 1 ? argv[1] : "bench-terms";
    std::filesystem::create_directories(folder);
    auto start = Clock::now();
    if (!std::filesystem::exists(folder / "million.codes")) {
        build((folder / "million.codes").string());
        std::printf("built in %.2f s; run again to measure without the builder's memory\n", since(start));
        return 0;
    }
    start = Clock::now();
    Terminology terminology(nullptr);
    (void)terminology.load_directory(folder.string());
    std::printf("opened in %.2f ms, own memory %ld kB\n", since(start) * 1e3, kilobytes("RssAnon"));
    std::mt19937 random(1);
    std::vector<std::string> codes;
    for (int at = 0; at < 4096; ++at) codes.push_back(code_of(static_cast<int>(random() % (2 * kConcepts)))); // half of them are no codes
    const auto system = terminology.library().system("urn:bench:million");
    std::size_t yes = 0;
    for (int at = 0; at < kConcepts; at += 3) yes += system->has(code_of(at)); // the pages come in once
    start = Clock::now();
    yes = 0;
    for (int at = 0; at < kQuestions; ++at) yes += system->has(codes[static_cast<std::size_t>(at) & 4095]);
    std::printf("membership: %.3f µs (%zu of %d are codes)\n", since(start) * 1e6 / kQuestions, yes, kQuestions);
    start = Clock::now();
    std::size_t below = 0;
    const auto top = system->find(code_of(1));
    for (int at = 0; at < kQuestions; ++at) below += system->concepts->is_a(static_cast<ConceptIndex>(random() % kConcepts), top);
    std::printf("is-a: %.3f µs (%zu below)\n", since(start) * 1e6 / kQuestions, below);
    std::printf("own memory %ld kB, mapped pages %ld kB\n", kilobytes("RssAnon"), kilobytes("RssFile"));
    return 0;
}
