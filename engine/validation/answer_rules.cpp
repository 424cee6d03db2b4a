#include "validation/answer_rules.hpp"

#include "base/base64.hpp"
#include "base/date_time.hpp"
#include "base/decimal.hpp"
#include "ucum/ucum.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>

namespace huitong::validation {
namespace {

constexpr std::string_view kCore = "http://hl7.org/fhir/StructureDefinition/";
constexpr std::string_view kDataCapture = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-";
constexpr std::string_view kUcum = "http://unitsofmeasure.org";

/// What may stand in answer.value[x] of an item of that type; any type of value where the item's type is not one of them.
bool fits_type(std::string_view type, std::string_view written) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTypes = {{{"boolean", "Boolean"},
                                                                                              {"decimal", "Decimal"},
                                                                                              {"integer", "Integer"},
                                                                                              {"date", "Date"},
                                                                                              {"dateTime", "DateTime"},
                                                                                              {"time", "Time"},
                                                                                              {"string", "String"},
                                                                                              {"text", "String"},
                                                                                              {"url", "Uri"},
                                                                                              {"attachment", "Attachment"},
                                                                                              {"reference", "Reference"},
                                                                                              {"quantity", "Quantity"}}};
    static constexpr std::array<std::string_view, 6> kChosen = {"Coding", "String", "Integer", "Date", "Time", "Reference"};
    if (type == "choice" || type == "open-choice") return std::find(kChosen.begin(), kChosen.end(), written) != kChosen.end();
    const auto known = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& row) { return row.first == type; });
    return known == kTypes.end() || known->second == written;
}

std::size_t characters_in(std::string_view text) {
    const auto is_first = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_first));
}

bool is_same_unit(fhir::Element quantity, fhir::Element coding) {
    const auto code = quantity.text("code");
    if (code.empty()) return !quantity.text("unit").empty() && quantity.text("unit") == coding.text("display");
    return code == coding.text("code") && quantity.text("system") == coding.text("system");
}

/// In the unit of the limit; nullopt when one of the two has no UCUM code or the units do not measure the same.
std::optional<int> order_in_unit(fhir::Element quantity, fhir::Element limit) {
    if (quantity.text("system") != kUcum || limit.text("system") != kUcum) return std::nullopt;
    const auto value = Decimal::read(quantity.text("value"));
    const auto bound = Decimal::read(limit.text("value"));
    if (!value || !bound) return std::nullopt;
    const auto converted = ucum::convert(*value, quantity.text("code"), limit.text("code"));
    if (!converted) return std::nullopt;
    return *converted < *bound ? -1 : *bound < *converted ? 1 : 0;
}

/// In a contained value set, of those that list their codes; nullopt: one of another kind.
std::optional<bool> is_listed(fhir::Element value_set, fhir::Element coding) {
    const auto compose = value_set ? value_set.child("compose") : fhir::Element();
    if (!compose || compose.child("exclude")) return std::nullopt;
    for (auto clause : compose.children("include")) {
        if (clause.child("filter") || clause.child("valueSet")) return std::nullopt;
        if (clause.text("system") != coding.text("system")) continue;
        if (!clause.child("concept")) return std::nullopt;
        for (auto listed : clause.children("concept")) {
            if (listed.text("code") == coding.text("code")) return true;
        }
    }
    return false;
}

class AnswerCheck {
public:
    AnswerCheck(const Checks& checks, fhir::Element value, fhir::Element definition, Report& report)
        : checks_(checks), value_(value), definition_(definition), report_(report), link_(definition.text("linkId")) {}

    void check() {
        const auto type = definition_.text("type");
        const auto written = value_.name().substr(std::string_view("value").size());
        if (!fits_type(type, written)) {
            report_.error(IssueCode::structure, value_, "validation-response-type", {link_, std::string(type)});
            return;
        }
        if (type != "open-choice" || written == "Coding") options();
        if (written == "String" || written == "Uri") text();
        if (written == "Decimal") places();
        if (written == "Quantity") quantity();
        else limits();
        if (written == "Attachment") attachment();
    }

private:
    fhir::Element wish(std::string_view space, std::string_view name) const {
        for (const auto extension : definition_.children("extension")) {
            const auto url = extension.text("url");
            if (url.starts_with(space) && url.substr(space.size()) == name) return choice_of(extension, "value");
        }
        return {};
    }
    std::optional<std::int64_t> whole_number(fhir::Element element) const {
        const auto read = element ? Decimal::read(element.value()) : std::nullopt;
        return read ? read->to_int64() : std::nullopt;
    }

    void options() {
        bool has_options = false;
        for (const auto option : definition_.children("answerOption")) {
            has_options = true;
            if (const auto permitted = choice_of(option, "value"); permitted && same_value(value_, permitted)) return;
        }
        if (has_options) {
            report_.error(IssueCode::code_invalid, value_, "validation-response-option", {link_});
            return;
        }
        const auto value_set = definition_.text("answerValueSet");
        if (value_set.empty() || value_.name() != "valueCoding") return;
        if (value_set.starts_with('#')) {
            if (is_listed(checks_.targets.inside(definition_, value_set), value_) == false)
                report_.error(IssueCode::code_invalid, value_, "validation-response-option", {link_});
            return;
        }
        if (!checks_.terminology) return;
        if (is_member(*checks_.terminology, value_, "Coding", value_set) == false)
            report_.error(IssueCode::code_invalid, value_, "validation-response-option", {link_});
    }

