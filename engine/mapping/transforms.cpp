/// The transforms of targets. Source: FHIR R4, StructureMap, "map-transform" and Mapping Language, "Transforms".
#include "mapping/executor.hpp"

#include "base/sha256.hpp"
#include "fhirpath/source_text.hpp"

#include <array>

namespace huitong::mapping {
namespace {

using fhirpath::Item;

/// What would end or split a search value in a URL; other bytes pass.
std::string url_escaped(std::string_view text) {
    static constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == ',' || c == '|' || c == '$' || c == '\\') out += "%5C"; // FHIR R4, Search, "Escaping Search Parameters"
        if (byte <= ' ' || c == '%' || c == '&' || c == '+' || c == '#' || c == '"' || c == '<' || c == '>' || c == '|' || c == '\\')
            ((out += '%') += kHex[byte >> 4]) += kHex[byte & 15];
        else out += c;
    }
    return out;
}

/// "quot;" … for the formats that `escape` knows.
std::string escaped(std::string_view text, std::string_view format) {
    if (format == "url") return url_escaped(text);
    std::string out;
    for (const char c : text) {
        const bool markup = format == "xml" || format == "html";
        if (markup && c == '&') out += "&amp;";
        else if (markup && c == '<') out += "&lt;";
        else if (markup && c == '>') out += "&gt;";
        else if (markup && c == '"') out += "&quot;";
        else if (format == "json" && (c == '"' || c == '\\')) (out += '\\') += c;
        else out += c;
    }
    return out;
}

/// Cuts to `characters` code points.
std::string truncated(std::string_view text, std::size_t characters) {
    std::size_t at = 0;
    for (; at < text.size(); ++at) {
        const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
        if (starts && characters-- == 0) break;
    }
    return std::string(text.substr(0, at));
}

} // namespace

Value Executor::text_value(std::string text) const {
    Value out;
    out.item.value = std::move(text);
    return out;
}

Value Executor::complex_value(std::string_view type, std::initializer_list<std::pair<std::string_view, std::string>> members) const {
    auto document = std::make_shared<fhir::Document>();
    document->set_root("Values");
    const auto node = document->add_child(0, document->intern(type), false);
    const auto root = definitions_.type_root(type);
    for (const auto& [path, text] : members) {
        if (text.empty()) continue;
        auto at = node;
        auto at_type = root;
        for (auto rest = std::string_view(path); !rest.empty();) {
            const auto dot = rest.find('.');
            const auto step = rest.substr(0, dot);
            rest = dot == rest.npos ? std::string_view() : rest.substr(dot + 1);
            at_type = definitions_.child(at_type, step);
            const auto existing = rest.empty() ? fhir::Element() : document->element(at).child(step);
            at = existing ? existing.index() : document->add_child(at, document->intern(step), at_type.is_array);
        }
        const bool is_number = at_type.type == "decimal" || at_type.type == "integer" || at_type.type == "positiveInt";
        document->set_value(at, is_number ? fhir::ValueKind::number : fhir::ValueKind::text, document->copy(text));
    }
    Value out;
    out.item.value = document->element(node);
    out.item.type = root;
    out.item.keep = std::move(document);
    return out;
}

std::optional<Value> Executor::unique(std::string text, const std::string& kind) {
    if (text.empty()) return std::nullopt;
    const auto times = ++used_[kind + '\n' + text];
    return text_value(times == 1 ? std::move(text) : text + '.' + std::to_string(times));
}

std::string Executor::make_uuid() {
    auto hash = sha256_hex(options_.id_seed + '\n' + std::to_string(++uuids_)).substr(0, 32);
    hash[12] = '8'; // RFC 9562 version 8: made by our own rule
    hash[16] = "89ab"[hash[16] % 4];
    return hash.substr(0, 8) + '-' + hash.substr(8, 4) + '-' + hash.substr(12, 4) + '-' + hash.substr(16, 4) + '-' + hash.substr(20);
}

