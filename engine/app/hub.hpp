/// The running hub: a Core with its inbox, its logs, its doors and its threads. `huitong serve` makes one.
///
/// Threads: io threads for feeds' sockets and timers, as many for HTTP connections, a worker pool for requests that think, another with a
/// smaller share (thread_share.hpp) for messages on their way into the record, the store's writer, one thread a journal, two for what
/// follows the log.
#pragma once

#include "access/authorization.hpp"
#include "access/consents.hpp"
#include "access/openid.hpp"
#include "app/background.hpp"
#include "app/core.hpp"
#include "app/feed_runner.hpp"
#include "audit/checkpointer.hpp"
#include "audit/deriver.hpp"
#include "exchange/bulk/exporter.hpp"
#include "exchange/bulk/importer.hpp"
#include "exchange/forwarder.hpp"
#include "exchange/image_services.hpp"
#include "exchange/puller.hpp"
#include "feeds/quarantine.hpp"
#include "recognition/service.hpp"
#include "rest/fhir_door.hpp"
#include "rest/recognition/statistics_door.hpp"
#include "rest/server.hpp"

#include <boost/asio/io_context.hpp>

#include <thread>

namespace huitong::app {

class Hub {
public:
    /// Issues: those of Core::open, journal-…, http-bind, serve-public (a public address without the word of a TLS gateway, or in open
    /// mode).
    static Result<std::unique_ptr<Hub>> open(Configuration configuration, Outcome& warnings);
    ~Hub();
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    /// Applies what the last run left over, starts feeds and doors. Issue: feed-not-listening.
    Outcome start();
    /// Stops taking anything new and applies what is in hand, for at most `kDrainSeconds`; false when something was left for the next
    /// start.
    bool stop();
    /// {"event":"ready","http":"127.0.0.1:8080","mllp":"127.0.0.1:2575",…}
    std::string ready_line() const;

private:
    Hub() = default;
    struct Doors;
    /// As configured; 0: one a processor.
    static std::uint32_t threads_of(std::uint32_t configured);
    Outcome open_parts(Outcome& warnings);
    Outcome open_logs(Outcome& warnings);
    void make_inbox();
    Outcome bind_server();
    std::string root() const;
    void make_bulk_jobs();
    std::vector<std::pair<std::string, std::uint64_t>> metrics() const;
    std::vector<std::string> failures() const;
    exchange::ExportSettings export_settings() const;
    void make_recognition();
    Result<void> make_checkpointer();
    Outcome open_people();
    std::string find_patient(const access::Caller& caller, const std::string& number) const;
    std::string find_encounter(const access::Caller& caller, const std::string& patient, const std::string& named) const;
    bool is_guardian_today(store::ReadView& view, const std::string& resident, const std::string& minor) const;
    bool may_still_act(const access::PersonGrant& grant) const;
    rest::StatisticsDoor::Sources statistics_sources() const;
    void make_quarantine();
    Result<std::string> reload_registers();
    void make_background();
    void make_pullers();
    Outcome make_forwarders();
    std::vector<rest::RouteRow> routes();
    void take_care(std::function<Result<std::string>()> work, std::function<void(Result<std::string>)> done);
    Result<std::string> back_up(const std::string& target);
    Result<std::string> verify();
    Result<std::string> reload_keys();
    Outcome wait_for_feeds();

    std::unique_ptr<Core> core_;
    std::unique_ptr<Journal> inbox_journal_;
    std::uint64_t tails_cut_ = 0; ///< files of the two journals that keep one
    std::unique_ptr<audit::AccessLog> access_log_;
    std::unique_ptr<exchange::Exporter> exporter_; ///< requests on the workers use it
    std::unique_ptr<exchange::Importer> importer_; ///< as above
    std::unique_ptr<access::Tokens> tokens_;
    std::unique_ptr<access::People> people_;
    std::unique_ptr<access::Practitioners> practitioners_;
    std::unique_ptr<access::OpenIdProvider> provider_;
    std::unique_ptr<access::Authorization> authorization_;
    std::unique_ptr<access::Consents> consents_;
    std::unique_ptr<boost::asio::io_context> io_;
    std::vector<std::unique_ptr<boost::asio::io_context>> lines_;  ///< of HTTP connections, each with a thread of its own
    std::unique_ptr<boost::asio::thread_pool> workers_, appliers_; ///< requests; messages: none waits behind the other
    std::unique_ptr<feeds::DurableInbox> inbox_;
    std::unique_ptr<feeds::Quarantine> quarantine_;
    std::unique_ptr<rest::Reception> reception_;
    std::unique_ptr<rest::Server> server_;
    std::unique_ptr<audit::Checkpointer> checkpointer_;
    std::unique_ptr<exchange::WadoServices> image_services_;
    std::unique_ptr<recognition::Service> recognition_;
    std::unique_ptr<audit::Deriver> deriver_;
    std::unique_ptr<Doors> doors_;
    std::unique_ptr<Background> background_, deriving_;
    std::vector<std::unique_ptr<exchange::Puller>> pullers_;
    std::vector<std::unique_ptr<exchange::Forwarder>> forwarders_;
    std::vector<std::jthread> exchange_threads_; ///< one a puller and one a forwarder
    std::unique_ptr<FeedRunner> feed_runner_;
    std::vector<std::thread> io_threads_;
    std::mutex reload_mutex_;
    std::mutex logs_mutex_; ///< held while the two logs are tied to each other, and while both are copied
    std::atomic<bool> is_caring_{false};
    std::jthread care_thread_; ///< one backup or check at a time
};

} // namespace huitong::app
