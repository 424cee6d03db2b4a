/// What words mean and where they are declared; what may stand at a place is in suggestions.cpp.
#include "mapping/assistant.hpp"

#include "mapping/transform_table.hpp"

#include <algorithm>

namespace huitong::mapping {
namespace {

bool is_word(const Token& token) { return token.kind == Token::Kind::identifier || token.kind == Token::Kind::quoted_identifier; }
bool is_text(const Token& token) { return token.kind == Token::Kind::string || token.kind == Token::Kind::double_string; }

std::vector<Token> words_of(const std::string& text) {
    auto out = tokenize(text);
    std::erase_if(out, [](const Token& one) { return one.kind == Token::Kind::comment || one.kind == Token::Kind::metadata; });
    return out;
}

std::string cardinality(const fhir::ElementDefinition& element) {
    return std::to_string(element.min) + ".." + (element.max == fhir::kUnbounded ? "*" : std::to_string(element.max));
}

std::string types_of(const fhir::ElementDefinition& element, std::string_view type) {
    if (element.types.size() < 2) return std::string(type);
    std::string out;
    for (const auto& one : element.types) out += (out.empty() ? "" : " | ") + std::string(one.code);
    return out;
}

std::string meaning_of_element(const fhir::TypedName& found) {
    const auto& element = *found.declared;
    auto out = "**" + std::string(element.name) + "** `" + types_of(element, found.type) + "` " + cardinality(element);
    if (!element.short_text.empty()) out += "\n\n" + std::string(element.short_text);
    out += "\n\n" + std::string(element.path);
    if (!element.value_set.empty()) out += "\n\nvalue set `" + std::string(element.value_set) + "`";
    return out;
}

} // namespace

Assistant::Assistant(const MapLibrary& library, std::string_view url)
    : library_(library), linked_(library.linked()), definitions_(library.definitions()), map_(library.find(url)->ast()),
      tokens_(words_of(map_.source_text)), names_(names_of(map_)) {
    Checker checker(definitions_, nullptr, *linked_, &sightings_);
    checker.check(map_);
}

/// The token under or right behind which the cursor stands; a word goes before the sign beside it.
std::optional<std::size_t> Assistant::word_at(std::uint32_t offset) const {
    std::optional<std::size_t> out;
    for (std::size_t at = 0; at + 1 < tokens_.size() && tokens_[at].place.offset <= offset; ++at) {
        const auto& token = tokens_[at];
        if (token.end < offset || (!is_word(token) && !is_text(token))) continue;
        if (is_text(token) && token.end == offset) continue;
        out = at;
    }
    return out;
}

Assistant::Path Assistant::path_to(std::size_t word) const {
    Path out{word, word};
    while (out.first >= 2 && is(out.first - 1, ".") && is_word(tokens_[out.first - 2])) out.first -= 2;
    return out;
}

const Sighting* Assistant::sighting_at(std::uint32_t offset) const {
    const auto found = sightings_.find(&map_);
    if (found == sightings_.end()) return nullptr;
    auto next = found->second.upper_bound(offset);
    return next == found->second.begin() ? nullptr : &std::prev(next)->second;
}

std::optional<fhir::TypedName> Assistant::type_of_path(Path path) const {
    const auto* sighting = sighting_at(tokens_[path.first].place.offset);
    if (!sighting) return std::nullopt;
    const auto& first = tokens_[path.first].text;
    std::optional<fhir::TypedName> out;
    const auto variable =
        std::find_if(sighting->variables.rbegin(), sighting->variables.rend(), [&](const auto& one) { return one.name == first; });
    if (variable != sighting->variables.rend()) {
        out = variable->type;
    } else if (sighting->input) {
        out = definitions_.child(*sighting->input, first);
        if (!out->declared) return std::nullopt;
    }
    for (auto at = path.first + 2; out && at <= path.last; at += 2) {
        out = definitions_.child(*out, tokens_[at].text);
        if (!out->declared) return std::nullopt;
    }
    return out;
}

/// The name of the function or transform whose parentheses are open at a token; "" when none is.
std::string_view Assistant::call_around(std::size_t token) const {
    int closed = 0;
    for (auto at = token; at-- > 0;) {
        if (is(at, ";") || is(at, "{") || is(at, "}")) return {};
        if (is(at, ")")) ++closed;
        if (is(at, "(") && closed-- == 0) return at > 0 && is_word(tokens_[at - 1]) ? std::string_view(tokens_[at - 1].text) : "";
    }
    return {};
}

/// A variable is known at the places behind its declaration.
std::string Assistant::meaning_of_variable(const Name& name, const Token& word) const {
    const bool is_declared_here = name.declared.begin == word.place.offset && name.declared != Span();
    const auto found = sightings_.find(&map_);
    const Sighting* sighting = nullptr;
    if (found != sightings_.end() && is_declared_here) {
        const auto next = found->second.upper_bound(word.place.offset);
        if (next != found->second.end()) sighting = &next->second;
    } else {
        sighting = sighting_at(word.place.offset);
    }
    auto out = "**" + name.text + "**";
    if (!sighting) return out;
    for (auto at = sighting->variables.rbegin(); at != sighting->variables.rend(); ++at) {
        if (at->name != name.text) continue;
        out += at->is_target ? " target" : " source";
        if (at->type && !at->type->type.empty()) out += " `" + std::string(at->type->type) + "`";
        if (at->type && at->type->declared) out += "\n\n" + std::string(at->type->declared->path);
        break;
    }
    return out;
}

std::string Assistant::meaning_of_group(const Linked::Found& found) const {
    std::string inputs;
    for (const auto& input : found.group->inputs)
        inputs += (inputs.empty() ? "" : ", ") + input.mode + " " + input.name + (input.type.empty() ? "" : " : " + input.type);
    auto out = "```fml\ngroup " + found.group->name + "(" + inputs + ")\n```";
    for (const auto& comment : found.group->comments) out += "\n" + comment;
    if (found.map != &map_) out += "\n\n" + (found.map->title.empty() ? found.map->url : found.map->title);
    return out;
}

std::optional<Assistant::Meaning> Assistant::meaning(std::uint32_t offset) const {
    const auto at = word_at(offset);
    if (!at) return std::nullopt;
    const auto& token = tokens_[*at];
    const auto said = [&](std::string text) { return Meaning{{token.place.offset, token.end}, std::move(text)}; };
    const auto path = path_to(*at);
    const auto* name = path.first == *at ? name_at(names_, token.place.offset) : nullptr;
    if (name && name->kind == Name::Kind::group) {
        const auto found = linked_->find_group(map_, name->text);
        return found.group ? std::optional(said(meaning_of_group(found))) : std::nullopt;
    }
    if (name) return said(meaning_of_variable(*name, token));
    const bool is_type = (*at > 0 && is(*at - 1, ":")) || (is_text(token) && call_around(*at) == "create");
    if (is_type) {
        const auto type = definitions_.type_root(type_named(definitions_, map_, token.text));
        if (!type.structure) return std::nullopt;
        return said("**" + std::string(type.type) + "**\n\n" + std::string(type.structure->root().short_text) + "\n\n" +
                    std::string(type.structure->url));
    }
    if (is(*at + 1, "(")) {
        const auto* transform =
            std::find_if(std::begin(kTransforms), std::end(kTransforms), [&](const auto& one) { return one.name == token.text; });
        if (transform != std::end(kTransforms)) return said("`" + std::string(transform->form) + "`\n\n" + std::string(transform->summary));
    }
    if (!is_word(token)) return std::nullopt;
    const auto type = type_of_path(path);
    return type && type->declared ? std::optional(said(meaning_of_element(*type))) : std::nullopt;
}

std::optional<Assistant::Location> Assistant::declaration(std::uint32_t offset) const {
    const auto at = word_at(offset);
    if (!at) return std::nullopt;
    if (is_text(tokens_[*at]) && *at > 0 && tokens_[*at - 1].is_word("imports")) {
        for (const auto* map : linked_->visible_maps(map_)) {
            if (map != &map_ && fits_import(map->url, tokens_[*at].text)) return Location{map, {}};
        }
        return std::nullopt;
    }
    const auto* name = path_to(*at).first == *at ? name_at(names_, tokens_[*at].place.offset) : nullptr;
    if (!name) return std::nullopt;
    if (name->declared != Span()) return Location{&map_, name->declared};
    if (name->kind != Name::Kind::group) return std::nullopt;
    const auto found = linked_->find_group(map_, name->text);
    if (!found.group) return std::nullopt;
    const auto begin = found.group->name_place.offset;
    return Location{found.map, {begin, token_at(found.map->source_text, begin).end}};
}

std::vector<Assistant::Location> Assistant::occurrences(std::uint32_t offset) const {
    std::vector<Location> out;
    const auto at = word_at(offset);
    const auto* name = at && path_to(*at).first == *at ? name_at(names_, tokens_[*at].place.offset) : nullptr;
    if (!name) return out;
    const auto add = [&](const Map::Ast& map, const Name& one) {
        if (one.declared != Span()) out.push_back({&map, one.declared});
        for (const auto& use : one.uses) out.push_back({&map, use});
    };
    if (name->kind != Name::Kind::group) {
        if (name->declared != Span()) add(map_, *name);
        return out;
    }
    const auto meant = linked_->find_group(map_, name->text);
    for (const auto& url : library_.urls()) {
        const auto& map = library_.find(url)->ast();
        if (!meant.group || linked_->find_group(map, name->text).group != meant.group) continue;
        for (const auto& one : names_of(map)) {
            if (one.kind == Name::Kind::group && one.text == name->text) add(map, one);
        }
    }
    return out;
}

bool Assistant::is_taken(std::uint32_t offset, std::string_view name) const {
    const auto* renamed = name_at(names_, offset);
    if (!renamed) return false;
    if (renamed->kind == Name::Kind::group) return linked_->find_group(map_, name).group != nullptr;
    // The same name in another group is another variable; in the same group it would be hidden, or hide.
    const auto group_of = [&](const Name& one) {
        const auto place = one.declared.begin;
        const Group* out = nullptr;
        for (const auto& group : map_.groups) {
            if (group.place.offset <= place) out = &group;
        }
        return out;
    };
    const bool is_constant = renamed->kind == Name::Kind::constant;
    return std::any_of(names_.begin(), names_.end(), [&](const Name& one) {
        if (&one == renamed || one.kind == Name::Kind::group || one.text != name) return false;
        return is_constant || one.kind == Name::Kind::constant || group_of(one) == group_of(*renamed);
    });
}

} // namespace huitong::mapping
