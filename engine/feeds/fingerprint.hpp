/// A short text by which two trees are told apart: what a message became, kept with its status, so that a later run of other maps can be
/// compared with it and only what differs is mapped a second time (renormaliser.hpp).
/// The same on every machine and in every version of the program. No defence against somebody who wants two trees to be alike.
#pragma once

#include "fhir/tree.hpp"

#include <string>

namespace huitong::feeds {

/// Sixteen hexadecimal digits of the names, kinds and values below `root` in their order; "" of no element.
std::string fingerprint_of(fhir::Element root);

} // namespace huitong::feeds
