/// Why a signature does not count, as an issue: a warning, because the document is kept. Internal to the room.
#pragma once

#include "base/outcome.hpp"

namespace huitong::signature {

/// `rule`: a row of engine/base/catalogue/signature.tsv.
inline Issue refusal(IssueCode code, std::string rule) { return warning(code, "signature", std::move(rule)); }

} // namespace huitong::signature
