/// `/audit`: what the logs are held to account by, while the hub is at work.
///
///   POST /audit/verify       all logs, against a checkpoint in the body or none; the owner of the directory alone (control socket)
///   POST /audit/prove        that one record stands in its log; body: the entry, then a checkpoint or nothing on the next line; the same
///   GET  /audit/checkpoint   the signed heads of this moment, for whoever keeps them: clients with the scope `audit-witness`, and the
///   owner
#pragma once

#include "audit/checkpointer.hpp"
#include "audit/proof.hpp"
#include "rest/fhir_door.hpp"

#include <boost/asio/thread_pool.hpp>

namespace huitong::rest {

/// A verification as JSON and back: counts, heads and issues.
std::string write_verification(const audit::Verification& verification);
/// nullopt: something else.
std::optional<audit::Verification> read_verification(const std::string& json);

class AuditDoor final : public Door {
public:
    AuditDoor(Reception& reception, audit::Subject subject, audit::Checkpointer& checkpointer)
        : reception_(reception), subject_(std::move(subject)), checkpointer_(checkpointer) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    using Work = boost::asio::awaitable<HttpResponse>;
    /// Long walks, on a thread of their own.
    Work verify(std::optional<audit::Checkpoint> kept);
    Work prove(std::string entry, std::optional<audit::Checkpoint> kept);
    Work own_word();
    /// What the request asks for; an Outcome refuses it.
    Result<Work> work_of(const HttpRequest& request, const access::Caller& caller);

    Reception& reception_;
    audit::Subject subject_;
    audit::Checkpointer& checkpointer_;
    boost::asio::thread_pool verifier_{1}; ///< a walk over millions of records takes no worker from anybody
};

} // namespace huitong::rest
