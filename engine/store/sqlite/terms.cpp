#include "store/sqlite/terms.hpp"

namespace huitong::store {
namespace {

/// Some 20 MB at most; when full it starts anew, which costs a few reads.
constexpr std::size_t kRememberedMax = 100'000;
constexpr char kExactMark = '\x01';

/// Tokens are only asked for as a whole, so their texts may be packed; ranges of strings and URIs are walked in order.
PackedText stored_text(TermKind kind, std::string_view text) {
    return kind == TermKind::token ? PackedText(text) : PackedText::plain(text);
}

} // namespace

std::string string_term(const std::string& folded, const std::string& exact) {
    return exact == folded ? folded : folded + kExactMark + exact;
}

std::string_view folded_part(std::string_view term) { return term.substr(0, term.find(kExactMark)); }

std::string_view exact_part(std::string_view term) {
    const auto mark = term.find(kExactMark);
    return mark == term.npos ? term : term.substr(mark + 1);
}

void remove_term(Connection& writer, const Term& term) {
    const PackedText text = stored_text(term.kind, term.text);
    writer.prepare("DELETE FROM term WHERE kind = ? AND text = ? AND system = ?")
        .bind(static_cast<int>(term.kind), text, term.system)
        .run();
}

std::optional<TermId> find_term(Connection& connection, const Term& term) {
    auto row = connection.prepare("SELECT id FROM term WHERE kind = ? AND text = ? AND system = ?");
    const PackedText text = stored_text(term.kind, term.text);
    row.bind(static_cast<int>(term.kind), text, term.system);
    if (!row.step()) return std::nullopt;
    return row.integer(0);
}

std::vector<TermId> find_tokens(Connection& connection, std::string_view code) {
    std::vector<TermId> out;
    auto rows = connection.prepare("SELECT id FROM term WHERE kind = ? AND text = ?");
    const PackedText text(code);
    rows.bind(static_cast<int>(TermKind::token), text);
    while (rows.step()) out.push_back(rows.integer(0));
    return out;
}

void walk_terms(Connection& connection, TermKind kind, const std::function<void(std::string_view text, Symbol system, TermId id)>& take) {
    auto rows = connection.prepare("SELECT text, system, id FROM term WHERE kind = ?");
    rows.bind(static_cast<int>(kind));
    while (rows.step()) take(rows.unpacked(0), rows.integer(1), rows.integer(2));
}

void Interner::load(Connection& writer) {
    terms_.clear();
    resources_.clear();
    auto row = writer.prepare("SELECT value FROM counter WHERE name = 'term'");
    next_ = saved_ = row.step() ? row.integer(0) : 1;
}

std::int64_t& Interner::remembered(Memory& memory, char kind, Symbol symbol, std::string_view text) {
    if (memory.size() >= kRememberedMax) memory.clear();
    key_.assign(1, kind);
    key_.append(reinterpret_cast<const char*>(&symbol), sizeof symbol);
    key_.append(text);
    return memory.try_emplace(key_, 0).first->second;
}

TermId Interner::term(Connection& writer, const Term& term) {
    auto& id = remembered(terms_, static_cast<char>(term.kind), term.system, term.text);
    if (id != 0) return id;
    if (const auto found = find_term(writer, term)) return id = *found;
    const PackedText text = stored_text(term.kind, term.text);
    writer.prepare("INSERT INTO term VALUES(?, ?, ?, ?)").bind(static_cast<int>(term.kind), text, term.system, next_).run();
    return id = next_++;
}

std::int64_t Interner::resource(Connection& writer, Symbol type, std::string_view id) {
    auto& rid = remembered(resources_, 0, type, id);
    if (rid != 0) return rid;
    const PackedText packed(id);
    {
        auto found = writer.prepare("SELECT rid FROM resource WHERE type = ? AND id = ?");
        found.bind(type, packed);
        if (found.step()) return rid = found.integer(0);
    }
    auto insert = writer.prepare("INSERT INTO resource(type, id, version, current) VALUES(?, ?, 0, 0) RETURNING rid");
    insert.bind(type, packed);
    insert.step();
    return rid = insert.integer(0);
}

void Interner::save(Connection& writer) {
    if (next_ == saved_) return;
    writer.prepare("INSERT OR REPLACE INTO counter VALUES('term', ?)").bind(next_).run();
    saved_ = next_;
}

} // namespace huitong::store
