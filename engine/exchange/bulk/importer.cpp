#include "exchange/bulk/importer.hpp"

#include "exchange/bulk/job_record.hpp"
#include "exchange/bulk/store_sink.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace huitong::exchange {
namespace {

namespace files = std::filesystem;
using interaction::ImportOrder;
using interaction::ImportStatus;

Outcome cannot_write() { return fatal(IssueCode::no_store, "", "import-failed"); }
Outcome unknown() { return error(IssueCode::not_found, "", "import-unknown"); }

std::string errors_name(std::size_t input) { return "errors-" + std::to_string(input) + ".ndjson"; }

std::uint64_t number(fhir::Element record, std::string_view name) {
    return std::strtoull(std::string(record.text(name)).c_str(), nullptr, 10);
}

} // namespace

Importer::Importer(const interaction::Services& services, std::string folder, std::string source)
    : services_(services), folder_(std::move(folder)), source_(std::move(source)) {
    for (const auto& job : job_folders(folder_)) take_up(job);
    thread_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

Importer::~Importer() {
    thread_.request_stop();
    {
        const std::lock_guard lock(mutex_);
        for (const auto& [id, job] : jobs_) job->stop.request_stop();
    }
    changed_.notify_all();
}

/// The file that an input names, "labs/1.ndjson" or "file:///srv/import/labs/1.ndjson". Whatever it is: it lies in the folder.
Result<std::string> Importer::path_of(const std::string& url) const {
    const auto refused = [&] { return Outcome(error(IssueCode::invalid, "input.url", "import-url")); };
    constexpr std::string_view kFile = "file://";
    const auto named = url.starts_with(kFile) ? url.substr(kFile.size()) : url;
    if (source_.empty() || named.empty() || named.find("://") != named.npos) return refused();
    std::error_code failure;
    const auto root = files::canonical(source_, failure);
    if (failure) return refused();
    const auto path = files::canonical(root / named, failure); // links are followed: what they lead to must lie there too
    if (failure || !files::is_regular_file(path, failure)) return refused();
    const auto [end, rest] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
    return end == root.end() ? Result<std::string>(path.string()) : refused();
}

Result<std::string> Importer::start(ImportOrder order) {
    drop_old();
    auto job = std::make_shared<Job>();
    for (auto& input : order.inputs) {
        auto path = path_of(input.url);
        if (!path) return path.error();
        Input one;
        one.type = std::move(input.type);
        one.url = std::move(input.url);
        one.path = std::move(*path);
        job->inputs.push_back(std::move(one));
    }
    job->id = services_.store->new_id();
    job->folder = folder_ + '/' + job->id;
    job->request = std::move(order.request);
    job->caller = std::move(order.caller);
    job->at = services_.clock->now();
    const std::lock_guard lock(mutex_);
    const auto open = std::count_if(jobs_.begin(), jobs_.end(), [](const auto& one) { return !one.second->status.done; });
    if (static_cast<std::size_t>(open) >= kJobsMax)
        return Outcome(error(IssueCode::throttled, "", "import-jobs-max", {std::to_string(kJobsMax)}));
    std::error_code failure;
    files::create_directories(job->folder, failure);
    files::permissions(job->folder, files::perms::owner_all, failure);
    if (failure || !keep_record(*job)) return cannot_write();
    jobs_.emplace(job->id, job);
    waiting_.push_back(job);
    changed_.notify_all();
    return job->id;
}

Importer::JobPtr Importer::find(const std::string& id, const access::Caller& caller) {
    const std::lock_guard lock(mutex_);
    const auto found = jobs_.find(id);
    if (found == jobs_.end()) return nullptr;
    return sees_the_same(found->second->caller, caller) ? found->second : nullptr;
}

Result<ImportStatus> Importer::status(const std::string& id, const access::Caller& caller) {
    const auto job = find(id, caller);
    if (!job) return unknown();
    const std::lock_guard lock(mutex_);
    return job->status;
}

Outcome Importer::cancel(const std::string& id, const access::Caller& caller) {
    const auto job = find(id, caller);
    if (!job) return unknown();
    const std::lock_guard lock(mutex_);
    job->cancelled = true;
    job->stop.request_stop();
    jobs_.erase(id);
    const bool is_running = std::erase(waiting_, job) == 0 && !job->status.done;
    std::error_code ignored;
    if (!is_running) files::remove_all(job->folder, ignored);
    return {};
}

Result<std::string> Importer::file(const std::string& id, const std::string& name, const access::Caller& caller) {
    const auto job = find(id, caller);
    bool known = false;
    if (job) {
        const std::lock_guard lock(mutex_);
        for (std::size_t index = 0; index < job->inputs.size(); ++index)
            known = known || (job->status.done && job->inputs[index].refused > 0 && errors_name(index) == name);
    }
    std::ifstream in;
    if (known) in.open(job->folder + '/' + name, std::ios::binary);
    if (!in.is_open()) return unknown();
    return std::string(std::istreambuf_iterator<char>(in), {});
}

void Importer::work(const std::stop_token& stop) {
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
            issues = run(*job);
        } catch (const std::exception&) { // a full disk, a damaged index: this job fails, the others go on
            issues = cannot_write();
        }
        const std::lock_guard lock(mutex_);
        std::error_code ignored;
        if (job->cancelled) files::remove_all(job->folder, ignored);
        if (job->cancelled || job->stop.stop_requested()) continue; // the latter goes on after the restart
        job->status.failure = std::move(issues);
        job->status.manifest = manifest_of(*job);
        job->expires = Instant{services_.clock->now().microseconds + kKeepSeconds * kMicrosecondsPerSecond};
        job->status.done = true;
        if (!job->status.failure.has_errors()) keep_record(*job);
    }
}

