/// A hub as others see it: a real store in a folder of its own behind a real HTTP server on loopback, and a small population that changes.
#pragma once

#include "access/jwt.hpp"
#include "access/tokens.hpp"
#include "audit/access_log.hpp"
#include "exchange/content.hpp"
#include "fhir/json.hpp"
#include "interaction/parts.hpp"
#include "rest/fhir_door.hpp"
#include "rest/server.hpp"
#include "rest/service_doors.hpp"
#include "support/definitions.hpp"
#include "support/keys.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <thread>

namespace huitong::tests {

class Folder {
public:
    Folder() : path_(root() / ("huitong-exchange-" + std::to_string(std::random_device{}()))) {
        std::filesystem::create_directories(path_);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

private:
    /// In memory where there is such a folder: how long an fsync takes is not what is tested here.
    static std::filesystem::path root() {
        const std::filesystem::path memory = "/dev/shm";
        return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
    }
    std::filesystem::path path_;
};

inline const search::Registry& registry() {
    // The definitions live as long as the program; the registry only borrows them.
    static const search::Registry registry(std::shared_ptr<const fhir::Definitions>(&r4_definitions(), [](const auto*) {}));
    return registry;
}

/// Store and services, without a server.
class Hub {
public:
    explicit Hub(std::string directory, const Clock& clock) : directory_(std::move(directory)), clock_(clock) { open(); }

    void open() {
        store::StoreOptions options;
        options.directory = directory_ + "/store";
        options.clock = &clock_;
        auto opened = store::open_store(options);
        if (!opened) throw std::runtime_error("cannot open the store: " + opened.error().leading()->rule);
        store_ = std::move(*opened);
        services_.store = store_.get();
        services_.registry = &registry();
        services_.definitions = &r4_definitions();
        services_.clock = &clock_;
        services_.limits = &limits_;
        services_.base_url = "http://hub.invalid/fhir";
    }
    void close() { store_.reset(); }

    store::Store& store() { return *store_; }
    interaction::Services& services() { return services_; }
    Limits& limits() { return limits_; }

    /// PUT (or POST) of a resource given as JSON, as one commit.
    store::CommitReceipt put(const std::string& json, store::Action action = store::Action::update,
                             const std::string& owner = "990102H0001") {
        store::Commit commit;
        commit.writes.push_back(write(json, action, owner));
        return apply(std::move(commit));
    }
    store::Write write(const std::string& json, store::Action action = store::Action::update, const std::string& owner = "990102H0001") {
        const auto parsed = fhir::read_json(json);
        if (parsed.issues.has_errors()) throw std::runtime_error("bad JSON in a test");
        access::Caller caller;
        caller.organization = owner;
        const auto root = parsed.value->root();
        return interaction::make_write(services_, caller, action, std::string(root.type()), std::string(root.text("id")), root);
    }
    store::CommitReceipt remove(const std::string& type, const std::string& id) {
        store::Commit commit;
        commit.writes.push_back(interaction::make_removal({}, type, id));
        return apply(std::move(commit));
    }
    store::CommitReceipt apply(store::Commit commit) {
        auto receipt = store_->commit_and_wait(std::move(commit));
        if (!receipt) throw std::runtime_error("commit failed: " + receipt.error().leading()->rule);
        return std::move(*receipt);
    }

