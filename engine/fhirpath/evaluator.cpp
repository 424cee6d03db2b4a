#include "fhirpath/evaluator.hpp"

#include <algorithm>

namespace huitong::fhirpath {
namespace {

constexpr int kDepthMax = 400;

/// "FHIR.Patient" → {"FHIR", "Patient"}; "Patient" → {"", "Patient"}.
std::pair<std::string_view, std::string_view> split_type(std::string_view name) {
    const auto dot = name.find('.');
    if (dot == name.npos) return {{}, name};
    return {name.substr(0, dot), name.substr(dot + 1)};
}

} // namespace

bool is_known_type(const fhir::Definitions& definitions, std::string_view name) {
    static constexpr std::string_view kSystem[] = {"Any",  "Boolean",  "String", "Integer",  "Long",   "Decimal",
                                                   "Date", "DateTime", "Time",   "Quantity", "Concept"};
    const auto [space, type] = split_type(name);
    const bool system = std::find(std::begin(kSystem), std::end(kSystem), type) != std::end(kSystem);
    if (space == "System") return true; // an element is never of such a type, whatever its name
    if (space == "FHIR") return definitions.find_type(type) != nullptr;
    return system || !space.empty() || definitions.find_type(type) != nullptr;
}

Evaluator::Evaluator(const EvaluationContext& context) : context_(context), now_(context.now) {}

void Evaluator::fail(IssueCode code, std::string rule, std::vector<std::string> arguments) const {
    throw EvaluationFailure{Outcome{error(code, "", std::move(rule), std::move(arguments))}};
}

void Evaluator::step(std::uint64_t count) {
    steps_ += count;
    if (steps_ > context_.steps_max) fail(IssueCode::too_costly, "fhirpath-steps-max", {std::to_string(context_.steps_max)});
    if (steps_ >= next_look_) look_at_clock();
}

void Evaluator::look_at_clock() {
    const auto now = std::chrono::steady_clock::now();
    if (started_ == std::chrono::steady_clock::time_point()) started_ = now;
    next_look_ = steps_ + 4096;
    const bool late = context_.milliseconds_max > 0 && now - started_ > std::chrono::milliseconds(context_.milliseconds_max);
    if (late) fail(IssueCode::too_costly, "fhirpath-time-max", {std::to_string(context_.milliseconds_max)});
}

Instant Evaluator::now() {
    if (now_.microseconds == 0) now_ = SystemClock().now();
    return now_;
}

std::optional<Item> Evaluator::single(const Collection& collection) const {
    if (collection.empty()) return std::nullopt;
    if (collection.size() > 1) fail(IssueCode::processing, "fhirpath-singleton");
    return collection.front();
}

std::optional<bool> Evaluator::boolean(const Collection& collection) const {
    auto value = as_boolean(collection);
    if (!value) throw EvaluationFailure{value.error()};
    return *value;
}

Collection Evaluator::evaluate(const Node& node, const Collection& focus) {
    step();
    if (++depth_ > kDepthMax) fail(IssueCode::too_costly, "fhirpath-depth-max", {std::to_string(kDepthMax)});
    Collection out;
    switch (node.kind) {
    case NodeKind::literal: out.push_back(node.value); break;
    case NodeKind::empty: break;
    case NodeKind::member: out = member(node, focus); break;
    case NodeKind::variable: out = variable(node); break;
    case NodeKind::self: out = frame_.self ? *frame_.self : focus; break;
    case NodeKind::index: out.push_back(item(static_cast<std::int64_t>(frame_.index))); break;
    case NodeKind::total: out = frame_.total ? *frame_.total : Collection(); break;
    case NodeKind::item_at: out = item_at(node, focus); break;
    case NodeKind::negate: out = negate(node, focus); break;
    case NodeKind::binary: out = binary(node, focus); break;
    case NodeKind::type_is: {
        const auto value = single(evaluate(*node.children[0], focus));
        require_type(node.text);
        if (value) out.push_back(item(is_type(*value, node.text)));
        break;
    }
    case NodeKind::type_as: out = type_as(node, focus); break;
    case NodeKind::call:
        if (node.children[0]) out = node.function->run(*this, node, evaluate(*node.children[0], focus));
        else out = node.function->run(*this, node, frame_.self ? *frame_.self : focus);
        break;
    }
    --depth_;
    if (out.size() >= 16) charge(out.size());
    return out;
}

Collection Evaluator::scoped(const Node& node, const Collection& focus) {
    const auto visible = variables_.size();
    auto out = evaluate(node, focus);
    variables_.resize(visible);
    return out;
}

/// Is that resource of the type a path begins with? Asked for each branch of "AllergyIntolerance.code | Condition.code | …".
bool Evaluator::is_resource_of(const Item& source, std::string_view type) const {
    const auto own = source.type.type.empty() ? source.element().type() : source.type.type;
    return own == type || ((type == "Resource" || type == "DomainResource") && context_.definitions->is_a(own, type));
}

Collection Evaluator::member(const Node& node, const Collection& focus) {
    Collection out;
    if (node.children[0]) {
        for (const auto& source : evaluate(*node.children[0], focus)) children(source, node.text, out);
        return out;
    }
    const auto& self = frame_.self ? *frame_.self : focus;
    for (const auto& source : self) {
        // A path may begin with the type of what it starts at: Patient.name, Resource.id.
        const bool capital = !node.text.empty() && node.text.front() >= 'A' && node.text.front() <= 'Z';
        const auto* structure = source.type.structure;
        if (capital && structure && structure->kind == fhir::StructureKind::resource && source.is_element() &&
            source.element().is_resource()) {
            if (is_resource_of(source, node.text)) out.push_back(source); // no element of a resource is called so
            continue;
        }
        if (capital && source.is_element()) {
            const auto type = source.type.type.empty() ? source.element().type() : source.type.type;
            if (type == node.text || (context_.definitions && context_.definitions->is_a(type, node.text))) {
                out.push_back(source);
                continue;
            }
        }
        children(source, node.text, out);
    }
    return out;
}

Item Evaluator::typed_child(const Item& parent, const fhir::Element& child) const {
    if (context_.touched && &child.document() == context_.watched) (*context_.touched)[child.index()] = true;
    Item out;
    out.value = child;
    out.keep = parent.keep;
    if (!context_.definitions) return out;
    if (child.is_resource()) {
        out.type = context_.definitions->type_root(child.type());
        if (out.type.type.empty()) out.type.type = child.type();
    } else {
        out.type = context_.definitions->child(parent.type, child.name());
    }
    return out;
}

void Evaluator::children(const Item& parent, std::string_view name, Collection& out) {
    step();
    if (const auto* quantity = std::get_if<Quantity>(&parent.value)) {
        if (name == "value") out.push_back(item(quantity->value));
        else if (name == "unit" || name == "code") out.push_back(item(quantity->unit));
        return;
    }
    if (!parent.is_element()) return;
    // A primitive's own text is its `value`.
    const bool is_primitive = parent.type.structure && parent.type.structure->kind == fhir::StructureKind::primitive;
    if (name == "value" && is_primitive && parent.element().has_value()) {
        out.push_back(system_value(parent));
        return;
    }
    // "resourceType" is written like an element, but says what the resource is.
    if (name == "resourceType" && parent.element().is_resource()) {
        out.push_back(item(std::string(parent.element().type())));
        return;
    }
    for (auto child : parent.element().children()) {
        const auto written = child.name();
        if (written == name) {
            auto typed = typed_child(parent, child);
            // With a model "valueQuantity" is no element name; it is "value".
            const bool suffixed = typed.type.declared && typed.type.declared->is_choice && !context_.polymorphic_names &&
                                  written.size() + 3 != typed.type.declared->name.size();
            if (!suffixed) out.push_back(std::move(typed));
        } else if (context_.definitions && written.size() > name.size() && written.starts_with(name) && written[name.size()] >= 'A' &&
                   written[name.size()] <= 'Z') {
            auto typed = typed_child(parent, child);
            if (typed.type.declared && typed.type.declared->is_choice && typed.type.declared->name.size() == name.size() + 3)
                out.push_back(std::move(typed));
        }
    }
}

void Evaluator::all_children(const Item& parent, Collection& out) {
    if (!parent.is_element()) return;
    for (auto child : parent.element().children()) {
        step();
        out.push_back(typed_child(parent, child));
    }
}

Collection Evaluator::variable(const Node& node) {
    const auto& name = node.text;
    for (const auto& binding : context_.bindings) {
        if (binding.name == name) return binding.item ? Collection{*binding.item} : Collection();
    }
    if (const auto* found = defined(name)) return *found;
    const auto one = [](Item value) { return Collection{std::move(value)}; };
    if (name == "context") return one(context_.resource);
    if (name == "resource") return context_.resource.is_element() && context_.resource.element() ? one(context_.resource) : Collection();
    if (name == "rootResource")
        return context_.root_resource.is_element() && context_.root_resource.element() ? one(context_.root_resource) : Collection();
    if (name == "ucum") return one(item(std::string("http://unitsofmeasure.org")));
    if (name == "sct") return one(item(std::string("http://snomed.info/sct")));
    if (name == "loinc") return one(item(std::string("http://loinc.org")));
    if (name.starts_with("vs-")) return one(item("http://hl7.org/fhir/ValueSet/" + name.substr(3)));
    if (name.starts_with("ext-")) return one(item("http://hl7.org/fhir/StructureDefinition/" + name.substr(4)));
    fail(IssueCode::not_found, "fhirpath-unknown-variable", {name});
}

const Collection* Evaluator::defined(std::string_view name) const {
    for (auto variable = variables_.rbegin(); variable != variables_.rend(); ++variable) {
        if (variable->name == name) return &variable->value;
    }
    const auto given = context_.variables.find(name);
    return given == context_.variables.end() ? nullptr : &given->second;
}

void Evaluator::set_variable(const std::string& name, Collection value) {
    static constexpr std::string_view kReserved[] = {"context", "resource", "rootResource", "ucum", "sct", "loinc"};
    if (defined(name) || std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved))
        fail(IssueCode::duplicate, "fhirpath-variable-twice", {name});
    variables_.push_back({name, std::move(value)});
}

