#include "recognition/matching.hpp"

#include <algorithm>
#include <set>

namespace huitong::recognition {
namespace {

/// The receiver's own number is the surest, a citizen number the least: a newborn may carry its mother's.
int order_of(std::string_view system, std::string_view receiver) {
    if (system == local_system(receiver, "patient")) return 0;
    return system == kCitizenSystem ? 2 : 1;
}

std::vector<std::string> patients_with(store::ReadView& view, const std::string& system, const std::string& value) {
    std::set<std::string> ids;
    std::vector<std::string> forms = {value};
    // The check character of a citizen number is sent as x and as X.
    if (system == kCitizenSystem && !value.empty() && (value.back() == 'x' || value.back() == 'X')) {
        forms.push_back(value);
        forms.back().back() = value.back() == 'x' ? 'X' : 'x';
    }
    for (const auto& form : forms) {
        for (const auto& key : view.resource_keys(view.tokens("Patient", "identifier", system, form))) ids.insert(key.id);
    }
    return {ids.begin(), ids.end()};
}

/// Whether what the asker says fits the record that a number of others led to.
bool agrees(const MatchingContext& context, const PatientName& name, const std::string& id) {
    if (!name.record || (name.record->name.empty() && name.record->pinyin.empty() && !name.record->temporary_newborn)) return true;
    const auto record = context.linker->record(id);
    return record && identity::judge(*name.record, *record).verdict == identity::Verdict::same;
}

} // namespace

std::string local_system(std::string_view institution, std::string_view kind) {
    return "urn:huitong:organization:" + std::string(institution) + ':' + std::string(kind);
}

std::string find_patient(const MatchingContext& context, store::ReadView& view, const PatientName& name, const std::string& receiver) {
    auto identifiers = name.identifiers;
    std::stable_sort(identifiers.begin(), identifiers.end(),
                     [&](const auto& a, const auto& b) { return order_of(a.first, receiver) < order_of(b.first, receiver); });
    for (const auto& [system, value] : identifiers) {
        if (value.empty()) continue;
        auto found = patients_with(view, system, value);
        if (order_of(system, receiver) != 0) std::erase_if(found, [&](const auto& id) { return !agrees(context, name, id); });
        if (found.empty()) continue;
        const auto person = context.linker->same_person(found.front());
        const bool one = std::all_of(found.begin(), found.end(),
                                     [&](const auto& id) { return std::find(person.begin(), person.end(), id) != person.end(); });
        if (one) return found.front();
    }
    if (name.id.empty()) return {};
    const auto current = view.current({"Patient", name.id});
    if (current && *current && !(*current)->deleted) return name.id;
    const auto own = patients_with(view, local_system(receiver, "patient"), name.id);
    return own.size() == 1 ? own.front() : std::string();
}

} // namespace huitong::recognition
