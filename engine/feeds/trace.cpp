#include "feeds/trace.hpp"

#include "base/sha256.hpp"
#include "fhir/json.hpp"
#include "mapping/written.hpp"

#include <algorithm>

namespace huitong::feeds {
namespace {

void member(std::string& out, std::string_view name, std::string_view text) {
    if (out.back() != '{') out += ',';
    fhir::write_json_string(name, out);
    out += ':';
    fhir::write_json_string(text, out);
}

void number(std::string& out, std::string_view name, std::uint64_t value) {
    if (out.back() != '{') out += ',';
    fhir::write_json_string(name, out);
    out += ':' + std::to_string(value);
}

/// One value that a rule wrote, as a member of the list of elements.
void write_element(const mapping::Written& written, const std::string& resource, std::string_view source, std::string& out) {
    const auto& record = written.record;
    if (out.back() != '[') out += ',';
    out += '{';
    member(out, "resource", resource);
    member(out, "path", written.path);
    member(out, "value", written.element.value());
    member(out, "map", record.map);
    member(out, "rule", record.group + (record.rule.empty() ? "" : "." + record.rule));
    number(out, "line", record.line);
    if (record.source.end > record.source.begin && record.source.end <= source.size()) {
        number(out, "from", record.source.begin);
        number(out, "to", record.source.end);
        member(out, "source", source.substr(record.source.begin, record.source.end - record.source.begin));
    }
    out += '}';
}

void write_elements(const Passage& passage, std::string_view only_resource, std::string& out) {
    out += ",\"elements\":[";
    if (passage.prepared && passage.source) {
        for (const auto& entry : passage.prepared->entries) {
            const auto name = entry.type + '/' + entry.id;
            if (!entry.resource || !(only_resource.empty() || only_resource == name)) continue;
            mapping::visit_written(passage.mapped.lineage, entry.resource, std::string(entry.resource.type()),
                                   [&](const auto& written) { write_element(written, name, passage.source->text(), out); });
        }
    }
    out += ']';
}

/// Id of the maps and settings that ran, as the status says.
std::string content_in(const std::optional<std::string>& status) {
    if (!status) return {};
    const auto parsed = fhir::read_plain_json(*status);
    return parsed.issues.has_errors() ? std::string() : std::string(parsed.value->root().text("content"));
}

} // namespace

Result<std::string> Tracer::message(const MessageId& id, std::string_view only_resource) const {
    auto stored = inbox_.find(id);
    if (!stored) return stored.error();
    const auto raw = stored->message;
    const auto status = store_.fact(std::string(kMessageFacts), id);
    const auto content = content_in(status);
    const bool is_todays = content.empty() || content == pipeline_.content_id();
    const auto then = is_todays || !content_of_ ? nullptr : content_of_(content);
    const auto passage = then ? pipeline_.rehearse(std::move(*stored), *then) : pipeline_.rehearse(std::move(*stored));
    std::string out = "{";
    member(out, "id", id);
    member(out, "feed", raw.source);
    member(out, "media_type", raw.media_type);
    member(out, "received", instant_text(raw.received_at, passage.feed ? passage.feed->settings.offset_minutes : 0));
    member(out, "sender", raw.sender);
    member(out, "control_id", raw.control_id);
    member(out, "charset", raw.charset);
    number(out, "bytes", raw.bytes.size());
    member(out, "sha256", sha256_hex(raw.bytes));
    if (passage.feed) member(out, "map", passage.feed->settings.map);
    member(out, "content", content.empty() ? pipeline_.content_id() : content);
    member(out, "content_of", then || (is_todays && !content.empty()) ? "then" : "today");
    out += ",\"status\":" + (status ? *status : std::string("null"));
    if (!passage.stopped_at.empty()) member(out, "would_stop_at", passage.stopped_at);
    write_elements(passage, only_resource, out);
    return out + '}';
}

Result<std::string> Tracer::resource(const store::ResourceKey& key) const {
    auto view = store_.view();
    store::HistoryRange range;
    range.count = 1'000;
    auto versions = view->history(key.type, key.id, range);
    if (!versions) return versions.error();
    std::reverse(versions->begin(), versions->end()); // a story is told from its beginning
    const auto name = key.type + '/' + key.id;
    if (versions->empty()) return Outcome(error(IssueCode::not_found, name, "rest-not-found", {key.type, key.id}));
    std::string out = "{";
    member(out, "resource", name);
    out += ",\"versions\":[";
    std::vector<MessageId> messages;
    for (const auto& version : *versions) {
        if (out.back() != '[') out += ',';
        out += '{';
        number(out, "version", version.version);
        number(out, "t", version.t_from);
        member(out, "instant", instant_text(version.updated));
        member(out, "actor", version.actor);
        member(out, "message", version.message_id);
        out += '}';
        if (!version.message_id.empty() && std::find(messages.begin(), messages.end(), version.message_id) == messages.end())
            messages.push_back(version.message_id);
    }
    out += "],\"messages\":[";
    for (const auto& id : messages) {
        auto text = message(id, name);
        if (!text) continue; // its bytes are past retention: the version still names it
        if (out.back() != '[') out += ',';
        out += *text;
    }
    return out + "]}";
}

} // namespace huitong::feeds
