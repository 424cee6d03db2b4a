#include "app/hub_doors.hpp"

#include "access/guardians.hpp"
#include "app/adapters.hpp"
#include "base/date_time.hpp"
#include "base/url_query.hpp"
#include "recognition/ledger.hpp"

#include <algorithm>

namespace huitong::app {

Hub::Doors::Doors(Hub& hub, const std::string& root)
    : fhir(hub.core_->services, *hub.reception_, "/fhir",
           hub.core_->configuration.report_writes ? interaction::WriteCheck::report : interaction::WriteCheck::tolerant),
      token(*hub.tokens_, *hub.reception_, hub.authorization_.get()), local_token(*hub.tokens_, *hub.reception_),
      smart(root + "/auth/token", !hub.core_->configuration.people.empty()),
      sign_in(
          *hub.authorization_, *hub.reception_, *hub.core_->clock, root,
          [&hub](const access::Caller& caller, const std::string& number) { return hub.find_patient(caller, number); },
          hub.provider_.get()),
      launch(
          *hub.authorization_, *hub.reception_,
          [&hub](const access::Caller& caller, const std::string& number) { return hub.find_patient(caller, number); },
          [&hub](const access::Caller& caller, const std::string& patient, const std::string& named) {
              return hub.find_encounter(caller, patient, named);
          }),
      health(
          *hub.reception_, [&hub] { return hub.metrics(); }, [&hub] { return hub.failures(); },
          hub.core_->configuration.metrics_to_loopback),
      registers(*hub.reception_, [&hub] { return hub.reload_registers(); }),
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
      store(*hub.reception_,
            {[&hub](std::string to, rest::StoreDoor::Done done) { hub.take_care([&hub, to] { return hub.back_up(to); }, std::move(done)); },
             [&hub](rest::StoreDoor::Done done) { hub.take_care([&hub] { return hub.verify(); }, std::move(done)); },
             [&hub] { return hub.reload_keys(); }}),
      audit(*hub.reception_, {*hub.core_->base_store, hub.core_->configuration.data + "/access-log", {recognition::ledger_chain()}},
            *hub.checkpointer_),
      mpi(*hub.reception_, {*hub.core_->linker, *hub.core_->base_store, *hub.core_->content.registry, *hub.core_->clock}),
      written(*hub.core_->content.maps, *hub.core_->clock), documents(hub.core_->services, *hub.reception_, written),
      posting(*hub.reception_, *hub.core_->pipeline, *hub.inbox_, *hub.core_->store,
              [&hub](const feeds::FeedSettings& feed, std::string body) {
                  return posted_messages(feed, std::move(body), *hub.core_->services.limits, hub.core_->clock->now());
              }) {}

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
            {"/auth/callback", &doors_->sign_in},
            {"/auth/launch", &doors_->launch},
            {"/auth/introspect", &doors_->token},
            {"/auth/revoke", &doors_->token},
            {"/auth/local-token", &doors_->local_token},
            {"/feeds", &doors_->feeds},
            {"/store", &doors_->store},
            {"/registers", &doors_->registers},
            {"/audit", &doors_->audit},
            {"/mpi", &doors_->mpi},
            {"/documents", &doors_->documents},
            {"/messages", &doors_->posting},
            {"/livez", &doors_->health},
            {"/readyz", &doors_->health},
            {"/metrics", &doors_->health}};
}

/// The one patient of a number: the institution's own, or a citizen number that is the patient's (a newborn may stand under its mother's).
std::string Hub::find_patient(const access::Caller& caller, const std::string& number) const {
    if (number.empty() || number.find_first_of("|,&\\$") != number.npos) return {}; // a search takes no number for any number
    // To name a patient is not to read Patients: the app's types are not asked for, Consents and labels are.
    auto filter = access::filter_of(caller);
    filter.allowed_types.clear();
    filter.conditions.clear();
    filter.patient_id.clear(); // a resident names a child of his: whether it is one is asked below
    const auto view = core_->store->view(filter, 0);
    std::set<std::string> found;
    for (const auto& system : {recognition::local_system(caller.organization, "patient"), std::string(recognition::kCitizenSystem)}) {
        const auto matches =
            search::find_matches(*core_->content.registry, *view, "Patient",
                                 "active:not=false&identifier=" + encode_url(system + '|' + number), 2, *core_->services.limits);
        if (!matches) continue;
        const bool is_citizen = system == recognition::kCitizenSystem;
        for (const auto& key : matches->keys) {
            const auto known = is_citizen ? core_->linker->record(key.id) : std::nullopt;
            if (!known || known->use != identity::NumberUse::guardian) found.insert(key.id);
        }
    }
    if (found.size() != 1) return {};
    if (caller.patient_id.empty() || *found.begin() == caller.patient_id) return *found.begin();
    return is_guardian_today(*view, caller.patient_id, *found.begin()) ? *found.begin() : std::string();
}

/// By the institution's own number of the visit, or by the id here; one of another person, or a hidden one, is none.
std::string Hub::find_encounter(const access::Caller& caller, const std::string& patient, const std::string& named) const {
    auto filter = access::filter_of(caller);
    filter.allowed_types.clear();
    filter.conditions.clear();
    const auto view = core_->store->view(filter, 0);
    std::set<std::string> found;
    const auto own = view->tokens("Encounter", "identifier", recognition::local_system(caller.organization, "encounter"), named);
    for (const auto& key : view->resource_keys(own)) found.insert(key.id);
    if (found.empty()) found.insert(named);
    if (found.size() != 1) return {};
    const store::ResourceKey key("Encounter", *found.begin());
    const auto version = view->current(key);
    if (!version || !*version || (*version)->deleted) return {};
    const auto person = core_->linker->same_person(patient);
    return std::find(person.begin(), person.end(), view->patient_of(key)) != person.end() ? key.id : std::string();
}

bool Hub::is_guardian_today(store::ReadView& view, const std::string& resident, const std::string& minor) const {
    auto day = date_time_of(core_->clock->now(), core_->configuration.offset_minutes);
    day.precision = Precision::day;
    day.offset_minutes.reset();
    return access::is_guardian(view, resident, minor, write_date_time(day));
}

/// What let a person have a patient's record: his own, his child's, or no Consent against it.
bool Hub::may_still_act(const access::PersonGrant& grant) const {
    const auto& own = grant.person.patient;
    if (grant.patient.empty() || grant.patient == own) return true;
    const auto caller = rest::caller_of(grant);
    if (own.empty()) return !consents_ || !consents_->closed_to(caller, core_->clock->now()).whole.contains(grant.patient);
    const auto view = core_->store->view({}, 0);
    return is_guardian_today(*view, own, grant.patient);
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

} // namespace huitong::app
