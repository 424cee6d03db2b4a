/// The recognition service: what the doors, the command line and the console ask. Questions become matches; matches, feedback and notices
/// live in the ledger.
///
/// Reading runs on the caller's thread; what is written goes through the ledger's one thread. Thread: any. Everything handed in outlives
/// the service. Source: design "Mutual recognition"; domain page §5 scenarios 1–3.
#pragma once

#include "access/caller.hpp"
#include "identity/identity.hpp"
#include "recognition/images.hpp"
#include "recognition/ledger.hpp"
#include "recognition/question.hpp"
#include "recognition/register_statistics.hpp"
#include "search/search.hpp"

#include <atomic>
#include <set>

namespace huitong::recognition {

/// Scope of a client that may ask for recognition, beside reading Observation (and ImagingStudy for imaging).
inline constexpr std::string_view kScope = "recognition";

struct Services {
    store::Store* store = nullptr;
    const search::Registry* registry = nullptr; ///< its offset and base URL
    const identity::Linker* linker = nullptr;
    const terminology::Terminology* terminology = nullptr;
    const Clock* clock = nullptr;
    ImageServices* images = nullptr; ///< whoever holds images is asked for them; nullptr: the status of its Endpoint counts
};

struct Settings {
    std::string rule_pack = "national-default";
    std::map<std::string, std::string> organization_pack;  ///< receiver → pack
    std::map<std::string, std::set<std::string>> acts_for; ///< client id → institutions it may ask for ("*" = any)
    std::uint32_t budget_ms = 250;                         ///< after this an order goes on without an answer
    std::uint32_t ignored_after_hours = 72;                ///< an offer that nobody answered is closed
};

class Service {
public:
    Service(Services services, std::shared_ptr<const Register> facts, Settings settings);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    /// The institution that asks: the caller's own; another only where the configuration lets this client act for it (or in open mode).
    /// Issues: recognition-receiver-missing, recognition-acting-for (both forbidden).
    Result<std::string> receiver_of(const access::Caller& caller, std::string_view acting_for) const;
    /// Scope `recognition` and reading of results. Issue: access-scope.
    static Outcome may_use(const access::Caller& caller);

    /// Decides, writes the ledger, and answers; `late` and without matches once the budget is spent. Never fails: an order is not delayed.
    boost::asio::awaitable<Advice> ask(access::Caller caller, Question question);
    /// The same without writing anything: `recognition explain`.
    Advice explain(const access::Caller& caller, const Question& question) const;

    /// A match of this receiver as it was decided, with the values as they were then (under the caller's rights of now).
    /// Issue: recognition-unknown-match (also for another institution's match).
    Result<Held> find(const access::Caller& caller, const std::string& receiver, const std::string& match) const;
    /// The doctor has looked at it.
    boost::asio::awaitable<Outcome> mark_viewed(std::string receiver, std::string match, std::string practitioner);
    /// Repeating the same word changes nothing. Issues: recognition-unknown-match, recognition-feedback-…, recognition-reason-….
    boost::asio::awaitable<Outcome> give(std::string receiver, Feedback feedback);
    /// The question of a match asked again now, with today's register.
    Result<Advice> reconsider(const access::Caller& caller, const std::string& receiver, const std::string& match) const;

    /// What another rule pack would have decided, over the entries of the ledger behind `since` (at most `count`): each decision made again
    /// with what its asker could see then, by its own pack and by the other, both over today's register. Writes nothing.
    /// Issue: recognition-simulation-pack.
    struct Difference {
        std::uint64_t sequence = 0;
        std::string at, receiver, order, item, name_zh;
        std::string own, other;               ///< verdicts
        std::string own_saving, other_saving; ///< CNY, "" = none
        std::vector<std::string> reasons;     ///< codes that refuse or are unknown under the other pack
    };
    struct Simulation {
        std::uint64_t last = 0; ///< sequence read last: go on behind it
        std::uint64_t decided = 0, same = 0;
        std::vector<Difference> different;
    };
    Result<Simulation> simulate(const std::string& pack, std::uint64_t since, std::size_t count) const;

    /// What the stored record and the ledger say of a period (half-open): tests done again although a result would have been recognised
    /// (M14), how long results and answers take (M16), care at a distance (M22). `receiver`: this institution's alone, "" = all. Reads
    /// every result of the period; M14 decides at most kRepeatsMax of them anew, each with what the hub knew when the specimen was taken.
    Result<std::vector<RegisterCount>> count_record(Instant from, Instant to, const std::string& receiver) const;
    static constexpr std::size_t kRepeatsMax = 5'000;

    /// Notices to an adopter behind a sequence, in order; the values before and after as far as the caller may see them.
    struct Told {
        Notice notice;
        std::optional<Candidate> before, after;
    };
    std::vector<Told> notices(const access::Caller& caller, const std::string& receiver, std::uint64_t since, std::size_t count) const;
    /// Brings notices, withheld candidates and unanswered offers up to the store's newest commit; exactly once each. Called after commits
    /// and at start; true: there is more to do.
    Result<bool> step();

    /// Swapped in whole; calls under way keep the one they began with.
    void reload(std::shared_ptr<const Register> facts);
    std::shared_ptr<const Register> facts() const;
    /// nullptr: the receiver's pack is not in the register. Valid as long as `facts` is held.
    const RulePack* pack_of(const Register& facts, const std::string& receiver) const;
    const Ledger& ledger() const { return ledger_; }
    const Services& services() const { return services_; }
    int offset_minutes() const { return services_.registry->offset_minutes(); }
    /// questions, late, shown, withheld, notices.
    std::vector<std::pair<std::string, std::uint64_t>> counters() const;

private:
    class Watch;
    struct Decided {
        Advice advice;
        std::string patient;
        store::CallerFilter filter;
        std::shared_ptr<const Register> facts;
    };
    Decided decide_all(const access::Caller& caller, const Question& question, std::chrono::steady_clock::time_point images_until,
                       std::function<bool()> late) const;
    std::string pack_id(const std::string& receiver) const;
    void undeliver(const std::vector<std::pair<std::size_t, std::string>>& offered);
    Result<LedgerBatch> prepare_feedback(const std::string& receiver, const Feedback& feedback, std::uint64_t sequence) const;
    Outcome check_reason(const Held& held, const Feedback& feedback) const;
    /// Without values.
    Result<Held> held(const std::string& receiver, const std::string& match) const;
    /// Of a person's records the receiver's own, where it has one: what is parted from it later was another patient's.
    std::string own_record(const std::string& patient, const std::string& receiver) const;
    bool is_of_person(const std::string& record, const std::string& patient) const;
    void close_unanswered();

    Services services_;
    Settings settings_;
    mutable std::mutex mutex_;
    std::shared_ptr<const Register> facts_;
    Ledger ledger_;
    std::unique_ptr<Watch> watch_;
    struct Counters {
        std::atomic<std::uint64_t> questions{0}, late{0}, shown{0}, withheld{0}, notices{0};
    };
    mutable Counters counters_;
};

} // namespace huitong::recognition
