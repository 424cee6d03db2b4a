#include "rest/audit_door.hpp"

#include "base/json_writer.hpp"
#include "feeds/message_record.hpp"
#include "fhir/json.hpp"
#include "rest/plain_scopes.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdlib>

namespace huitong::rest {
namespace {

constexpr std::string_view kWitnessScope = "audit-witness";

} // namespace

std::string write_verification(const audit::Verification& verification) {
    JsonWriter json;
    json.object().count("log_entries", verification.log_entries).count("access_records", verification.access_records);
    json.array("chains");
    for (const auto& [name, count] : verification.chain_entries) json.object().member("name", name).count("entries", count).end_object();
    json.end_array().member("checkpoint", audit::write_checkpoint(verification.heads));
    json.key("issues").raw(feeds::write_issues(verification.issues)).end_object();
    return json.take();
}

std::optional<audit::Verification> read_verification(const std::string& json) {
    const auto parsed = fhir::read_plain_json(json);
    if (parsed.issues.has_errors() || !parsed.value) return std::nullopt;
    const auto root = parsed.value->root();
    const auto heads = audit::read_checkpoint(root.text("checkpoint"));
    if (!heads) return std::nullopt;
    auto number = [](std::string_view text) { return std::strtoull(std::string(text).c_str(), nullptr, 10); };
    audit::Verification out;
    out.heads = *heads;
    out.log_entries = number(root.text("log_entries"));
    out.access_records = number(root.text("access_records"));
    for (const auto chain : root.children("chains")) out.chain_entries[std::string(chain.text("name"))] = number(chain.text("entries"));
    out.issues = feeds::read_issues(root, "issues");
    return out;
}

AuditDoor::Work AuditDoor::verify(std::optional<audit::Checkpoint> kept) {
    auto out = audit::verify(subject_, kept ? &*kept : nullptr);
    // The record that is being written at this moment is not the trace of a power cut.
    std::erase_if(out.issues.issues(), [](const Issue& issue) { return issue.rule == "journal-tail"; });
    co_return json_response(200, write_verification(out));
}

AuditDoor::Work AuditDoor::prove(std::string entry, std::optional<audit::Checkpoint> kept) {
    const auto proof = audit::prove(subject_, entry, kept ? &*kept : nullptr);
    co_return proof ? json_response(200, audit::write_proof(*proof))
                    : json_response(422, "{\"issues\":" + feeds::write_issues(proof.error()) + '}');
}

AuditDoor::Work AuditDoor::own_word() {
    const auto line = checkpointer_.line();
    if (!line) co_return outcome_response(line.error());
    HttpResponse response;
    response.set("Content-Type", "text/plain; charset=utf-8");
    response.body = *line + '\n';
    co_return response;
}

Result<AuditDoor::Work> AuditDoor::work_of(const HttpRequest& request, const access::Caller& caller) {
    const bool may_witness = caller.local_admin || has_scope(caller, kWitnessScope);
    if (request.method == "GET" && request.path == "/audit/checkpoint") {
        if (!may_witness) return Outcome(error(IssueCode::forbidden, "", "access-scope", {std::string(kWitnessScope), "audit"}));
        return own_word();
    }
    if (!caller.local_admin) return Outcome(error(IssueCode::forbidden, "", "rest-local-only"));
    if (request.path != "/audit/verify" && request.path != "/audit/prove") return Outcome(error(IssueCode::not_found, "", "rest-no-route"));
    if (request.method != "POST") return Outcome(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    auto line = std::string_view(request.body);
    std::string entry;
    if (request.path == "/audit/prove") {
        const auto end = std::min(line.find('\n'), line.size());
        entry = line.substr(0, end);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    auto kept = audit::read_checkpoint(line);
    if (!kept && !line.empty()) return Outcome(error(IssueCode::value, "", "audit-checkpoint"));
    return entry.empty() ? verify(std::move(kept)) : prove(std::move(entry), std::move(kept));
}

boost::asio::awaitable<HttpResponse> AuditDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) co_return outcome_response(caller.error());
    auto work = work_of(request, *caller);
    auto refusal = work ? HttpResponse() : outcome_response(work.error());
    // The record comes first: a walk that takes minutes is known from its beginning.
    auto name = "audit-" + request.path.substr(request.path.rfind('/') + 1);
    auto recorded = co_await reception_.record(*caller, std::move(name), "", "", refusal.status, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    if (!work) co_return refusal;
    co_return co_await boost::asio::co_spawn(verifier_, std::move(*work), boost::asio::use_awaitable);
}

} // namespace huitong::rest
