/// Forwarding: what changes in the record goes on to a system outside, as messages that a map makes of it.
///
/// The transaction log is the queue. A destination's position in it is a fact of the store, moved after the messages of a commit were
/// answered, so a restart repeats at most one commit; number and bytes of a message depend on the commit alone, so a receiver that knows
/// duplicates takes the repetition for one. Order is that of the log. What the peer cannot be told now is tried again, with longer and
/// longer waits and for ever; what it refuses is kept as a fact of `forward-refused` and the next one goes on. Once the reason is gone it
/// can be asked for again (`ask_again`): the same version under the same number, before anything newer, with what it refers to as that is
/// by then. Not when the resource has a newer version meanwhile, which would be overtaken by an old one.
/// A result that changes while its report does not stands for its report, which goes again with all its results.
/// Thread: `step` and `run` belong to one thread; counters from any. Source: docs/guides/feeds-hl7v2.md, "Sending".
#pragma once

#include "feeds/adapter.hpp"
#include "interaction/interaction.hpp"
#include "mapping/mapping.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <stop_token>

namespace huitong::exchange {

constexpr std::string_view kForwardFacts = "forward";                ///< destination → position in the log
constexpr std::string_view kForwardRefusedFacts = "forward-refused"; ///< "destination/control id" → why, as JSON
constexpr std::string_view kForwardAgainFacts = "forward-again";     ///< "destination/control id" → "": to be sent again

/// One system that is sent to.
struct Destination {
    std::string name;               ///< key of the position: renaming it starts anew
    std::string organization;       ///< whose system it is: what it wrote itself is not sent back
    std::string map;                ///< from a Bundle (the resource, then what it refers to) to the message
    std::vector<std::string> types; ///< of resources whose change makes a message
    int offset_minutes = 480;
    std::uint32_t interval_ms = 1'000, backoff_first_ms = 1'000, backoff_max_ms = 300'000;
};

/// A message tree as bytes of the wire.
using Encode = std::function<Parsed<std::string>(fhir::Element message)>;

class Forwarder {
public:
    /// All that is given outlives the forwarder. A destination that was never sent to starts with what is written from now on.
    Forwarder(Destination destination, const interaction::Services& services, const mapping::MapLibrary& maps,
              std::shared_ptr<feeds::Outlet> outlet, Encode encode);

    /// What the destination's institution may see at that moment; what it may not is neither sent nor referred to with its content.
    /// Without, everything is. Call before `run`.
    using Sight = std::function<store::CallerFilter()>;
    void see_as(Sight sight) { sight_ = std::move(sight); }

    /// Sends what the next commits ask for. False: the peer could not be told, the position stays.
    bool step(const std::stop_token& stop = {});
    void run(const std::stop_token& stop);

    store::LogTime position() const;
    /// forward_<name>_sent …
    std::vector<std::pair<std::string, std::uint64_t>> counters() const;

private:
    bool send_again(const std::stop_token& stop);
    bool forward_commit(const std::vector<store::Version>& versions, const std::stop_token& stop);
    enum class Told { yes, refused, not_yet }; ///< what became of one message; `yes` too when there is nothing to say
    /// `at_time`: of what the version refers to.
    Told forward_version(const store::Version& version, const std::string& control_id, store::LogTime at_time, const std::stop_token& stop);
    fhir::DocumentPtr surroundings_of(const store::Version& version, store::ReadView& view) const;
    feeds::Receipt deliver(const feeds::OutMessage& message);
    Told keep_refusal(const std::string& control_id, const store::Version& version, const Outcome& reasons);
    void wait(std::uint64_t milliseconds, const std::stop_token& stop) const;
    std::optional<std::vector<store::Version>> due_of(const std::vector<store::Version>& versions) const;
    bool takes(std::string_view type) const;
    bool is_news(const store::Version& version) const;

    Destination destination_;
    const interaction::Services& services_;
    const mapping::MapLibrary& maps_;
    std::shared_ptr<feeds::Outlet> outlet_;
    Encode encode_;
    Sight sight_;
    boost::asio::io_context io_;
    std::uint32_t failures_ = 0;
    std::atomic<std::uint64_t> sent_{0}, refused_{0}, retries_{0}, overtaken_{0}, withheld_{0}, replaced_{0};
};

/// A refused message that was asked for.
struct AskedAgain {
    std::string name;          ///< "destination/control id"
    bool is_overtaken = false; ///< the resource has a newer version: this one is forgotten and not sent
};

/// Asks for refused messages to be sent again: one ("destination/control id"), those of a destination ("destination/"), or all ("").
/// Gives them in the order in which they will go out. Thread: any. Issues: those of the store.
Result<std::vector<AskedAgain>> ask_again(store::Store& store, const std::string& which);

} // namespace huitong::exchange
