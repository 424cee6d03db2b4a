#include "adapters/hl7v2/ack.hpp"

#include "adapters/hl7v2/charset_choice.hpp"
#include "base/date_time.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace huitong::adapters::hl7v2 {
namespace {

struct RuleAnswer {
    std::string_view rule;
    AckKind kind;
    int code;
};

/// Rules of the front check, and of the pipeline where the code of the issue says too little. AR: the message as such is refused; AE: it is
/// understood and kept, its content is wrong.
constexpr RuleAnswer kRuleAnswers[] = {
    {"v2-no-message", AckKind::reject, 100},
    {"v2-separators", AckKind::reject, 100},
    {"v2-required-header", AckKind::reject, 101},
    {"v2-type", AckKind::reject, 200},
    {"v2-event", AckKind::reject, 201},
    {"v2-processing", AckKind::reject, 202},
    {"v2-version", AckKind::reject, 203},
    {"v2-segment-name", AckKind::error, 100},
    {"v2-segment-sequence", AckKind::error, 100},
    {"v2-segment-missing", AckKind::error, 100},
    {"v2-second-message", AckKind::error, 100},
    {"v2-control-character", AckKind::error, 100},
    {"v2-required", AckKind::error, 101},
    {"v2-observation-type", AckKind::error, 101},
    {"v2-date", AckKind::error, 102},
    {"v2-date-iso", AckKind::error, 102},
    {"v2-number", AckKind::error, 102},
    {"charset-undecodable", AckKind::error, 102},
    {"v2-table", AckKind::error, 103},
    {"v2-charset-unknown", AckKind::error, 103},
    {"v2-too-long", AckKind::error, 104},
    {"v2-sender", AckKind::reject, 207},
    {"feed-merge-self", AckKind::error, 204},
};

struct CodeText {
    int code;
    std::string_view text;
};

/// Table 0357, as printed there, because receivers compare the words.
constexpr CodeText kCodeTexts[] = {
    {0, "Message accepted"},
    {100, "Segment sequence error"},
    {101, "Required field missing"},
    {102, "Data type error"},
    {103, "Table value not found"},
    {104, "Value too long"},
    {200, "Unsupported message type"},
    {201, "Unsupported event code"},
    {202, "Unsupported processing id"},
    {203, "Unsupported version id"},
    {204, "Unknown key identifier"},
    {205, "Duplicate key identifier"},
    {206, "Application record locked"},
    {207, "Application internal error"},
};

int code_of_issue(const Issue& issue) {
    for (const auto& row : kRuleAnswers) {
        if (row.rule == issue.rule) return row.code;
    }
    switch (issue.code) {
    case IssueCode::structure: return 100;
    case IssueCode::required: return 101;
    case IssueCode::value: return 102;
    case IssueCode::code_invalid: return 103;
    case IssueCode::too_long: return 104;
    case IssueCode::not_found: return 204;
    case IssueCode::duplicate: return 205;
    case IssueCode::lock_error: return 206;
    default: return 207;
    }
}

std::string_view text_of_code(int code) {
    for (const auto& row : kCodeTexts) {
        if (row.code == code) return row.text;
    }
    return "Application internal error";
}

/// ERR-2 (or the location part of ERR-1) of "OBX[2]-5.1": segment, its number, field, component.
struct Location {
    std::string segment, sequence, field, component;
};

Location location_of(std::string_view where) {
    Location out;
    if (where.size() < 3 || !(where.size() == 3 || where[3] == '-' || where[3] == '[')) return out;
    out.segment = where.substr(0, 3);
    out.sequence = "1";
    if (const auto open = where.find('['); open != where.npos) out.sequence = where.substr(open + 1, where.find(']', open) - open - 1);
    if (const auto dash = where.find('-'); dash != where.npos) {
        const auto rest = where.substr(dash + 1);
        const auto point = rest.find('.');
        out.field = rest.substr(0, point);
        if (point != rest.npos) out.component = rest.substr(point + 1);
    }
    return out;
}

/// Versions compare by their first two numbers.
bool is_at_least(std::string_view version, int minor) {
    int found = 0;
    if (!version.starts_with("2.")) return true;
    std::from_chars(version.data() + 2, version.data() + version.size(), found);
    return found >= minor;
}

std::string_view msa_code(AckKind kind, AckMode mode) {
    static constexpr std::string_view kApplication[] = {"AA", "AE", "AR"};
    static constexpr std::string_view kCommit[] = {"CA", "CE", "CR"};
    return (mode == AckMode::commit ? kCommit : kApplication)[static_cast<int>(kind)];
}

class AckWriter {
public:
    AckWriter(const Envelope& envelope, const Answer& answer, AckMode mode, const AckStamp& stamp)
        : envelope_(envelope), answer_(answer), mode_(mode), stamp_(stamp), marks_(envelope.delimiters) {}

