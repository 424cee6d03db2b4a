#include "interaction/stored_terminology.hpp"

#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::interaction {

Outcome StoredTerminology::catch_up() {
    const std::lock_guard lock(mutex_);
    if (store_.now() == seen_) return {};
    const auto view = store_.view();
    for (const auto* const type : {"CodeSystem", "ValueSet", "ConceptMap"}) {
        if (auto issues = take(*view, type); issues.has_errors()) return issues;
    }
    seen_ = view->t();
    return {};
}

Outcome StoredTerminology::take(store::ReadView& view, const std::string& type) {
    if (seen_ == 0) return take_all(view, type);
    store::HistoryRange range;
    range.since = seen_;
    range.newest_first = false;
    while (true) {
        auto versions = view.history(type, "", range);
        if (!versions) return versions.error();
        for (const auto& version : *versions) apply(version);
        if (versions->size() < range.count) return {};
        range.since = versions->back().t_from; // a page ends between two commits
    }
}

/// By the index of types: the log of a large store is not walked at every start.
Outcome StoredTerminology::take_all(store::ReadView& view, const std::string& type) {
    constexpr std::size_t kPage = 100;
    const auto keys = view.all(type);
    for (std::size_t begin = 0; begin < keys.size(); begin += kPage) {
        const auto end = std::min(begin + kPage, keys.size());
        auto versions = view.versions({keys.begin() + static_cast<std::ptrdiff_t>(begin), keys.begin() + static_cast<std::ptrdiff_t>(end)});
        if (!versions) return versions.error();
        for (const auto& version : *versions) apply(version);
    }
    return {};
}

void StoredTerminology::apply(const store::Version& version) {
    if (version.superseded) return;
    const auto key = version.key.type + '/' + version.key.id;
    Known now;
    const auto parsed = version.deleted ? Parsed<fhir::DocumentPtr>() : fhir::read_json(version.body);
    if (!version.deleted && !parsed.issues.has_errors()) {
        const auto root = parsed.value->root();
        now = {std::string(root.text("url")), std::string(root.text("version"))};
    }
    if (const auto before = known_.find(key); before != known_.end()) {
        if (before->second.url != now.url || before->second.version != now.version)
            terminology_.remove(version.key.type, before->second.url, before->second.version);
        known_.erase(before);
    }
    if (now.url.empty()) return;
    if (!terminology_.add(parsed.value->root()).has_errors()) known_.emplace(key, std::move(now));
}

} // namespace huitong::interaction
