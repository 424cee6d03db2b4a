#include "rest/audit_door.hpp"

#include "base/json_writer.hpp"
#include "feeds/message_record.hpp"
#include "fhir/json.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstdlib>

namespace huitong::rest {

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

boost::asio::awaitable<audit::Verification> AuditDoor::verify(std::optional<audit::Checkpoint> kept) {
    auto out = audit::verify(subject_, kept ? &*kept : nullptr);
    // The record that is being written at this moment is not the trace of a power cut.
    std::erase_if(out.issues.issues(), [](const Issue& issue) { return issue.rule == "journal-tail"; });
    co_return out;
}

boost::asio::awaitable<HttpResponse> AuditDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) co_return outcome_response(caller.error());
    if (!caller->local_admin) co_return outcome_response(error(IssueCode::forbidden, "", "rest-local-only"));
    if (request.path != "/audit/verify") co_return outcome_response(error(IssueCode::not_found, "", "rest-no-route"));
    if (request.method != "POST") co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    auto kept = audit::read_checkpoint(request.body);
    if (!kept && !request.body.empty()) co_return outcome_response(error(IssueCode::value, "", "audit-checkpoint"));
    auto recorded = co_await reception_.record(*caller, "audit-verify", "", "", 200, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    auto work = verify(std::move(kept));
    const auto verification = co_await boost::asio::co_spawn(verifier_, std::move(work), boost::asio::use_awaitable);
    co_return json_response(200, write_verification(verification));
}

} // namespace huitong::rest
