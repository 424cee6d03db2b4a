/// Search parameters that would tell what is kept from a caller: by the number of hits, not by what a hit shows. Thread: any; pure.
#pragma once

#include "search/search.hpp"

namespace huitong::access {

/// A parameter as a search names it: "name:exact", "subject:Patient.name", "_has:Patient:link:name:exact".
/// `type`: the type that is searched, "" = every one.

/// Whether a masked caller could find out a covered value: names, telephones, addresses, whole texts; pieces of numbers.
bool reveals_masked(const search::Registry& registry, std::string_view type, std::string_view parameter);
/// Whether it could single out a person in a de-identified export: what is covered, and numbers, ids, days of birth, whose a record is.
bool singles_out(const search::Registry& registry, std::string_view type, std::string_view parameter);

} // namespace huitong::access
