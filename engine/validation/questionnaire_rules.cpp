#include "validation/questionnaire_rules.hpp"

#include "base/decimal.hpp"
#include "validation/answer_rules.hpp"

#include <algorithm>
#include <map>

namespace huitong::validation {
namespace {

bool is_below(fhir::Element element, fhir::Element around) {
    for (auto at = element; at; at = at.parent()) {
        if (at == around) return true;
    }
    return false;
}

void collect_items(fhir::Element around, std::map<std::string_view, fhir::Element>& out) {
    for (auto item : around.children("item")) {
        out.try_emplace(item.text("linkId"), item);
        collect_items(item, out);
    }
}

// ---- conditions

bool satisfies(fhir::Element answer, std::string_view op, fhir::Element wanted) {
    const auto value = choice_of(answer, "value");
    if (!value) return false;
    if (op == "=") return same_value(value, wanted);
    if (op == "!=") return !same_value(value, wanted);
    const auto order = order_of(value, wanted);
    if (!order) return false;
    if (op == ">") return *order > 0;
    if (op == "<") return *order < 0;
    return op == ">=" ? *order >= 0 : *order <= 0;
}

/// Answers to a question that are nearest to an item of the response: among its siblings, then those around.
std::vector<fhir::Element> answers_near(fhir::Element around, std::string_view question) {
    std::vector<fhir::Element> out;
    const auto collect = [&](auto&& self, fhir::Element within) -> void {
        for (auto item : within.children("item")) {
            for (auto answer : item.children("answer")) {
                if (item.text("linkId") == question) out.push_back(answer);
                self(self, answer);
            }
            self(self, item);
        }
    };
    for (auto at = around; at && out.empty(); at = at.parent()) {
        collect(collect, at);
        if (at.is_resource()) break;
    }
    return out;
}

/// `around`: the element of the response whose items the definition describes.
bool is_enabled(fhir::Element definition, fhir::Element around) {
    bool any = false;
    bool all = true;
    bool conditional = false;
    for (auto condition : definition.children("enableWhen")) {
        conditional = true;
        const auto answers = answers_near(around, condition.text("question"));
        const auto wanted = choice_of(condition, "answer");
        const auto op = condition.text("operator");
        bool holds = false;
        if (op == "exists") holds = answers.empty() == (wanted.value() == "false");
        else holds = std::any_of(answers.begin(), answers.end(), [&](fhir::Element answer) { return satisfies(answer, op, wanted); });
        any = any || holds;
        all = all && holds;
    }
    return !conditional || (definition.text("enableBehavior") == "any" ? any : all);
}

// ---- the response

class ResponseCheck {
public:
    ResponseCheck(const Checks& checks, fhir::Element response, fhir::Element questionnaire, Report& report)
        : checks_(checks), report_(report), complete_(response.text("status") == "completed" || response.text("status") == "amended") {
        collect_items(questionnaire, known_);
    }

    /// The items below `around` (the response, an item or an answer) against those of `definition`.
    void items(fhir::Element around, fhir::Element definition) {
        for (auto item : around.children("item")) {
            const auto link = item.text("linkId");
            bool here = false;
            for (auto one : definition.children("item")) here = here || one.text("linkId") == link;
            if (link.empty() || here) continue;
            report_.error(IssueCode::structure, item,
                          known_.contains(link) ? "validation-response-misplaced" : "validation-response-unknown", {std::string(link)});
        }
        order(around, definition);
        for (auto one : definition.children("item")) described(around, one);
    }

private:
    /// Items stand in the order of their questions.
    void order(fhir::Element around, fhir::Element definition) {
        std::map<std::string_view, std::size_t> places;
        for (auto one : definition.children("item")) places.emplace(one.text("linkId"), places.size());
        std::size_t last = 0;
        for (auto item : around.children("item")) {
            const auto place = places.find(item.text("linkId"));
            if (place == places.end()) continue;
            if (place->second < last)
                report_.error(IssueCode::structure, item, "validation-response-order", {std::string(item.text("linkId"))});
            last = std::max(last, place->second);
        }
    }

