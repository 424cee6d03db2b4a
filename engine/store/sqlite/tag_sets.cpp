#include "store/sqlite/tag_sets.hpp"

#include <algorithm>
#include <utility>

namespace huitong::store {
namespace {

// Terms of a parameter, and sets of a type, that are let in: so many at once, and one more for so many versions of the type. On a set of
// 92,114 resources this leaves 166,000 rows of 624,000.
constexpr std::uint64_t kTermsAtOnce = 32, kVersionsPerTerm = 128;
constexpr std::uint64_t kSetsAtOnce = 128, kVersionsPerSet = 64;

} // namespace

void TagSets::load(Connection& connection) {
    const std::unique_lock lock(mutex_);
    types_.clear();
    by_parameter_.clear();
    next_ = 1;
    auto sets =
        connection.prepare("SELECT s.id, s.type, t.p, t.term FROM tag_set s LEFT JOIN tag t ON t.set_id = s.id ORDER BY s.id, t.p, t.term");
    std::vector<Tag> tags;
    SetId id = 0;
    Symbol type = 0;
    while (sets.step()) {
        if (sets.integer(0) != id) {
            if (id != 0) remember(type, id, std::exchange(tags, {}));
            id = sets.integer(0);
            type = sets.integer(1);
        }
        if (!sets.is_null(2)) tags.push_back({sets.integer(2), sets.integer(3)});
    }
    if (id != 0) remember(type, id, std::move(tags));
    auto counts = connection.prepare("SELECT type, versions FROM type_count");
    while (counts.step()) types_[counts.integer(0)].versions = counts.key(1);
}

void TagSets::remember(Symbol type, SetId id, std::vector<Tag> tags) {
    for (const auto& tag : tags) by_parameter_[tag.p][tag.term].push_back(id);
    types_[type].sets.emplace(std::move(tags), id);
    next_ = std::max(next_, id + 1);
}

std::vector<SetId> TagSets::with(Tag tag) const {
    const std::shared_lock lock(mutex_);
    const auto parameter = by_parameter_.find(tag.p);
    if (parameter == by_parameter_.end()) return {};
    const auto found = parameter->second.find(tag.term);
    return found == parameter->second.end() ? std::vector<SetId>() : found->second;
}

std::vector<std::pair<SetId, TermId>> TagSets::of_parameter(Symbol p) const {
    const std::shared_lock lock(mutex_);
    std::vector<std::pair<SetId, TermId>> out;
    const auto parameter = by_parameter_.find(p);
    if (parameter == by_parameter_.end()) return out;
    for (const auto& [term, sets] : parameter->second) {
        for (const auto id : sets) out.emplace_back(id, term);
    }
    return out;
}

std::vector<SetId> TagSets::of_type(Symbol type) const {
    const std::shared_lock lock(mutex_);
    std::vector<SetId> out;
    const auto found = types_.find(type);
    if (found == types_.end()) return out;
    for (const auto& [tags, id] : found->second.sets) out.push_back(id);
    return out;
}

std::uint64_t TagSets::versions(Symbol type) const {
    const std::shared_lock lock(mutex_);
    const auto found = types_.find(type);
    return found == types_.end() ? 0 : found->second.versions;
}

bool TagSets::is_welcome(const OfType& type, Tag tag) const {
    const auto parameter = by_parameter_.find(tag.p);
    if (parameter == by_parameter_.end() || parameter->second.contains(tag.term)) return true;
    return parameter->second.size() < kTermsAtOnce + type.versions / kVersionsPerTerm;
}

SetId TagSets::make(Connection& writer, Symbol type, const std::vector<Tag>& tags) {
    const auto id = next_;
    writer.prepare("INSERT INTO tag_set VALUES(?, ?)").bind(id, type).run();
    for (const auto& tag : tags) writer.prepare("INSERT INTO tag VALUES(?, ?, ?)").bind(id, tag.p, tag.term).run();
    const std::unique_lock lock(mutex_);
    remember(type, id, tags);
    return id;
}

SetId TagSets::take(Connection& writer, Symbol type, std::vector<Tag>& tags) {
    // Only this thread changes anything, so it may look without the lock.
    {
        const std::unique_lock lock(mutex_);
        auto& of_type = types_[type];
        ++of_type.versions;
        of_type.is_moved = true;
    }
    const auto& of_type = types_.at(type);
    std::vector<Tag> members, rest;
    for (const auto& tag : tags) (is_welcome(of_type, tag) ? members : rest).push_back(tag);
    if (const auto found = of_type.sets.find(members); found != of_type.sets.end()) {
        tags = std::move(rest);
        return found->second;
    }
    if (of_type.sets.size() < kSetsAtOnce + of_type.versions / kVersionsPerSet) {
        tags = std::move(rest);
        return make(writer, type, members);
    }
    const auto empty = of_type.sets.find(std::vector<Tag>());
    return empty != of_type.sets.end() ? empty->second : make(writer, type, std::vector<Tag>());
}

std::vector<Tag> TagSets::drop_if_empty(Connection& writer, Symbol type, SetId set) {
    {
        auto member = writer.prepare("SELECT 1 FROM tagged WHERE set_id = ? LIMIT 1");
        member.bind(set);
        if (member.step()) return {};
    }
    writer.prepare("DELETE FROM tag WHERE set_id = ?").bind(set).run();
    writer.prepare("DELETE FROM tag_set WHERE id = ?").bind(set).run();
    const std::unique_lock lock(mutex_);
    auto& sets = types_[type].sets;
    const auto found = std::find_if(sets.begin(), sets.end(), [&](const auto& one) { return one.second == set; });
    if (found == sets.end()) return {};
    auto tags = found->first;
    sets.erase(found);
    for (const auto& tag : tags) {
        auto& terms = by_parameter_[tag.p];
        std::erase(terms[tag.term], set);
        if (terms[tag.term].empty()) terms.erase(tag.term);
    }
    return tags;
}

void TagSets::leave(Symbol type, std::uint64_t versions) {
    const std::unique_lock lock(mutex_);
    auto& of_type = types_[type];
    of_type.versions -= std::min(of_type.versions, versions);
    of_type.is_moved = true;
}

bool TagSets::has_term(TermId term) const {
    const std::shared_lock lock(mutex_);
    return std::any_of(by_parameter_.begin(), by_parameter_.end(), [&](const auto& of) { return of.second.contains(term); });
}

void TagSets::save(Connection& writer) {
    for (auto& [type, of_type] : types_) {
        if (!of_type.is_moved) continue;
        writer.prepare("INSERT OR REPLACE INTO type_count VALUES(?, ?)").bind(type, of_type.versions).run();
        of_type.is_moved = false;
    }
}

} // namespace huitong::store
