/// The store: a totally ordered, hash-chained transaction log; versions and index rows hang off it. Interface; `sqlite/` implements it.
///
/// One process holds a data directory. One writer thread owns the only writing connection, takes all commits that wait and makes them
/// durable with one fsync; readers see snapshots. Threads: `commit` from any coroutine; a ReadView belongs to one thread at a time. Source:
/// design "transaction log first"; FHIR R4 RESTful API, "Managing Resource Contention".
#pragma once

#include "base/key_ring.hpp"
#include "base/limits.hpp"
#include "base/outcome.hpp"
#include "store/rows.hpp"

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <span>

namespace huitong::store {

/// Position in the log; 0 is before everything. Also the sequence token of `_since`.
using LogTime = std::uint64_t;
/// Internal key of one version of one resource; grows with time.
using VersionKey = std::uint64_t;

struct ResourceKey {
    std::string type, id;
    ResourceKey() = default;
    ResourceKey(std::string type_, std::string id_) : type(std::move(type_)), id(std::move(id_)) {}
    auto operator<=>(const ResourceKey&) const = default;
};

/// Status rank of a feed's write: a lower one never replaces a higher one, but `corrected` and `voided` go by their time.
enum class Rank : std::uint8_t { none, preliminary, final_, corrected, voided };

/// Where a write came from, when it came from a feed: decides which of two writes to one business key is the later truth.
struct Precedence {
    std::string source;       ///< feed or institution
    std::string business_key; ///< e.g. filler order number + item
    Instant source_time;
    Rank rank = Rank::none;
};

enum class Action : std::uint8_t { create, update, remove };

struct Write {
    Action action = Action::update;
    ResourceKey key;
    std::string body; ///< JSON without meta.versionId and meta.lastUpdated; the store splices both in on reading ("" for remove)
    std::size_t meta_at =
        0; ///< offset in body where `"versionId":"…","lastUpdated":"…"` goes: just behind `"meta":{` (search::prepare_body makes it)
    IndexRows rows;
    std::optional<std::uint32_t> if_version; ///< version that must be current (0: must not exist or be deleted); else conflict
    std::optional<Precedence> precedence;
    bool superseded = false;         ///< of a version that another hub holds as superseded: kept, never current
    std::vector<std::string> labels; ///< security labels ("PSY", "HIV", "R" …) for the caller filter
    std::string owner;               ///< organisation id that the data came from (tenant)
};

/// Rows that a stored version lacks, because a search parameter was added after it was written. A version that is gone is passed over.
struct LateRows {
    std::string type;
    VersionKey version = 0;
    IndexRows rows;
};

/// Takes a resource's versions out for good: bodies, index rows, and the values that nobody else has. What stays is that there were such
/// versions, and the SHA-256 of their bodies, so that the log can still be verified. The current version of a resource that is not deleted
/// stays as it is.
struct Expunge {
    ResourceKey key;
    bool previous = false; ///< the versions before the current one
    bool deleted = false;  ///< all versions of a resource that is deleted
    std::string patient;   ///< only versions of this patient's compartment, "" = all
};

/// Keys that a conditional criterion touched when it was resolved at `t0`: a later commit that wrote one of them makes the commit fail with
/// `store-guard`. Tokens: system ("*" = any) and code; references: type ("*" = any) and id of the target.
struct Guard {
    std::string type, param, system, code;
};

/// Small named facts beside the resources (links, ledger, watermarks): key-value rows, durable with the commit that carries them.
struct FactWrite {
    std::string table, key, value; ///< with erase = true the row is removed
    bool erase = false;
};

/// Ids of patients, sorted, none twice; copies share one list, however long it is.
class PatientList {
public:
    PatientList() = default;
    PatientList(std::vector<std::string> ids) {
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        if (!ids.empty()) ids_ = std::make_shared<const std::vector<std::string>>(std::move(ids));
    }
    PatientList(std::initializer_list<std::string> ids) : PatientList(std::vector<std::string>(ids)) {}
    const std::vector<std::string>& ids() const {
        static const std::vector<std::string> kNone;
        return ids_ ? *ids_ : kNone;
    }
    bool empty() const { return !ids_; }
    bool contains(const std::string& id) const { return ids_ && std::binary_search(ids_->begin(), ids_->end(), id); }
    bool operator==(const PatientList& other) const { return ids_ == other.ids_ || ids() == other.ids(); }

private:
    std::shared_ptr<const std::vector<std::string>> ids_; ///< nullptr: none
};

/// Instead of a search parameter: a coding anywhere in the content (what a word closes), or of what the resource is about (what it opens).
inline constexpr std::string_view kAnyCoding = "#any", kSubjectCoding = "#subject";
/// A token of a version's index rows, or in a RecordWord of its content; system "*" = any.
struct RowToken {
    std::string param, system, code;
    bool operator==(const RowToken&) const = default;
};

/// What somebody says about a part of one patient's record. It speaks of the versions that fit every list that is not empty (one entry
/// each); of those it closes or opens all but what its exceptions speak of. Source: FHIR R4, Consent.provision.
struct RecordWord {
    bool closes = false;
    std::vector<std::string> types;     ///< "Observation"
    std::vector<std::string> resources; ///< "Observation/12"
    std::vector<std::string> labels;
    std::vector<RowToken> tokens;
    std::vector<RecordWord> exceptions; ///< of several that speak of a version the last counts
    bool is_bounded() const { return !types.empty() || !resources.empty() || !labels.empty() || !tokens.empty(); }
    bool operator==(const RecordWord&) const = default;
};
/// Patient → what is said about the record; of several words the first that speaks of a version counts, and without one it is open.
using RecordWords = std::map<std::string, std::vector<RecordWord>>;

/// What a caller may see; part of every read from the first day. Default: everything.
struct CallerFilter {
    bool unrestricted = true;
    std::string patient_id;                          ///< only this compartment (patient tokens), "" = any
    std::vector<std::string> owners;                 ///< only data of these organisations, empty = any
    std::vector<std::string> denied_labels;          ///< versions that carry one of these do not exist for the caller
    std::vector<std::string> allowed_types;          ///< empty = any
    PatientList denied_patients;                     ///< whose Consent denies this caller
    std::shared_ptr<const RecordWords> record_words; ///< of those whose Consent closes parts of the record; nullptr: nobody's
    using Token = RowToken;                          ///< that a version's rows must hold
    struct TypeCondition {
        std::string type;
        std::vector<Token> tokens; ///< all of them
    };
    std::vector<TypeCondition> conditions; ///< a version of a type that stands here is seen when one of the type's conditions holds
    bool only_by_word = false;             ///< of patients' records no more than `record_words` open
    bool sees_consents = false;            ///< whatever they say of the rest of the record
    /// For writes (Commit::sight). What closes a record to readers does not keep a writer from new versions of what is his own; of some
    /// types nobody else changes it.
    std::string writer;                  ///< as Write::owner, "" = nobody's
    std::vector<std::string> kept_types; ///< that none but their writer changes
};

struct Commit {
    std::vector<Write> writes;
    std::vector<FactWrite> facts; ///< written in the same transaction as the resources
    std::vector<LateRows> late_rows;
    std::optional<TextBlock> text;              ///< passed over when it is not the next block, or its versions are not all there
    std::optional<OccurrenceBlock> occurrences; ///< the same; only Store::tend makes them
    bool gives_way = false;                     ///< of the background: others may have the processor between two writes
    std::vector<Expunge> expunges;              ///< after the writes; gives the commit an entry of the log even when nothing is written
    std::vector<Guard> guards;
    LogTime resolved_at = 0; ///< t0 of the guards
    std::string actor;       ///< client or feed id, for the log
    std::string reason;      ///< "POST Patient", "feed:lis-a", …
    std::string message_id;  ///< source message, "" for REST
    /// Whose write it is. A version outside this sight is neither replaced nor deleted, a security label is not taken off, and nothing is
    /// written into the compartment of another patient. Default: everything may be written.
    CallerFilter sight;
};

struct WriteReceipt {
    ResourceKey key;
    std::uint32_t version = 0;
    bool created = false;
    bool superseded = false; ///< stored as a version, but a higher-ranked or later one stays current
    bool unchanged = false;  ///< same body as the current version: nothing was written
};

struct CommitReceipt {
    LogTime t = 0;
    Instant instant;
    std::vector<WriteReceipt> writes;
    std::uint64_t expunged = 0; ///< versions
};

struct Version {
    ResourceKey key;
    std::uint32_t version = 0;
    VersionKey version_key = 0;
    LogTime t_from = 0;
    Instant updated;
    bool deleted = false;
    bool superseded = false;        ///< never was current: a higher-ranked or later write, or the same commit, replaced it at once
    Action action = Action::update; ///< how this version came to be (create, update, remove)
    std::string body;               ///< complete JSON with meta.versionId and lastUpdated
    std::vector<std::string> labels;
    std::string owner, actor, message_id;
};

/// Sorted, unique version keys visible at the view's t to the view's caller.
using VersionKeys = std::vector<VersionKey>;

enum class Compare : std::uint8_t { eq, ne, gt, lt, ge, le, sa, eb, ap };

/// A number as searched for: `value` as written, [low, high) what its digits imply (for `ap`: what counts as near).
/// gt, lt, ge and le compare with the value; eq, ne, sa, eb and ap with the range. Source: FHIR R4, Search, "number", "prefixes".
struct NumberCondition {
    Compare compare = Compare::eq;
    double value = 0, low = 0, high = 0;
};

/// The database failed while an index was read (damaged file, input or output error). Thrown by IndexView only; `search::run`,
/// `search::find_matches` and the doors' roots turn it into an Outcome.
struct ReadFailure : std::runtime_error {
    explicit ReadFailure(const std::string& text, bool is_of_medium_ = false) : std::runtime_error(text), is_of_medium(is_of_medium_) {}
    bool is_of_medium; ///< the disk or the machine: the same read may pass later
};

/// What was asked was not answered by the instant that the view had been given (`IndexView::end_by`).
struct ReadLate : ReadFailure {
    using ReadFailure::ReadFailure;
};

/// Reads of one snapshot at `t` for one caller. Filters (t, caller) are applied inside. May throw ReadFailure.
class IndexView {
public:
    virtual ~IndexView() = default;
    virtual LogTime t() const = 0;
    /// Reads that are under way at that instant, or begin later, throw ReadLate or answer store-late; nullopt: none does.
    virtual void end_by(std::optional<std::chrono::steady_clock::time_point> deadline) = 0;