    std::string text() {
        add_header();
        add_answer();
        if (is_at_least(envelope_.version, 5)) {
            for (const auto& error : answer_.errors) add_error(error);
        } else if (!answer_.errors.empty()) {
            add_old_errors();
        }
        return std::move(out_);
    }

private:
    void add_segment(std::string_view id, const std::vector<std::string>& fields) {
        out_ += id;
        auto last = fields.size();
        while (last > 0 && fields[last - 1].empty()) --last;
        for (std::size_t at = 0; at < last; ++at) (out_ += marks_.field) += fields[at];
        out_ += '\r';
    }

    std::string joined(std::initializer_list<std::string_view> parts) const {
        std::string out;
        bool first = true;
        for (const auto part : parts) {
            if (!first) out += marks_.component;
            out += part;
            first = false;
        }
        while (!out.empty() && out.back() == marks_.component) out.pop_back();
        return out;
    }

    std::string marks() const {
        std::string out;
        for (const char mark : {marks_.component, marks_.repetition, marks_.escape, marks_.subcomponent}) {
            if (mark != '\0') out += mark;
        }
        return out;
    }

    void add_header() {
        const auto type = !is_at_least(envelope_.version, 3) || envelope_.event.empty() ? std::string("ACK")
                          : is_at_least(envelope_.version, 4)                           ? joined({"ACK", envelope_.event, "ACK"})
                                                                                        : joined({"ACK", envelope_.event});
        std::vector<std::string> fields = {marks(),
                                           envelope_.header_field(5),
                                           envelope_.header_field(6),
                                           envelope_.header_field(3),
                                           envelope_.header_field(4),
                                           ack_time(stamp_),
                                           "",
                                           type,
                                           stamp_.control_id,
                                           envelope_.header_field(11),
                                           envelope_.header_field(12)};
        if (fields[9].empty()) fields[9] = "P";
        if (fields[10].empty()) fields[10] = "2.4";
        if (mode_ == AckMode::application) fields.insert(fields.end(), {"", "", "NE", "NE", ""});
        else fields.insert(fields.end(), 5, "");
        fields.push_back(envelope_.header_field(18));
        add_segment("MSH", fields);
    }

    void add_answer() {
        std::string words;
        if (!answer_.errors.empty()) words = escape(text_of(answer_.errors.front().issue, stamp_.language), marks_);
        add_segment("MSA", {std::string(msa_code(answer_.kind, mode_)), envelope_.header_field(10), words});
    }

    void add_error(const AckError& error) {
        const auto place = location_of(error.issue.where);
        const auto location = joined({place.segment, place.sequence, place.field, "", place.component});
        const auto code = joined({std::to_string(error.code), text_of_code(error.code), "HL70357"});
        const auto words = escape(text_of(error.issue, stamp_.language), marks_);
        const auto hint = escape(hint_of(error.issue, stamp_.language), marks_);
        add_segment("ERR", {"", location, code, std::string(1, error.severity), joined({error.issue.rule, words, "L"}), "", hint, words});
    }

    /// Before v2.5: ERR-1 = segment ^ sequence ^ field ^ code & text & table, repeating.
    void add_old_errors() {
        std::string field;
        for (const auto& error : answer_.errors) {
            const auto place = location_of(error.issue.where);
            if (!field.empty()) {
                if (marks_.repetition == '\0') break;
                field += marks_.repetition;
            }
            field += place.segment;
            ((field += marks_.component) += place.sequence) += marks_.component;
            (field += place.field) += marks_.component;
            field += std::to_string(error.code);
            if (marks_.subcomponent == '\0') continue;
            ((field += marks_.subcomponent) += text_of_code(error.code)) += marks_.subcomponent;
            field += "HL70357";
        }
        add_segment("ERR", {field});
    }

