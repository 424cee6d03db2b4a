/// Loads into a running hub over HTTP. Transactions and batches are posted as they are; resources of their own travel together in
/// transactions of PUT entries, and one by one when the hub refuses them together.
#pragma once

#include "exchange/bulk/loader.hpp"
#include "exchange/http_client.hpp"
#include "interaction/interaction.hpp"

#include <mutex>

namespace huitong::exchange {

struct HubTarget {
    std::string url;   ///< FHIR base
    std::string token; ///< "" = none
    HttpLimits http;
};

class HttpSink final : public LoadSink {
public:
    /// Needs definitions and limits of the services, no store.
    HttpSink(const interaction::Services& services, HubTarget target);
    ~HttpSink() override;
    void prepare(LoadPiece& piece) override;
    void finish(LoadPiece piece) override;
    void flush() override {}
    /// Issues: exchange-unauthorized, those of HttpClient.
    const Outcome& broken() const override { return broken_; }

private:
    struct Posting;
    struct Postings;
    void post(Posting& posting);
    std::unique_ptr<HttpClient> take_client();
    void finish_posting(Posting posting);

    interaction::Services services_;
    Limits limits_;
    HubTarget target_;
    Outcome broken_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<HttpClient>> idle_;
};

} // namespace huitong::exchange
