#include "feeds/left_out.hpp"

#include "base/date_time.hpp"
#include "base/url_query.hpp"
#include "feeds/entered_in_error.hpp"
#include "feeds/same_patient.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace huitong::feeds {
namespace {

using fhir::Element;
using Keys = std::set<store::ResourceKey>;

constexpr std::size_t kDocumentsMax = 100; ///< of one set, or that name one number
constexpr std::string_view kOrganization = "urn:huitong:organization:";
constexpr std::string_view kVersionNumber = "http://hl7.org/fhir/StructureDefinition/composition-clinicaldocument-versionNumber";

std::optional<store::ResourceKey> key_of(std::string_view reference) {
    const auto slash = reference.find('/');
    if (slash == reference.npos || reference.find('/', slash + 1) != reference.npos) return std::nullopt;
    return store::ResourceKey(std::string(reference.substr(0, slash)), std::string(reference.substr(slash + 1)));
}

/// All that the sections list.
void add_listed(Element holder, Keys& out) {
    for (const auto section : holder.children("section")) {
        for (const auto entry : section.children("entry")) {
            if (auto key = key_of(entry.text("reference"))) out.insert(std::move(*key));
        }
        add_listed(section, out);
    }
}

int version_number(Element composition) {
    int out = 0;
    for (const auto extension : composition.children("extension")) {
        if (extension.text("url") != kVersionNumber) continue;
        const auto text = extension.text("valueString");
        std::from_chars(text.data(), text.data() + text.size(), out);
    }
    return out;
}

/// A document as it is stored.
struct Stored {
    store::Version version;
    fhir::DocumentPtr document;
    Element root() const { return document->root(); }
};

/// One document that is written, and what its coming does to others.
class Correction {
public:
    Correction(const interaction::Services& services, const SamePerson& same_person, Passage& passage, const interaction::Entry& entry)
        : services_(services), same_person_(same_person), passage_(passage), key_(entry.type, entry.id), view_(services.store->view()),
          fresh_(fhir::read_json(passage.prepared->commit.writes[*entry.write].body).value),
          own_(std::string(kOrganization) + passage.feed->settings.organization) {
        for (const auto& one : passage.prepared->entries) {
            if (one.write) written_.emplace(one.type, one.id);
        }
    }

    /// What it replaces is replaced also when it comes too late itself: D1 must not hold beside D3 because D2 came last.
    void run() {
        const auto stored = read(key_);
        const bool is_late = stored && is_later(*stored);
        if (is_late) {
            enter_fresh_in_error(*stored); // the Composition itself loses by its time
        } else {
            if (is_replaced()) enter_all_in_error();
            if (stored) enter_listed_in_error(*stored);
        }
        replace_named();
        if (!is_late) compare_set();
    }

private:
    bool is_replaced() {
        const auto own_number = fresh_->root().child("identifier");
        const auto found = others("related-id=" + number_of(own_number));
        return std::any_of(found.begin(), found.end(), [&](const Stored& other) {
            return replaces(other.root(), own_number) && !counts_before(other) && is_of_one_patient(other);
        });
    }

    void replace_named() {
        for (const auto relation : fresh_->root().children("relatesTo")) {
            if (relation.text("code") != "replaces") continue;
            for (const auto& other : others("identifier=" + number_of(relation.child("targetIdentifier")))) {
                const bool names_back = replaces(other.root(), fresh_->root().child("identifier"));
                if ((!names_back || counts_before(other)) && is_of_one_patient(other)) replace(other);
            }
        }
    }

    /// Of two that name each other the later one counts: whether that is the fresh one.
    bool counts_before(const Stored& other) const { return replaces(fresh_->root(), other.root().child("identifier")) && !is_later(other); }

