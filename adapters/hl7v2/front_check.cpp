#include "adapters/hl7v2/front_check.hpp"

#include "adapters/hl7v2/charset_choice.hpp"
#include "adapters/hl7v2/field_rules.hpp"
#include "adapters/hl7v2/message_type.hpp"
#include "adapters/hl7v2/numbers.hpp"
#include "adapters/hl7v2/structure.hpp"
#include "base/decimal.hpp"

#include <algorithm>

namespace huitong::adapters::hl7v2 {
namespace {

constexpr std::size_t kControlIdBytesMax = 199; ///< MSH-10 of v2.8

/// What a feed takes that does not say otherwise: all that the shipped maps read.
constexpr std::string_view kTypesTaken =
    "ADT^A01,ADT^A02,ADT^A03,ADT^A04,ADT^A05,ADT^A06,ADT^A07,ADT^A08,ADT^A09,ADT^A10,ADT^A11,ADT^A12,"
    "ADT^A13,ADT^A14,ADT^A15,ADT^A16,ADT^A18,ADT^A21,ADT^A22,ADT^A23,ADT^A25,ADT^A26,ADT^A27,ADT^A28,ADT^A29,"
    "ADT^A31,ADT^A32,ADT^A33,ADT^A34,ADT^A38,ADT^A40,DFT^P03,MDM^T01,MDM^T02,MDM^T04,MDM^T06,MDM^T08,MDM^T10,"
    "MDM^T11,OMG^O19,OML^O21,OMP^O09,ORM^O01,ORU^R01,RDE^O01,"
    "RAS^O01,RAS^O17,RDE^O11,RDE^O25,RDS^O01,RDS^O13,SIU^S12,SIU^S13,SIU^S14,SIU^S15,SIU^S26,VXU^V04";

std::vector<std::string> read_list(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t at = 0; at != std::string_view::npos;) {
        auto piece = next_piece(text, ',', at);
        while (!piece.empty() && piece.front() == ' ') piece.remove_prefix(1);
        while (!piece.empty() && piece.back() == ' ') piece.remove_suffix(1);
        if (!piece.empty()) out.emplace_back(piece);
    }
    return out;
}

bool contains(const std::vector<std::string>& list, std::string_view value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

/// "OBX[2]-5.1" without its occurrence and component: "OBX-5".
std::string field_of(std::string_view where) {
    std::string out;
    bool inside = false;
    for (const char c : where) {
        if (c == '[') inside = true;
        else if (c == ']') inside = false;
        else if (c == '.') break;
        else if (!inside) out += c;
    }
    return out;
}

bool names(const std::vector<std::string>& list, const Issue& issue) {
    return contains(list, issue.rule) || contains(list, issue.rule + "@" + field_of(issue.where));
}

class FrontCheck {
public:
    FrontCheck(const Message& message, const FrontRules& rules, Envelope& out) : message_(message), rules_(rules), out_(out) {}

    void run() {
        check_header();
        out_.pointers = read_pointers(message_);
        if (out_.pointers.is_fragment()) {
            out_.order_keys.push_back("parts of " + out_.header_field(3) + "|" + out_.header_field(4));
            collect_order_keys();
            return;
        }
        out_.issues.add(arrange(message_, out_.type, out_.event).issues);
        check_segments();
        for (const auto& segment : message_.segments) check_fields(segment);
        collect_order_keys();
    }

private:
    void require(const Segment& segment, unsigned position) {
        const auto text = message_.field(segment, position);
        if (holds_number(segment.id, position) ? names_somebody(text) : says_something(text)) return;
        const auto where = place_of(segment) + "-" + std::to_string(position);
        const bool routes = segment.id == "MSH" && position != 10;
        if (routes) out_.issues.add(error(IssueCode::required, where, "v2-required-header", {field_of(where)}));
        else out_.issues.add(error(IssueCode::required, where, "v2-required", {field_of(where)}));
    }

    static bool says_something(std::string_view text) { return !without_padding(text).empty() && text != "\"\""; }

    bool names_somebody(std::string_view text) const {
        for (std::size_t at = 0; at != std::string_view::npos;) {
            const auto one = next_piece(text, message_.delimiters.repetition, at);
            if (says_something(one) && !is_nobodys(message_.component(one, 1))) return true;
        }
        return false;
    }

    void check_header() {
        const auto& header = *message_.header();
        for (const unsigned position : {9u, 10u, 11u, 12u}) require(header, position);
        if (out_.control_id.size() > kControlIdBytesMax) {
            out_.issues.add(error(IssueCode::too_long, "MSH-10", "v2-too-long", {"MSH-10", std::to_string(kControlIdBytesMax)}));
        }
        check_type();
        const auto facility = message_.component(message_.field(header, 4), 1);
        if (!rules_.institutions.empty() && !contains(rules_.institutions, facility)) {
            out_.issues.add(error(IssueCode::security, "MSH-4", "v2-institution"));
        }
        const auto processing = message_.component(message_.field(header, 11), 1);
        if (!processing.empty() && !contains(rules_.processing, processing)) {
            out_.issues.add(error(IssueCode::not_supported, "MSH-11", "v2-processing", rules_.processing));
        }
        if (!out_.version.empty() && !contains(rules_.versions, out_.version)) {
            out_.issues.add(error(IssueCode::not_supported, "MSH-12", "v2-version"));
        }
    }

    void check_type() {
        if (out_.type.empty()) return;
        bool type_known = false;
        for (const auto& accepted : rules_.types) {
            const auto hat = accepted.find('^');
            if (accepted.substr(0, hat) != out_.type) continue;
            type_known = true;
            const auto event = hat == accepted.npos ? std::string("*") : accepted.substr(hat + 1);
            if (event == "*" || event == out_.event) return;
        }
        if (type_known) out_.issues.add(error(IssueCode::not_supported, "MSH-9.2", "v2-event"));
        else out_.issues.add(error(IssueCode::not_supported, "MSH-9.1", "v2-type"));
    }

    void check_segments() {
        for (const auto& [type, event, segment] : required_segments()) {
            if (type != out_.type || (!event.empty() && event != out_.event)) continue;
            const auto is_it = [id = segment](const Segment& candidate) { return candidate.id == id; };
            if (std::none_of(message_.segments.begin(), message_.segments.end(), is_it)) {
                out_.issues.add(error(IssueCode::required, std::string(segment), "v2-segment-missing", {std::string(segment)}));
            }
        }
    }

    void check_fields(const Segment& segment) {
        for (const auto& rule : field_rules()) {
            if (rule.segment != segment.id || out_.issues.issues().size() > kIssuesMax) continue;
            if (!rule.type.empty() && rule.type != out_.type) continue;
            if (rule.check == FieldCheck::required) {
                require(segment, rule.position);
                continue;
            }
            const auto text = message_.field(segment, rule.position);
            for (std::size_t at = 0; !text.empty() && at != std::string_view::npos;) {
                check_value(segment, rule, message_.component(next_piece(text, message_.delimiters.repetition, at), rule.component));
            }
        }
        if (segment.id == "OBX") check_observation(segment);
    }

    void check_value(const Segment& segment, const FieldRule& rule, std::string_view value) {
        if (value.empty() || value == "\"\"") return;
        if (rule.check == FieldCheck::date) {
            check_date(segment, rule.position, value);
        } else if (!is_in_table(rule.table, value)) {
            out_.issues.add(error(IssueCode::code_invalid, place(segment, rule.position), "v2-table", {std::string(rule.table)}));
        }
    }

    void check_date(const Segment& segment, unsigned position, std::string_view value) {
        const auto form = date_form(value);
        if (form == DateForm::iso) out_.issues.add(warning(IssueCode::value, place(segment, position), "v2-date-iso"));
        if (form == DateForm::bad) out_.issues.add(error(IssueCode::value, place(segment, position), "v2-date"));
    }

    bool is_in_table(std::string_view table, std::string_view value) const {
        for (const auto& [number, codes] : rules_.tables) {
            if (number == table) return contains(codes, value);
        }
        return table_holds(table, value);
    }

    /// OBX-5 by the type that OBX-2 names.
    void check_observation(const Segment& segment) {
        const auto type = message_.component(message_.field(segment, 2), 1);
        const auto field = without_padding(message_.field(segment, 5));
        if (field.empty() || field == "\"\"") return;
        if (type.empty()) {
            out_.issues.add(warning(IssueCode::required, place(segment, 2), "v2-observation-type"));
            return;
        }
        const bool numeric = type == "NM";
        const bool dated = type == "DT" || type == "TS" || type == "DTM";
        if (!numeric && !dated) return;
        for (std::size_t at = 0; at != std::string_view::npos;) {
            const auto value = message_.component(next_piece(field, message_.delimiters.repetition, at), 1);
            if (value.empty() || out_.issues.issues().size() > kIssuesMax) continue;
            if (dated) check_date(segment, 5, value);
            const auto digits = value.front() == '+' ? value.substr(1) : value;
            if (numeric && !Decimal::read(digits)) out_.issues.add(warning(IssueCode::value, place(segment, 5), "v2-number"));
        }
    }

    void collect_order_keys() {
        for (const auto& segment : message_.segments) {
            const bool is_patient = segment.id == "PID";
            if (!is_patient && segment.id != "MRG") continue;
            const auto positions = is_patient ? std::vector<unsigned>{2, 3, 4} : std::vector<unsigned>{1};
            for (const auto position : positions) {
                const auto text = message_.field(segment, position);
                for (std::size_t at = 0; at != std::string_view::npos;) {
                    const std::string key(message_.component(next_piece(text, message_.delimiters.repetition, at), 1));
                    if (!key.empty() && !is_nobodys(key) && !contains(out_.order_keys, key)) out_.order_keys.push_back(key);
                }
            }
        }
    }

    static std::string place(const Segment& segment, unsigned position) { return place_of(segment) + "-" + std::to_string(position); }

    const Message& message_;
    const FrontRules& rules_;
    Envelope& out_;
};

void read_header(const Message& message, Envelope& out) {
    const auto* header = message.header();
    if (header == nullptr) return;
    out.has_header = true;
    out.delimiters = message.delimiters;
    out.header = {"", std::string(1, message.delimiters.field)};
    std::size_t at = 0;
    next_piece(header->text, message.delimiters.field, at);
    constexpr std::size_t kHeaderFieldsMax = 40;
    while (at != std::string_view::npos && out.header.size() < kHeaderFieldsMax) {
        out.header.emplace_back(next_piece(header->text, message.delimiters.field, at));
    }
    // Blanks ask for no acknowledgement of their own (enhanced mode).
    for (const std::size_t position : {15, 16}) {
        if (position < out.header.size()) out.header[position] = without_padding(out.header[position]);
    }
    const auto type = read_message_type(message);
    out.type = type.type;
    out.event = type.event;
    out.control_id = out.header_field(10);
    out.version = message.component(out.header_field(12), 1);
}

void apply_settings(Outcome& issues, const FrontRules& rules) {
    for (auto& issue : issues.issues()) {
        if (issue.severity == Severity::error && names(rules.tolerate, issue)) issue.severity = Severity::warning;
        else if (issue.severity == Severity::warning && names(rules.refuse, issue)) issue.severity = Severity::error;
    }
    auto& list = issues.issues();
    std::stable_partition(list.begin(), list.end(), [](const Issue& issue) { return issue.severity >= Severity::error; });
    if (list.size() > kIssuesMax) list.resize(kIssuesMax);
}

void check_text(std::string_view text, const FrontRules& rules, Envelope& out) {
    auto message = read_message(text);
    out.issues.add(std::move(message.issues));
    read_header(message.value, out);
    if (out.has_header) FrontCheck(message.value, rules, out).run();
    apply_settings(out.issues, rules);
}

} // namespace

FrontRules read_front_rules(const feeds::FeedSettings& settings) {
    FrontRules out;
    out.charset = settings.setting("charset", "auto");
    out.types = read_list(settings.setting("types", std::string(kTypesTaken)));
    out.versions = read_list(settings.setting("versions", "2.1,2.2,2.3,2.3.1,2.4,2.5,2.5.1,2.6,2.7,2.7.1,2.8,2.8.1,2.8.2,2.9"));
    out.processing = read_list(settings.setting("processing", "P"));
    out.tolerate = read_list(settings.setting("tolerate"));
    out.refuse = read_list(settings.setting("refuse"));
    out.institutions = read_list(settings.setting("institutions"));
    out.senders = read_list(settings.setting("tls_senders"));
    for (const auto& [key, value] : settings.settings) {
        if (key.starts_with("table.")) out.tables.emplace_back(key.substr(6), read_list(value));
    }
    return out;
}

Envelope front_check(std::string_view bytes, const FrontRules& rules) {
    auto decoded = decode_bytes(bytes, rules.charset);
    Envelope out;
    out.charset = decoded.charset;
    out.issues = std::move(decoded.issues);
    check_text(decoded.text, rules, out);
    return out;
}

Envelope front_check_text(std::string_view text, const FrontRules& rules) {
    Envelope out;
    check_text(text, rules, out);
    return out;
}

void check_sender(const std::string& peer_name, const FrontRules& rules, Envelope& envelope) {
    if (rules.senders.empty()) return;
    const auto facility = envelope.header_field(4);
    const auto sender = facility.substr(0, facility.find(envelope.delimiters.component));
    if (!contains(rules.senders, peer_name + "=" + sender)) envelope.issues.add(error(IssueCode::security, "MSH-4", "v2-sender"));
}

feeds::RawMessage raw_message(const feeds::SourceId& source, std::string bytes, Envelope& envelope, Instant received_at) {
    feeds::RawMessage out;
    out.source = source;
    out.media_type = "x-application/hl7-v2+er7";
    out.bytes = std::move(bytes);
    out.received_at = received_at;
    out.control_id = envelope.control_id;
    out.sender = envelope.header_field(3) + "|" + envelope.header_field(4);
    out.charset = charset_text(envelope.charset);
    out.order_keys = envelope.order_keys;
    out.continues = envelope.pointers.continues;
    out.continued_by = envelope.pointers.continued_by;
    out.front_check = envelope.issues;
    return out;
}

} // namespace huitong::adapters::hl7v2
