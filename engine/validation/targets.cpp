#include "validation/targets.hpp"

namespace huitong::validation {

const Targets::ByText& Targets::contained_of(fhir::Element holder) {
    const auto [at, is_new] = contained_.try_emplace({&holder.document(), holder.index()});
    if (is_new) {
        for (auto contained : holder.children("contained")) at->second.try_emplace(contained.text("id"), contained);
    }
    return at->second;
}

const Targets::Entries& Targets::entries_of(fhir::Element bundle) {
    const auto [at, is_new] = entries_.try_emplace({&bundle.document(), bundle.index()});
    if (!is_new) return at->second;
    for (auto entry : bundle.children("entry")) {
        const auto resource = entry.child("resource");
        if (!resource) continue;
        if (const auto url = entry.text("fullUrl"); !url.empty()) at->second.by_url.try_emplace(url, resource);
        const auto& key = keys_.emplace_back(std::string(resource.type()) + '/' + std::string(resource.text("id")));
        at->second.by_key.try_emplace(key, resource);
    }
    return at->second;
}

fhir::Element Targets::inside(fhir::Element from, std::string_view reference) {
    const auto hash = reference.find('#');
    for (auto at = from; at; at = at.parent()) {
        if (!at.is_resource()) continue;
        if (hash == 0) {
            if (reference.size() == 1 && at.name() != "contained") return at;
            if (const auto found = find(contained_of(at), reference.substr(1))) return found;
        } else if (at.type() == "Bundle") {
            const auto& entries = entries_of(at);
            const auto plain = reference.substr(0, hash);
            if (const auto found = find(entries.by_url, plain)) return found;
            if (const auto found = plain.find(':') == plain.npos ? find(entries.by_key, plain) : fhir::Element()) return found;
        }
    }
    return {};
}

} // namespace huitong::validation
