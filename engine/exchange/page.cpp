#include "exchange/page.hpp"

#include "interaction/parts.hpp"
#include "interaction/position.hpp"

#include <boost/url/parse.hpp>

#include <charconv>

namespace huitong::exchange {
namespace {

Outcome malformed(std::string where) { return error(IssueCode::structure, std::move(where), "exchange-page"); }
Outcome gap(std::string where, std::string_view since) {
    return error(IssueCode::conflict, std::move(where), "exchange-gap", {std::string(since)});
}

/// `_since` of the bundle's link of that relation, "" when there is none.
std::string since_of_link(fhir::Element bundle, std::string_view relation) {
    for (const auto link : bundle.children("link")) {
        if (link.text("relation") != relation) continue;
        const auto url = boost::urls::parse_uri_reference(link.text("url"));
        if (!url) return {};
        for (const auto& parameter : url->params()) {
            if (parameter.key == "_since") return parameter.value;
        }
    }
    return {};
}

std::optional<store::Action> action_of(std::string_view method) {
    if (method == "POST") return store::Action::create;
    if (method == "PUT" || method == "PATCH") return store::Action::update;
    if (method == "DELETE") return store::Action::remove;
    return std::nullopt;
}

/// The last two steps of a reference or URL.
store::ResourceKey key_of(std::string_view reference) {
    const auto slash = reference.rfind('/');
    if (slash == reference.npos) return {};
    const auto before = reference.substr(0, slash).rfind('/');
    const auto first = before == reference.npos ? 0 : before + 1;
    return {std::string(reference.substr(first, slash - first)), std::string(reference.substr(slash + 1))};
}

void read_log_entry(fhir::Element response, Change& change) {
    for (const auto extension : response.children("extension")) {
        if (extension.text("url") != interaction::kLogEntryExtension) continue;
        for (const auto part : extension.children("extension")) {
            const auto url = part.text("url");
            const auto text = part.text("valueString");
            if (url == "position") std::from_chars(text.data(), text.data() + text.size(), change.position);
            else if (url == "owner") change.owner = text;
            else if (url == "superseded") change.superseded = part.text("valueBoolean") == "true";
        }
    }
}

/// One entry; an error names what is wrong with it.
Result<Change> read_change(fhir::Element entry, const std::string& where, const fhir::Definitions& definitions) {
    Change change;
    const auto action = action_of(entry.text("request.method"));
    if (!action) return malformed(where + ".request.method");
    change.action = *action;
    change.key = key_of(entry.text(change.action == store::Action::create ? "fullUrl" : "request.url"));
    if (!definitions.is_resource_type(change.key.type) || !interaction::is_id(change.key.id)) return malformed(where + ".fullUrl");
    const auto response = entry.child("response");
    const auto version = interaction::read_etag(response.text("etag"));
    if (!version || *version == 0) return malformed(where + ".response.etag");
    change.version = *version;
    change.updated = response.text("lastModified");
    read_log_entry(response, change);
    if (change.action == store::Action::remove) return change;
    change.resource = entry.child("resource");
    if (!change.resource || change.resource.type() != change.key.type) return malformed(where + ".resource");
    if (change.resource.text("id") != change.key.id) return malformed(where + ".resource.id");
    return change;
}

} // namespace

std::optional<store::LogTime> position_number(std::string_view text) {
    if (!interaction::is_position(text)) return std::nullopt;
    text.remove_prefix(text.find('-') + 1);
    store::LogTime out = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (failed != std::errc() || (end != text.data() + text.size() && *end != '-')) return std::nullopt;
    return out;
}

Result<Page> read_page(std::string body, std::string_view since, const fhir::Definitions& definitions, const Limits& limits) {
    fhir::JsonOptions options;
    options.limits = &limits;
    auto parsed = fhir::read_json(std::move(body), options);
    if (parsed.issues.has_errors()) {
        Outcome issues = error(IssueCode::structure, "", "exchange-page-json");
        issues.add(std::move(parsed.issues));
        return issues;
    }
    const auto bundle = parsed.value->root();
    if (bundle.type() != "Bundle" || bundle.text("type") != "history") return malformed("Bundle.type");
    if (since_of_link(bundle, "self") != since) return gap("Bundle.link", since);
    Page page;
    page.document = parsed.value;
    page.next = since_of_link(bundle, "next");
    const auto from = position_number(since);
    const auto until = position_number(page.next);
    if (!from || !until) return malformed("Bundle.link");
    if (*until < *from) return gap("Bundle.link", since);
    page.until = *until;
    page.newest = std::max(page.until, position_number(since_of_link(bundle, "last")).value_or(0));
    auto last = *from;
    std::size_t index = 0;
    for (const auto entry : bundle.children("entry")) {
        const auto where = "Bundle.entry[" + std::to_string(index++) + "]";
        auto change = read_change(entry, where, definitions);
        if (!change) return change.error();
        if (change->position == 0) return malformed(where + ".response");
        if (change->position <= *from || change->position < last || change->position > page.until) return gap(where, since);
        last = change->position;
        page.changes.push_back(std::move(*change));
    }
    return page;
}

} // namespace huitong::exchange