    virtual VersionKeys all(const std::string& type) = 0;
    /// nullopt system: any system; nullopt code: any code of that system; "" system: only without system.
    virtual VersionKeys tokens(const std::string& type, const std::string& param, const std::optional<std::string>& system,
                               const std::optional<std::string>& code) = 0;
    virtual VersionKeys references(const std::string& type, const std::string& param, const std::optional<std::string>& target_type,
                                   const std::string& target_id) = 0;
    virtual VersionKeys reference_identifiers(const std::string& type, const std::string& param, const std::string& system,
                                              const std::string& value) = 0;
    virtual VersionKeys dates(const std::string& type, const std::string& param, Compare compare, Instant low, Instant high) = 0;
    /// The unit of a search: canonical UCUM, or a code or text as written (of `system`, "" = any); code "" = any unit.
    struct Unit {
        std::string system, code;
        bool canonical = false;
    };
    virtual VersionKeys quantities(const std::string& type, const std::string& param, const NumberCondition& condition,
                                   const Unit& unit) = 0;
    enum class StringMatch : std::uint8_t { prefix, contains, exact };
    /// `folded` as the rows hold it; `exact` only for an exact match.
    virtual VersionKeys strings(const std::string& type, const std::string& param, StringMatch match, const std::string& folded,
                                const std::string& exact = {}) = 0;
    enum class UriMatch : std::uint8_t { exact, below, above };
    virtual VersionKeys uris(const std::string& type, const std::string& param, UriMatch match, const std::string& uri) = 0;
    /// Versions that have any row of `param`; with a target type, any reference to that type.
    virtual VersionKeys present(const std::string& type, const std::string& param,
                                const std::optional<std::string>& target_type = std::nullopt) = 0;
    /// Row parameters of `type` in use that begin and end so ("code-value-quantity$", "|718-7").
    virtual std::vector<std::string> parameters(const std::string& type, const std::string& prefix, const std::string& suffix) = 0;
    /// Versions whose `param` points at a resource of one of `targets`: a chain's step.
    virtual VersionKeys references_to(const std::string& type, const std::string& param, const VersionKeys& targets) = 0;
    /// Current versions of the resources of `target_type` that the `param` of one of `sources` points at: a reverse chain's step.
    virtual VersionKeys referenced_by(const std::string& type, const std::string& param, const VersionKeys& sources,
                                      const std::string& target_type) = 0;
    /// Newest first; system/code nullopt = any code; `when` nullopt = any date.
    struct DateCondition {
        Compare compare = Compare::eq;
        Instant low, high;
    };
    virtual VersionKeys timeline(const std::string& patient_id, const std::string& type, const std::optional<std::string>& system,
                                 const std::optional<std::string>& code, const std::optional<DateCondition>& when) = 0;
    /// The timeline over all patients: versions with the code (in one of `params`, as rows name them) and a date that fits; of `among`
    /// alone when it is given (sorted), which costs less the fewer there are. nullopt: the store cannot say it sooner than `tokens` and
    /// `dates` together.
    virtual std::optional<VersionKeys> occurrences(const std::string& type, const std::vector<std::string>& params,
                                                   const std::optional<std::string>& system, const std::string& code,
                                                   const DateCondition& when, const VersionKeys* among = nullptr) = 0;
    /// By the instant of the commit that wrote them (`_lastUpdated`).
    virtual VersionKeys updated(const std::string& type, Compare compare, Instant low, Instant high) = 0;
    /// All versions of the patient's compartment, of every type or one.
    virtual VersionKeys compartment(const std::string& patient_id, const std::optional<std::string>& type) = 0;
    /// Versions that hold a word of the text index, or with `open` one that begins so; only keys before `text_end` are known.
    virtual VersionKeys words(const std::string& word, bool open) = 0;
    /// The first key that the text index does not know: the beginning of its next block.
    virtual VersionKey text_end() = 0;
    /// The newest key that the view may see.
    virtual VersionKey newest_key() const = 0;
    /// Estimate for the planner, exact when cheap.
    virtual std::uint64_t count_tokens(const std::string& type, const std::string& param, const std::optional<std::string>& system,
                                       const std::optional<std::string>& code) = 0;
    virtual std::uint64_t count_all(const std::string& type) = 0;

