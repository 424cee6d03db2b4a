/// What an editor asks about one map of a library: what a word means, where it is declared and used, what may stand here.
/// Offsets count bytes of the map's text. Thread: one; the library must not change while it lives.
#pragma once

#include "mapping/check.hpp"
#include "mapping/names.hpp"

namespace huitong::mapping {

class Assistant {
public:
    /// Walks the map, which must be in the library.
    Assistant(const MapLibrary& library, std::string_view url);

    /// A word and what it means, as Markdown.
    struct Meaning {
        Span word;
        std::string text;
    };
    struct Location {
        const Map::Ast* map = nullptr;
        Span span; ///< empty: the map as a whole
    };
    enum class Kind : std::uint8_t { element, variable, group, type, transform, keyword, map, code_map };
    struct Suggestion {
        Kind kind = Kind::element;
        std::string label, insert, detail, documentation;
    };
    struct Suggestions {
        Span replaces; ///< the word that is being written
        std::vector<Suggestion> list;
    };

    std::optional<Meaning> meaning(std::uint32_t offset) const;
    std::optional<Location> declaration(std::uint32_t offset) const;
    /// Every place of the name, its declaration too; of a group in all maps that see it. Empty: no name, or one that this map only reads
    /// (a setting of the feed).
    std::vector<Location> occurrences(std::uint32_t offset) const;
    /// Whether something else of the map has this name, so that the one at the offset cannot take it.
    bool is_taken(std::uint32_t offset, std::string_view name) const;
    Suggestions suggestions(std::uint32_t offset) const;

private:
    struct Path { ///< words joined by dots, as indexes of tokens
        std::size_t first = 0, last = 0;
    };
    std::optional<std::size_t> word_at(std::uint32_t offset) const;
    Path path_to(std::size_t word) const;
    bool is(std::size_t token, std::string_view symbol) const { return token < tokens_.size() && tokens_[token].is(symbol); }
    std::string_view call_around(std::size_t token) const;
    const Sighting* sighting_at(std::uint32_t offset) const;
    std::optional<fhir::TypedName> type_of_path(Path path) const;
    std::string meaning_of_variable(const Name& name, const Token& word) const;
    std::string meaning_of_group(const Linked::Found& found) const;

    void suggest_elements(const fhir::TypedName& parent, Suggestions& out) const;
    void suggest_names(std::uint32_t offset, Suggestions& out) const;
    void suggest_groups(Suggestions& out) const;
    void suggest_types(Suggestions& out) const;
    void suggest_text(std::size_t token, Suggestions& out) const;

    const MapLibrary& library_;
    std::shared_ptr<const Linked> linked_;
    const fhir::Definitions& definitions_;
    const Map::Ast& map_;
    std::vector<Token> tokens_; ///< without comments
    std::vector<Name> names_;
    Sightings sightings_;
};

} // namespace huitong::mapping
