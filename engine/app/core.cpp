#include "app/core.hpp"

#include "app/adapters.hpp"
#include "base/date_time.hpp"
#include "fhir/json.hpp"
#include "store/maintenance.hpp"

#include <algorithm>

namespace huitong::app {
namespace {

constexpr std::size_t kPastContentsMax = 4; ///< loaded at a time; each takes some megabytes

std::vector<feeds::ContentFolder> content_folders(const Configuration& configuration) {
    std::vector<feeds::ContentFolder> out;
    for (const auto& path : configuration.structures) out.push_back({"structures", path});
    for (const auto& path : configuration.terminology) out.push_back({"terminology", path});
    for (const auto& path : configuration.mappings) out.push_back({"mappings", path});
    return out;
}

constexpr std::string_view kInstitutionSystem = "urn:oid:2.16.156.10011.1.5";

std::unique_ptr<Clock> make_clock(const Configuration& configuration) {
    if (configuration.fixed_now.empty()) return std::make_unique<SystemClock>();
    const auto said = read_date_time(configuration.fixed_now);
    if (!said) return nullptr;
    return std::make_unique<SetClock>(instants_of(*said, configuration.offset_minutes).first);
}

/// The row of each institution that counts on `date` (one that had several keeps its code), else its newest.
std::map<std::string_view, const recognition::Institution*> institutions_on(const recognition::Register& registers, std::string_view date) {
    std::map<std::string_view, const recognition::Institution*> out;
    for (const auto& institution : registers.institutions) {
        auto& chosen = out[institution.id];
        if (!chosen || institution.valid_from > chosen->valid_from) chosen = &institution;
    }
    for (auto& [id, chosen] : out) {
        if (const auto* today = recognition::find_institution(registers, id, date)) chosen = today;
    }
    return out;
}

/// Institutions as Organizations, each written by its code; one that did not change is not written again.
std::string institutions_bundle(const recognition::Register& registers, std::string_view date) {
    std::string out = R"({"resourceType":"Bundle","type":"transaction","entry":[)";
    bool is_first = true;
    for (const auto& [id, institution] : institutions_on(registers, date)) {
        if (!is_first) out += ',';
        is_first = false;
        out += R"({"resource":{"resourceType":"Organization","identifier":[{"system":)" + fhir::json_text(kInstitutionSystem) +
               R"(,"value":)" + fhir::json_text(id) + R"(}],"active":true,"name":)" + fhir::json_text(institution->name) +
               R"(},"request":{"method":"PUT","url":)" +
               fhir::json_text("Organization?identifier=" + std::string(kInstitutionSystem) + "|" + institution->id) + "}}";
    }
    return out + "]}";
}

} // namespace

Core::~Core() = default;

Result<std::unique_ptr<Core>> Core::open(Configuration configuration, Outcome& warnings) {
    auto core = std::unique_ptr<Core>(new Core());
    core->configuration = std::move(configuration);
    if (auto issues = core->open_parts(warnings); issues.has_errors()) return issues;
    return core;
}

Outcome Core::open_parts(Outcome& warnings) {
    clock = make_clock(configuration);
    if (!clock) return error(IssueCode::value, "time.fixed_now", "configuration-value", {"time.fixed_now", "a FHIR dateTime"});
    auto loaded = load_content(configuration, warnings);
    if (!loaded) return loaded.error();
    content = std::move(*loaded);
    auto read =
        configuration.recognition.empty() ? Parsed<recognition::Register>() : recognition::Register::load(configuration.recognition);
    if (read.issues.has_errors()) return std::move(read.issues);
    warnings.add(std::move(read.issues));
    registers = std::make_shared<const recognition::Register>(std::move(read.value));
    if (auto issues = open_keys(); issues.has_errors()) return issues;
    if (auto issues = open_store(); issues.has_errors()) return issues;
    identity::IdNumberRules rules;
    rules.unassigned_regions = configuration.unassigned_regions;
    linker = std::make_unique<identity::Linker>(*base_store, rules);
    store = std::make_unique<identity::LinkingStore>(*base_store, *linker);
    services.store = store.get();
    services.registry = content.registry.get();
    services.definitions = content.definitions.get();
    services.validator = content.validator.get();
    services.terminology = content.terminology.get();
    stored_terminology = std::make_unique<interaction::StoredTerminology>(*store, *content.terminology);
    if (auto issues = stored_terminology->catch_up(); issues.has_errors()) return issues;
    services.stored_terminology = stored_terminology.get();
    stored_profiles = std::make_unique<interaction::StoredProfiles>(*store, [this] { return load_definitions(configuration); });
    content.validator->set_source([this] { return stored_profiles->definitions(); });
    stored_parameters = std::make_unique<interaction::StoredParameters>(*store, *content.registry);
    auto unused = stored_parameters->catch_up();
    if (unused.has_errors()) return unused;
    warnings.add(std::move(unused));
    services.stored_parameters = stored_parameters.get();
    services.labels = content.labels.get();
    services.linker = linker.get();
    services.maps = content.maps.get();
    services.clock = clock.get();
    services.limits = &configuration.limits;
    answers = std::make_unique<PeerAnswers>(services, *content.maps, *linker, configuration.feeds);
    std::vector<feeds::Feed> connected;
    for (const auto& settings : configuration.feeds) {
        auto adapter = make_adapter(with_mark_file(settings, configuration.data), configuration.limits, *clock, answers.get());
        if (!adapter) return adapter.error();
        feeds::Feed feed;
        feed.settings = settings;
        feed.adapter = adapter->get();
        connected.push_back(std::move(feed));
        adapters.push_back(std::move(*adapter));
    }
    pipeline = std::make_unique<feeds::Pipeline>(services, content.maps, std::move(connected), keep_content(warnings));
    pipeline->know_persons_by([&persons = *linker](const std::string& patient) { return persons.same_person(patient); });
    return register_institutions(*registers);
}

/// A directory that is sealed stays so, also when the configuration no longer names its keys.
Outcome Core::open_keys() {
    auto ring = configuration.key_file.empty() ? KeyRing::of_directory(configuration.data) : KeyRing::open(configuration.key_file);
    if (!ring) return ring.error();
    keys = std::move(*ring);
    return {};
}

/// The directory is told where its keys are once the store has taken them for its own.
Outcome Core::open_store() {
    // What was indexed before the directory was sealed: words of content, as they are.
    if (keys && !has_text_index()) {
        if (auto issues = store::drop_text_index(configuration.data); issues.has_errors()) return issues;
    }
    store::StoreOptions options;
    options.directory = configuration.data;
    options.keys = keys;
    options.limits = &configuration.limits;
    options.clock = clock.get();
    options.control_address = configuration.data + "/control";
    auto opened = store::open_store(options);
    if (!opened) return opened.error();
    base_store = std::move(*opened);
    return configuration.key_file.empty() ? Outcome() : KeyRing::bind(configuration.data, configuration.key_file);
}

/// "" when the copies cannot be written: messages are applied all the same, and traced with the maps of the day.
std::string Core::keep_content(Outcome& warnings) const {
    auto kept = archive().keep(content_folders(configuration), configuration.feeds);
    if (kept) return *kept;
    for (const auto failure = kept.error(); auto issue : failure.issues()) {
        issue.severity = Severity::warning;
        warnings.add(std::move(issue));
    }
    return {};
}

std::shared_ptr<const feeds::PastContent> Core::content_then(const std::string& id) {
    const std::lock_guard lock(past_mutex_);
    if (const auto found = past_.find(id); found != past_.end()) return found->second;
    const auto past = archive().open(id);
    if (!past) return nullptr;
    auto then = configuration;
    then.mappings.clear();
    then.terminology.clear();
    then.structures.clear();
    then.feeds = past->feeds;
    for (const auto& [kind, path] : past->folders)
        (kind == "mappings" ? then.mappings : kind == "terminology" ? then.terminology : then.structures).push_back(path);
    Outcome unsaid; // it was said when this was the content of the day
    auto loaded = load_content(then, unsaid);
    if (!loaded) return nullptr;
    auto out = std::make_shared<feeds::PastContent>();
    out->maps = loaded->maps;
    for (auto& settings : then.feeds) {
        const auto* today = pipeline->find_feed(settings.name);
        if (!today) continue; // nobody can decode its messages any more
        feeds::Feed feed;
        feed.settings = std::move(settings);
        feed.adapter = today->adapter;
        out->feeds.push_back(std::move(feed));
    }
    if (past_.size() >= kPastContentsMax) past_.clear();
    return past_[id] = std::move(out);
}

Result<std::shared_ptr<const recognition::Register>> Core::reload_registers() {
    if (configuration.recognition.empty()) return registers;
    auto read = recognition::Register::load(configuration.recognition);
    if (read.issues.has_errors()) return std::move(read.issues);
    auto facts = std::make_shared<const recognition::Register>(std::move(read.value));
    if (auto issues = register_institutions(*facts); issues.has_errors()) return issues;
    registers = facts;
    return facts;
}

Outcome Core::register_institutions(const recognition::Register& facts) {
    if (facts.institutions.empty()) return {};
    const auto parsed = fhir::read_json(institutions_bundle(facts, instant_text(clock->now(), configuration.offset_minutes).substr(0, 10)));
    interaction::Request request;
    request.caller.local_admin = true;
    request.caller.client_id = "register";
    auto prepared = interaction::prepare_transaction(services, request, parsed.value->root());
    if (!prepared) return prepared.error();
    auto done = store->commit_and_wait(std::move(prepared->commit));
    return done ? Outcome() : done.error();
}

} // namespace huitong::app
