#include "mapping/written.hpp"

namespace huitong::mapping {

void visit_written(const Lineage& lineage, fhir::Element from, const std::string& path, const std::function<void(const Written&)>& visit) {
    if (from.has_value() && from.node().lineage != 0) visit({path, from, lineage.records[from.node().lineage - 1]});
    std::string_view before;
    int index = 0;
    for (const auto child : from.children()) {
        index = child.name() == before ? index + 1 : 0;
        before = child.name();
        auto below = path + '.' + std::string(child.name());
        if (child.node().in_array) below += '[' + std::to_string(index) + ']';
        visit_written(lineage, child, below, visit);
    }
}

} // namespace huitong::mapping
