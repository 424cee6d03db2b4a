/// $validate-code of value sets and code systems. Source: FHIR R4, ValueSet and CodeSystem $validate-code.
#include "fhir/json.hpp"
#include "terminology/operations/code_check.hpp"
#include "terminology/operations/operations.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

Coding coding_of(fhir::Element element) {
    return {std::string(element.text("system")), std::string(element.text("version")), std::string(element.text("code")),
            std::string(element.text("display"))};
}

/// What was sent, as one or several codings.
struct Sent {
    std::vector<CodeQuestion> questions;
    fhir::Element codeable_concept; ///< none: a coding or bare parameters
};

Sent read_sent(const OperationInput& input) {
    Sent out;
    if (const auto coding = input.element("coding")) {
        out.questions.push_back({coding_of(coding), "Coding", false});
    } else if (const auto codeable = input.element("codeableConcept")) {
        out.codeable_concept = codeable;
        for (const auto one : codeable.children("coding")) {
            const auto at = "CodeableConcept.coding[" + std::to_string(out.questions.size()) + "]";
            out.questions.push_back({coding_of(one), at, true});
        }
    } else if (input.find("code")) {
        out.questions.push_back(
            {{input.text("system"), input.text("systemVersion"), input.text("code"), input.text("display")}, "", false});
    }
    return out;
}

/// Writes what was found as the Parameters that $validate-code answers with.
class FindingWriter {
public:
    explicit FindingWriter(const Sent& sent) : sent_(sent) {}

    /// `chosen`: the finding that the code, its system and display are told of; nullptr when none of several codings is in.
    std::string parameters(const std::vector<TxIssue>& issues, const CodeQuestion* question, const CodeFinding* chosen, bool result,
                           const std::vector<CodeFinding>& all) {
        out_.object().member("resourceType", "Parameters").array("parameter");
        if (question && chosen) write_code(*question, *chosen);
        if (sent_.codeable_concept)
            out_.object()
                .member("name", "codeableConcept")
                .key("valueCodeableConcept")
                .raw(fhir::write_json(sent_.codeable_concept))
                .end_object();
        if (!issues.empty()) {
            out_.object().member("name", "issues").key("resource");
            write_outcome(issues, out_);
            out_.end_object();
        }
        std::string message;
        for (const auto& issue : issues) {
            if (issue.in_message) message += (message.empty() ? "" : "; ") + issue.text;
        }
        if (!message.empty()) write_parameter(out_, "message", "String", message);
        write_parameter(out_, "result", "Boolean", result ? "true" : "false");
        for (const auto& one : all) {
            if (!one.unknown_system.empty()) write_parameter(out_, "x-unknown-system", "Canonical", one.unknown_system);
            if (!one.caused_by_unknown_system.empty())
                write_parameter(out_, "x-caused-by-unknown-system", "Canonical", one.caused_by_unknown_system);
        }
        out_.end_array().end_object();
        return out_.take();
    }

private:
    void write_code(const CodeQuestion& question, const CodeFinding& found) {
        write_parameter(out_, "code", "Code", question.coding.code);
        if (!found.normalized_code.empty()) write_parameter(out_, "normalized-code", "Code", found.normalized_code);
        if (!found.display.empty()) write_parameter(out_, "display", "String", found.display);
        if (found.inactive) write_parameter(out_, "inactive", "Boolean", "true");
        if (!found.status.empty() && found.status != "inactive") write_parameter(out_, "status", "Code", found.status);
        if (!question.coding.system.empty()) write_parameter(out_, "system", "Uri", question.coding.system);
        if (found.system && !found.system->version.empty()) write_parameter(out_, "version", "String", found.system->version);
    }

    const Sent& sent_;
    JsonWriter out_;
};

/// Finds the system of a bare code by the value set (inferSystem). Issues say why there is none.
std::vector<TxIssue> infer_system(Composition& composition, const std::shared_ptr<const ValueSet>& set, CodeQuestion& question) {
    const auto found = composition.systems_of(set, question.coding.code);
    if (found.size() == 1) {
        question.coding.system = found.front();
        return {};
    }
    std::vector<TxIssue> out{tx_issue("tx-not-in-value-set", question.at("code"), {"#" + question.coding.code, set->canonical()})};
    std::string systems;
    if (found.empty()) {
        for (const auto& clause : set->includes) {
            if (!clause.system.empty() && systems.find(clause.system) == systems.npos)
                systems += (systems.empty() ? "" : ", ") + clause.system;
        }
        out.push_back(tx_issue("tx-cannot-infer", question.at("code"), {question.coding.code, set->canonical(), systems}));
        return out;
    }
    for (const auto& url : found) systems += (systems.empty() ? "" : ", ") + url;
    out.push_back(tx_issue("tx-infer-many", question.at("code"), {question.coding.code, set->canonical(), systems}));
    return out;
}

