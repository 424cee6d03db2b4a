// Small values that stand inside everything: dates, decimals, units, character sets, CSV, Base64, URL queries.
#include "base/base64.hpp"
#include "base/charset.hpp"
#include "base/csv.hpp"
#include "base/date_time.hpp"
#include "base/decimal.hpp"
#include "base/url_query.hpp"
#include "fuzz/target.hpp"
#include "ucum/ucum.hpp"

namespace huitong::fuzz {

namespace {

void date(std::string_view text) {
    const auto read = read_date_time(text);
    if (!read) return;
    const auto written = write_date_time(*read);
    const auto again = read_date_time(written);
    hold(again.has_value() && write_date_time(*again) == written, "a written date is read as the same");
    const auto [low, high] = instants_of(*read, 480);
    hold(low < high, "a date means at least one instant");
}

void decimal(std::string_view text) {
    const auto read = Decimal::read(text);
    if (!read) return;
    const auto again = Decimal::read(read->text());
    hold(!again || *again == *read, "a written decimal has the same value");
    hold((*read <=> read->normalized()) == 0, "trailing zeros do not count");
    hold(read->negated().negated() == *read, "twice negated is the same");
    if (const auto sum = Decimal::add(*read, *read)) hold(*sum == *Decimal::add(*read, read->normalized()), "a sum goes by value");
}

void unit(std::string_view text) {
    ucum::unit_of_spelling(text);
    hold(ucum::is_valid(text) == ucum::canonical(text).has_value(), "a unit is valid when it has a canonical form");
    (void)ucum::display(text);
    if (!ucum::is_valid(text)) return;
    const auto same = ucum::convert(Decimal{7}, text, text);
    hold(!same || *same == Decimal{7}, "a unit converted into itself keeps its value");
}

void charset(std::string_view bytes) {
    for (const auto from :
         {Charset::utf8, Charset::gb18030, Charset::big5, Charset::latin1, Charset::utf16le, Charset::utf16be, Charset::ascii})
        hold(is_utf8(to_utf8(bytes, from).value), "what was decoded is UTF-8");
    const auto decoded = to_utf8(bytes, Charset::gb18030);
    if (!decoded.issues.empty()) return;
    const auto encoded = from_utf8(decoded.value, Charset::gb18030);
    hold(to_utf8(encoded.value, Charset::gb18030).value == decoded.value, "GB18030 holds every character");
}

void csv(std::string_view text) {
    const auto read = read_csv(text);
    if (!read.issues.empty()) return;
    std::string written;
    for (const auto& row : read.value) {
        for (std::size_t i = 0; i < row.cells.size(); ++i) written += (i ? "," : "") + csv_cell(row.cells[i]);
        written += "\n";
    }
    const auto again = read_csv(written);
    std::size_t at = 0;
    for (const auto& row : read.value) {
        if (row.cells.size() == 1 && row.cells[0].empty()) continue; // a line without anything is no row
        hold(at < again.value.size() && again.value[at].cells == row.cells, "written cells are read as they were");
        ++at;
    }
}

void transport(std::string_view text) {
    hold(decode_base64(encode_base64(text)) == std::string(text), "Base64 goes there and back");
    (void)decode_base64(text);
    for (const auto& [name, value] : read_url_query(text)) {
        const auto again = read_url_query("n=" + encode_url(value));
        hold(again.size() == 1 && again[0].second == value, "an encoded value is decoded to the same");
    }
}

constexpr Target kTargets[] = {{"date", date, "tests/fuzz/seeds/date"},
                               {"decimal", decimal, "tests/fuzz/seeds/decimal"},
                               {"unit", unit, "tests/fuzz/seeds/unit"},
                               {"charset", charset, "tests/fuzz/seeds/charset samples/hospital-a"},
                               {"csv", csv, "samples/eqa_renewal.csv tests/fuzz/seeds/csv"},
                               {"transport", transport, "tests/fuzz/seeds/transport"}};

} // namespace

std::span<const Target> value_targets() { return kTargets; }

} // namespace huitong::fuzz
