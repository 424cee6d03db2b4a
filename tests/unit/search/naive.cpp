#include "unit/search/naive.hpp"

#include "fhir/json.hpp"
#include "search/branches.hpp"
#include "search/fold.hpp"
#include "search/query_syntax.hpp"
#include "ucum/ucum.hpp"

#include <algorithm>
#include <stdexcept>

namespace huitong::tests {
namespace {

using fhir::Element;
using fhirpath::Collection;
using fhirpath::Item;
using search::split_unescaped;
using search::unescape;
using store::Compare;

constexpr int kOffset = 480;

std::string primitive(const Item& item) { return item.is_element() ? std::string(item.element().value()) : fhirpath::value_text(item); }
std::string_view type_of(const Item& item) { return item.is_element() ? item.type.type : std::string_view(); }

/// System and code of every token in the item.
std::vector<std::pair<std::string, std::string>> tokens_of(const Item& item) {
    std::vector<std::pair<std::string, std::string>> out;
    auto add = [&](Element coding, const char* code) {
        if (coding.child(code) || coding.child("system")) out.emplace_back(coding.text("system"), coding.text(code));
    };
    const auto type = type_of(item);
    if (type == "Coding") add(item.element(), "code");
    else if (type == "CodeableConcept") {
        for (const auto coding : item.element().children("coding")) add(coding, "code");
    } else if (type == "Identifier") add(item.element(), "value");
    else if (type == "ContactPoint") out.emplace_back("", item.element().text("value"));
    else if (!primitive(item).empty()) out.emplace_back("", primitive(item));
    return out;
}

std::vector<std::string> texts_of(const Item& item) {
    std::vector<std::string> out;
    const auto type = type_of(item);
    if (type == "Coding") out.emplace_back(item.element().text("display"));
    if (type == "CodeableConcept") {
        out.emplace_back(item.element().text("text"));
        for (const auto coding : item.element().children("coding")) out.emplace_back(coding.text("display"));
    }
    if (type == "Identifier") out.emplace_back(item.element().text("type.text"));
    std::erase(out, "");
    return out;
}

std::vector<std::string> strings_of(const Item& item) {
    const auto type = type_of(item);
    if (type != "HumanName" && type != "Address") return {primitive(item)};
    std::vector<std::string> out;
    for (const auto part : item.element().children()) {
        if (part.has_value() && part.name() != "use" && part.name() != "type") out.emplace_back(part.value());
    }
    return out;
}

struct Interval {
    std::int64_t low, high;
};

std::optional<Interval> interval_of_text(std::string_view text) {
    const auto date = read_date_time(text);
    if (!date) return std::nullopt;
    const auto [low, high] = instants_of(*date, kOffset);
    return Interval{low.microseconds, high.microseconds};
}

std::optional<Interval> interval_of(const Item& item) {
    if (type_of(item) != "Period") return interval_of_text(primitive(item));
    const auto start = interval_of_text(item.element().text("start"));
    const auto end = interval_of_text(item.element().text("end"));
    if (!start && !end) return std::nullopt;
    if (start && end) return Interval{std::min(start->low, end->low), std::max(start->high, end->high)};
    return Interval{start ? start->low : INT64_MIN, end ? end->high : INT64_MAX};
}

Compare prefix_of(std::string& text) {
    std::string_view rest = text;
    const auto out = search::take_prefix(rest);
    text = std::string(rest);
    return out;
}

bool fits_date(const Interval& have, Compare compare, const Interval& want) {
    const bool within = have.low >= want.low && have.high <= want.high;
    switch (compare) {
    case Compare::eq: return within;
    case Compare::ne: return !within;
    case Compare::gt: return have.high > want.high;
    case Compare::lt: return have.low < want.low;
    case Compare::ge: return within || have.high > want.high;
    case Compare::le: return within || have.low < want.low;
    case Compare::sa: return have.low >= want.high;
    case Compare::eb: return have.high <= want.low;
    case Compare::ap: return have.low < want.high && have.high > want.low;
    }
    return false;
}

/// A number with open ends: nothing = unbounded.
struct Numbers {
    std::optional<Decimal> low, high;
    std::string system, code, unit;
};

std::optional<Numbers> numbers_of(const Item& item) {
    Numbers out;
    const bool is_quantity = item.is_element() && item.element().child("value");
    const auto value = Decimal::read(is_quantity ? std::string(item.element().text("value")) : primitive(item));
    if (!value) return std::nullopt;
    out.low = out.high = value;
    if (!is_quantity) return out;
    out.system = item.element().text("system");
    out.code = item.element().text("code");
    out.unit = item.element().text("unit");
    const auto comparator = item.element().text("comparator");
    if (comparator.starts_with('<')) out.low.reset();
    if (comparator.starts_with('>')) out.high.reset();
    return out;
}

/// Half a unit of the last digit; the generator writes no exponents.
std::pair<Decimal, Decimal> range_of(const Decimal& value) {
    const auto half = Decimal::of(5, value.scale() + 1);
    return {*Decimal::subtract(value, half), *Decimal::add(value, half)};
}

bool fits_number(const Numbers& have, Compare compare, const Decimal& value) {
    auto [low, high] = range_of(value);
    if (compare == Compare::ap) {
        const auto tenth = *Decimal::multiply(value < Decimal(0) ? value.negated() : value, Decimal::of(1, 1));
        low = *Decimal::subtract(value, tenth);
        high = *Decimal::add(value, tenth);
    }
    const bool within = have.low && have.high && *have.low >= low && *have.high < high;
    switch (compare) {
    case Compare::eq: return within;
    case Compare::ne: return !within;
    case Compare::gt: return !have.high || *have.high > value;
    case Compare::lt: return !have.low || *have.low < value;
    case Compare::ge: return !have.high || *have.high >= value;
    case Compare::le: return !have.low || *have.low <= value;
    case Compare::sa: return have.low && *have.low >= high;
    case Compare::eb: return have.high && *have.high < low;
    case Compare::ap: return (!have.low || *have.low <= high) && (!have.high || *have.high >= low);
    }
    return false;
}

bool fits_quantity(const Numbers& have, const std::string& text) {
    const auto parts = split_unescaped(text, '|');
    auto number = parts[0];
    const auto compare = prefix_of(number);
    const auto value = *Decimal::read(number);
    const auto system = parts.size() > 1 ? unescape(parts[1]) : "";
    const auto code = parts.size() > 2 ? unescape(parts[2]) : "";
    if (code.empty()) return fits_number(have, compare, value);
    const bool ucum = system == "http://unitsofmeasure.org";
    if (ucum && have.system == system && ucum::canonical(code)) {
        // Into the unit of the search, exactly: the generator uses factors of ten only.
        if (!ucum::convert(Decimal(1), have.code, code)) return false;
        Numbers there = have;
        if (have.low) there.low = ucum::convert(*have.low, have.code, code).value();
        if (have.high) there.high = ucum::convert(*have.high, have.code, code).value();
        return fits_number(there, compare, value);
    }
    if (ucum) return false;
    if (system.empty()) return (have.code == code || have.unit == code) && fits_number(have, compare, value);
    return have.system == system && have.code == code && fits_number(have, compare, value);
}

/// "Patient/1" of a reference, or the whole text when it is not local.
std::pair<std::string, std::string> target_of(std::string_view reference) {
    if (reference.empty() || reference.starts_with('#')) return {};
    if (reference.find(':') != reference.npos) return {"", std::string(reference)};
    const auto slash = reference.find('/');
    return {std::string(reference.substr(0, slash)), std::string(reference.substr(slash + 1))};
}

} // namespace

void NaiveSearch::put(const std::string& json) {
    auto parsed = fhir::read_json(json);
    const auto root = parsed.value->root();
    resources_[{std::string(root.type()), std::string(root.text("id"))}] = parsed.value;
}

std::vector<std::string> NaiveSearch::find(const std::string& type,
                                           const std::vector<std::pair<std::string, std::string>>& conditions) const {
    std::vector<std::string> out;
    for (const auto& [key, document] : resources_) {
        if (key.type != type) continue;
        const auto root = document->root();
        if (std::all_of(conditions.begin(), conditions.end(), [&](const auto& one) { return fits(root, one.first, one.second); }))
            out.push_back(key.id);
    }
    std::sort(out.begin(), out.end());
    return out;
}

const fhirpath::Expression& NaiveSearch::compiled(std::string_view expression) const {
    const auto found = expressions_.find(expression);
    if (found != expressions_.end()) return found->second;
    auto parsed = fhirpath::Expression::parse(expression);
    if (!parsed) throw std::runtime_error("bad expression " + std::string(expression));
    return expressions_.emplace(expression, std::move(*parsed)).first->second;
}

fhirpath::EvaluationContext NaiveSearch::context(Element resource) const {
    fhirpath::EvaluationContext out;
    out.definitions = &definitions_;
    out.lenient_as = true;
    out.reference_by_type = true;
    out.resource = fhirpath::item_of(&definitions_, resource);
    out.root_resource = out.resource;
    return out;
}

Collection NaiveSearch::select(Element resource, std::string_view expression) const {
    const auto with = context(resource);
    Collection out;
    // Branch by branch: a union would drop a quantity that equals another in other units.
    for (const auto branch : search::branches_of(expression, resource.type())) {
        const auto found = compiled(branch).evaluate(with, Collection{with.resource});
        if (found) out.insert(out.end(), found->begin(), found->end());
    }
    return out;
}

bool NaiveSearch::fits(Element resource, const std::string& name, const std::string& value) const {
    if (name.starts_with("_has:")) return fits_has(resource, name, value);
    if (name.find('.') != name.npos) return fits_chain(resource, name, value);
    if (name == "_id") {
        const auto values = split_unescaped(value, ',');
        return std::find(values.begin(), values.end(), resource.text("id")) != values.end();
    }
    const auto colon = name.find(':');
    const auto modifier = colon == name.npos ? "" : name.substr(colon + 1);
    const auto* definition = definitions_.find_search_parameter(resource.type(), name.substr(0, colon));
    const auto items = select(resource, definition->expression);
    if (modifier == "missing") {
        // A reference into the resource itself is no reference to anything.
        const bool any = std::any_of(items.begin(), items.end(), [&](const Item& item) {
            if (definition->type == fhir::SearchType::date) return interval_of(item).has_value();
            return definition->type != fhir::SearchType::reference || !item.element().text("reference").starts_with('#');
        });
        return any == (value == "false");
    }
    bool any = false;
    for (const auto& one : split_unescaped(value, ',')) {
        any = any ||
              (definition->type == fhir::SearchType::composite ? fits_composite(*definition, items, one)
                                                               : fits_value(*definition, items, modifier == "not" ? "" : modifier, one));
    }
    return modifier == "not" ? !any : any;
}

bool NaiveSearch::fits_value(const Definition& definition, const Collection& items, const std::string& modifier,
                             const std::string& value) const {
    const auto parts = split_unescaped(value, '|');
    for (const auto& item : items) {
        switch (definition.type) {
        case fhir::SearchType::token:
            if (modifier == "text") {
                for (const auto& text : texts_of(item)) {
                    if (search::fold(text).starts_with(search::fold(unescape(value)))) return true;
                }
                break;
            }
            for (const auto& [system, code] : tokens_of(item)) {
                if (parts.size() == 1 && code == unescape(value)) return true;
                if (parts.size() == 2 && system == parts[0] && (parts[1].empty() || code == unescape(parts[1]))) return true;
            }
            break;
        case fhir::SearchType::string:
            for (const auto& text : strings_of(item)) {
                const auto wanted = unescape(value);
                if (modifier == "exact"      ? text == wanted
                    : modifier == "contains" ? search::fold(text).find(search::fold(wanted)) != std::string::npos
                                             : search::fold(text).starts_with(search::fold(wanted)))
                    return true;
            }
            break;
        case fhir::SearchType::date: {
            auto text = value;
            const auto compare = prefix_of(text);
            const auto have = interval_of(item);
            auto want = *interval_of_text(text);
            if (compare == Compare::ap) {
                const auto slack = static_cast<std::int64_t>(static_cast<double>(std::llabs(now_.microseconds - want.low)) * 0.1);
                want = {want.low - slack, want.high + slack};
            }
            if (have && fits_date(*have, compare, want)) return true;
            break;
        }
        case fhir::SearchType::number:
        case fhir::SearchType::quantity: {
            const auto have = numbers_of(item);
            if (have && fits_quantity(*have, value)) return true;
            break;
        }
        case fhir::SearchType::reference: {
            const auto [type, id] = target_of(item.element().text("reference"));
            if (id.empty()) break;
            const auto want = target_of(unescape(value));
            if (value.find('/') == value.npos && value.find(':') == value.npos) {
                const bool type_fits =
                    modifier.empty() ? std::find(definition.targets.begin(), definition.targets.end(), type) != definition.targets.end()
                                     : type == modifier;
                if (id == value && type_fits) return true;
            } else if (std::pair(type, id) == want && (modifier.empty() || type == modifier)) {
                return true;
            }
            break;
        }
        default: throw std::runtime_error("not compared here");
        }
    }
    return false;
}

bool NaiveSearch::fits_composite(const Definition& definition, const Collection& items, const std::string& value) const {
    const auto parts = split_unescaped(value, '$');
    for (const auto& item : items) {
        bool all = true;
        auto resource = item.element();
        while (resource.parent()) resource = resource.parent();
        for (std::size_t index = 0; index < parts.size(); ++index) {
            const auto& component = definition.components[index];
            const auto found = compiled(component.expression).evaluate(context(resource), Collection{item});
            const auto* own = definitions_.find_search_parameter(component.definition);
            all = all && found && fits_value(*own, *found, "", parts[index]);
        }
        if (all) return true;
    }
    return false;
}

bool NaiveSearch::fits_chain(Element resource, const std::string& name, const std::string& value) const {
    const auto dot = name.find('.');
    const auto head = name.substr(0, dot);
    const auto colon = head.find(':');
    const auto only = colon == head.npos ? "" : head.substr(colon + 1);
    const auto* definition = definitions_.find_search_parameter(resource.type(), head.substr(0, colon));
    for (const auto& item : select(resource, definition->expression)) {
        const auto [type, id] = target_of(item.element().text("reference"));
        const auto found = resources_.find({type, id});
        if (found == resources_.end() || (!only.empty() && type != only)) continue;
        const auto rest = name.substr(dot + 1);
        const auto next = rest.substr(0, rest.find_first_of(".:"));
        if (!rest.starts_with("_has:") && next != "_id" && !definitions_.find_search_parameter(type, next)) continue;
        if (fits(found->second->root(), rest, value)) return true;
    }
    return false;
}

bool NaiveSearch::fits_has(Element resource, const std::string& name, const std::string& value) const {
    const auto second = name.find(':', 5);
    const auto third = name.find(':', second + 1);
    const auto source = name.substr(5, second - 5);
    const auto* link = definitions_.find_search_parameter(source, name.substr(second + 1, third - second - 1));
    for (const auto& [key, document] : resources_) {
        if (key.type != source || !fits(document->root(), name.substr(third + 1), value)) continue;
        for (const auto& item : select(document->root(), link->expression)) {
            if (target_of(item.element().text("reference")) == std::pair(std::string(resource.type()), std::string(resource.text("id"))))
                return true;
        }
    }
    return false;
}

} // namespace huitong::tests