    /// A number may be a slip of the pen, and then it is another patient's. Where one of them does not say who, nothing speaks against it.
    bool is_of_one_patient(const Stored& other) {
        const auto ours = fresh_->root().text("subject.reference"), theirs = other.root().text("subject.reference");
        const auto says_nobody = [&](std::string_view who) { return who.empty() || is_known_by_document_alone(*view_, passage_, who); };
        if (is_same_patient(same_person_, *view_, passage_, ours, theirs) || says_nobody(ours) || says_nobody(theirs)) return true;
        passage_.issues.add(warning(IssueCode::conflict, "Composition.relatesTo", "feed-other-thing", {"Composition"}));
        return false;
    }

    static std::string number_of(Element identifier) {
        return std::string(identifier.text("system")) + '|' + escape(identifier.text("value"));
    }
    static std::string escape(std::string_view value) {
        std::string out;
        for (const char c : value) {
            if (c == ',' || c == '|' || c == '$' || c == '\\') out += '\\';
            out += c;
        }
        return encode_url(out);
    }
    static bool replaces(Element composition, Element identifier) {
        for (const auto relation : composition.children("relatesTo")) {
            if (relation.text("code") == "replaces" && relation.text("targetIdentifier.system") == identifier.text("system") &&
                relation.text("targetIdentifier.value") == identifier.text("value"))
                return true;
        }
        return false;
    }

    /// What is there and is this institution's.
    std::optional<Stored> read(const store::ResourceKey& key) {
        auto version = view_->current(key);
        if (!version) {
            passage_.issues.add(version.error());
            return std::nullopt;
        }
        if (!*version || (*version)->deleted || (*version)->owner != passage_.feed->settings.organization) return std::nullopt;
        Stored out;
        out.document = fhir::read_json((*version)->body).value;
        out.version = std::move(**version);
        return out;
    }

    std::vector<Stored> others(const std::string& criteria, std::string_view type = "Composition") {
        std::vector<Stored> out;
        if (criteria.ends_with("=|")) return out; // a document without a number
        const auto found = search::find_matches(*services_.registry, *view_, std::string(type), criteria, kDocumentsMax, *services_.limits);
        if (!found) {
            passage_.issues.add(found.error());
            return out;
        }
        for (const auto& key : found->keys) {
            if (key == key_) continue;
            if (auto stored = read(key)) out.push_back(std::move(*stored));
        }
        return out;
    }

    /// Than the one that is written: by the document's own time, and of the same time by the order of arrival.
    bool is_later(const Stored& stored) const {
        const auto theirs = read_date_time(stored.root().text("date")), ours = read_date_time(fresh_->root().text("date"));
        if (!theirs || !ours) return false;
        const auto offset = passage_.feed->settings.offset_minutes;
        const auto their_time = instants_of(*theirs, offset).first.microseconds, our_time = instants_of(*ours, offset).first.microseconds;
        return their_time != our_time ? their_time > our_time : stored.version.message_id > passage_.message.id;
    }

    /// The same person's, and of one kind.
    bool is_of_same_kind(Element other) const {
        const auto fresh = fresh_->root();
        return other.text("subject.reference") == fresh.text("subject.reference") &&
               other.text("type.coding.code") == fresh.text("type.coding.code") && !fresh.text("type.coding.code").empty();
    }

    void compare_set() {
        const auto ours = version_number(fresh_->root());
        if (ours == 0) return;
        for (const auto tag : fresh_->root()["meta"].children("tag")) {
            if (tag.text("system") != own_ + ":document-set") continue;
            const auto criteria = "_tag=" + std::string(tag.text("system")) + '|' + escape(tag.text("code"));
            for (const auto& other : others(criteria)) {
                const auto theirs = version_number(other.root());
                if (theirs == 0 || theirs == ours || !is_of_same_kind(other.root())) continue;
                if (theirs > ours) return enter_all_in_error();
                replace(other);
            }
        }
    }

