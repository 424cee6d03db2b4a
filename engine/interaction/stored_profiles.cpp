#include "interaction/stored_profiles.hpp"

#include "fhir/json.hpp"

namespace huitong::interaction {

StoredProfiles::StoredProfiles(store::Store& store, Maker maker)
    : maker_(std::move(maker)), follower_(store, {"StructureDefinition"}, [this](const store::Version& version) { apply(version); }) {}

std::shared_ptr<const fhir::Definitions> StoredProfiles::definitions() {
    const std::lock_guard lock(mutex_);
    if (follower_.catch_up().has_errors()) return nullptr;
    if (changed_) make();
    changed_ = false;
    return made_;
}

void StoredProfiles::apply(const store::Version& version) {
    changed_ = true;
    if (version.deleted) bodies_.erase(version.key.id);
    else bodies_[version.key.id] = version.body;
}

/// In rounds: a structure whose base comes behind it waits for it.
void StoredProfiles::make() {
    made_ = nullptr;
    auto fresh = bodies_.empty() ? nullptr : maker_();
    if (!fresh) return;
    std::vector<fhir::DocumentPtr> waiting;
    for (const auto& [id, body] : bodies_) {
        auto parsed = fhir::read_json(body);
        if (parsed.issues.has_errors() || fresh->find_structure(parsed.value->root().text("url"))) continue;
        if (parsed.value->root().text("derivation") != "constraint") continue; // nobody's post stands in for a base type
        waiting.push_back(std::move(parsed.value));
    }
    for (auto before = waiting.size() + 1; !waiting.empty() && waiting.size() < before;) {
        before = waiting.size();
        std::erase_if(waiting, [&](const auto& one) { return !fresh->add_structure(one->root()).has_errors(); });
    }
    made_ = std::move(fresh);
}

} // namespace huitong::interaction
