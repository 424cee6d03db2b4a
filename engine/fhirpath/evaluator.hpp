/// Walks the syntax tree over a collection. One Evaluator serves one evaluation on one thread. Internal to the room.
#pragma once

#include "fhirpath/ast.hpp"
#include "fhirpath/values.hpp"

#include <chrono>

namespace huitong::fhirpath {

/// Ends an evaluation from the depth of the functions; caught in Expression::evaluate and nowhere else.
struct EvaluationFailure {
    Outcome outcome;
};

class Evaluator {
public:
    explicit Evaluator(const EvaluationContext& context);

    Collection evaluate(const Node& node, const Collection& focus);
    /// Evaluates an operand or an argument: variables that it defines end with it.
    Collection scoped(const Node& node, const Collection& focus);
    /// Argument `index` of a call, evaluated on the call's own outer focus ($this of the caller).
    Collection argument(const Node& call, std::size_t index);
    /// Argument evaluated once for each item, with $this and $index.
    Collection argument_for(const Node& call, std::size_t index, const Item& item, std::size_t position);
    std::size_t argument_count(const Node& call) const { return call.children.size() - 1; }
    const Node& argument_node(const Node& call, std::size_t index) const { return *call.children[index + 1]; }

    /// Children of an item by name, typed; choice elements by their stem.
    void children(const Item& item, std::string_view name, Collection& out);
    void all_children(const Item& item, Collection& out);
    Item typed_child(const Item& parent, const fhir::Element& child) const;

    [[noreturn]] void fail(IssueCode code, std::string rule, std::vector<std::string> arguments = {}) const;
    /// Counts work; fails when the budget of steps or of time is spent.
    void step(std::uint64_t count = 1);
    /// Work in proportion to a size: `units` cheap things (comparisons, copies, bytes) count as one step for each sixteen.
    void charge(std::size_t units) { step(units / 16); }
    /// The one item, nullopt for none; several: fails.
    std::optional<Item> single(const Collection& collection) const;
    std::optional<bool> boolean(const Collection& collection) const;
    std::optional<std::string> string_argument(const Node& call, std::size_t index);
    std::optional<std::int64_t> integer_argument(const Node& call, std::size_t index);

    /// True when the item is of the type named as FHIRPath writes it ("System.String", "FHIR.Patient", "Quantity").
    bool is_type(const Item& item, std::string_view name) const;
    /// Fails when no such type is known (only with a model).
    void require_type(std::string_view name) const;
    /// Name of a type argument (`ofType(Patient)`, `is(System.String)`).
    std::string type_argument(const Node& call, std::size_t index) const;

    const EvaluationContext& context() const { return context_; }
    Instant now();
    /// Defines a variable until the path that it stands in ends; fails when the name is visible already.
    void set_variable(const std::string& name, Collection value);

    struct Frame {
        const Collection* self = nullptr;
        std::size_t index = 0;
        const Collection* total = nullptr;
    };
    Frame& frame() { return frame_; }

private:
    bool is_resource_of(const Item& source, std::string_view type) const;
    Collection member(const Node& node, const Collection& focus);
    Collection variable(const Node& node);
    Collection binary(const Node& node, const Collection& focus);
    Collection item_at(const Node& node, const Collection& focus);
    Collection negate(const Node& node, const Collection& focus);
    Collection type_as(const Node& node, const Collection& focus);

    const Collection* defined(std::string_view name) const;
    void look_at_clock();

    struct Variable {
        std::string name;
        Collection value;
    };
    const EvaluationContext& context_;
    Frame frame_;
    std::vector<Variable> variables_; ///< what defineVariable made, innermost last
    Instant now_{};
    std::uint64_t steps_ = 0;
    std::uint64_t next_look_ = 4096; ///< at that step the clock is looked at
    std::chrono::steady_clock::time_point started_{};
    int depth_ = 0;
};

/// Is there such a type ("System.String", "FHIR.Patient", "Quantity")? Name spaces of other models are taken as they are.
bool is_known_type(const fhir::Definitions& definitions, std::string_view name);

/// The binary operators but the logical ones, over evaluated sides.
Collection operate(Evaluator& evaluator, std::string_view symbol, const Collection& left, const Collection& right);
/// Each item once, the first of equal ones.
Collection distinct_items(Evaluator& evaluator, const Collection& items);
bool contains_item(Evaluator& evaluator, const Collection& items, const Item& wanted);

} // namespace huitong::fhirpath
