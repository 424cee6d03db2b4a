/// A store, an access log and a deriver in a fresh folder, with small writes and reads.
#pragma once

#include "audit/deriver.hpp"
#include "audit/verify.hpp"
#include "fhir/json.hpp"
#include "support/files.hpp"
#include "unit/validation/trees.hpp"

#include <random>

namespace huitong::audit::tests {

struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("huitong-audit-" + std::to_string(std::random_device{}()));
    ~Folder() { std::filesystem::remove_all(path); }
};

inline const search::Registry& registry() {
    static const search::Registry made(validation::tests::fresh_definitions());
    return made;
}

struct Hub {
    Folder folder;
    SetClock clock{Instant{1'700'000'000'000'000}};
    std::shared_ptr<store::Store> store;
    std::unique_ptr<AccessLog> log;
    std::optional<Deriver> deriver;

    /// `keeps_queries`: with keys to seal them.
    explicit Hub(bool keeps_queries = false) : keeps_queries_(keeps_queries) { start(); }
    std::string access_directory() const { return (folder.path / "access-log").string(); }
    std::string database() const { return (folder.path / "huitong.db").string(); }
    void open_store() {
        store::StoreOptions options;
        options.directory = folder.path.string();
        options.clock = &clock;
        store = store::open_store(options).value();
    }
    void start() {
        open_store();
        QueryKeys keys;
        if (keeps_queries_) {
            const auto file = (folder.path / "query-keys").string();
            if (!std::filesystem::exists(file) && !KeyRing::add_key(file, CipherKind::aes_256_gcm, {})) throw std::runtime_error("no keys");
            keys.sealing = KeyRing::open(file).value();
        }
        log = std::move(AccessLog::open(access_directory(), std::move(keys)).value());
        deriver.emplace(*store, registry(), *log, clock);
    }
    void stop() {
        deriver.reset();
        log.reset();
        store.reset();
    }
    void restart() {
        stop();
        start();
    }
    /// Writes resources in one commit and gives its place in the log.
    store::LogTime write(const std::vector<std::string>& texts, const std::string& actor = "his-b", const WriteNote& note = {"transaction"},
                         const std::string& message = "") {
        store::Commit commit;
        commit.actor = actor;
        commit.reason = write_note(note);
        commit.message_id = message;
        for (const auto& text : texts) {
            const auto parsed = fhir::read_json(text).value;
            const auto root = parsed->root();
            store::Write one;
            one.key = {std::string(root.type()), std::string(root.text("id"))};
            auto prepared = search::prepare_body(root, one.key.id);
            one.body = std::move(prepared.body);
            one.meta_at = prepared.meta_at;
            one.rows = registry().index_rows(root).value;
            commit.writes.push_back(std::move(one));
        }
        return store->commit_and_wait(std::move(commit)).value().t;
    }
    void record(const std::string& interaction, const std::vector<std::string>& resources, int status = 200,
                const std::string& request = "", const std::string& query = "") {
        AccessRecord access;
        access.query = query;
        access.at = clock.now();
        access.client = "his-b";
        access.organization = "341004H0009";
        access.practitioner = "D007";
        access.purpose = "TREAT";
        access.address = "10.0.0.7";
        access.request_id = request;
        access.interaction = interaction;
        access.status = status;
        access.resources = resources;
        if (!log->append_and_wait(access)) throw std::runtime_error("no access record");
    }
    /// Steps until nothing is left; the number of events.
    std::size_t derive() {
        std::size_t events = 0;
        for (bool more = true; more;) {
            const auto step = deriver->step().value();
            events += step.events;
            more = step.more;
        }
        return events;
    }
    /// Ids of the AuditEvents that a search finds, without the hub's, sorted.
    std::vector<std::string> search(const std::string& name, const std::string& value) const {
        Outcome warnings;
        const auto query = search::read_query(registry(), "AuditEvent", {{name, value}, {"_count", "1000"}}, true, warnings).value();
        auto view = store->view();
        std::vector<std::string> out;
        const Limits limits;
        for (const auto& found : search::run(registry(), *view, query, limits).value().entries)
            out.push_back(found.version.key.id.substr(found.version.key.id.find('.') + 1));
        std::sort(out.begin(), out.end());
        return out;
    }
    /// The id of an event with the hub's before it.
    std::string full_id(const std::string& id) const { return store->fact("audit.watermark", "hub").value() + '.' + id; }
    std::vector<std::string> events() const { return search("_lastUpdated", "gt2000-01-01"); }

private:
    bool keeps_queries_;
};

using Ids = std::vector<std::string>;

inline std::string patient(const std::string& id) { return R"({"resourceType":"Patient","id":")" + id + R"("})"; }
inline std::string result(const std::string& id, const std::string& patient, const std::string& value = "1") {
    return R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","code":{"text":"Hb"},"subject":{"reference":"Patient/)" +
           patient + R"("},"valueString":")" + value + R"("})";
}

} // namespace huitong::audit::tests
