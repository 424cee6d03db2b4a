/// The recognition card page, for hospitals that open a page instead of calling CDS Hooks.
///
///   POST /recognition/launch        as /recognition/matches, with the HIS's token: {"url", "expires_in", "matches", "recognised"}
///   GET  /recognition/card/<code>   the page; the code opens it once, within 60 s, and stands for the caller who launched
///   POST /recognition/card          what the doctor says on the page: session, match, outcome, reason, text
///
/// No address holds a token, a name or a number. A page works for 15 minutes. Only listed origins may frame it.
#pragma once

#include "rest/card/card_page.hpp"
#include "rest/card/image_links.hpp"

namespace huitong::rest {

class CardDoor final : public Door {
public:
    struct Settings {
        std::string hub_url;                ///< "https://hub.example"
        std::vector<std::string> embedders; ///< origins that may frame the page
    };
    CardDoor(recognition::Service& service, Reception& reception, ImageLinks& images, const Clock& clock, Settings settings);
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    /// For whom a page was opened, and what is on it.
    struct Session {
        Asker asker;
        std::vector<std::string> matches;
        bool is_late = false;
        Session() {}
    };
    boost::asio::awaitable<HttpResponse> launch(HttpRequest request);
    boost::asio::awaitable<HttpResponse> open(HttpRequest request);
    boost::asio::awaitable<HttpResponse> take_word(HttpRequest request);
    /// The page of a session as things stand now, recorded.
    boost::asio::awaitable<HttpResponse> show(Session session, std::string code, Language language, std::string message,
                                              std::string interaction);

    recognition::Service& service_;
    Reception& reception_;
    ImageLinks& images_;
    std::string hub_url_, policy_;
    access::OneTime<Session> launches_, sessions_;
};

} // namespace huitong::rest
