/// $expunge: takes out for good what was replaced or deleted. That it was done stays in the transaction log and in the audit trail, and of
/// each version its number, its times and the SHA-256 of its body.
/// Source: none of FHIR's; the parameters are those that other servers made common.
#include "interaction/operations/parameters.hpp"

#include <algorithm>
#include <set>

namespace huitong::interaction {
namespace {

constexpr std::string_view kScope = "huitong/expunge";
constexpr std::size_t kResourcesMax = 10'000; ///< of one compartment
constexpr std::size_t kMessagesMax = 1'000;   ///< that are named

struct Wanted {
    bool previous = false, deleted = false; ///< of what
    bool everything = false;                ///< deletes it first
    bool compartment = false;               ///< everything about the patient
};

/// No right to delete is enough: a deletion can be taken back, this cannot.
bool may_expunge(const access::Caller& caller) {
    return caller.open || caller.local_admin || std::find(caller.scopes.begin(), caller.scopes.end(), kScope) != caller.scopes.end();
}

Result<Wanted> read_wanted(const Services& services, const Request& request, const Route& route) {
    const auto input = OperationInput::read(services, request);
    if (!input) return input.error();
    Wanted out;
    out.previous = input->text("expungePreviousVersions") == "true";
    out.deleted = input->text("expungeDeletedResources") == "true";
    out.everything = input->text("expungeEverything") == "true";
    out.compartment = input->text("expungeCompartment") == "true";
    if (!out.previous && !out.deleted && !out.everything && !out.compartment)
        return Outcome(error(IssueCode::required, "", "operation-parameter", {"expungePreviousVersions"}));
    if (out.compartment && route.type != "Patient")
        return Outcome(error(IssueCode::not_supported, "expungeCompartment", "operation-type", {"expungeCompartment", "Patient"}));
    return out;
}

/// What is to go: the resource itself, or with it all that is or once was in the patient's compartment and no part of the audit trail.
Result<std::vector<store::ResourceKey>> keys_of(store::ReadView& view, const Route& route, const Wanted& wanted) {
    std::vector<store::ResourceKey> out;
    if (wanted.compartment) {
        auto keys = view.ever_in_compartment(route.id);
        if (keys.size() > kResourcesMax)
            return Outcome(error(IssueCode::too_costly, "", "operation-too-many", {std::to_string(kResourcesMax)}));
        for (auto& key : keys) {
            if (!is_append_only(key.type) && key != store::ResourceKey(route.type, route.id)) out.push_back(std::move(key));
        }
    }
    out.emplace_back(route.type, route.id);
    return out;
}

/// Of a deleted resource: whose it was at last.
bool is_of_another(store::ReadView& view, const store::ResourceKey& key, const std::string& patient) {
    return view.patient_of(key) != patient;
}

/// Adds the raw messages that versions of the resource came from: the inbox keeps what it got, for as long as it was told to.
void add_messages(store::ReadView& view, const store::ResourceKey& key, std::set<std::string>& out) {
    constexpr std::size_t kVersionsMax = 1'000;
    store::HistoryRange range;
    range.count = kVersionsMax;
    const auto versions = view.history(key.type, key.id, range);
    if (!versions) return;
    for (const auto& version : *versions) {
        if (!version.message_id.empty() && out.size() < kMessagesMax) out.insert(version.message_id);
    }
}

/// What went, and where the same may still stand.
std::string answer_of(std::uint64_t count, const std::set<std::string>& messages) {
    OperationOutput out;
    out.add_integer("count", count);
    out.add_resource("outcome", operation_outcome(information(IssueCode::informational, "", "operation-expunge-left",
                                                              {std::to_string(messages.size())})));
    for (const auto& message : messages) out.add("message", "String", message);
    return out.finish();
}

} // namespace

boost::asio::awaitable<Response> expunge(const Services& services, Request request, Route route) {
    if (!may_expunge(request.caller)) co_return failed(error(IssueCode::forbidden, "", "access-scope", {"$expunge", route.type}));
    const auto wanted = read_wanted(services, request, route);
    if (!wanted) co_return failed(wanted.error());
    auto view = services.store->view(access::write_sight_of(request.caller));
    const auto known = view->current({route.type, route.id});
    if (!known) co_return failed(known.error());
    if (!*known) co_return failed(error(IssueCode::not_found, "", "rest-not-found", {route.type, route.id}));
    const auto keys = keys_of(*view, route, *wanted);
    if (!keys) co_return failed(keys.error());
    auto commit = make_commit(request, "$expunge " + route.type + '/' + route.id);
    Response response;
    std::set<std::string> messages;
    const bool deletes = wanted->everything || wanted->compartment;
    for (const auto& key : *keys) {
        // What has become another patient's stays, without what it was of this one.
        const bool is_lost = key.type != "Patient" && wanted->compartment && is_of_another(*view, key, route.id);
        if (deletes && !is_lost && view->current_key(key) != 0) commit.writes.push_back(make_removal(request.caller, key.type, key.id));
        add_messages(*view, key, messages);
        store::Expunge one;
        one.key = key;
        one.previous = wanted->previous || is_lost;
        one.deleted = !is_lost && (wanted->deleted || deletes);
        if (is_lost) one.patient = route.id;
        commit.expunges.push_back(std::move(one));
        response.touched.push_back(key);
    }
    view.reset(); // a snapshot kept open would keep what is to go in the database's log
    const auto receipt = co_await services.store->commit(std::move(commit));
    if (!receipt) co_return failed(receipt.error());
    response.body = answer_of(receipt->expunged, messages);
    co_return response;
}

} // namespace huitong::interaction
