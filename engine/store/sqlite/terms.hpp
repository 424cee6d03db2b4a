/// The dictionary of values: strings, tokens (a code in a system) and URIs, each stored once and known by a number.
/// A string whose folded form differs from what was written is kept as folded + 0x01 + written, so that one range finds all that begin
/// with a folded prefix. Thread: the connection's; an Interner is the writer's.
#pragma once

#include "store/sqlite/symbols.hpp"

#include <functional>
#include <string_view>

namespace huitong::store {

using TermId = std::int64_t;

enum class TermKind : std::uint8_t { string, token, uri };

struct Term {
    TermKind kind;
    std::string_view text;
    Symbol system = 0; ///< of tokens only
};

/// Key of a string row in the dictionary, and back to its folded part.
std::string string_term(const std::string& folded, const std::string& exact);
std::string_view folded_part(std::string_view term);
std::string_view exact_part(std::string_view term);

/// nullopt: nobody ever wrote that value.
std::optional<TermId> find_term(Connection& connection, const Term& term);
/// Tokens with that code, of any system.
std::vector<TermId> find_tokens(Connection& connection, std::string_view code);
/// All terms of a kind, in no order.
void walk_terms(Connection& connection, TermKind kind, const std::function<void(std::string_view text, Symbol system, TermId id)>& take);

void remove_term(Connection& writer, const Term& term);

/// Numbers of terms and of resources for the writer, with a bounded memory of those used last.
class Interner {
public:
    /// After opening and after a rollback.
    void load(Connection& writer);
    TermId term(Connection& writer, const Term& term);
    /// Row of a resource, made without versions when there is none.
    std::int64_t resource(Connection& writer, Symbol type, std::string_view id);
    /// Writes the counter of terms when it moved; call before the end of the transaction.
    void save(Connection& writer);

private:
    using Memory = std::unordered_map<std::string, std::int64_t>;
    std::int64_t& remembered(Memory& memory, char kind, Symbol symbol, std::string_view text);
    Memory terms_, resources_;
    std::string key_;
    TermId next_ = 1, saved_ = 1;
};

} // namespace huitong::store
