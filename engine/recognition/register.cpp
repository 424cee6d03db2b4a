#include "base/csv.hpp"
#include "base/date_time.hpp"
#include "recognition/rule_pack.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace huitong::recognition {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find(separator);
        if (end != 0) out.emplace_back(text.substr(0, end));
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
    return out;
}

/// One table file of the register: reads cells by column and complains with file and line.
class TableReader {
public:
    /// `may_lack`: columns that older tables do not have.
    TableReader(const std::string& directory, std::string name, std::vector<std::string> columns, Outcome& issues,
                const std::vector<std::string>& may_lack = {})
        : name_(std::move(name)), issues_(issues) {
        std::ifstream in(directory + "/" + name_, std::ios::binary);
        if (!in) {
            issues_.add(error(IssueCode::not_found, name_, "register-table-missing", {name_}));
            return;
        }
        std::ostringstream text;
        text << in.rdbuf();
        auto parsed = read_csv_table(text.str());
        for (auto& issue : parsed.issues.issues()) {
            if (issue.position) issue.position->file = name_;
            issues_.add(std::move(issue));
        }
        table_ = std::move(parsed.value);
        for (const auto& column : columns) {
            if (table_.column(column) == std::string::npos)
                issues_.add(error(IssueCode::structure, name_, "register-column-missing", {name_, column}));
        }
        columns.insert(columns.end(), may_lack.begin(), may_lack.end());
        for (const auto& column : table_.header) {
            const bool known = std::find(columns.begin(), columns.end(), column) != columns.end();
            if (!known) issues_.add(error(IssueCode::structure, name_, "register-column-unknown", {name_, column}));
        }
    }

    const std::vector<CsvRow>& rows() const { return table_.rows; }
    std::string cell(const CsvRow& row, std::string_view column) const { return std::string(table_.cell(row, column)); }
    std::string needed(const CsvRow& row, std::string_view column) {
        auto value = cell(row, column);
        if (value.empty()) complain(row, "register-cell-missing", {std::string(column)});
        return value;
    }
    std::string date(const CsvRow& row, std::string_view column, std::string fallback) {
        auto value = cell(row, column);
        if (value.empty()) return fallback;
        const auto parsed = read_date_time(value);
        if (!parsed || parsed->precision != Precision::day) complain(row, "register-date", {std::string(column)});
        return value;
    }
    void complain(const CsvRow& row, std::string rule, std::vector<std::string> arguments) {
        auto issue = error(IssueCode::value, name_, std::move(rule), std::move(arguments));
        issue.position = TextPosition{name_, row.line, 1};
        issues_.add(std::move(issue));
    }
    /// "yes"; "no" or an empty cell is false.
    bool flag(const CsvRow& row, std::string_view column) {
        const auto text = cell(row, column);
        if (!text.empty() && text != "yes" && text != "no") complain(row, "register-flag", {std::string(column)});
        return text == "yes";
    }
    Decimal amount(const CsvRow& row, std::string_view column) {
        const auto text = cell(row, column);
        if (text.empty()) return {};
        const auto value = Decimal::read(text);
        if (!value || *value < Decimal(0)) complain(row, "register-amount", {std::string(column)});
        return value.value_or(Decimal());
    }

private:
    std::string name_;
    Outcome& issues_;
    CsvTable table_;
};

/// No date in a `from` column means always; in a `to` column, open-ended.
constexpr auto kAlways = "0001-01-01";
constexpr auto kOpenEnd = "9999-12-31";

void check_period(TableReader& table, const CsvRow& row, const std::string& from, const std::string& to) {
    if (from > to) table.complain(row, "register-period", {from, to});
}

template <class Row>
bool overlap(const Row& a, const Row& b) {
    return a.valid_from <= b.valid_to && b.valid_from <= a.valid_to;
}

