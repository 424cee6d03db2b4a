/// CDA feeds: clinical documents dropped into a folder as *.xml, one document a file: WS/T 500 C0001–C0053 and any other CDA R2.
/// Settings: `drop` = folder, `poll_ms`, `charset` (wins over what the XML declaration says), `authorities` = folder whose authorities'
/// signatures count. A signature beside report.xml is report.xml.p7s (CMS) or report.xml.sig (XML), put there before it. The tree is
/// read_document's with what was found of signatures (signed_tree.hpp): the same for the same bytes as long as the authorities and their
/// lists are the same. Source: HL7 CDA R2; WS/T 500-2016.
#pragma once

#include "base/limits.hpp"
#include "feeds/adapter.hpp"

namespace huitong::adapters::cda {

std::unique_ptr<feeds::Adapter> make_cda_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock);

} // namespace huitong::adapters::cda
