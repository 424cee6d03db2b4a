#include "feeds/kept.hpp"

#include "feeds/same_concept.hpp"
#include "feeds/same_patient.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace huitong::feeds {
namespace {

constexpr std::string_view kKeepAbsent = "https://huitong.example/fhir/StructureDefinition/keep-absent";

/// Of one text; a rule that stops the message may name a number, in which a blank is a blank.
void add_rules(std::string_view text, std::vector<std::string>& out) {
    if (text.find('!') != text.npos) return void(out.emplace_back(text));
    while (!text.empty()) {
        const auto end = std::min(text.find(' '), text.size());
        if (end != 0) out.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// fullUrl of an entry → what its request names.
std::map<std::string, std::vector<std::string>, std::less<>> rules_of(fhir::Element bundle) {
    std::map<std::string, std::vector<std::string>, std::less<>> out;
    for (const auto entry : bundle.children("entry")) {
        for (const auto extension : entry["request"].children("extension")) {
            if (extension.text("url") == kKeepAbsent) add_rules(extension.text("valueString"), out[std::string(entry.text("fullUrl"))]);
        }
    }
    return out;
}

constexpr std::string_view kAnyType = "[x]";

/// The children that are the element of that name; `deceased[x]` is deceasedBoolean or deceasedDateTime.
std::vector<fhir::Element> named(fhir::Element root, std::string_view path) {
    const bool is_choice = path.ends_with(kAnyType);
    const auto stem = path.substr(0, path.size() - (is_choice ? kAnyType.size() : 0));
    const auto is_of_stem = [&](std::string_view name) {
        return name.size() > stem.size() && name.starts_with(stem) && name[stem.size()] >= 'A' && name[stem.size()] <= 'Z';
    };
    std::vector<fhir::Element> out;
    for (const auto one : root.children()) {
        if (is_choice ? is_of_stem(one.name()) : one.name() == stem) out.push_back(one);
    }
    return out;
}

/// Of which patient a resource is, as its reference says; "" of what is of nobody.
std::string_view whose(fhir::Element resource) {
    for (const auto* path : {"subject", "patient", "beneficiary"}) {
        if (const auto reference = resource.child(path)) return reference.text("reference");
    }
    for (const auto participant : resource.children("participant")) {
        const auto actor = participant.text("actor.reference");
        if (actor.starts_with("Patient/")) return actor;
    }
    return {};
}

std::vector<std::string_view> parted(std::string_view text, char separator) {
    std::vector<std::string_view> out;
    for (std::size_t from = 0; from <= text.size();) {
        const auto end = std::min(text.find(separator, from), text.size());
        out.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return out;
}

/// A text cut before each line that begins with one of the headings; what stands before the first is under "".
std::map<std::string_view, std::string> under_headings(std::string_view text, const std::vector<std::string_view>& headings) {
    std::map<std::string_view, std::string> out;
    std::string_view current;
    for (const auto line : parted(text, '\n')) {
        const auto begun = std::find_if(headings.begin(), headings.end(), [&](auto heading) { return line.starts_with(heading); });
        if (begun != headings.end()) current = *begun;
        auto& part = out[current];
        if (!part.empty()) part += '\n';
        part += line;
    }
    return out;
}

/// Carries parts of a stored version into the new one.
class Keeper {
public:
    using SamePatient = std::function<bool(std::string_view one, std::string_view other)>;

    /// Whether the record has a resource of the fresh one's type under that number.
    using IsKnown = std::function<bool(std::string_view system, std::string_view number)>;

    Keeper(fhir::Document& fresh, fhir::Element stored, SamePatient same_patient, IsKnown is_known)
        : fresh_(fresh), stored_(stored), same_patient_(std::move(same_patient)), is_known_(std::move(is_known)) {}

    /// Whether the stored version is of the same thing, as far as a rule asks. Asked before anything is kept.
    bool agrees(std::string_view rule) const {
        const auto mark = rule.find('!');
        if (mark == rule.npos) return true;
        const auto path = rule.substr(0, mark), other = rule.substr(mark + 1);
        return other.empty() ? is_same(path) : is_of_that_time() || !is_known_(fresh_.root().text("identifier.system"), other);
    }

    /// What was said of somebody else is not said of this person: a report that was filed under the wrong one.
    bool may_keep() const {
        if (is_shared()) return true;
        const auto ours = fresh_.root().text("subject.reference"), theirs = stored_.text("subject.reference");
        return ours.empty() || theirs.empty() || same_patient_(ours, theirs);
    }

    /// A number that was used again for another patient must not take away what the first one has. A result that is corrected may have been
    /// filed under the wrong patient before.
    bool is_of_same_patient() const {
        const auto ours = whose(fresh_.root()), theirs = whose(stored_);
        const auto status = fresh_.root().text("status");
        return is_shared() || ours.empty() || theirs.empty() || status == "corrected" || status == "amended" ||
               status == "entered-in-error" || same_patient_(ours, theirs);
    }

    void keep(std::string_view rule) {
        if (rule.find('!') != rule.npos) return;
        const auto mark = rule.find_first_of("|=?#/");
        const auto path = rule.substr(0, mark);
        const auto tail = mark == rule.npos ? std::string_view() : rule.substr(mark + 1);
        if (mark == rule.npos) keep_element(path);
        else if (rule[mark] == '|') keep_items_of(path, tail);
        else if (rule[mark] == '=') keep_value(path, tail);
        else if (rule[mark] == '#') keep_items(path, tail);
        else if (rule[mark] == '/') keep_parts(path, parted(tail, '/'));
        else if (is_there(tail)) keep_element(path);
    }

    void keep_labels() {
        const auto is_there = [&](fhir::Element label) {
            const auto labels = fresh_.root()["meta"].children("security");
            return std::any_of(labels.begin(), labels.end(), [&](fhir::Element one) {
                return one.text("system") == label.text("system") && one.text("code") == label.text("code");
            });
        };
        for (const auto label : stored_["meta"].children("security")) {
            if (!is_there(label)) copy(holder("meta"), label);
        }
    }

    bool changed() const { return changed_; }

private:
    /// A mother and her newborn, a family, or those of one employer have one account; it is of all of them.
    bool is_shared() const { return fresh_.root().type() == "Account"; }

    void copy(fhir::NodeIndex parent, fhir::Element from) {
        fresh_.graft(parent, fresh_.intern(from.name()), from.node().in_array, from);
        changed_ = true;
    }

    /// The child of the root that holds what is copied; made when it is not there.
    fhir::NodeIndex holder(std::string_view name) {
        const auto found = fresh_.root().child(name);
        return found ? found.index() : fresh_.add_child(0, fresh_.intern(name), false);
    }

    void keep_element(std::string_view path) {
        const auto dot = path.find('.');
        const auto holder_name = path.substr(0, dot == path.npos ? 0 : dot);
        const auto name = path.substr(dot == path.npos ? 0 : dot + 1);
        const auto inside = [&](fhir::Element root) { return holder_name.empty() ? root : root.child(holder_name); };
        const auto fresh = inside(fresh_.root()), stored = inside(stored_);
        if (!stored || (fresh && !named(fresh, name).empty())) return;
        const auto kept = named(stored, name);
        for (const auto one : kept) copy(holder_name.empty() ? 0 : holder(holder_name), one);
        // Observation, obs-6: a value and the reason why there is none are never together.
        if (!kept.empty() && (path == "value[x]" || path == "component")) remove("dataAbsentReason");
    }

    void remove(std::string_view path) {
        for (const auto one : named(fresh_.root(), path)) fresh_.remove_child(0, one.index());
    }

    /// What one item of a list is known by.
    static std::string_view key_of(fhir::Element item) {
        const auto path = item.name() == "extension" ? "url" : item.name() == "participant" ? "type.coding.code" : "system";
        return item.text(path);
    }

    /// `link`: the stored version has one; `link=replaced-by`: the new one does, of that type, with what was kept before.
    bool is_there(std::string_view what) const {
        const auto equals = what.find('=');
        if (equals == what.npos) return bool(stored_[what]);
        const auto items = fresh_.root().children(what.substr(0, equals));
        return std::any_of(items.begin(), items.end(), [&](fhir::Element one) { return one.text("type") == what.substr(equals + 1); });
    }

    void keep_items_of(std::string_view path, std::string_view key) {
        for (const auto one : fresh_.root().children(path)) {
            if (key_of(one) == key) return;
        }
        for (const auto one : stored_.children(path)) {
            if (key_of(one) == key) copy(0, one);
        }
    }

    void keep_as_stored(std::string_view path) {
        const auto stored = named(stored_, path);
        if (stored.empty()) return;
        remove(path);
        for (const auto one : stored) copy(0, one);
    }

    /// Items of a list that the new version does not name.
    void keep_items(std::string_view list, std::string_view key) {
        std::set<std::string, std::less<>> named;
        for (const auto one : fresh_.root().children(list)) named.emplace(one.text(key));
        for (const auto one : stored_.children(list)) {
            if (!named.contains(one.text(key))) copy(0, one);
        }
    }

    /// `status=final?temp-unknown`: only when the stored version has that reason for having no value.
    void keep_value(std::string_view path, std::string_view condition) {
        if (condition.empty()) return keep_as_stored(path);
        const auto mark = condition.find('?');
        const auto value = condition.substr(0, mark);
        if (mark != condition.npos && stored_.text("dataAbsentReason.coding.code") != condition.substr(mark + 1)) return;
        const auto said = fresh_.root()[path];
        if (!said || said.value() == value || stored_.text(path) != value) return;
        fresh_.set_value(said.index(), fhir::ValueKind::text, fresh_.copy(value));
        changed_ = true;
    }

    /// The parts of a text whose headings the new version does not have; nothing of a text without headings.
    void keep_parts(std::string_view path, const std::vector<std::string_view>& headings) {
        const auto said = fresh_.root()[path];
        if (!said) return;
        auto fresh = under_headings(said.value(), headings), stored = under_headings(stored_.text(path), headings);
        if (fresh.size() == fresh.count("")) return;
        auto whole = fresh[""];
        for (const auto heading : headings) {
            const auto& part = fresh.contains(heading) ? fresh[heading] : stored[heading];
            if (!part.empty()) (whole += whole.empty() ? "" : "\n") += part;
        }
        if (whole == said.value()) return;
        fresh_.set_value(said.index(), fhir::ValueKind::text, fresh_.copy(whole));
        changed_ = true;
    }

    bool is_of_that_time() const {
        const auto when = [](fhir::Element one) {
            const auto at = one.text("effectiveDateTime");
            return at.empty() ? one.text("effectivePeriod.start") : at;
        };
        const auto ours = when(fresh_.root()), theirs = when(stored_);
        return ours.empty() || theirs.empty() || ours == theirs;
    }

    bool is_same(std::string_view path) const {
        if (path == "identifier") return may_be_one_person(fresh_.root(), stored_);
        const auto ours = fresh_.root()[path].text("reference"), theirs = stored_[path].text("reference");
        if (ours.empty() || theirs.empty()) return may_be_same_concept(fresh_.root()[path], stored_[path]);
        const auto status = fresh_.root().text("status");
        return status == "corrected" || status == "amended" || status == "entered-in-error" || same_patient_(ours, theirs);
    }

    fhir::Document& fresh_;
    fhir::Element stored_;
    SamePatient same_patient_;
    IsKnown is_known_;
    bool changed_ = false;
};

/// The map's part was checked alone: what was kept must fit it. A body that is about to be stored has room for a `meta` of the store's.
Outcome check_whole(const interaction::Services& services, fhir::Element whole, const interaction::Entry& entry) {
    fhir::Document resource;
    resource.set_root(resource.intern(entry.type));
    for (const auto child : whole.children()) {
        if (child.has_value() || child.has_children()) resource.borrow(0, child);
    }
    interaction::Request request;
    request.handling = interaction::Handling::lenient;
    Outcome out;
    auto found = interaction::check_resource(services, request, resource.root(), entry.type);
    for (auto& issue : found.issues()) {
        if (issue.severity != Severity::error && issue.severity != Severity::fatal) continue;
        issue.where = entry.where + ".resource(" + issue.where + ")";
        out.add(std::move(issue));
    }
    return out;
}

} // namespace

void keep_what_is_not_said(const interaction::Services& services, const SamePerson& same_person, Passage& passage) {
    const auto rules = rules_of(passage.mapped.output->root());
    auto view = services.store->view();
    const auto same_patient = [&](std::string_view one, std::string_view other) {
        return is_same_patient(same_person, *view, passage, one, other);
    };
    access::Caller caller;
    caller.organization = passage.feed->settings.organization;
    for (const auto& entry : passage.prepared->entries) {
        const auto is_known = [&](std::string_view system, std::string_view number) {
            return !view->tokens(entry.type, "identifier", std::string(system), std::string(number)).empty();
        };
        if (!entry.write || passage.prepared->commit.writes[*entry.write].action != store::Action::update) continue;
        const auto version = view->current({entry.type, entry.id});
        if (!version) {
            passage.issues.add(version.error());
            return;
        }
        const auto named = rules.find(entry.full_url);
        if (!*version || (*version)->deleted) continue;
        auto& write = passage.prepared->commit.writes[*entry.write];
        const auto stored = fhir::read_json((*version)->body);
        const auto fresh = fhir::read_json(write.body);
        Keeper keeper(*fresh.value, stored.value->root(), same_patient, is_known);
        const auto asked = named == rules.end() ? std::vector<std::string>() : named->second;
        const bool agrees = std::all_of(asked.begin(), asked.end(), [&](const auto& rule) { return keeper.agrees(rule); });
        if (!agrees || (!passage.feed->settings.map.empty() && !keeper.is_of_same_patient()))
            passage.issues.add(error(IssueCode::conflict, entry.where, "feed-other-thing", {entry.type}));
        keeper.keep_labels();
        if (keeper.may_keep()) std::for_each(asked.begin(), asked.end(), [&](const auto& rule) { keeper.keep(rule); });
        if (!keeper.changed()) continue;
        passage.issues.add(check_whole(services, fresh.value->root(), entry));
        auto kept = interaction::make_write(services, caller, write.action, entry.type, entry.id, fresh.value->root());
        kept.if_version = write.if_version;
        write = std::move(kept);
    }
}

} // namespace huitong::feeds
