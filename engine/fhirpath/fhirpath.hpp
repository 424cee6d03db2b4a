/// FHIRPath 2.0 with the FHIR R4 rules over any tree: FHIR resources, v2 messages, CDA, rows.
///
/// `Expression` is parsed and checked once and may be evaluated from any thread any number of times.
/// Source: FHIRPath 2.0.0 (N1); FHIR R4, FHIRPath.
#pragma once

#include "base/date_time.hpp"
#include "base/decimal.hpp"
#include "base/limits.hpp"
#include "fhir/definitions.hpp"
#include "fhir/tree.hpp"

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <variant>

namespace huitong::fhirpath {

/// System.Quantity: an exact decimal with a UCUM unit or a calendar unit word.
struct Quantity {
    Decimal value;
    std::string unit; ///< UCUM code, or calendar word ("year", "days")
    bool calendar = false;
};
/// System.Date, DateTime, Time keep the written precision.
struct DateValue {
    DateTime value;
};
struct DateTimeValue {
    DateTime value;
};
struct TimeValue {
    DateTime value;
};

/// One item of a collection: an element of a tree with its definition, or a System value.
struct Item {
    std::variant<fhir::Element, bool, std::int64_t, Decimal, std::string, DateValue, DateTimeValue, TimeValue, Quantity> value;
    fhir::TypedName type;   ///< of an element; its `type` is "" when nothing defines it
    fhir::DocumentPtr keep; ///< holds a document alive that the evaluation itself made or resolved; else null

    bool is_element() const { return std::holds_alternative<fhir::Element>(value); }
    const fhir::Element& element() const { return std::get<fhir::Element>(value); }
};
using Collection = std::vector<Item>;

/// "boolean", "integer", "decimal", "string", "date", "dateTime", "time", "Quantity" for System values; the FHIR type for elements.
std::string type_text(const Item& item);
/// Text as the FHIRPath suite writes it: primitives exactly, System.Quantity as `1.5 'mg'`, complex elements as compact JSON.
std::string value_text(const Item& item);
/// The boolean of a single boolean item, true for a single other item, nullopt for empty. Several: Outcome (fhirpath-singleton).
Result<std::optional<bool>> as_boolean(const Collection& collection);

/// What higher rooms provide. Every pointer may be null: the function then gives empty (resolve) or an issue (memberOf …).
class Environment {
public:
    virtual ~Environment() = default;
    /// The resource a reference points at (contained, in the bundle, or stored); no element when unknown.
    virtual Item resolve(std::string_view reference, const Item& from) const {
        (void)reference;
        (void)from;
        return {};
    }
    /// nullopt: cannot tell.
    virtual std::optional<bool> member_of(const Item& coded, std::string_view value_set) const {
        (void)coded;
        (void)value_set;
        return std::nullopt;
    }
    virtual std::optional<bool> conforms_to(const Item& item, std::string_view structure) const {
        (void)item;
        (void)structure;
        return std::nullopt;
    }
    virtual std::optional<bool> subsumes(std::string_view system, std::string_view a, std::string_view b) const {
        (void)system;
        (void)a;
        (void)b;
        return std::nullopt;
    }
    /// A row of a concept map; `note` is the comment of the row.
    struct Translated {
        std::string system, code, display, note;
    };
    /// Matches in the map, best first; system "" fits any.
    virtual std::vector<Translated> translate(std::string_view map, std::string_view system, std::string_view code) const {
        (void)map;
        (void)system;
        (void)code;
        return {};
    }
};

/// A variable that the caller holds; null: it is known and empty.
struct Binding {
    std::string_view name;
    const Item* item = nullptr;
};

struct EvaluationContext {
    const fhir::Definitions* definitions = nullptr; ///< null: no model, names are taken as they are
    const Environment* environment = nullptr;
    Item resource;                                            ///< %resource; default: the root of the input
    Item root_resource;                                       ///< %rootResource
    std::map<std::string, Collection, std::less<>> variables; ///< %name
    std::span<const Binding> bindings;                        ///< looked at before `variables`; must outlive the evaluation
    Instant now{};                                            ///< now(), today(); zero: the system clock once per evaluation
    int offset_minutes = 480;                                 ///< zone of the server, for comparisons of values without one and for now()
    std::uint64_t steps_max = Limits{}.fhirpath_steps_max;
    std::uint32_t milliseconds_max = 800; ///< looked at every few thousand steps; 0: no limit of time
    bool lenient_as = false;              ///< search-parameter mode: `as` on several items filters
    bool polymorphic_names = false;       ///< "valueQuantity" may be written for "value"
    bool reference_by_type = false;       ///< resolve() is T goes by the type in the reference (search extraction)
    std::function<void(std::string_view name, const Collection&)> trace;
    std::vector<bool>* touched = nullptr; ///< nodes of `watched` that are navigated to are marked here, by index
    const fhir::Document* watched = nullptr;
    Outcome* notes = nullptr; ///< where own readings say what they could not read (fhirpath-date-unreadable, a warning)
};

/// What is known before running: the item looked at and the variables; nullopt: anything.
struct CheckInput {
    std::optional<fhir::TypedName> input;
    std::vector<std::pair<std::string_view, std::optional<fhir::TypedName>>> variables;
    bool polymorphic_names = false;
};
/// What an expression gives.
struct CheckResult {
    Outcome issues;
    std::vector<fhir::TypedName> types; ///< possible types; System types by their name only
    bool is_known = false;              ///< false: anything
    bool many = true;                   ///< may give several items
};

class Expression {
public:
    /// Issues: fhirpath-syntax (with line and column), fhirpath-unknown-function, fhirpath-arity.
    static Result<Expression> parse(std::string_view text);
    /// Static check against the type of the input ("Patient", a model type, "" = unknown): unknown path with the nearest name, wrong type,
    /// singleton misuse.
    Outcome check(const fhir::Definitions& definitions, std::string_view input_type) const;
    /// The same for an expression among variables, with the types that it gives.
    CheckResult infer(const fhir::Definitions& definitions, const CheckInput& input) const;
    /// Errors are of stage execution: fhirpath-singleton, fhirpath-type, fhirpath-steps-max, fhirpath-unsupported …
    Result<Collection> evaluate(const EvaluationContext& context, const Collection& input) const;
    Result<Collection> evaluate(const EvaluationContext& context, fhir::Element input) const;
    /// The same into a buffer that the caller keeps from one evaluation to the next: what is common then allocates nothing. What `out` held
    /// is dropped first.
    Result<void> evaluate(const EvaluationContext& context, fhir::Element input, Collection& out) const;
    const std::string& text() const;
    /// Names of the %variables that the text mentions, each once.
    std::vector<std::string> variables() const;

    Expression(Expression&&) noexcept;
    Expression& operator=(Expression&&) noexcept;
    Expression(const Expression&); ///< cheap: the compiled form is shared
    Expression& operator=(const Expression&);
    ~Expression();

private:
    struct Compiled;
    explicit Expression(std::shared_ptr<const Compiled> compiled);
    std::shared_ptr<const Compiled> compiled_;
};

/// Item of a tree's element with its type found from the definitions (root: by resource type; inside: by walking from the nearest
/// resource).
Item item_of(const fhir::Definitions* definitions, fhir::Element element);

} // namespace huitong::fhirpath
