/// Identities and references of a transaction. Source: FHIR R4 RESTful API, "Transaction Processing Rules", "Conditional References".
#include "interaction/bundle.hpp"
#include "interaction/condition.hpp"
#include "search/keys.hpp"
#include "search/query_syntax.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace huitong::interaction {
namespace {

struct EntryUrl {
    std::string type, id, criteria;
};

/// Criteria without what says only how the answer is to be written.
std::string without_form(std::string_view query) {
    static constexpr std::string_view kForm[] = {"_format", "_pretty", "_summary", "_elements"};
    std::string out;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (std::find(std::begin(kForm), std::end(kForm), pair.substr(0, pair.find('='))) != std::end(kForm)) continue;
        if (!out.empty()) out += '&';
        out += pair;
    }
    return out;
}

EntryUrl split_url(std::string_view url, std::string_view base_url) {
    EntryUrl out;
    if (!base_url.empty() && url.starts_with(base_url)) url.remove_prefix(base_url.size());
    while (url.starts_with('/')) url.remove_prefix(1);
    const auto mark = url.find('?');
    auto path = url.substr(0, mark);
    if (path.ends_with('/')) path.remove_suffix(1);
    if (mark != url.npos) out.criteria = without_form(url.substr(mark + 1));
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
    entry.matched = true;
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

/// The id that a conditional PUT's resource brings; one that only stands for its full URL is none.
std::string own_id(const Entry& entry) {
    const auto id = entry.resource.text("id");
    return id.starts_with("urn:") ? std::string() : std::string(id);
}

Outcome resolve_put(const Services& services, const access::Caller& caller, Entry& entry) {
    const auto own = own_id(entry);
    const auto where = entry.where + ".resource.id";
    if (entry.matched && !own.empty() && own != entry.id)
        return entry.hidden ? error(IssueCode::forbidden, where, "store-hidden")
                            : error(IssueCode::invalid, where, "rest-id-differs", {entry.id});
    if (entry.matched) return {};
    entry.is_new = !own.empty();
    entry.id = entry.is_new ? own : services.store->new_id();
    if (!entry.is_new) return {};
    auto refused = check_id_is_free(services, caller, {entry.type, entry.id});
    for (auto& issue : refused.issues()) issue.where = where;
    return refused;
}

Outcome resolve_entry(const Services& services, const access::Caller& caller, Conditions& conditions, Entry& entry, store::Commit& commit) {
    const auto url = split_url(entry.url, services.base_url);
    if (!services.definitions->is_resource_type(entry.type))
        return error(IssueCode::not_supported, entry.where + ".request.url", "rest-unknown-type", {entry.type});
    if (entry.resource && entry.method != "PATCH" && entry.resource.type() != entry.type) {
        return error(IssueCode::invalid, entry.where + ".resource", "rest-type-differs", {std::string(entry.resource.type()), entry.type});
    }
    if (entry.method == "POST") {
        // An operation, a search, a resource's own address: nothing is made by these.
        if (!url.id.empty() || !url.criteria.empty())
            return error(IssueCode::not_supported, entry.where + ".request.url", "rest-method", {entry.method});
        if (!entry.if_none_exist.empty()) {
            if (auto found = resolve_conditional(conditions, entry, entry.if_none_exist, commit); found.has_errors()) return found;
        }
        if (entry.id.empty()) entry.id = services.store->new_id();
        return {};
    }
    // One or the other says which resource is meant.
    if (!url.id.empty() && !url.criteria.empty()) return error(IssueCode::invalid, entry.where + ".request.url", "rest-id-and-criteria");
    entry.id = url.id;
    if (!url.criteria.empty()) {
        if (auto found = resolve_conditional(conditions, entry, url.criteria, commit); found.has_errors()) return found;
        if (entry.id.empty() && entry.method == "PATCH")
            return error(IssueCode::not_found, entry.where + ".request", "rest-no-match", {entry.type});
        return entry.method == "PUT" ? resolve_put(services, caller, entry) : Outcome();
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

/// Criteria that mean the same, whatever their order and encoding.
using Criteria = std::pair<std::string, std::vector<std::pair<std::string, std::string>>>;

Criteria criteria_of(const Entry& entry, std::string_view base_url) {
    const auto text = entry.method == "POST" ? entry.if_none_exist : split_url(entry.url, base_url).criteria;
    auto pairs = search::read_criteria(text);
    std::sort(pairs.begin(), pairs.end());
    return {entry.type, std::move(pairs)};
}

/// What criteria without a match have made within this bundle: the second POST finds what the first one makes, and nobody else may mean
/// it too, or there would be twins of one business key.
class MadeByCriteria {
public:
    explicit MadeByCriteria(std::string_view base_url) : base_url_(base_url) {}
    Outcome add(Entry& entry) {
        if (entry.matched || entry.id.empty() || (entry.method != "POST" && entry.method != "PUT")) return {};
        auto criteria = criteria_of(entry, base_url_);
        if (criteria.second.empty()) return {};
        const auto [made, is_first] = made_.try_emplace(std::move(criteria), &entry);
        if (is_first) return {};
        if (entry.method != "POST" || made->second->method != "POST")
            return error(IssueCode::invalid, entry.where, "bundle-written-twice", {entry.type});
        entry.id = made->second->id;
        entry.existing = true;
        return {};
    }

private:
    std::string_view base_url_;
    std::map<Criteria, const Entry*> made_;
};

/// See version_there.
Outcome expect_what_is_there(const Services& services, const access::Caller& caller, Entry& entry) {
    if (entry.id.empty()) return {};
    const auto there = version_there(services, caller, entry.if_match, {entry.type, entry.id});
    if (there && *there && !entry.expected_version) entry.expected_version = *there;
    auto issues = there ? Outcome() : there.error();
    for (auto& issue : issues.issues()) issue.where = entry.where + ".request.ifMatch";
    return issues;
}

/// A full URL names one thing. Source: FHIR R4, Bundle, rule bdl-7.
Outcome add_full_url(const Entry& entry, std::map<std::string, std::string, std::less<>>& references) {
    if (entry.full_url.empty() || entry.id.empty()) return {}; // what a conditional DELETE did not find is nothing to point at
    auto target = entry.existing && entry.hidden ? std::string() : entry.type + '/' + entry.id;
    const auto [at, is_first] = references.try_emplace(entry.full_url, target);
    if (is_first || at->second == target) return {};
    return error(IssueCode::invalid, entry.where + ".fullUrl", "bundle-full-url-twice");
}

} // namespace

Outcome resolve_entries(const Services& services, const access::Caller& caller, std::string_view own_type, std::vector<Entry>& entries,
                        std::map<std::string, std::string, std::less<>>& references, store::Commit& commit) {
    std::set<std::pair<std::string, std::string>> written, removed;
    Conditions conditions(services, caller, own_type);
    MadeByCriteria made(services.base_url);
    for (auto& entry : entries) {
        if (entry.method == "GET" || entry.method == "HEAD") continue;
        entry.type = split_url(entry.url, services.base_url).type;
        if (auto issues = check_rights(caller, entry); issues.has_errors()) return issues;
        if (auto issues = resolve_entry(services, caller, conditions, entry, commit); issues.has_errors()) return issues;
        if (auto issues = made.add(entry); issues.has_errors()) return issues;
        auto expected = expected_version(entry.if_match, entry.if_none_match);
        if (!expected) return error(IssueCode::conflict, entry.where + ".request.ifMatch", "rest-precondition", {entry.if_match});
        entry.expected_version = *expected;
        if (auto issues = expect_what_is_there(services, caller, entry); issues.has_errors()) return issues;
        if (auto issues = add_full_url(entry, references); issues.has_errors()) return issues;
        if (entry.id.empty() || entry.existing) continue;
        // Rule: one resource may be written once in a transaction.
        if (!written.emplace(entry.type, entry.id).second)
            return error(IssueCode::invalid, entry.where, "bundle-written-twice", {entry.type});
        if (entry.method == "DELETE") removed.emplace(entry.type, entry.id);
    }
    // What the bundle deletes is there no longer when its creates come: one that found it would point at nothing.
    for (const auto& entry : entries) {
        if (entry.existing && removed.contains({entry.type, entry.id}))
            return error(IssueCode::invalid, entry.where, "bundle-written-twice", {entry.type});
    }
    return {};
}

namespace {

/// Type, system and value of an identifier.
using BusinessKey = std::array<std::string, 3>;

/// The identifier that the entry's criteria name and nothing fits; nullopt: none, or more than one.
std::optional<BusinessKey> key_sought(const Entry& entry, std::string_view base_url) {
    if (!entry.write || entry.matched || (entry.method != "POST" && entry.method != "PUT")) return std::nullopt;
    const auto criteria = criteria_of(entry, base_url).second;
    if (criteria.size() != 1 || criteria.front().first != "identifier") return std::nullopt;
    const auto& value = criteria.front().second;
    const auto parts = search::split_unescaped(value, '|');
    if (parts.size() != 2 || parts[1].empty() || search::split_unescaped(value, ',').size() != 1) return std::nullopt;
    return BusinessKey{entry.type, search::unescape(parts[0]), search::unescape(parts[1])};
}

} // namespace

Outcome check_twins(const Services& services, const std::vector<Entry>& entries, const store::Commit& commit) {
    std::map<BusinessKey, std::size_t> sought; // how many writes bring it
    for (const auto& entry : entries) {
        if (auto key = key_sought(entry, services.base_url)) sought.emplace(std::move(*key), 0);
    }
    if (sought.empty()) return {};
    for (const auto& write : commit.writes) {
        std::set<BusinessKey> own;
        for (const auto& row : write.rows.tokens) {
            if (row.param == "identifier") own.insert({write.key.type, row.system, row.code});
        }
        for (const auto& key : own) {
            const auto found = sought.find(key);
            if (found != sought.end() && ++found->second > 1)
                return error(IssueCode::invalid, "Bundle.entry", "bundle-written-twice", {write.key.type});
        }
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
    Outcome warnings;
    auto query = search::read_query(*services_.registry, type, search::read_criteria(criteria.substr(mark + 1)), true, warnings);
    if (!query) {
        match.refused = query.error();
    } else if (auto found = search::matching_keys(*services_.registry, view_, *query, *services_.limits); !found) {
        match.refused = found.error();
    } else {
        match.count = found->size();
        if (match.count == 1) match.reference = type + '/' + view_.resource_keys(*found).front().id;
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
            if (found->empty()) {
                issues.add(error(IssueCode::forbidden, entry.where + ".resource." + element.path(), "bundle-reference-hidden"));
                continue;
            }
            document.set_value(element.index(), fhir::ValueKind::text, document.copy(*found));
            continue;
        }
        const auto mark = value.find('?');
        if (element.name() != "reference" || mark == value.npos || value.find(':') < mark) continue;
        const auto& found = match(value);
        for (auto issue : found.refused.issues()) {
            issue.where = entry.where + ".resource." + element.path();
            issues.add(std::move(issue));
        }
        if (found.reference.empty() && found.refused.empty()) {
            issues.add(error(IssueCode::multiple_matches, entry.where + ".resource." + element.path(), "bundle-reference",
                             {std::string(value.substr(0, mark)), std::to_string(found.count)}));
        }
        if (found.reference.empty()) continue;
        document.set_value(element.index(), fhir::ValueKind::text, document.copy(found.reference));
    }
    return issues;
}

} // namespace huitong::interaction
