/// Which format an answer has. Source: FHIR R4 RESTful API §3.1.0.1.11, "Content Types and encodings"; RFC 9110 §12.5.1.
#pragma once

#include "rest/http.hpp"

#include <optional>

namespace huitong::rest {

enum class Format : std::uint8_t { json, xml };

struct Media {
    Format format = Format::json;
    std::string type = "application/fhir+json"; ///< without parameters; a generic type that was asked for is named back
    std::string content_type() const { return type + "; charset=utf-8"; }
};

/// `_format` wins over Accept; of several the one with the highest quality, then the first. nullopt: nothing acceptable.
std::optional<Media> wanted_media(const HttpRequest& request);

} // namespace huitong::rest
