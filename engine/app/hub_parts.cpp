/// How a hub is put together: each part is opened after those that it stands on.
#include "app/adapters.hpp"
#include "app/hub_doors.hpp"
#include "app/print.hpp"
#include "app/thread_share.hpp"
#include "exchange/http_client.hpp"
#include "interaction/text_indexer.hpp"
#include "recognition/ledger.hpp"

#include <filesystem>

namespace huitong::app {
namespace {

namespace asio = boost::asio;

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
        client.masked = settings.masked;
        client.deidentified = settings.deidentified;
        client.destination = settings.destination;
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
        while (at < types.size() && types[at] == ' ') ++at;
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

/// Queries hold names and numbers that people look for: in the access log they are sealed also where the rest of the directory is not, with
/// a key of the directory's own, which also opens what was asked before the rest was sealed.
Result<audit::QueryKeys> open_query_keys(const Core& core) {
    audit::QueryKeys out;
    out.sealing = core.keys;
    const auto file = core.configuration.data + "/query-keys";
    if (!std::filesystem::exists(file)) {
        if (core.keys) return out;
        if (const auto made = KeyRing::add_key(file, CipherKind::aes_256_gcm, core.clock->now()); !made) return made.error();
    }
    auto ring = KeyRing::open(file);
    if (!ring) return ring.error();
    (core.keys ? out.older : out.sealing) = std::move(*ring);
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

} // namespace

Outcome Hub::open_logs(Outcome& warnings) {
    auto& core = *core_;
    const auto& configuration = core.configuration;
    JournalOptions journal;
    journal.directory = configuration.data + "/inbox";
    journal.queue_max = configuration.limits.inbox_queue_max;
    journal.keys = core.keys;
    auto inbox_journal = Journal::open(journal);
    if (!inbox_journal) return inbox_journal.error();
    inbox_journal_ = std::move(*inbox_journal);
    warnings.add(inbox_journal_->recovery());
    auto query_keys = open_query_keys(core);
    if (!query_keys) return query_keys.error();
    auto access_log = audit::AccessLog::open(configuration.data + "/access-log", std::move(*query_keys));
    if (!access_log) return access_log.error();
    access_log_ = std::move(*access_log);
    warnings.add(access_log_->journal().recovery());
    // Also of earlier starts: whoever watches the counter sees it until somebody has looked at the files.
    tails_cut_ = kept_tails(journal.directory).issues().size() + kept_tails(configuration.data + "/access-log").issues().size();
    return {};
}

void Hub::make_inbox() {
    auto& core = *core_;
    const auto& configuration = core.configuration;
    inbox_ =
        std::make_unique<feeds::DurableInbox>(*inbox_journal_, *core.store, *core.pipeline, *appliers_, configuration.limits, *core.clock);
    core.pipeline->read_messages_with([inbox = inbox_.get()](const feeds::MessageId& id) { return inbox->find(id); });
    std::set<std::string> refusing;
    for (const auto& feed : configuration.feeds) {
        if (feed.setting("control_id_reuse") == "refuse") refusing.insert(feed.name);
    }
    inbox_->refuse_control_id_reuse(std::move(refusing));
    feed_runner_ = std::make_unique<FeedRunner>(*io_, *inbox_, core.adapters, configuration.feeds);
}

Outcome Hub::bind_server() {
    auto& core = *core_;
    const auto& configuration = core.configuration;
    server_ = std::make_unique<rest::Server>(*io_, *workers_, configuration.limits);
    std::vector<asio::io_context*> lines;
    for (std::uint32_t count = 0; count < threads_of(configuration.io_threads); ++count)
        lines.push_back(lines_.emplace_back(std::make_unique<asio::io_context>(1)).get());
    server_->serve_on(std::move(lines));
    if (auto bound = server_->bind(configuration.http); !bound) return bound.error();
    if (auto bound = server_->bind_local(configuration.data + "/control"); !bound) return bound.error();
    core.services.base_url = root() + "/fhir";
    core.content.registry->set_base_url(core.services.base_url);
    return {};
}

/// The address that peers know the hub by.
std::string Hub::root() const {
    const auto& named = core_->configuration.base_url;
    return named.empty() ? "http://" + server_->address() : named;
}

void Hub::make_bulk_jobs() {
    auto& core = *core_;
    const auto& configuration = core.configuration;
    exporter_ = std::make_unique<exchange::Exporter>(core.services, configuration.data + "/export", export_settings());
    core.services.exports = exporter_.get();
    exchange::FetchSettings fetching;
    fetching.sources = configuration.import_sources;
    fetching.http.plain_http = configuration.import_plain_http;
    importer_ = std::make_unique<exchange::Importer>(core.services, configuration.data + "/import", configuration.import_folder,
                                                     std::move(fetching));
    core.services.imports = importer_.get();
}

Outcome Hub::open_parts(Outcome& warnings) {
    auto& core = *core_;
    const auto& configuration = core.configuration;
    if (auto issues = open_logs(warnings); issues.has_errors()) return issues;
    io_ = std::make_unique<asio::io_context>();
    workers_ = make_pool(threads_of(configuration.workers), Share::answering);
    appliers_ = make_pool(threads_of(configuration.workers), Share::applying);
    make_inbox();
    if (auto issues = bind_server(); issues.has_errors()) return issues;
    tokens_ = std::make_unique<access::Tokens>(clients_of(configuration), *core.clock, root() + "/auth/token");
    tokens_->set_token_seconds(configuration.token_seconds);
    tokens_->keep_assertions_in(configuration.data + "/used-assertions");
    access::Consents::Persons persons;
    persons.same = [&linker = *core.linker](const std::string& patient) { return linker.same_person(patient); };
    persons.generation = [&linker = *core.linker] { return linker.generation(); };
    persons.moved_since = [&linker = *core.linker](std::uint64_t generation) { return linker.moved_since(generation); };
    consents_ = std::make_unique<access::Consents>(*core.base_store, std::move(persons));
    const bool is_open = configuration.access_mode == "open";
    if (is_open) warnings.add(warning(IssueCode::security, "access.mode", "serve-open", {server_->address()}));
    reception_ = std::make_unique<rest::Reception>(tokens_.get(), access_log_.get(), *core.clock, is_open, consents_.get());
    if (auto issues = open_people(); issues.has_errors()) return issues;
    core.answers->open(*consents_, *access_log_, *workers_);
    make_recognition();
    make_quarantine();
    if (auto made = make_checkpointer(); !made) return made.error();
    make_bulk_jobs();
    doors_ = std::make_unique<Doors>(*this, root());
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

exchange::ExportSettings Hub::export_settings() const {
    const auto& configuration = core_->configuration;
    exchange::ExportSettings out;
    for (const auto& one : configuration.data_classes) out.classes.push_back({one.name, one.types, one.may_go_to, one.deidentified_only});
    out.deidentify_key_file = configuration.deidentify_key.empty() ? configuration.data + "/deidentify-key" : configuration.deidentify_key;
    out.person_of = [&linker = *core_->linker](const std::string& patient) {
        const auto same = linker.same_person(patient);
        return same.empty() ? patient : *std::min_element(same.begin(), same.end());
    };
    return out;
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
        const auto found =
            search::find_matches(*core.content.registry, *view, "Organization", "identifier=" + code, 1, *core.services.limits);
        return found && !found->keys.empty();
    };
    auto release = [this](const feeds::MessageId& id) {
        if (!core_->store->fact(std::string(feeds::kDeadLetterFacts), id)) return; // corrected or replayed by somebody in between
        print_issues(inbox_->start_replay(id));
    };
    quarantine_ = std::make_unique<feeds::Quarantine>(std::move(is_known), std::move(release));
    core.pipeline->on_dead_letter([this](const feeds::MessageId& id, const Outcome& reasons) { quarantine_->note(id, reasons); });
}

/// Calls to the institution's identity provider: short, small, and only where its own document says.
Result<std::string> ask_provider(const access::OpenIdProvider::Call& call) {
    exchange::HttpLimits limits;
    limits.answer_bytes_max = 1 << 20;
    limits.connect_timeout_ms = 3'000;
    limits.answer_timeout_ms = 8'000;
    exchange::HttpClient client(limits);
    exchange::HttpCall sent;
    sent.url = call.url;
    sent.headers.emplace_back("Accept", "application/json");
    if (!call.form.empty()) {
        sent.body = call.form;
        sent.content_type = "application/x-www-form-urlencoded";
    }
    auto answer = client.send(sent, {});
    if (!answer) return answer.error();
    if (answer->status != 200) return Outcome(error(IssueCode::login, "", "openid-token", {"status " + std::to_string(answer->status)}));
    return std::move(answer->body);
}

/// Whoever signs in, and whose licence is asked for.
Outcome Hub::open_people() {
    const auto& configuration = core_->configuration;
    Parsed<std::vector<access::Person>> people;
    if (!configuration.people.empty()) people = access::People::read(configuration.people);
    if (people.issues.has_errors()) return people.issues;
    people_ = std::make_unique<access::People>(std::move(people.value));
    authorization_ =
        std::make_unique<access::Authorization>(*tokens_, *people_, *core_->clock, core_->services.base_url, configuration.offset_minutes,
                                                [this](const access::PersonGrant& grant) { return may_still_act(grant); });
    if (!configuration.identity_provider.issuer.empty())
        provider_ = std::make_unique<access::OpenIdProvider>(configuration.identity_provider, *core_->clock, ask_provider);
    if (configuration.practitioners.empty()) return {};
    practitioners_ = std::make_unique<access::Practitioners>(configuration.practitioners);
    reception_->ask_register(practitioners_.get(), configuration.offset_minutes);
    return practitioners_->reload();
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

/// Notices of what was adopted and changed, AuditEvents and the text index: they follow the logs.
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
    jobs.push_back([this, next = std::chrono::steady_clock::time_point()]() mutable {
        const auto now = std::chrono::steady_clock::now();
        if (now < next) return false;
        next = now + std::chrono::minutes(10);
        return core_->pipeline->bury_forsaken_parts() != 0;
    });
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
    if (core.has_text_index()) {
        deriving.push_back([indexer = interaction::TextIndexer(*core.base_store), teller = FailureTeller("text index")]() mutable {
            const auto more = indexer.step();
            teller.tell(more ? Outcome() : more.error());
            return more && *more;
        });
    }
    deriving_ = std::make_unique<Background>(std::move(deriving), Background::Pace::yielding);
    core.store->on_commit([this](store::LogTime) {
        background_->wake();
        deriving_->wake();
    });
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
        auto destination = destination_of(settings);
        for (const auto& type : destination.types) {
            if (!core_->content.definitions->is_resource_type(type))
                return error(IssueCode::invalid, "destination " + settings.name, "rest-unknown-type", {type});
        }
        auto way_out = make_way_out(settings, core_->configuration.limits);
        if (!way_out) return way_out.error();
        auto forwarder = std::make_unique<exchange::Forwarder>(std::move(destination), core_->services, *core_->content.maps,
                                                               std::move(way_out->outlet), std::move(way_out->encode));
        forwarder->see_as([this, name = settings.name, organization = settings.organization] {
            access::Caller reader;
            reader.client_id = "destination:" + name;
            reader.organization = organization;
            reader.scopes = {"system/*.rs"};
            reader.without_masked = true; // the wire has no way to show a person covered
            consents_->bind(reader, core_->clock->now());
            return access::filter_of(reader);
        });
        forwarders_.push_back(std::move(forwarder));
    }
    return {};
}

} // namespace huitong::app
