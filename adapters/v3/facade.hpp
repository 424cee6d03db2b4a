/// One SOAP exchange: read, checked, stored or asked, answered. Between the HTTP server and the inbox.
///
/// `?wsdl` describes the port. A request that is no SOAP or no XML is a fault; a message that can be named is answered by its service's own
/// acknowledgement, also when it is refused. Source: SOAP 1.1; HL7 V3, MCCI.
#pragma once

#include "adapters/v3/answer.hpp"
#include "adapters/v3/http_server.hpp"

namespace huitong::adapters::v3 {

struct FacadeSettings {
    huitong::feeds::SourceId source;
    std::string charset; ///< of the feed, "" = what the request says
    std::string device = "HUITONG";
    bool waits_for_commit = false; ///< `ack = applied`
    std::uint32_t ack_wait_ms = 5'000;
    int offset_minutes = 480;
    Language language = Language::zh;
};

/// Any thread: connections call it concurrently. `inbox`, `clock`, `limits` outlive it; `answers` nullptr: questions are refused.
class Facade final : public HttpResponder {
public:
    Facade(const FacadeSettings& settings, const Limits& limits, huitong::feeds::Inbox& inbox, const Clock& clock,
           huitong::feeds::Answers* answers)
        : settings_(settings), limits_(limits), inbox_(inbox), clock_(clock), answers_(answers) {}
    boost::asio::awaitable<HttpReply> reply(HttpQuestion question) override;

private:
    boost::asio::awaitable<std::string> answer(const Received& received, std::string body, const std::string& charset);
    boost::asio::awaitable<std::string> take(const Received& received, std::string body, const std::string& charset);
    boost::asio::awaitable<std::string> ask(const Received& received);
    Stamp stamp() const;

    const FacadeSettings& settings_;
    const Limits& limits_;
    huitong::feeds::Inbox& inbox_;
    const Clock& clock_;
    huitong::feeds::Answers* answers_;
};

/// "gb2312" of `text/xml; charset="gb2312"`; "" without one.
std::string charset_of(std::string_view content_type);

} // namespace huitong::adapters::v3
