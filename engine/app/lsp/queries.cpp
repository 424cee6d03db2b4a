/// What an editor asks about a place of a document.
#include "app/lsp/server.hpp"

#include <algorithm>
#include <charconv>

namespace huitong::app::lsp {
namespace {

constexpr std::string_view kPlaceholder = "placeholder";

std::uint32_t number_of(std::string_view text) {
    std::uint32_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

bool is_word_part(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

/// What is being written rarely parses as it stands: the text with the word under the cursor made complete in one of these ways.
/// Gives the first that parses, and whether a word was put in at the cursor.
std::optional<std::pair<mapping::Map, bool>> mended(const std::string& text, std::uint32_t offset, const std::string& file) {
    const auto line = text.rfind('\n', offset == 0 ? 0 : offset - 1);
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(line == text.npos ? 0 : line);
    const auto end = text.begin() + offset;
    const bool in_text = std::count(begin, end, '\'') % 2 == 1 || std::count(begin, end, '"') % 2 == 1;
    const bool has_word = offset > 0 && is_word_part(text[offset - 1]);
    auto word_end = offset;
    while (word_end < text.size() && is_word_part(text[word_end])) ++word_end;
    const std::string word(has_word || in_text ? "" : kPlaceholder);
    static constexpr std::string_view kTails[] = {"", ";", "()", "();", "')", "');", "'", "';", "\"", "\";", ";}"};
    for (const auto tail : kTails) {
        auto attempt = text;
        attempt.insert(word_end, word + std::string(tail));
        auto parsed = mapping::Map::parse(attempt, file);
        if (!parsed.issues.has_errors()) return std::pair(std::move(parsed.value), !word.empty());
    }
    return std::nullopt;
}

/// CompletionItemKind of the protocol.
unsigned kind_number(mapping::Assistant::Kind kind) {
    using Kind = mapping::Assistant::Kind;
    switch (kind) {
    case Kind::element: return 5;   // Field
    case Kind::variable: return 6;  // Variable
    case Kind::group: return 3;     // Function
    case Kind::type: return 7;      // Class
    case Kind::transform: return 2; // Method
    case Kind::keyword: return 14;  // Keyword
    case Kind::map: return 9;       // Module
    case Kind::code_map: return 21; // Constant
    }
    return 1;
}

} // namespace

Server::Asked Server::asked(fhir::Element params) {
    Asked out;
    const auto found = documents_.find(std::string(params.text("textDocument.uri")));
    if (found == documents_.end()) return out;
    out.document = &found->second;
    const Position position{number_of(params.text("position.line")), number_of(params.text("position.character"))};
    out.offset = found->second.text.offset_of(position);
    return out;
}

/// Nothing while the text does not parse.
std::optional<mapping::Assistant> Server::assistant_of(Document& document) {
    if (!bring_up_to_date(document)) return std::nullopt;
    return mapping::Assistant(*bench_.library, document.url);
}

std::string Server::uri_of(const mapping::Map::Ast& map) const {
    for (const auto& [uri, document] : documents_) {
        if (document.file == map.file) return uri;
    }
    return uri_of_path(map.file);
}

void Server::write_location(const mapping::Assistant::Location& location, JsonWriter& out) const {
    out.object().member("uri", uri_of(*location.map)).key("range");
    write_range(Text(location.map->source_text), location.span, out);
    out.end_object();
}

void Server::hover(fhir::Element params, JsonWriter& result) {
    const auto [document, offset] = asked(params);
    const auto assistant = document ? assistant_of(*document) : std::nullopt;
    const auto meaning = assistant ? assistant->meaning(offset) : std::nullopt;
    if (!meaning) return;
    result.object().object("contents").member("kind", "markdown").member("value", meaning->text).end_object().key("range");
    write_range(document->text, meaning->word, result);
    result.end_object();
}

void Server::definition(fhir::Element params, JsonWriter& result) {
    const auto [document, offset] = asked(params);
    const auto assistant = document ? assistant_of(*document) : std::nullopt;
    const auto found = assistant ? assistant->declaration(offset) : std::nullopt;
    if (found) write_location(*found, result);
}

void Server::references(fhir::Element params, JsonWriter& result) {
    const auto [document, offset] = asked(params);
    const auto assistant = document ? assistant_of(*document) : std::nullopt;
    result.array();
    if (assistant) {
        for (const auto& one : assistant->occurrences(offset)) write_location(one, result);
    }
    result.end_array();
}

void Server::prepare_rename(fhir::Element params, JsonWriter& result) {
    const auto [document, offset] = asked(params);
    const auto assistant = document ? assistant_of(*document) : std::nullopt;
    if (!assistant) return;
    for (const auto& one : assistant->occurrences(offset)) {
        const bool is_here = one.map->file == document->file && one.span.begin <= offset && offset <= one.span.end;
        if (is_here) return write_range(document->text, one.span, result);
    }
}

void Server::rename(fhir::Element params, JsonWriter& result) {
    const auto [document, offset] = asked(params);
    const auto assistant = document ? assistant_of(*document) : std::nullopt;
    const auto places = assistant ? assistant->occurrences(offset) : std::vector<mapping::Assistant::Location>();
    const std::string name(params.text("newName"));
    if (places.empty()) return void(refusal_ = "nothing that can be renamed stands here");
    if (name.empty() || name.find_first_of("`\n\r") != name.npos) return void(refusal_ = "that is no name");
    if (assistant->is_taken(offset, name)) return void(refusal_ = "the name is taken here");
    std::map<std::string, std::vector<mapping::Assistant::Location>> by_file;
    for (const auto& one : places) by_file[uri_of(*one.map)].push_back(one);
    result.object().object("changes");
    for (const auto& [uri, edits] : by_file) {
        const Text text(edits.front().map->source_text);
        result.array(uri);
        for (const auto& one : edits) {
            result.object().key("range");
            write_range(text, one.span, result);
            result.member("newText", mapping::written_name(name)).end_object();
        }
        result.end_array();
    }
    result.end_object().end_object();
}

void Server::completion(fhir::Element params, JsonWriter& result) {
    const auto [document, offset] = asked(params);
    auto attempt = document ? mended(document->text.str(), offset, document->file) : std::nullopt;
    if (!attempt) return;
    auto& [map, is_put_in] = *attempt;
    const auto url = map.url().empty() ? document->file : map.url();
    document->is_current = false; // the library holds the mended text until the next question
    if (bench_.library->add(std::move(map)).has_errors()) return;
    auto found = mapping::Assistant(*bench_.library, url).suggestions(offset);
    if (is_put_in) found.replaces = {offset, offset};
    else
        found.replaces.end =
            std::max(offset, std::min<std::uint32_t>(found.replaces.end, static_cast<std::uint32_t>(document->text.str().size())));
    result.array();
    for (const auto& one : found.list) {
        if (one.label == kPlaceholder) continue;
        result.object().member("label", one.label).count("kind", kind_number(one.kind)).member_if("detail", one.detail);
        if (!one.documentation.empty())
            result.object("documentation").member("kind", "markdown").member("value", one.documentation).end_object();
        result.object("textEdit").key("range");
        write_range(document->text, found.replaces, result);
        result.member("newText", one.insert).end_object().end_object();
    }
    result.end_array();
}

/// Groups of the document.
void Server::symbols(fhir::Element params, JsonWriter& result) {
    const auto [document, offset] = asked(params);
    const auto* map = document && bring_up_to_date(*document) ? bench_.library->find(document->url) : nullptr;
    result.array();
    if (map) {
        constexpr unsigned kFunction = 12; // SymbolKind of the protocol
        for (const auto& group : map->ast().groups) {
            const auto name = group.name_place.offset;
            const Span span{name, mapping::token_at(document->text.str(), name).end};
            result.object().member("name", group.name).count("kind", kFunction);
            for (const auto range : {"range", "selectionRange"}) {
                result.key(range);
                write_range(document->text, span, result);
            }
            result.end_object();
        }
    }
    result.end_array();
}

} // namespace huitong::app::lsp
