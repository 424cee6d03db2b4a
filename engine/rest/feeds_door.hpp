/// `/feeds`: what is connected, what could not be applied and why, replay and trace. For the owner of the data directory alone (control
/// socket): a trace shows messages as they came.
///
///   GET  /feeds                          feeds with address and counters
///   GET  /feeds/dead-letters?count=100   messages that became nothing, with their issues
///   GET  /feeds/undelivered?count=100    what a destination refused, or the map could not say, with the reasons
///   GET  /feeds/gaps?count=100           codes that no map translates, most frequent first
///   GET  /feeds/trace?message=M…         or ?resource=Observation/…
///   GET  /feeds/message?message=M…       its bytes as they came
///   POST /feeds/correct?message=M…       the body in place of a dead letter: applied, or refused with the reasons and nothing changed
///   GET  /feeds/touched?map=URL&rule=R   messages that a map, or one rule of it, wrote something of, and whether it is otherwise today
///   POST /feeds/replay?message=M…        or ?feed=NAME: all dead letters of the feed; ?map=URL&rule=R: those that come out otherwise
///   today;
///                                        without any: all dead letters
///   POST /feeds/resend?message=NAME/N    or ?destination=NAME: what was refused is sent again; without either: all of it
#pragma once

#include "feeds/correction.hpp"
#include "feeds/renormaliser.hpp"
#include "rest/fhir_door.hpp"

namespace huitong::rest {

class FeedsDoor final : public Door {
public:
    FeedsDoor(Reception& reception, feeds::Pipeline& pipeline, feeds::DurableInbox& inbox, store::Store& store,
              feeds::Tracer::ContentOf content_of, feeds::CorrectedOf corrected)
        : reception_(reception), pipeline_(pipeline), inbox_(inbox), store_(store), tracer_(pipeline, inbox, store, std::move(content_of)),
          renormaliser_(pipeline, inbox, store, tracer_.content_of()), corrected_(std::move(corrected)) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    HttpResponse list() const;
    HttpResponse dead_letters(std::size_t count) const;
    HttpResponse gaps(std::size_t count) const;
    HttpResponse trace(const HttpRequest& request) const;
    HttpResponse message(const HttpRequest& request) const;
    HttpResponse touched(const HttpRequest& request) const;
    HttpResponse resend(const HttpRequest& request) const;
    boost::asio::awaitable<HttpResponse> replay(HttpRequest request);
    boost::asio::awaitable<HttpResponse> correct(HttpRequest request);

    Reception& reception_;
    feeds::Pipeline& pipeline_;
    feeds::DurableInbox& inbox_;
    store::Store& store_;
    feeds::Tracer tracer_;
    feeds::Renormaliser renormaliser_;
    feeds::CorrectedOf corrected_;
};

} // namespace huitong::rest
