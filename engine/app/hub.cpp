#include "app/hub.hpp"

#include "app/adapters.hpp"
#include "app/backup.hpp"
#include "app/print.hpp"
#include "base/json_writer.hpp"
#include "base/url_query.hpp"
#include "fhir/json.hpp"
#include "recognition/ledger.hpp"
#include "rest/audit_door.hpp"
#include "rest/card/card_door.hpp"
#include "rest/cds/cds_door.hpp"
#include "rest/feeds_door.hpp"
#include "rest/mpi_door.hpp"
#include "rest/recognition/recognition_door.hpp"
#include "rest/recognition/statistics_door.hpp"
#include "rest/service_doors.hpp"
#include "rest/sign_in/sign_in_door.hpp"
#include "rest/store_door.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <filesystem>

namespace huitong::app {
namespace {

namespace asio = boost::asio;

constexpr int kDrainSeconds = 10;     ///< a stop waits so long for messages in hand; what is left is applied at the next start
constexpr int kFeedStartSeconds = 10; ///< a feed that does not listen after it is told as failed

std::uint32_t threads_of(std::uint32_t configured) {
    return configured != 0 ? configured : std::max(1u, std::thread::hardware_concurrency());
}

bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address.starts_with("[::1]") || address.starts_with("localhost:");
}

std::vector<access::Client> clients_of(const Configuration& configuration) {
    std::vector<access::Client> out;
    for (const auto& settings : configuration.clients) {
        access::Client client;
        client.id = settings.id;
        client.organization = settings.organization;
        client.practitioner = settings.practitioner;
        client.role = settings.role;
        client.secret_sha256 = settings.secret_sha256;
        client.jwks = settings.jwks;
        client.scopes = settings.scopes;
        client.purposes = settings.purposes;
        client.acts_for_patients = settings.acts_for_patients;
        client.redirect_uris = settings.redirect_uris;
        out.push_back(std::move(client));
    }
    return out;
}

exchange::Destination destination_of(const feeds::FeedSettings& settings) {
    exchange::Destination out;
    out.name = settings.name;
    out.organization = settings.organization;
    out.map = settings.map;
    out.offset_minutes = settings.offset_minutes;
    const auto types = settings.setting("types", "DiagnosticReport,Patient");
    for (std::size_t at = 0; at < types.size();) {
        const auto comma = std::min(types.find(',', at), types.size());
        out.types.push_back(types.substr(at, comma - at));
        at = comma + 1;
    }
    const auto number = [&](const char* key, std::uint32_t fallback) {
        const auto text = settings.setting(key);
        return text.empty() ? fallback : static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
    };
    out.interval_ms = number("poll_ms", out.interval_ms);
    out.backoff_first_ms = number("retry_first_ms", out.backoff_first_ms);
    out.backoff_max_ms = number("retry_max_ms", out.backoff_max_ms);
    return out;
}

/// A job that fails is tried again for ever; it is told once until it works again.
class FailureTeller {
public:
    explicit FailureTeller(std::string job) : job_(std::move(job)) {}
    void tell(Outcome issues) {
        const auto rule = issues.has_errors() ? issues.leading()->rule : std::string();
        if (rule == told_) return;
        told_ = rule;
        for (auto& issue : issues.issues()) issue.where = job_ + (issue.where.empty() ? "" : " " + issue.where);
        print_issues(issues);
    }

private:
    std::string job_, told_;
};

/// Waits for a condition that other threads bring about; false when it did not come in time.
bool wait_until(int seconds, const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

} // namespace

struct Hub::Doors {
    Doors(Hub& hub, const std::string& root)
        : fhir(hub.core_->services, *hub.reception_, "/fhir",
               hub.core_->configuration.report_writes ? interaction::WriteCheck::report : interaction::WriteCheck::tolerant),
          token(*hub.tokens_, *hub.reception_, hub.authorization_.get()), local_token(*hub.tokens_, *hub.reception_),
          smart(root + "/auth/token", !hub.core_->configuration.people.empty()),
          sign_in(*hub.authorization_, *hub.reception_, *hub.core_->clock, root,
                  [&hub](const access::Caller& caller, const std::string& number) { return hub.find_patient(caller, number); }),
          health(*hub.reception_, [&hub] { return hub.metrics(); }), registers(*hub.reception_, [&hub] { return hub.reload_registers(); }),
          feeds(
              *hub.reception_, *hub.core_->pipeline, *hub.inbox_, *hub.core_->store,
              [&hub](const std::string& id) { return hub.core_->content_then(id); },
              [&hub](const feeds::FeedSettings& feed, const feeds::RawMessage& first, std::string bytes) {
                  return corrected_message(feed, first, std::move(bytes), hub.core_->clock->now());
              }),
          recognition(*hub.recognition_, *hub.reception_), statistics(*hub.recognition_, *hub.reception_, hub.statistics_sources()),
          image_links(*hub.core_->clock, root, hub.core_->configuration.viewer), images(image_links, *hub.reception_),
          card(*hub.recognition_, *hub.reception_, image_links, *hub.core_->clock, {root, hub.core_->configuration.embedders}),
          cds(*hub.recognition_, *hub.reception_, image_links),
          store(*hub.reception_, {[&hub](std::string to, rest::StoreDoor::Done done) {
                                      hub.take_care([&hub, to] { return hub.back_up(to); }, std::move(done));
                                  },
                                  [&hub](rest::StoreDoor::Done done) { hub.take_care([&hub] { return hub.verify(); }, std::move(done)); }}),
          audit(*hub.reception_, {*hub.core_->base_store, hub.core_->configuration.data + "/access-log", {recognition::ledger_chain()}},
                *hub.checkpointer_),
          mpi(*hub.reception_, {*hub.core_->linker, *hub.core_->base_store, *hub.core_->content.registry, *hub.core_->clock}) {}
    rest::FhirDoor fhir;
    rest::TokenDoor token;
    rest::LocalTokenDoor local_token;
    rest::SmartConfigurationDoor smart;
    rest::SignInDoor sign_in;
    rest::HealthDoor health;
    rest::RegistersDoor registers;
    rest::FeedsDoor feeds;
    rest::RecognitionDoor recognition;
    rest::StatisticsDoor statistics;
    rest::ImageLinks image_links;
    rest::ImagesDoor images;
    rest::CardDoor card;
    rest::CdsDoor cds;
    rest::StoreDoor store;
    rest::AuditDoor audit;
    rest::MpiDoor mpi;
};

Result<std::unique_ptr<Hub>> Hub::open(Configuration configuration, Outcome& warnings) {
    auto hub = std::unique_ptr<Hub>(new Hub());
    if (!is_loopback(configuration.http) && (configuration.access_mode == "open" || !configuration.tls_gateway))
        return Outcome(error(IssueCode::security, "server.http", "serve-public", {configuration.http}));
    auto core = Core::open(std::move(configuration), warnings);
    if (!core) return core.error();
    hub->core_ = std::move(*core);
    if (auto issues = hub->open_parts(warnings); issues.has_errors()) return issues;
    return hub;
}

Outcome Hub::open_parts(Outcome& warnings) {
    auto& core = *core_;
    const auto& configuration = core.configuration;
    JournalOptions journal;
    journal.directory = configuration.data + "/inbox";
    journal.queue_max = configuration.limits.inbox_queue_max;
    auto inbox_journal = Journal::open(journal);
    if (!inbox_journal) return inbox_journal.error();
    inbox_journal_ = std::move(*inbox_journal);
    auto access_log = audit::AccessLog::open(configuration.data + "/access-log");
    if (!access_log) return access_log.error();
    access_log_ = std::move(*access_log);
    io_ = std::make_unique<asio::io_context>();
    workers_ = std::make_unique<asio::thread_pool>(threads_of(configuration.workers));
    inbox_ =
        std::make_unique<feeds::DurableInbox>(*inbox_journal_, *core.store, *core.pipeline, *workers_, configuration.limits, *core.clock);
    std::set<std::string> refusing;
    for (const auto& feed : configuration.feeds) {
        if (feed.setting("control_id_reuse") == "refuse") refusing.insert(feed.name);
    }
    inbox_->refuse_control_id_reuse(std::move(refusing));
    server_ = std::make_unique<rest::Server>(*io_, *workers_, configuration.limits);
    if (auto bound = server_->bind(configuration.http); !bound) return bound.error();
    if (auto bound = server_->bind_local(configuration.data + "/control"); !bound) return bound.error();
    const auto root = configuration.base_url.empty() ? "http://" + server_->address() : configuration.base_url;
    core.services.base_url = root + "/fhir";
    core.content.registry->set_base_url(core.services.base_url);
    tokens_ = std::make_unique<access::Tokens>(clients_of(configuration), *core.clock, root + "/auth/token");
    tokens_->set_token_seconds(configuration.token_seconds);
    consents_ = std::make_unique<access::Consents>(
        *core.base_store, [&linker = *core.linker](const std::string& patient) { return linker.same_person(patient); });
    const bool is_open = configuration.access_mode == "open";
    if (is_open) warnings.add(warning(IssueCode::security, "access.mode", "serve-open", {server_->address()}));
    reception_ = std::make_unique<rest::Reception>(tokens_.get(), access_log_.get(), *core.clock, is_open, consents_.get());
    if (auto issues = open_people(); issues.has_errors()) return issues;
    core.answers->open(*consents_, *access_log_, *workers_);
    make_recognition();
    make_quarantine();
    if (auto made = make_checkpointer(); !made) return made.error();
    exporter_ = std::make_unique<exchange::Exporter>(core.services, configuration.data + "/export");
    core.services.exports = exporter_.get();
    importer_ = std::make_unique<exchange::Importer>(core.services, configuration.data + "/import", configuration.import_folder);
    core.services.imports = importer_.get();
    doors_ = std::make_unique<Doors>(*this, root);
    server_->set_routes(routes());
    rest::Cors cors;
    // Whoever reaches an open hub may read everything: then no page of the network is to reach it through a browser of this machine.
    cors.origins = configuration.cors.value_or(is_open ? std::vector<std::string>() : std::vector<std::string>{"*"});
    cors.local_pages = is_open && !configuration.cors;
    server_->set_cors(std::move(cors));
    make_background();
    make_pullers();
    return make_forwarders();
}

std::vector<rest::RouteRow> Hub::routes() {
    return {{"/fhir", &doors_->fhir},
            {"/fhir/.well-known/smart-configuration", &doors_->smart},
            {"/.well-known/smart-configuration", &doors_->smart},
            {"/cds-services", &doors_->cds},
            {"/recognition/", &doors_->recognition},
            {"/recognition/launch", &doors_->card},
            {"/recognition/card", &doors_->card},
            {"/recognition/images", &doors_->images},
            {"/recognition/statistics", &doors_->statistics},
            {"/recognition/simulate", &doors_->statistics},
            {"/auth/token", &doors_->token},
            {"/auth/authorize", &doors_->sign_in},
            {"/auth/introspect", &doors_->token},
            {"/auth/revoke", &doors_->token},
            {"/auth/local-token", &doors_->local_token},
            {"/feeds", &doors_->feeds},
            {"/store", &doors_->store},
            {"/registers", &doors_->registers},
            {"/audit", &doors_->audit},
            {"/mpi", &doors_->mpi},
            {"/livez", &doors_->health},
            {"/readyz", &doors_->health},
            {"/metrics", &doors_->health}};
}

void Hub::make_recognition() {
    auto& core = *core_;
    recognition::Services services;
    services.store = core.store.get();
    services.registry = core.content.registry.get();
    services.linker = core.linker.get();
    services.terminology = core.content.terminology.get();
    services.clock = core.clock.get();
    if (!core.configuration.image_services.empty()) {
        exchange::ImageSettings images;
        images.addresses = core.configuration.image_services;
        images.fresh_seconds = core.configuration.image_fresh_seconds;
        images.again_seconds = std::min(images.again_seconds, images.fresh_seconds);
        images.plain_http = core.configuration.image_plain_http;
        image_services_ = std::make_unique<exchange::WadoServices>(std::move(images));
        services.images = image_services_.get();
    }
    recognition::Settings settings;
    settings.rule_pack = core.configuration.rule_pack;
    settings.organization_pack = core.configuration.organization_pack;
    for (const auto& client : core.configuration.clients) {
        if (!client.acts_for.empty()) settings.acts_for[client.id] = {client.acts_for.begin(), client.acts_for.end()};
    }
    recognition_ = std::make_unique<recognition::Service>(services, core.registers, std::move(settings));
}

void Hub::make_quarantine() {
    auto& core = *core_;
    auto is_known = [&core](const std::string& code) {
        const auto view = core.store->view({}, 0);
        const auto found = search::find_matches(*core.content.registry, *view, "Organization", "identifier=" + code, 1);
        return found && !found->keys.empty();
    };
    auto release = [this](const feeds::MessageId& id) {
        if (!core_->store->fact(std::string(feeds::kDeadLetterFacts), id)) return; // corrected or replayed by somebody in between
        print_issues(inbox_->start_replay(id));
    };
    quarantine_ = std::make_unique<feeds::Quarantine>(std::move(is_known), std::move(release));
    core.pipeline->on_dead_letter([this](const feeds::MessageId& id, const Outcome& reasons) { quarantine_->note(id, reasons); });
}

/// Whoever signs in, and whose licence is asked for.
Outcome Hub::open_people() {
    const auto& configuration = core_->configuration;
    Parsed<std::vector<access::Person>> people;
    if (!configuration.people.empty()) people = access::People::read(configuration.people);
    if (people.issues.has_errors()) return people.issues;
    people_ = std::make_unique<access::People>(std::move(people.value));
    authorization_ =
        std::make_unique<access::Authorization>(*tokens_, *people_, *core_->clock, core_->services.base_url, configuration.offset_minutes);
    if (configuration.practitioners.empty()) return {};
    practitioners_ = std::make_unique<access::Practitioners>(configuration.practitioners);
    reception_->ask_register(practitioners_.get(), configuration.offset_minutes);
    return practitioners_->reload();
}

/// The one patient of a number: the institution's own, or a citizen number.
std::string Hub::find_patient(const access::Caller& caller, const std::string& number) const {
    if (number.find_first_of("|,&\\$") != number.npos) return {};
    // To name a patient is not to read Patients: the app's types are not asked for, Consents and labels are.
    auto filter = access::filter_of(caller);
    filter.allowed_types.clear();
    filter.conditions.clear();
    const auto view = core_->store->view(filter, 0);
    std::set<std::string> found;
    for (const auto& system : {recognition::local_system(caller.organization, "patient"), std::string(recognition::kCitizenSystem)}) {
        const auto matches = search::find_matches(*core_->content.registry, *view, "Patient",
                                                  "active:not=false&identifier=" + encode_url(system + '|' + number), 2);
        if (!matches) continue;
        for (const auto& key : matches->keys) found.insert(key.id);
    }
    return found.size() == 1 ? *found.begin() : std::string();
}

rest::StatisticsDoor::Sources Hub::statistics_sources() const {
    const auto& configuration = core_->configuration;
    rest::StatisticsDoor::Sources out;
    out.log = access_log_.get();
    for (const auto& feed : configuration.feeds) out.connected.insert(feed.organization);
    for (const auto& client : configuration.clients) out.connected.insert(client.organization);
    out.platform = configuration.platform;
    out.small_cells = configuration.small_cells;
    return out;
}

Result<void> Hub::make_checkpointer() {
    const auto& configuration = core_->configuration;
    auto key = audit::SigningKey::open_or_make(configuration.data + "/audit-key.pem",
                                               configuration.audit_sm2 ? audit::SignatureKind::sm2 : audit::SignatureKind::ed25519);
    if (!key) return key.error();
    audit::Checkpointer::Settings settings;
    settings.interval_minutes = configuration.checkpoint_minutes;
    settings.file = configuration.checkpoint_file;
    settings.to_syslog = configuration.checkpoint_syslog;
    checkpointer_ = std::make_unique<audit::Checkpointer>(*core_->base_store, *access_log_, std::vector{recognition::ledger_chain()},
                                                          std::move(*key), *core_->clock, std::move(settings));
    return {};
}

/// What the registers hold now, and how many messages waited for an institution when they were read.
Result<std::string> Hub::reload_registers() {
    const std::lock_guard lock(reload_mutex_);
    const auto waiting = quarantine_->waiting();
    auto read = core_->reload_registers();
    if (!read) return read.error();
    if (practitioners_) {
        if (auto issues = practitioners_->reload(); issues.has_errors()) return issues;
    }
    const auto& facts = **read;
    recognition_->reload(*read);
    background_->wake(); // institutions that were known already write nothing
    JsonWriter json;
    json.object().member("register", facts.version).count("institutions", facts.institutions.size());
    json.count("certificates", facts.certificates.size()).count("items", facts.items.size());
    json.count("rule_packs", facts.packs.size()).count("messages_waiting", waiting).end_object();
    return json.take();
}

/// Notices of what was adopted and changed, and AuditEvents: both follow the logs.
void Hub::make_background() {
    auto& core = *core_;
    deriver_ = std::make_unique<audit::Deriver>(*core.base_store, *core.content.registry, *access_log_, *core.clock,
                                                std::vector{recognition::ledger_chain()});
    std::vector<Background::Job> jobs;
    jobs.push_back([this, teller = FailureTeller("checkpoint")]() mutable {
        const auto more = checkpointer_->step();
        teller.tell(more ? Outcome() : more.error());
        return more && *more;
    });
    jobs.push_back([this, teller = FailureTeller("recognition")]() mutable {
        const auto more = recognition_->step();
        teller.tell(more ? Outcome() : more.error());
        return more && *more;
    });
    jobs.push_back([this] { return quarantine_->step() != 0; });
    jobs.push_back([this, teller = FailureTeller("terminology")]() mutable {
        teller.tell(core_->stored_terminology->catch_up());
        return false;
    });
    jobs.push_back([this, teller = FailureTeller("search parameters")]() mutable {
        auto issues = core_->stored_parameters->catch_up();
        const auto more = issues.has_errors() ? Result<bool>(false) : core_->stored_parameters->step();
        if (!more) issues.add(more.error());
        teller.tell(issues);
        return more && *more;
    });
    jobs.push_back([this, teller = FailureTeller("store")]() mutable {
        const auto more = core_->base_store->tend();
        teller.tell(more ? Outcome() : more.error());
        return more && *more;
    });
    background_ = std::make_unique<Background>(std::move(jobs));
    std::vector<Background::Job> deriving;
    deriving.push_back([this, teller = FailureTeller("audit")]() mutable {
        const std::lock_guard lock(logs_mutex_);
        const auto step = deriver_->step();
        teller.tell(step ? Outcome() : step.error());
        return step && step->more;
    });
    deriving_ = std::make_unique<Background>(std::move(deriving), Background::Pace::yielding);
    core.store->on_commit([this](store::LogTime) {
        background_->wake();
        deriving_->wake();
    });
}

/// Backups and checks take long, so they have a thread of their own, one at a time.
void Hub::take_care(std::function<Result<std::string>()> work, std::function<void(Result<std::string>)> done) {
    if (is_caring_.exchange(true)) return done(Outcome(error(IssueCode::throttled, "", "store-busy")));
    care_thread_ = std::jthread([this, work = std::move(work), done = std::move(done)] {
        auto result = work();
        is_caring_ = false;
        done(std::move(result));
    });
}

Result<std::string> Hub::back_up(const std::string& target) {
    const std::lock_guard lock(logs_mutex_);
    const auto made = make_backup(core_->configuration.data, target, core_->clock->now());
    if (!made) return made.error();
    return write_summary(*made);
}

Result<std::string> Hub::verify() {
    auto issues = store::check_database(core_->configuration.data);
    issues.add(core_->store->verify_log());
    issues.add(access_log_->journal().verify());
    if (issues.has_errors()) return issues;
    return "{\"log_entries\":" + std::to_string(core_->store->now()) + ",\"intact\":true}";
}

void Hub::make_pullers() {
    for (const auto& settings : core_->configuration.upstreams) {
        exchange::Upstream upstream;
        upstream.name = settings.name;
        upstream.url = settings.url;
        upstream.organization = settings.organization;
        upstream.token.token_url = settings.token_url;
        upstream.token.client_id = settings.client_id;
        upstream.token.private_key_file = settings.private_key_file;
        upstream.token.key_id = settings.key_id;
        upstream.token.scope = settings.scope;
        upstream.http.authorities_file = settings.authorities_file;
        upstream.http.plain_http = settings.plain_http;
        upstream.http.answer_bytes_max = settings.answer_bytes_max;
        upstream.interval_ms = settings.interval_ms;
        upstream.page_count = settings.page_count;
        pullers_.push_back(std::make_unique<exchange::Puller>(std::move(upstream), core_->services));
    }
}

Outcome Hub::make_forwarders() {
    for (const auto& settings : core_->configuration.destinations) {
        if (!core_->content.maps->has(settings.map))
            return error(IssueCode::not_found, "destination " + settings.name, "feed-no-map", {settings.map});
        auto way_out = make_way_out(settings, core_->configuration.limits);
        if (!way_out) return way_out.error();
        forwarders_.push_back(std::make_unique<exchange::Forwarder>(destination_of(settings), core_->services, *core_->content.maps,
                                                                    std::move(way_out->outlet), std::move(way_out->encode)));
    }
    return {};
}

std::vector<std::pair<std::string, std::uint64_t>> Hub::metrics() const {
    auto out = core_->store->counters();
    out.emplace_back("http_requests", server_->requests());
    out.emplace_back("inbox_received", inbox_->received());
    out.emplace_back("inbox_duplicates", inbox_->duplicates());
    out.emplace_back("inbox_waiting", inbox_->backlog());
    out.emplace_back("inbox_quarantined", quarantine_->waiting());
    out.emplace_back("inbox_syncs", inbox_journal_->syncs());
    out.emplace_back("pipeline_applied", core_->pipeline->applied());
    out.emplace_back("pipeline_dead_letters", core_->pipeline->dead_letters());
    out.emplace_back("access_log_syncs", access_log_->journal().syncs());
    out.emplace_back("break_glass_total", tokens_->emergencies());
    out.emplace_back("audit_checkpoints", checkpointer_->written());
    out.emplace_back("audit_lag_microseconds", static_cast<std::uint64_t>(deriver_->lag()));
    for (const auto& [name, value] : recognition_->counters()) out.emplace_back(name, value);
    for (const auto& puller : pullers_) {
        for (auto& counter : puller->counters()) out.push_back(std::move(counter));
    }
    for (const auto& forwarder : forwarders_) {
        for (auto& counter : forwarder->counters()) out.push_back(std::move(counter));
    }
    return out;
}

Outcome Hub::start() {
    quarantine_->recover(*core_->store);
    if (auto issues = inbox_->recover(); issues.has_errors()) return issues;
    for (auto& adapter : core_->adapters) start_feed(*adapter);
    server_->start();
    const auto threads = threads_of(core_->configuration.io_threads);
    for (std::uint32_t index = 0; index < threads; ++index) io_threads_.emplace_back([this] { io_->run(); });
    background_->start();
    deriving_->start();
    for (auto& puller : pullers_) exchange_threads_.emplace_back([&puller](std::stop_token stop) { puller->run(stop); });
    for (auto& forwarder : forwarders_) exchange_threads_.emplace_back([&forwarder](std::stop_token stop) { forwarder->run(stop); });
    return wait_for_feeds();
}

void Hub::start_feed(feeds::Adapter& adapter) {
    feed_stops_.push_back(std::make_unique<asio::cancellation_signal>());
    ++running_feeds_;
    auto ended = [this, &adapter](std::exception_ptr failure) {
        if (failure) {
            const std::lock_guard lock(mutex_);
            for (std::size_t index = 0; index < core_->adapters.size(); ++index) {
                if (core_->adapters[index].get() == &adapter) failed_feeds_.push_back(core_->configuration.feeds[index].name);
            }
        }
        --running_feeds_;
    };
    asio::co_spawn(asio::make_strand(*io_), adapter.run(*inbox_),
                   asio::bind_cancellation_slot(feed_stops_.back()->slot(), std::move(ended)));
}

Outcome Hub::wait_for_feeds() {
    std::string failed;
    wait_until(kFeedStartSeconds, [&] {
        const std::lock_guard lock(mutex_);
        if (!failed_feeds_.empty()) {
            failed = failed_feeds_.front();
            return true;
        }
        return std::all_of(core_->adapters.begin(), core_->adapters.end(), [](const auto& adapter) { return !adapter->address().empty(); });
    });
    if (!failed.empty()) return error(IssueCode::exception, "feed " + failed, "feed-not-listening", {failed});
    return {};
}

bool Hub::stop() {
    for (auto& thread : exchange_threads_) thread.request_stop();
    exchange_threads_.clear();
    server_->stop();
    for (auto& stop : feed_stops_) {
        asio::post(*io_, [signal = stop.get()] { signal->emit(asio::cancellation_type::terminal); });
    }
    const bool drained = wait_until(kDrainSeconds, [this] { return running_feeds_ == 0 && inbox_->backlog() == 0; });
    if (!drained) return false;
    if (care_thread_.joinable()) care_thread_.join();
    io_->stop();
    for (auto& thread : io_threads_) thread.join();
    io_threads_.clear();
    workers_->join();
    background_->stop();
    deriving_->stop();
    return true;
}

Hub::~Hub() {
    for (auto& thread : io_threads_) {
        if (thread.joinable()) thread.detach();
    }
}

std::string Hub::ready_line() const {
    std::string out = "{\"event\":\"ready\",\"http\":\"" + server_->address() + "\",\"feeds\":{";
    std::string mllp;
    for (std::size_t index = 0; index < core_->adapters.size(); ++index) {
        const auto& feed = core_->configuration.feeds[index];
        const auto address = core_->adapters[index]->address();
        if (mllp.empty() && feed.kind == "hl7v2" && !feed.setting("listen").empty()) mllp = address;
        if (out.back() != '{') out += ',';
        fhir::write_json_string(feed.name, out);
        out += ':';
        fhir::write_json_string(address, out);
    }
    return out + "},\"mllp\":\"" + mllp + "\"}";
}

} // namespace huitong::app
