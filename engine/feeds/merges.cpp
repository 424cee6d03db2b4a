#include "feeds/merges.hpp"

#include <algorithm>

namespace huitong::feeds {
namespace {

using fhir::Element;

constexpr std::string_view kReplacedBy = "replaced-by";

/// What this record is merged into, as its link says; "" = into none.
std::string_view survivor_of(Element resource) {
    if (!resource || resource.type() != "Patient") return {};
    for (const auto link : resource.children("link")) {
        if (link.text("type") == kReplacedBy) return link.text("other.reference");
    }
    return {};
}

Element entry_named(Element bundle, std::string_view full_url) {
    for (const auto entry : bundle.children("entry")) {
        if (entry.text("fullUrl") == full_url) return entry;
    }
    return {};
}

/// The other entry that writes the same record; no element when there is none.
Element twin_of(Element bundle, Element entry) {
    for (const auto other : bundle.children("entry")) {
        const auto resource = other["resource"];
        if (other != entry && other.text("request.url") == entry.text("request.url") && resource && resource.type() == "Patient")
            return other;
    }
    return {};
}

/// The institution that gave out the number which a request names, "" = none did.
std::string_view issuer_of(std::string_view url) {
    constexpr std::string_view kNumbersOf = "Patient?identifier=urn:huitong:organization:";
    if (!url.starts_with(kNumbersOf)) return {};
    const auto issuer = url.substr(kNumbersOf.size());
    return issuer.substr(0, issuer.find(':'));
}

/// A number that another institution gave out: no feed of ours closes that. A feed may carry several institutions, and its map asks for
/// whom the message speaks: the survivor's issuer counts.
bool is_foreign_number(const Passage& passage, std::string_view survivor, std::string_view url) {
    const auto& settings = passage.feed->settings;
    const auto issuer = issuer_of(url);
    const auto into = settings.map.empty() ? Element() : entry_named(passage.mapped.output->root(), survivor);
    auto ours = into ? issuer_of(into.text("request.url")) : std::string_view();
    if (ours.empty()) ours = settings.organization;
    return !issuer.empty() && issuer != ours;
}

/// Whoever follows the message's merges from here comes back here.
bool leads_back(Element bundle, Element entry) {
    auto at = entry;
    for ([[maybe_unused]] const auto step : bundle.children("entry")) { // no way without a circle has more steps than entries
        const auto survivor = survivor_of(at["resource"]);
        if (survivor.empty()) return false;
        at = entry_named(bundle, survivor);
        if (!at) return false;
        if (at == entry || at.text("request.url") == entry.text("request.url")) return true;
    }
    return true;
}

/// Links that name one entry name another.
void redirect(fhir::Document& bundle, std::string_view from, std::string_view to) {
    for (const auto entry : bundle.root().children("entry")) {
        for (const auto link : entry["resource"].children("link")) {
            const auto reference = link["other.reference"];
            if (reference && reference.value() == from) bundle.set_value(reference.index(), fhir::ValueKind::text, to);
        }
    }
}

/// `closed` says of the record of `open` that it is merged: from now on that one says so.
void close_in_place(fhir::Document& bundle, Element open, Element closed) {
    const auto resource = open["resource"];
    for (const auto link : closed["resource"].children("link")) {
        if (link.text("type") == kReplacedBy) bundle.graft(resource.index(), "link", true, link);
    }
    const auto active = bundle.element(resource.index()).child("active");
    bundle.set_value(active ? active.index() : bundle.add_child(resource.index(), "active", false), fhir::ValueKind::boolean, "false");
    redirect(bundle, closed.text("fullUrl"), open.text("fullUrl"));
    bundle.remove_child(0, closed.index());
}

} // namespace

void join_chained_merges(fhir::Document& bundle) {
    std::vector<Element> closed;
    for (const auto entry : bundle.root().children("entry")) {
        if (!survivor_of(entry["resource"]).empty() && entry.text("request.url").starts_with("Patient?")) closed.push_back(entry);
    }
    for (const auto entry : closed) {
        const auto twin = twin_of(bundle.root(), entry);
        // Into itself: that is no chain but a mistake, which check_merges finds.
        if (!twin || survivor_of(entry["resource"]) == twin.text("fullUrl") || !survivor_of(twin["resource"]).empty()) continue;
        close_in_place(bundle, twin, entry);
    }
}

void check_merges(const interaction::Services& services, Passage& passage) {
    const auto root = passage.mapped.output->root();
    const bool takes_unknown = passage.feed->settings.setting("merge_unknown") == "accept";
    auto view = services.store->view();
    for (const auto entry : root.children("entry")) {
        const auto survivor = survivor_of(entry["resource"]);
        const auto url = entry.text("request.url");
        if (survivor.empty() || !url.starts_with("Patient?")) continue;
        if (twin_of(root, entry) || leads_back(root, entry)) {
            passage.issues.add(error(IssueCode::business_rule, "Patient.link", "feed-merge-self"));
            continue;
        }
        if (is_foreign_number(passage, survivor, url)) {
            passage.issues.add(error(IssueCode::forbidden, "Patient.link", "feed-merge-foreign"));
            continue;
        }
        if (takes_unknown) continue;
        const std::string query(url.substr(url.find('?') + 1));
        const auto found = search::find_matches(*services.registry, *view, "Patient", query, 1, *services.limits);
        if (!found) passage.issues.add(found.error());
        else if (found->keys.empty()) passage.issues.add(error(IssueCode::not_found, "Patient.link", "feed-merge-unknown"));
    }
}

} // namespace huitong::feeds
