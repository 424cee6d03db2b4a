#include "interaction/stored_parameters.hpp"

#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

constexpr const char* kFacts = "search-parameter";
constexpr const char* kComplete = "complete";
constexpr std::size_t kSlice = 250; ///< versions read, indexed and committed at once

std::string fact_key(const search::Registry::Added& parameter) { return parameter.type + ' ' + parameter.rows; }

store::FactWrite progress_fact(std::string key, std::string value) { return {kFacts, std::move(key), std::move(value), false}; }

} // namespace

StoredParameters::StoredParameters(store::Store& store, search::Registry& registry)
    : store_(store), registry_(registry), follower_(store, {"SearchParameter"}, [this](const store::Version& version) { apply(version); }) {
}

void StoredParameters::apply(const store::Version& version) {
    fhir::DocumentPtr active;
    if (!version.deleted) {
        auto parsed = fhir::read_json(version.body);
        if (!parsed.issues.has_errors() && parsed.value->root().text("status") == "active") active = std::move(parsed.value);
    }
    if (!active && !known_.contains(version.key.id)) return;
    if (active) known_[version.key.id] = std::move(active);
    else known_.erase(version.key.id);
    is_changed_ = true;
}

Outcome StoredParameters::catch_up() {
    const std::lock_guard lock(mutex_);
    if (auto issues = follower_.catch_up(); issues.has_errors()) return issues;
    if (!is_changed_) return {};
    auto issues = adopt();
    is_changed_ = issues.has_errors();
    return issues;
}

Outcome StoredParameters::adopt() {
    std::vector<fhir::DocumentPtr> active;
    for (const auto& [id, resource] : known_) active.push_back(resource);
    auto unused = registry_.set_added(active);
    for (auto& issue : unused.issues()) issue.severity = Severity::warning;
    store_.require_generation(registry_.generation());
    if (auto issues = read_progress(); issues.has_errors()) return issues;
    for (const auto& parameter : registry_.added()) {
        const auto found = progress_.find(fact_key(parameter));
        if (found != progress_.end() && found->second == kComplete) registry_.set_complete(parameter);
    }
    return unused;
}

/// A parameter that is no longer used gets no rows from now on: what is known of it no longer holds. The commit also makes visible
/// whatever was written without the new parameters' rows.
Outcome StoredParameters::read_progress() {
    progress_.clear();
    work_ = {};
    for (auto& [key, value] : store_.facts(kFacts, "", "~", 100'000)) progress_.emplace(std::move(key), std::move(value));
    std::vector<store::FactWrite> facts;
    const auto added = registry_.added();
    std::erase_if(progress_, [&](const auto& one) {
        const bool used = std::any_of(added.begin(), added.end(), [&](const auto& parameter) { return fact_key(parameter) == one.first; });
        if (!used) facts.push_back({kFacts, one.first, "", true});
        return !used;
    });
    for (const auto& parameter : added) {
        if (progress_.emplace(fact_key(parameter), "0").second) facts.push_back(progress_fact(fact_key(parameter), "0"));
    }
    const auto written = store_.write_facts(std::move(facts));
    return written ? Outcome() : written.error();
}

Result<bool> StoredParameters::step() {
    const std::lock_guard lock(mutex_);
    for (const auto& parameter : registry_.added()) {
        if (!parameter.is_complete) return index_slice(parameter);
    }
    return false;
}

Result<bool> StoredParameters::index_slice(const search::Registry::Added& parameter) {
    const auto key = fact_key(parameter);
    auto& progress = progress_[key];
    const auto done = std::strtoull(progress.c_str(), nullptr, 10);
    store::Commit commit;
    {
        const auto view = store_.view({}, 0);
        if (work_.key != key) work_ = {key, view->all(parameter.type)};
        const auto& keys = work_.versions;
        const auto begin = std::upper_bound(keys.begin(), keys.end(), done);
        const auto end = begin + std::min<std::ptrdiff_t>(kSlice, keys.end() - begin);
        auto versions = view->versions({begin, end});
        if (!versions) return versions.error();
        for (auto& version : *versions) {
            const auto document = fhir::read_json(std::move(version.body)).value;
            store::LateRows late;
            late.type = parameter.type;
            late.version = version.version_key;
            late.rows = registry_.rows_of(document->root(), *parameter.definition);
            commit.late_rows.push_back(std::move(late));
        }
        progress = end == keys.end() ? kComplete : std::to_string(*(end - 1));
    }
    commit.facts.push_back(progress_fact(key, progress));
    const auto written = store_.commit_and_wait(std::move(commit));
    if (!written) {
        progress = std::to_string(done);
        return written.error();
    }
    if (progress == kComplete) {
        registry_.set_complete(parameter);
        work_ = {};
    }
    return true;
}

} // namespace huitong::interaction
