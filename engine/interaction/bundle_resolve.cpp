/// Identities and references of a transaction. Source: FHIR R4 RESTful API, "Transaction Processing Rules", "Conditional References".
#include "interaction/bundle.hpp"
#include "interaction/condition.hpp"

#include <set>

namespace huitong::interaction {
namespace {

struct EntryUrl {
    std::string type, id, criteria;
};

EntryUrl split_url(std::string_view url, std::string_view base_url) {
    EntryUrl out;
    if (!base_url.empty() && url.starts_with(base_url)) url.remove_prefix(base_url.size());
    while (url.starts_with('/')) url.remove_prefix(1);
    const auto mark = url.find('?');
    const auto path = url.substr(0, mark);
    if (mark != url.npos) out.criteria = url.substr(mark + 1);
    const auto slash = path.find('/');
    out.type = path.substr(0, slash);
    if (slash != path.npos) out.id = path.substr(slash + 1);
    return out;
}

Outcome resolve_conditional(Conditions& conditions, Entry& entry, const std::string& criteria, store::Commit& commit) {
    auto condition = conditions.find(entry.type, criteria, commit);
    if (!condition) {
        auto issues = condition.error();
        for (auto& issue : issues.issues()) issue.where = entry.where + ".request";
        return issues;
    }
    if (!condition->match) return {};
    entry.id = condition->match->id;
    entry.existing = entry.method == "POST";
    entry.hidden = condition->hidden;
    return {};
}

/// Asked before anything is looked up: a refusal must not depend on what there is.
Outcome check_rights(const access::Caller& caller, const Entry& entry) {
    const char right = entry.method == "POST" ? 'c' : entry.method == "PUT" || entry.method == "PATCH" ? 'u' : 'd';
    if (!access::may(caller, right, entry.type))
        return error(IssueCode::forbidden, entry.where, "access-scope", {entry.method, entry.type});
    if (is_append_only(entry.type) && right != 'c') return error(IssueCode::not_supported, entry.where, "rest-append-only", {entry.type});
    return {};
}

Outcome resolve_entry(const Services& services, Conditions& conditions, Entry& entry, store::Commit& commit) {
    const auto url = split_url(entry.url, services.base_url);
    if (!services.definitions->is_resource_type(entry.type))
        return error(IssueCode::not_supported, entry.where + ".request.url", "rest-unknown-type", {entry.type});
    if (entry.resource && entry.method != "PATCH" && entry.resource.type() != entry.type) {
        return error(IssueCode::invalid, entry.where + ".resource", "rest-type-differs", {std::string(entry.resource.type()), entry.type});
    }
    if (entry.method == "POST") {
        if (!entry.if_none_exist.empty()) {
            if (auto found = resolve_conditional(conditions, entry, entry.if_none_exist, commit); found.has_errors()) return found;
        }
        if (entry.id.empty()) entry.id = services.store->new_id();
        return {};
    }
    entry.id = url.id;
    if (!url.criteria.empty()) {
        if (auto found = resolve_conditional(conditions, entry, url.criteria, commit); found.has_errors()) return found;
        if (entry.id.empty() && entry.method == "PATCH")
            return error(IssueCode::not_found, entry.where + ".request", "rest-no-match", {entry.type});
        if (entry.id.empty() && entry.method == "PUT")
            entry.id = entry.resource.text("id").empty() || entry.resource.text("id").starts_with("urn:")
                           ? services.store->new_id()
                           : std::string(entry.resource.text("id"));
        return {};
    }
    if (!is_id(entry.id)) return error(IssueCode::value, entry.where + ".request.url", "rest-id", {});
    if (entry.method == "PUT" && entry.resource.text("id") != entry.id)
        return error(IssueCode::invalid, entry.where + ".resource.id", "rest-id-differs", {entry.id});
    return {};
}

/// "http://x/fhir/" of the full URL "http://x/fhir/Patient/7"; "" when it is not of that form.
std::string_view base_of(const Entry& entry) {
    const std::string_view url = entry.full_url;
    const auto slash = url.rfind('/');
    const auto before = slash == url.npos || slash == 0 ? url.npos : url.rfind('/', slash - 1);
    if (before == url.npos || url.substr(before + 1, slash - before - 1) != entry.type) return {};
    return url.substr(0, before + 1);
}

/// References, and URIs that name an entry by a urn. An Identifier's value or system is no link, even when it reads like one.
bool may_be_link(fhir::Element element) {
    const auto value = element.value();
    if (element.name() == "reference") return !value.starts_with('#');
    if (element.name() == "value" || element.name() == "system") return false;
    return value.starts_with("urn:uuid:") || value.starts_with("urn:oid:");
}

} // namespace

Outcome resolve_entries(const Services& services, const access::Caller& caller, std::vector<Entry>& entries,
                        std::map<std::string, std::string, std::less<>>& references, store::Commit& commit) {
    std::set<std::pair<std::string, std::string>> written;
    Conditions conditions(services, caller);
    for (auto& entry : entries) {
        if (entry.method == "GET" || entry.method == "HEAD") continue;
        entry.type = split_url(entry.url, services.base_url).type;
        if (auto issues = check_rights(caller, entry); issues.has_errors()) return issues;
        if (auto issues = resolve_entry(services, conditions, entry, commit); issues.has_errors()) return issues;
        auto expected = expected_version(entry.if_match, entry.if_none_match);
        if (!expected) return error(IssueCode::conflict, entry.where + ".request.ifMatch", "rest-precondition", {entry.if_match});
        entry.expected_version = *expected;
        if (!entry.full_url.empty()) references[entry.full_url] = entry.type + '/' + entry.id;
        if (entry.id.empty() || entry.existing) continue;
        // Rule: one resource may be written once in a transaction.
        if (!written.emplace(entry.type, entry.id).second)
            return error(IssueCode::invalid, entry.where, "bundle-written-twice", {entry.type});
    }
    return {};
}

/// "Type/id" of the entry that the text names, nullptr when there is none. Source: FHIR R4, Bundle, "Resolving references in Bundles".
const std::string* References::find_entry(std::string_view base, std::string_view value) const {
    if (const auto found = by_full_url.find(value); found != by_full_url.end()) return &found->second;
    if (base.empty() || value.find(':') != value.npos) return nullptr;
    const auto found = by_full_url.find(std::string(base) + std::string(value.substr(0, value.find("/_history/"))));
    return found == by_full_url.end() ? nullptr : &found->second;
}

const References::Match& References::match(std::string_view criteria) {
    if (const auto known = by_criteria_.find(criteria); known != by_criteria_.end()) return known->second;
    const auto mark = criteria.find('?');
    const std::string type(criteria.substr(0, mark));
    Match match;
    if (auto found = search::find_matches(*services_.registry, view_, type, std::string(criteria.substr(mark + 1)), 2)) {
        match.count = found->keys.size();
        if (match.count == 1) match.reference = type + '/' + found->keys.front().id;
    }
    return by_criteria_.emplace(std::string(criteria), std::move(match)).first->second;
}

Outcome References::rewrite(const Entry& entry, fhir::Document& document) {
    Outcome issues;
    const auto base = base_of(entry);
    std::vector<fhir::Element> waiting{document.root()};
    while (!waiting.empty()) {
        const auto element = waiting.back();
        waiting.pop_back();
        for (const auto child : element.children()) waiting.push_back(child);
        if (!element.has_value() || !may_be_link(element)) continue;
        const auto value = element.value();
        if (const auto* found = find_entry(base, value)) {
            document.set_value(element.index(), fhir::ValueKind::text, document.copy(*found));
            continue;
        }
        const auto mark = value.find('?');
        if (element.name() != "reference" || mark == value.npos || value.find(':') < mark) continue;
        const auto& found = match(value);
        if (found.reference.empty()) {
            issues.add(error(IssueCode::multiple_matches, entry.where + ".resource." + element.path(), "bundle-reference",
                             {std::string(value.substr(0, mark)), std::to_string(found.count)}));
            continue;
        }
        document.set_value(element.index(), fhir::ValueKind::text, document.copy(found.reference));
    }
    return issues;
}

} // namespace huitong::interaction
