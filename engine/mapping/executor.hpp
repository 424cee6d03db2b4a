/// One run of a map over one source tree. Made by MapLibrary::run; lives for one call, on one thread.
#pragma once

#include "mapping/coverage.hpp"
#include "mapping/linked.hpp"

#include <boost/container/small_vector.hpp>

#include <array>
#include <forward_list>
#include <map>
#include <unordered_map>

namespace huitong::mapping {

/// What a variable holds: a source element or System value, a node of the tree being written, or nothing.
struct Value {
    fhirpath::Item item;
    fhir::NodeIndex target = fhir::kNoNode;
    Span span; ///< bytes of the source that it comes from
    bool is_target() const { return target != fhir::kNoNode; }
    bool is_nothing() const { return !is_target() && item.is_element() && !item.element(); }
};

/// Variables of one rule, over those of the rules around it. Names belong to the maps. The last one set wins.
class Scope {
public:
    explicit Scope(const Scope* outer = nullptr) : outer_(outer) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    void set(std::string_view name, Value value) { lend(name, own_.emplace_front(std::move(value))); }
    /// A value that somebody else holds, longer than it stays in this scope.
    void lend(std::string_view name, const Value& value) { values_.emplace_back(name, &value); }
    /// nullptr: not set here or around. Valid as long as the scope that holds it.
    const Value* find(std::string_view name) const {
        for (const auto* scope = this; scope; scope = scope->outer_) {
            for (auto at = scope->values_.rbegin(); at != scope->values_.rend(); ++at) {
                if (at->first == name) return at->second;
            }
        }
        return nullptr;
    }
    std::size_t size() const { return values_.size(); }
    /// Forgets the names that were set since `size`.
    void shrink(std::size_t size) { values_.resize(size); }

private:
    const Scope* outer_;
    boost::container::small_vector<std::pair<std::string_view, const Value*>, 6> values_;
    std::forward_list<Value> own_;
};

class Executor {
public:
    Executor(const fhir::Definitions& definitions, const terminology::Terminology* terminology, const Linked& linked,
             const RunOptions& options);

    RunResult run(const Map::Ast& map, fhir::Element source);

private:
    struct At { ///< where we are, for issues and lineage
        const Map::Ast* map;
        const Group* group;
        const Rule* rule;
    };

    // executor.cpp: groups and rules
    const Scope& globals_of(const Map::Ast& map);
    bool step(const At& at, const Place& place);
    void run_group(Linked::Found found, const Scope& arguments);
    void run_rules(const At& at, const std::vector<Rule>& rules, const Scope& scope);
    void join_sources(const At& at, std::size_t index, Scope& scope, Span span);
    void finish_rule(const At& at, Scope& scope, Span span, const Value& first);
    void call(const At& at, const Dependent& dependent, const Scope& scope);
    static std::string where_of(const At& at);
    void fail(const At& at, std::string rule, std::vector<std::string> arguments, const Place& place);

    // sources.cpp
    std::vector<Value> source_values(const At& at, const Source& source, Scope& scope);
    void add_children(const Value& value, std::string_view name, std::vector<Value>& out);
    bool passes(const At& at, const Source& source, const Value& value, Scope& scope);
    void check_cardinality(const At& at, const Source& source, std::size_t count);

    // targets.cpp: the tree being written
    /// Where a child would go: its name with the suffix of a choice, its definition.
    struct Child {
        std::string_view name;
        fhir::TypedName type;
    };
    Child child_of(fhir::NodeIndex parent, std::string_view name, std::string_view type);
    void write_target(const At& at, const Target& target, Scope& scope);
    fhir::NodeIndex create(const At& at, fhir::NodeIndex parent, const Target& target, const Scope& scope);
    fhir::NodeIndex make_child(fhir::NodeIndex parent, std::string_view name, std::string_view type);
    fhir::NodeIndex make_child(fhir::NodeIndex parent, Child child, std::string_view type);
    fhir::NodeIndex make_loose(std::string_view type);
    fhir::NodeIndex assign(fhir::NodeIndex parent, std::string_view name, const Value& value);
    fhir::NodeIndex assign_text(fhir::NodeIndex parent, const Child& child, std::string_view type, std::string_view text,
                                fhir::ValueKind kind, Span span);
    fhir::NodeIndex assign_tree(fhir::NodeIndex parent, const Child& child, const fhirpath::Item& item, Span span);
    fhir::NodeIndex attach(fhir::NodeIndex parent, std::string_view name, fhir::NodeIndex loose);
    void adopt(fhir::NodeIndex node, const fhir::TypedName& type, Span span);
    void copy_simple(const At& at, const Target& target, const Value& value, const Scope& scope);
    void prune(fhir::NodeIndex node);
    fhir::TypedName& type_at(fhir::NodeIndex node);
    std::uint32_t lineage();

