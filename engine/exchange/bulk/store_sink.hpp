/// Loads into a store of this process: prepared like the server does (identities, conditional references, rows), committed in order,
/// several commits under way. A transaction is one commit; resources of their own travel together.
#pragma once

#include "exchange/bulk/load_reading.hpp"
#include "exchange/bulk/loader.hpp"

#include <boost/asio/io_context.hpp>

namespace huitong::exchange {

struct LoadJob;

class StoreSink final : public LoadSink {
public:
    /// `services` outlives the sink; without a validator nothing but types, ids and references is checked. The entries of a bundle are not
    /// bound by bundle_entries_max. `actor` is written into the log.
    StoreSink(const interaction::Services& services, std::string actor);
    /// Writes with the rights of a caller, and for its organisation.
    StoreSink(const interaction::Services& services, access::Caller caller);
    ~StoreSink() override;
    void prepare(LoadPiece& piece) override;
    void finish(LoadPiece piece) override;
    void flush() override;
    const Outcome& broken() const override { return broken_; }
    /// Asked of every document before it is prepared, when set; from any of the preparing threads.
    std::function<Outcome(fhir::Element root)> accept;

private:
    void prepare_job(LoadJob& job) const;
    void finish_job(LoadJob job);
    void send(std::vector<LoadJob> jobs);
    void wait_for(std::size_t commits_left);
    void take_result(std::vector<LoadJob> jobs, Result<store::CommitReceipt> result);
    void count_written(std::vector<LoadJob>& jobs, const store::CommitReceipt& receipt);
    void refuse_job(const LoadJob& job, Outcome issues);
    static boost::asio::awaitable<void> commit(StoreSink* sink, std::shared_ptr<std::vector<LoadJob>> jobs, store::Commit commit);

    interaction::Services services_;
    Limits limits_;
    interaction::Request request_;
    Outcome broken_;
    boost::asio::io_context io_;
    std::size_t under_way_ = 0, writes_under_way_ = 0;
    std::vector<LoadJob> waiting_; ///< jobs that travel together in the next commit
    std::size_t waiting_writes_ = 0;
    std::vector<LoadJob> again_; ///< whose guards another commit wrote
};

} // namespace huitong::exchange