Collection Evaluator::item_at(const Node& node, const Collection& focus) {
    auto source = evaluate(*node.children[0], focus);
    const auto index = single(scoped(*node.children[1], focus));
    if (!index) return {};
    const auto at = as_integer(*index);
    if (!at) fail(IssueCode::invalid, "fhirpath-type", {"[]", "integer"});
    if (*at < 0 || static_cast<std::size_t>(*at) >= source.size()) return {};
    return {std::move(source[static_cast<std::size_t>(*at)])};
}

Collection Evaluator::negate(const Node& node, const Collection& focus) {
    const auto value = single(evaluate(*node.children[0], focus));
    if (!value) return {};
    const bool negative = node.text == "-";
    if (const auto number = as_integer(*value); number && *number != INT64_MIN) return {item(negative ? -*number : *number)};
    if (const auto number = as_decimal(*value)) return {item(negative ? number->negated() : *number)};
    if (auto quantity = as_quantity(*value)) {
        if (negative) quantity->value = quantity->value.negated();
        return {item(std::move(*quantity))};
    }
    fail(IssueCode::invalid, "fhirpath-type", {"-", "number"});
}

Collection Evaluator::type_as(const Node& node, const Collection& focus) {
    auto source = evaluate(*node.children[0], focus);
    require_type(node.text);
    if (source.size() > 1 && !context_.lenient_as) fail(IssueCode::processing, "fhirpath-singleton");
    std::erase_if(source, [&](const Item& value) { return !is_type(value, node.text); });
    return source;
}