    /// Sort keys of versions for one parameter: lowest (ascending) or highest value per version, in the order of `keys`; missing sorts
    /// last.
    virtual std::vector<std::optional<std::string>> sort_keys(const std::string& type, const std::string& param, const VersionKeys& keys,
                                                              bool highest) = 0;
};

struct HistoryRange {
    LogTime since = 0; ///< exclusive
    LogTime until = 0; ///< inclusive; 0 = the view's t
    std::size_t count = 100;
    bool newest_first = true;
};

/// One reader's snapshot: bodies and versions beside the index.
class ReadView : public IndexView {
public:
    /// Current version, a deletion marker included; nullopt: never existed or hidden from the caller.
    virtual Result<std::optional<Version>> current(const ResourceKey& key) = 0;
    virtual Result<std::optional<Version>> version(const ResourceKey& key, std::uint32_t version) = 0;
    virtual Result<std::vector<Version>> versions(const VersionKeys& keys) = 0;
    /// Key only (no body), for includes and joins.
    virtual std::vector<ResourceKey> resource_keys(const VersionKeys& keys) = 0;
    /// Resources of which any version lies, or once lay, in the patient's compartment, deleted ones too; sorted.
    virtual std::vector<ResourceKey> ever_in_compartment(const std::string& patient_id) = 0;
    /// Key of the current visible version of a resource, 0 when none.
    virtual VersionKey current_key(const ResourceKey& key) = 0;
    /// Patient id of the compartment that the newest version with one lies in ("" = none, or hidden from the caller); a deleted resource
    /// keeps it.
    virtual std::string patient_of(const ResourceKey& key) = 0;
    /// Log in order; type/id empty = all. Also the increment feed for the level above.
    virtual Result<std::vector<Version>> history(const std::string& type, const std::string& id, const HistoryRange& range) = 0;
    /// Log position that was current at an instant (the last entry not later than it).
    virtual LogTime time_at(Instant instant) = 0;
};

struct LogEntry {
    LogTime t = 0;
    Instant instant;
    std::string actor, reason, message_id;
    std::vector<std::pair<ResourceKey, std::uint32_t>> writes;
    std::string previous_hash, hash; ///< SHA-256, lower-case hex
};

class Store {
public:
    virtual ~Store() = default;
    /// Queues the commit; completes after the fsync. Issues: store-conflict (if_version), store-guard, store-hidden, store-label,
    /// store-compartment and store-writer (sight), store-rows (of an older generation), store-queue-full (throttled),
    /// store-full (no-store), store-failed. After a failed fsync every later commit is refused with store-failed; reads go on.
    virtual boost::asio::awaitable<Result<CommitReceipt>> commit(Commit commit) = 0;
    /// The same for threads that are no coroutine (command line, loaders): blocks.
    virtual Result<CommitReceipt> commit_and_wait(Commit commit) = 0;
    /// A snapshot at the newest durable commit (t = 0) or at an earlier t, for the calling thread.
    virtual std::unique_ptr<ReadView> view(CallerFilter filter = {}, LogTime t = 0) = 0;
    virtual LogTime now() const = 0;
    /// Time-ordered server id, unique in this store ("26 characters of base 32").
    virtual std::string new_id() = 0;
    virtual Result<std::vector<LogEntry>> log(LogTime since, std::size_t count) = 0;
    /// Walks the chain; the Outcome names the first bad entry (audit-chain-broken).
    virtual Outcome verify_log() = 0;