void read_institutions(const std::string& directory, Register& out, Outcome& issues) {
    TableReader table(directory, "institutions.csv", {"id", "name", "level", "area_path", "alliances", "valid_from", "valid_to"}, issues,
                      {"requires_recognition", "reported_by"});
    static const std::set<std::string> kLevels = {"3A+", "3A", "3B", "3C", "3", "2A",  "2B",  "2C",
                                                  "2",   "1A", "1B", "1C", "1", "LAB", "NONE"};
    for (const auto& row : table.rows()) {
        Institution item;
        item.id = table.needed(row, "id");
        item.name = table.needed(row, "name");
        item.level = table.needed(row, "level");
        if (!kLevels.contains(item.level)) table.complain(row, "register-level", {item.level});
        item.area_path = split(table.needed(row, "area_path"), '/');
        item.alliances = split(table.cell(row, "alliances"), ';');
        item.reported_by = split(table.cell(row, "reported_by"), ';');
        item.valid_from = table.date(row, "valid_from", kAlways);
        item.valid_to = table.date(row, "valid_to", kOpenEnd);
        item.requires_recognition = table.flag(row, "requires_recognition");
        check_period(table, row, item.valid_from, item.valid_to);
        const bool twice = std::any_of(out.institutions.begin(), out.institutions.end(),
                                       [&](const auto& other) { return other.id == item.id && overlap(other, item); });
        if (twice) table.complain(row, "register-twice", {item.id});
        out.institutions.push_back(std::move(item));
    }
}

/// What a row says of a laboratory and an item, or a whole group of items. A slip in it would silently cost every recognition that rests on
/// it, or refuse none.
template <class Row>
void read_laboratory_and_item(TableReader& table, const CsvRow& row, const Register& facts, Row& out) {
    out.laboratory = table.needed(row, "laboratory");
    out.item_group = table.cell(row, "item_group");
    out.item = table.cell(row, "item");
    if (out.item_group.empty() && out.item.empty()) table.complain(row, "register-cell-missing", {"item_group"});
    const bool laboratory =
        std::any_of(facts.institutions.begin(), facts.institutions.end(), [&](const auto& other) { return other.id == out.laboratory; });
    if (!laboratory) table.complain(row, "register-laboratory", {out.laboratory});
    const bool item = std::any_of(facts.items.begin(), facts.items.end(), [&](const auto& other) {
        return out.item.empty() ? other.group == out.item_group : other.item == out.item;
    });
    if (!item) table.complain(row, "register-item", {out.item.empty() ? out.item_group : out.item});
}

/// Both ends must be there.
template <class Row>
void read_bounded_period(TableReader& table, const CsvRow& row, Row& out) {
    out.valid_from = table.date(row, "valid_from", "");
    out.valid_to = table.date(row, "valid_to", "");
    if (out.valid_from.empty() || out.valid_to.empty()) table.complain(row, "register-cell-missing", {"valid_from, valid_to"});
    check_period(table, row, out.valid_from, out.valid_to);
}

void check_certificate_area(TableReader& table, const CsvRow& row, const Certificate& certificate, const Register& facts) {
    const bool area = std::any_of(facts.institutions.begin(), facts.institutions.end(), [&](const auto& other) {
        return std::find(other.area_path.begin(), other.area_path.end(), certificate.area) != other.area_path.end();
    });
    if (!area) table.complain(row, "register-area", {certificate.area});
}

void read_certificates(const std::string& directory, Register& out, Outcome& issues) {
    TableReader table(directory, "eqa.csv",
                      {"id", "laboratory", "item_group", "item", "level", "area", "area_label", "result", "valid_from", "valid_to"},
                      issues);
    static const std::set<std::string> kLevels = {"nation", "region", "province", "city", "county"};
    std::set<std::string> seen;
    for (const auto& row : table.rows()) {
        Certificate item;
        item.id = table.needed(row, "id");
        read_laboratory_and_item(table, row, out, item);
        item.level = table.needed(row, "level");
        if (!kLevels.contains(item.level)) table.complain(row, "register-certificate-level", {item.level});
        item.area = table.needed(row, "area");
        item.area_label = table.needed(row, "area_label");
        item.result = table.needed(row, "result");
        if (item.result != "pass" && item.result != "fail") table.complain(row, "register-result", {item.result});
        read_bounded_period(table, row, item);
        if (!seen.insert(item.id).second) table.complain(row, "register-twice", {item.id});
        check_certificate_area(table, row, item, out);
        out.certificates.push_back(std::move(item));
    }
}

constexpr std::int64_t kWindowHoursMax = 24 * 366 * 10;

