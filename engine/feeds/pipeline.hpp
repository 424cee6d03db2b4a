/// A message's way from its bytes to the shared record, spelled once: the inbox, replay and `feed test` run the same steps.
///
///   assemble → front check → decode → map → organizations → merges → items → resolve → keep → left-out → provenance → commit
///
/// A step that finds an error ends the way: the message becomes a dead letter with the reason, and nothing of it is stored beside that
/// fact. What a message writes, its status, its links and its Provenance are one commit of the store. Thread: any worker; messages of one
/// patient come one after another (dispatcher.hpp). Source: design "A message's way".
#pragma once

#include "feeds/durable_inbox.hpp"
#include "interaction/bundle.hpp"
#include "mapping/mapping.hpp"

#include <map>

namespace huitong::feeds {

/// One connected feed. The adapter outlives the pipeline.
struct Feed {
    FeedSettings settings;
    const Adapter* adapter = nullptr;
};

/// One message under way, with what each step found.
struct Passage {
    StoredMessage message;
    const Feed* feed = nullptr;
    fhir::DocumentPtr source;  ///< as the adapter decoded it
    mapping::RunResult mapped; ///< the transaction that the map made of it
    std::string outcome;       ///< its fingerprint as the map left it; "" without a map
    std::optional<interaction::PreparedTransaction> prepared;
    std::vector<fhir::DocumentPtr> left_out; ///< stored versions that the commit enters in error (left_out.hpp); entries point into them
    std::vector<MessageId> joined;           ///< parts that were put together with this one, their last
    bool is_part = false;                    ///< of a message that a later one completes: kept, nothing is made of it yet
    Outcome issues;                          ///< of all steps so far
    std::string_view stopped_at;             ///< name of the step that found an error, "" = none did
    std::vector<std::string> resources;      ///< "Observation/…" that the commit writes
    Passage() {}
};

/// Maps and feeds as they were when a message ran.
struct PastContent {
    std::shared_ptr<const mapping::MapLibrary> maps;
    std::vector<Feed> feeds;
};

/// Codes that no map translated, over all messages, most frequent first.
struct SeenGap {
    mapping::Gap gap;
    std::uint64_t count = 0;
};

using FindMessage = std::function<Result<StoredMessage>(const MessageId&)>;
/// All Patient ids of the person that a Patient is of (identity::Linker::same_person).
using SamePerson = std::function<std::vector<std::string>(const std::string& patient_id)>;

class Pipeline final : public Applier {
public:
    /// `content_id` names maps and feeds in the status of every message.
    Pipeline(const interaction::Services& services, std::shared_ptr<const mapping::MapLibrary> maps, std::vector<Feed> feeds,
             std::string content_id = {});

    boost::asio::awaitable<Receipt> apply(StoredMessage message) override;
    boost::asio::awaitable<Receipt> give_up(StoredMessage message, Outcome why) override;
    /// Runs the steps up to the commit and stores nothing; with the maps and feeds of today, or with those of then.
    Passage rehearse(StoredMessage message) const;
    Passage rehearse(StoredMessage message, const PastContent& then) const;

    /// Where earlier parts of a broken message are read from (DurableInbox::find). Set before messages run.
    void read_messages_with(FindMessage find) { find_ = std::move(find); }

    /// Who is one person by matching; without it only equal numbers count. Set before messages run.
    void know_persons_by(SamePerson same_person) { same_person_ = std::move(same_person); }

    /// Told of every message that becomes a dead letter, from the worker that ran it. Set before messages run.
    void on_dead_letter(std::function<void(const MessageId&, const Outcome&)> listener) { buried_ = std::move(listener); }

    /// Parts of messages whose rest did not come in a day become dead letters; how many. Blocks; for a thread that has time.
    std::size_t bury_forsaken_parts();

    const Feed* find_feed(std::string_view name) const;
    const std::vector<Feed>& feeds() const { return feeds_; }
    const mapping::MapLibrary& maps() const { return *maps_; }
    const std::string& content_id() const { return content_id_; }
    std::vector<SeenGap> gaps(std::size_t count) const;
    std::uint64_t applied() const { return applied_.load(); }
    std::uint64_t dead_letters() const { return dead_letters_.load(); }
    /// Messages of which something is not current, because a higher status or a later time holds.
    std::uint64_t put_aside() const { return put_aside_.load(); }

private:
    boost::asio::awaitable<void> write_status_again(const Passage& passage, const Receipt& receipt);
    boost::asio::awaitable<Receipt> keep_part(Passage passage);
    boost::asio::awaitable<Receipt> bury(Passage passage);
    /// What is kept of the message's end: its state, what it wrote, by which content and with which outcome.
    std::string status_of(const Passage& passage, const Receipt& receipt) const;
    store::Commit burial(const RawMessage& message, const Receipt& receipt) const;
    void note_burial(const Receipt& receipt);
    void note_gaps(const std::vector<mapping::Gap>& gaps);

    const interaction::Services& services_;
    std::shared_ptr<const mapping::MapLibrary> maps_;
    std::vector<Feed> feeds_;
    std::string content_id_;
    std::map<std::string, const Feed*, std::less<>> by_name_;
    FindMessage find_;
    SamePerson same_person_;
    std::function<void(const MessageId&, const Outcome&)> buried_;
    std::atomic<std::uint64_t> applied_{0}, dead_letters_{0}, put_aside_{0};
    mutable std::mutex mutex_;
    std::map<std::string, SeenGap> gaps_;
};

} // namespace huitong::feeds
