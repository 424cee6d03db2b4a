/// Reads the vector tables of tests/vectors/recognition.
#pragma once

#include "base/csv.hpp"
#include "base/date_time.hpp"
#include "recognition/recognition.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace huitong::recognition::tests {

inline std::string source_path(const std::string& relative) {
    const char* source = std::getenv("HUITONG_SOURCE");
    return std::string(source ? source : ".") + "/" + relative;
}

inline std::string file_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("no file " + path);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// One row by column name; prints as its name.
struct Vector {
    std::map<std::string, std::string> cells;
    const std::string& operator[](const std::string& column) const { return cells.at(column); }
    friend std::ostream& operator<<(std::ostream& out, const Vector& vector) { return out << vector.cells.at("name"); }
};

inline std::vector<Vector> read_vectors(const std::string& name) {
    const auto table = read_csv_table(file_text(source_path("tests/vectors/recognition/" + name)), '\t');
    if (table.issues.has_errors() || table.value.rows.empty()) throw std::runtime_error("bad vectors " + name);
    std::vector<Vector> out;
    for (const auto& row : table.value.rows) {
        Vector vector;
        for (const auto& column : table.value.header) vector.cells[column] = std::string(table.value.cell(row, column));
        out.push_back(std::move(vector));
    }
    return out;
}

inline std::vector<std::string> split(std::string_view text, std::string_view separator) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find(separator);
        out.emplace_back(text.substr(0, end));
        text = end == text.npos ? std::string_view() : text.substr(end + separator.size());
    }
    return out;
}

inline Instant instant_of(const std::string& text) {
    const auto value = read_date_time(text);
    if (!value || !value->offset_minutes) throw std::runtime_error("bad instant " + text);
    return instants_of(*value, 0).first;
}

/// The shipped register, read once.
inline const Register& sample_register() {
    static const auto loaded = [] {
        auto parsed = Register::load(source_path("terminology/recognition"));
        if (!parsed.issues.empty()) throw std::runtime_error("the shipped register has issues");
        return std::move(parsed.value);
    }();
    return loaded;
}

/// A request, a candidate and a register as the settings of a vector make them.
struct Case {
    Request request;
    Candidate candidate;
    Register facts = sample_register();
    Instant at;

    void apply(const std::string& settings);

private:
    void set(const std::string& key, const std::string& value);
    bool set_request(const std::string& key, const std::string& value);
    bool set_candidate(const std::string& key, const std::string& value);
    void add_certificate(const std::string& value);
    void add_control(const std::string& value);
    RulePack& pack();
};

} // namespace huitong::recognition::tests
