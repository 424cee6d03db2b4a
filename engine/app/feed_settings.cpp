#include "app/feed_settings.hpp"

#include "base/catalogue.hpp"
#include "base/charset.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>

namespace huitong::app {
namespace {

/// What a value looks like. `of` names the words of a choice, or the least number.
enum class Form : std::uint8_t { text, choice, number, address, charset, separator, message_types, resource_types, rules, list };

struct Setting {
    std::string_view key;
    Form form = Form::text;
    std::string_view of = {};
};

constexpr std::string_view kFlag = "true,false", kAck = "stored,applied", kLanguage = "en,zh";
constexpr std::string_view kVersions = "2.1,2.2,2.3,2.3.1,2.4,2.5,2.5.1,2.6,2.7,2.7.1,2.8,2.8.1,2.8.2,2.9";

constexpr Setting kPolling[] = {
    {"poll_ms", Form::number, "10"}, {"retry_first_ms", Form::number, "10"}, {"retry_max_ms", Form::number, "10"}};
constexpr Setting kFiles[] = {{"drop"},
                              {"sftp"},
                              {"sftp_host_key"},
                              {"sftp_key_file"},
                              {"sftp_password_file"},
                              {"sftp_marker"},
                              {"sftp_after", Form::choice, "rename,remove,remember"},
                              {"mark_file"},
                              {"connect_timeout_ms", Form::number, "100"},
                              {"stall_timeout_ms", Form::number, "1000"}};
constexpr Setting kTls[] = {{"tls_certificate"}, {"tls_key"}, {"tls_authorities"}};
constexpr Setting kPosted[] = {{"post", Form::list}};
/// Of every feed: what the pipeline asks, whatever its wire.
constexpr Setting kEvery[] = {{"control_id_reuse", Form::choice, "accept,refuse"}, {"merge_unknown", Form::choice, "accept,refuse"}};

constexpr Setting kHl7v2[] = {{"listen", Form::address},
                              {"drop"},
                              {"charset", Form::charset},
                              {"ack", Form::choice, kAck},
                              {"ack_wait_ms", Form::number, "0"},
                              {"types", Form::message_types},
                              {"versions", Form::list, kVersions},
                              {"processing", Form::list, "P,T,D"},
                              {"tolerate", Form::rules},
                              {"refuse", Form::rules},
                              {"institutions", Form::list},
                              {"tls_senders", Form::list},
                              {"idle_ms", Form::number, "1"},
                              {"language", Form::choice, kLanguage},
                              {"answer_map"}};
constexpr Setting kTabular[] = {
    {"charset", Form::charset}, {"separator", Form::separator}, {"table"}, {"key_columns", Form::list}, {"patient_column", Form::list}};
constexpr Setting kSql[] = {{"connection"},
                            {"user"},
                            {"password_file"},
                            {"view"},
                            {"columns", Form::list},
                            {"time_column"},
                            {"key_columns", Form::list},
                            {"patient_column", Form::list},
                            {"table"},
                            {"charset", Form::charset},
                            {"batch_rows", Form::number, "1"},
                            {"overlap", Form::number, "0"},
                            {"sweep", Form::number, "0"},
                            {"sweep_hours", Form::number, "0"},
                            {"start_at"},
                            {"cell_bytes_max", Form::number, "16"},
                            {"connect_timeout_s", Form::number, "1"},
                            {"query_timeout_s", Form::number, "1"},
                            {"drop"},
                            {"mark_file"}};
constexpr Setting kDicom[] = {
    {"dicomweb"},       {"orthanc"}, {"user"}, {"password_file"}, {"days", Form::number, "0"}, {"plain_http", Form::choice, kFlag},
    {"tls_authorities"}};
constexpr Setting kCda[] = {{"charset", Form::charset}, {"authorities"}};
constexpr Setting kV3[] = {{"listen", Form::address},
                           {"charset", Form::charset},
                           {"ack", Form::choice, kAck},
                           {"ack_wait_ms", Form::number, "0"},
                           {"device"},
                           {"authorities"},
                           {"language", Form::choice, kLanguage},
                           {"answer_map"}};
constexpr Setting kDestination[] = {{"connect", Form::address},
                                    {"charset", Form::charset},
                                    {"types", Form::resource_types},
                                    {"connect_ms", Form::number, "1"},
                                    {"ack_wait_ms", Form::number, "1"}};

using Settings = std::span<const Setting>;

/// The settings of a kind, and those of which at least one must be there.
struct Kind {
    std::string_view name;
    std::vector<Settings> settings;
    std::vector<std::string_view> ways_in;
};

const std::vector<Kind>& kinds() {
    static const std::vector<Kind> all = {
        {"hl7v2", {kEvery, kHl7v2, kTls, kPolling, kPosted}, {"listen", "drop", "post"}},
        {"tabular", {kEvery, kTabular, kFiles, kPolling}, {"drop", "sftp"}},
        {"sql", {kEvery, kSql, kPolling}, {"connection", "drop"}},
        {"dicom", {kEvery, kDicom, kFiles, kPolling}, {"drop", "sftp", "dicomweb"}},
        {"ecg", {kEvery, kCda, kFiles, kPolling}, {"drop", "sftp"}},
        {"fhir", {kEvery, kFiles, kPolling, kPosted}, {}},
        {"cda", {kEvery, kCda, kFiles, kPolling, kPosted}, {"drop", "sftp", "post"}},
        {"v3", {kEvery, kV3, kPolling}, {"listen"}},
    };
    return all;
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        auto word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        while (word.starts_with(' ')) word.remove_prefix(1);
        while (word.ends_with(' ')) word.remove_suffix(1);
        out.push_back(word);
    }
    return out;
}

std::optional<std::uint32_t> number_of(std::string_view text) {
    std::uint32_t out = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return out;
}

bool is_address(std::string_view text) {
    const auto colon = text.rfind(':');
    const auto port = number_of(colon == text.npos ? text : text.substr(colon + 1));
    return colon != 0 && port && *port <= 65'535;
}

/// ORU^R01, ADT^*, or a whole type: ORU.
bool is_message_type(std::string_view word) {
    const auto is_part = [](std::string_view part) {
        return part.size() == 3 && std::all_of(part.begin(), part.end(),
                                               [](char sign) { return (sign >= 'A' && sign <= 'Z') || (sign >= '0' && sign <= '9'); });
    };
    return is_part(word.substr(0, 3)) && (word.size() == 3 || (word[3] == '^' && (word.substr(4) == "*" || is_part(word.substr(4)))));
}

/// A rule of the catalogue, everywhere or at one field: v2-date, v2-required@OBX-11.
bool is_rule(std::string_view word) { return find_catalogue_row(word.substr(0, word.find('@'))) != nullptr; }

bool is_type_name(std::string_view word) {
    return !word.empty() && word.front() >= 'A' && word.front() <= 'Z' &&
           std::all_of(word.begin(), word.end(), [](char sign) { return (sign >= 'A' && sign <= 'Z') || (sign >= 'a' && sign <= 'z'); });
}

/// "" when the value is well-formed, else what would be.
std::string wanted_instead(const Setting& setting, std::string_view value) {
    const auto words = words_of(value);
    const auto each = [&](auto is_fine, std::string_view wanted) {
        return std::all_of(words.begin(), words.end(), is_fine) ? std::string() : std::string(wanted);
    };
    const auto choices = words_of(setting.of);
    const auto is_choice = [&](std::string_view word) { return std::find(choices.begin(), choices.end(), word) != choices.end(); };
    switch (setting.form) {
    case Form::text: return {};
    case Form::choice: return is_choice(value) ? std::string() : std::string(setting.of);
    case Form::number: return number_of(value) >= number_of(setting.of) ? std::string() : "≥ " + std::string(setting.of);
    case Form::address: return is_address(value) ? std::string() : "host:port";
    case Form::charset: return value == "auto" || read_charset(value) ? std::string() : "auto, UTF-8, GBK, GB18030, Big5 …";
    case Form::separator: return value == "auto" || value == "tab" || value == "\\t" || value.size() == 1 ? std::string() : "auto, tab, ,";
    case Form::message_types: return each(is_message_type, "ORU^R01, ADT^* …");
    case Form::resource_types: return each(is_type_name, "DiagnosticReport, Patient …");
    case Form::rules: return each(is_rule, "v2-date, v2-required@OBX-11 …");
    case Form::list: return setting.of.empty() ? std::string() : each(is_choice, setting.of);
    }
    return {};
}

const Setting* find_setting(std::string_view key, const std::vector<Settings>& known) {
    for (const auto& settings : known) {
        const auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& setting) { return setting.key == key; });
        if (found != settings.end()) return &*found;
    }
    return nullptr;
}

