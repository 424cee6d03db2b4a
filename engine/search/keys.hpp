/// A search for its matches alone, without pages, bodies and includes.
#pragma once

#include "search/search.hpp"

namespace huitong::search {

/// Sorted keys of all matches of a query on one type. Issues: those of `run`.
Result<store::VersionKeys> matching_keys(const Registry& registry, store::ReadView& view, const Query& query, const Limits& limits);

} // namespace huitong::search