OperationAnswer answer_of(const Sent& sent, std::vector<CodeFinding> findings, const ValueSet* set) {
    std::vector<TxIssue> issues;
    const auto in = std::find_if(findings.begin(), findings.end(), [](const CodeFinding& one) { return one.in; });
    if (sent.codeable_concept && in == findings.end() && set) {
        const bool only_unknown = std::all_of(findings.begin(), findings.end(), [](const CodeFinding& one) {
            return std::none_of(one.issues.begin(), one.issues.end(),
                                [](const TxIssue& i) { return i.rule == "tx-coding-not-in-value-set"; });
        });
        if (!only_unknown || findings.empty()) issues.push_back(tx_issue("tx-no-valid-coding", "", {set->canonical()}));
    }
    for (const auto& one : findings) issues.insert(issues.end(), one.issues.begin(), one.issues.end());
    const bool failed = std::any_of(issues.begin(), issues.end(), [](const TxIssue& issue) { return issue.is_error(); });
    const CodeFinding* chosen = in != findings.end() ? &*in : sent.codeable_concept || findings.empty() ? nullptr : &findings.front();
    const CodeQuestion* question = chosen ? &sent.questions[static_cast<std::size_t>(chosen - findings.data())] : nullptr;
    return {200, FindingWriter(sent).parameters(issues, question, chosen, in != findings.end() && !failed, findings)};
}

/// An import that is not here makes the value set useless, which is an answer, not a failure of the request.
OperationAnswer stopped_in_set(const OperationContext& context, const Sent& sent) {
    if (context.stop->rule != "tx-value-set-unknown") return stopped(context);
    const CodeFinding nothing;
    const bool bare = !sent.codeable_concept && !sent.questions.empty();
    return {200, FindingWriter(sent).parameters({*context.stop}, bare ? &sent.questions.front() : nullptr, bare ? &nothing : nullptr, false,
                                                {})};
}

} // namespace

OperationAnswer validate_code_in_value_set(const Library& library, const OperationInput& input, const OperationSettings& settings,
                                           fhir::Element instance) {
    OperationContext context(library, input, settings);
    const auto set = context.stop ? nullptr : asked_value_set(context, instance);
    if (set) {
        context.take_languages_of(*set);
        context.take_supplements(set.get());
    }
    auto sent = read_sent(input);
    if (sent.questions.empty() && !sent.codeable_concept) context.fail("tx-parameter-missing", "", {"code"});
    if (context.stop) return stopped(context);
    Composition composition(context);
    CodeCheck check(context, composition);
    std::vector<CodeFinding> findings;
    for (auto& question : sent.questions) {
        const bool bare = question.where.empty() && question.coding.system.empty();
        if (bare && input.flag("inferSystem") != false) {
            if (auto issues = infer_system(composition, set, question); !issues.empty()) {
                findings.emplace_back().issues = std::move(issues);
                continue;
            }
        }
        findings.push_back(check.in_value_set(set, question));
        if (context.stop) return stopped_in_set(context, sent);
    }
    if (context.stop) return stopped_in_set(context, sent);
    return answer_of(sent, std::move(findings), set.get());
}

OperationAnswer validate_code_in_system(const Library& library, const OperationInput& input, const OperationSettings& settings,
                                        fhir::Element instance) {
    OperationContext context(library, input, settings);
    auto url = input.text("url");
    auto version = input.text("version");
    if (const auto given = instance ? instance : input.element("codeSystem")) {
        auto read = read_code_system(given);
        url = read.url;
        version = read.version;
        context.library.put(std::move(read));
    }
    auto sent = read_sent(input);
    if (sent.questions.empty() && !sent.codeable_concept) context.fail("tx-parameter-missing", "", {"code"});
    if (!context.stop) context.take_supplements(nullptr);
    if (context.stop) return stopped(context);
    Composition composition(context);
    CodeCheck check(context, composition);
    std::vector<CodeFinding> findings;
    for (auto& question : sent.questions) {
        if (question.coding.system.empty()) question.coding.system = without_version(url);
        findings.push_back(check.in_system(version, question));
    }
    return answer_of(sent, std::move(findings), nullptr);
}

OperationAnswer batch_validate_code(const Library& library, const OperationInput& input, const OperationSettings& settings,
                                    bool in_system) {
    const auto validations = input.elements("validation");
    if (validations.empty()) return {400, outcome_text({tx_issue("tx-parameter-missing", "", {"validation"})})};
    JsonWriter out;
    out.object().member("resourceType", "Parameters").array("parameter");
    for (const auto validation : validations) {
        OperationInput one;
        one.add(validation);
        for (const auto& parameter : input.parameters()) {
            if (parameter.name != "validation") one.share(parameter);
        }
        const auto answer =
            in_system ? validate_code_in_system(library, one, settings) : validate_code_in_value_set(library, one, settings);
        out.object().member("name", "validation").key("resource").raw(answer.body).end_object();
    }
    out.end_array().end_object();
    return {200, out.take()};
}

} // namespace huitong::terminology