    /// How often a question is answered, or a group is there, where extensions say more than `required` and `repeats`.
    void occurrences(fhir::Element around, fhir::Element definition, const std::vector<fhir::Element>& found) {
        std::int64_t count = 0;
        const bool is_group = definition.text("type") == "group";
        for (auto item : found) {
            const auto answers = item.children("answer");
            count += is_group ? 1 : std::distance(answers.begin(), answers.end());
        }
        for (auto extension : definition.children("extension")) {
            const auto url = extension.text("url");
            const auto limit = Decimal::read(extension.text("valueInteger"));
            if (!limit || (!url.ends_with("/questionnaire-minOccurs") && !url.ends_with("/questionnaire-maxOccurs"))) continue;
            const bool is_least = url.ends_with("minOccurs");
            const Decimal counted(count);
            const bool is_wrong =
                is_least ? complete_ && counted < *limit && (count > 0 || definition.text("required") == "true") : *limit < counted;
            if (is_wrong)
                report_.error(IssueCode::structure, found.empty() ? around : found.front(),
                              is_least ? "validation-response-few" : "validation-response-many",
                              {std::string(definition.text("linkId")), limit->text()});
        }
    }

    void described(fhir::Element around, fhir::Element definition) {
        const auto link = definition.text("linkId");
        const auto type = definition.text("type");
        std::vector<fhir::Element> found;
        for (auto item : around.children("item")) {
            if (item.text("linkId") == link) found.push_back(item);
        }
        if (type == "display") { // says something and asks nothing
            for (auto item : found) this->item(item, definition, type);
            return;
        }
        const bool enabled = is_enabled(definition, around);
        if (found.empty()) {
            if (enabled && complete_ && definition.text("required") == "true")
                report_.error(IssueCode::required, around, "validation-response-required", {std::string(link)});
            return;
        }
        if (found.size() > 1 && definition.text("repeats") != "true")
            report_.error(IssueCode::structure, found[1], "validation-response-repeats", {std::string(link)});
        if (enabled) occurrences(around, definition, found);
        for (auto item : found) {
            if (!enabled) report_.error(IssueCode::structure, item, "validation-response-disabled", {std::string(link)});
            else this->item(item, definition, type);
        }
    }

    void item(fhir::Element item, fhir::Element definition, std::string_view type) {
        const auto link = std::string(definition.text("linkId"));
        const bool takes_answers = type != "group" && type != "display" && type != "question"; // the last is no type of its own
        std::size_t answers = 0;
        for (auto answer : item.children("answer")) {
            ++answers;
            if (takes_answers) check_answer(checks_, answer, definition, report_);
            items(answer, definition);
        }
        if (!takes_answers) {
            if (answers > 0) report_.error(IssueCode::structure, item, "validation-response-group-answer", {link});
            items(item, definition);
            return;
        }
        if (answers > 1 && definition.text("repeats") != "true")
            report_.error(IssueCode::structure, item, "validation-response-repeats", {link});
        if (answers == 0 && complete_ && definition.text("required") == "true")
            report_.error(IssueCode::required, item, "validation-response-required", {link});
        // Items under a question belong under its answer.
        for (auto below : item.children("item"))
            report_.error(IssueCode::structure, below, "validation-response-misplaced", {std::string(below.text("linkId"))});
    }

    const Checks& checks_;
    Report& report_;
    bool complete_;
    std::map<std::string_view, fhir::Element> known_;
};

fhir::Element questionnaire_of(const Checks& checks, fhir::Element response) {
    auto canonical = response.text("questionnaire");
    if (canonical.empty()) return {};
    if (canonical.starts_with('#')) return resolve_inside(response, canonical);
    canonical = canonical.substr(0, canonical.find('|'));
    if (!checks.strictness) return {};
    for (auto other : checks.strictness->others) {
        if (other.type() == "Questionnaire" && other.text("url") == canonical) return other;
    }
    return {};
}

} // namespace

void check_questionnaire(fhir::Element questionnaire, Report& report) {
    std::map<std::string_view, fhir::Element> items;
    collect_items(questionnaire, items);
    for (const auto& [link, item] : items) {
        for (auto condition : item.children("enableWhen")) {
            const auto question = condition.text("question");
            const auto found = items.find(question);
            if (found == items.end()) report.error(IssueCode::not_found, condition, "validation-question-unknown", {std::string(question)});
            else if (is_below(found->second, item))
                report.error(IssueCode::structure, condition, "validation-question-inner", {std::string(question)});
        }
    }
}

void check_response(const Checks& checks, fhir::Element response, Report& report) {
    const auto questionnaire = questionnaire_of(checks, response);
    if (!questionnaire) return;
    ResponseCheck(checks, response, questionnaire, report).items(response, questionnaire);
}

} // namespace huitong::validation
