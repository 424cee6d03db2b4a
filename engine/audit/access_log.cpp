#include "audit/access_log.hpp"

#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::audit {
namespace {

constexpr std::size_t kResourcesMax = 1'000; ///< a page gives out no more

void member(std::string& out, std::string_view name, std::string_view text) {
    if (text.empty()) return;
    if (out.size() > 1) out += ',';
    fhir::write_json_string(name, out);
    out += ':';
    fhir::write_json_string(text, out);
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
    member(out, "address", record.address);
    member(out, "request", record.request_id);
    member(out, "interaction", record.interaction);
    member(out, "type", record.type);
    member(out, "id", record.id);
    member(out, "status", std::to_string(record.status));
    if (record.resources.empty()) return out + '}';
    out += ",\"resources\":[";
    for (std::size_t index = 0; index < std::min(record.resources.size(), kResourcesMax); ++index) {
        if (index != 0) out += ',';
        fhir::write_json_string(record.resources[index], out);
    }
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
    out.address = root.text("address");
    out.request_id = root.text("request");
    out.interaction = root.text("interaction");
    out.type = root.text("type");
    out.id = root.text("id");
    out.status = std::atoi(std::string(root.text("status")).c_str());
    for (const auto resource : root.children("resources")) out.resources.emplace_back(resource.value());
    return out;
}

Result<std::unique_ptr<AccessLog>> AccessLog::open(const std::string& directory) {
    JournalOptions options;
    options.directory = directory;
    auto journal = Journal::open(options);
    if (!journal) return journal.error();
    return std::unique_ptr<AccessLog>(new AccessLog(std::move(*journal)));
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
