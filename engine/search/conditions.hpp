/// One condition of a query as sorted version keys. Source: FHIR R4, Search, one section per parameter type.
#pragma once

#include "search/query_syntax.hpp"
#include "search/search.hpp"

namespace huitong::search {

class Conditions {
public:
    Conditions(const Registry& registry, store::ReadView& view) : registry_(registry), view_(view) {}

    /// Versions of `type` that fit. Issues: search-value, search-modifier.
    Result<store::VersionKeys> find(const std::string& type, const QueryParameter& parameter);
    /// How many versions the condition may have: decides the order.
    std::uint64_t estimate(const std::string& type, const QueryParameter& parameter);

private:
    Result<store::VersionKeys> find_value(const std::string& type, const fhir::SearchParameterDefinition& definition,
                                          const QueryParameter& parameter, const std::string& value);
    Result<store::VersionKeys> find_typed(const std::string& type, fhir::SearchType kind, const std::string& row,
                                          const std::string& modifier, const std::string& value,
                                          const fhir::SearchParameterDefinition& definition);
    Result<store::VersionKeys> find_token(const std::string& type, const std::string& row, const std::string& modifier,
                                          const std::string& value);
    Result<store::VersionKeys> find_reference(const std::string& type, const std::string& row, const std::string& modifier,
                                              const std::string& value, const fhir::SearchParameterDefinition& definition);
    Result<store::VersionKeys> find_date(const std::string& type, const std::string& row, const std::string& value);
    Result<store::VersionKeys> find_quantity(const std::string& type, const std::string& row, const std::string& value);
    Result<store::VersionKeys> find_string(const std::string& type, const std::string& row, const std::string& modifier,
                                           const std::string& value);
    Result<store::VersionKeys> find_composite(const std::string& type, const fhir::SearchParameterDefinition& definition,
                                              const std::string& value);
    Result<store::VersionKeys> find_by_id(const std::string& type, const QueryParameter& parameter);
    Result<store::VersionKeys> find_chain(const std::string& type, const QueryParameter& parameter);
    Result<store::VersionKeys> find_has(const std::string& type, const QueryParameter& parameter);

    const Registry& registry_;
    store::ReadView& view_;
};

store::VersionKeys intersect(const store::VersionKeys& a, const store::VersionKeys& b);
store::VersionKeys unite(store::VersionKeys a, const store::VersionKeys& b);
store::VersionKeys subtract(const store::VersionKeys& a, const store::VersionKeys& b);
/// The condition of a date value; nullopt: no date.
std::optional<store::IndexView::DateCondition> read_date_condition(std::string_view value, int offset_minutes);

} // namespace huitong::search
