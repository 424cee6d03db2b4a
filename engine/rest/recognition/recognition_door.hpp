/// `/recognition/`: the JSON API of mutual recognition, for hospitals without CDS Hooks.
///
///   POST /recognition/matches            what may stand in for these orders; writes the ledger
///   POST /recognition/explain            the same with every candidate and rule; writes nothing
///   GET  /recognition/detail?match=…     a match with every rule; marks it viewed
///   GET  /recognition/status?match=…     decided then, and what would be decided now
///   GET  /recognition/reasons            decline reasons of the caller's rule pack
///   POST /recognition/feedback           {"match", "outcome": adopted | declined | cited | withdrawn, "reason", "text"}
///   GET  /recognition/notices?since=…    what was adopted and has changed
///
/// Described with examples in docs/guides/recognition.md.
#pragma once

#include "rest/recognition/desk.hpp"

namespace huitong::rest {

class RecognitionDoor final : public Door {
public:
    RecognitionDoor(recognition::Service& service, Reception& reception) : service_(service), reception_(reception) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    /// An answer with what it discloses; recorded before it leaves.
    struct Answered {
        HttpResponse response;
        std::string id;
        std::vector<std::string> resources;
        Answered() {}
    };
    boost::asio::awaitable<Answered> dispatch(const HttpRequest& request, Asker& asker);
    boost::asio::awaitable<Answered> matches(const HttpRequest& request, Asker& asker);
    boost::asio::awaitable<Answered> detail(const HttpRequest& request, const Asker& asker);
    boost::asio::awaitable<Answered> feedback(const HttpRequest& request, Asker& asker);
    Answered explain(const HttpRequest& request, Asker& asker) const;
    Answered status(const HttpRequest& request, const Asker& asker) const;
    Answered reasons(const Asker& asker) const;
    Answered notices(const HttpRequest& request, const Asker& asker) const;

    recognition::Service& service_;
    Reception& reception_;
};

/// The question of a body of /recognition/matches; `receiver` and practitioner come from the asker. Issues: json-…, recognition-question,
/// recognition-orders-max.
Result<recognition::Question> read_question(const std::string& body, const Asker& asker, int offset_minutes);

} // namespace huitong::rest
