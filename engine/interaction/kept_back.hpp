/// What callers may not ask who see people covered, or none at all. Thread: any.
#pragma once

#include "interaction/interaction.hpp"

namespace huitong::interaction {

/// Answers that are no resources, so that nothing in them can be covered.
bool is_plain(std::string_view interaction);
/// A masked caller asks for nothing by a covered value and gets nothing in a form of its own (access-masked). A client of de-identified
/// exports gets exports, terminology and what the hub can do, nothing else (access-deidentified).
Outcome check_kept_back(const Services& services, const Request& request, std::string_view type, std::string_view interaction);

} // namespace huitong::interaction
