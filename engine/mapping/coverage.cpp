#include "mapping/coverage.hpp"

#include <algorithm>
#include <unordered_set>

namespace huitong::mapping {

bool Coverage::touched_below(fhir::Element element) const {
    for (const auto child : element.children()) {
        if (touched_[child.index()] || touched_below(child)) return true;
    }
    return false;
}

void Coverage::collect(fhir::Element element, const std::string& path, std::vector<std::string>& out) const {
    if (element.has_value() && !touched_below(element)) {
        if (!touched_[element.index()]) out.push_back(path);
        return;
    }
    for (const auto child : element.children())
        collect(child, path.empty() ? std::string(child.name()) : path + "." + std::string(child.name()), out);
}

std::vector<std::string> Coverage::unread_paths() const {
    std::vector<std::string> all, out;
    collect(source_.root(), "", all);
    std::unordered_set<std::string> seen;
    for (auto& path : all) {
        if (seen.insert(path).second) out.push_back(std::move(path));
    }
    return out;
}

} // namespace huitong::mapping
