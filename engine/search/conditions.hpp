/// One condition of a query as sorted version keys. Source: FHIR R4, Search, one section per parameter type.
/// conditions.cpp: what a parameter names; values_found.cpp: one value by the parameter's type; chains.cpp: along references; held.cpp:
/// what stands inside of a resource; special.cpp: lists, filters, terminology; tree.cpp: what is part of what; near.cpp: places.
#pragma once

#include "search/filter.hpp"
#include "search/near.hpp"
#include "search/query_syntax.hpp"
#include "search/search.hpp"

#include <chrono>

namespace huitong::search {

class Conditions {
public:
    using Deadline = std::chrono::steady_clock::time_point;
    /// Behind the deadline nothing further is read.
    Conditions(const Registry& registry, store::ReadView& view, Deadline deadline = Deadline::max())
        : registry_(registry), view_(view), deadline_(deadline) {}

    /// Versions of `type` that fit. Issues: search-value, search-modifier, search-special, search-chain, search-timeout.
    Result<store::VersionKeys> find(const std::string& type, const QueryParameter& parameter);
    /// Members of a compartment, by the parameters of its definition. Issue: search-compartment.
    Result<store::VersionKeys> find_compartment(const std::string& type, const store::ResourceKey& owner);
    /// How many versions the condition may have: decides the order.
    std::uint64_t estimate(const std::string& type, const QueryParameter& parameter);

private:
    using Found = Result<store::VersionKeys>;
    using Definition = fhir::SearchParameterDefinition;
    /// Where to look: the rows of one parameter of one type, of references perhaps only those to one type.
    struct Place {
        const std::string& type;
        std::string param;
        std::string target_type;
    };

    /// Where the rows of a type stand: under its own name, or for what is held inside of another resource under that one's.
    struct Rows {
        const std::string& type;
        std::string prefix; ///< of parameters: "composition."
    };

    Found find_by_id(const std::string& type, const QueryParameter& parameter);
    Found find_by_time(const std::string& type, const QueryParameter& parameter);
    Found find_present(const std::string& type, const Definition& definition);
    Found find_any(const std::string& type, const Definition& definition, const QueryParameter& parameter);

    Found find_value(const std::string& type, const Definition& definition, const std::string& modifier, const std::string& value);
    Found find_value_in(const Rows& rows, const std::string& type, const Definition& definition, const std::string& modifier,
                        const std::string& value);
    Found find_typed(const Place& place, const Definition& definition, const std::string& modifier, const std::string& value);
    Found find_token(const Place& place, const std::string& modifier, const std::string& value);
    Found find_reference(const Place& place, const Definition& definition, const std::string& modifier, const std::string& value);
    Found find_date(const Place& place, const std::string& value);
    Found find_number(const Place& place, const std::string& value);
    Found find_string(const Place& place, const std::string& modifier, const std::string& value);
    Found find_uri(const Place& place, const std::string& modifier, const std::string& value);

    Found find_near(const Place& place, const std::string& value);
    Found find_in_box(const Place& place, const GeoCircle& circle);

    Found find_composite(const std::string& type, const Definition& definition, const std::string& value);
    Found find_item(const std::string& type, const Definition& definition, const std::string& rows, const std::vector<std::string>& parts);
    Found find_joint(const std::string& type, const Definition& definition, const std::vector<std::string>& parts);
    std::vector<std::string> composite_rows(const std::string& type, const std::string& param, fhir::SearchType first,
                                            const std::string& part);

    Found find_in_list(const std::string& type, const QueryParameter& parameter);
    Found find_by_filter(const std::string& type, const Filter& filter);
    Found find_in_value_set(const Place& place, const std::string& value);
    std::string url_of_stored(const store::ResourceKey& key);
    Found find_in_tree(const Place& place, const Definition& definition, bool below, const std::string& value);
    std::vector<std::string> below_in_tree(const std::string& type, const std::string& parent, const std::string& id);
    std::vector<std::string> above_in_tree(const std::string& type, const std::string& parent, const std::string& id);
    Found find_in_hierarchy(const Place& place, const std::string& modifier, const std::string& value);

    Found find_chain(const Rows& rows, const std::string& type, const QueryParameter& parameter);
    Found find_held(const Rows& rows, const std::string& type, const QueryParameter& parameter);
    Found find_has(const std::string& type, const QueryParameter& parameter);

    bool is_late() const { return std::chrono::steady_clock::now() > deadline_; }
    static Outcome late() { return error(IssueCode::timeout, "", "search-timeout"); }

    const Registry& registry_;
    store::ReadView& view_;
    Deadline deadline_;
};

store::VersionKeys intersect(const store::VersionKeys& a, const store::VersionKeys& b);
store::VersionKeys unite(store::VersionKeys a, const store::VersionKeys& b);
store::VersionKeys subtract(const store::VersionKeys& a, const store::VersionKeys& b);
/// The condition of a date value; nullopt: no date. `now` is for `ap`.
std::optional<store::IndexView::DateCondition> read_date_condition(std::string_view value, int offset_minutes, Instant now);

Outcome bad_search_value(std::string_view param);

} // namespace huitong::search
