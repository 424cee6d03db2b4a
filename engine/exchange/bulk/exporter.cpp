#include "exchange/bulk/exporter.hpp"

#include "exchange/bulk/job_record.hpp"
#include "fhir/json.hpp"
#include "search/keys.hpp"
#include "search/query_syntax.hpp"
#include "search/values.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace huitong::exchange {
namespace {

namespace files = std::filesystem;
using interaction::ExportOrder;
using interaction::ExportStatus;

constexpr std::size_t kPage = 500;

Outcome cannot_write() { return fatal(IssueCode::no_store, "", "export-failed"); }

} // namespace

Exporter::Exporter(const interaction::Services& services, std::string folder) : services_(services), folder_(std::move(folder)) {
    for (const auto& folder : job_folders(folder_)) take_up(folder);
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Exporter::~Exporter() {
    thread_.request_stop();
    changed_.notify_all();
}

bool Exporter::keep_record(const Job& job) {
    JsonWriter json;
    json.object().member("request", job.order.request).key("caller");
    write_caller(json, job.order.caller);
    json.array("types");
    for (const auto& type : job.order.types) json.text(type);
    json.end_array().flag("patients_only", job.order.patients_only).member("group", job.order.group);
    if (job.order.since) json.member("since", std::to_string(job.order.since->microseconds));
    json.array("filters");
    for (const auto& [type, query] : job.order.filters) json.object().member("type", type).member("query", query).end_object();
    json.end_array().member("t", std::to_string(job.t)).member("at", std::to_string(job.at.microseconds));
    json.array("files");
    for (const auto& [type, count] : job.files) json.object().member("type", type).count("count", count).end_object();
    json.end_array().count("types_done", job.types_done).flag("done", job.status.done);
    if (job.status.done) json.member("expires", std::to_string(job.status.expires.microseconds));
    return write_job_record(job.folder, json.end_object().take());
}

namespace {

std::uint64_t number(fhir::Element record, std::string_view name) {
    return std::strtoull(std::string(record.text(name)).c_str(), nullptr, 10);
}

Instant instant(fhir::Element record, std::string_view name) { return {static_cast<std::int64_t>(number(record, name))}; }

} // namespace

/// A job that failed is done too, and has left no record of being done: it is tried once more.
void Exporter::take_up(const std::string& folder) {
    const auto document = read_job_record(folder);
    if (!document) {
        std::error_code ignored;
        files::remove_all(folder, ignored);
        return;
    }
    const auto record = document->root();
    auto job = std::make_shared<Job>();
    job->folder = folder;
    job->id = files::path(folder).filename().string();
    job->order.request = record.text("request");
    job->order.caller = read_caller(record.child("caller"));
    for (const auto type : record.children("types")) job->order.types.emplace_back(type.value());
    job->order.patients_only = record.text("patients_only") == "true";
    job->order.group = record.text("group");
    if (record.child("since")) job->order.since = instant(record, "since");
    for (const auto filter : record.children("filters")) job->order.filters.emplace_back(filter.text("type"), filter.text("query"));
    job->t = number(record, "t");
    job->at = instant(record, "at");
    for (const auto file : record.children("files")) {
        job->files.emplace_back(file.text("type"), number(file, "count"));
        job->status.written += job->files.back().second;
    }
    job->types_done = number(record, "types_done");
    job->status.done = record.text("done") == "true";
    if (job->status.done) {
        job->status.expires = instant(record, "expires");
        job->status.manifest = manifest_of(*job);
    } else {
        waiting_.push_back(job);
    }
    jobs_.emplace(job->id, std::move(job));
}

Result<std::string> Exporter::start(ExportOrder order) {
    drop_old();
    const std::lock_guard lock(mutex_);
    const auto open =
        std::count_if(jobs_.begin(), jobs_.end(), [](const auto& job) { return !job.second->status.done && !job.second->cancelled; });
    if (static_cast<std::size_t>(open) >= kJobsMax)
        return Outcome(error(IssueCode::throttled, "", "export-jobs-max", {std::to_string(kJobsMax)}));
    auto job = std::make_shared<Job>();
    job->id = services_.store->new_id();
    job->folder = folder_ + '/' + job->id;
    job->order = std::move(order);
    job->t = services_.store->now();
    job->at = services_.clock->now();
    std::error_code failure;
    files::create_directories(job->folder, failure);
    files::permissions(job->folder, files::perms::owner_all, failure);
    if (failure || !keep_record(*job)) return cannot_write();
    jobs_.emplace(job->id, job);
    waiting_.push_back(job);
    changed_.notify_all();
    return job->id;
}

Exporter::JobPtr Exporter::find(const std::string& id, const access::Caller& caller) {
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return nullptr;
    return sees_the_same(found->second->order.caller, caller) ? found->second : nullptr;
}

Result<ExportStatus> Exporter::status(const std::string& id, const access::Caller& caller) {
    const auto job = find(id, caller);
    if (!job) return Outcome(error(IssueCode::not_found, "", "export-unknown"));
    const std::lock_guard lock(mutex_);
    return job->status;
}

Outcome Exporter::cancel(const std::string& id, const access::Caller& caller) {
    const auto job = find(id, caller);
    if (!job) return error(IssueCode::not_found, "", "export-unknown");
    const std::lock_guard lock(mutex_);
    job->cancelled = true;
    jobs_.erase(id);
    const bool is_running = std::erase(waiting_, job) == 0 && !job->status.done;
    std::error_code ignored;
    if (!is_running) files::remove_all(job->folder, ignored);
    return {};
}

Result<std::string> Exporter::file(const std::string& id, const std::string& name, const access::Caller& caller) {
    const auto job = find(id, caller);
    bool known = false;
    if (job) {
        const std::lock_guard lock(mutex_);
        known = job->status.done &&
                std::any_of(job->files.begin(), job->files.end(), [&](const auto& one) { return one.first + ".ndjson" == name; });
    }
    std::ifstream in;
    if (known) in.open(job->folder + '/' + name, std::ios::binary);
    if (!in.is_open()) return Outcome(error(IssueCode::not_found, "", "export-unknown"));
    return std::string(std::istreambuf_iterator<char>(in), {});
}

void Exporter::work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        JobPtr job;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, stop, [&] { return !waiting_.empty(); });
            if (waiting_.empty()) continue;
            job = waiting_.front();
            waiting_.pop_front();
        }
        Outcome issues;
        try {
            issues = run(*job, stop);
        } catch (const std::exception&) { // a damaged index, a full disk: this job fails, the others go on
            issues = cannot_write();
        }
        const std::lock_guard lock(mutex_);
        std::error_code ignored;
        if (job->cancelled) files::remove_all(job->folder, ignored);
        else if (stop.stop_requested()) return; // it goes on after the restart
        job->status.failure = std::move(issues);
        job->status.manifest = manifest_of(*job);
        job->status.expires = Instant{services_.clock->now().microseconds + kKeepSeconds * kMicrosecondsPerSecond};
        job->status.done = true;
        if (!job->cancelled && !job->status.failure.has_errors()) keep_record(*job);
    }
}

