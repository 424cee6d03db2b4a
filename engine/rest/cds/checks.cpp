#include "rest/cds/checks.hpp"

#include <algorithm>
#include <array>

namespace huitong::rest {
namespace {

constexpr std::size_t kSummaryCharactersMax = 140;

/// Collects issues below one place.
class Check {
public:
    Check(Outcome& issues, fhir::Element element, std::string where) : issues_(issues), element_(element), where_(std::move(where)) {}

    std::string at(std::string_view member) const { return where_.empty() ? std::string(member) : where_ + '.' + std::string(member); }
    void missing(std::string_view member) { issues_.add(error(IssueCode::invalid, at(member), "cds-member-missing", {at(member)})); }
    void bad(std::string_view member) { issues_.add(error(IssueCode::invalid, at(member), "cds-member-value", {at(member)})); }
    void not_a(std::string_view member, std::string type) {
        issues_.add(error(IssueCode::invalid, at(member), "cds-member-type", {at(member), std::move(type)}));
    }
    /// A text that is there and not empty.
    std::string_view needed(std::string_view member) {
        const auto value = element_.text(member);
        if (value.empty()) missing(member);
        return value;
    }
    void one_of(std::string_view member, std::initializer_list<std::string_view> allowed, bool is_needed) {
        const auto value = element_.text(member);
        if (value.empty() && is_needed) missing(member);
        else if (!value.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) bad(member);
    }
    /// Calls `visit` for each object of an array.
    template <class Visit>
    void each(std::string_view member, Visit visit) {
        std::size_t index = 0;
        for (const auto child : element_.children(member)) {
            const auto where = at(member) + '[' + std::to_string(index++) + ']';
            if (child.has_value()) issues_.add(error(IssueCode::invalid, where, "cds-member-type", {where, "object"}));
            else visit(Check(issues_, child, where), child);
        }
    }
    fhir::Element element() const { return element_; }

private:
    Outcome& issues_;
    fhir::Element element_;
    std::string where_;
};

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_id(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    };
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), fits);
}

/// "ServiceRequest/draft-1"
bool is_reference(std::string_view text) {
    const auto slash = text.find('/');
    return slash != text.npos && slash > 0 && text.front() >= 'A' && text.front() <= 'Z' && is_id(text.substr(slash + 1));
}

void check_authorization(Outcome& issues, fhir::Element root) {
    const auto authorization = root.child("fhirAuthorization");
    if (!authorization) return;
    Check check(issues, authorization, "fhirAuthorization");
    for (const auto* member : {"access_token", "token_type", "expires_in", "scope", "subject"}) check.needed(member);
    if (root.text("fhirServer").empty()) issues.add(error(IssueCode::invalid, "fhirServer", "cds-member-missing", {"fhirServer"}));
}

void check_prefetch(Outcome& issues, fhir::Element root) {
    const auto prefetch = root.child("prefetch");
    if (!prefetch) return;
    if (prefetch.has_value()) issues.add(error(IssueCode::invalid, "prefetch", "cds-member-type", {"prefetch", "object"}));
    for (const auto child : prefetch.children()) {
        const auto where = "prefetch." + std::string(child.name());
        if (!child.is_resource()) issues.add(error(IssueCode::invalid, where, "cds-member-type", {where, "resource"}));
    }
}

void check_orders(Check& context) {
    const auto orders = context.element().child("draftOrders");
    if (!orders) context.missing("draftOrders");
    else if (orders.type() != "Bundle") context.not_a("draftOrders", "Bundle");
    std::size_t index = 0;
    for (const auto entry : orders.children("entry")) {
        const auto where = "draftOrders.entry[" + std::to_string(index++) + "].resource";
        if (!entry.child("resource") || !entry.child("resource").is_resource()) context.missing(where);
    }
}

