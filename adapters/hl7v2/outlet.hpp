/// MLLP client: delivers one message at a time and waits for its acknowledgement, matched on MSA-2.
/// Queue, retry and order are the business of feeds. Thread: one coroutine at a time.
/// Source: HL7 v2.5.1, §2.9.2 and appendix C.4.
#pragma once

#include "adapters/hl7v2/wire.hpp"
#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::hl7v2 {

struct OutletSettings {
    std::string host;
    std::uint16_t port = 0;
    std::uint32_t connect_ms = 5'000;
    std::uint32_t ack_wait_ms = 10'000;
    TlsSettings tls;
};

/// Settings `connect` ("host:port"), `connect_ms`, `ack_wait_ms`, `tls_certificate`, `tls_key`, `tls_authorities` of a destination.
OutletSettings read_outlet_settings(const feeds::FeedSettings& settings);

/// `deliver` answers accepted (AA, CA), dead_letter (AE, CE: the peer kept it as wrong), refused (AR, CR), or throttled when nothing is
/// known: no connection, or no ACK in time (then the peer may have it; sending again is safe only when the peer recognises duplicates).
/// Issues: v2-peer-refused, v2-peer-timeout, v2-peer-connection, tls-files. Acknowledgements of other messages are skipped.
/// The connection is kept for the next message and opened anew when it broke.
std::shared_ptr<feeds::Outlet> make_mllp_outlet(OutletSettings settings, const Limits& limits);

} // namespace huitong::adapters::hl7v2
