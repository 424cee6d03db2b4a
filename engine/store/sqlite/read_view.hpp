/// One reader's snapshot: a read-only connection from the store's pool inside a read transaction, with the view's position and caller
/// applied to every answer. read_view.cpp: bodies and history; value_reads.cpp, range_reads.cpp, link_reads.cpp: the indexes;
/// sort_reads.cpp: keys of an order; text_reads.cpp: words; occurrence_reads.cpp: a code in a time.
#pragma once

#include "store/sqlite/coded_content.hpp"
#include "store/sqlite/writer.hpp"

#include <unordered_set>

namespace huitong::store {

/// Idle read-only connections. Thread: any.
class ReaderPool {
public:
    explicit ReaderPool(std::string file) : file_(std::move(file)) {}
    std::unique_ptr<Connection> take();
    void put(std::unique_ptr<Connection> connection);

private:
    std::string file_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

class SqliteReadView final : public ReadView {
public:
    SqliteReadView(Shared& shared, ReaderPool& pool, CallerFilter filter, LogTime t);
    ~SqliteReadView() override;

    LogTime t() const override { return t_; }
    void end_by(std::optional<std::chrono::steady_clock::time_point> deadline) override { connection_->end_by(deadline); }
    VersionKeys all(const std::string& type) override;
    VersionKeys tokens(const std::string& type, const std::string& param, const std::optional<std::string>& system,
                       const std::optional<std::string>& code) override;
    VersionKeys references(const std::string& type, const std::string& param, const std::optional<std::string>& target_type,
                           const std::string& target_id) override;
    VersionKeys reference_identifiers(const std::string& type, const std::string& param, const std::string& system,
                                      const std::string& value) override;
    VersionKeys dates(const std::string& type, const std::string& param, Compare compare, Instant low, Instant high) override;
    VersionKeys quantities(const std::string& type, const std::string& param, const NumberCondition& condition, const Unit& unit) override;
    VersionKeys strings(const std::string& type, const std::string& param, StringMatch match, const std::string& folded,
                        const std::string& exact) override;
    VersionKeys uris(const std::string& type, const std::string& param, UriMatch match, const std::string& uri) override;
    VersionKeys present(const std::string& type, const std::string& param, const std::optional<std::string>& target_type) override;
    std::vector<std::string> parameters(const std::string& type, const std::string& prefix, const std::string& suffix) override;
    VersionKeys references_to(const std::string& type, const std::string& param, const VersionKeys& targets) override;
    VersionKeys referenced_by(const std::string& type, const std::string& param, const VersionKeys& sources,
                              const std::string& target_type) override;
    VersionKeys timeline(const std::string& patient_id, const std::string& type, const std::optional<std::string>& system,
                         const std::optional<std::string>& code, const std::optional<DateCondition>& when) override;
    std::optional<VersionKeys> occurrences(const std::string& type, const std::vector<std::string>& params,
                                           const std::optional<std::string>& system, const std::string& code, const DateCondition& when,
                                           const VersionKeys* among) override;
    VersionKeys updated(const std::string& type, Compare compare, Instant low, Instant high) override;
    VersionKeys compartment(const std::string& patient_id, const std::optional<std::string>& type) override;
    VersionKeys words(const std::string& word, bool open) override;
    VersionKey text_end() override;
    VersionKey newest_key() const override { return last_; }
    std::uint64_t count_tokens(const std::string& type, const std::string& param, const std::optional<std::string>& system,
                               const std::optional<std::string>& code) override;
    std::uint64_t count_all(const std::string& type) override;
    std::vector<std::optional<std::string>> sort_keys(const std::string& type, const std::string& param, const VersionKeys& keys,
                                                      bool highest) override;

