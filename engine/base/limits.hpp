/// Every limit of the product, with its unit in the name and its reason beside it. Configuration may lower or raise those in `Limits`.
/// Source: trust page, goal S8; each has a negative test.
#pragma once

#include <cstddef>
#include <cstdint>

namespace huitong {

struct Limits {
    std::size_t http_header_bytes_max = 8 * 1024;       ///< as Beast's default; a token and a traceparent fit
    std::size_t http_url_bytes_max = 8 * 1024;          ///< longer searches use POST _search
    std::size_t http_body_bytes_max = 16 * 1024 * 1024; ///< a transaction of 5,000 entries of 3 KB
    std::size_t inflated_bytes_max = 64 * 1024 * 1024;  ///< a gzip bomb stops here
    std::size_t inflate_ratio_max = 100;
    std::uint32_t http_header_timeout_ms = 10'000; ///< slow-header attackers
    std::uint32_t http_body_timeout_ms = 60'000;
    std::uint32_t connections_max = 2'000;
    std::uint32_t connections_per_address_max = 256; ///< loopback and listed gateways are exempt
    std::uint32_t json_depth_max = 64;               ///< recursion of readers and writers stays far from the stack's end
    std::uint32_t xml_depth_max = 128;
    std::uint32_t members_per_object_max = 20'000;
    std::uint32_t bundle_entries_max = 5'000;
    std::size_t mllp_message_bytes_max = 16 * 1024 * 1024;
    std::uint64_t fhirpath_steps_max = 1'000'000;
    std::uint32_t search_ms_max = 5'000;
    std::uint32_t search_count_max = 1'000; ///< larger `_count` is capped
    std::uint32_t chain_hops_max = 5;
    std::uint32_t or_values_max = 1'000;
    std::uint32_t writer_queue_max = 4'096;       ///< commits waiting; beyond: throttled (503 or AR)
    std::uint32_t inbox_queue_max = 4'096;        ///< messages waiting for their fsync
    std::uint32_t pipeline_backlog_max = 100'000; ///< messages durable but not yet applied; beyond: back-pressure
    std::uint32_t ack_wait_ms = 5'000;            ///< `ack = "applied"` waits so long for the commit
    std::uint32_t dedup_days = 7;
};

} // namespace huitong
