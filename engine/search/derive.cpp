/// Which search parameters are answered from the rows of others.
#include "search/branches.hpp"
#include "search/compiled.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace huitong::search {
namespace {

using BranchSet = std::set<std::string>;

std::string bare(std::string_view branch) {
    // "(Observation.value as Quantity)" and "Observation.value as Quantity" are one; "(…).text" keeps its parentheses.
    if (branch.starts_with('(') && branch.find(')') == branch.size() - 1) branch = branch.substr(1, branch.size() - 2);
    return std::string(branch);
}

BranchSet branch_set(std::string_view expression, std::string_view type) {
    BranchSet out;
    for (const auto branch : branches_of(expression, type)) out.insert(bare(branch));
    return out;
}

/// The type when every branch ends in ".where(resolve() is T)"; the branches lose that end.
std::string take_target_type(BranchSet& branches) {
    constexpr std::string_view kWhere = ".where(resolve() is ";
    std::string type;
    BranchSet wider;
    for (const auto& branch : branches) {
        const auto at = branch.find(kWhere);
        if (at == branch.npos || !branch.ends_with(')')) return {};
        const auto own = branch.substr(at + kWhere.size(), branch.size() - at - kWhere.size() - 1);
        if (!type.empty() && own != type) return {};
        type = own;
        wider.insert(branch.substr(0, at));
    }
    branches = std::move(wider);
    return type;
}

/// Composites are alike when their components say the same.
std::string components_text(const fhir::SearchParameterDefinition& definition) {
    std::string out;
    for (const auto& component : definition.components) out.append(component.expression).append(1, '\n');
    return out;
}

class Deriver {
public:
    Deriver(const fhir::Definitions& definitions, std::string_view type, std::vector<CompiledParameter>& parameters)
        : definitions_(definitions), type_(type), parameters_(parameters) {
        for (auto& parameter : parameters) {
            parameter.sources.any_of = {{parameter.rows, ""}};
            sets_[&parameter] = branch_set(parameter.definition->expression, type);
        }
    }

    void run() {
        // Small ones first: what is a union of others comes after them; of equals the first keeps its rows.
        std::vector<CompiledParameter*> order;
        for (auto& parameter : parameters_) order.push_back(&parameter);
        std::stable_sort(order.begin(), order.end(), [&](auto* a, auto* b) { return sets_[a].size() < sets_[b].size(); });
        for (auto* parameter : order) {
            if (!derive_joint(*parameter)) derive_union(*parameter, sets_[parameter], "");
            ready_.push_back(parameter);
        }
        // Narrowed ones last: what they narrow must be settled.
        for (auto* parameter : order) {
            auto wider = sets_[parameter];
            if (parameter->definition->type != fhir::SearchType::reference || parameter->is_derived()) continue;
            const auto target = take_target_type(wider);
            if (!target.empty()) derive_union(*parameter, wider, target);
        }
    }

private:
    /// A composite whose focus is the resource itself holds when each component's own parameter does: there is only one focus.
    bool derive_joint(CompiledParameter& parameter) {
        const auto& components = parameter.definition->components;
        if (components.size() < 2 || sets_[&parameter] != BranchSet{std::string(type_)}) return false;
        for (const auto& component : components) {
            const auto* own = definitions_.find_search_parameter(component.definition);
            if (!own || definitions_.find_search_parameter(type_, own->code) != own) return false;
        }
        parameter.sources.any_of.clear();
        parameter.sources.joint = true;
        return true;
    }

    void derive_union(CompiledParameter& parameter, const BranchSet& wanted, const std::string& target_type) {
        BranchSet covered;
        std::vector<RowSources::Source> sources;
        for (const auto* other : ready_) {
            if (other == &parameter || other->definition->type != parameter.definition->type) continue;
            if (other->definition->type == fhir::SearchType::composite &&
                components_text(*other->definition) != components_text(*parameter.definition))
                continue;
            // A joint composite is asked by its own name, anything else derived is reached through what it is derived from.
            if (other->is_derived() && !other->sources.joint) continue;
            const auto& own = sets_[other];
            const bool within = std::includes(wanted.begin(), wanted.end(), own.begin(), own.end());
            const bool adds = std::any_of(own.begin(), own.end(), [&](const auto& branch) { return !covered.contains(branch); });
            if (!within || !adds) continue;
            covered.insert(own.begin(), own.end());
            sources.push_back({other->code, target_type});
        }
        if (covered == wanted && !sources.empty()) parameter.sources.any_of = std::move(sources);
    }

    const fhir::Definitions& definitions_;
    std::string_view type_;
    std::vector<CompiledParameter>& parameters_;
    std::map<const CompiledParameter*, BranchSet> sets_;
    std::vector<const CompiledParameter*> ready_;
};

} // namespace

void derive_sources(const fhir::Definitions& definitions, std::string_view type, std::vector<CompiledParameter>& parameters) {
    Deriver(definitions, type, parameters).run();
}

} // namespace huitong::search
