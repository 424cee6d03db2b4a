/// What may stand where the cursor is: elements of both models, variables, groups, types, transforms, code maps.
#include "mapping/assistant.hpp"

#include "mapping/transform_table.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

constexpr std::string_view kKeywords[] = {"as", "where", "check", "log", "then", "default", "first", "last", "only_one", "share"};

void sort_by_label(std::vector<Assistant::Suggestion>& list) {
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.label < b.label; });
}

} // namespace

void Assistant::suggest_elements(const fhir::TypedName& parent, Suggestions& out) const {
    const auto root = parent.element && !parent.element->children.empty() ? parent : definitions_.type_root(parent.type);
    if (!root.element || !root.structure) return;
    for (const auto index : root.element->children) {
        const auto& element = root.structure->elements[index];
        if (!element.slice_name.empty() || element.max == 0) continue;
        Suggestion one;
        one.label = element.is_choice ? element.name.substr(0, element.name.size() - 3) : element.name;
        one.insert = written_name(one.label);
        for (const auto& type : element.types) one.detail += (one.detail.empty() ? "" : " | ") + std::string(type.code);
        one.detail += " " + std::to_string(element.min) + ".." + (element.max == fhir::kUnbounded ? "*" : std::to_string(element.max));
        one.documentation = element.short_text;
        out.list.push_back(std::move(one));
    }
}

void Assistant::suggest_names(std::uint32_t offset, Suggestions& out) const {
    const auto* sighting = sighting_at(offset);
    if (!sighting) return;
    for (auto at = sighting->variables.rbegin(); at != sighting->variables.rend(); ++at) {
        const auto is_same = [&](const auto& one) { return one.label == at->name; };
        if (std::any_of(out.list.begin(), out.list.end(), is_same)) continue; // hidden by an inner one
        const auto type = at->type && !at->type->type.empty() ? " " + std::string(at->type->type) : std::string();
        out.list.push_back(
            {Kind::variable, std::string(at->name), written_name(at->name), (at->is_target ? "target" : "source") + type, ""});
    }
    if (sighting->input) suggest_elements(*sighting->input, out);
}

void Assistant::suggest_groups(Suggestions& out) const {
    for (const auto name : linked_->group_names(map_)) {
        const auto found = linked_->find_group(map_, name);
        std::string inputs;
        for (const auto& input : found.group->inputs) inputs += (inputs.empty() ? "" : ", ") + input.name;
        out.list.push_back({Kind::group, std::string(name), written_name(name), "(" + inputs + ")", meaning_of_group(found)});
    }
}

void Assistant::suggest_types(Suggestions& out) const {
    for (const auto& uses : map_.uses) {
        if (!uses.alias.empty()) out.list.push_back({Kind::type, uses.alias, written_name(uses.alias), uses.url, ""});
    }
    for (const auto type : definitions_.resource_types()) out.list.push_back({Kind::type, std::string(type), std::string(type), "", ""});
}

/// Inside quotes: what the text names.
void Assistant::suggest_text(std::size_t token, Suggestions& out) const {
    if (token > 0 && tokens_[token - 1].is_word("imports")) {
        for (const auto& url : library_.urls()) {
            if (url != map_.url) out.list.push_back({Kind::map, url, url, library_.find(url)->ast().title, ""});
        }
        return;
    }
    const auto call = call_around(token);
    if (call == "translate") {
        for (const auto& map : map_.concept_maps) out.list.push_back({Kind::code_map, "#" + map.id, "#" + map.id, "", ""});
        const auto* terminology = library_.terminology();
        if (!terminology) return;
        for (const auto& url : terminology->concept_map_urls())
            out.list.push_back({Kind::code_map, std::string(url), std::string(url), "", ""});
    } else if (call == "create" || call == "cast") {
        suggest_types(out);
    }
}

Assistant::Suggestions Assistant::suggestions(std::uint32_t offset) const {
    Suggestions out;
    out.replaces = {offset, offset};
    const auto at = word_at(offset);
    const bool is_text =
        at && (tokens_[*at].kind == Token::Kind::string || tokens_[*at].kind == Token::Kind::double_string) && tokens_[*at].end > offset;
    if (is_text) {
        out.replaces = {tokens_[*at].place.offset + 1, tokens_[*at].end - 1};
        suggest_text(*at, out);
        sort_by_label(out.list);
        return out;
    }
    if (!at) return out;
    const auto& token = tokens_[*at];
    out.replaces = {token.place.offset, token.end};
    const auto path = path_to(*at);
    if (path.first != *at) {
        if (const auto parent = type_of_path({path.first, *at - 2})) suggest_elements(*parent, out);
        sort_by_label(out.list);
        return out;
    }
    if (*at > 0 && is(*at - 1, ":")) {
        suggest_types(out);
        return out;
    }
    const bool calls = *at > 0 && tokens_[*at - 1].is_word("then");
    if (calls) suggest_groups(out);
    else suggest_names(token.place.offset, out);
    if (*at > 0 && is(*at - 1, "=")) {
        for (const auto& one : kTransforms)
            out.list.push_back(
                {Kind::transform, std::string(one.name), std::string(one.name), std::string(one.form), std::string(one.summary)});
    } else if (!calls) {
        for (const auto word : kKeywords) out.list.push_back({Kind::keyword, std::string(word), std::string(word), "", ""});
    }
    return out;
}

} // namespace huitong::mapping
