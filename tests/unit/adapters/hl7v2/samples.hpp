/// Own sample messages of the v2 tests, and the reader of their vector tables.
#pragma once

#include "adapters/hl7v2/ack.hpp"
#include "adapters/hl7v2/charset_choice.hpp"

#include <cstdlib>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

namespace huitong::adapters::hl7v2::tests {

inline std::string source_folder() {
    const char* folder = std::getenv("HUITONG_SOURCE");
    return folder == nullptr ? std::string(".") : std::string(folder);
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
    return text;
}

struct Vector {
    std::vector<std::string> cells;
    const std::string& name() const { return cells.front(); }
};
inline std::ostream& operator<<(std::ostream& out, const Vector& vector) { return out << vector.name(); }

/// Rows of tests/vectors/hl7v2/<file>; every row has exactly `columns` cells.
inline std::vector<Vector> read_vectors(const std::string& file, std::size_t columns) {
    std::ifstream in(source_folder() + "/tests/vectors/hl7v2/" + file);
    std::vector<Vector> out;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line.front() == '#') continue;
        Vector vector;
        for (std::size_t at = 0; at != std::string::npos;) vector.cells.emplace_back(next_piece(line, '\t', at));
        if (vector.cells.size() != columns) throw std::runtime_error(file + ": wrong number of cells: " + line);
        out.push_back(std::move(vector));
    }
    if (out.empty()) throw std::runtime_error("no vectors in " + file);
    return out;
}

/// Settings "a=b;c=d".
inline feeds::FeedSettings feed_settings(const std::string& text) {
    feeds::FeedSettings out;
    out.name = "lis";
    out.kind = "hl7v2";
    for (std::size_t at = 0; at != std::string::npos;) {
        const auto piece = next_piece(text, ';', at);
        const auto equals = piece.find('=');
        if (equals != piece.npos) out.settings.emplace_back(std::string(piece.substr(0, equals)), std::string(piece.substr(equals + 1)));
    }
    return out;
}

inline std::string result_message(const std::string& control_id = "C1", const std::string& charset = "") {
    return "MSH|^~\\&|LIS|990102H0001|HIP|CITY|20261120093512||ORU^R01|" + control_id + "|P|2.4||||||" + charset +
           "\r"
           "PID|1||A1^^^990102H0001&1.2.3&ISO^PI~990102198001010011^^^GA^NI||ZHANG SAN^张三||19800101|F\r"
           "PV1|1|O\r"
           "NTE|1||of the patient\r"
           "ORC|RE|P1|F1\r"
           "OBR|1|P1|F1|CBC^血常规^L|||20261120084500\r"
           "NTE|1||of the order\r"
           "OBX|1|NM|WBC^白细胞计数^L||5.5|10*9/L|3.5-9.5|N|||F\r"
           "NTE|1||of the result\r"
           "OBX|2|TX|NOTE^备注^L||a\\T\\b\\.br\\c|\"\"|||||F\r"
           "ZRS|local\r"
           "SPM|1|||BLD\r"
           "OBR|2|P1|F2|CRP^C反应蛋白^L|||20261120084500\r"
           "OBX|1|NM|CRP^C反应蛋白^L||<0.5|mg/L|0-8|N|||F\r";
}

inline std::string gb18030(std::string_view text) { return from_utf8(text, Charset::gb18030).value; }

} // namespace huitong::adapters::hl7v2::tests
