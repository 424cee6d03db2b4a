#include "feeds/kept.hpp"

#include "fhir/json.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace huitong::feeds {
namespace {

constexpr std::string_view kKeepAbsent = "https://huitong.example/fhir/StructureDefinition/keep-absent";

/// fullUrl of an entry → what its request names.
std::map<std::string, std::vector<std::string>, std::less<>> rules_of(fhir::Element bundle) {
    std::map<std::string, std::vector<std::string>, std::less<>> out;
    for (const auto entry : bundle.children("entry")) {
        for (const auto extension : entry["request"].children("extension")) {
            if (extension.text("url") == kKeepAbsent) out[std::string(entry.text("fullUrl"))].emplace_back(extension.text("valueString"));
        }
    }
    return out;
}

/// Carries parts of a stored version into the new one.
class Keeper {
public:
    Keeper(fhir::Document& fresh, fhir::Element stored) : fresh_(fresh), stored_(stored) {}

    void keep(std::string_view rule) {
        const auto mark = rule.find_first_of("|=?!#");
        const auto path = rule.substr(0, mark);
        const auto tail = mark == rule.npos ? std::string_view() : rule.substr(mark + 1);
        if (mark == rule.npos) keep_element(path);
        else if (rule[mark] == '|') keep_identifiers(path, tail);
        else if (rule[mark] == '=') keep_value(path, tail);
        else if (rule[mark] == '#') keep_items(path, tail);
        else if (rule[mark] == '!') agrees_ = agrees_ && is_same(path);
        else if (stored_[tail]) keep_element(path);
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
    /// Whether the stored version is of the same thing.
    bool agrees() const { return agrees_; }

private:
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
        if (fresh_.root()[path]) return;
        const auto dot = path.find('.');
        const auto from = dot == path.npos ? stored_ : stored_.child(path.substr(0, dot));
        const auto name = dot == path.npos ? path : path.substr(dot + 1);
        for (const auto one : from.children(name)) copy(dot == path.npos ? 0 : holder(path.substr(0, dot)), one);
    }

    void keep_identifiers(std::string_view path, std::string_view system) {
        for (const auto one : fresh_.root().children(path)) {
            if (one.text("system") == system) return;
        }
        for (const auto one : stored_.children(path)) {
            if (one.text("system") == system) copy(0, one);
        }
    }

    void keep_items(std::string_view list, std::string_view key) {
        std::set<std::string, std::less<>> named;
        for (const auto one : fresh_.root().children(list)) named.emplace(one.text(key));
        for (const auto one : stored_.children(list)) {
            if (!named.contains(one.text(key))) copy(0, one);
        }
    }

    void keep_value(std::string_view path, std::string_view value) {
        const auto said = fresh_.root()[path];
        if (!said || said.value() == value || stored_.text(path) != value) return;
        fresh_.set_value(said.index(), fhir::ValueKind::text, fresh_.copy(value));
        changed_ = true;
    }

    /// One coding in common; a concept without codings may be anything.
    bool is_same(std::string_view path) const {
        const auto theirs = stored_[path].children("coding");
        const auto ours = fresh_.root()[path].children("coding");
        if (ours.begin() == ours.end() || theirs.begin() == theirs.end()) return true;
        return std::any_of(ours.begin(), ours.end(), [&](fhir::Element one) {
            return std::any_of(theirs.begin(), theirs.end(), [&](fhir::Element other) {
                return one.text("system") == other.text("system") && one.text("code") == other.text("code");
            });
        });
    }

    fhir::Document& fresh_;
    fhir::Element stored_;
    bool changed_ = false, agrees_ = true;
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

void keep_what_is_not_said(const interaction::Services& services, Passage& passage) {
    const auto rules = rules_of(passage.mapped.output->root());
    auto view = services.store->view();
    access::Caller caller;
    caller.organization = passage.feed->settings.organization;
    for (const auto& entry : passage.prepared->entries) {
        if (!entry.write || passage.prepared->commit.writes[*entry.write].action != store::Action::update) continue;
        const auto version = view->current({entry.type, entry.id});
        if (!version) {
            passage.issues.add(version.error());
            return;
        }
        const auto named = rules.find(entry.full_url);
        if (!*version || (*version)->deleted || (named == rules.end() && (*version)->labels.empty())) continue;
        auto& write = passage.prepared->commit.writes[*entry.write];
        const auto stored = fhir::read_json((*version)->body);
        const auto fresh = fhir::read_json(write.body);
        Keeper keeper(*fresh.value, stored.value->root());
        keeper.keep_labels();
        if (named != rules.end()) {
            for (const auto& rule : named->second) keeper.keep(rule);
        }
        if (!keeper.agrees()) passage.issues.add(error(IssueCode::conflict, entry.where, "feed-other-thing", {entry.type}));
        if (!keeper.changed()) continue;
        passage.issues.add(check_whole(services, fresh.value->root(), entry));
        auto kept = interaction::make_write(services, caller, write.action, entry.type, entry.id, fresh.value->root());
        kept.if_version = write.if_version;
        write = std::move(kept);
    }
}

} // namespace huitong::feeds
