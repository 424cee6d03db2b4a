#include "exchange/bulk/job_queue.hpp"

#include "access/record_words.hpp"
#include "base/durable_file.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace huitong::exchange {
namespace {

namespace files = std::filesystem;
using interaction::BulkStatus;

constexpr const char* kRecord = "/job.json";

Outcome unknown() { return error(IssueCode::not_found, "", "bulk-unknown"); }
Outcome cannot_write() { return fatal(IssueCode::no_store, "", "bulk-failed"); }

/// A job's files hold what its caller might see: they are for callers that see the same, not for every token of its client.
bool sees_the_same(const access::Caller& one, const access::Caller& other) {
    return one.client_id == other.client_id && one.organization == other.organization && one.practitioner == other.practitioner &&
           one.patient_id == other.patient_id && one.purpose == other.purpose && one.scopes == other.scopes &&
           one.only_by_word == other.only_by_word && one.denied_patients == other.denied_patients &&
           access::same_words(one.record_words, other.record_words) && one.masked == other.masked && one.deidentified == other.deidentified;
}

/// What decides what a caller sees and may write.
void write_caller(JsonWriter& json, const access::Caller& caller) {
    json.object("caller").member("client", caller.client_id).member("organization", caller.organization);
    json.member("practitioner", caller.practitioner).member("role", caller.role).member("patient", caller.patient_id);
    json.member("purpose", caller.purpose).flag("open", caller.open).flag("local", caller.local_admin).flag("masked", caller.masked);
    json.flag("deidentified", caller.deidentified).flag("resident", caller.is_resident);
    json.flag("only_by_word", caller.only_by_word);
    json.texts("scopes", caller.scopes);
    json.texts("denied", caller.denied_patients.ids());
    access::write_record_words(json, "closed_parts", caller.record_words.get());
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
    out.masked = element.text("masked") == "true";
    out.deidentified = element.text("deidentified") == "true";
    out.is_resident = element.text("resident") == "true";
    out.only_by_word = element.text("only_by_word") == "true";
    out.local_admin = element.text("local") == "true";
    out.scopes = fhir::texts_of(element, "scopes");
    out.denied_patients = fhir::texts_of(element, "denied");
    out.record_words = access::read_record_words(element, "closed_parts");
    return out;
}

void remove_folder(const std::string& folder) {
    std::error_code ignored;
    files::remove_all(folder, ignored);
}

std::optional<std::string> read_whole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in.is_open()) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

} // namespace

std::uint64_t record_number(fhir::Element record, std::string_view name) {
    return std::strtoull(std::string(record.text(name)).c_str(), nullptr, 10);
}

