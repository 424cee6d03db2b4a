#include "search/held.hpp"

#include "search/conditions.hpp"

namespace huitong::search {
namespace {

template <class Row>
void add_renamed(const std::string& prefix, std::vector<Row>& from, std::vector<Row>& to) {
    for (auto& row : from) {
        row.param.insert(0, prefix);
        to.push_back(std::move(row));
    }
}

} // namespace

void add_held_rows(const std::string& param, store::IndexRows held, store::IndexRows& rows) {
    const auto prefix = param + '.';
    add_renamed(prefix, held.tokens, rows.tokens);
    add_renamed(prefix, held.references, rows.references);
    add_renamed(prefix, held.dates, rows.dates);
    add_renamed(prefix, held.quantities, rows.quantities);
    add_renamed(prefix, held.strings, rows.strings);
    add_renamed(prefix, held.uris, rows.uris);
}

/// A condition on what is held. Issues: search-chain for what is no content of its own (`_lastUpdated`, `_has`), search-modifier.
Conditions::Found Conditions::find_held(const Rows& rows, const std::string& type, const QueryParameter& parameter) {
    if (parameter.name.find('.') != parameter.name.npos) return find_chain(rows, type, parameter);
    const auto link = rows.prefix.substr(0, rows.prefix.size() - 1);
    store::VersionKeys out;
    if (parameter.name == "_id") {
        for (const auto& value : parameter.values) out = unite(std::move(out), view_.references(rows.type, link, type, unescape(value)));
        return out;
    }
    const auto* definition = registry_.find(type, parameter.name);
    const bool is_content = definition && definition->type != fhir::SearchType::composite && parameter.name != "_lastUpdated";
    if (!is_content) return Outcome(error(IssueCode::invalid, parameter.name, "search-chain", {parameter.name}));
    const auto& modifier = parameter.modifier;
    if (modifier == "missing" || modifier == "above" || modifier == "below")
        return Outcome(error(IssueCode::not_supported, parameter.name, "search-modifier", {modifier, parameter.name}));
    for (const auto& value : parameter.values) {
        if (is_late()) return late();
        auto found = find_value_in(rows, type, *definition, modifier, value);
        if (!found) return found;
        out = unite(std::move(out), *found);
    }
    if (modifier == "not" || modifier == "not-in") return subtract(view_.present(rows.type, link), out);
    return out;
}

} // namespace huitong::search
