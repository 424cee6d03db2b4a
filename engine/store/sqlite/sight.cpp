/// What a caller may see of a snapshot, as lists: so a search of a restricted caller costs little more than one of everybody.
#include "store/sqlite/may_see.hpp"
#include "store/sqlite/read_view.hpp"
#include "store/sqlite/schema.hpp"

#include <algorithm>
#include <bit>
#include <iterator>

namespace huitong::store {
namespace {

constexpr std::size_t kLabelledListed = 2'000; ///< versions of one label that a view reads as a list

/// Sorted, each once; none is greater than `last`. Keys are dense: where there are many, a bit for each is quicker than comparing them.
void put_in_order(VersionKeys& keys, VersionKey last) {
    constexpr std::size_t kFew = 1'000;
    constexpr VersionKey kBits = 64;
    const bool is_sorted = std::is_sorted(keys.begin(), keys.end());
    if (is_sorted || keys.size() < kFew || last / kBits > keys.size()) {
        if (!is_sorted) std::sort(keys.begin(), keys.end());
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
        return;
    }
    std::vector<std::uint64_t> words(last / kBits + 1);
    for (const auto key : keys) words[key / kBits] |= std::uint64_t{1} << key % kBits;
    keys.clear();
    for (std::size_t index = 0; index < words.size(); ++index) {
        for (auto word = words[index]; word != 0; word &= word - 1)
            keys.push_back(index * kBits + static_cast<VersionKey>(std::countr_zero(word)));
    }
}

} // namespace

void SqliteReadView::append(Statement& rows, VersionKeys& keys) {
    while (rows.step()) keys.push_back(rows.key(0));
}

VersionKeys SqliteReadView::finished(VersionKeys keys) {
    shared_.visibility.filter(keys, t_, last_);
    put_in_order(keys, last_);
    keep_allowed(keys);
    // Mostly they are read next: who may see them need not be asked again. (Of everything that a search passes through it is not kept.)
    constexpr std::size_t kReadNextMax = 256, kAllowedMax = 8'192;
    if (!filter_.unrestricted && keys.size() <= kReadNextMax) {
        if (allowed_.size() > kAllowedMax) allowed_.clear();
        allowed_.insert(keys.begin(), keys.end());
    }
    return keys;
}

/// The records of many patients are no list worth making for one search: each version found is asked whose it is.
bool SqliteReadView::asks_each() const {
    constexpr std::size_t kListedMax = 64;
    if (filter_.only_by_word || filter_.sees_consents) return true;
    const auto in_part = filter_.record_words ? filter_.record_words->size() : 0;
    return filter_.denied_patients.ids().size() > kListedMax || in_part > kListedMax;
}

const SqliteReadView::Sight& SqliteReadView::sight() {
    if (sight_) return *sight_;
    sight_.emplace();
    auto compartment_of = [&](const std::string& patient, VersionKeys& out) {
        const auto rid = resource_row("Patient", patient);
        if (!rid) return;
        append_compartment(*rid, -1, out);
    };
    for (const auto& label : filter_.denied_labels) {
        const auto symbol = shared_.symbols.find(label);
        if (!symbol) continue;
        const auto before = sight_->hidden.size();
        auto rows = connection_->prepare("SELECT vid FROM label WHERE label = ? LIMIT ?");
        rows.bind(*symbol, static_cast<std::int64_t>(kLabelledListed + 1));
        append(rows, sight_->hidden);
        if (sight_->hidden.size() - before <= kLabelledListed) continue;
        sight_->hidden.resize(before); // the trail of what is sensitive grows with every reading
        sight_->long_labels.push_back(*symbol);
    }
    if (!asks_each()) {
        for (const auto& patient : filter_.denied_patients.ids()) compartment_of(patient, sight_->hidden);
        if (filter_.record_words) {
            for (const auto& [patient, words] : *filter_.record_words) compartment_of(patient, sight_->asked);
        }
    }
    std::sort(sight_->hidden.begin(), sight_->hidden.end());
    std::sort(sight_->asked.begin(), sight_->asked.end());
    if (!filter_.patient_id.empty()) {
        sight_->only.emplace();
        compartment_of(filter_.patient_id, *sight_->only);
        std::sort(sight_->only->begin(), sight_->only->end());
        append_shared_of(filter_.patient_id, sight_->hidden); // what is shared tells of the others
        std::sort(sight_->hidden.begin(), sight_->hidden.end());
    }
    return *sight_;
}

/// What lies with a patient and with others too.
void SqliteReadView::append_shared_of(const std::string& patient, VersionKeys& keys) {
    const auto rid = resource_row("Patient", patient);
    if (!rid) return;
    auto rows = connection_->prepare(
        "SELECT c.vid FROM compartment c JOIN compartment s ON s.patient = ?2 AND s.type = c.type AND s.vid = c.vid WHERE c.patient = ?1");
    rows.bind(*rid, kNoPatient);
    append(rows, keys);
}

/// Labels of more versions than are worth a list: few keys are asked one by one.
void SqliteReadView::erase_labelled(Symbol label, VersionKeys& keys) {
    if (keys.size() <= kLabelledListed) {
        std::erase_if(keys, [&](VersionKey key) {
            auto row = connection_->prepare("SELECT 1 FROM label WHERE label = ? AND vid = ?");
            row.bind(label, key);
            return row.step();
        });
        return;
    }
    VersionKeys labelled, kept;
    auto rows = connection_->prepare("SELECT vid FROM label WHERE label = ?");
    rows.bind(label);
    append(rows, labelled); // in their order
    std::set_difference(keys.begin(), keys.end(), labelled.begin(), labelled.end(), std::back_inserter(kept));
    keys = std::move(kept);
}

void SqliteReadView::keep_allowed(VersionKeys& keys) {
    if (filter_.unrestricted || keys.empty()) return;
    const auto& [hidden, asked, only, long_labels] = sight();
    for (const auto label : long_labels) erase_labelled(label, keys);
    VersionKeys kept;
    std::set_difference(keys.begin(), keys.end(), hidden.begin(), hidden.end(), std::back_inserter(kept));
    if (only) {
        keys.clear();
        std::set_intersection(kept.begin(), kept.end(), only->begin(), only->end(), std::back_inserter(keys));
    } else {
        keys = std::move(kept);
    }
    // Types, owners and conditions have no lists; each version is asked. In the past, what was labelled or moved since must be, too.
    if (is_past_ || asks_each() || !filter_.allowed_types.empty() || !filter_.owners.empty() || !filter_.conditions.empty())
        std::erase_if(keys, [this](VersionKey key) { return !allowed(key); });
    else if (!asked.empty())
        std::erase_if(keys, [&](VersionKey key) { return std::binary_search(asked.begin(), asked.end(), key) && !allowed(key); });
}

std::optional<std::pair<Seen, VersionKey>> SqliteReadView::seen_of(VersionKey key) {
    auto row = connection_->prepare("SELECT v.type, v.owner, v.labels, p.id, r.current, r.id, v.action FROM version v LEFT JOIN resource p "
                                    "ON p.rid = v.patient LEFT JOIN resource r ON r.rid = v.rid WHERE v.vid = ?");
    row.bind(key);
    if (!row.step()) return std::nullopt;
    Seen seen{shared_.symbols.text(row.integer(0)), shared_.symbols.text(row.integer(1)), row.unpacked(3), split_labels(row.text(2))};
    seen.id = row.unpacked(5);
    seen.is_removed = row.integer(6) == static_cast<int>(Action::remove);
    if (seen.patient.empty() && asks_sharers(filter_)) seen.sharers = sharers_of(*connection_, content(), row.integer(0), key);
    return std::pair(std::move(seen), row.key(4));
}

CodedContent& SqliteReadView::content() {
    if (!content_) content_.emplace(*connection_, shared_.codec);
    return *content_;
}

/// What a resource was is shown to whom is shown what it is: a label that came later, or another patient, covers the older versions too.
/// A deletion keeps both. Conditions are of the version alone.
bool SqliteReadView::allowed(VersionKey key) {
    if (filter_.unrestricted || allowed_.contains(key)) return true;
    const auto own = seen_of(key);
    if (!own) return false;
    const auto& [seen, current] = *own;
    const auto holds = [&](const Seen& version, VersionKey of, const auto& token) {
        if (asks_content(token)) return content().holds(of, token);
        return has_token(*connection_, shared_.symbols, shared_.sets, version.type, of, token);
    };
    if (!may_see(filter_, seen, [&](const auto& token) { return holds(seen, key, token); })) return false;
    if (current == key || current == 0) return true;
    const auto newest = seen_of(current);
    if (!newest) return false;
    auto without_conditions = filter_;
    without_conditions.conditions.clear();
    return may_see(without_conditions, newest->first, [&](const auto& token) { return holds(newest->first, current, token); });
}

} // namespace huitong::store
