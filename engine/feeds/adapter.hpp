/// The adapter's door: one kind of feed knows its wire and its source model, not FHIR and not the store.
/// Types that travel through coroutines by value have a constructor (g++ 12 destroys aggregate temporaries in awaited calls twice).
#pragma once

#include "base/instant.hpp"
#include "base/outcome.hpp"
#include "fhir/tree.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace huitong::feeds {

namespace asio = boost::asio;

using SourceId = std::string;  ///< name of the feed in the configuration
using MessageId = std::string; ///< assigned by the inbox, time-ordered

/// One message as it arrived, with what its frame and header say.
struct RawMessage {
    SourceId source;
    std::string media_type; ///< "x-application/hl7-v2+er7", "text/csv;row", "application/dicom+json", "application/fhir+json"
    std::string bytes;
    Instant received_at;
    std::string control_id;              ///< MSH-10 or its like; "" when the wire has none
    std::string sender;                  ///< MSH-3/4 or its like
    std::string charset;                 ///< as decided by the adapter (feed setting, MSH-18), for decode and trace
    std::vector<std::string> order_keys; ///< patient identifiers: messages that share one are applied in order
    Outcome front_check;
    std::string continues;    ///< pointer under which an earlier message broke off that goes on here, "" = it begins by itself
    std::string continued_by; ///< pointer under which a later message goes on, "" = it is whole, or the last part
    RawMessage() {}
};
static_assert(!std::is_aggregate_v<RawMessage>);

/// accepted: durable (and, for `applied`, committed). dead_letter: kept with a reason. duplicate: seen before, same answer, nothing new.
/// refused: not kept beyond a count and a sample. throttled: the queue is full, the sender may retry.
enum class Disposition : std::uint8_t { accepted, duplicate, dead_letter, refused, throttled, pending };

/// What the sender is told; the adapter words it (MSA-1, HTTP or DIMSE status).
struct Receipt {
    MessageId id;
    Disposition disposition = Disposition::accepted;
    Outcome issues;
    Receipt() {}
};

/// Two answers: `stored` when the bytes are durable, `applied` when the resources are committed or the message became a dead letter.
struct Ticket {
    Receipt stored;
    asio::awaitable<Receipt> applied; ///< await at most once; dropping it is fine, a cancelled wait ends at once as `pending`
    Ticket(Receipt stored_, asio::awaitable<Receipt> applied_) : stored(std::move(stored_)), applied(std::move(applied_)) {}
    Ticket(Ticket&&) = default;
    Ticket& operator=(Ticket&&) = default;
};

/// Where messages go. `take` completes once the bytes are durable.
class Inbox {
public:
    virtual asio::awaitable<Ticket> take(RawMessage message) = 0;

protected:
    ~Inbox() = default;
};

/// A message on its way out.
struct OutMessage {
    std::string destination, media_type, bytes, control_id;
    OutMessage() {}
};

/// Where outgoing messages leave; queue, retry, order and dedup stay in feeds.
class Outlet {
public:
    virtual asio::awaitable<Receipt> deliver(const OutMessage& message) = 0;

protected:
    ~Outlet() = default;
};

struct Query {
    std::string name;
    fhir::DocumentPtr parameters;
    SourceId source;
    Query() {}
};

/// Answers a peer's query (QBP, V3 query, C-FIND) under that peer's rights; implemented over interaction, adapters only encode and decode.
class Answers {
public:
    virtual asio::awaitable<Parsed<fhir::DocumentPtr>> answer(Query query) = 0;

protected:
    ~Answers() = default;
};

/// One kind of feed.
class Adapter {
public:
    virtual ~Adapter() = default;
    virtual asio::awaitable<void> run(Inbox& inbox) = 0; ///< serves until cancelled; all sessions end before it returns
    virtual Parsed<fhir::DocumentPtr>
    decode(const RawMessage& message) const = 0; ///< pure: same bytes, same tree; never fails, reports issues
    /// The parts of one message, in their order, as the whole with its front check; only wires that break messages have such. Pure.
    virtual RawMessage assemble(const std::vector<RawMessage>& parts) const { return parts.back(); }
    /// Settings of its block in the configuration, e.g. the bound address, for `ready` and `feed list`.
    virtual std::string address() const { return {}; }
    /// What keeps messages from coming just now (the peer is away, the login is refused); empty while all is well. Any thread.
    virtual Outcome trouble() const { return {}; }
    /// A look at the peer without taking anything, for `doctor`; blocks, bounded in time. Empty: there is no peer to look at. Codes say
    /// whose side it is: informational = all is well, transient or timeout = the line, processing or structure = the peer, others = our
    /// settings.
    virtual Outcome probe() const { return {}; }
};

/// One feed of the configuration: `[[feed]]` name, kind, map and the adapter's own settings as text.
struct FeedSettings {
    SourceId name;
    std::string kind;         ///< "hl7v2", "tabular", "sql", "dicom", "fhir" …
    std::string organization; ///< institution code the data belong to
    std::string map;          ///< canonical of the map to run
    int offset_minutes = 480;
    std::vector<std::pair<std::string, std::string>> settings; ///< e.g. {"listen","127.0.0.1:2575"}, {"charset","GBK"}, {"ack","stored"}
    std::string setting(std::string_view key, std::string fallback = {}) const {
        for (const auto& [name_, value] : settings)
            if (name_ == key) return value;
        return fallback;
    }
};

} // namespace huitong::feeds