/// "AMB:72;IMP:24;*:48" in hours.
std::map<std::string, int> read_windows(TableReader& table, const CsvRow& row) {
    std::map<std::string, int> out;
    for (const auto& part : split(table.cell(row, "window_hours"), ';')) {
        const auto colon = part.find(':');
        const auto hours = Decimal::read(colon == part.npos ? "" : std::string_view(part).substr(colon + 1));
        const auto whole = hours ? hours->to_int64() : std::nullopt;
        if (!whole || *whole <= 0 || *whole > kWindowHoursMax || colon == 0 || colon == part.npos)
            table.complain(row, "register-window", {part});
        else out[part.substr(0, colon)] = static_cast<int>(*whole);
    }
    return out;
}

void check_catalogue_area(TableReader& table, const CsvRow& row, const std::string& area, const Register& facts) {
    const bool known = std::any_of(facts.institutions.begin(), facts.institutions.end(), [&](const auto& other) {
        return std::find(other.area_path.begin(), other.area_path.end(), area) != other.area_path.end() ||
               std::find(other.alliances.begin(), other.alliances.end(), area) != other.alliances.end();
    });
    if (!known) table.complain(row, "register-area", {area});
}

void read_catalogue(const std::string& directory, Register& out, Outcome& issues) {
    TableReader table(directory, "catalogue.csv",
                      {"catalogue", "item", "name_zh", "name_en", "group", "kind", "codes", "unit", "specimen", "comparability",
                       "window_hours", "price", "area", "valid_from", "valid_to"},
                      issues);
    for (const auto& row : table.rows()) {
        CatalogueItem item;
        item.catalogue = table.needed(row, "catalogue");
        item.item = table.needed(row, "item");
        item.name_zh = table.needed(row, "name_zh");
        item.name_en = table.cell(row, "name_en");
        item.group = table.needed(row, "group");
        item.kind = table.needed(row, "kind");
        if (item.kind != "laboratory" && item.kind != "imaging" && item.kind != "ecg") table.complain(row, "register-kind", {item.kind});
        for (const auto& code : split(table.needed(row, "codes"), ';')) {
            const auto bar = code.find('|');
            if (bar == code.npos) table.complain(row, "register-code", {code});
            else item.codes.emplace_back(code.substr(0, bar), code.substr(bar + 1));
        }
        item.unit = table.cell(row, "unit");
        if (!item.unit.empty() && !ucum::is_valid(item.unit)) table.complain(row, "register-unit", {item.unit});
        item.specimen = table.cell(row, "specimen");
        item.comparability = table.needed(row, "comparability");
        if (item.comparability != "any" && item.comparability != "same-principle" && item.comparability != "same-platform") {
            table.complain(row, "register-comparability", {item.comparability});
        }
        item.window_hours = read_windows(table, row);
        item.price = table.amount(row, "price");
        item.area = table.needed(row, "area");
        item.valid_from = table.date(row, "valid_from", kAlways);
        item.valid_to = table.date(row, "valid_to", kOpenEnd);
        check_period(table, row, item.valid_from, item.valid_to);
        const bool twice = std::any_of(out.items.begin(), out.items.end(), [&](const auto& other) {
            return other.item == item.item && other.area == item.area && overlap(other, item);
        });
        if (twice) table.complain(row, "register-twice", {item.item});
        check_catalogue_area(table, row, item.area, out);
        out.items.push_back(std::move(item));
    }
}

void read_panels(const std::string& directory, Register& out, Outcome& issues) {
    TableReader table(directory, "panels.csv", {"catalogue", "panel", "name_zh", "name_en", "mandatory", "price"}, issues);
    for (const auto& row : table.rows()) {
        Panel panel;
        panel.catalogue = table.needed(row, "catalogue");
        panel.panel = table.needed(row, "panel");
        panel.name_zh = table.needed(row, "name_zh");
        panel.name_en = table.cell(row, "name_en");
        panel.mandatory = split(table.needed(row, "mandatory"), ';');
        panel.price = table.amount(row, "price");
        for (const auto& member : panel.mandatory) {
            const bool known = std::any_of(out.items.begin(), out.items.end(),
                                           [&](const auto& item) { return item.item == member && item.catalogue == panel.catalogue; });
            if (!known) table.complain(row, "register-panel-member", {panel.panel, member});
        }
        out.panels.push_back(std::move(panel));
    }
}

