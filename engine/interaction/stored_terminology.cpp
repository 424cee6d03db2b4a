#include "interaction/stored_terminology.hpp"

#include "fhir/json.hpp"

namespace huitong::interaction {

StoredTerminology::StoredTerminology(store::Store& store, terminology::Terminology& terminology)
    : terminology_(terminology),
      follower_(store, {"CodeSystem", "ValueSet", "ConceptMap"}, [this](const store::Version& version) { apply(version); }) {}

Outcome StoredTerminology::catch_up() {
    const std::lock_guard lock(mutex_);
    return follower_.catch_up();
}

bool StoredTerminology::is_remembered(std::string_view path, const std::vector<std::pair<std::string, std::string>>& query,
                                      std::string_view accept_language) {
    const auto question = question_of(path, query, accept_language);
    if (question.empty()) return false;
    {
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock.owns_lock() || !follower_.is_current()) return false;
    }
    return answers_.find(question, terminology_.library().generation()) != nullptr;
}

std::string question_of(std::string_view path, const std::vector<std::pair<std::string, std::string>>& query,
                        std::string_view accept_language) {
    if (path != "ValueSet/$validate-code" && path != "CodeSystem/$validate-code") return {};
    std::string out(path);
    const auto add = [&](std::string_view part) { out.append(1, ' ').append(std::to_string(part.size())).append(1, ':').append(part); };
    add(accept_language);
    for (const auto& [name, value] : query) {
        add(name);
        add(value);
    }
    return out;
}

void StoredTerminology::apply(const store::Version& version) {
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
    if (!terminology_.add_stored(parsed.value->root()).has_errors()) known_.emplace(key, std::move(now));
}

} // namespace huitong::interaction