    Result<std::optional<Version>> current(const ResourceKey& key) override;
    Result<std::optional<Version>> version(const ResourceKey& key, std::uint32_t version) override;
    Result<std::vector<Version>> versions(const VersionKeys& keys) override;
    std::vector<ResourceKey> resource_keys(const VersionKeys& keys) override;
    std::vector<ResourceKey> ever_in_compartment(const std::string& patient_id) override;
    VersionKey current_key(const ResourceKey& key) override;
    std::string patient_of(const ResourceKey& key) override;
    Result<std::vector<Version>> history(const std::string& type, const std::string& id, const HistoryRange& range) override;
    LogTime time_at(Instant instant) override;

private:
    std::optional<Symbol> parameter(const std::string& type, const std::string& param) const;
    std::optional<std::int64_t> resource_row(const std::string& type, const std::string& id);
    /// Appends column 0 of all rows.
    static void append(Statement& rows, VersionKeys& keys);
    /// Sorted, unique, and only what the view and the caller may see.
    VersionKeys finished(VersionKeys keys);
    /// Versions with one of these terms.
    void append_terms(Symbol p, const std::vector<TermId>& terms, VersionKeys& keys);
    std::vector<TermId> matching_tokens(const std::optional<std::string>& system, const std::optional<std::string>& code);
    std::vector<Symbol> units_of(Symbol p, const Unit& unit);
    std::set<Symbol> written_units(Symbol p);
    // Dates and numbers stand in segments (schema.hpp).
    void append_short_dates(std::uint64_t segment, Symbol p, const DateCondition& when, VersionKeys& keys);
    void append_long_dates(std::uint64_t segment, Symbol begin, Symbol end, const DateCondition& when, VersionKeys& keys);
    void append_numbers(std::uint64_t segment, Symbol p, Symbol unit, const NumberCondition& condition, VersionKeys& keys);
    void append_block(std::uint64_t block, Symbol type, TermId term, const DateCondition& when, VersionKeys& keys);
    /// Versions from `first` on.
    void append_timeline(std::int64_t patient, Symbol type, TermId term, VersionKey first, const DateCondition& when, VersionKeys& keys);
    /// Patients of the versions from `first` on that have the term, of `among` alone when it is given; nullopt: too many to look at.
    std::optional<std::set<std::int64_t>> late_patients(const std::vector<Symbol>& parameters, TermId term, VersionKey first,
                                                        const VersionKeys* among);
    VersionKey current_of(std::int64_t rid);

    /// What the caller's filter takes away, as sorted lists; made once a view, when first needed.
    struct Sight {
        VersionKeys hidden;
        VersionKeys asked; ///< of records that are closed in part
        std::optional<VersionKeys> only;
        std::vector<Symbol> long_labels; ///< denied, and of too many versions for `hidden`
    };
    bool asks_each() const;
    const Sight& sight();
    void append_shared_of(const std::string& patient, VersionKeys& keys);
    void erase_labelled(Symbol label, VersionKeys& keys);
    void keep_allowed(VersionKeys& keys);
    /// What decides who sees a version, and the newest version of its resource.
    std::optional<std::pair<Seen, VersionKey>> seen_of(VersionKey key);
    bool allowed(VersionKey key);
    CodedContent& content();
    Version read_version(Statement& row) const;
    /// nullopt: later than the view, or hidden from the caller.
    std::optional<Version> read_allowed(VersionKey key);
    /// All versions of a resource, newest first; also those later than the view.
    VersionKeys versions_of(std::int64_t rid);
    std::vector<Version> history_of(const std::string& type, const std::string& id, const HistoryRange& range, LogTime until);
    /// The newest key of the log at a position, 0 before it.
    VersionKey key_at(LogTime t);
    /// Versions of a type in the range, found by its resources: for types that have few.
    std::vector<Version> history_of_few(Symbol type, const HistoryRange& range, LogTime until);
    /// The version of a resource that was current at the view's position and is no more, 0 when none was.
    VersionKey earlier_of(std::int64_t rid);
    /// Appends the versions that have the parameter among the tags of their set.
    void append_sets(Symbol p, VersionKeys& keys);
    void append_set(SetId set, VersionKeys& keys);
    void append_compartment(std::int64_t patient, Symbol type, VersionKeys& keys);

    Shared& shared_;
    ReaderPool& pool_;
    std::unique_ptr<Connection> connection_;
    CallerFilter filter_;
    std::optional<Sight> sight_;
    std::unordered_set<VersionKey> allowed_; ///< those of few that were asked about and may be seen
    std::optional<CodedContent> content_;
    LogTime t_ = 0;
    VersionKey last_ = 0;
    bool is_past_ = false; ///< opened at an earlier position
};

/// The smallest text greater than every text that starts with `prefix`; "" when there is none.
std::string after_prefix(std::string prefix);

/// Turns a StoreFailure into the ReadFailure of the interface, or into ReadLate.
template <class Work>
auto reading(Work work) -> decltype(work()) {
    try {
        return work();
    } catch (const StoreFailure& failure) {
        if (failure.is_late()) throw ReadLate("the time is over");
        throw ReadFailure("the database failed with code " + std::to_string(failure.code), failure.is_of_medium() || failure.disk_full());
    }
}

} // namespace huitong::store
