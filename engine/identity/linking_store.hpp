/// A store whose commits link persons: every Patient that a commit writes is judged, and the facts of the links ride in that commit. What
/// writes through it (REST, bundles, feeds) need not know of identity; everything but commits passes through.
///
/// A commit that fails takes its links back. A late message whose version does not become current leaves the links as the current version
/// says, and of two writers of one Patient at the same moment the one counts whose version is current. A caller who writes for another
/// institution merges none of its records (identity.hpp, record_of). Thread: any.
#pragma once

#include "identity/identity.hpp"

namespace huitong::identity {

class LinkingStore final : public store::Store {
public:
    /// Both outlive it.
    LinkingStore(store::Store& store, Linker& linker) : store_(store), linker_(linker) {}

    /// Issues: those of the store.
    boost::asio::awaitable<Result<store::CommitReceipt>> commit(store::Commit commit) override;
    Result<store::CommitReceipt> commit_and_wait(store::Commit commit) override;

    std::unique_ptr<store::ReadView> view(store::CallerFilter filter, store::LogTime t) override {
        return store_.view(std::move(filter), t);
    }
    store::LogTime now() const override { return store_.now(); }
    std::string new_id() override { return store_.new_id(); }
    Result<std::vector<store::LogEntry>> log(store::LogTime since, std::size_t count) override { return store_.log(since, count); }
    Outcome verify_log() override { return store_.verify_log(); }
    void require_generation(std::uint32_t generation) override { store_.require_generation(generation); }
    Result<bool> tend() override { return store_.tend(); }
    Result<void> write_facts(std::vector<store::FactWrite> facts) override { return store_.write_facts(std::move(facts)); }
    std::optional<std::string> fact(const std::string& table, const std::string& key) override { return store_.fact(table, key); }
    std::vector<std::pair<std::string, std::string>> facts(const std::string& table, const std::string& from, const std::string& to,
                                                           std::size_t count) override {
        return store_.facts(table, from, to, count);
    }
    void on_commit(std::function<void(store::LogTime)> listener) override { store_.on_commit(std::move(listener)); }
    std::vector<std::pair<std::string, std::uint64_t>> counters() const override { return store_.counters(); }

private:
    struct Link {
        std::size_t write = 0; ///< its place in the commit
        Linked linked;
    };
    /// Links the Patients of the commit and adds their facts to it.
    std::vector<Link> link(store::Commit& commit);
    /// After the commit: takes back what failed, and gives what must still be written for versions that did not become current.
    store::Commit settle(const std::vector<Link>& links, const Result<store::CommitReceipt>& receipt);

    store::Store& store_;
    Linker& linker_;
};

} // namespace huitong::identity
