/// GET /documents/DiagnosticReport/ID and /documents/Encounter/ID: the WS/T 500 document of a report or a stay, as XML.
/// `form` asks for another form than the kind's own (C0006, C0007, C0053), `charset` for GB18030 instead of UTF-8.
/// The caller needs the right to read the type; what it may not see is not in the document; a client
/// that sees people covered gets none, and of a covered person there is none. Every answer is in the access log.
#pragma once

#include "interaction/documents.hpp"
#include "rest/fhir_door.hpp"

namespace huitong::rest {

class DocumentDoor final : public Door {
public:
    DocumentDoor(const interaction::Services& services, Reception& reception, const interaction::DocumentWriter& writer)
        : services_(services), reception_(reception), writer_(writer) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    HttpResponse write(const HttpRequest& request, const access::Caller& caller, const store::ResourceKey& key,
                       std::vector<std::string>& told) const;

    const interaction::Services& services_;
    Reception& reception_;
    const interaction::DocumentWriter& writer_;
};

} // namespace huitong::rest
