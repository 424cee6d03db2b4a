/// `/mpi/queue`, `/mpi/explain`, `/mpi/decide` (POST, words as a form): the steward's desk of a running hub, for the owner of the data
/// directory alone (control socket).
#pragma once

#include "identity/steward_desk.hpp"
#include "rest/fhir_door.hpp"

namespace huitong::rest {

class MpiDoor final : public Door {
public:
    MpiDoor(Reception& reception, identity::StewardDesk desk) : reception_(reception), desk_(desk) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    Reception& reception_;
    identity::StewardDesk desk_;
};

} // namespace huitong::rest