Collection Evaluator::binary(const Node& node, const Collection& focus) {
    const auto& symbol = node.text;
    const auto answer = [](std::optional<bool> value) { return value ? Collection{item(*value)} : Collection(); };
    if (symbol != "and" && symbol != "or" && symbol != "xor" && symbol != "implies") {
        auto left = scoped(*node.children[0], focus);
        auto right = scoped(*node.children[1], focus);
        if (symbol == "|") { // most branches of a search parameter's union are about other resources
            if (right.empty() && left.size() <= 1) return left;
            if (left.empty() && right.size() <= 1) return right;
        }
        return operate(*this, symbol, left, right);
    }
    const auto left = boolean(scoped(*node.children[0], focus));
    if (symbol == "and" && left && !*left) return answer(false);
    if (symbol == "or" && left && *left) return answer(true);
    if (symbol == "implies" && left && !*left) return answer(true);
    const auto right = boolean(scoped(*node.children[1], focus));
    if (symbol == "and") {
        if (right && !*right) return answer(false);
        return left && right ? answer(true) : Collection();
    }
    if (symbol == "or") {
        if (right && *right) return answer(true);
        return left && right ? answer(false) : Collection();
    }
    if (symbol == "xor") return left && right ? answer(*left != *right) : Collection();
    if (right && *right) return answer(true);
    return left && right ? answer(false) : Collection();
}

