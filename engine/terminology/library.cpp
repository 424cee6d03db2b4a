#include "terminology/library.hpp"

#include "fhir/json.hpp"

namespace huitong::terminology {

template <class T, class Read>
std::shared_ptr<const T> Library::find_or_read(TextMap<std::shared_ptr<const T>>& known, std::string_view type, std::string_view url,
                                               Read read) const {
    url = without_version(url);
    {
        const std::shared_lock lock(mutex_);
        if (const auto found = known.find(url); found != known.end()) return found->second;
    }
    if (!definitions_) return nullptr;
    const auto text = definitions_->resource_json(type, url);
    // Unknown urls of requests are not remembered: a client must not be able to fill the memory with them.
    if (text.empty()) return nullptr;
    std::shared_ptr<const T> made;
    const auto parsed = fhir::read_json(std::string(text));
    if (!parsed.issues.has_errors()) made = std::make_shared<const T>(read(parsed.value->root()));
    const std::unique_lock lock(mutex_);
    return known.emplace(std::string(url), std::move(made)).first->second;
}

std::shared_ptr<const CodeSystem> Library::system(std::string_view url) const {
    return find_or_read(systems_, "CodeSystem", url, read_code_system);
}

std::shared_ptr<const ConceptMap> Library::concept_map(std::string_view url) const {
    return find_or_read(maps_, "ConceptMap", url, read_concept_map);
}

std::shared_ptr<const ValueSet> Library::value_set(std::string_view url) const {
    if (auto found = find_or_read(value_sets_, "ValueSet", url, read_value_set)) return found;
    const std::shared_lock lock(mutex_);
    const auto all = all_codes_.find(without_version(url));
    if (all == all_codes_.end()) return nullptr;
    auto made = std::make_shared<ValueSet>();
    made->url = all->first;
    made->includes.emplace_back().system = all->second;
    return made;
}

std::vector<std::shared_ptr<const ConceptMap>> Library::concept_maps() const {
    std::vector<std::shared_ptr<const ConceptMap>> out;
    for (const auto& url : added_maps_) out.push_back(concept_map(url));
    if (!definitions_) return out;
    for (const auto url : definitions_->resource_urls("ConceptMap")) {
        if (added_maps_.contains(without_version(url))) continue;
        if (auto map = concept_map(url)) out.push_back(std::move(map));
    }
    return out;
}

void Library::put(CodeSystem system) {
    const auto made = std::make_shared<const CodeSystem>(std::move(system));
    const std::unique_lock lock(mutex_);
    if (!made->all_codes_url.empty()) all_codes_[made->all_codes_url] = made->url;
    systems_[made->url] = made;
}

void Library::put(ValueSet set) {
    const auto made = std::make_shared<const ValueSet>(std::move(set));
    const std::unique_lock lock(mutex_);
    value_sets_[made->url] = made;
}

void Library::put(ConceptMap map) {
    const auto made = std::make_shared<const ConceptMap>(std::move(map));
    const std::unique_lock lock(mutex_);
    added_maps_.insert(made->url);
    maps_[made->url] = made;
}

} // namespace huitong::terminology
