/// HL7 v2 feeds: MLLP server and drop folder, decoding to the `V2Message` tree (see tree.hpp for its shape).
///
/// Settings of a feed: `listen` = host:port (port 0: any), `drop` = folder of *.hl7 files, `charset` = auto | name, `ack` = stored |
/// applied, `ack_wait_ms`, `idle_ms`, `poll_ms`, `types`, `versions`, `processing`, `tolerate`, `refuse`, `table.<number>`, `tls_…`,
/// `language` = en | zh. They are explained in docs/guides/feeds-hl7v2.md.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::hl7v2 {

/// `clock` and `answers` (who answers QBP; nullptr: nobody) outlive the adapter. `run` throws boost::system::system_error when the address
/// or the folder cannot be used.
std::unique_ptr<feeds::Adapter> make_hl7v2_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock,
                                                   feeds::Answers* answers = nullptr);

} // namespace huitong::adapters::hl7v2
