#include "audit/asked_patients.hpp"

#include "base/url_query.hpp"

#include <algorithm>

namespace huitong::audit {
namespace {

constexpr std::string_view kPatient = "Patient/", kParameters[] = {"patient", "subject", "patient:Patient", "subject:Patient"};

bool is_id(std::string_view text) {
    constexpr std::size_t kIdBytesMax = 64;
    const auto fits = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    return !text.empty() && text.size() <= kIdBytesMax && std::all_of(text.begin(), text.end(), fits);
}

void add(std::string_view text, std::set<std::string>& out) {
    if (text.starts_with(kPatient)) text.remove_prefix(kPatient.size());
    else if (const auto base = text.rfind("/Patient/"); base != text.npos) text.remove_prefix(base + kPatient.size() + 1);
    if (is_id(text)) out.emplace(text);
}

void add_each(std::string_view list, std::set<std::string>& out) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        add(list.substr(0, comma), out);
        list = comma == list.npos ? std::string_view() : list.substr(comma + 1);
    }
}

/// `patient: "1"` and `subject:"Patient/1"` among the arguments of fields.
void add_arguments(std::string_view document, std::set<std::string>& out) {
    for (const std::string_view name : {"patient", "subject"}) {
        for (auto at = document.find(name); at != document.npos; at = document.find(name, at + 1)) {
            auto rest = document.substr(at + name.size());
            const auto value = rest.find_first_not_of(": \t\r\n");
            if (value == rest.npos || value == 0 || rest[value] != '"') continue;
            rest.remove_prefix(value + 1);
            add_each(rest.substr(0, rest.find('"')), out);
        }
    }
}

} // namespace

std::set<std::string> asked_patients(std::string_view query) {
    std::set<std::string> out;
    const auto blank = query.find(' ');
    const auto mark = query.find('?');
    if (blank == query.npos || mark == query.npos || blank > mark) return out;
    const auto path = query.substr(blank + 1, mark - blank - 1);
    if (path.starts_with(kPatient)) add(path.substr(0, path.find('/', kPatient.size())), out);
    const bool is_of_patients = path == "Patient" || path == "Patient/_search";
    for (const auto& [name, value] : read_url_query(query.substr(mark + 1))) {
        const bool names = std::find(std::begin(kParameters), std::end(kParameters), name) != std::end(kParameters);
        if (names || (is_of_patients && name == "_id")) add_each(value, out);
        if (name == "query" && path.ends_with("$graphql")) add_arguments(value, out);
    }
    return out;
}

} // namespace huitong::audit
