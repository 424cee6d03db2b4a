#include "recognition/register_statistics.hpp"

#include "base/date_time.hpp"

#include <algorithm>

namespace huitong::recognition {
namespace {

template <class Row>
bool is_valid(const Row& row, const std::string& date) {
    return row.valid_from <= date && date <= row.valid_to;
}

/// Laboratory or imaging, by the group (or item) of the catalogue that the certificate is about.
bool is_about(const Register& facts, const Certificate& certificate, std::string_view kind) {
    return std::any_of(facts.items.begin(), facts.items.end(), [&](const CatalogueItem& item) {
        return item.kind == kind && (certificate.item.empty() ? item.group == certificate.item_group : item.item == certificate.item);
    });
}

std::string name_of(const Register& facts, const std::string& institution) {
    for (const auto& known : facts.institutions) {
        if (known.id == institution) return known.name;
    }
    return {};
}

RegisterCount counted(Measure measure, std::vector<RegisterRow> rows) {
    auto value = std::to_string(rows.size());
    return {measure, std::move(value), std::move(rows)};
}

/// Institutions with a certificate that was passed, of these levels ("" = any) and this kind.
std::vector<RegisterRow> holders(const Register& facts, const std::string& date, std::string_view kind, std::string_view level) {
    std::map<std::string, RegisterRow> out;
    for (const auto& certificate : facts.certificates) {
        if (certificate.result != "pass" || !is_valid(certificate, date) || !is_about(facts, certificate, kind)) continue;
        if (!level.empty() && certificate.level != level) continue;
        auto& row = out[certificate.laboratory];
        row.id = certificate.laboratory;
        row.name = name_of(facts, certificate.laboratory);
        row.why += (row.why.empty() ? "" : " ") + certificate.id;
    }
    std::vector<RegisterRow> rows;
    for (auto& [id, row] : out) rows.push_back(std::move(row));
    return rows;
}

/// Items that each laboratory passed on average, with one digit.
RegisterCount passed_items(const Register& facts, const std::string& date) {
    constexpr Measure kMeasure{"M12-ITEMS", "平均通过项目数", "items passed on average", "持有有效室间质评合格证书的实验室平均合格项目数",
                               "catalogue items that a laboratory with a valid certificate passed, on average"};
    std::map<std::string, std::set<std::string>> items;
    for (const auto& certificate : facts.certificates) {
        if (certificate.result != "pass" || !is_valid(certificate, date)) continue;
        for (const auto& item : facts.items) {
            const bool fits = certificate.item.empty() ? item.group == certificate.item_group : item.item == certificate.item;
            if (fits && item.kind == "laboratory" && is_valid(item, date)) items[certificate.laboratory].insert(item.item);
        }
    }
    RegisterCount out{kMeasure, "", {}};
    std::size_t sum = 0;
    for (const auto& [laboratory, passed] : items) {
        sum += passed.size();
        out.rows.push_back({laboratory, name_of(facts, laboratory), std::to_string(passed.size())});
    }
    if (items.empty()) return out;
    const auto tenths = (sum * 20 + items.size()) / (items.size() * 2);
    out.value = std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
    return out;
}

/// Certificates that end until `last` and are followed by none of the same laboratory, scope and level.
std::vector<RegisterRow> ending(const Register& facts, const std::string& date, const std::string& last) {
    std::vector<RegisterRow> out;
    for (const auto& one : facts.certificates) {
        if (one.result != "pass" || !is_valid(one, date) || one.valid_to > last) continue;
        const bool is_followed = std::any_of(facts.certificates.begin(), facts.certificates.end(), [&](const Certificate& next) {
            return next.result == "pass" && next.laboratory == one.laboratory && next.item_group == one.item_group &&
                   next.item == one.item && next.level == one.level && next.valid_to > one.valid_to &&
                   next.valid_from <= days_after(one.valid_to, 1);
        });
        if (!is_followed) out.push_back({one.id, name_of(facts, one.laboratory), one.valid_to});
    }
    return out;
}

std::vector<RegisterRow> catalogue_items(const Register& facts, const std::string& date) {
    std::map<std::string, RegisterRow> out;
    for (const auto& item : facts.items) {
        if (is_valid(item, date)) out[item.item] = {item.item, item.name_zh, item.catalogue};
    }
    std::vector<RegisterRow> rows;
    for (auto& [id, row] : out) rows.push_back(std::move(row));
    return rows;
}

} // namespace

std::string days_after(const std::string& date, int days) {
    const auto value = read_date_time(date);
    if (!value) return date;
    const Instant later{instants_of(*value, 0).first.microseconds + days * kMicrosecondsPerDay};
    auto out = date_time_of(later, 0);
    out.precision = Precision::day;
    out.offset_minutes.reset();
    return write_date_time(out);
}

std::vector<RegisterCount> count_register(const Register& facts, const std::string& date, const std::set<std::string>& connected) {
    std::vector<RegisterCount> out;
    out.push_back(
        counted({"M12-NATION", "通过国家级室间质评机构数", "institutions with national EQA", "当日持有有效国家级检验室间质评合格证书的机构",
                 "institutions with a valid national certificate for laboratory items"},
                holders(facts, date, "laboratory", "nation")));
    out.push_back(
        counted({"M12-PROVINCE", "通过省级室间质评机构数", "institutions with provincial EQA", "当日持有有效省级检验室间质评合格证书的机构",
                 "institutions with a valid provincial certificate for laboratory items"},
                holders(facts, date, "laboratory", "province")));
    out.push_back(passed_items(facts, date));
    out.push_back(counted({"M12-IMAGING", "通过影像质控机构数", "institutions with imaging quality control",
                           "当日持有有效影像质控合格证书的机构", "institutions with a valid certificate for imaging"},
                          holders(facts, date, "imaging", "")));
    std::vector<RegisterRow> requiring;
    for (const auto& institution : facts.institutions) {
        if (is_valid(institution, date) && institution.requires_recognition) requiring.push_back({institution.id, institution.name, ""});
    }
    out.push_back(counted({"M13", "制度要求互认的机构数", "institutions that require recognition", "登记表注明以院内制度要求互认的机构",
                           "registered institutions whose own rules require that recognised results are taken over"},
                          std::move(requiring)));
    std::vector<RegisterRow> known;
    for (const auto& institution : facts.institutions) {
        if (is_valid(institution, date) && connected.contains(institution.id)) known.push_back({institution.id, institution.name, ""});
    }
    out.push_back(counted({"M15-INSTITUTIONS", "已接入机构数", "institutions connected", "登记机构中已配置接口或客户端的机构",
                           "registered institutions that feed the hub or ask it"},
                          std::move(known)));
    out.push_back(counted({"M15-CATALOGUE", "互认目录项目数", "items of the catalogue",
                           "当日有效目录的项目数（2025 年底目标：市级 200 项；2027 年底：省级 300 项）",
                           "items of catalogues valid on the day (targets: 200 a city by the end of 2025, 300 a province by 2027)"},
                          catalogue_items(facts, date)));
    out.push_back(counted({"M19-30", "30 天内到期证书", "certificates that end within 30 days", "30 天内到期且无后续证书的合格证书",
                           "valid certificates that end within 30 days and are followed by none"},
                          ending(facts, date, days_after(date, 30))));
    out.push_back(counted({"M19-60", "60 天内到期证书", "certificates that end within 60 days", "60 天内到期且无后续证书的合格证书",
                           "valid certificates that end within 60 days and are followed by none"},
                          ending(facts, date, days_after(date, 60))));
    return out;
}

} // namespace huitong::recognition