std::optional<Value> Executor::argument(const At& at, const Parameter& parameter, const Scope& scope) {
    Value out;
    switch (parameter.kind) {
    case Parameter::Kind::variable: {
        const auto* found = scope.find(parameter.value);
        if (!found) fail(at, "fml-unknown-variable", {parameter.value}, parameter.place);
        return found && !found->is_nothing() ? std::optional(*found) : std::nullopt;
    }
    case Parameter::Kind::expression: return evaluate_one(at, &parameter, parameter.value, parameter.place, scope, nullptr);
    case Parameter::Kind::integer:
    case Parameter::Kind::decimal: {
        const auto number = Decimal::read(parameter.value).value_or(Decimal());
        if (const auto whole = number.to_int64(); whole && parameter.kind == Parameter::Kind::integer) out.item.value = *whole;
        else out.item.value = number;
        return out;
    }
    case Parameter::Kind::boolean: out.item.value = parameter.value == "true"; return out;
    case Parameter::Kind::text:
    case Parameter::Kind::date: break;
    }
    return text_value(parameter.value);
}

std::string Executor::argument_text(const At& at, const Target& target, std::size_t index, const Scope& scope) {
    if (index >= target.parameters.size()) return {};
    const auto& parameter = target.parameters[index];
    if (parameter.kind == Parameter::Kind::text) return parameter.value;
    const auto* held = parameter.kind == Parameter::Kind::variable ? scope.find(parameter.value) : nullptr;
    if (held) return held->is_nothing() ? std::string() : text_of_value(*held);
    const auto value = argument(at, parameter, scope);
    return value ? text_of_value(*value) : std::string();
}

std::string Executor::reference_to(const Value& value) const {
    const auto item = item_of_value(value);
    if (!item.is_element()) return fhirpath::value_text(item);
    const auto element = item.element();
    // Inside a bundle a resource is named by the fullUrl of its entry.
    const auto entry = element.parent();
    if (const auto url = entry ? entry.text("fullUrl") : std::string_view(); !url.empty()) return std::string(url);
    const auto id = element.text("id");
    return id.empty() ? std::string() : std::string(element.type()) + "/" + std::string(id);
}

std::optional<Value> Executor::cast(const Value& value, const std::string& type) const {
    const auto text = text_of_value(value);
    if (text.empty()) return std::nullopt;
    Value out;
    if (type == "boolean") {
        if (text != "true" && text != "false") return std::nullopt;
        out.item.value = text == "true";
    } else if (type == "integer" || type == "positiveInt" || type == "unsignedInt" || type == "decimal") {
        const auto number = Decimal::read(text);
        if (!number || (type != "decimal" && !number->is_integer())) return std::nullopt;
        out.item.value = *number;
    } else if (type == "Quantity") {
        const auto number = Decimal::read(text);
        return number ? std::optional(complex_value("Quantity", {{"value", number->text()}})) : std::nullopt;
    } else {
        out.item.value = text;
    }
    if (const auto* structure = definitions_.find_type(type)) out.item.type.type = structure->type;
    return out;
}

std::optional<Value> Executor::quantity(const std::array<std::string, 4>& text) const {
    auto [number, unit, system, code] = text;
    if (unit.empty()) {
        // qty('12.5 mg'): the unit stands behind the number.
        const auto space = number.find(' ');
        if (space != number.npos) unit = number.substr(space + 1);
        number = number.substr(0, space);
    }
    if (!Decimal::read(number)) return std::nullopt;
    return complex_value("Quantity", {{"value", number}, {"unit", unit}, {"system", system}, {"code", code}});
}

/// The texts one after the other; the span of the first that has one.
std::optional<Value> Executor::append(const At& at, const Target& target, const Scope& scope) {
    std::string text;
    Span span;
    for (const auto& parameter : target.parameters) {
        const auto value = argument(at, parameter, scope);
        if (!value) continue;
        text += text_of_value(*value);
        if (span == Span()) span = value->span;
    }
    auto out = text_value(std::move(text));
    out.span = span;
    return out;
}