std::vector<SettingFault> check(const feeds::FeedSettings& feed, const std::vector<Settings>& known, const std::string& where) {
    std::vector<SettingFault> out;
    for (const auto& [key, value] : feed.settings) {
        if (feed.kind == "hl7v2" && key.starts_with("table.")) continue; // local codes of a table of HL7's
        const auto* setting = find_setting(key, known);
        if (!setting) {
            out.push_back({key, "configuration-unknown-key", {where + '.' + key}});
        } else if (auto wanted = wanted_instead(*setting, value); !wanted.empty()) {
            out.push_back({key, "configuration-value", {where + '.' + key, std::move(wanted)}});
        }
    }
    return out;
}

} // namespace

std::vector<SettingFault> check_feed_settings(const feeds::FeedSettings& feed) {
    const auto kind = std::find_if(kinds().begin(), kinds().end(), [&](const Kind& known) { return known.name == feed.kind; });
    if (kind == kinds().end()) return {};
    auto out = check(feed, kind->settings, "feed");
    const auto is_given = [&](std::string_view key) { return !feed.setting(key).empty(); };
    if (!kind->ways_in.empty() && std::none_of(kind->ways_in.begin(), kind->ways_in.end(), is_given)) {
        std::string ways;
        for (const auto way : kind->ways_in) ways += (ways.empty() ? "feed." : ", feed.") + std::string(way);
        out.push_back({"", "configuration-required", {std::move(ways)}});
    }
    return out;
}

std::vector<SettingFault> check_destination_settings(const feeds::FeedSettings& destination) {
    return check(destination, {kDestination, kTls, kPolling}, "destination");
}

} // namespace huitong::app