    /// From now on writes whose rows are of an older generation are refused with store-rows: they must be made anew. What was taken before
    /// is visible once a later commit is done.
    virtual void require_generation(std::uint32_t generation) = 0;

    virtual Result<void> write_facts(std::vector<FactWrite> facts) = 0;
    virtual std::optional<std::string> fact(const std::string& table, const std::string& key) = 0;
    /// Rows with `from` <= key < `to` in order of key.
    virtual std::vector<std::pair<std::string, std::string>> facts(const std::string& table, const std::string& from, const std::string& to,
                                                                   std::size_t count) = 0;

    /// Does a part of the work that was left for quiet moments: what is sealed with an older key, or not at all, is sealed anew; bodies
    /// leave a dictionary that holds pieces of what was expunged; the first bodies of a store, which had no dictionary, get one; codes and
    /// their times are gathered over all patients. True: there is more.
    virtual Result<bool> tend() = 0;

    /// Called on the writer's thread after each durable commit group, with the newest t; must return quickly.
    virtual void on_commit(std::function<void(LogTime)> listener) = 0;
    /// Counters for /metrics: commits, writes, fsyncs, queue length …
    virtual std::vector<std::pair<std::string, std::uint64_t>> counters() const = 0;
};

struct StoreOptions {
    std::string directory; ///< made when absent
    const Limits* limits = nullptr;
    const Clock* clock = nullptr;
    std::string control_address; ///< written into the lock file beside the pid
    /// Seals bodies, dictionaries and facts; nullptr: the keys that the directory names (KeyRing::of_directory), or none.
    std::shared_ptr<const KeyRing> keys;
};
/// Opens (or makes) the store in a directory. Issues: store-locked (another process holds it), store-damaged, store-version,
/// keys-… (keys that data is sealed with are not there).
Result<std::shared_ptr<Store>> open_store(const StoreOptions& options);

} // namespace huitong::store
