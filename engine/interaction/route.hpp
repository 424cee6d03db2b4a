/// Which interaction a request asks for: the one table of the FHIR service. Doors, access, audit and the capability statement read it.
/// Source: FHIR R4, RESTful API, "Summary".
#pragma once

#include "interaction/interaction.hpp"

#include <span>

namespace huitong::interaction {

struct Route {
    std::string type, id, operation, file;
    std::string compartment;   ///< type of the owner (its id is `id`) in a compartment search; `type` is what is looked for
    std::uint32_t version = 0; ///< of a vread
    bool conditional = false;  ///< criteria stand in the query (PUT Patient?identifier=…)
};

using Handler = boost::asio::awaitable<Response> (*)(const Services& services, Request request, Route route);

struct InteractionRow {
    std::string_view name; ///< code of restful-interaction, or "$operation"
    std::string_view method;
    std::string_view shape; ///< steps: "" system, T type, I id, H _history, V version, S _search, O $operation, M metadata, A the OpenAPI
                            ///< description, J job of an operation (its id), F file of a job
    char right;             ///< SMART letter that the caller needs: c r u d s; 'x' = each entry is checked, '-' = open
    Handler handler;
};

std::span<const InteractionRow> interactions();

struct Routed {
    const InteractionRow* row = nullptr;
    Route route;
    Outcome issues; ///< why there is no row
};
Routed find_route(const Request& request);
/// Types that may be created and never updated or deleted over this interface, by nobody: the audit.
bool is_append_only(std::string_view type);

} // namespace huitong::interaction
