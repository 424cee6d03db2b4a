#include "exchange/bulk/exporter.hpp"

#include "access/deidentify.hpp"
#include "access/masking.hpp"
#include "access/trail_texts.hpp"
#include "fhir/json.hpp"
#include "interaction/parts.hpp"
#include "search/keys.hpp"
#include "search/query_syntax.hpp"
#include "search/values.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace huitong::exchange {
namespace {

namespace files = std::filesystem;

constexpr std::size_t kPage = 500;

/// Those of `_elements` that speak of the type; empty: it goes out whole. Source: Bulk Data Access 2.0.0, "_elements".
std::vector<std::string> elements_of(const interaction::ExportOrder& order, std::string_view type) {
    std::vector<std::string> out;
    for (const auto& element : order.elements) {
        const auto dot = element.find('.');
        if (dot == element.npos) out.push_back(element);
        else if (std::string_view(element).substr(0, dot) == type) out.push_back(element.substr(dot + 1));
    }
    return out;
}

} // namespace

struct Exporter::Job final : BulkJob {
    interaction::ExportOrder order;
    std::vector<std::pair<std::string, std::uint64_t>> files; ///< type, resources in it
    std::size_t types_done = 0;
    store::LogTime t = 0;
    Instant as_of{};                                  ///< of the last commit that is in
    std::optional<access::Deidentifier> deidentifier; ///< of the run
};

std::vector<std::string> Exporter::types_of(const interaction::ExportOrder& order) const {
    auto out = order.types;
    if (out.empty()) {
        for (const auto type : services_.definitions->resource_types()) out.emplace_back(type);
    }
    if (order.deidentified) std::erase_if(out, [](const auto& type) { return !access::Deidentifier::is_given_out(type); });
    return out;
}

Result<std::string> Exporter::start(interaction::ExportOrder order) {
    if (auto issues = check_bounds(settings_.classes, types_of(order), order.caller, order.deidentified); issues.has_errors())
        return issues;
    if (order.deidentified) {
        if (const auto key = access::read_or_make_secret(settings_.deidentify_key_file); !key) return key.error();
    }
    auto job = std::make_shared<Job>();
    interaction::BulkOrder of_every_job{order.request, order.caller};
    job->order = std::move(order);
    job->t = services_.store->now();
    job->as_of = instant_of(job->t);
    return queue_.add(std::move(job), std::move(of_every_job));
}

/// When the commit at a position was made; of an empty store, now.
Instant Exporter::instant_of(store::LogTime t) const {
    if (t != 0) {
        const auto entries = services_.store->log(t - 1, 1);
        if (entries && !entries->empty()) return entries->front().instant;
    }
    return services_.clock->now();
}

void Exporter::write_record(const BulkJob& base, JsonWriter& json) const {
    const auto& job = static_cast<const Job&>(base);
    json.array("types");
    for (const auto& type : job.order.types) json.text(type);
    json.end_array()
        .flag("deidentified", job.order.deidentified)
        .flag("patients_only", job.order.patients_only)
        .member("group", job.order.group);
    if (job.order.since) json.member("since", std::to_string(job.order.since->microseconds));
    json.texts("elements", job.order.elements).member("as_of", std::to_string(job.as_of.microseconds));
    json.array("filters");
    for (const auto& [type, query] : job.order.filters) json.object().member("type", type).member("query", query).end_object();
    json.end_array().count("t", job.t).array("files");
    for (const auto& [type, count] : job.files) json.object().member("type", type).count("count", count).end_object();
    json.end_array().count("types_done", job.types_done);
}

std::shared_ptr<BulkJob> Exporter::read_record(fhir::Element record) const {
    auto job = std::make_shared<Job>();
    for (const auto type : record.children("types")) job->order.types.emplace_back(type.value());
    job->order.deidentified = record.text("deidentified") == "true";
    job->order.patients_only = record.text("patients_only") == "true";
    job->order.group = record.text("group");
    if (record.child("since")) job->order.since = Instant{static_cast<std::int64_t>(record_number(record, "since"))};
    for (const auto filter : record.children("filters")) job->order.filters.emplace_back(filter.text("type"), filter.text("query"));
    job->order.elements = fhir::texts_of(record, "elements");
    job->t = record_number(record, "t");
    job->as_of = {static_cast<std::int64_t>(record_number(record, "as_of"))};
    if (job->as_of.microseconds == 0) job->as_of = instant_of(job->t); // a record of an older program
    for (const auto file : record.children("files")) job->files.emplace_back(file.text("type"), record_number(file, "count"));
    job->types_done = record_number(record, "types_done");
    return job;
}

