/// `/audit`: the verification of all logs, for the owner of the data directory alone (control socket), while the hub is at work.
///
///   POST /audit/verify   body: a checkpoint kept elsewhere, or nothing
#pragma once

#include "audit/verify.hpp"
#include "rest/fhir_door.hpp"

#include <boost/asio/thread_pool.hpp>

namespace huitong::rest {

/// A verification as JSON and back: counts, heads and issues.
std::string write_verification(const audit::Verification& verification);
/// nullopt: something else.
std::optional<audit::Verification> read_verification(const std::string& json);

class AuditDoor final : public Door {
public:
    AuditDoor(Reception& reception, audit::Subject subject) : reception_(reception), subject_(std::move(subject)) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    boost::asio::awaitable<audit::Verification> verify(std::optional<audit::Checkpoint> kept);

    Reception& reception_;
    audit::Subject subject_;
    boost::asio::thread_pool verifier_{1}; ///< a walk over millions of records takes no worker from anybody
};

} // namespace huitong::rest
