#include "validation/bundle_rules.hpp"

#include <algorithm>
#include <cctype>
#include <deque>
#include <map>
#include <set>

namespace huitong::validation {
namespace {

bool is_exchange(std::string_view type) { return type.starts_with("transaction") || type.starts_with("batch"); }

/// Begins with a scheme (RFC 3986, §3.1).
bool is_absolute(std::string_view url) {
    const auto scheme = url.substr(0, url.find(':'));
    return scheme.size() < url.size() && !scheme.empty() &&
           std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) { return std::isalnum(c) || c == '+' || c == '-' || c == '.'; });
}

void check_identity(const Checks& checks, fhir::Element entry, fhir::Element resource, std::string_view type, Report& report) {
    const auto severity = checks.strictness ? Severity::error : Severity::warning;
    const auto full_url = entry.text("fullUrl");
    if (full_url.empty()) {
        // Lists that a server answers with are read anyway; what is filed as one piece must name its parts.
        const bool filed = type == "document" || type == "message" || type == "collection";
        if (!is_exchange(type))
            report.add(filed ? Severity::error : Severity::warning, IssueCode::required, entry, "validation-entry-no-url");
        return;
    }
    if (checks.strictness && !is_absolute(full_url)) report.add(severity, IssueCode::value, entry, "validation-entry-url-relative");
    const auto id = resource.text("id");
    const std::string tail = "/" + std::string(resource.type()) + "/";
    const bool restful = full_url.starts_with("http") && full_url.find(tail) != full_url.npos;
    const bool differs = id.empty() ? static_cast<bool>(checks.strictness) : !full_url.ends_with(tail + std::string(id));
    if (restful && differs) report.add(severity, IssueCode::value, entry, "validation-entry-url-id");
}

/// References below an element, not those of resources inside it.
void collect_references(fhir::Element element, std::vector<fhir::Element>& out) {
    for (auto child : element.children()) {
        if (child.is_resource() && child.name() != "contained") continue;
        if (child.name() == "reference" && child.has_value()) out.push_back(child);
        collect_references(child, out);
    }
}

/// Every reference of the Composition itself (not of what it contains) names a resource of the bundle or a contained one.
void check_references(const Checks& checks, fhir::Element composition, Report& report) {
    std::vector<fhir::Element> references;
    for (auto child : composition.children()) {
        if (!child.is_resource()) collect_references(child, references);
    }
    for (auto reference : references) {
        const auto written = reference.value();
        if (written.starts_with('#')) continue;
        const auto target =
            checks.strictness ? resolve_by_url(checks.targets, reference, written) : checks.targets.inside(reference, written);
        if (target) continue;
        const bool elsewhere = !checks.strictness && written.starts_with("http"); // an absolute place may lie outside
        report.add(elsewhere ? Severity::warning : Severity::error, IssueCode::not_found, reference.parent(),
                   "validation-document-reference");
    }
}

/// Entries of a document that no chain of references ties to the Composition, in either direction.
void check_reachable(fhir::Element bundle, Report& report) {
    std::vector<fhir::Element> entries;
    std::map<fhir::NodeIndex, std::size_t> by_resource;
    for (auto entry : bundle.children("entry")) {
        if (const auto resource = entry.child("resource")) by_resource[resource.index()] = entries.size();
        entries.push_back(entry);
    }
    Targets targets;
    std::vector<std::set<std::size_t>> tied(entries.size());
    for (std::size_t from = 0; from < entries.size(); ++from) {
        std::vector<fhir::Element> references;
        collect_references(entries[from], references);
        if (const auto resource = entries[from].child("resource")) collect_references(resource, references);
        for (auto reference : references) {
            const auto target = targets.inside(reference, reference.value());
            const auto to = target ? by_resource.find(target.index()) : by_resource.end();
            if (to == by_resource.end()) continue;
            tied[from].insert(to->second);
            tied[to->second].insert(from);
        }
    }
    std::vector<bool> seen(entries.size());
    std::deque<std::size_t> next{0};
    if (!seen.empty()) seen[0] = true;
    while (!next.empty()) {
        for (const auto other : tied[next.front()]) {
            if (!seen[other]) next.push_back(other);
            seen[other] = true;
        }
        next.pop_front();
    }
    for (std::size_t at = 0; at < entries.size(); ++at) {
        if (!seen[at] && entries[at].child("resource")) report.error(IssueCode::structure, entries[at], "validation-document-unreachable");
    }
}

} // namespace

void check_bundle(const Checks& checks, fhir::Element bundle, Report& report) {
    const auto type = bundle.text("type");
    bool is_first = true;
    for (auto entry : bundle.children("entry")) {
        const auto resource = entry.child("resource");
        if (resource && resource.is_resource()) check_identity(checks, entry, resource, type, report);
        if (is_first && type == "document" && (!resource || resource.type() != "Composition")) {
            report.error(IssueCode::structure, entry, "validation-document-first");
        } else if (is_first && type == "document") {
            check_references(checks, resource, report);
        }
        is_first = false;
    }
    if (type == "document" && checks.strictness) check_reachable(bundle, report);
}

} // namespace huitong::validation
