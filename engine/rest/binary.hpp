/// Binary as bytes: what a browser or an upload tool sees of it. Source: FHIR R4, Binary, "Serving Binary Resources using the RESTful API".
#pragma once

#include "interaction/interaction.hpp"
#include "rest/http.hpp"

namespace huitong::rest {

/// True when the answer to this read of a Binary is to be its content: `Accept` names no form of a resource, `_format` is not there.
bool asks_for_bytes(const HttpRequest& request, const interaction::Request& asked);
/// Turns the resource in `json` into its content under its own media type; false when it has none.
bool write_bytes(const std::string& json, HttpResponse& response);
/// Makes the resource out of content that is sent as it is to Binary; anything else is left alone.
void wrap_bytes(const HttpRequest& request, interaction::Request& asked);

} // namespace huitong::rest
