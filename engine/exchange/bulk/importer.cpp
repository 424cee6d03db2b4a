#include "exchange/bulk/importer.hpp"

#include "exchange/bulk/store_sink.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace huitong::exchange {
namespace {

namespace files = std::filesystem;

struct Input {
    std::string type, url;
    std::string path; ///< "" = it is fetched
    std::uint64_t written = 0, unchanged = 0, refused = 0;
    bool done = false;
};

std::string errors_name(std::size_t input) { return "errors-" + std::to_string(input) + ".ndjson"; }

} // namespace

struct Importer::Job final : BulkJob {
    std::vector<Input> inputs;
};

/// The file that an input names, "labs/1.ndjson" or the same below file:///, with the whole path. Whatever it is: it lies in the folder.
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

Result<std::string> Importer::start(interaction::ImportOrder order) {
    auto job = std::make_shared<Job>();
    for (auto& input : order.inputs) {
        Input one;
        if (!may_fetch(sources_, input.url)) {
            auto path = path_of(input.url);
            if (!path) return path.error();
            one.path = std::move(*path);
        }
        one.type = std::move(input.type);
        one.url = std::move(input.url);
        job->inputs.push_back(std::move(one));
    }
    return queue_.add(std::move(job), std::move(order));
}

void Importer::write_record(const BulkJob& job, JsonWriter& json) const {
    json.array("inputs");
    for (const auto& input : static_cast<const Job&>(job).inputs) {
        json.object().member("type", input.type).member("url", input.url).member("path", input.path).flag("done", input.done);
        json.count("written", input.written).count("unchanged", input.unchanged).count("refused", input.refused).end_object();
    }
    json.end_array();
}

std::shared_ptr<BulkJob> Importer::read_record(fhir::Element record) const {
    auto job = std::make_shared<Job>();
    for (const auto one : record.children("inputs")) {
        Input input;
        input.type = one.text("type");
        input.url = one.text("url");
        input.path = one.text("path");
        input.done = one.text("done") == "true";
        input.written = record_number(one, "written");
        input.unchanged = record_number(one, "unchanged");
        input.refused = record_number(one, "refused");
        job->inputs.push_back(std::move(input));
    }
    return job;
}

bool Importer::has_file(const BulkJob& job, std::string_view name) const {
    const auto& inputs = static_cast<const Job&>(job).inputs;
    for (std::size_t index = 0; index < inputs.size(); ++index) {
        if (inputs[index].refused > 0 && errors_name(index) == name) return true;
    }
    return false;
}

Outcome Importer::run(BulkJob& base) {
    auto& job = static_cast<Job&>(base);
    for (std::size_t index = 0; index < job.inputs.size(); ++index) {
        if (job.inputs[index].done) continue;
        if (auto issues = load_input(job, index); issues.has_errors() || job.stop.stop_requested()) return issues;
        if (auto issues = queue_.keep(job); issues.has_errors()) return issues;
    }
    return {};
}

Result<std::string> Importer::bring(Job& job, std::size_t index) {
    auto& input = job.inputs[index];
    if (!input.path.empty()) return input.path;
    const auto path = job.folder + "/input-" + std::to_string(index);
    if (files::exists(path)) return path; // whole: a restart came while it was read
    const auto failed = may_fetch(sources_, input.url) ? fetcher_.fetch(input.url, path, job.stop.get_token())
                                                       : Outcome(error(IssueCode::invalid, "input.url", "import-url"));
    if (job.stop.stop_requested()) return std::string();
    if (!failed.has_errors()) return path;
    if (failed.leading()->rule == "bulk-failed") return failed;
    Fetcher::discard(path);
    std::ofstream(job.folder + '/' + errors_name(index), std::ios::binary | std::ios::trunc)
        << interaction::operation_outcome(failed) << '\n';
    const std::lock_guard lock(queue_.mutex());
    input.refused = 1;
    input.done = true;
    return std::string();
}

Outcome Importer::load_input(Job& job, std::size_t index) {
    const auto path = bring(job, index);
    if (!path) return path.error();
    if (path->empty()) return {};
    auto issues = load_file(job, index, *path);
    std::error_code ignored;
    if (job.inputs[index].path.empty() && job.inputs[index].done) files::remove(*path, ignored);
    return issues;
}

Outcome Importer::load_file(Job& job, std::size_t index, const std::string& path) {
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
    const auto before = job.status.resources;
    LoadOptions options;
    options.stop = job.stop.get_token();
    options.on_progress = [&](const LoadProgress& progress) {
        const std::lock_guard lock(queue_.mutex());
        job.status.resources = before + progress.counts.resources;
    };
    const auto progress = load({path}, sink, options);
    errors.close();
    if (sink.broken().has_errors()) return sink.broken();
    if (job.stop.stop_requested()) return {};
    if (!errors) return fatal(IssueCode::no_store, "", "bulk-failed");
    const std::lock_guard lock(queue_.mutex());
    job.status.resources = before + progress.counts.resources;
    input.written = progress.counts.written;
    input.unchanged = progress.counts.unchanged;
    input.refused = progress.counts.refused;
    input.done = true;
    return {};
}

std::string Importer::manifest_of(const BulkJob& base) const {
    const auto& job = static_cast<const Job&>(base);
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

} // namespace huitong::exchange
