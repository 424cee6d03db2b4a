/// Index reads of tokens, strings and URIs: terms of the dictionary first, then the versions that have them.
#include "store/sqlite/read_view.hpp"
#include "store/sqlite/schema.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

namespace huitong::store {
namespace {

/// What ends a step of a URL; within a fragment, which mostly is a code, also what tells the levels of codes apart.
constexpr std::string_view kStepEnds = "/?#", kFragmentStepEnds = "/?#-.";

std::string_view step_ends(std::string_view before) { return before.find('#') == before.npos ? kStepEnds : kFragmentStepEnds; }

/// The URI itself and what it lies below: its beginnings up to the end of a step. Source: FHIR R4, Search, "above".
std::vector<std::string> uris_above(const std::string& uri) {
    std::vector<std::string> out{uri};
    for (std::size_t at = uri.size(); at-- > 1;) {
        const std::string_view before(uri.data(), at);
        if (step_ends(before).find(uri[at]) == std::string_view::npos) continue;
        if (uri[at] == '/' && at + 1 < uri.size()) out.push_back(uri.substr(0, at + 1));
        out.emplace_back(before);
    }
    return out;
}

/// What everything below the URI begins with. Source: FHIR R4, Search, "below".
std::vector<std::string> beginnings_below(const std::string& uri) {
    if (uri.ends_with('/')) return {uri};
    std::vector<std::string> out;
    for (const char end : step_ends(uri)) out.push_back(uri + end);
    return out;
}

} // namespace

std::string after_prefix(std::string prefix) {
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
    if (!prefix.empty()) prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

std::optional<Symbol> SqliteReadView::parameter(const std::string& type, const std::string& param) const {
    return shared_.symbols.find(parameter_key(type, param));
}

void SqliteReadView::append_set(SetId set, VersionKeys& keys) {
    auto rows = connection_->prepare("SELECT vid FROM tagged WHERE set_id = ?");
    rows.bind(set);
    append(rows, keys);
}

void SqliteReadView::append_sets(Symbol p, VersionKeys& keys) {
    SetId last = 0;
    auto found = shared_.sets.of_parameter(p);
    std::sort(found.begin(), found.end());
    for (const auto& [set, term] : found) {
        if (set != std::exchange(last, set)) append_set(set, keys);
    }
}

void SqliteReadView::append_terms(Symbol p, const std::vector<TermId>& terms, VersionKeys& keys) {
    std::set<SetId> sets;
    for (const auto term : terms) {
        for (const auto set : shared_.sets.with({p, term})) sets.insert(set);
    }
    for (const auto set : sets) append_set(set, keys);
    // Many terms (a system, a common prefix) are cheaper in one pass over the parameter than by a search for each.
    constexpr std::size_t kSeeksMax = 2'000;
    if (terms.size() > kSeeksMax) {
        const std::unordered_set<TermId> wanted(terms.begin(), terms.end());
        auto rows = connection_->prepare("SELECT vid, term FROM val WHERE p = ?");
        rows.bind(p);
        while (rows.step()) {
            if (wanted.contains(rows.integer(1))) keys.push_back(rows.key(0));
        }
        return;
    }
    for (const auto term : terms) {
        auto rows = connection_->prepare("SELECT vid FROM val WHERE p = ? AND term = ?");
        rows.bind(p, term);
        append(rows, keys);
    }
}

std::vector<TermId> SqliteReadView::matching_tokens(const std::optional<std::string>& system, const std::optional<std::string>& code) {
    std::vector<TermId> out;
    const auto symbol = system ? shared_.symbols.find(*system) : std::nullopt;
    if (system && !symbol) return out;
    if (code && system) {
        if (const auto term = find_term(*connection_, {TermKind::token, *code, *symbol})) out.push_back(*term);
    } else if (code) {
        out = find_tokens(*connection_, *code);
    } else if (system) {
        walk_terms(*connection_, TermKind::token, [&](std::string_view, Symbol of, TermId id) {
            if (of == *symbol) out.push_back(id);
        });
    }
    return out;
}

VersionKeys SqliteReadView::tokens(const std::string& type, const std::string& param, const std::optional<std::string>& system,
                                   const std::optional<std::string>& code) {
    return reading([&] {
        const auto p = parameter(type, param);
        if (!p) return VersionKeys();
        VersionKeys keys;
        if (!system && !code) {
            auto rows = connection_->prepare("SELECT vid FROM val WHERE p = ?");
            rows.bind(*p);
            append(rows, keys);
            append_sets(*p, keys);
        } else {
            append_terms(*p, matching_tokens(system, code), keys);
        }
        return finished(std::move(keys));
    });
}

VersionKeys SqliteReadView::reference_identifiers(const std::string& type, const std::string& param, const std::string& system,
                                                  const std::string& value) {
    return tokens(type, identifier_parameter(param), system.empty() ? std::nullopt : std::optional(system), value);
}

VersionKeys SqliteReadView::strings(const std::string& type, const std::string& param, StringMatch match, const std::string& folded,
                                    const std::string& exact) {
    return reading([&] {
        const auto p = parameter(type, param);
        if (!p) return VersionKeys();
        std::vector<TermId> terms;
        if (match == StringMatch::exact) {
            if (const auto term = find_term(*connection_, {TermKind::string, string_term(folded, exact)})) terms.push_back(*term);
        } else if (match == StringMatch::contains) {
            walk_terms(*connection_, TermKind::string, [&](std::string_view text, Symbol, TermId id) {
                if (folded_part(text).find(folded) != std::string_view::npos) terms.push_back(id);
            });
        } else {
            const auto end = after_prefix(folded);
            auto rows = connection_->prepare("SELECT id FROM term WHERE kind = 0 AND text >= ?1 AND (?2 = '' OR text < ?2)");
            rows.bind(folded, end);
            while (rows.step()) terms.push_back(rows.integer(0));
        }
        VersionKeys keys;
        append_terms(*p, terms, keys);
        return finished(std::move(keys));
    });
}

VersionKeys SqliteReadView::uris(const std::string& type, const std::string& param, UriMatch match, const std::string& uri) {
    return reading([&] {
        const auto p = parameter(type, param);
        if (!p) return VersionKeys();
        std::vector<TermId> terms;
        for (const auto& text : match == UriMatch::above ? uris_above(uri) : std::vector<std::string>{uri}) {
            if (const auto term = find_term(*connection_, {TermKind::uri, text})) terms.push_back(*term);
        }
        for (const auto& begin : match == UriMatch::below ? beginnings_below(uri) : std::vector<std::string>()) {
            const auto end = after_prefix(begin);
            auto rows = connection_->prepare("SELECT id FROM term WHERE kind = 2 AND text >= ? AND text < ?");
            rows.bind(begin, end);
            while (rows.step()) terms.push_back(rows.integer(0));
        }
        VersionKeys keys;
        append_terms(*p, terms, keys);
        return finished(std::move(keys));
    });
}

std::vector<std::string> SqliteReadView::parameters(const std::string& type, const std::string& prefix, const std::string& suffix) {
    const auto begin = parameter_key(type, prefix);
    auto found = shared_.symbols.find_all(begin, suffix);
    for (auto& text : found) text = text.substr(type.size() + 1);
    return found;
}

std::uint64_t SqliteReadView::count_tokens(const std::string& type, const std::string& param, const std::optional<std::string>& system,
                                           const std::optional<std::string>& code) {
    if (!code) return count_all(type);
    return reading([&] {
        const auto p = parameter(type, param);
        std::uint64_t total = 0;
        if (!p) return total;
        for (const auto term : matching_tokens(system, code)) {
            // Counting stops at a bound: the planner only needs to know which list is short.
            auto rows = connection_->prepare("SELECT count(*) FROM (SELECT 1 FROM val WHERE p = ? AND term = ? LIMIT 10000)");
            rows.bind(*p, term);
            if (rows.step()) total += rows.key(0);
            for (const auto set : shared_.sets.with({*p, term})) {
                auto tagged = connection_->prepare("SELECT count(*) FROM (SELECT 1 FROM tagged WHERE set_id = ? LIMIT 10000)");
                tagged.bind(set);
                if (tagged.step()) total += tagged.key(0);
                if (total >= 10'000) return total;
            }
        }
        return total;
    });
}

} // namespace huitong::store
