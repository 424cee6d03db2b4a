/// _include and _revinclude. Source: FHIR R4, Search, "Including other resources in result".
#include "fhir/json.hpp"
#include "search/plan.hpp"

#include <unordered_set>

namespace huitong::search {
namespace {

using store::VersionKeys;

class Includer {
public:
    Includer(const Registry& registry, store::ReadView& view, const Query& query) : registry_(registry), view_(view), query_(query) {}

    Outcome add(std::vector<Found>& entries, std::size_t count_max) {
        for (const auto& entry : entries) seen_.insert(entry.version.version_key);
        std::size_t begin = 0;
        for (bool first = true;; first = false) {
            VersionKeys found;
            const auto end = entries.size();
            for (std::size_t index = begin; index < end; ++index) add_of(entries[index].version, first, found);
            if (found.empty()) return {};
            const bool too_many = end + found.size() > count_max;
            if (too_many) found.resize(count_max > end ? count_max - end : 0);
            auto versions = view_.versions(found);
            if (!versions) return versions.error();
            for (auto& version : *versions) entries.push_back({std::move(version), true});
            if (too_many) return warning(IssueCode::too_costly, "_include", "search-include-max", {std::to_string(count_max)});
            begin = end;
        }
    }

private:
    void keep(store::VersionKey key, VersionKeys& found) {
        if (key != 0 && seen_.insert(key).second) found.push_back(key);
    }

    /// The first round follows every include from the matches, the later ones only what iterates.
    void add_of(const store::Version& version, bool first, VersionKeys& found) {
        fhir::DocumentPtr document;
        for (const auto& include : query_.includes) {
            if (!first && !include.iterate) continue;
            if (include.reverse) {
                add_reverse(include, version, found);
                continue;
            }
            if (include.source != version.key.type && include.source != "*") continue;
            if (!document) document = fhir::read_json(version.body).value;
            add_forward(include, document->root(), found);
        }
    }

    void add_forward(const Query::Include& include, fhir::Element resource, VersionKeys& found) {
        for (const auto* definition : registry_.parameters_of(resource.type())) {
            if (definition->type != fhir::SearchType::reference || (include.param != "*" && include.param != definition->code)) continue;
            for (const auto& row : registry_.rows_of(resource, *definition).references) {
                if (!row.target_type.empty() && (include.target.empty() || include.target == row.target_type))
                    keep(view_.current_key({row.target_type, row.target_id}), found);
            }
        }
    }

    void add_reverse(const Query::Include& include, const store::Version& version, VersionKeys& found) {
        if (!include.target.empty() && include.target != version.key.type) return;
        for (const auto* definition : registry_.parameters_of(include.source)) {
            if (definition->type != fhir::SearchType::reference || (include.param != "*" && include.param != definition->code)) continue;
            for (const auto& source : registry_.sources(include.source, definition->code).any_of) {
                if (!source.target_type.empty() && source.target_type != version.key.type) continue;
                for (const auto key : view_.references(include.source, source.param, version.key.type, version.key.id)) keep(key, found);
            }
        }
    }

    const Registry& registry_;
    store::ReadView& view_;
    const Query& query_;
    std::unordered_set<store::VersionKey> seen_;
};

} // namespace

Outcome add_included(const Registry& registry, store::ReadView& view, const Query& query, std::size_t count_max,
                     std::vector<Found>& entries) {
    return Includer(registry, view, query).add(entries, count_max);
}

} // namespace huitong::search
