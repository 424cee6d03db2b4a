#include "recognition/rule_pack.hpp"

#include "recognition/rules.hpp"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace huitong::recognition {
namespace {

/// One pack file; complains with its name and line.
class PackReader {
public:
    PackReader(std::string file, Outcome& issues) : file_(std::move(file)), issues_(issues) {}

    RulePack run(const toml::table& table, const Register& facts) {
        static const std::set<std::string_view> kKeys = {
            "id", "version", "text_required", "settings", "on_unknown", "decline_reasons_zh", "decline_reasons_en"};
        for (const auto& [name, node] : table) {
            if (!kKeys.contains(name.str())) complain(&node, IssueCode::invalid, "pack-key-unknown", {std::string(name.str())});
        }
        RulePack pack;
        pack.id = table["id"].value_or(std::string());
        pack.version = table["version"].value_or(std::string());
        if (pack.id.empty() || pack.version.empty()) complain(&table, IssueCode::required, "register-cell-missing", {"id, version"});
        read_texts(table, "settings", pack.settings);
        read_texts(table, "on_unknown", pack.on_unknown);
        read_texts(table, "decline_reasons_zh", pack.decline_reasons_zh);
        read_texts(table, "decline_reasons_en", pack.decline_reasons_en);
        if (const auto* codes = table["text_required"].as_array()) {
            for (const auto& code : *codes) pack.text_required.push_back(code.value_or(std::string()));
        }
        check_settings(table, pack, facts);
        check_unknowns(table, pack);
        check_reasons(table, pack);
        return pack;
    }

    void complain(const toml::node* node, IssueCode code, std::string rule, std::vector<std::string> arguments) {
        auto issue = error(code, file_, std::move(rule), std::move(arguments));
        if (node) issue.position = TextPosition{file_, node->source().begin.line, node->source().begin.column};
        issues_.add(std::move(issue));
    }

private:
    static std::string text_of_node(const toml::node& node) {
        if (const auto text = node.value_exact<std::string>()) return *text;
        if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
        if (const auto flag = node.value_exact<bool>()) return *flag ? "true" : "false";
        std::string out;
        if (const auto* list = node.as_array()) { // a list is kept as "a,b,c"
            for (const auto& entry : *list) out += (out.empty() ? "" : ",") + text_of_node(entry);
        }
        return out;
    }

    void read_texts(const toml::table& table, const char* key, std::map<std::string, std::string>& out) {
        const auto* node = table.get(key);
        const auto* part = node ? node->as_table() : nullptr;
        if (node && !part) complain(node, IssueCode::structure, "pack-key-unknown", {key});
        if (!part) return;
        for (const auto& [name, value] : *part) out[std::string(name.str())] = text_of_node(value);
    }

    void check_settings(const toml::table& table, const RulePack& pack, const Register& facts) {
        static const std::map<std::string, std::set<std::string>> kSettings = {
            {"allianceWaivesEqa", {"true", "false"}},
            {"eqaAlsoAtOrder", {"true", "false"}},
            {"anchor", {"collected", "issued"}},
            {"matchGrade", {"certain", "probable"}},
            {"unsigned", {"accept", "note", "refuse"}},
            {"tier", {"all", "same-or-higher", "jiangsu", "inner-mongolia-pilot"}},
            {"pilotAlliances", {}},
            {"visitExempt", {}},
            {"ownExclusionHours", {}},
            {"interventionEvents", {}},
            {"interventionRecord", {"partial", "complete"}},
            {"specimenQualityFlags", {}},
        };
        for (const auto& [name, value] : pack.settings) {
            const auto* node = table["settings"][name].node();
            const auto known = kSettings.find(name);
            if (known == kSettings.end()) {
                complain(node, IssueCode::invalid, "pack-setting-unknown", {pack.id, name});
            } else if (name == "tier" && !known->second.contains(value)) {
                complain(node, IssueCode::value, "pack-tier", {pack.id, value});
            } else if (!known->second.empty() && !known->second.contains(value)) {
                complain(node, IssueCode::value, "pack-setting-value", {pack.id, name, value});
            }
            if (name == "ownExclusionHours" && !is_hours(value))
                complain(node, IssueCode::value, "pack-setting-value", {pack.id, name, value});
            if (name == "pilotAlliances") check_alliances(node, pack, value, facts);
        }
    }

    static bool is_hours(const std::string& text) {
        const auto value = Decimal::read(text);
        const auto hours = value ? value->to_int64() : std::nullopt;
        return hours && *hours >= 0 && *hours <= 24 * 366;
    }

    void check_alliances(const toml::node* node, const RulePack& pack, std::string_view list, const Register& facts) {
        while (!list.empty()) {
            const std::string name(list.substr(0, list.find(',')));
            list.remove_prefix(std::min(list.size(), name.size() + 1));
            const bool known = std::any_of(facts.institutions.begin(), facts.institutions.end(), [&](const auto& institution) {
                return std::find(institution.alliances.begin(), institution.alliances.end(), name) != institution.alliances.end();
            });
            if (!known) complain(node, IssueCode::value, "pack-setting-value", {pack.id, "pilotAlliances", name});
        }
    }

    void check_unknowns(const toml::table& table, const RulePack& pack) {
        for (const auto& [rule, choice] : pack.on_unknown) {
            const auto* node = table["on_unknown"][rule].node();
            const bool known = std::any_of(std::begin(kRules), std::end(kRules), [&](const auto& row) { return row.id == rule; });
            if (!known) complain(node, IssueCode::invalid, "pack-rule-unknown", {pack.id, rule});
            if (choice != "refuse" && choice != "note") complain(node, IssueCode::value, "pack-on-unknown", {pack.id, rule});
        }
    }

    void check_reasons(const toml::table& table, const RulePack& pack) {
        const auto* node = table.get("decline_reasons_zh");
        const auto& zh = pack.decline_reasons_zh;
        const auto& en = pack.decline_reasons_en;
        if (zh.empty()) complain(node, IssueCode::required, "pack-reasons", {pack.id});
        const auto same_code = [](const auto& a, const auto& b) { return a.first == b.first; };
        const bool same = std::equal(zh.begin(), zh.end(), en.begin(), en.end(), same_code);
        if (!same) complain(node, IssueCode::invalid, "pack-reasons", {pack.id});
        for (const auto& code : pack.text_required) {
            if (!zh.contains(code)) complain(table.get("text_required"), IssueCode::value, "pack-text-required", {pack.id, code});
        }
    }

    std::string file_;
    Outcome& issues_;
};

} // namespace

void read_packs(const std::string& directory, Register& out, Outcome& issues) {
    std::vector<std::filesystem::path> files;
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(directory + "/packs", failure)) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    if (files.empty()) issues.add(error(IssueCode::not_found, "packs", "register-table-missing", {"packs/*.toml"}));
    for (const auto& file : files) {
        const auto name = "packs/" + file.filename().string();
        const auto parsed = toml::parse_file(file.string());
        if (!parsed) {
            auto issue = error(IssueCode::structure, name, "configuration-syntax", {std::string(parsed.error().description())});
            issue.position = TextPosition{name, parsed.error().source().begin.line, parsed.error().source().begin.column};
            issues.add(std::move(issue));
            continue;
        }
        PackReader reader(name, issues);
        auto pack = reader.run(parsed.table(), out);
        const bool twice = std::any_of(out.packs.begin(), out.packs.end(), [&](const auto& other) { return other.id == pack.id; });
        if (twice) reader.complain(&parsed.table(), IssueCode::duplicate, "register-twice", {pack.id});
        out.packs.push_back(std::move(pack));
    }
}

} // namespace huitong::recognition
