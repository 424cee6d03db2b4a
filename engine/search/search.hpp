/// FHIR search: parameters to rows on writing, query text to plan and pages on reading.
/// Source: FHIR R4, Search.
#pragma once

#include "fhir/definitions.hpp"
#include "fhirpath/fhirpath.hpp"
#include "store/store.hpp"

namespace huitong::terminology {
class Terminology;
}

namespace huitong::search {

/// Where the rows of a search parameter stand. Most parameters have rows of their own; what other rows already say is not written twice:
/// Observation.patient is `subject` narrowed to patients, combo-code is `code` or `component-code`, code-value-quantity of the resource
/// itself is `code` and `value-quantity` together.
class Compartments;

struct RowSources {
    struct Source {
        std::string param;
        std::string target_type; ///< references to this type only, "" = all
    };
    std::vector<Source> any_of;
    bool joint = false; ///< a composite over the whole resource: all its components' parameters at once, no rows
};

/// Compiled search parameters of every type. Those of the definitions are read-only after construction; further ones may be added at any
/// time (added.cpp). Thread: any.
class Registry {
public:
    explicit Registry(std::shared_ptr<const fhir::Definitions> definitions, int offset_minutes = 480);
    ~Registry();
    const fhir::Definitions& definitions() const;
    int offset_minutes() const;
    /// Rows of one resource, for all parameters of its type. Bad values give warnings and no row; never fails.
    Parsed<store::IndexRows> index_rows(fhir::Element resource) const;
    /// Parameter of a type by code, nullptr when unknown; `nearest` is the closest known code for the message.
    const fhir::SearchParameterDefinition* find(std::string_view type, std::string_view code) const;
    std::string nearest(std::string_view type, std::string_view code) const;
    /// Parameter by its canonical address, of any type: a composite's component. Valid as long as the registry.
    const fhir::SearchParameterDefinition* find_url(std::string_view url) const;
    /// All parameters of a type, sorted by code.
    std::vector<const fhir::SearchParameterDefinition*> parameters_of(std::string_view type) const;
    /// Where to look for the rows of a parameter; itself when nothing is known of it.
    RowSources sources(std::string_view type, std::string_view code) const;
    /// Code systems that the binding of a `code` element implies: such an element has no system of its own, but a search may name it.
    std::vector<std::string> implied_systems(std::string_view type, std::string_view code) const;
    /// Rows of one parameter only, e.g. the targets of a reference for an include; also of one that has no rows of its own in the store.
    store::IndexRows rows_of(fhir::Element resource, const fhir::SearchParameterDefinition& parameter) const;
    /// References that begin with it are local: "http://127.0.0.1:8080/fhir".
    void set_base_url(std::string url);
    const std::string& base_url() const;
    /// The clock that `ap` measures dates by; the system's when none is set. Outlives the registry.
    void set_clock(const Clock& clock);
    Instant now() const;
    /// What `:in`, `:not-in`, `:above` and `:below` ask; null when none was set. Outlives the registry.
    void set_terminology(const terminology::Terminology& terminology);
    const terminology::Terminology* terminology() const;
    const Compartments& compartments() const;

    /// What speaks against using an active SearchParameter resource; nothing for one that is not active or that the definitions know: such
    /// are kept as data. Issues: search-parameter-…, those of expressions.
    Outcome check_parameter(fhir::Element resource) const;
    /// Makes exactly these active SearchParameters the added ones; one that cannot be used is told in the Outcome and passed over. Those
    /// that were there before keep what is known of them, new ones are incomplete: of resources stored so far they have no rows.
    Outcome set_added(const std::vector<fhir::DocumentPtr>& resources);
    /// Grows with every change of `set_added`; rows carry it.
    std::uint32_t generation() const;
    /// An added parameter of one type. `rows` is the name of its rows: another expression under the same code is another name.
    struct Added {
        std::string type, rows;
        const fhir::SearchParameterDefinition* definition = nullptr; ///< valid as long as the registry
        bool is_complete = false;
    };
    std::vector<Added> added() const;
    /// Whether all stored resources have their rows of a parameter.
    bool is_complete(const fhir::SearchParameterDefinition& definition, std::string_view type) const;
    void set_complete(const Added& parameter);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// JSON body as the store wants it: `"meta":{` exists, versionId and lastUpdated removed, id as given; and the splice offset.
struct PreparedBody {
    std::string body;
    std::size_t meta_at = 0;
};
PreparedBody prepare_body(fhir::Element resource, const std::string& id);

/// "name", modifier "exact", values split by unescaped commas.
struct QueryParameter {
    std::string name, modifier;
    std::vector<std::string> values;
    std::string raw;
};
struct Query {
    std::string type;                       ///< "" = system-wide
    std::vector<std::string> types;         ///< `_type` of a system-wide search, empty = all
    std::vector<QueryParameter> parameters; ///< without result parameters
    std::size_t count = 50;
    struct Sort {
        std::string param;
        bool descending = false;
    };
    std::vector<Sort> sort;
    struct Include {
        std::string source, param, target;
        bool reverse = false, iterate = false;
    };
    std::vector<Include> includes;
    std::optional<store::ResourceKey> compartment; ///< only its members: GET Patient/1/Observation
    std::string summary;                           ///< true | text | data | count | false | ""
    std::vector<std::string> elements;
    std::string total; ///< none | estimate | accurate | ""
    std::string page;  ///< opaque page token (t, last key), "" = first page
    bool explain = false;
    std::string self; ///< parameters as understood, for link self
};

/// Reads decoded name/value pairs. Strict: unknown parameter or modifier is an error search-unknown-parameter with the nearest name;
/// lenient: it is ignored with a warning. Limits: or_values_max, chain_hops_max.
Result<Query> read_query(const Registry& registry, const std::string& type, const std::vector<std::pair<std::string, std::string>>& pairs,
                         bool strict, Outcome& warnings);

struct Found {
    store::Version version;
    bool included = false; ///< search mode include
};
struct Page {
    std::vector<Found> entries;
    std::optional<std::uint64_t> total;
    std::string next; ///< page token, "" = last page
    std::string previous;
    store::LogTime t = 0;
    std::vector<std::string> plan; ///< lines of `_explain`
    Outcome warnings;              ///< search-include-max: not all that was to be included is in the page
};
/// The log position that a page token belongs to, 0 for a first page: the view must be opened there, so that pages are stable under writes.
store::LogTime page_time(const Query& query);
/// Plans over (query, the view's caller filter, t) and reads one page. Issues: search-too-costly, search-value, search-timeout.
Result<Page> run(const Registry& registry, store::ReadView& view, const Query& query, const Limits& limits);

/// For conditional interactions: ids that match (at most `limit` + 1) and the guard keys touched. Criteria without a token, identifier or
/// reference key: search-criteria-weak (412). What takes longer than a search may: search-timeout.
struct Matches {
    std::vector<store::ResourceKey> keys;
    std::vector<store::Guard> guards;
    store::LogTime t = 0;
};
Result<Matches> find_matches(const Registry& registry, store::ReadView& view, const std::string& type, const std::string& criteria,
                             std::size_t limit, const Limits& limits);

} // namespace huitong::search