Collection Evaluator::argument(const Node& call, std::size_t index) {
    // Arguments see the caller's $this, not the function's focus.
    const Collection self = frame_.self ? *frame_.self : Collection();
    return scoped(argument_node(call, index), self);
}

Collection Evaluator::argument_for(const Node& call, std::size_t index, const Item& value, std::size_t position) {
    const Collection self{value};
    const auto outer = frame_;
    frame_.self = &self;
    frame_.index = position;
    auto out = scoped(argument_node(call, index), self);
    frame_ = outer;
    return out;
}

std::optional<std::string> Evaluator::string_argument(const Node& call, std::size_t index) {
    const auto value = single(argument(call, index));
    if (!value) return std::nullopt;
    auto text = as_string(*value);
    if (!text) fail(IssueCode::invalid, "fhirpath-type", {call.text, "string"});
    return text;
}

std::optional<std::int64_t> Evaluator::integer_argument(const Node& call, std::size_t index) {
    const auto value = single(argument(call, index));
    if (!value) return std::nullopt;
    const auto number = as_integer(*value);
    if (!number) fail(IssueCode::invalid, "fhirpath-type", {call.text, "integer"});
    return number;
}

bool Evaluator::is_type(const Item& value, std::string_view name) const {
    const auto [space, type] = split_type(name);
    if (!value.is_element()) {
        if (space == "FHIR") return false;
        auto own = type_text(value);
        if (own == type && space.empty() && own != "Quantity")
            return own == "boolean" || own == "string" || own == "integer" || own == "decimal" || own == "date" || own == "dateTime" ||
                   own == "time";
        own.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(own.front())));
        return own == type;
    }
    if (space == "System") return false;
    const auto own = value.type.type.empty() ? std::string_view(value.element().type()) : value.type.type;
    if (own == type) return true;
    if (!context_.definitions) return type_text(value) == type;
    return context_.definitions->is_a(own, type);
}

void Evaluator::require_type(std::string_view name) const {
    if (!context_.definitions || is_known_type(*context_.definitions, name)) return;
    fail(IssueCode::invalid, "fhirpath-unknown-type", {std::string(name)});
}

std::string Evaluator::type_argument(const Node& call, std::size_t index) const {
    std::string out;
    for (const Node* at = &argument_node(call, index); at; at = at->children.empty() ? nullptr : at->children[0].get()) {
        if (at->kind == NodeKind::literal && std::holds_alternative<std::string>(at->value.value))
            return std::get<std::string>(at->value.value);
        if (at->kind != NodeKind::member) fail(IssueCode::invalid, "fhirpath-type", {call.text, "type name"});
        out = out.empty() ? at->text : at->text + "." + out;
    }
    return out;
}

} // namespace huitong::fhirpath