Outcome Exporter::run(Job& job, const std::stop_token& stop) {
    auto types = job.order.types;
    if (types.empty()) {
        for (const auto type : services_.definitions->resource_types()) types.emplace_back(type);
    }
    while (job.types_done < types.size()) {
        const auto files_before = job.files.size();
        if (auto issues = write_type(job, types[job.types_done], stop); issues.has_errors()) return issues;
        ++job.types_done;
        if (job.files.size() != files_before && !keep_record(job)) return cannot_write();
    }
    return {};
}

/// Ids of the patients whose compartments are asked for.
std::vector<std::string> Exporter::patients_of(const Job& job, store::ReadView& view) {
    std::vector<std::string> out;
    if (job.order.group.empty()) {
        for (auto& key : view.resource_keys(view.all("Patient"))) out.push_back(std::move(key.id));
        return out;
    }
    const auto group = view.current({"Group", job.order.group});
    if (!group || !*group) return out;
    const auto document = fhir::read_json((*group)->body).value;
    for (const auto member : document->root().children("member")) {
        const auto key = search::read_reference(member.text("entity.reference"), services_.registry->base_url());
        if (key && key->type == "Patient" && member.text("inactive") != "true") out.push_back(key->id);
    }
    return out;
}

Result<store::VersionKeys> Exporter::keys_of(const Job& job, const std::string& type) {
    auto view = services_.store->view(access::filter_of(job.order.caller), job.t);
    store::VersionKeys keys;
    if (job.order.patients_only) {
        for (const auto& patient : patients_of(job, *view)) {
            const auto own = view->compartment(patient, type);
            keys.insert(keys.end(), own.begin(), own.end());
        }
        std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    } else {
        keys = view->all(type);
    }
    bool is_filtered = false;
    store::VersionKeys fit;
    for (const auto& [of, text] : job.order.filters) {
        if (of != type) continue;
        is_filtered = true;
        Outcome warnings;
        auto query = search::read_query(*services_.registry, type, search::read_criteria(text), true, warnings);
        if (!query) return query.error();
        auto found = search::matching_keys(*services_.registry, *view, *query, *services_.limits);
        if (!found) return found;
        fit.insert(fit.end(), found->begin(), found->end());
    }
    if (!is_filtered) return keys;
    std::sort(fit.begin(), fit.end());
    fit.erase(std::unique(fit.begin(), fit.end()), fit.end());
    store::VersionKeys both;
    std::set_intersection(keys.begin(), keys.end(), fit.begin(), fit.end(), std::back_inserter(both));
    return both;
}

