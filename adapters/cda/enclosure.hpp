/// A document and the signature that came beside it, kept as one message: a MIME body of two parts, so that both are durable together and
/// whoever posts messages may write it himself. Thread: any; pure; views live as long as the bytes. Source: RFC 2046 §5.1, RFC 2387.
#pragma once

#include <string>
#include <string_view>

namespace huitong::adapters::cda {

struct Enclosure {
    std::string media_type; ///< multipart/related with its boundary
    std::string bytes;
};
Enclosure enclose(std::string_view document, std::string_view signature);

struct Enclosed {
    std::string_view document;
    std::string_view signature; ///< "" = none came
};
/// The first part is the document, the second its signature; of any other media type, and when the parts cannot be told apart, all is
/// document.
Enclosed opened(std::string_view bytes, std::string_view media_type);

} // namespace huitong::adapters::cda
