/// $closure: a client names a table, adds concepts as it meets them, and is told which of them are below which others.
/// The tables live as long as the program; a client that asks for one that is gone is told so and starts anew, as the standard wants.
/// Source: FHIR R4, ConceptMap $closure; Terminology Service, "Maintaining a Closure Table". Thread: any.
#pragma once

#include "terminology/operations/operations.hpp"

#include <map>
#include <mutex>

namespace huitong::terminology {

class ClosureTables {
public:
    /// `owner`: who keeps the table; names of different owners are apart. Parameters: name; concept (Coding, any number) adds concepts and
    /// answers with the pairs that are new; version alone answers with the pairs since then; neither begins the table anew.
    /// The answer is a ConceptMap: each element's target subsumes it.
    OperationAnswer answer(const Library& library, const OperationInput& input, const OperationSettings& settings,
                           const std::string& owner);

private:
    struct Pair {
        Coding below, above;
        std::uint64_t version;
    };
    struct Table {
        std::uint64_t version = 0;
        std::vector<Coding> concepts;
        std::vector<Pair> pairs;
    };
    void add(OperationContext& context, Table& table, const std::vector<fhir::Element>& concepts);

    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, Table> tables_; ///< by owner and name
};

} // namespace huitong::terminology
