/// Builds a concept table: texts once, codes hashed, parents resolved, intervals numbered.
#include "terminology/concept_table.hpp"
#include "terminology/concept_table_format.hpp"

#include <unordered_map>

namespace huitong::terminology {

struct ConceptTableBuilder::State {
    bool case_sensitive = true;
    std::string texts = std::string(4, '\0'); ///< reference 0 is ""
    std::unordered_map<std::string, std::uint32_t> known;
    std::unordered_map<std::string, ConceptIndex> by_code;
    std::vector<ConceptTable::Row> rows;
    std::vector<ConceptTable::PropertyRow> properties;
    std::vector<ConceptTable::DesignationRow> designations;
    std::vector<std::vector<std::string>> parents; ///< codes, beside `rows`

    std::uint32_t keep(std::string_view text, bool repeats);
    std::string key(std::string_view code) const { return case_sensitive ? std::string(code) : folded_code(code); }
    void link(std::vector<std::uint32_t>& up, std::vector<std::uint32_t>& down);
    bool number(const std::vector<std::uint32_t>& up, const std::vector<std::uint32_t>& down);
    std::vector<std::uint32_t> slots() const;
};

ConceptTableBuilder::ConceptTableBuilder(bool case_sensitive) : state_(std::make_unique<State>()) {
    state_->case_sensitive = case_sensitive;
}
ConceptTableBuilder::~ConceptTableBuilder() = default;

/// Texts that repeat (names of properties, languages, short values) are looked up first.
std::uint32_t ConceptTableBuilder::State::keep(std::string_view text, bool repeats) {
    if (text.empty()) return 0;
    if (repeats) {
        if (const auto found = known.find(std::string(text)); found != known.end()) return found->second;
    }
    const auto reference = static_cast<std::uint32_t>(texts.size());
    const auto size = static_cast<std::uint32_t>(text.size());
    texts.append(reinterpret_cast<const char*>(&size), 4).append(text);
    if (repeats) known.emplace(std::string(text), reference);
    return reference;
}

void ConceptTableBuilder::add(const ConceptDraft& draft) {
    auto& state = *state_;
    if (!state.by_code.emplace(state.key(draft.code), static_cast<ConceptIndex>(state.rows.size())).second) return;
    ConceptTable::Row row{};
    row.code = state.keep(draft.code, false);
    row.display = state.keep(draft.display, false);
    row.definition = state.keep(draft.definition, false);
    row.extensions = state.keep(draft.extensions, true);
    row.flags = (draft.abstract ? kAbstract : 0) | (draft.inactive ? kInactive : 0);
    row.properties = static_cast<std::uint32_t>(state.properties.size());
    row.designations = static_cast<std::uint32_t>(state.designations.size());
    for (const auto& property : draft.properties) {
        constexpr std::size_t kRepeatedMax = 40;
        state.properties.push_back({state.keep(property.name, true), state.keep(property.value, property.value.size() <= kRepeatedMax),
                                    static_cast<std::uint32_t>(property.type)});
    }
    for (const auto& one : draft.designations) {
        state.designations.push_back({state.keep(one.language, true), state.keep(one.use_system, true), state.keep(one.use_code, true),
                                      state.keep(one.use_display, true), state.keep(one.value, false), state.keep(one.extensions, true)});
    }
    state.rows.push_back(row);
    state.parents.push_back(draft.parents);
}

void ConceptTableBuilder::State::link(std::vector<std::uint32_t>& up, std::vector<std::uint32_t>& down) {
    const auto count = rows.size();
    std::vector<std::uint32_t> below(count + 1, 0);
    for (std::size_t at = 0; at < count; ++at) {
        rows[at].parents = static_cast<std::uint32_t>(up.size());
        for (const auto& code : parents[at]) {
            const auto found = by_code.find(key(code));
            if (found == by_code.end()) continue;
            up.push_back(found->second);
            ++below[found->second];
        }
    }
    std::uint32_t begin = 0;
    for (std::size_t at = 0; at < count; ++at) {
        rows[at].children = begin;
        begin += std::exchange(below[at], begin);
    }
    down.resize(begin);
    for (std::size_t at = 0; at < count; ++at) {
        const auto end = at + 1 < count ? rows[at + 1].parents : static_cast<std::uint32_t>(up.size());
        for (auto parent = rows[at].parents; parent < end; ++parent) down[below[up[parent]]++] = static_cast<std::uint32_t>(at);
    }
    rows.push_back({});
    rows.back().parents = static_cast<std::uint32_t>(up.size());
    rows.back().children = begin;
    rows.back().properties = static_cast<std::uint32_t>(properties.size());
    rows.back().designations = static_cast<std::uint32_t>(designations.size());
}

/// Numbers a spanning tree depth first. True: the whole system is that tree (no second parents, no circle).
bool ConceptTableBuilder::State::number(const std::vector<std::uint32_t>& up, const std::vector<std::uint32_t>& down) {
    const auto count = rows.size() - 1;
    constexpr std::uint32_t kUnseen = 0;
    std::uint32_t next = 1;
    const auto visit = [&](std::size_t root) {
        std::vector<std::pair<std::size_t, std::uint32_t>> open{{root, rows[root].children}};
        rows[root].enter = next++;
        while (!open.empty()) {
            auto& [at, child] = open.back();
            if (child == rows[at + 1].children) {
                rows[at].leave = next;
                open.pop_back();
                continue;
            }
            const auto below = down[child++];
            if (rows[below].enter != kUnseen) continue;
            rows[below].enter = next++;
            open.emplace_back(below, rows[below].children);
        }
    };
    for (std::size_t at = 0; at < count; ++at) {
        if (rows[at].parents == rows[at + 1].parents) visit(at);
    }
    bool tree = up.size() <= count;
    for (std::size_t at = 0; at < count; ++at) {
        tree = tree && rows[at + 1].parents - rows[at].parents <= 1 && rows[at].enter != kUnseen;
        if (rows[at].enter == kUnseen) visit(at); // only circles are left
    }
    return tree;
}

std::vector<std::uint32_t> ConceptTableBuilder::State::slots() const {
    std::vector<std::uint32_t> out(std::bit_ceil(std::max<std::size_t>(2 * by_code.size(), 2)), kNoConcept);
    const auto mask = out.size() - 1;
    for (const auto& [code, at] : by_code) {
        auto slot = code_hash(code) & mask;
        while (out[slot] != kNoConcept) slot = (slot + 1) & mask;
        out[slot] = at;
    }
    return out;
}

std::size_t ConceptTableBuilder::size() const { return state_->rows.size(); }

std::shared_ptr<const ConceptTable> ConceptTableBuilder::finish(std::string_view heading) {
    auto& state = *state_;
    std::vector<std::uint32_t> up, down;
    state.link(up, down);
    const bool tree = state.number(up, down);
    const auto slots = state.slots();
    ConceptTable::Header header{};
    header.magic = kTableMagic;
    header.concepts = static_cast<std::uint32_t>(state.rows.size() - 1);
    header.heading = state.keep(heading, false);
    header.flags = (state.case_sensitive ? kCaseSensitive : 0) | (tree ? kTree : 0);
    std::string block(sizeof header, '\0');
    const auto append = [&](const auto& rows, std::uint64_t& at, std::uint32_t& count) {
        block.resize((block.size() + 7) / 8 * 8);
        at = block.size();
        count = static_cast<std::uint32_t>(rows.size());
        block.append(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(rows[0]));
    };
    std::uint32_t rows = 0;
    append(state.rows, header.rows_at, rows);
    append(slots, header.slots_at, header.slots);
    append(up, header.parents_at, header.parents);
    append(down, header.children_at, header.children);
    append(state.properties, header.properties_at, header.properties);
    append(state.designations, header.designations_at, header.designations);
    header.texts_at = block.size();
    header.texts_size = state.texts.size();
    block += state.texts;
    header.file_size = block.size();
    block.replace(0, sizeof header, reinterpret_cast<const char*>(&header), sizeof header);
    const std::shared_ptr<ConceptTable> out(std::unique_ptr<ConceptTable>(new ConceptTable()));
    out->owned_ = std::move(block);
    out->open(out->owned_);
    state_ = std::make_unique<State>();
    return out;
}

} // namespace huitong::terminology
