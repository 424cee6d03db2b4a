/// One message in, its acknowledgements out: front check, inbox, then the words. Between listener and inbox.
/// Source: HL7 v2.5.1, §2.9.2 (original mode) and §2.9.3 (enhanced mode).
#pragma once

#include "adapters/hl7v2/ack.hpp"
#include "adapters/hl7v2/listener.hpp"

namespace huitong::adapters::hl7v2 {

struct ReceiverSettings {
    feeds::SourceId source;
    FrontRules rules;
    bool waits_for_commit = false; ///< `ack = applied`, original mode only
    std::uint32_t ack_wait_ms = 5'000;
    int offset_minutes = 480;
    Language language = Language::en;
};

/// Any thread: sessions call it concurrently. `inbox` and `clock` outlive it.
class Receiver final : public Responder {
public:
    /// `answers`: who answers queries (QBP), nullptr = nobody; outlives it too.
    Receiver(const ReceiverSettings& settings, feeds::Inbox& inbox, const Clock& clock, feeds::Answers* answers = nullptr)
        : settings_(settings), inbox_(inbox), clock_(clock), answers_(answers) {}
    boost::asio::awaitable<void> respond(std::string message, FrameWriter& out) override;

private:
    boost::asio::awaitable<void> respond_one(std::string message, FrameWriter& out);
    /// A query is answered and not kept.
    boost::asio::awaitable<void> respond_query(std::string message, const Envelope& envelope, FrameWriter& out);
    boost::asio::awaitable<void> respond_batch(std::string batch, FrameWriter& out);
    bool is_kept(const Envelope& envelope);
    AckStamp stamp();
    std::string ack(const Envelope& envelope, const Answer& answer, AckMode mode);

    const ReceiverSettings& settings_;
    feeds::Inbox& inbox_;
    const Clock& clock_;
    feeds::Answers* answers_;
    std::atomic<std::uint32_t> acks_{0};
    std::atomic<std::uint32_t> headless_{0};
};

} // namespace huitong::adapters::hl7v2