    void replace(const Stored& other) {
        enter_listed_in_error(other);
        if (!is_entered_in_error(other.root())) change(other, entered_in_error(other.root()));
        const auto kept = own_ + ":document|" + escape(other.root().text("identifier.value"));
        for (const auto& original : others("identifier=" + kept, "DocumentReference"))
            if (!written_.contains(original.version.key)) change(original, with_status(original.root(), "superseded"));
    }

    void enter_listed_in_error(const Stored& stored) {
        Keys listed;
        add_listed(stored.root(), listed);
        for (const auto& key : listed) {
            if (written_.contains(key)) continue;
            const auto statement = read(key);
            if (statement && is_own(statement->root()) && !is_entered_in_error(statement->root()))
                change(*statement, entered_in_error(statement->root()));
        }
    }

    /// What a later version does not list any more must not come back by an older one.
    void enter_fresh_in_error(const Stored& later) {
        Keys listed;
        add_listed(later.root(), listed);
        for (const auto& entry : passage_.prepared->entries) {
            if (entry.write && entry.resource && is_own(entry.resource) && !listed.contains({entry.type, entry.id})) enter_in_error(entry);
        }
    }

    void enter_all_in_error() {
        for (const auto& entry : passage_.prepared->entries) {
            if (!entry.write || !entry.resource) continue;
            if (is_own(entry.resource) || store::ResourceKey(entry.type, entry.id) == key_) enter_in_error(entry);
            else if (entry.resource.text("identifier.system") == own_ + ":document") write_as(entry, "superseded");
        }
    }

    void enter_in_error(const interaction::Entry& entry) { write_as(entry, ""); }

    /// `status` "": that of an error.
    void write_as(const interaction::Entry& entry, std::string_view status) {
        auto& write = passage_.prepared->commit.writes[*entry.write];
        const auto written = fhir::read_json(write.body).value;
        const auto changed = status.empty() ? entered_in_error(written->root()) : with_status(written->root(), status);
        auto made = interaction::make_write(services_, caller(), write.action, entry.type, entry.id, changed->root());
        made.if_version = write.if_version;
        write = std::move(made);
    }

    /// Writes a stored resource anew. It ranks as what it was: a later version may say again what this one leaves out.
    void change(const Stored& stored, const fhir::DocumentPtr& changed) {
        const auto& key = stored.version.key;
        if (!written_.insert(key).second) return;
        auto write = interaction::make_write(services_, caller(), store::Action::update, key.type, key.id, changed->root());
        write.if_version = stored.version.version;
        interaction::Entry entry;
        entry.type = key.type;
        entry.id = key.id;
        entry.method = "PUT";
        entry.resource = stored.root();
        entry.write = passage_.prepared->commit.writes.size();
        passage_.prepared->commit.writes.push_back(std::move(write));
        passage_.prepared->entries.push_back(std::move(entry));
        passage_.left_out.push_back(stored.document);
    }

    access::Caller caller() const {
        access::Caller out;
        out.organization = passage_.feed->settings.organization;
        return out;
    }

    /// A statement of a document of this institution, by the number that the map gave it.
    bool is_own(Element resource) const {
        const auto system = resource.text("identifier.system");
        return system == own_ + ":document-entry" || system == own_ + ":document-body";
    }

    const interaction::Services& services_;
    const SamePerson& same_person_;
    Passage& passage_;
    store::ResourceKey key_;
    std::unique_ptr<store::ReadView> view_;
    fhir::DocumentPtr fresh_;
    std::string own_;
    Keys written_;
};

} // namespace

void enter_left_out_in_error(const interaction::Services& services, const SamePerson& same_person, Passage& passage) {
    passage.left_out.clear();
    const auto count = passage.prepared->entries.size(); // what is added on the way is no document of this message
    for (std::size_t at = 0; at < count; ++at) {
        const auto entry = passage.prepared->entries[at];
        if (entry.write && entry.type == "Composition" && entry.method != "DELETE") Correction(services, same_person, passage, entry).run();
    }
}

} // namespace huitong::feeds