void check_context(Outcome& issues, fhir::Element element, std::string_view hook) {
    Check context(issues, element, "context");
    const bool is_order = hook == "order-select" || hook == "order-sign";
    const bool is_known = is_order || hook == "patient-view" || hook == "order-dispatch" || hook == "appointment-book" ||
                          hook == "encounter-start" || hook == "encounter-discharge";
    if (is_known) {
        const auto patient = context.needed("patientId");
        if (!patient.empty() && !is_id(patient)) context.bad("patientId");
    }
    if (is_known && hook != "order-dispatch") {
        const auto user = context.needed("userId");
        if (!user.empty() && !is_reference(user)) context.bad("userId");
    }
    const auto encounter = element.text("encounterId");
    if (!encounter.empty() && !is_id(encounter)) context.bad("encounterId");
    if (is_order) check_orders(context);
    if (hook != "order-select") return;
    if (!element.child("selections")) context.missing("selections");
    for (const auto selection : element.children("selections")) {
        if (!is_reference(selection.value())) context.bad("selections");
    }
}

void check_suggestion(Check suggestion) {
    suggestion.needed("label");
    suggestion.each("actions", [](Check action, fhir::Element element) {
        action.one_of("type", {"create", "update", "delete"}, true);
        action.needed("description");
        const auto type = element.text("type");
        if ((type == "create" || type == "update") && !element.child("resource").is_resource()) action.missing("resource");
        if (type == "delete" && !element.child("resourceId") && !element.child("resource")) action.missing("resourceId");
    });
}

void check_coding(Check coding, bool with_display) {
    coding.needed("code");
    if (with_display) coding.needed("display");
}

void check_card(Check card, fhir::Element element, Outcome& issues) {
    if (const auto summary = card.needed("summary"); characters(summary) > kSummaryCharactersMax)
        issues.add(warning(IssueCode::invalid, card.at("summary"), "cds-summary-length")); // it is cut off, not refused
    card.one_of("indicator", {"info", "warning", "critical"}, false);
    // The specification asks for it, and its own examples leave it out.
    if (element.text("indicator").empty())
        issues.add(warning(IssueCode::invalid, card.at("indicator"), "cds-member-missing", {card.at("indicator")}));
    if (element.text("source.label").empty()) card.missing("source.label");
    card.each("suggestions", [](Check suggestion, fhir::Element) { check_suggestion(suggestion); });
    card.one_of("selectionBehavior", {"at-most-one", "any"}, static_cast<bool>(element.child("suggestions")));
    card.each("overrideReasons", [](Check reason, fhir::Element) { check_coding(reason, true); });
    card.each("links", [](Check link, fhir::Element) {
        link.needed("label");
        link.needed("url");
        link.one_of("type", {"absolute", "smart"}, false);
    });
}

} // namespace

Outcome check_discovery(fhir::Element root) {
    Outcome issues;
    Check catalogue(issues, root, "");
    catalogue.each("services", [](Check service, fhir::Element element) {
        for (const auto* member : {"hook", "id", "description"}) service.needed(member);
        const auto prefetch = element.child("prefetch");
        if (!prefetch) return;
        for (const auto query : prefetch.children()) {
            if (!query.has_value()) service.not_a("prefetch." + std::string(query.name()), "text");
        }
    });
    return issues;
}

Outcome check_request(fhir::Element root, std::string_view hook) {
    Outcome issues;
    Check request(issues, root, "");
    const auto named = request.needed("hook");
    if (!hook.empty() && !named.empty() && named != hook)
        issues.add(error(IssueCode::invalid, "hook", "cds-hook-differs", {std::string(hook)}));
    request.needed("hookInstance");
    check_authorization(issues, root);
    const auto context = root.child("context");
    if (!context) request.missing("context");
    else if (context.has_value()) request.not_a("context", "object");
    else check_context(issues, context, named);
    check_prefetch(issues, root);
    return issues;
}

Outcome check_response(fhir::Element root) {
    Outcome issues;
    Check response(issues, root, "");
    response.each("cards", [&](Check card, fhir::Element element) { check_card(card, element, issues); });
    return issues;
}

Outcome check_feedback(fhir::Element root) {
    Outcome issues;
    Check body(issues, root, "");
    if (!root.child("feedback")) body.missing("feedback");
    body.each("feedback", [](Check one, fhir::Element) {
        one.needed("card");
        one.one_of("outcome", {"accepted", "overridden"}, true);
    });
    return issues;
}

} // namespace huitong::rest
