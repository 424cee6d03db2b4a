#include "exchange/bulk/job_record.hpp"

#include "fhir/json.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace huitong::exchange {
namespace {

namespace files = std::filesystem;

constexpr const char* kRecord = "/job.json";

void write_texts(JsonWriter& json, std::string_view name, const std::vector<std::string>& texts) {
    json.array(name);
    for (const auto& text : texts) json.text(text);
    json.end_array();
}

std::vector<std::string> read_texts(fhir::Element element, std::string_view name) {
    std::vector<std::string> out;
    for (const auto text : element.children(name)) out.emplace_back(text.value());
    return out;
}

bool sync(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool done = ::fsync(file) == 0;
    ::close(file);
    return done;
}

} // namespace

bool sees_the_same(const access::Caller& one, const access::Caller& other) {
    return one.client_id == other.client_id && one.organization == other.organization && one.practitioner == other.practitioner &&
           one.patient_id == other.patient_id && one.purpose == other.purpose && one.scopes == other.scopes &&
           one.denied_patients == other.denied_patients;
}

void write_caller(JsonWriter& json, const access::Caller& caller) {
    json.object().member("client", caller.client_id).member("organization", caller.organization);
    json.member("practitioner", caller.practitioner).member("role", caller.role).member("patient", caller.patient_id);
    json.member("purpose", caller.purpose).flag("open", caller.open).flag("local", caller.local_admin);
    write_texts(json, "scopes", caller.scopes);
    write_texts(json, "denied", caller.denied_patients);
    json.end_object();
}

access::Caller read_caller(fhir::Element element) {
    access::Caller out;
    out.client_id = element.text("client");
    out.organization = element.text("organization");
    out.practitioner = element.text("practitioner");
    out.role = element.text("role");
    out.patient_id = element.text("patient");
    out.purpose = element.text("purpose");
    out.open = element.text("open") == "true";
    out.local_admin = element.text("local") == "true";
    out.scopes = read_texts(element, "scopes");
    out.denied_patients = read_texts(element, "denied");
    return out;
}

bool write_job_record(const std::string& folder, const std::string& json) {
    const auto record = folder + kRecord, draft = record + ".new";
    std::ofstream out(draft, std::ios::binary);
    out << json;
    out.close();
    std::error_code failure;
    if (!out || !sync(draft)) return false;
    files::rename(draft, record, failure);
    return !failure && sync(folder);
}

fhir::DocumentPtr read_job_record(const std::string& folder) {
    std::ifstream in(folder + kRecord, std::ios::binary);
    if (!in) return nullptr;
    auto parsed = fhir::read_plain_json(std::string(std::istreambuf_iterator<char>(in), {}));
    return parsed.issues.has_errors() ? nullptr : std::move(parsed.value);
}

std::vector<std::string> job_folders(const std::string& parent) {
    std::vector<std::string> out;
    std::error_code failure;
    for (files::directory_iterator at(parent, failure), end; !failure && at != end; at.increment(failure)) {
        if (at->is_directory(failure)) out.push_back(at->path().string());
    }
    std::sort(out.begin(), out.end());
    return out;
}

} // namespace huitong::exchange
