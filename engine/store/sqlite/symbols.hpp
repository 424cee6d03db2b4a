/// Interned texts: types, (type, parameter) pairs, systems, units, actors. All of them are in memory; new ones are written by the writer
/// only. Thread: `find` from any; `intern` by the writer's thread.
#pragma once

#include "store/sqlite/connection.hpp"

#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

namespace huitong::store {

using Symbol = std::int64_t;

class Symbols {
public:
    void load(Connection& connection);
    /// nullopt: nobody ever wrote that text, so nothing can match it.
    std::optional<Symbol> find(const std::string& text) const;
    Symbol intern(Connection& writer, const std::string& text);
    std::string text(Symbol symbol) const;
    /// All texts that begin and end so, the middle may be empty.
    std::vector<std::string> find_all(std::string_view prefix, std::string_view suffix) const;
    /// Names of types: texts of a capital and letters.
    std::vector<std::string> type_names() const;

private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<std::string, Symbol> symbols_;
    std::vector<std::string> texts_; ///< by symbol; symbols count from 1
};

/// Key of the rows of one parameter of one type.
inline std::string parameter_key(const std::string& type, const std::string& param) { return type + '.' + param; }

} // namespace huitong::store
