#include "fhirpath/functions.hpp"

#include "base/date_time.hpp"

namespace huitong::fhirpath {
namespace {

Collection children(Evaluator& e, const Node&, const Collection& focus) {
    Collection out;
    for (const auto& value : focus) e.all_children(value, out);
    return out;
}
/// As repeat(children()) gives them: one level after the other.
Collection descendants(Evaluator& e, const Node&, const Collection& focus) {
    Collection out;
    for (const auto& value : focus) e.all_children(value, out);
    for (std::size_t at = 0; at < out.size(); ++at) {
        const auto value = out[at]; // a copy: `out` grows
        e.all_children(value, out);
    }
    return out;
}
Collection trace(Evaluator& e, const Node& call, const Collection& focus) {
    const auto name = e.string_argument(call, 0);
    if (e.context().trace) {
        Collection shown;
        if (e.argument_count(call) < 2) shown = focus;
        for (std::size_t i = 0; e.argument_count(call) > 1 && i < focus.size(); ++i) {
            for (auto& value : e.argument_for(call, 1, focus[i], i)) shown.push_back(std::move(value));
        }
        e.context().trace(name.value_or(""), shown);
    }
    return focus;
}
Item moment(Evaluator& e) {
    auto now = date_time_of(e.now(), e.context().offset_minutes);
    now.fraction_digits = 3;
    Item out;
    out.value = DateTimeValue{now};
    return out;
}
Collection now(Evaluator& e, const Node&, const Collection&) { return {moment(e)}; }
Collection today(Evaluator& e, const Node&, const Collection&) {
    auto value = std::get<DateTimeValue>(moment(e).value).value;
    value.precision = Precision::day;
    value.offset_minutes.reset();
    Item out;
    out.value = DateValue{value};
    return {out};
}
Collection time_of_day(Evaluator& e, const Node&, const Collection&) {
    auto value = std::get<DateTimeValue>(moment(e).value).value;
    value.offset_minutes.reset();
    Item out;
    out.value = TimeValue{value};
    return {out};
}
Collection negation(Evaluator& e, const Node&, const Collection& focus) {
    const auto value = e.boolean(focus);
    return value ? Collection{item(!*value)} : Collection();
}
Collection is(Evaluator& e, const Node& call, const Collection& focus) {
    const auto value = e.single(focus);
    const auto type = e.type_argument(call, 0);
    e.require_type(type);
    return value ? Collection{item(e.is_type(*value, type))} : Collection();
}
Collection of_type(Evaluator& e, const Node& call, const Collection& focus) {
    auto out = focus;
    const auto type = e.type_argument(call, 0);
    e.require_type(type);
    std::erase_if(out, [&](const Item& value) { return !e.is_type(value, type); });
    return out;
}
Collection as(Evaluator& e, const Node& call, const Collection& focus) {
    if (focus.size() > 1 && !e.context().lenient_as) e.fail(IssueCode::processing, "fhirpath-singleton");
    return of_type(e, call, focus);
}
/// A small tree { namespace, name } for each item.
Collection type(Evaluator&, const Node&, const Collection& focus) {
    Collection out;
    for (const auto& value : focus) {
        auto document = std::make_shared<fhir::Document>();
        document->set_root("TypeInfo");
        const auto space = document->add_child(0, "namespace", false);
        document->set_value(space, fhir::ValueKind::text, value.is_element() ? "FHIR" : "System");
        auto name = type_text(value);
        if (!value.is_element() && !name.empty()) name.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(name.front())));
        const auto named = document->add_child(0, "name", false);
        document->set_value(named, fhir::ValueKind::text, document->copy(name));
        Item info;
        info.value = document->root();
        info.keep = document;
        out.push_back(std::move(info));
    }
    return out;
}
Collection define_variable(Evaluator& e, const Node& call, const Collection& focus) {
    const auto name = e.string_argument(call, 0);
    if (!name) return focus;
    Collection value = focus;
    if (e.argument_count(call) > 1) {
        const Collection self = focus;
        const auto outer = e.frame();
        e.frame().self = &self;
        value = e.scoped(e.argument_node(call, 1), self);
        e.frame() = outer;
    }
    e.set_variable(*name, std::move(value));
    return focus;
}

template <int Field>
Collection component(Evaluator& e, const Node&, const Collection& focus) {
    const auto single = e.single(focus);
    if (!single) return {};
    const auto value = system_value(*single);
    const DateTime* moment = nullptr;
    if (const auto* date = std::get_if<DateValue>(&value.value)) moment = &date->value;
    if (const auto* full = std::get_if<DateTimeValue>(&value.value)) moment = &full->value;
    if (const auto* time = std::get_if<TimeValue>(&value.value)) moment = &time->value;
    if (!moment) return {};
    const int fields[] = {
        moment->year, moment->month, moment->day, moment->hour, moment->minute, moment->second, moment->microsecond / 1000};
    if (static_cast<int>(moment->precision) < Field) return {};
    return {item(std::int64_t{fields[Field]})};
}
Collection offset_of(Evaluator& e, const Node&, const Collection& focus) {
    const auto single = e.single(focus);
    const auto value = single ? system_value(*single) : Item();
    const auto* moment = std::get_if<DateTimeValue>(&value.value);
    if (!single || !moment || !moment->value.offset_minutes) return {};
    const auto hours = Decimal::divide(Decimal(*moment->value.offset_minutes), Decimal(60), 2);
    return {item(hours->normalized().scale() == 0 ? hours->rounded(1) : hours->normalized())};
}
Collection date_part(Evaluator& e, const Node&, const Collection& focus) {
    const auto single = e.single(focus);
    const auto value = single ? system_value(*single) : Item();
    if (std::holds_alternative<DateValue>(value.value)) return {value};
    const auto* moment = std::get_if<DateTimeValue>(&value.value);
    if (!single || !moment) return {};
    auto date = moment->value;
    date.precision = std::min(date.precision, Precision::day);
    date.offset_minutes.reset();
    Item out;
    out.value = DateValue{date};
    return {out};
}
Collection time_part(Evaluator& e, const Node&, const Collection& focus) {
    const auto single = e.single(focus);
    const auto value = single ? system_value(*single) : Item();
    const auto* moment = std::get_if<DateTimeValue>(&value.value);
    if (!single || !moment || moment->value.precision < Precision::hour) return {};
    auto time = moment->value;
    time.offset_minutes.reset();
    Item out;
    out.value = TimeValue{time};
    return {out};
}

constexpr Function kFunctions[] = {
    {"children", 0, 0, children},
    {"descendants", 0, 0, descendants},
    {"trace", 1, 2, trace},
    {"now", 0, 0, now},
    {"today", 0, 0, today},
    {"timeOfDay", 0, 0, time_of_day},
    {"not", 0, 0, negation},
    {"is", 1, 1, is},
    {"as", 1, 1, as},
    {"ofType", 1, 1, of_type},
    {"type", 0, 0, type},
    {"defineVariable", 1, 2, define_variable},
    {"yearOf", 0, 0, component<0>},
    {"monthOf", 0, 0, component<1>},
    {"dayOf", 0, 0, component<2>},
    {"hourOf", 0, 0, component<3>},
    {"minuteOf", 0, 0, component<4>},
    {"secondOf", 0, 0, component<5>},
    {"millisecondOf", 0, 0, component<6>},
    {"timezoneOffsetOf", 0, 0, offset_of},
    {"dateOf", 0, 0, date_part},
    {"timeOf", 0, 0, time_part},
};

} // namespace

std::span<const Function> tree_functions() { return kFunctions; }

} // namespace huitong::fhirpath
