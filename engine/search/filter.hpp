/// `_filter`: a condition written as an expression. Parsed when the query is read, run as conditions like any other.
/// Source: FHIR R4, "_filter Parameter".
#pragma once

#include "search/search.hpp"

#include <optional>
#include <vector>

namespace huitong::search {

struct Filter {
    enum class Kind : std::uint8_t { test, all_of, any_of, none_of };
    Kind kind = Kind::test;
    std::string path, operation, value; ///< of a test; value escaped as a search value, so that it can stand in one
    std::vector<Filter> parts;
};

/// nullopt: it does not parse, or nests deeper than 16.
std::optional<Filter> read_filter(std::string_view text);

bool is_filter_operation(std::string_view word);

/// A test as a search condition of `type`; `unequal`: what has the parameter and does not fit. nullopt: the operation has no meaning for
/// the parameter's type, or there is no such parameter.
struct FilterTest {
    QueryParameter condition;
    bool unequal = false;
};
std::optional<FilterTest> test_of(const Registry& registry, const std::string& type, const Filter& test);

} // namespace huitong::search
