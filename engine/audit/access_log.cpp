#include "audit/access_log.hpp"

#include "audit/shown_text.hpp"
#include "base/base64.hpp"
#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::audit {
namespace {

constexpr std::string_view kQuery = "query"; ///< what it is sealed for

void member(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    if (out.size() > 1) out += ',';
    fhir::write_json_string(name, out);
    out += ':';
    fhir::write_json_string(shown_text(text), out);
}

/// The record, or its parts where it names too many resources for one.
std::vector<std::string> write_parts(const AccessRecord& record) {
    const auto& all = record.resources;
    if (all.size() <= kRecordResourcesMax) return {write_record(record)};
    const auto count = (all.size() + kRecordResourcesMax - 1) / kRecordResourcesMax;
    std::vector<std::string> out;
    auto part = record;
    for (std::size_t index = 0; index < count; ++index) {
        const auto from = index * kRecordResourcesMax, to = std::min(from + kRecordResourcesMax, all.size());
        part.resources.assign(all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to));
        if (record.versions.size() == all.size())
            part.versions.assign(record.versions.begin() + static_cast<std::ptrdiff_t>(from),
                                 record.versions.begin() + static_cast<std::ptrdiff_t>(to));
        part.part = std::to_string(index + 1) + '/' + std::to_string(count);
        out.push_back(write_record(part));
    }
    return out;
}

} // namespace

std::string write_record(const AccessRecord& record) {
    std::string out = "{";
    member(out, "at", std::to_string(record.at.microseconds));
    member(out, "client", record.client);
    member(out, "organization", record.organization);
    member(out, "practitioner", record.practitioner);
    member(out, "role", record.role);
    member(out, "purpose", record.purpose);
    member(out, "reason", record.reason);
    member(out, "address", record.address);
    member(out, "request", record.request_id);
    member(out, "interaction", record.interaction);
    member(out, "type", record.type);
    member(out, "id", record.id);
    member(out, "status", std::to_string(record.status));
    member(out, "part", record.part);
    member(out, "query", record.query);
    if (record.resources.empty()) return out + '}';
    out += ",\"resources\":[";
    for (std::size_t index = 0; index < record.resources.size(); ++index) {
        if (index != 0) out += ',';
        fhir::write_json_string(shown_text(record.resources[index]), out);
    }
    out += ']';
    const bool tells_versions = std::any_of(record.versions.begin(), record.versions.end(), [](auto version) { return version != 0; });
    if (!tells_versions || record.versions.size() != record.resources.size()) return out + '}';
    out += ",\"versions\":[";
    for (std::size_t index = 0; index < record.versions.size(); ++index)
        out += (index == 0 ? "" : ",") + std::to_string(record.versions[index]);
    return out + "]}";
}

std::optional<AccessRecord> read_record(std::string_view text) {
    const auto parsed = fhir::read_plain_json(std::string(text));
    if (parsed.issues.has_errors() || !parsed.value) return std::nullopt;
    const auto root = parsed.value->root();
    AccessRecord out;
    out.at = {std::strtoll(std::string(root.text("at")).c_str(), nullptr, 10)};
    out.client = root.text("client");
    out.organization = root.text("organization");
    out.practitioner = root.text("practitioner");
    out.role = root.text("role");
    out.purpose = root.text("purpose");
    out.reason = root.text("reason");
    out.address = root.text("address");
    out.request_id = root.text("request");
    out.interaction = root.text("interaction");
    out.type = root.text("type");
    out.id = root.text("id");
    out.status = std::atoi(std::string(root.text("status")).c_str());
    out.part = root.text("part");
    out.query = root.text("query");
    out.resources = fhir::texts_of(root, "resources");
    for (const auto version : root.children("versions"))
        out.versions.push_back(static_cast<std::uint32_t>(std::strtoul(std::string(version.value()).c_str(), nullptr, 10)));
    return out;
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& directory, QueryKeys keys) {
    JournalOptions options;
    options.directory = directory;
    auto journal = Journal::open(options);
    if (!journal) return journal.error();
    return std::unique_ptr<AccessLog>(new AccessLog(std::move(*journal), std::move(keys)));
}

std::vector<std::string> AccessLog::texts_of(const AccessRecord& record) const {
    if (record.query.empty()) return write_parts(record);
    auto sealed = record;
    sealed.query = keys_.sealing ? encode_base64(keys_.sealing->wrap(record.query, kQuery)) : std::string();
    return write_parts(sealed);
}

std::string AccessLog::query_of(const AccessRecord& record) const {
    const auto bytes = record.query.empty() ? std::nullopt : decode_base64(record.query);
    if (!bytes) return {};
    for (const auto* keys : {keys_.sealing.get(), keys_.older.get()}) {
        // Numbers of the two rings overlap: whether it opens tells whose it is.
        if (auto query = keys ? keys->unwrap(*bytes, kQuery) : std::nullopt) return std::move(*query);
    }
    return {};
}

boost::asio::awaitable<Result<JournalPosition>> AccessLog::append(const AccessRecord& record) {
    auto records = texts_of(record);
    if (records.size() == 1) return journal_->append(std::move(records.front()));
    return append_all(std::move(records));
}

boost::asio::awaitable<Result<JournalPosition>> AccessLog::append_all(std::vector<std::string> records) {
    Result<JournalPosition> last = JournalPosition(0);
    for (auto& record : records) {
        last = co_await journal_->append(std::move(record));
        if (!last) break;
    }
    co_return last;
}

Result<JournalPosition> AccessLog::append_and_wait(const AccessRecord& record) {
    Result<JournalPosition> last = JournalPosition(0);
    for (auto& text : texts_of(record)) {
        last = journal_->append_and_wait(std::move(text));
        if (!last) break;
    }
    return last;
}

Result<std::vector<AccessRecord>> AccessLog::about(std::string_view resource, std::size_t count) const {
    std::vector<AccessRecord> out;
    const auto walked = journal_->walk(0, [&](const JournalRecord& record) {
        if (record.payload.find(resource) == record.payload.npos) return true;
        auto read = read_record(record.payload);
        if (!read || std::find(read->resources.begin(), read->resources.end(), resource) == read->resources.end()) return true;
        out.push_back(std::move(*read));
        if (out.size() > count) out.erase(out.begin());
        return true;
    });
    if (!walked) return walked.error();
    return out;
}

} // namespace huitong::audit