Outcome Exporter::write_type(Job& job, const std::string& type, const std::stop_token& stop) {
    const auto keys = keys_of(job, type);
    if (!keys) return keys.error();
    if (keys->empty()) return {};
    const auto name = job.folder + '/' + type + ".ndjson";
    std::ofstream out(name, std::ios::binary);
    std::uint64_t count = 0;
    for (std::size_t begin = 0; begin < keys->size(); begin += kPage) {
        {
            const std::lock_guard lock(mutex_);
            if (job.cancelled || stop.stop_requested()) return error(IssueCode::incomplete, "", "export-unknown");
        }
        // A view of its own for each page: no read keeps the log's old pages for long.
        auto view = services_.store->view(access::filter_of(job.order.caller), job.t);
        const auto end = std::min(keys->size(), begin + kPage);
        auto versions =
            view->versions({keys->begin() + static_cast<std::ptrdiff_t>(begin), keys->begin() + static_cast<std::ptrdiff_t>(end)});
        if (!versions) return versions.error();
        std::uint64_t written = 0;
        for (const auto& version : *versions) {
            if (job.order.since && version.updated < *job.order.since) continue;
            out << version.body << '\n';
            ++written;
        }
        count += written;
        const std::lock_guard lock(mutex_);
        job.status.written += written;
    }
    out.close();
    if (!out) return cannot_write();
    std::error_code ignored;
    if (count == 0) files::remove(name, ignored);
    const std::lock_guard lock(mutex_);
    if (count > 0) job.files.emplace_back(type, count);
    return {};
}

std::string Exporter::manifest_of(const Job& job) const {
    const auto base = services_.base_url + "/$export-job/" + job.id + '/';
    std::string out = "{\"transactionTime\":\"" + instant_text(job.at, services_.registry->offset_minutes()) + "\",\"request\":";
    fhir::write_json_string(job.order.request, out);
    out += ",\"requiresAccessToken\":" + std::string(job.order.caller.open ? "false" : "true") + ",\"output\":[";
    for (std::size_t index = 0; index < job.files.size(); ++index) {
        const auto& [type, count] = job.files[index];
        out += std::string(index == 0 ? "" : ",") + "{\"type\":\"" + type + "\",\"count\":" + std::to_string(count) + ",\"url\":";
        fhir::write_json_string(base + type + ".ndjson", out);
        out += '}';
    }
    return out + "],\"error\":[]}";
}

void Exporter::drop_old() {
    const auto now = services_.clock->now();
    const std::lock_guard lock(mutex_);
    std::erase_if(jobs_, [&](const auto& one) {
        const auto& job = *one.second;
        const bool is_old = job.status.done && job.status.expires < now;
        std::error_code ignored;
        if (is_old) files::remove_all(job.folder, ignored);
        return is_old;
    });
}

} // namespace huitong::exchange
