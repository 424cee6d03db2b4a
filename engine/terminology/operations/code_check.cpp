#include "terminology/operations/code_check.hpp"

#include "ucum/ucum.hpp"

#include <algorithm>

namespace huitong::terminology {
namespace {

constexpr std::string_view kUcum = "http://unitsofmeasure.org";

/// "system|version#code ('display')", as it was sent.
std::string as_sent(const Coding& coding) {
    auto out = versioned(coding.system, coding.version) + "#" + coding.code;
    if (!coding.display.empty()) out += " ('" + coding.display + "')";
    return out;
}

void add_once(std::vector<TxIssue>& issues, TxIssue issue) {
    const bool known = std::any_of(issues.begin(), issues.end(), [&](const TxIssue& one) {
        return one.text == issue.text && one.where == issue.where && one.rule == issue.rule;
    });
    if (!known) issues.push_back(std::move(issue));
}

/// What is said of a code as such, not of its version, system or display.
bool is_about_code(const TxIssue& issue) {
    return issue.kind == "not-in-vs" || issue.kind == "this-code-not-in-vs" || issue.kind == "invalid-code" || issue.rule == "tx-inactive";
}

/// The published answers of the terminology ecosystem give the deprecated `location` of a code only where it came without a display.
void drop_locations(const CodeQuestion& question, CodeFinding& finding) {
    for (auto& issue : finding.issues) {
        if (!question.coding.display.empty() && is_about_code(issue)) issue.located = false;
    }
}

} // namespace

bool CodeFinding::has_errors() const {
    return std::any_of(issues.begin(), issues.end(), [](const TxIssue& issue) { return issue.is_error(); });
}

void CodeCheck::unknown_code(const CodeQuestion& question, CodeFinding& out) {
    const auto& coding = question.coding;
    const char* rule = out.system->version.empty() ? "tx-unknown-code-unversioned" : "tx-unknown-code";
    if (out.system->fragment) rule = "tx-unknown-code-in-fragment";
    add_once(out.issues, tx_issue(rule, question.at("code"), {coding.code, coding.system, out.system->version}));
}

void CodeCheck::not_in_set(const ValueSet& set, const CodeQuestion& question, CodeFinding& out) {
    const char* rule = question.of_concept ? "tx-coding-not-in-value-set" : "tx-not-in-value-set";
    add_once(out.issues, tx_issue(rule, question.at("code"), {as_sent(question.coding), set.canonical()}));
}

/// The include's version, the request's rules and the code's own version against each other.
void CodeCheck::check_versions(const Candidate& candidate, const CodeQuestion& question, CodeFinding& out) {
    const auto& resolved = candidate.resolved;
    const auto& coding = question.coding;
    const auto unknown = [&](const std::string& version) {
        const auto versions = context_.library.system_versions(coding.system);
        add_once(out.issues, tx_issue("tx-version-unknown", question.at("system"), {coding.system, version, version_list(versions)}));
        out.caused_by_unknown_system = versioned(coding.system, version);
    };
    if (resolved.unknown_version) unknown(resolved.asked);
    if (!coding.version.empty() && (resolved.unknown_version || coding.version != resolved.system->version)) {
        const auto where = question.at("version");
        if (resolved.asked.empty())
            add_once(out.issues, tx_issue("tx-version-mismatch-default", where, {coding.system, resolved.system->version, coding.version}));
        else if (resolved.changed)
            add_once(out.issues, tx_issue("tx-version-mismatch-changed", where,
                                          {coding.system, resolved.asked, candidate.include_version, coding.version}));
        else add_once(out.issues, tx_issue("tx-version-mismatch", where, {coding.system, resolved.asked, coding.version}));
        if (!context_.library.system(coding.system, coding.version)) unknown(coding.version);
    }
    const auto check = context_.versions.check_of(coding.system);
    if (!resolved.unknown_version && !check.empty() && !fits_version(resolved.system->version, check)) {
        add_once(out.issues,
                 tx_issue("tx-version-check", question.at("version"), {resolved.system->version, coding.system, std::string(check)}));
    }
}

/// A code of a system that the value set does not draw from.
void CodeCheck::check_elsewhere(const CodeQuestion& question, CodeFinding& out) {
    const auto& coding = question.coding;
    if (coding.system.empty()) {
        add_once(out.issues, tx_issue("tx-no-system", question.where, {}));
        return;
    }
    const auto resolved = context_.versions.resolve(context_.library, coding.system, coding.version, "");
    out.system = resolved.system;
    if (!out.system) {
        if (coding.system == kUcum) return;
        const bool versioned_code = !coding.version.empty();
        add_once(out.issues, tx_issue(versioned_code ? "tx-version-unknown-none" : "tx-system-unknown-elsewhere", question.at("system"),
                                      {coding.system, coding.version}));
        out.unknown_system = coding.system;
        return;
    }
    if (resolved.unknown_version) {
        const auto versions = version_list(context_.library.system_versions(coding.system));
        add_once(out.issues, tx_issue("tx-version-unknown", question.at("system"), {coding.system, resolved.asked, versions}));
        out.unknown_system = versioned(coding.system, resolved.asked);
        return;
    }
    out.index = out.system->find(coding.code);
    if (out.index == kNoConcept) unknown_code(question, out);
    else check_concept(nullptr, question, out);
}

void CodeCheck::check_concept(const ListedConcept* listed, const CodeQuestion& question, CodeFinding& out) {
    const ConceptView view(context_, out.system.get(), out.index, listed);
    const auto& coding = question.coding;
    out.display = view.display().value_or(view.own_display().text);
    const auto& table = *out.system->concepts;
    if (out.index == kNoConcept) return;
    if (coding.code != table.code(out.index)) {
        out.normalized_code = table.code(out.index);
        add_once(out.issues, tx_issue("tx-case", question.at("code"), {coding.code, out.normalized_code, out.system->canonical()}));
    }
    const auto status = view.status();
    out.inactive = table.is_inactive(out.index);
    if (status != "active") out.status = status;
    if (out.inactive) {
        const auto words = status.empty() || status == "inactive" ? std::string("inactive") : status + " and inactive";
        add_once(out.issues, tx_issue("tx-inactive", question.where.empty() ? "code" : question.where, {coding.code, words}));
    } else if (status == "deprecated") {
        add_once(out.issues, tx_issue("tx-deprecated", question.at("code"), {coding.code}));
    }
    if (auto issue = check_display(context_, view, question)) add_once(out.issues, std::move(*issue));
}

void CodeCheck::check_content(const Heading& content, const Heading* root, CodeFinding& out) {
    const auto told = [&](const char* rule, const char* type) { add_once(out.issues, tx_issue(rule, "", {type, content.canonical()})); };
    const char* type = &content == root ? "ValueSet" : "CodeSystem";
    if (content.standards_status == "deprecated") told("tx-content-deprecated", type);
    else if (content.standards_status == "withdrawn") told("tx-content-withdrawn", type);
    else if (content.status == "retired") told("tx-content-retired", type);
    else if (&content == root) return;
    else if (content.experimental && !(root && root->experimental)) told("tx-content-experimental", type);
    else if (content.status == "draft" && !(root && (root->experimental || root->status == "draft"))) told("tx-content-draft", type);
}

void CodeCheck::judge(const std::shared_ptr<const ValueSet>& set, const Candidate& candidate, const CodeQuestion& question,
                      CodeFinding& out) {
    const auto& coding = question.coding;
    out.system = candidate.resolved.system;
    out.index = candidate.at;
    // What a version that is not here would hold cannot be told.
    out.in = candidate.in == Answer::yes && !candidate.resolved.unknown_version;
    if (!out.system) {
        if (out.in && candidate.listed) {
            out.display = candidate.listed->display;
            add_once(out.issues, tx_issue("tx-system-unknown-listed", question.at("system"), {coding.system}));
        } else if (coding.system != kUcum) {
            add_once(out.issues, tx_issue("tx-system-unknown", question.at("system"), {coding.system}));
            out.caused_by_unknown_system = coding.system;
        } else if (!out.in) {
            not_in_set(*set, question, out);
        }
        return;
    }
    check_versions(candidate, question, out);
    if (out.index == kNoConcept) {
        // What a fragment does not hold may be in another part of it.
        out.in = out.system->fragment && candidate.in == Answer::unknown;
        if (!out.in) not_in_set(*set, question, out);
        unknown_code(question, out);
        return;
    }
    check_concept(candidate.listed, question, out);
    const bool barred = candidate.barred_as_inactive || (out.in && out.inactive && context_.flag("activeOnly", set.get()) == true);
    if (barred) add_once(out.issues, tx_issue("tx-not-active", question.at("code"), {coding.code}));
    if (out.in && context_.input.flag("abstract") == false && out.system->concepts->is_abstract(out.index)) {
        add_once(out.issues, tx_issue("tx-abstract", question.at("code"), {coding.system, coding.code}));
        out.in = false;
    }
    if (candidate.resolved.unknown_version) return;
    if (barred || !out.in) {
        out.in = false;
        not_in_set(*set, question, out);
        return;
    }
    if (candidate.listed && candidate.listed->deprecated)
        add_once(out.issues, tx_issue("tx-deprecated-in-set", question.at("code"), {coding.code, coding.system, set->canonical()}));
    check_content(*set, set.get(), out);
    check_content(*out.system, set.get(), out);
}

CodeFinding CodeCheck::in_value_set(const std::shared_ptr<const ValueSet>& set, const CodeQuestion& question) {
    CodeFinding best;
    bool any = false;
    // Several includes may hold the code, in several versions: the first that is content with it speaks.
    for (const auto& candidate : composition_.candidates(set, question.coding)) {
        CodeFinding one;
        judge(set, candidate, question, one);
        const bool better = !any || (one.in && !best.in) || (one.in && best.in && best.has_errors() && !one.has_errors());
        if (better) best = std::move(one);
        any = true;
    }
    if (!any && !context_.stop) {
        not_in_set(*set, question, best);
        check_elsewhere(question, best);
    }
    drop_locations(question, best);
    return best;
}

CodeFinding CodeCheck::in_system(const std::string& version, const CodeQuestion& question) {
    CodeFinding out;
    const auto& coding = question.coding;
    if (coding.system.empty()) {
        add_once(out.issues, tx_issue("tx-no-system", question.where, {}));
        return out;
    }
    const auto resolved = context_.versions.resolve(context_.library, coding.system, version.empty() ? coding.version : version, "");
    out.system = resolved.system;
    if (!out.system || resolved.unknown_version) {
        if (!out.system && coding.system == kUcum) {
            out.in = ucum::is_valid(coding.code);
            if (!out.in) out.issues.push_back(tx_issue("tx-unknown-code-unversioned", question.at("code"), {coding.code, coding.system}));
            return out;
        }
        const auto versions = context_.library.system_versions(coding.system);
        const char* rule = resolved.asked.empty() ? "tx-system-unknown"
                           : versions.empty()     ? "tx-version-unknown-none"
                                                  : "tx-version-unknown";
        add_once(out.issues, tx_issue(rule, question.at("system"), {coding.system, resolved.asked, version_list(versions)}));
        out.caused_by_unknown_system = versioned(coding.system, resolved.asked);
        out.system = nullptr;
        return out;
    }
    out.index = out.system->find(coding.code);
    out.in = out.index != kNoConcept || out.system->fragment;
    if (out.index == kNoConcept) unknown_code(question, out);
    else check_concept(nullptr, question, out);
    check_content(*out.system, nullptr, out);
    drop_locations(question, out);
    return out;
}

} // namespace huitong::terminology