    /// Content of every resource, removals too: "Type/id" → digest.
    std::map<std::string, std::string> contents() {
        std::map<std::string, std::string> out;
        auto view = store_->view();
        store::HistoryRange range;
        range.newest_first = false;
        range.count = 1'000'000;
        for (const auto& version : view->history("", "", range).value()) {
            if (!version.superseded || !out.contains(version.key.type + '/' + version.key.id))
                out[version.key.type + '/' + version.key.id] = exchange::content_digest(version);
        }
        // Deleted before anybody saw it is the same as never there.
        std::erase_if(out, [](const auto& row) { return row.second == exchange::kRemoved; });
        return out;
    }
    std::size_t versions() {
        store::HistoryRange range;
        range.count = 1'000'000;
        return store_->view()->history("", "", range).value().size();
    }

private:
    std::string directory_;
    const Clock& clock_;
    Limits limits_;
    std::shared_ptr<store::Store> store_;
    interaction::Services services_;
};

/// A hub with its HTTP server.
class ServedHub {
public:
    ServedHub(const std::string& directory, const Clock& clock, std::vector<access::Client> clients = {}, bool open = false)
        : hub(directory, clock), tokens_(std::move(clients), clock, ""), log_(*audit::AccessLog::open(directory + "/access")),
          reception_(&tokens_, log_.get(), clock, open), fhir_door_(hub.services(), reception_, "/fhir"), token_door_(tokens_, reception_),
          server_(io_, workers_, hub.limits()) {
        if (!server_.bind("127.0.0.1:0")) throw std::runtime_error("cannot bind");
        tokens_.set_token_url(token_url());
        hub.services().base_url = url();
        server_.set_routes({{"/fhir", &fhir_door_}, {"/auth/token", &token_door_}});
        server_.start();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~ServedHub() {
        server_.stop();
        workers_.join();
        io_.stop();
        thread_.join();
    }
    std::string address() const { return server_.address(); }
    std::uint16_t port() const { return static_cast<std::uint16_t>(std::stoi(address().substr(address().rfind(':') + 1))); }
    std::string url() const { return "http://" + address() + "/fhir"; }
    std::string token_url() const { return "http://" + address() + "/auth/token"; }
    std::uint64_t requests() const { return server_.requests(); }

    Hub hub;

private:
    access::Tokens tokens_;
    std::unique_ptr<audit::AccessLog> log_;
    rest::Reception reception_;
    rest::FhirDoor fhir_door_;
    rest::TokenDoor token_door_;
    boost::asio::io_context io_;
    boost::asio::thread_pool workers_{2};
    rest::Server server_;
    std::thread thread_;
};

/// A population whose every step is one commit: new patients and results, corrections, several writes at once, removals, re-creations.
class Population {
public:
    Population(Hub& hub, std::uint32_t seed, std::string prefix = "") : hub_(hub), random_(seed), prefix_(std::move(prefix)) {}

    /// Writes until so many versions have been made; gives their number.
    std::size_t change(std::size_t versions) {
        std::size_t made = 0;
        while (made < versions) made += step();
        return made;
    }

    std::size_t removed() const { return removed_; }

private:
    std::size_t step() {
        const auto roll = pick(100);
        if (roll < 15 || ids_.empty()) return write(patient(pick(40)), store::Action::create);
        if (roll < 60) return write(result(pick(400)), store::Action::create);
        if (roll < 80) {
            store::Commit commit;
            std::set<std::string> used;
            for (std::size_t count = 2 + pick(6); count > 0; --count) {
                const auto number = pick(400);
                if (used.insert(result_id(number)).second) commit.writes.push_back(hub_.write(result(number)));
            }
            for (const auto& write : commit.writes) ids_.insert(write.key.id);
            const auto size = commit.writes.size();
            hub_.apply(std::move(commit));
            return size;
        }
        const auto number = pick(400);
        if (!ids_.erase(result_id(number))) return 0;
        ++removed_;
        hub_.remove("Observation", result_id(number));
        return 1;
    }
    std::size_t write(const std::string& json, store::Action action) {
        const auto receipt = hub_.put(json, action);
        ids_.insert(receipt.writes.front().key.id);
        return receipt.writes.front().unchanged ? 0 : 1;
    }
    std::size_t pick(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
    std::string result_id(std::size_t number) const { return prefix_ + "result-" + std::to_string(number); }

    std::string patient(std::size_t number) {
        return R"({"resourceType":"Patient","id":")" + prefix_ + "patient-" + std::to_string(number) +
               R"(","identifier":[{"system":"urn:huitong:organization:990102H0001:patient","value":")" + std::to_string(number) +
               R"("}],"name":[{"text":"演示)" + std::to_string(++stamp_) + R"("}],"gender":"female","birthDate":"1956-03-14"})";
    }
    std::string result(std::size_t number) {
        return R"({"resourceType":"Observation","id":")" + result_id(number) +
               R"(","meta":{"source":"urn:example:lis","tag":[{"system":"urn:example:tag","code":"demo"}]},"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"subject":{"reference":"Patient/)" +
               prefix_ + "patient-" + std::to_string(number % 40) +
               R"("},"effectiveDateTime":"2026-11-20T08:45:00+08:00","valueQuantity":{"value":)" + std::to_string(++stamp_) +
               R"(.50,"unit":"g/L","system":"http://unitsofmeasure.org","code":"g/L"}})";
    }

    Hub& hub_;
    std::mt19937 random_;
    std::string prefix_;
    std::set<std::string> ids_;
    std::size_t stamp_ = 0, removed_ = 0;
};

} // namespace huitong::tests