Outcome Importer::run(Job& job) {
    for (std::size_t index = 0; index < job.inputs.size(); ++index) {
        if (job.inputs[index].done) continue;
        if (auto issues = load_input(job, index); issues.has_errors()) return issues;
        if (job.stop.stop_requested()) return {};
        if (!keep_record(job)) return cannot_write();
    }
    return {};
}

Outcome Importer::load_input(Job& job, std::size_t index) {
    auto& input = job.inputs[index];
    StoreSink sink(services_, job.caller);
    sink.accept = [&input](fhir::Element resource) -> Outcome {
        if (resource.type() != input.type)
            return error(IssueCode::invalid, "", "rest-type-differs", {std::string(resource.type()), input.type});
        return resource.text("id").empty() ? error(IssueCode::required, input.type + ".id", "import-id") : Outcome();
    };
    std::ofstream errors(job.folder + '/' + errors_name(index), std::ios::binary | std::ios::trunc);
    sink.refuse = [&](const LoadItem& item) {
        auto issues = item.issues;
        for (auto& issue : issues.issues())
            issue.where = "line " + std::to_string(item.document.line) + (issue.where.empty() ? "" : " " + issue.where);
        errors << interaction::operation_outcome(issues) << '\n';
    };
    const auto before = job.status.taken;
    LoadOptions options;
    options.stop = job.stop.get_token();
    options.on_progress = [&](const LoadProgress& progress) {
        const std::lock_guard lock(mutex_);
        job.status.taken = before + progress.counts.resources;
    };
    const auto progress = load({input.path}, sink, options);
    errors.close();
    if (sink.broken().has_errors()) return sink.broken();
    if (job.stop.stop_requested()) return {};
    if (!errors) return cannot_write();
    const std::lock_guard lock(mutex_);
    job.status.taken = before + progress.counts.resources;
    input.written = progress.counts.written;
    input.unchanged = progress.counts.unchanged;
    input.refused = progress.counts.refused;
    input.done = true;
    return {};
}

std::string Importer::manifest_of(const Job& job) const {
    JsonWriter json;
    json.object().member("transactionTime", instant_text(job.at, services_.registry->offset_minutes())).member("request", job.request);
    json.flag("requiresAccessToken", !job.caller.open).array("output");
    for (const auto& input : job.inputs) {
        json.object().member("type", input.type).member("inputUrl", input.url).count("count", input.written + input.unchanged);
        json.count("unchanged", input.unchanged).end_object();
    }
    json.end_array().array("error");
    for (std::size_t index = 0; index < job.inputs.size(); ++index) {
        const auto& input = job.inputs[index];
        if (input.refused == 0) continue;
        json.object().member("type", "OperationOutcome").member("inputUrl", input.url).count("count", input.refused);
        json.member("url", services_.base_url + "/$import-job/" + job.id + '/' + errors_name(index)).end_object();
    }
    return json.end_array().end_object().take();
}

bool Importer::keep_record(const Job& job) {
    JsonWriter json;
    json.object().member("request", job.request).key("caller");
    write_caller(json, job.caller);
    json.member("at", std::to_string(job.at.microseconds)).flag("done", job.status.done);
    if (job.status.done) json.member("expires", std::to_string(job.expires.microseconds));
    json.array("inputs");
    for (const auto& input : job.inputs) {
        json.object().member("type", input.type).member("url", input.url).member("path", input.path).flag("done", input.done);
        json.count("written", input.written).count("unchanged", input.unchanged).count("refused", input.refused).end_object();
    }
    return write_job_record(job.folder, json.end_array().end_object().take());
}

void Importer::take_up(const std::string& folder) {
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
    job->request = record.text("request");
    job->caller = read_caller(record.child("caller"));
    job->at = {static_cast<std::int64_t>(number(record, "at"))};
    for (const auto one : record.children("inputs")) {
        Input input;
        input.type = one.text("type");
        input.url = one.text("url");
        input.path = one.text("path");
        input.done = one.text("done") == "true";
        input.written = number(one, "written");
        input.unchanged = number(one, "unchanged");
        input.refused = number(one, "refused");
        job->status.taken += input.written + input.unchanged;
        job->inputs.push_back(std::move(input));
    }
    job->status.done = record.text("done") == "true";
    if (job->status.done) {
        job->expires = {static_cast<std::int64_t>(number(record, "expires"))};
        job->status.manifest = manifest_of(*job);
    } else {
        waiting_.push_back(job);
    }
    jobs_.emplace(job->id, std::move(job));
}

void Importer::drop_old() {
    const auto now = services_.clock->now();
    const std::lock_guard lock(mutex_);
    std::erase_if(jobs_, [&](const auto& one) {
        const auto& job = *one.second;
        const bool is_old = job.status.done && job.expires < now;
        std::error_code ignored;
        if (is_old) files::remove_all(job.folder, ignored);
        return is_old;
    });
}

} // namespace huitong::exchange
