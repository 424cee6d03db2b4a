#include "rest/recognition/desk.hpp"

#include "rest/form.hpp"

#include <set>

namespace huitong::rest {

Outcome speak_for(const Reception& reception, const HttpRequest& request, const std::string& practitioner, Asker& asker) {
    auto known = asker.caller;
    if (known.open || known.local_admin) return {};
    const bool is_other = asker.receiver != known.organization;
    if (is_other) {
        known.organization = asker.receiver;
        known.practitioner.clear(); // the client's own doctor is none of theirs
    }
    const bool is_named = known.practitioner.empty() && !practitioner.empty();
    if (is_named) known.practitioner = practitioner;
    if (!is_other && !is_named) return {};
    auto again = reception.caller_again(std::move(known), request);
    if (!again) return again.error();
    again->request_id = std::move(asker.caller.request_id);
    asker.caller = std::move(*again);
    return {};
}

boost::asio::awaitable<Result<Asker>> asker_of(Reception& reception, const recognition::Service& service, HttpRequest request) {
    Asker asker;
    Outcome refusal;
    auto caller = reception.caller_of(request);
    if (caller) {
        asker.caller = std::move(*caller);
        refusal = recognition::Service::may_use(asker.caller);
        if (refusal.empty()) {
            std::string acting(request.header("x-acting-organization"));
            if (acting.empty() && asker.caller.local_admin) acting = query_text(request, "organization");
            auto receiver = service.receiver_of(asker.caller, acting);
            if (receiver) asker.receiver = std::move(*receiver);
            else refusal = receiver.error();
            if (receiver) refusal = speak_for(reception, request, "", asker);
        }
    } else {
        refusal = caller.error();
        asker.caller = Reception::stranger(request);
    }
    if (refusal.empty()) co_return std::move(asker);
    const int status = interaction::status_of(refusal);
    auto recorded = co_await reception.record(asker.caller, "denied", "", "", status, {});
    if (!recorded.empty()) co_return recorded;
    co_return refusal;
}

Language language_of(const HttpRequest& request) {
    const auto wanted = request.header("accept-language");
    const auto en = wanted.find("en");
    return en != wanted.npos && en < wanted.find("zh") ? Language::en : Language::zh;
}

std::string query_text(const HttpRequest& request, std::string_view name) { return form_field(request.query, name); }

std::vector<std::string> disclosed(const std::vector<recognition::Match>& matches) {
    std::set<std::string> out;
    for (const auto& match : matches) {
        for (const auto& member : match.members) {
            const auto* shown = match.is_shown() ? member.shown() : nullptr;
            if (!shown) continue;
            out.insert(shown->candidate.resource);
            if (!shown->candidate.report.empty()) out.insert(shown->candidate.report);
        }
    }
    return {out.begin(), out.end()};
}

} // namespace huitong::rest
