/// Runs a GraphQL query over one snapshot as one caller sees it. Source: FHIR R4, "Using GraphQL with FHIR".
#pragma once

#include "interaction/graphql/answer.hpp"
#include "interaction/graphql/document.hpp"
#include "interaction/parts.hpp"

#include <chrono>
#include <map>

namespace huitong::interaction::graphql {

/// What stands at one point of the walk: an element with its definition, or the system itself (no element).
struct Scope {
    fhir::Element element;
    fhir::TypedName type;
};

class Executor {
public:
    Executor(const Services& services, store::ReadView& view, const Document& document, std::map<std::string, Value> variables,
             const access::Caller& caller)
        : services_(services), view_(view), document_(document), variables_(std::move(variables)), caller_(caller),
          deadline_(std::chrono::steady_clock::now() + std::chrono::milliseconds(services.limits->search_ms_max)) {}

    /// The operation from the resource of that key, or from the system when the key is empty. Issues: rest-not-found, graphql-field,
    /// graphql-argument, graphql-selection, graphql-fragment, graphql-reference, graphql-size-max, search-timeout, and those of search and
    /// FHIRPath.
    Result<std::string> run(const Operation& operation, const store::ResourceKey& context);
    /// Resources given out, for the access log.
    const std::vector<store::ResourceKey>& touched() const { return touched_; }

private:
    struct Traits {
        bool flatten = false, first = false, singleton = false, skipped = false;
        std::string slice;
    };
    using Elements = std::vector<fhir::Element>;

    Outcome selections(const std::vector<Selection>& list, const Scope& scope, Object& target, bool in_list);
    Outcome selection(const Selection& one, const Scope& scope, Object& target, bool in_list);
    Outcome fragment(const Selection& one, const Scope& scope, Object& target, bool in_list);
    Outcome system_field(const Selection& one, const Traits& traits, Object& target);
    Outcome element_field(const Selection& one, const Traits& traits, const Scope& scope, Object& target, bool in_list);
    Outcome put(const Selection& one, const Traits& traits, const fhir::TypedName& type, const Elements& values, Object& target,
                bool in_list, bool companions);
    Outcome put_resource(const Selection& one, const fhir::DocumentPtr& resource, Field& field);

    Outcome referenced(const Selection& one, const Scope& scope, Object& target);
    Outcome found_by_search(const Selection& one, const Traits& traits, const std::string& type, const std::string& context,
                            Object& target);
    Outcome connection(const Selection& one, const search::Query& query, const search::Page& page, Object& target);

    Result<Traits> traits_of(const Selection& one) const;
    Result<Elements> filtered(const Selection& one, const fhir::TypedName& type, Elements values) const;
    Result<std::string> text_of(const Value& value) const;
    Result<std::string> argument(const std::vector<Argument>& arguments, std::string_view name) const;
    Result<fhir::DocumentPtr> read(const store::ResourceKey& key);
    Result<fhir::DocumentPtr> keep(const store::Version& version);
    Outcome count(std::size_t more);
    /// One selection is carried out: fragments in fragments multiply them without a value. Also asks the deadline of the whole query.
    Outcome count_step();

    const Services& services_;
    store::ReadView& view_;
    const Document& document_;
    std::map<std::string, Value> variables_;
    const access::Caller& caller_;
    std::vector<fhir::DocumentPtr> kept_;
    std::vector<store::ResourceKey> touched_;
    std::size_t values_ = 0, steps_ = 0, depth_ = 0;
    std::chrono::steady_clock::time_point deadline_;
};

} // namespace huitong::interaction::graphql
