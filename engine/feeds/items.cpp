#include "feeds/items.hpp"

#include "base/url_query.hpp"
#include "feeds/same_concept.hpp"
#include "fhir/json.hpp"

#include <set>

namespace huitong::feeds {
namespace {

using fhir::Element;

constexpr std::string_view kItemNumber = "https://huitong.example/fhir/StructureDefinition/item-number";
constexpr std::string_view kKnown = "known ", kNew = "new ", kRather = "rather ", kAll = "all";
constexpr std::size_t kItemsMax = 200; ///< of one number

/// What a thing is, whatever the type calls it.
Element what_it_is(Element resource) {
    for (const auto* name : {"code", "medicationCodeableConcept", "vaccineCode"}) {
        if (const auto found = resource.child(name)) return found;
    }
    return {};
}

/// As a token of a search within a URL.
std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == ',' || c == '|' || c == '$' || c == '\\') out += '\\';
        out += c;
    }
    return encode_url(out);
}

class Addressing {
public:
    Addressing(const interaction::Services& services, Passage& passage)
        : services_(services), passage_(passage), bundle_(*passage.mapped.output), view_(services.store->view()) {
        for (const auto entry : bundle_.root().children("entry")) {
            entries_.push_back(entry);
            if (const auto own = address_of(entry)) taken_.insert(own->name(own->number));
        }
    }

    void run() {
        for (const auto entry : entries_) {
            for (const auto extension : entry["request"].children("extension")) {
                if (extension.text("url") == kItemNumber) address(entry, extension.text("valueString"));
            }
        }
    }

private:
    /// The request of an entry in its parts: `ServiceRequest?identifier=` + system + `|` + number.
    struct Address {
        std::string type, system, number;
        std::string url(std::string_view other) const { return type + "?identifier=" + system + '|' + escaped(other); }
        std::string name(std::string_view other) const { return type + '|' + system + '|' + std::string(other); }
    };

    static std::optional<Address> address_of(Element entry) {
        const auto number = entry["resource.identifier"];
        if (entry.text("request.method") != "PUT" || !number) return std::nullopt;
        Address out;
        out.type = entry["resource"].type();
        out.system = number.text("system");
        out.number = number.text("value");
        return out;
    }

    void address(Element entry, std::string_view what) {
        const auto own = address_of(entry);
        if (!own) return;
        if (what == kAll) write_all(entry, *own);
        else if (what.starts_with(kRather)) prefer(entry, *own, what.substr(kRather.size()));
        else if (what.starts_with(kKnown)) choose(entry, *own, what.substr(kKnown.size()), false);
        else if (what.starts_with(kNew)) choose(entry, *own, what.substr(kNew.size()), true);
    }

    void prefer(Element entry, const Address& own, std::string_view other) {
        if (!taken_.contains(own.name(other)) && stored(own, other)) move(entry, own, other);
    }

    void choose(Element entry, const Address& own, std::string_view other, bool is_new) {
        const auto here = stored(own, own.number);
        if ((here && agrees(entry, here)) || taken_.contains(own.name(other))) return; // another entry of the message is that one
        const auto there = stored(own, other);
        if (there && agrees(entry, there)) return move(entry, own, other);
        if (!is_new || !here || there) return;
        move(entry, own, other);
        mark_as_further(entry, own);
    }

    static bool agrees(Element entry, const fhir::DocumentPtr& other) {
        return may_be_same_concept(what_it_is(entry["resource"]), what_it_is(other->root()));
    }

    /// The current version of the one thing that has the number; nullptr when there is none.
    fhir::DocumentPtr stored(const Address& own, std::string_view number) {
        const auto found = find(own.type, own.system, number, 1);
        return found.empty() ? nullptr : read(found.front());
    }

    std::vector<store::ResourceKey> find(const std::string& type, const std::string& system, std::string_view number, std::size_t limit) {
        auto found = search::find_matches(*services_.registry, *view_, type, "identifier=" + system + '|' + escaped(number), limit,
                                          *services_.limits);
        if (found) return std::move(found->keys);
        // A number that two things have is refused when the request is resolved, with the words for it.
        const auto why = found.error();
        const auto* issue = why.leading();
        if (issue && (issue->code == IssueCode::timeout || issue->code == IssueCode::transient)) passage_.issues.add(why);
        return {};
    }

    fhir::DocumentPtr read(const store::ResourceKey& key) {
        const auto version = view_->current(key);
        if (!version) passage_.issues.add(version.error());
        return !version || !*version || (*version)->deleted ? nullptr : fhir::read_json((*version)->body).value;
    }

    /// It carries the number of the first, by which all are found.
    void mark_as_further(Element entry, const Address& own) {
        const auto resource = entry["resource"].index();
        const auto items = bundle_.add_child(resource, "identifier", true);
        bundle_.set_value(bundle_.add_child(items, "system", false), fhir::ValueKind::text, bundle_.copy(own.system + "-items"));
        bundle_.set_value(bundle_.add_child(items, "value", false), fhir::ValueKind::text, bundle_.copy(own.number));
    }

    /// The entry is of the thing under the other number; its own is free for the next one.
    void move(Element entry, const Address& own, std::string_view other) {
        rename(entry, own, other);
        taken_.erase(own.name(own.number));
    }

    void rename(Element entry, const Address& own, std::string_view other) {
        bundle_.set_value(entry["request.url"].index(), fhir::ValueKind::text, bundle_.copy(own.url(other)));
        bundle_.set_value(entry["resource.identifier.value"].index(), fhir::ValueKind::text, bundle_.copy(other));
        taken_.insert(own.name(other));
    }

    /// A general order names no item when it is withdrawn; of the order of a drug it would leave the prescription as it is.
    bool is_of_drug_alone(const Address& own) {
        return find(own.type, own.system, own.number, 1).empty() && !find("MedicationRequest", own.system, own.number, 1).empty();
    }

    /// A copy of the entry for each further thing of the number that the message does not name itself.
    void write_all(Element entry, const Address& own) {
        if (own.type == "ServiceRequest" && is_of_drug_alone(own))
            passage_.issues.add(error(IssueCode::conflict, "Bundle.entry", "feed-other-thing", {"MedicationRequest"}));
        int count = 0;
        for (const auto& key : find(own.type, own.system + "-items", own.number, kItemsMax)) {
            const auto further = read(key);
            const auto number = further ? number_of(further->root(), own.system) : std::string_view();
            if (number.empty() || taken_.contains(own.name(number))) continue;
            const auto copied = bundle_.element(bundle_.graft(0, "entry", true, entry));
            const auto full_url = std::string(entry.text("fullUrl")) + '-' + std::to_string(++count);
            bundle_.set_value(copied["fullUrl"].index(), fhir::ValueKind::text, bundle_.copy(full_url));
            rename(copied, own, number);
        }
    }

    static std::string_view number_of(Element resource, std::string_view system) {
        for (const auto identifier : resource.children("identifier")) {
            if (identifier.text("system") == system) return identifier.text("value");
        }
        return {};
    }

    const interaction::Services& services_;
    Passage& passage_;
    fhir::Document& bundle_;
    std::unique_ptr<store::ReadView> view_;
    std::vector<Element> entries_; ///< of the message: copies that are added on the way are not asked
    std::set<std::string> taken_;  ///< what the entries write
};

} // namespace

void address_items(const interaction::Services& services, Passage& passage) { Addressing(services, passage).run(); }

} // namespace huitong::feeds