bool Exporter::has_file(const BulkJob& base, std::string_view name) const {
    const auto& written = static_cast<const Job&>(base).files;
    return std::any_of(written.begin(), written.end(), [&](const auto& one) { return one.first + ".ndjson" == name; });
}

Outcome Exporter::run(BulkJob& base) {
    auto& job = static_cast<Job&>(base);
    const auto types = types_of(job.order);
    if (job.order.deidentified) {
        auto key = access::read_or_make_secret(settings_.deidentify_key_file);
        if (!key) return key.error();
        job.deidentifier.emplace(std::move(*key), *services_.definitions, job.at);
    }
    while (job.types_done < types.size()) {
        const auto files_before = job.files.size();
        if (auto issues = write_type(job, types[job.types_done]); issues.has_errors() || job.stop.stop_requested()) return issues;
        ++job.types_done;
        if (job.files.size() == files_before) continue;
        if (auto issues = queue_.keep(job); issues.has_errors()) return issues;
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
    auto view = services_.store->view(access::filter_of(job.caller), job.t);
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

std::string Exporter::line_of(const Job& job, store::ReadView& view, const store::Version& version) const {
    std::string out;
    if (!job.deidentifier) {
        out = access::without_queries(access::mask(version.body, job.caller, *services_.definitions), job.caller);
    } else {
        const auto patient = version.key.type == "Patient" ? version.key.id : view.patient_of(version.key);
        out = job.deidentifier->copy_of(version.body, patient.empty() ? patient : settings_.person_of(patient));
    }
    const auto elements = elements_of(job.order, version.key.type);
    return out.empty() || elements.empty() ? out : interaction::subset(*services_.definitions, out, "", elements);
}

Outcome Exporter::write_type(Job& job, const std::string& type) {
    const auto keys = keys_of(job, type);
    if (!keys) return keys.error();
    if (keys->empty()) return {};
    const auto name = job.folder + '/' + type + ".ndjson";
    std::ofstream out(name, std::ios::binary);
    std::uint64_t count = 0;
    for (std::size_t begin = 0; begin < keys->size(); begin += kPage) {
        if (job.stop.stop_requested()) return {};
        // A view of its own for each page: no read keeps the log's old pages for long.
        auto view = services_.store->view(access::filter_of(job.caller), job.t);
        const auto end = std::min(keys->size(), begin + kPage);
        auto versions =
            view->versions({keys->begin() + static_cast<std::ptrdiff_t>(begin), keys->begin() + static_cast<std::ptrdiff_t>(end)});
        if (!versions) return versions.error();
        std::uint64_t written = 0;
        for (const auto& version : *versions) {
            if (job.order.since && version.updated < *job.order.since) continue;
            const auto line = line_of(job, *view, version);
            if (line.empty()) continue; // nothing of it is given out
            out << line << '\n';
            ++written;
        }
        count += written;
        const std::lock_guard lock(queue_.mutex());
        job.status.resources += written;
    }
    out.close();
    if (!out) return fatal(IssueCode::no_store, "", "bulk-failed");
    std::error_code ignored;
    if (count == 0) files::remove(name, ignored);
    const std::lock_guard lock(queue_.mutex());
    if (count > 0) job.files.emplace_back(type, count);
    return {};
}

std::string Exporter::manifest_of(const BulkJob& given) const {
    const auto& job = static_cast<const Job&>(given);
    const auto base = services_.base_url + "/$export-job/" + job.id + '/';
    std::string out = "{\"transactionTime\":\"" + instant_text(job.as_of, services_.registry->offset_minutes()) + "\",\"request\":";
    fhir::write_json_string(job.request, out);
    out += ",\"requiresAccessToken\":" + std::string(job.caller.open ? "false" : "true") + ",\"output\":[";
    for (std::size_t index = 0; index < job.files.size(); ++index) {
        const auto& [type, count] = job.files[index];
        out += std::string(index == 0 ? "" : ",") + "{\"type\":\"" + type + "\",\"count\":" + std::to_string(count) + ",\"url\":";
        fhir::write_json_string(base + type + ".ndjson", out);
        out += '}';
    }
    return out + "],\"error\":[]}";
}

} // namespace huitong::exchange
