#include "identity/facts.hpp"

#include <algorithm>

namespace huitong::identity {
namespace {

constexpr std::size_t kPage = 10'000;

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    for (std::size_t at = 0;;) {
        const auto end = text.find(separator, at);
        out.emplace_back(text.substr(at, end == text.npos ? end : end - at));
        if (end == text.npos) return out;
        at = end + 1;
    }
}

std::vector<std::string> list_of(std::string_view cell) { return cell.empty() ? std::vector<std::string>() : split(cell, ','); }

std::string joined(const std::vector<std::string>& items) {
    std::string out;
    for (const auto& item : items) out += (out.empty() ? "" : ",") + item;
    return out;
}

/// A cell holds no separator of cells and rows.
std::string cell(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
    return text;
}

std::string row(std::vector<std::string> cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : "\t") + cell(std::move(cells[i]));
    return out;
}

store::FactWrite fact(std::string_view table, std::string key, std::string value) {
    store::FactWrite out;
    out.table = table;
    out.key = std::move(key);
    out.value = std::move(value);
    return out;
}

constexpr std::string_view kUses[] = {"", "own", "guardian"};

} // namespace

store::FactWrite record_fact(const std::string& patient, const std::string& home, const Record& record) {
    const std::string flags = std::string(record.temporary_newborn ? "newborn" : "") + (record.unreadable_name ? "?" : "");
    return fact(kRecordTable, patient,
                row({home, record.id_number, std::string(kUses[static_cast<std::size_t>(record.use)]), record.name, record.pinyin,
                     record.birth_date, record.institution, joined(record.merges), flags}));
}

std::optional<std::pair<std::string, Record>> read_record_fact(std::string_view value) {
    auto cells = split(value, '\t');
    if (cells.size() != 9 || cells[0].empty()) return std::nullopt;
    Record out;
    out.id_number = std::move(cells[1]);
    out.use = cells[2] == "own" ? NumberUse::own : cells[2] == "guardian" ? NumberUse::guardian : NumberUse::none;
    out.name = std::move(cells[3]);
    out.pinyin = std::move(cells[4]);
    out.birth_date = std::move(cells[5]);
    out.institution = std::move(cells[6]);
    out.merges = list_of(cells[7]);
    out.temporary_newborn = cells[8].starts_with("newborn");
    out.unreadable_name = cells[8].ends_with('?');
    return std::pair(std::move(cells[0]), std::move(out));
}

store::FactWrite word_fact(const Words::Pair& pair, const Word& word) {
    return fact(kWordTable, pair.first + ' ' + pair.second + ' ' + word.decision,
                row({word.same ? "same" : "different", word.who, word.why}));
}

store::FactWrite erased_word_fact(const Words::Pair& pair, const std::string& decision) {
    auto out = fact(kWordTable, pair.first + ' ' + pair.second + ' ' + decision, "");
    out.erase = true;
    return out;
}

std::optional<std::pair<Words::Pair, Word>> read_word_fact(std::string_view key, std::string_view value) {
    auto ids = split(key, ' ');
    auto cells = split(value, '\t');
    if (ids.size() != 3 || cells.size() != 3) return std::nullopt;
    Word word;
    word.decision = std::move(ids[2]);
    word.same = cells[0] == "same";
    word.who = std::move(cells[1]);
    word.why = std::move(cells[2]);
    return std::pair(Words::pair_of(ids[0], ids[1]), std::move(word));
}

store::FactWrite event_fact(const std::string& patient, const Event& event) {
    return fact(kEventTable, patient + ' ' + event.id,
                row({event.kind, event.person, event.from, event.with, joined(event.reasons), event.who, event.why}));
}

std::optional<std::pair<std::string, Event>> read_event_fact(std::string_view key, std::string_view value) {
    auto ids = split(key, ' ');
    auto cells = split(value, '\t');
    if (ids.size() != 2 || cells.size() != 7) return std::nullopt;
    Event out;
    out.id = std::move(ids[1]);
    out.kind = std::move(cells[0]);
    out.person = std::move(cells[1]);
    out.from = std::move(cells[2]);
    out.with = std::move(cells[3]);
    out.reasons = list_of(cells[4]);
    out.who = std::move(cells[5]);
    out.why = std::move(cells[6]);
    return std::pair(std::move(ids[0]), std::move(out));
}

void each_fact(store::Store& store, std::string_view table, const std::string& prefix,
               const std::function<void(const std::string& key, const std::string& value)>& visit) {
    // Keys are ASCII: ids and blanks.
    const auto end = prefix + '\x7F';
    for (auto from = prefix;;) {
        const auto rows = store.facts(std::string(table), from, end, kPage);
        for (const auto& [key, value] : rows) visit(key, value);
        if (rows.size() < kPage) return;
        from = rows.back().first + '\x01';
    }
}

} // namespace huitong::identity
