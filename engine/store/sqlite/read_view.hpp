/// One reader's snapshot: a read-only connection from the store's pool inside a read transaction, with the view's position and caller
/// applied to every answer.
#pragma once

#include "store/sqlite/writer.hpp"

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
    VersionKeys all(const std::string& type) override;
    VersionKeys tokens(const std::string& type, const std::string& param, const std::optional<std::string>& system,
                       const std::optional<std::string>& code) override;
    VersionKeys references(const std::string& type, const std::string& param, const std::optional<std::string>& target_type,
                           const std::string& target_id) override;
    VersionKeys reference_identifiers(const std::string& type, const std::string& param, const std::string& system,
                                      const std::string& value) override;
    VersionKeys dates(const std::string& type, const std::string& param, Compare compare, Instant low, Instant high) override;
    VersionKeys quantities(const std::string& type, const std::string& param, Compare compare, double low, double high,
                           const std::string& system, const std::string& unit, bool canonical) override;
    VersionKeys strings(const std::string& type, const std::string& param, StringMatch match, const std::string& text) override;
    VersionKeys uris(const std::string& type, const std::string& param, UriMatch match, const std::string& uri) override;
    VersionKeys present(const std::string& type, const std::string& param) override;
    VersionKeys timeline(const std::string& patient_id, const std::string& type, const std::optional<std::string>& system,
                         const std::optional<std::string>& code, const std::optional<DateCondition>& when) override;
    VersionKeys updated(const std::string& type, Compare compare, Instant low, Instant high) override;
    VersionKeys compartment(const std::string& patient_id, const std::optional<std::string>& type) override;
    std::uint64_t count_tokens(const std::string& type, const std::string& param, const std::optional<std::string>& system,
                               const std::optional<std::string>& code) override;
    std::uint64_t count_all(const std::string& type) override;
    std::vector<std::optional<std::string>> sort_keys(const std::string& type, const std::string& param, const VersionKeys& keys,
                                                      bool highest) override;

    Result<std::optional<Version>> current(const ResourceKey& key) override;
    Result<std::optional<Version>> version(const ResourceKey& key, std::uint32_t version) override;
    Result<std::vector<Version>> versions(const VersionKeys& keys) override;
    std::vector<ResourceKey> resource_keys(const VersionKeys& keys) override;
    VersionKey current_key(const ResourceKey& key) override;
    std::string patient_of(const ResourceKey& key) override;
    Result<std::vector<Version>> history(const std::string& type, const std::string& id, const HistoryRange& range) override;
    LogTime time_at(Instant instant) override;

private:
    std::optional<Symbol> parameter(const std::string& type, const std::string& param) const;
    /// Collects column 0, keeps what the view and the caller may see, sorts, makes unique.
    VersionKeys collect(Statement& rows, bool sorted_by_key = false);
    VersionKeys visible(VersionKeys keys);
    bool allowed(VersionKey key);
    Version read_version(Statement& row) const;
    std::optional<Version> first_allowed(Statement& row);
    std::vector<std::pair<VersionKey, std::string>> sort_rows(const std::string& type, const std::string& param);

    Shared& shared_;
    ReaderPool& pool_;
    std::unique_ptr<Connection> connection_;
    CallerFilter filter_;
    LogTime t_ = 0;
    VersionKey last_ = 0;
};

} // namespace huitong::store
