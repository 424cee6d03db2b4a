/// `/cds-services`: CDS Hooks 2.0.
///
///   GET  /cds-services                              what there is (open: it says nothing about anybody)
///   POST /cds-services/recognition-order-select     cards for the selected draft orders
///   POST /cds-services/recognition-order-sign       cards for all draft orders
///   POST /cds-services/{id}/feedback                what the doctor did with the cards
///
/// An order is never delayed: without an answer in time the array of cards is empty.
#pragma once

#include "rest/card/image_links.hpp"
#include "rest/cds/cards.hpp"

namespace huitong::rest {

class CdsDoor final : public Door {
public:
    CdsDoor(recognition::Service& service, Reception& reception, ImageLinks& images)
        : service_(service), reception_(reception), images_(images) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    boost::asio::awaitable<HttpResponse> call(HttpRequest request, CdsService service, Asker asker);
    boost::asio::awaitable<HttpResponse> feedback(HttpRequest request, Asker asker);
    boost::asio::awaitable<HttpResponse> refuse(Asker asker, std::string interaction, Outcome issues);

    recognition::Service& service_;
    Reception& reception_;
    ImageLinks& images_;
};

} // namespace huitong::rest
