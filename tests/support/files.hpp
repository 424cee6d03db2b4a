/// Files of the source tree for tests; $HUITONG_SOURCE is set by ctest, else the working folder is the source.
#pragma once

#include "base/csv.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace huitong::tests {

inline std::filesystem::path source_folder() {
    const char* folder = std::getenv("HUITONG_SOURCE");
    return folder ? std::filesystem::path(folder) : std::filesystem::current_path();
}

inline std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A vector table of tests/vectors: TAB separated, '#' comments, a header row. A cell that holds a quote is quoted as in CSV.
inline CsvTable read_vectors(const std::string& name) {
    auto table = read_csv_table(read_file(source_folder() / "tests/vectors" / name), '\t');
    if (table.issues.has_errors()) throw std::runtime_error("bad vector table " + name + ": " + table.issues.leading()->rule);
    return std::move(table.value);
}

/// The rule of the leading issue, "" when there is none.
inline std::string rule_of(const Outcome& outcome) { return outcome.leading() ? outcome.leading()->rule : std::string(); }

} // namespace huitong::tests