    // transforms.cpp, translation.cpp, evaluation.cpp
    /// Several values only of an expression; empty: there is nothing to write.
    std::vector<Value> transform(const At& at, const Target& target, const Scope& scope);
    std::optional<Value> one_transform(const At& at, const Target& target, const Scope& scope);
    std::optional<Value> append(const At& at, const Target& target, const Scope& scope);
    std::optional<Value> coded_transform(const At& at, const Target& target, const std::string& first, const Scope& scope);
    std::optional<Value> argument(const At& at, const Parameter& parameter, const Scope& scope);
    std::string argument_text(const At& at, const Target& target, std::size_t index, const Scope& scope);
    std::optional<Value> cast(const Value& value, const std::string& type) const;
    std::optional<Value> quantity(const std::array<std::string, 4>& text) const;
    std::string reference_to(const Value& value) const;
    std::optional<Value> translate(const At& at, const Target& target, const Scope& scope);
    std::optional<Value> translated(const terminology::Match& match, std::string_view form) const;
    terminology::Coding coding_of(const Value& value) const;
    /// What a formula gives, nullopt when it failed (and was told); `span` is where its values come from.
    std::optional<fhirpath::Collection> run_formula(const At& at, const void* formula, const std::string& text, const Place& place,
                                                    const Scope& scope, const Value* context, Span& span);
    std::vector<Value> evaluate(const At& at, const void* formula, const std::string& text, const Place& place, const Scope& scope,
                                const Value* context);
    /// Whether the formula gives a single true.
    bool holds(const At& at, const Formula& formula, const Scope& scope, const Value& context);
    std::optional<Value> evaluate_one(const At& at, const void* formula, const std::string& text, const Place& place, const Scope& scope,
                                      const Value* context);
    Value text_value(std::string text) const;
    Value complex_value(std::string_view type, std::initializer_list<std::pair<std::string_view, std::string>> members) const;
    std::optional<Value> unique(std::string text, const std::string& kind);
    std::string make_uuid();

    // values.cpp: small readings of values
    fhirpath::Item item_of_value(const Value& value) const;
    std::string text_of_value(const Value& value) const;
    std::string_view type_of_value(const Value& value) const;
    Span span_of(const fhirpath::Item& item) const;

    class Surroundings; ///< what expressions may ask of the terminology

    const fhir::Definitions& definitions_;
    const terminology::Terminology* terminology_;
    const Linked& linked_;
    const RunOptions& options_;
    fhir::DocumentPtr output_ = std::make_shared<fhir::Document>();
    std::vector<fhir::TypedName> types_;                                             ///< by node of the output
    std::vector<fhir::NodeIndex> loose_;                                             ///< made by `create` without a place
    std::map<std::pair<std::string_view, fhir::NodeIndex>, fhir::NodeIndex> shared_; ///< by `share` name and parent
    std::map<const Map::Ast*, std::unique_ptr<Scope>> globals_;
    std::shared_ptr<const Surroundings> surroundings_;
    fhirpath::EvaluationContext evaluation_;
    Outcome notes_;                           ///< of the expression being evaluated
    std::vector<fhirpath::Binding> bindings_; ///< its variables
    std::vector<fhirpath::Item> written_;     ///< those of them that are nodes of the output
    std::optional<Coverage> coverage_;
    RunResult result_;
    std::map<std::string, std::uint32_t, std::less<>> used_; ///< texts that `unique` gave
    At rule_{};                                              ///< the rule that writes, its record made at the first write
    Span rule_span_;
    std::uint64_t steps_ = 0;
    std::uint32_t uuids_ = 0, lineage_ = 0, depth_ = 0;
    bool stopped_ = false;
};

} // namespace huitong::mapping