std::vector<Value> Executor::transform(const At& at, const Target& target, const Scope& scope) {
    if (target.transform == "evaluate") {
        const auto& formula = target.parameters.back();
        if (target.parameters.size() == 1) return evaluate(at, &formula, formula.value, formula.place, scope, nullptr);
        const auto context = argument(at, target.parameters.front(), scope);
        return context ? evaluate(at, &formula, formula.value, formula.place, scope, &*context) : std::vector<Value>();
    }
    std::vector<Value> out;
    if (auto value = one_transform(at, target, scope)) out.push_back(std::move(*value));
    return out;
}

std::optional<Value> Executor::one_transform(const At& at, const Target& target, const Scope& scope) {
    const auto& name = target.transform;
    if (name == "evaluate") {
        auto values = transform(at, target, scope);
        if (values.size() > 1) fail(at, "fml-several", {target.parameters.back().value}, target.place);
        return values.size() == 1 ? std::optional(std::move(values.front())) : std::nullopt;
    }
    if (name == "uuid") return text_value(make_uuid());
    if (name == "unique") return unique(argument_text(at, target, 0, scope), argument_text(at, target, 1, scope));
    if (name == "translate") return translate(at, target, scope);
    if (target.parameters.empty()) {
        fail(at, "fml-transform", {name}, target.place);
        return std::nullopt;
    }
    if (name == "append") return append(at, target, scope);
    auto first = argument(at, target.parameters.front(), scope);
    if (!first || name == "copy") return first;
    const auto same_place = [&](std::string text) {
        auto out = text_value(std::move(text));
        out.span = first->span;
        return out;
    };
    const auto more = [&](std::size_t index) { return argument_text(at, target, index, scope); };
    if (name == "truncate") return same_place(truncated(text_of_value(*first), std::strtoul(more(1).c_str(), nullptr, 10)));
    if (name == "escape") return same_place(escaped(text_of_value(*first), more(target.parameters.size() - 1)));
    if (name == "cast") {
        if (target.parameters.size() == 1) return first;
        auto out = cast(*first, more(1));
        if (!out && !text_of_value(*first).empty()) fail(at, "fml-cast", {more(1)}, target.place);
        return out;
    }
    if (name == "reference" || name == "pointer") {
        auto text = reference_to(*first);
        return text.empty() ? std::nullopt : std::optional(text_value(std::move(text)));
    }
    if (name == "dateOp") {
        const auto date = fhirpath::read_source_date(text_of_value(*first), options_.offset_minutes);
        if (!date) return std::nullopt;
        auto out = text_value(write_date_time(*date));
        out.item.type.type = "dateTime";
        out.span = first->span;
        return out;
    }
    auto out = coded_transform(at, target, text_of_value(*first), scope);
    if (out) out->span = first->span;
    return out;
}

std::optional<Value> Executor::coded_transform(const At& at, const Target& target, const std::string& first, const Scope& scope) {
    const auto& name = target.transform;
    const auto more = [&](std::size_t index) { return argument_text(at, target, index, scope); };
    if (name == "c") return complex_value("Coding", {{"system", first}, {"code", more(1)}, {"display", more(2)}});
    if (name == "cc" && target.parameters.size() == 1) return complex_value("CodeableConcept", {{"text", first}});
    if (name == "cc")
        return complex_value("CodeableConcept", {{"coding.system", first}, {"coding.code", more(1)}, {"coding.display", more(2)}});
    if (name == "qty") return quantity({first, more(1), more(2), more(3)});
    if (name == "id") {
        // The type of an identifier is a code of table 0203.
        const auto type = more(2);
        const std::string table = type.empty() ? "" : "http://terminology.hl7.org/CodeSystem/v2-0203";
        return complex_value("Identifier",
                             {{"type.coding.system", table}, {"type.coding.code", type}, {"system", first}, {"value", more(1)}});
    }
    if (name == "cp") {
        const bool typed = target.parameters.size() > 1;
        const auto value = typed ? more(1) : first;
        const auto system = typed ? first : value.find('@') != value.npos ? "email" : value.starts_with("http") ? "url" : "phone";
        return complex_value("ContactPoint", {{"system", system}, {"value", value}});
    }
    fail(at, "fml-unknown-transform", {name}, target.place);
    return std::nullopt;
}

} // namespace huitong::mapping
