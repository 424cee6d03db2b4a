/// `/store`: care of the data directory while the hub runs, for the directory's owner alone (control socket).
///
///   POST /store/backup?to=FOLDER   a backup in a new folder
///   POST /store/keys               reads the key file anew: from now on its newest key seals
///   GET  /store/verify             the database, the chain of its log and the journal of accesses
#pragma once

#include "rest/fhir_door.hpp"

#include <functional>

namespace huitong::rest {

class StoreDoor final : public Door {
public:
    /// What the hub does; the answer is JSON, or issues. Each works on a thread of its own and calls `done` once.
    using Done = std::function<void(Result<std::string>)>;
    struct Care {
        std::function<void(std::string to, Done done)> backup;
        std::function<void(Done done)> verify;
        std::function<Result<std::string>()> reload_keys;
    };
    StoreDoor(Reception& reception, Care care) : reception_(reception), care_(std::move(care)) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    boost::asio::awaitable<Result<std::string>> work(const std::string& what, std::string to);

    Reception& reception_;
    Care care_;
};

} // namespace huitong::rest