JobQueue::JobQueue(const interaction::Services& services, JobKind& kind, std::string folder, std::int64_t keep_seconds)
    : services_(services), kind_(kind), folder_(std::move(folder)), keep_seconds_(keep_seconds) {
    std::vector<std::string> folders;
    std::error_code failure;
    for (files::directory_iterator at(folder_, failure), end; !failure && at != end; at.increment(failure)) folders.push_back(at->path());
    std::sort(folders.begin(), folders.end()); // ids grow with time
    for (const auto& one : folders) take_up(one);
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

JobQueue::~JobQueue() {
    thread_.request_stop();
    const std::lock_guard lock(mutex_);
    for (const auto& [id, job] : jobs_) job->stop.request_stop();
    changed_.notify_all();
}

/// A folder without a record that can be read is of a job that nobody was told of.
void JobQueue::take_up(const std::string& folder) {
    const auto text = read_whole(folder + kRecord);
    const auto parsed = text ? fhir::read_plain_json(*text) : Parsed<fhir::DocumentPtr>();
    if (!parsed.value || parsed.issues.has_errors()) return remove_folder(folder);
    const auto record = parsed.value->root();
    auto job = kind_.read_record(record);
    job->folder = folder;
    job->id = files::path(folder).filename().string();
    job->request = record.text("request");
    job->caller = read_caller(record.child("caller"));
    job->at = {static_cast<std::int64_t>(record_number(record, "at"))};
    job->status.resources = record_number(record, "resources");
    job->status.done = record.text("done") == "true";
    if (job->status.done) {
        job->status.expires = {static_cast<std::int64_t>(record_number(record, "expires"))};
        job->status.manifest = kind_.manifest_of(*job);
    } else {
        waiting_.push_back(job);
    }
    jobs_.emplace(job->id, std::move(job));
}

Outcome JobQueue::keep(const BulkJob& job) const {
    JsonWriter json;
    json.object().member("request", job.request);
    write_caller(json, job.caller);
    json.member("at", std::to_string(job.at.microseconds)).count("resources", job.status.resources).flag("done", job.status.done);
    if (job.status.done) json.member("expires", std::to_string(job.status.expires.microseconds));
    kind_.write_record(job, json);
    return replace_durably(job.folder + std::string(kRecord), json.end_object().take()) ? Outcome() : cannot_write();
}

Outcome JobQueue::check_room(const std::string& client) const {
    std::size_t open = 0, own = 0;
    for (const auto& [id, job] : jobs_) {
        if (job->status.done) continue;
        ++open;
        own += job->caller.client_id == client;
    }
    if (own >= kJobsPerClientMax) return error(IssueCode::throttled, "", "bulk-jobs-max", {std::to_string(own)});
    return open >= kJobsMax ? error(IssueCode::throttled, "", "bulk-jobs-max", {std::to_string(open)}) : Outcome();
}

Result<std::string> JobQueue::add(std::shared_ptr<BulkJob> job, interaction::BulkOrder order) {
    drop_old();
    job->id = services_.store->new_id();
    job->folder = folder_ + '/' + job->id;
    job->request = std::move(order.request);
    job->caller = std::move(order.caller);
    job->at = services_.clock->now();
    const std::lock_guard lock(mutex_);
    if (auto refused = check_room(job->caller.client_id); refused.has_errors()) return refused;
    std::error_code failure;
    files::create_directories(job->folder, failure);
    files::permissions(job->folder, files::perms::owner_all, failure);
    if (failure) return cannot_write();
    if (auto issues = keep(*job); issues.has_errors()) return issues;
    waiting_.push_back(job);
    changed_.notify_all();
    return jobs_.emplace(job->id, std::move(job)).first->first;
}

JobQueue::JobPtr JobQueue::find(const std::string& id, const access::Caller& caller) {
    const auto found = jobs_.find(id);
    return found != jobs_.end() && sees_the_same(found->second->caller, caller) ? found->second : nullptr;
}

Result<BulkStatus> JobQueue::status(const std::string& id, const access::Caller& caller) {
    const std::lock_guard lock(mutex_);
    const auto job = find(id, caller);
    if (!job) return unknown();
    return job->status;
}

Outcome JobQueue::cancel(const std::string& id, const access::Caller& caller) {
    const std::lock_guard lock(mutex_);
    const auto job = find(id, caller);
    if (!job) return unknown();
    job->cancelled = true;
    job->stop.request_stop();
    jobs_.erase(id);
    const bool is_running = std::erase(waiting_, job) == 0 && !job->status.done;
    if (!is_running) remove_folder(job->folder);
    return {};
}

Result<std::shared_ptr<FileBody>> JobQueue::file(const std::string& id, const std::string& name, const access::Caller& caller) {
    const std::lock_guard lock(mutex_);
    const auto job = find(id, caller);
    if (!job || !job->status.done || !kind_.has_file(*job, name)) return unknown();
    auto opened = FileBody::open(job->folder + '/' + name);
    if (!opened) return unknown();
    return opened;
}

void JobQueue::work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        JobPtr job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, stop, [&] { return !waiting_.empty(); });
            if (waiting_.empty() || stop.stop_requested()) continue;
            job = waiting_.front();
            waiting_.pop_front();
        }
        Outcome issues;
        try {
            issues = kind_.run(*job);
        } catch (const std::exception&) { // a damaged index, a full disk: this job fails, the others go on
            issues = cannot_write();
        }
        finish(*job, std::move(issues));
    }
}

/// A job that failed leaves no record of being done: after a restart it is tried once more.
void JobQueue::finish(BulkJob& job, Outcome issues) {
    const std::lock_guard lock(mutex_);
    if (job.cancelled) return remove_folder(job.folder);
    if (job.stop.stop_requested()) return;
    job.status.failure = std::move(issues);
    job.status.manifest = kind_.manifest_of(job);
    job.status.expires = {services_.clock->now().microseconds + keep_seconds_ * kMicrosecondsPerSecond};
    job.status.done = true;
    if (job.status.failure.has_errors()) return;
    if (auto failure = keep(job); failure.has_errors()) job.status.failure = std::move(failure);
}

void JobQueue::drop_old() {
    const auto now = services_.clock->now();
    const std::lock_guard lock(mutex_);
    std::erase_if(jobs_, [&](const auto& one) {
        const auto& job = *one.second;
        const bool is_old = job.status.done && job.status.expires < now;
        if (is_old) remove_folder(job.folder);
        return is_old;
    });
}

} // namespace huitong::exchange
