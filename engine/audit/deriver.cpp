#include "audit/deriver.hpp"

#include "audit/asked_patients.hpp"
#include "fhir/json.hpp"

#include <algorithm>

namespace huitong::audit {
namespace {

constexpr std::string_view kWatermarks = "audit.watermark";
constexpr std::string_view kReason = "derive; access=";

/// Commits of audit events alone are not told: each telling would be told in turn.
bool is_own(const store::LogEntry& entry) {
    return std::all_of(entry.writes.begin(), entry.writes.end(), [](const auto& write) { return write.first.type == "AuditEvent"; });
}

/// Nothing is passed over in silence: a record that cannot be read is told as such, with its place.
AccessRecord unreadable() {
    AccessRecord out;
    out.interaction = "unreadable";
    out.status = 500;
    return out;
}

std::uint64_t number(const std::optional<std::string>& text) { return text ? std::strtoull(text->c_str(), nullptr, 10) : 0; }

store::FactWrite watermark(std::string key, std::string value) {
    store::FactWrite out;
    out.table = kWatermarks;
    out.key = std::move(key);
    out.value = std::move(value);
    return out;
}

} // namespace

std::string anchor_reason(const std::string& access_anchor) { return std::string(kReason) + access_anchor; }
std::string read_anchor(std::string_view reason) {
    return reason.starts_with(kReason) ? std::string(reason.substr(kReason.size())) : std::string();
}

struct Deriver::Batch {
    std::unique_ptr<store::ReadView> view, usual_view;
    store::Commit commit;
    std::map<std::string, std::set<std::string>> requests; ///< of this batch's log entries, with what they wrote
    store::LogTime log_done = 0;
    std::string log_anchor; ///< "<t>:<hash>" of the last entry told; "" = only own ones
    JournalPosition access_done = 0, access_end = 0;
    std::string access_anchor;
    bool more = false;
    Instant oldest_left;
};

Deriver::Deriver(store::Store& store, const search::Registry& registry, AccessLog& log, const Clock& clock, std::vector<FactChain> chains,
                 std::vector<std::string> sensitive)
    : store_(store), registry_(registry), log_(log), clock_(clock), chains_(std::move(chains)) {
    usual_sight_.unrestricted = false;
    usual_sight_.denied_labels = std::move(sensitive);
    if (!usual_sight_.denied_labels.empty()) usual_sight_.denied_labels.emplace_back(kTrailOfSensitive);
    hub_ = store_.fact(std::string(kWatermarks), "hub").value_or(store_.new_id());
    log_done_ = number(store_.fact(std::string(kWatermarks), "log"));
    access_done_ = number(store_.fact(std::string(kWatermarks), "access"));
    access_anchor_ = store_.fact(std::string(kWatermarks), "access-anchor").value_or("");
}

Result<Deriver::Step> Deriver::step() {
    const std::lock_guard lock(mutex_);
    Batch batch;
    // The end of the access log is taken first: whatever stands before it has its commit, if there was one, in the transaction log below.
    batch.access_end = log_.journal().end();
    batch.view = store_.view();
    batch.log_done = log_done_;
    batch.access_done = access_done_;
    batch.access_anchor = access_anchor_;
    batch.oldest_left = clock_.now();
    if (auto read = read_log(batch); !read) return read.error();
    if (!batch.more) {
        if (auto read = read_access_log(batch); !read) return read.error();
    }
    Step out;
    out.events = batch.commit.writes.size();
    out.more = batch.more;
    if (auto written = write(batch); !written) return written.error();
    log_done_ = batch.log_done;
    access_done_ = batch.access_done;
    access_anchor_ = batch.access_anchor;
    behind_ = batch.more ? batch.oldest_left.microseconds : 0;
    if (auto tied = tie(batch); !tied) return tied.error();
    return out;
}

Result<void> Deriver::read_log(Batch& batch) const {
    const auto entries = store_.log(batch.log_done, kRecordsPerStep);
    if (!entries) return entries.error();
    for (const auto& entry : *entries) {
        if (batch.commit.writes.size() >= kEventsPerStep) {
            batch.more = true;
            return {};
        }
        if (entry.t > batch.view->t()) break; // committed after the view: its patients are not to be seen yet
        batch.log_done = entry.t;
        if (is_own(entry)) continue;
        batch.log_anchor = std::to_string(entry.t) + ':' + entry.hash;
        batch.oldest_left = entry.instant;
        auto happening = happening_of(entry);
        if (!happening.request.empty()) batch.requests[happening.request].insert(happening.resources.begin(), happening.resources.end());
        add(batch, std::move(happening));
    }
    batch.more = entries->size() == kRecordsPerStep;
    return {};
}

Result<void> Deriver::read_access_log(Batch& batch) const {
    std::size_t count = 0;
    return log_.journal().walk(batch.access_done, [&](const JournalRecord& record) {
        if (record.position >= batch.access_end) return false;
        if (count++ == kRecordsPerStep || batch.commit.writes.size() >= kEventsPerStep) {
            batch.more = true;
            return false;
        }
        batch.access_done = record.next;
        const auto access = read_record(record.payload).value_or(unreadable());
        if (access.interaction == kCheckpoint || access.interaction == kChainCheckpoint) return true;
        batch.access_anchor = std::to_string(record.position) + ':' + record.hash;
        batch.oldest_left = access.at;
        auto happening = happening_of(access, record.position);
        happening.query = log_.query_of(access);
        if (is_told_by_log(access)) {
            const auto told = told_of(batch, access.request_id);
            if (told) std::erase_if(happening.resources, [&](const auto& resource) { return told->contains(resource); });
            // What is left was read in the same request, or written without a change.
            if (told && happening.resources.empty()) return true;
        }
        add(batch, std::move(happening));
        return true;
    });
}

/// What the events of the request's commits name, in this batch or in the store; nullopt: there is no such event.
std::optional<std::set<std::string>> Deriver::told_of(const Batch& batch, const std::string& request) const {
    if (request.empty()) return std::nullopt;
    if (const auto found = batch.requests.find(request); found != batch.requests.end()) return found->second;
    const auto keys = batch.view->reference_identifiers("AuditEvent", "entity", std::string(kRequestSystem), request);
    if (keys.empty()) return std::nullopt;
    std::set<std::string> out;
    const auto versions = batch.view->versions(keys);
    if (!versions) return out;
    for (const auto& version : *versions) {
        const auto parsed = fhir::read_json(version.body);
        for (const auto entity : parsed.value->root().children("entity")) out.emplace(entity.text("what.reference"));
    }
    return out;
}

bool Deriver::is_sensitive(Batch& batch, const std::vector<std::string>& resources) const {
    if (usual_sight_.denied_labels.empty()) return false;
    if (!batch.usual_view) batch.usual_view = store_.view(usual_sight_, batch.view->t());
    return std::any_of(resources.begin(), resources.end(), [&](const std::string& resource) {
        const auto slash = resource.find('/');
        if (slash == resource.npos) return false;
        const store::ResourceKey key(resource.substr(0, slash), resource.substr(slash + 1));
        if (batch.usual_view->current_key(key) != 0) return false;
        const auto is_there = [&](store::ReadView& view) { // or was, before it was deleted
            const auto found = view.current(key);
            return found && *found;
        };
        return is_there(*batch.view) && !is_there(*batch.usual_view);
    });
}

/// Whose data each resource was; what is nobody's, or of several without being split, stands under "". That events were read is no second
/// reading of what they tell: where they are of several patients they are nobody's, or every reading of the trail would make it longer.
Deriver::Shares Deriver::shares_of(const Batch& batch, const Happening& happening) const {
    Shares out;
    std::vector<std::pair<std::string, std::string>> events;
    for (const auto& resource : happening.resources) {
        const auto slash = resource.find('/');
        const store::ResourceKey key(resource.substr(0, slash), slash == resource.npos ? "" : resource.substr(slash + 1));
        const auto patient = key.id.empty() ? std::string() : key.type == "Patient" ? key.id : batch.view->patient_of(key);
        if (key.type == "AuditEvent") events.emplace_back(patient, resource);
        else out[patient].push_back(resource);
    }
    for (const auto& id : asked_patients(happening.query)) {
        if (batch.view->current_key({"Patient", id}) != 0) out[id];
    }
    const auto is_of_one = [&](const auto& one) { return one.first == events.front().first; };
    const bool are_of_one = !events.empty() && std::all_of(events.begin(), events.end(), is_of_one);
    for (auto& [patient, resource] : events) out[are_of_one ? patient : std::string()].push_back(std::move(resource));
    return out;
}

/// IHE BALP: an event for each patient, so that each finds in his trail what was read of him, and nothing of others. What a loader writes
/// comes by the thousand and stays one event.
void Deriver::add(Batch& batch, Happening happening) const {
    happening.hub = hub_;
    happening.id = hub_ + '.' + happening.id;
    auto shares = shares_of(batch, happening);
    const bool is_split = !happening.request.empty() || !happening.message.empty();
    auto of_nobody = shares.extract("");
    if (shares.empty() || (!is_split && shares.size() > 1)) {
        for (const auto& [patient, resources] : shares) happening.patients.push_back("Patient/" + patient);
        return add_event(batch, std::move(happening));
    }
    // What was asked may name the others too: with several it stands in an event that is no patient's.
    std::size_t count = 0;
    happening.resources.clear();
    if (shares.size() > 1) {
        auto asked = happening;
        if (!of_nobody.empty()) asked.resources = std::move(of_nobody.mapped());
        of_nobody = {};
        add_event(batch, std::move(asked));
        happening.query.clear();
        ++count;
    }
    for (auto& [patient, resources] : shares) {
        auto own = happening;
        if (count > 0) own.id += '.' + std::to_string(count);
        own.resources = std::move(resources);
        if (count == 0 && !of_nobody.empty())
            own.resources.insert(own.resources.end(), of_nobody.mapped().begin(), of_nobody.mapped().end());
        own.patients = {"Patient/" + patient};
        ++count;
        add_event(batch, std::move(own));
    }
}

void Deriver::add_event(Batch& batch, Happening happening) const {
    auto event = audit_event(happening, registry_.offset_minutes());
    auto parsed = fhir::read_json(event);
    if (parsed.issues.has_errors()) {
        // Whatever stands in the log, it is told that something does, and where.
        auto place = happening_of(unreadable(), 0);
        place.hub = happening.hub;
        place.id = happening.id;
        place.at = happening.at;
        happening = std::move(place);
        event = audit_event(happening, registry_.offset_minutes());
        parsed = fhir::read_json(event);
    }
    auto body = stored_body(happening, event);
    store::Write write;
    write.action = store::Action::create;
    write.key = {"AuditEvent", happening.id};
    write.body = std::move(body.text);
    write.meta_at = body.meta_at;
    write.rows = registry_.index_rows(parsed.value->root()).value;
    write.owner = happening.organization;
    if (is_sensitive(batch, happening.resources)) write.labels.emplace_back(kTrailOfSensitive);
    batch.commit.writes.push_back(std::move(write));
}

Result<void> Deriver::write(Batch& batch) {
    if (batch.commit.writes.empty()) return {}; // own entries and checkpoints are passed over again after a restart
    batch.commit.actor = kDeriverActor;
    batch.commit.gives_way = true;
    batch.commit.reason = anchor_reason(batch.access_anchor);
    batch.commit.facts = {watermark("log", std::to_string(batch.log_done)), watermark("access", std::to_string(batch.access_done)),
                          watermark("access-anchor", batch.access_anchor), watermark("hub", hub_)};
    batch.usual_view.reset();
    batch.view.reset(); // a snapshot kept open would hold back the writer's checkpoint
    const auto done = store_.commit_and_wait(std::move(batch.commit));
    if (!done) return done.error();
    return {};
}

Result<void> Deriver::tie(const Batch& batch) {
    if (!batch.log_anchor.empty()) {
        if (auto written = write_checkpoint(kCheckpoint, {}, batch.log_anchor); !written) return written;
    }
    for (const auto& chain : chains_) {
        const auto head = read_head(store_, chain);
        if (head.sequence == 0 || tied_[chain.name] == head) continue;
        if (auto written = write_checkpoint(kChainCheckpoint, chain.name, std::to_string(head.sequence) + ':' + head.hash); !written)
            return written;
        tied_[chain.name] = head;
    }
    return {};
}

Result<void> Deriver::write_checkpoint(std::string_view interaction, std::string chain, std::string head) {
    AccessRecord record;
    record.at = clock_.now();
    record.client = kDeriverActor;
    record.interaction = interaction;
    record.type = std::move(chain);
    record.id = std::move(head);
    const auto done = log_.append_and_wait(record);
    if (!done) return done.error();
    return {};
}

std::int64_t Deriver::lag() const {
    const auto behind = behind_.load();
    return behind == 0 ? 0 : std::max<std::int64_t>(0, clock_.now().microseconds - behind);
}

} // namespace huitong::audit
