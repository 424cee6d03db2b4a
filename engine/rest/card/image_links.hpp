/// Ways from a match to its images without a name or a token in any address.
///
///   card or page   link   GET /recognition/images/<code>     once, within 15 minutes: 303 to the viewer with a ticket
///   viewer         POST /recognition/images/redeem           {"code": ticket}, once, within 60 s: which study, and where it is
///
/// The viewer is a client of its own with the scope `recognition-viewer`. Both steps are recorded for whoever asked. Thread: any.
#pragma once

#include "access/one_time.hpp"
#include "rest/recognition/desk.hpp"

namespace huitong::rest {

inline constexpr std::string_view kViewerScope = "recognition-viewer";

/// What a link or a ticket opens.
struct ImageWay {
    Asker asker;
    std::string match, resource; ///< "ImagingStudy/…"
    std::string study, address;  ///< UID, and the DICOMweb service
    ImageWay() {}
};

class ImageLinks {
public:
    /// `viewer`: an address with "{code}" in it, "" = no viewer and no links. `hub_url`: "https://hub.example".
    ImageLinks(const Clock& clock, std::string hub_url, std::string viewer);
    /// "" when there is no viewer, or the match shows no images.
    std::string link(const Asker& asker, const recognition::Match& match);
    std::optional<ImageWay> take_link(std::string_view code) { return links_.take(code); }
    /// The viewer's address with a ticket for this way.
    std::string viewer_address(const ImageWay& way);
    std::optional<ImageWay> take_ticket(std::string_view code) { return tickets_.take(code); }

private:
    std::string hub_url_, viewer_;
    access::OneTime<ImageWay> links_, tickets_;
};

class ImagesDoor final : public Door {
public:
    ImagesDoor(ImageLinks& links, Reception& reception) : links_(links), reception_(reception) {}
    boost::asio::awaitable<HttpResponse> answer(HttpRequest request) override;

private:
    boost::asio::awaitable<HttpResponse> open(HttpRequest request);
    boost::asio::awaitable<HttpResponse> redeem(HttpRequest request);

    ImageLinks& links_;
    Reception& reception_;
};

} // namespace huitong::rest
