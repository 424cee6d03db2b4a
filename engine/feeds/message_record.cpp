#include "feeds/message_record.hpp"

#include "base/sha256.hpp"
#include "fhir/json.hpp"

#include <cstring>

namespace huitong::feeds {
namespace {

void member(std::string& out, std::string_view name, std::string_view text) {
    if (out.back() != '{') out += ',';
    fhir::write_json_string(name, out);
    out += ':';
    fhir::write_json_string(text, out);
}

/// An ER7 message without MSH-7 and MSH-10. A sender that repeats a message writes both anew.
std::string without_time_and_control_id(std::string_view bytes) {
    const auto start = bytes.find("MSH");
    if (start == bytes.npos || start + 4 > bytes.size()) return std::string(bytes);
    const char separator = bytes[start + 3];
    const auto line_end = std::min(bytes.find_first_of("\r\n", start), bytes.size());
    std::string out(bytes.substr(0, start));
    std::size_t field = 1; // MSH-1 is the separator itself
    for (auto at = start; at < line_end; ++at) {
        if (bytes[at] == separator) ++field; // behind the first separator stands MSH-2
        if ((field != 7 && field != 10) || bytes[at] == separator) out += bytes[at];
    }
    out += bytes.substr(line_end);
    return out;
}

ShortHash short_hash(std::string_view text) {
    const auto digest = sha256(text);
    ShortHash out{};
    std::memcpy(out.data(), digest.data(), sizeof out);
    return out;
}

} // namespace

MessageId message_id(std::uint64_t number) {
    const auto text = std::to_string(number);
    return "M" + std::string(text.size() < 12 ? 12 - text.size() : 0, '0') + text;
}

std::uint64_t message_number(std::string_view id) {
    return id.size() < 2 ? 0 : std::strtoull(std::string(id.substr(1)).c_str(), nullptr, 10);
}

std::string write_issues(const Outcome& issues) {
    std::string out = "[";
    for (const auto& issue : issues.issues()) {
        if (out.size() > 1) out += ',';
        out += '{';
        member(out, "severity", severity_text(issue.severity));
        member(out, "code", code_text(issue.code));
        member(out, "where", issue.where);
        member(out, "rule", issue.rule);
        out += ",\"arguments\":[";
        for (std::size_t index = 0; index < issue.arguments.size(); ++index) {
            if (index != 0) out += ',';
            fhir::write_json_string(issue.arguments[index], out);
        }
        out += "]}";
    }
    return out + ']';
}

Outcome read_issues(fhir::Element parent, std::string_view name) {
    Outcome out;
    for (const auto element : parent.children(name)) {
        Issue issue;
        const auto severity = element.text("severity");
        issue.severity = severity == "fatal"     ? Severity::fatal
                         : severity == "error"   ? Severity::error
                         : severity == "warning" ? Severity::warning
                                                 : Severity::information;
        issue.code = code_of(element.text("code")).value_or(IssueCode::processing);
        issue.where = element.text("where");
        issue.rule = element.text("rule");
        issue.arguments = fhir::texts_of(element, "arguments");
        out.add(std::move(issue));
    }
    return out;
}

std::string write_message(const MessageId& id, const RawMessage& message) {
    std::string out = "{";
    member(out, "id", id);
    member(out, "source", message.source);
    member(out, "media_type", message.media_type);
    member(out, "received_at", std::to_string(message.received_at.microseconds));
    member(out, "control_id", message.control_id);
    member(out, "sender", message.sender);
    member(out, "charset", message.charset);
    if (!message.continues.empty()) member(out, "continues", message.continues);
    if (!message.continued_by.empty()) member(out, "continued_by", message.continued_by);
    out += ",\"order_keys\":[";
    for (std::size_t index = 0; index < message.order_keys.size(); ++index) {
        if (index != 0) out += ',';
        fhir::write_json_string(message.order_keys[index], out);
    }
    out += "],\"front_check\":" + write_issues(message.front_check) + "}\n";
    return out + message.bytes;
}

std::optional<StoredMessage> read_message(std::string_view payload) {
    const auto line = payload.find('\n');
    if (line == payload.npos) return std::nullopt;
    const auto parsed = fhir::read_plain_json(std::string(payload.substr(0, line)));
    if (parsed.issues.has_errors() || !parsed.value) return std::nullopt;
    const auto root = parsed.value->root();
    StoredMessage out;
    out.id = root.text("id");
    out.message.source = root.text("source");
    out.message.media_type = root.text("media_type");
    out.message.received_at = {std::strtoll(std::string(root.text("received_at")).c_str(), nullptr, 10)};
    out.message.control_id = root.text("control_id");
    out.message.sender = root.text("sender");
    out.message.charset = root.text("charset");
    out.message.continues = root.text("continues");
    out.message.continued_by = root.text("continued_by");
    for (const auto key : root.children("order_keys")) out.message.order_keys.emplace_back(key.value());
    out.message.front_check = read_issues(root, "front_check");
    out.message.bytes = payload.substr(line + 1);
    return out;
}

MessageKey message_key(const RawMessage& message) {
    const bool is_v2 = message.media_type.find("hl7-v2") != message.media_type.npos;
    const auto subject = message.source + '\n' + message.sender + '\n' + message.control_id;
    MessageKey out;
    out.content = short_hash(subject + '\n' + (is_v2 ? without_time_and_control_id(message.bytes) : message.bytes));
    out.subject = message.control_id.empty() ? out.content : short_hash(subject);
    return out;
}

} // namespace huitong::feeds
