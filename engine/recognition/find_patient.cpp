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

/// Day of birth: as sent, else the one inside an own number (GB 11643-1999: digits 7 to 14).
std::string birth_date_of(const identity::Record& record) {
    if (!record.birth_date.empty() || record.use != identity::NumberUse::own || record.id_number.size() != 18) return record.birth_date;
    const auto& number = record.id_number;
    return number.substr(6, 4) + '-' + number.substr(10, 2) + '-' + number.substr(12, 2);
}

/// Whether anything was said that a record could contradict.
bool says_anything(const PatientName& name) {
    if (!name.record) return false;
    const auto& said = *name.record;
    return !said.name.empty() || !said.pinyin.empty() || !said.birth_date.empty() || said.temporary_newborn ||
           said.use == identity::NumberUse::guardian;
}

/// Whether what the asker says fits the record that a number of others led to.
bool agrees(const MatchingContext& context, const PatientName& name, const std::string& id) {
    if (!says_anything(name)) return true;
    const auto record = context.linker->record(id);
    if (!record) return false;
    const auto& said = *name.record;
    const bool is_named = !said.name.empty() || !said.pinyin.empty() || said.temporary_newborn;
    if (is_named) return identity::judge(said, *record).verdict == identity::Verdict::same;
    return said.use != identity::NumberUse::guardian && said.birth_date == birth_date_of(*record);
}

/// Whether a citizen number is the record's own: a newborn stands under its mother's, and two numbers are no number.
bool is_own_number(const MatchingContext& context, const std::string& value, const std::string& id) {
    const auto record = context.linker->record(id);
    if (!record || record->use != identity::NumberUse::own || record->id_number.size() != value.size()) return false;
    return std::equal(value.begin(), value.end(), record->id_number.begin(),
                      [](char a, char b) { return a == b || (a == 'x' && b == 'X'); });
}

/// An id of this hub is taken from an asker only where it cannot be somebody else's number by chance: an id of the hub's own making, or of
/// a record that the asker itself keeps. Clients may choose ids, so that another hospital's Patient/10086 stands beside the asker's own
/// number 10086.
bool may_name(const MatchingContext& context, const PatientName& name, const std::string& receiver) {
    constexpr std::size_t kOwnIdSize = 26;
    const auto record = context.linker->record(name.id);
    if (!record || !agrees(context, name, name.id)) return false;
    return record->institution == receiver || name.id.size() == kOwnIdSize || says_anything(name);
}

/// Patients of one person; "" for none, or several persons.
std::string one_of(const MatchingContext& context, const std::vector<std::string>& found) {
    if (found.empty()) return {};
    const auto person = context.linker->same_person(found.front());
    const bool is_one = std::all_of(found.begin(), found.end(),
                                    [&](const auto& id) { return std::find(person.begin(), person.end(), id) != person.end(); });
    return is_one ? found.front() : std::string();
}

bool is_there(store::ReadView& view, const std::string& id) {
    const auto current = view.current({"Patient", id});
    return current && *current && !(*current)->deleted;
}

} // namespace

std::string local_system(std::string_view institution, std::string_view kind) {
    return "urn:huitong:organization:" + std::string(institution) + ':' + std::string(kind);
}

namespace {

/// Two different persons were named: another number, or another name born on another day.
bool contradicts(const identity::Record& said, const identity::Record& known) {
    if (!said.id_number.empty() && !known.id_number.empty() && said.use == known.use && said.id_number != known.id_number) return true;
    const bool is_named = !said.name.empty() && !known.name.empty() && !said.unreadable_name && !known.unreadable_name;
    const auto born = birth_date_of(said), known_born = birth_date_of(known);
    return is_named && said.name != known.name && born.size() == 10 && known_born.size() == 10 && born != known_born;
}

/// The records that one identifier leads to and that what else was said does not speak against.
std::vector<std::string> led_to(const MatchingContext& context, store::ReadView& view, const PatientName& name, const std::string& receiver,
                                const std::string& system, const std::string& value) {
    auto found = patients_with(view, system, value);
    if (order_of(system, receiver) != 0) std::erase_if(found, [&](const auto& id) { return !agrees(context, name, id); });
    // Where nothing but the number was said, it may be a newborn's that goes by its mother's: then it names nobody.
    const bool is_bare = system == kCitizenSystem && !says_anything(name);
    if (is_bare && !std::all_of(found.begin(), found.end(), [&](const auto& id) { return is_own_number(context, value, id); })) return {};
    return found;
}

} // namespace

std::string find_patient(const MatchingContext& context, store::ReadView& view, const PatientName& name, const std::string& receiver) {
    if (!name.known.empty()) return is_there(view, name.known) ? name.known : std::string();
    auto identifiers = name.identifiers;
    std::stable_sort(identifiers.begin(), identifiers.end(),
                     [&](const auto& a, const auto& b) { return order_of(a.first, receiver) < order_of(b.first, receiver); });
    // Whoever is named twice must be one person both times; the surest number says which of the records.
    std::vector<std::string> leads;
    const auto follow = [&](const std::string& system, const std::string& value) {
        if (value.empty()) return;
        if (auto one = one_of(context, led_to(context, view, name, receiver, system, value)); !one.empty()) leads.push_back(std::move(one));
    };
    for (const auto& [system, value] : identifiers) follow(system, value);
    follow(local_system(receiver, "patient"), name.id);
    const auto is_another = [&](const std::string& id) {
        const auto record = name.record ? context.linker->record(id) : std::nullopt;
        return record && contradicts(*name.record, *record);
    };
    // (Records that nobody has linked yet need not be of two persons.)
    const auto are_apart = [&](const std::string& a, const std::string& b) {
        const auto one = context.linker->record(a), other = context.linker->record(b);
        return one && other && contradicts(*one, *other);
    };
    const bool is_apart = std::any_of(leads.begin(), leads.end(), [&](const auto& id) { return are_apart(leads.front(), id); });
    if (is_apart || std::any_of(leads.begin(), leads.end(), is_another)) return {};
    if (!leads.empty()) return leads.front();
    const bool is_unknown = std::any_of(identifiers.begin(), identifiers.end(), [](const auto& one) { return !one.second.empty(); });
    return !name.id.empty() && !is_unknown && is_there(view, name.id) && may_name(context, name, receiver) ? name.id : std::string();
}

} // namespace huitong::recognition
