#include "bench/bench.hpp"

#include <array>
#include <iostream>
#include <string_view>

namespace {

struct Tool {
    std::string_view name;
    int (*run)(const huitong::bench::Arguments& arguments);
};

constexpr std::array<Tool, 6> kTools = {{{"fsync", huitong::bench::measure_fsync},
                                         {"journal", huitong::bench::measure_journal},
                                         {"sqlite", huitong::bench::measure_sqlite},
                                         {"bare", huitong::bench::serve_bare},
                                         {"http", huitong::bench::load_http},
                                         {"open", huitong::bench::load_open}}};

} // namespace

int main(int argc, char** argv) {
    const huitong::bench::Arguments arguments(argv + std::min(argc, 2), argv + argc);
    try {
        for (const auto& tool : kTools) {
            if (argc > 1 && tool.name == argv[1]) return tool.run(arguments);
        }
    } catch (const std::exception& failure) {
        std::cerr << "huitong-bench: " << failure.what() << "\n";
        return 1;
    }
    std::cerr << "huitong-bench: fsync, journal, sqlite, bare, http or open; scripts/bench calls it\n";
    return 2;
}
