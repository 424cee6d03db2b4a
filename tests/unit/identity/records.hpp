/// Records from a short text: "name=王秀英;number=W;born=1956-03-14;pinyin=…;at=H1;merges=p1,p2".
#pragma once

#include "identity/record.hpp"
#include "support/files.hpp"

namespace huitong::identity::tests {

constexpr IdNumberRules kSampleRules{true};

inline std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find(separator, at), text.size());
        out.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return out;
}

inline Record record(const std::string& text) {
    Statement statement;
    statement.institution = "H1";
    std::vector<std::string> merges;
    for (const auto& cell : split(text, ';')) {
        const auto field = cell.substr(0, cell.find('=')), value = cell.substr(cell.find('=') + 1);
        if (field == "name") statement.name = value;
        else if (field == "pinyin") statement.pinyin = value;
        else if (field == "born") statement.birth_date = value;
        else if (field == "at") statement.institution = value;
        else if (field == "merges") merges = split(value, ',');
        else if (field == "number")
            statement.numbers.push_back(value == "W" ? "990102195603140724" : value == "M" ? "990102199607081846" : value);
        else if (field != "phone") throw std::runtime_error("unknown field " + field);
    }
    auto out = record_of(statement, kSampleRules);
    out.merges = merges;
    return out;
}

} // namespace huitong::identity::tests