/// "CHEST=51185008|胸部;ABDOMEN": the sites needed, each with its other names.
void read_sites(const std::string& text, ImagingItem& out) {
    for (const auto& part : split(text, ';')) {
        const auto equal = part.find('=');
        const auto site = part.substr(0, equal);
        out.body_sites.push_back(site);
        if (equal == part.npos) continue;
        for (const auto& name : split(std::string_view(part).substr(equal + 1), '|')) out.site_names[name] = site;
    }
}

/// Without the table, studies answer an order by the code of their report alone.
void read_imaging(const std::string& directory, Register& out, Outcome& issues) {
    if (!std::filesystem::exists(directory + "/imaging.csv")) return;
    TableReader table(directory, "imaging.csv", {"item", "modalities", "body_site", "laterality", "contrast"}, issues);
    for (const auto& row : table.rows()) {
        ImagingItem item;
        item.item = table.needed(row, "item");
        item.modalities = split(table.needed(row, "modalities"), ';');
        read_sites(table.cell(row, "body_site"), item);
        item.laterality = table.cell(row, "laterality");
        item.contrast = table.cell(row, "contrast");
        if (!item.contrast.empty() && item.contrast != "yes" && item.contrast != "no")
            table.complain(row, "register-contrast", {item.contrast});
        const bool known = std::any_of(out.items.begin(), out.items.end(), [&](const auto& other) { return other.item == item.item; });
        if (!known) table.complain(row, "register-item", {item.item});
        if (find_imaging(out, item.item)) table.complain(row, "register-twice", {item.item});
        out.imaging.push_back(std::move(item));
    }
}

/// Without the table no procedure is known to be an intervention.
void read_event_codes(const std::string& directory, Register& out, Outcome& issues) {
    if (!std::filesystem::exists(directory + "/events.csv")) return;
    TableReader table(directory, "events.csv", {"system", "code", "kind"}, issues);
    for (const auto& row : table.rows()) {
        EventCode event;
        event.system = table.needed(row, "system");
        event.code = table.needed(row, "code");
        event.kind = table.needed(row, "kind");
        event.is_beginning = event.code.ends_with('*');
        if (event.is_beginning) event.code.pop_back();
        if (event.is_beginning && event.code.empty()) table.complain(row, "register-code", {"*"});
        out.events.push_back(std::move(event));
    }
}

/// Without the table nobody says whether a laboratory was in control.
void read_controls(const std::string& directory, Register& out, Outcome& issues) {
    if (!std::filesystem::exists(directory + "/iqc.csv")) return;
    TableReader table(directory, "iqc.csv", {"laboratory", "item_group", "item", "result", "valid_from", "valid_to"}, issues);
    for (const auto& row : table.rows()) {
        ControlPeriod period;
        read_laboratory_and_item(table, row, out, period);
        const auto result = table.needed(row, "result");
        if (result != "in" && result != "out") table.complain(row, "register-control", {result});
        period.in_control = result == "in";
        read_bounded_period(table, row, period);
        out.controls.push_back(std::move(period));
    }
}

/// FNV-1a over the tables' bytes: names the register's state in decisions; no security rests on it.
std::string version_of(const std::string& directory) {
    std::uint64_t hash = 14695981039346656037ULL;
    std::vector<std::filesystem::path> files;
    std::error_code failure;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, failure)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        if (file.extension() != ".csv" && file.extension() != ".toml") continue;
        std::ifstream in(file, std::ios::binary);
        for (char c; in.get(c);) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    std::ostringstream out;
    out << std::hex << hash;
    return out.str();
}

} // namespace

Parsed<Register> Register::load(const std::string& directory) {
    Parsed<Register> out;
    read_institutions(directory, out.value, out.issues);
    read_catalogue(directory, out.value, out.issues);
    read_panels(directory, out.value, out.issues);
    read_certificates(directory, out.value, out.issues);
    read_imaging(directory, out.value, out.issues);
    read_event_codes(directory, out.value, out.issues);
    read_controls(directory, out.value, out.issues);
    read_packs(directory, out.value, out.issues);
    out.value.version = version_of(directory);
    for (auto& certificate : out.value.certificates) certificate.register_version = out.value.version;
    return out;
}

} // namespace huitong::recognition
