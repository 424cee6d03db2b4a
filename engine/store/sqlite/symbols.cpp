#include "store/sqlite/symbols.hpp"

#include <algorithm>

namespace huitong::store {

void Symbols::load(Connection& connection) {
    const std::unique_lock lock(mutex_);
    symbols_.clear();
    texts_.assign(1, std::string());
    auto rows = connection.prepare("SELECT id, text FROM symbol ORDER BY id");
    while (rows.step()) {
        const auto symbol = rows.integer(0);
        texts_.resize(static_cast<std::size_t>(symbol) + 1);
        texts_[static_cast<std::size_t>(symbol)] = std::string(rows.text(1));
        symbols_.emplace(texts_.back(), symbol);
    }
}

std::optional<Symbol> Symbols::find(const std::string& text) const {
    const std::shared_lock lock(mutex_);
    const auto found = symbols_.find(text);
    if (found == symbols_.end()) return std::nullopt;
    return found->second;
}

Symbol Symbols::intern(Connection& writer, const std::string& text) {
    if (const auto found = find(text)) return *found;
    const std::unique_lock lock(mutex_);
    const auto symbol = static_cast<Symbol>(texts_.size());
    writer.prepare("INSERT INTO symbol(id, text) VALUES(?, ?)").bind(symbol, text).run();
    texts_.push_back(text);
    symbols_.emplace(text, symbol);
    return symbol;
}

std::string Symbols::text(Symbol symbol) const {
    const std::shared_lock lock(mutex_);
    return symbol > 0 && static_cast<std::size_t>(symbol) < texts_.size() ? texts_[static_cast<std::size_t>(symbol)] : std::string();
}

std::vector<std::string> Symbols::find_all(std::string_view prefix, std::string_view suffix) const {
    const std::shared_lock lock(mutex_);
    std::vector<std::string> out;
    for (const auto& text : texts_) {
        if (text.size() >= prefix.size() + suffix.size() && text.starts_with(prefix) && text.ends_with(suffix)) out.push_back(text);
    }
    return out;
}

std::vector<std::string> Symbols::type_names() const {
    const std::shared_lock lock(mutex_);
    std::vector<std::string> out;
    auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    for (const auto& text : texts_) {
        if (text.empty() || (text.front() >= 'A' && text.front() <= 'Z' && std::all_of(text.begin(), text.end(), is_letter)))
            out.push_back(text);
    }
    return out;
}

} // namespace huitong::store