    void text() {
        const auto length = static_cast<std::int64_t>(characters_in(value_.value()));
        const auto most = whole_number(definition_.child("maxLength"));
        if (most && *most > 0 && length > *most) report_.error(IssueCode::too_long, value_, "validation-length", {std::to_string(*most)});
        const auto least = whole_number(wish(kCore, "minLength"));
        if (least && length < *least) report_.error(IssueCode::value, value_, "validation-response-short", {link_, std::to_string(*least)});
        const auto form = wish(kCore, "regex");
        if (!form) return;
        const RE2 expression(form.value(), RE2::Quiet);
        if (expression.ok() && !RE2::FullMatch(value_.value(), expression))
            report_.error(IssueCode::value, value_, "validation-response-form", {link_});
    }

    void places() {
        const auto most = whole_number(wish(kCore, "maxDecimalPlaces"));
        const auto value = Decimal::read(value_.value());
        if (most && value && value->scale() > *most)
            report_.error(IssueCode::value, value_, "validation-response-places", {link_, std::to_string(*most)});
    }

    void limits() {
        const auto low = wish(kCore, "minValue");
        const auto high = wish(kCore, "maxValue");
        if (low && order_of(value_, low).value_or(0) < 0)
            report_.error(IssueCode::value, value_, "validation-value-min", {std::string(low.value())});
        if (high && order_of(value_, high).value_or(0) > 0)
            report_.error(IssueCode::value, value_, "validation-value-max", {std::string(high.value())});
    }

    void quantity() {
        bool has_units = false, is_offered = false;
        for (const auto extension : definition_.children("extension")) {
            if (extension.text("url") != std::string(kCore) + "questionnaire-unitOption") continue;
            has_units = true;
            is_offered = is_offered || is_same_unit(value_, extension.child("valueCoding"));
        }
        if (has_units && !is_offered) report_.error(IssueCode::value, value_, "validation-response-unit", {link_});
        quantity_limit("minQuantity", -1, "validation-value-min");
        quantity_limit("maxQuantity", 1, "validation-value-max");
    }

    /// A limit that the answer cannot be laid beside is not kept either.
    void quantity_limit(std::string_view name, int beyond, const char* rule) {
        const auto limit = wish(kDataCapture, name);
        if (!limit) return;
        const auto order = order_in_unit(value_, limit);
        const auto told = std::string(limit.text("value")) + ' ' + std::string(limit.text("unit"));
        if (!order) report_.error(IssueCode::value, value_, "validation-response-incomparable", {link_, told});
        else if (*order == beyond) report_.error(IssueCode::value, value_, rule, {told});
    }

    void attachment() {
        const auto bytes = value_.child("data") ? decode_base64(value_.text("data")) : std::nullopt;
        const auto stated = whole_number(value_.child("size"));
        if (bytes && stated && static_cast<std::int64_t>(bytes->size()) != *stated)
            report_.error(IssueCode::value, value_, "validation-attachment-size", {std::to_string(*stated), std::to_string(bytes->size())});
        const auto most = whole_number(wish(kCore, "maxSize"));
        const auto size = bytes ? std::optional(static_cast<std::int64_t>(bytes->size())) : stated;
        if (most && size && *size > *most)
            report_.error(IssueCode::too_long, value_, "validation-response-size", {link_, std::to_string(*most)});
        bool has_kinds = false, is_fit = false;
        for (const auto extension : definition_.children("extension")) {
            if (extension.text("url") != std::string(kCore) + "mimeType") continue;
            has_kinds = true;
            is_fit = is_fit || choice_of(extension, "value").value() == value_.text("contentType");
        }
        if (has_kinds && !is_fit) report_.error(IssueCode::value, value_, "validation-response-media", {link_});
    }

    const Checks& checks_;
    fhir::Element value_, definition_;
    Report& report_;
    std::string link_;
};

} // namespace

fhir::Element choice_of(fhir::Element element, std::string_view stem) {
    for (auto child : element.children()) {
        const auto name = child.name();
        if (name.size() > stem.size() && name.starts_with(stem) && name[stem.size()] >= 'A' && name[stem.size()] <= 'Z') return child;
    }
    return {};
}

std::optional<int> order_of(fhir::Element a, fhir::Element b) {
    const auto x = Decimal::read(a.has_value() ? a.value() : a.text("value"));
    const auto y = Decimal::read(b.has_value() ? b.value() : b.text("value"));
    const bool are_numbers = x && y && a.name() != "valueDate" && a.name() != "valueDateTime"; // a year reads like a number
    if (are_numbers) return *x < *y ? -1 : *y < *x ? 1 : 0;
    if (read_time(a.value()) && read_time(b.value())) return a.value().compare(b.value());
    const auto from = read_date_time(a.value());
    const auto to = read_date_time(b.value());
    if (!from || !to) return std::nullopt;
    const auto low = instants_of(*from, 0).first.microseconds;
    const auto high = instants_of(*to, 0).first.microseconds;
    return low < high ? -1 : low > high ? 1 : 0;
}

bool same_value(fhir::Element answer, fhir::Element wanted) {
    if (answer.has_value() || wanted.has_value()) {
        const auto order = order_of(answer, wanted);
        return order ? *order == 0 : answer.value() == wanted.value();
    }
    const auto system = wanted.text("system");
    if (!wanted.text("code").empty())
        return answer.text("code") == wanted.text("code") && (system.empty() || answer.text("system") == system);
    return answer.text("value") == wanted.text("value") && answer.text("reference") == wanted.text("reference");
}

void check_answer(const Checks& checks, fhir::Element answer, fhir::Element definition, Report& report) {
    if (const auto value = choice_of(answer, "value")) AnswerCheck(checks, value, definition, report).check();
}

} // namespace huitong::validation
