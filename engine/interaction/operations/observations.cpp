#include "interaction/operations/observations.hpp"

namespace huitong::interaction {

Result<std::vector<FoundResource>> find_all(const Services& services, const Request& request, const std::string& type,
                                            std::vector<std::pair<std::string, std::string>> criteria, const std::string& sort,
                                            std::size_t count_max) {
    criteria.emplace_back("_sort", sort);
    criteria.emplace_back("_total", "accurate");
    Outcome warnings;
    auto query = search::read_query(*services.registry, type, criteria, request.handling != Handling::lenient, warnings);
    if (!query) return query.error();
    query->count = count_max;
    auto view = services.store->view(access::filter_of(request.caller));
    auto page = search::run(*services.registry, *view, *query, *services.limits);
    if (!page) return page.error();
    if (page->total.value_or(0) > count_max)
        return Outcome(error(IssueCode::too_costly, type, "operation-too-many", {std::to_string(count_max)}));
    std::vector<FoundResource> out;
    for (auto& entry : page->entries) {
        auto document = fhir::read_json(entry.version.body).value;
        out.push_back({std::move(entry.version), std::move(document)});
    }
    return out;
}

bool is_said(fhir::Element observation) {
    const auto status = observation.text("status");
    return status != "entered-in-error" && status != "cancelled";
}

} // namespace huitong::interaction
