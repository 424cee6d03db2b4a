/// One run of a map over one source tree. Made by MapLibrary::run; lives for one call, on one thread.
#pragma once

#include "mapping/ast.hpp"
#include "mapping/expressions.hpp"

#include <array>
#include <map>
#include <unordered_map>

namespace huitong::mapping {

/// The type that a name in a map stands for: by alias, by the url of a structure, or as it is.
std::string_view type_named(const fhir::Definitions& definitions, const Map::Ast& map, std::string_view name);

/// Where groups and maps are found; implemented by the library.
class GroupFinder {
public:
    struct Found {
        const Map::Ast* map = nullptr;
        const Group* group = nullptr;
    };
    virtual Found find_group(const Map::Ast& from, std::string_view name) const = 0;
    /// The default group (`<<types>>`) of a pair of types; target "" asks for `<<type+types>>` of the source alone.
    virtual Found find_default(const Map::Ast& from, std::string_view source_type, std::string_view target_type) const = 0;

protected:
    ~GroupFinder() = default;
};

/// What a variable holds: a source element or System value, or a node of the tree being written.
struct Value {
    fhirpath::Item item;
    fhir::NodeIndex target = fhir::kNoNode;
    bool is_target() const { return target != fhir::kNoNode; }
};

/// Variables of one rule, over those of the rules around it.
class Scope {
public:
    explicit Scope(const Scope* outer = nullptr) : outer_(outer) {}
    void set(const std::string& name, Value value) { values_.insert_or_assign(name, std::move(value)); }
    const Value* find(std::string_view name) const {
        const auto found = values_.find(name);
        if (found != values_.end()) return &found->second;
        return outer_ ? outer_->find(name) : nullptr;
    }

private:
    const Scope* outer_;
    std::map<std::string, Value, std::less<>> values_;
};

class Executor {
public:
    Executor(const fhir::Definitions& definitions, const terminology::Terminology* terminology, const GroupFinder& groups,
             ExpressionCache& expressions, const RunOptions& options)
        : definitions_(definitions), terminology_(terminology), groups_(groups), expressions_(expressions), options_(options),
          output_(std::make_shared<fhir::Document>()) {}

    RunResult run(const Map::Ast& map, fhir::Element source);

private:
    struct At { ///< where we are, for issues and lineage
        const Map::Ast* map;
        const Group* group;
        const Rule* rule;
    };

    // executor.cpp: groups, rules, sources
    void run_group(GroupFinder::Found found, const Scope& arguments);
    void run_rules(const At& at, const std::vector<Rule>& rules, const Scope& scope);
    void run_rule(const At& at, const Scope& scope);
    void join_sources(const At& at, std::size_t index, Scope& scope, Span source);
    std::vector<Value> source_values(const At& at, const Source& source, const Scope& scope);
    bool passes(const At& at, const Source& source, const Value& value, const Scope& scope);
    void finish_rule(const At& at, Scope& scope, Span source, const Value& first);
    void call(const At& at, const Dependent& dependent, const Scope& scope);
    void copy_simple(const At& at, const Target& target, const Value& value, const Scope& scope);
    void fail(const At& at, std::string rule, std::vector<std::string> arguments, const Place& place);

    // targets.cpp: the tree being written
    void write_target(const At& at, const Target& target, Scope& scope);
    fhir::NodeIndex make_child(fhir::NodeIndex parent, const std::string& name, std::string_view type, bool reuse);
    fhir::NodeIndex assign(fhir::NodeIndex parent, const std::string& name, const Value& value);
    fhir::NodeIndex assign_primitive(fhir::NodeIndex parent, const std::string& name, std::string_view type, std::string_view text,
                                     fhir::ValueKind kind);
    void adopt_types(fhir::NodeIndex node, const fhir::TypedName& type);
    std::string concrete_name(const fhir::TypedName& parent, const std::string& name, std::string_view type) const;
    void prune(fhir::NodeIndex node);

    // transforms.cpp, translation.cpp, evaluation.cpp
    std::optional<Value> transform(const At& at, const Target& target, const Scope& scope);
    std::optional<Value> argument(const At& at, const Parameter& parameter, const Scope& scope);
    std::string argument_text(const At& at, const Target& target, std::size_t index, const Scope& scope);
    std::optional<Value> translate(const At& at, const Target& target, const Scope& scope);
    std::optional<Value> translated(const terminology::Match& match, std::string_view form);
    terminology::Coding coding_of(const Value& value) const;
    std::optional<Value> coded_transform(const At& at, const Target& target, const std::string& first, const Scope& scope);
    std::optional<Value> cast(const Value& value, const std::string& type) const;
    std::optional<Value> quantity(const std::array<std::string, 4>& text) const;
    std::string reference_to(const Value& value) const;
    std::optional<Value> evaluate(const At& at, const std::string& text, const Scope& scope, const Value* context);
    Value text_value(std::string text) const;
    Value complex_value(std::string_view type, std::initializer_list<std::pair<std::string_view, std::string>> members) const;
    std::optional<Value> unique(std::string text, const std::string& kind);
    std::string make_uuid();

    // executor.cpp: small readings of values
    fhirpath::Item item_of_value(const Value& value) const;
    std::string text_of_value(const Value& value) const;
    std::string type_of_value(const Value& value) const;

    class Surroundings; ///< what expressions may ask of the terminology

    const fhir::Definitions& definitions_;
    const terminology::Terminology* terminology_;
    const GroupFinder& groups_;
    ExpressionCache& expressions_;
    const RunOptions& options_;
    fhir::DocumentPtr output_;
    std::unordered_map<fhir::NodeIndex, fhir::TypedName> types_;
    std::map<std::pair<std::string, fhir::NodeIndex>, fhir::NodeIndex> shared_;
    RunResult result_;
    std::map<std::string, std::uint32_t, std::less<>> used_; ///< texts that `unique` gave
    std::uint64_t steps_ = 0;
    std::uint32_t uuids_ = 0, lineage_ = 0;
    fhirpath::Item source_root_;
    bool stopped_ = false;
};

} // namespace huitong::mapping