    const Envelope& envelope_;
    const Answer& answer_;
    AckMode mode_;
    const AckStamp& stamp_;
    Delimiters marks_;
    std::string out_;
};

AckError ack_error(const Issue& issue) {
    AckError out;
    out.code = code_of_issue(issue);
    out.severity = issue.severity >= Severity::error ? 'E' : 'W';
    out.issue = issue;
    return out;
}

/// The message is applied, and what it says is not in force: the sender should see that beside its AA, once.
std::vector<AckError> put_aside(const Outcome& issues) {
    for (const auto& issue : issues.issues()) {
        if (issue.rule != "feed-put-aside") continue;
        auto out = ack_error(issue);
        out.code = 0;
        return {std::move(out)};
    }
    return {};
}

} // namespace

std::string ack_time(const AckStamp& stamp) {
    const auto time = date_time_of(stamp.now, stamp.offset_minutes);
    const int offset = stamp.offset_minutes < 0 ? -stamp.offset_minutes : stamp.offset_minutes;
    return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}{}{:02}{:02}", time.year, time.month, time.day, time.hour, time.minute, time.second,
                       stamp.offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60);
}

Answer answer_of(const Outcome& front_check) {
    Answer out;
    for (const auto& issue : front_check.issues()) {
        if (issue.severity < Severity::error) continue;
        auto kind = AckKind::error;
        for (const auto& row : kRuleAnswers) {
            if (row.rule == issue.rule) kind = row.kind;
        }
        // The reason that decides the answer comes first.
        if (kind == AckKind::reject && out.kind != AckKind::reject) out.errors.insert(out.errors.begin(), ack_error(issue));
        else out.errors.push_back(ack_error(issue));
        out.kind = std::max(out.kind, kind);
    }
    constexpr std::size_t kErrorsMax = 10;
    if (out.errors.size() > kErrorsMax) out.errors.resize(kErrorsMax);
    return out;
}

Answer answer_of(const feeds::Receipt& receipt) {
    using feeds::Disposition;
    Answer out;
    switch (receipt.disposition) {
    case Disposition::accepted:
    case Disposition::duplicate: out.errors = put_aside(receipt.issues); return out;
    case Disposition::pending:
        out.errors.push_back(ack_error(warning(IssueCode::incomplete, "", "v2-not-yet-applied")));
        out.errors.front().code = 0;
        return out;
    case Disposition::dead_letter:
    case Disposition::refused: out.kind = AckKind::error; break;
    case Disposition::throttled: out.kind = AckKind::reject; break;
    }
    for (const auto& issue : receipt.issues.issues()) {
        if (issue.severity >= Severity::error && out.errors.size() < 10) out.errors.push_back(ack_error(issue));
    }
    if (out.errors.empty()) {
        out.errors.push_back(ack_error(out.kind == AckKind::reject ? error(IssueCode::throttled, "", "v2-throttled")
                                                                   : error(IssueCode::processing, "", "v2-dead-letter")));
    }
    if (out.kind == AckKind::reject) out.errors.front().code = 207;
    return out;
}

bool is_wanted(std::string_view condition, AckKind kind) {
    if (condition == "AL") return true;
    if (condition == "ER") return kind != AckKind::accept;
    return condition == "SU" && kind == AckKind::accept;
}

std::string write_ack(const Envelope& envelope, const Answer& answer, AckMode mode, const AckStamp& stamp) {
    auto told = stamp;
    const bool has_chinese = envelope.charset != Charset::ascii && envelope.charset != Charset::latin1;
    if (!has_chinese) told.language = Language::en; // a row of question marks tells nobody anything
    return from_utf8(AckWriter(envelope, answer, mode, told).text(), envelope.charset).value;
}

std::optional<PeerAnswer> read_ack(std::string_view bytes) {
    const auto decoded = decode_bytes(bytes, "auto");
    const auto message = read_message(decoded.text);
    std::optional<PeerAnswer> out;
    for (const auto& segment : message.value.segments) {
        if (segment.id == "MSA") {
            out = PeerAnswer{std::string(message.value.field(segment, 1)), std::string(message.value.field(segment, 2)), {}};
        } else if (segment.id == "ERR" && out) {
            const auto field = message.value.field(segment, 3).empty() ? message.value.component(message.value.field(segment, 1), 4)
                                                                       : message.value.component(message.value.field(segment, 3), 1);
            int code = 0;
            std::from_chars(field.data(), field.data() + field.size(), code);
            out->error_codes.push_back(code);
        }
    }
    return out;
}

} // namespace huitong::adapters::hl7v2
