#include "adapters/v3/answer.hpp"

#include "adapters/cda/xml_writer.hpp"
#include "base/sha256.hpp"

#include <algorithm>

namespace huitong::adapters::v3 {
namespace {

namespace fhir = huitong::fhir;
using fhir::NodeIndex;

// Roots that the services use for numbers of messages, interactions and devices.
constexpr std::string_view kMessageRoot = "2.16.156.10011.2.5.1.1";
constexpr std::string_view kInteractionRoot = "2.16.156.10011.2.5.1.2";
constexpr std::string_view kDeviceRoot = "2.16.156.10011.2.5.1.3";

std::string_view code_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::accepted: return "AA";
    case Verdict::in_error: return "AE";
    case Verdict::rejected: break;
    }
    return "AR";
}

/// yyyymmddhhmmss, where the feed is.
std::string seconds_of(const Stamp& stamp) {
    auto text = instant_text(stamp.now, stamp.offset_minutes);
    std::erase_if(text, [](char c) { return c < '0' || c > '9'; });
    return text.substr(0, 14);
}

/// The same question at the same time has the same answer; so its number may follow from both.
std::string number_of(const Received& request, const Stamp& stamp, std::string_view code) {
    const auto digest = sha256_hex(request.id + ' ' + std::to_string(stamp.now.microseconds) + ' ' + std::string(code));
    return digest.substr(0, 8) + '-' + digest.substr(8, 4) + '-' + digest.substr(12, 4) + '-' + digest.substr(16, 4) + '-' +
           digest.substr(20, 12);
}

class AnswerWriter {
public:
    AnswerWriter(const Received& request, const Stamp& stamp) : request_(request), stamp_(stamp) {}

    std::string acknowledgement(Verdict verdict, const Outcome& issues) {
        head(request_.service && request_.service->role == Role::take ? request_.service->answer : "MCCI_IN000002UV01", verdict, issues);
        return text();
    }

    std::string findings(const Parsed<fhir::DocumentPtr>& found) {
        const bool failed = found.issues.has_errors() || !found.value;
        head(request_.service->answer, failed ? verdict_of(found.issues) : Verdict::accepted, found.issues);
        const auto control = child(0, "controlActProcess");
        value(control, "classCode", "CACT");
        value(control, "moodCode", "EVN");
        const auto total = failed ? std::string_view("0") : found.value->root().text("total");
        if (!failed) {
            for (const auto subject : found.value->root().child("message").children("subject"))
                document_.graft(control, "subject", true, subject);
        }
        const auto asked = question();
        const auto acknowledged = child(control, "queryAck");
        const auto number = child(acknowledged, "queryId");
        value(number, "root", kMessageRoot);
        value(number, "extension",
              asked && !asked.text("queryId.extension").empty() ? asked.text("queryId.extension") : std::string_view(request_.id));
        value(child(acknowledged, "queryResponseCode"), "code", failed ? "AE" : total == "0" ? "NF" : "OK");
        value(child(acknowledged, "resultTotalQuantity"), "value", total);
        if (asked) document_.graft(control, document_.intern(asked.name()), false, asked);
        return text();
    }

private:
    /// The parameters as they were asked with: `queryByParameter`, `queryByParameterPayload`.
    fhir::Element question() const {
        for (const auto part : request_.tree->root().child("controlActProcess").children()) {
            if (part.name().starts_with("queryByParameter")) return part;
        }
        return {};
    }
    NodeIndex child(NodeIndex parent, std::string_view name) { return document_.add_child(parent, document_.intern(name), true); }
    void value(NodeIndex parent, std::string_view name, std::string_view text) {
        document_.set_value(child(parent, name), fhir::ValueKind::text, document_.copy(text));
    }
    std::string text() { return cda::write_xml(document_.root(), Charset::utf8).value; }

    void head(std::string_view interaction, Verdict verdict, const Outcome& issues) {
        document_.set_root(document_.intern(interaction));
        value(0, "ITSVersion", "XML_1.0");
        const auto code = code_of(verdict);
        const auto id = child(0, "id");
        value(id, "root", kMessageRoot);
        value(id, "extension", number_of(request_, stamp_, code));
        value(child(0, "creationTime"), "value", seconds_of(stamp_));
        const auto kind = child(0, "interactionId");
        value(kind, "root", kInteractionRoot);
        value(kind, "extension", interaction);
        value(child(0, "processingCode"), "code", "P");
        value(0, "processingModeCode", "T");
        value(child(0, "acceptAckCode"), "code", "NE");
        device("receiver", "RCV", request_.sender.empty() ? std::string_view("-") : std::string_view(request_.sender));
        device("sender", "SND", stamp_.device);
        const auto acknowledged = child(0, "acknowledgement");
        value(acknowledged, "typeCode", code);
        const auto target = child(child(acknowledged, "targetMessage"), "id");
        value(target, "root", kMessageRoot);
        value(target, "extension", request_.id.empty() ? std::string_view("-") : std::string_view(request_.id));
        details(acknowledged, verdict, issues);
    }

    void device(std::string_view end, std::string_view type, std::string_view number) {
        const auto node = child(0, end);
        value(node, "typeCode", type);
        const auto machine = child(node, "device");
        value(machine, "classCode", "DEV");
        value(machine, "determinerCode", "INSTANCE");
        const auto item = child(child(machine, "id"), "item");
        value(item, "root", kDeviceRoot);
        value(item, "extension", number);
    }

    void details(NodeIndex acknowledged, Verdict verdict, const Outcome& issues) {
        if (verdict == Verdict::accepted) {
            const auto detail = child(acknowledged, "acknowledgementDetail");
            value(child(detail, "text"), "value", stamp_.language == Language::zh ? "处理成功" : "stored");
            return;
        }
        for (const auto& issue : issues.issues()) {
            if (issue.severity != Severity::error && issue.severity != Severity::fatal) continue;
            const auto detail = child(acknowledged, "acknowledgementDetail");
            value(detail, "typeCode", "E");
            value(child(detail, "code"), "code", issue.rule);
            value(child(detail, "text"), "value", text_of(issue, stamp_.language));
            if (!issue.where.empty()) value(detail, "location", issue.where);
        }
    }

    const Received& request_;
    const Stamp& stamp_;
    fhir::Document document_;
};

} // namespace

Verdict verdict_of(const Outcome& issues) {
    const auto* leading = issues.leading();
    if (!issues.has_errors() || !leading) return Verdict::accepted;
    return leading->code == IssueCode::not_supported || leading->code == IssueCode::throttled ? Verdict::rejected : Verdict::in_error;
}

Verdict verdict_of(const huitong::feeds::Receipt& receipt) {
    using huitong::feeds::Disposition;
    switch (receipt.disposition) {
    case Disposition::accepted:
    case Disposition::duplicate:
    case Disposition::pending: return Verdict::accepted;
    case Disposition::dead_letter: return Verdict::in_error;
    case Disposition::refused:
    case Disposition::throttled: break;
    }
    return Verdict::rejected;
}

std::string write_acknowledgement(const Received& request, Verdict verdict, const Outcome& issues, const Stamp& stamp) {
    return AnswerWriter(request, stamp).acknowledgement(verdict, issues);
}

std::string write_findings(const Received& request, const Parsed<fhir::DocumentPtr>& found, const Stamp& stamp) {
    return AnswerWriter(request, stamp).findings(found);
}

} // namespace huitong::adapters::v3
