#include "recognition/record_reader.hpp"

#include "base/date_time.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <set>

namespace huitong::recognition {
namespace {

constexpr std::string_view kRejected = "REJ"; ///< HL7 table 0493's neighbour in packs: the laboratory would not have it
constexpr std::string_view kVoid = "entered-in-error";
constexpr std::string_view kStudySystem = "urn:dicom:uid", kUidPrefix = "urn:oid:";

/// A study's report is looked for from the day before the images to a month behind them.
constexpr std::int64_t kReportBeforeDays = 1;
constexpr std::int64_t kReportAfterDays = 31;

/// Reports of one record that are read to find a study's.
constexpr std::size_t kReportsMax = 500;

/// Value[x] of an element: the child whose name begins with "value".
fhir::Element value_of(fhir::Element element) {
    for (const auto child : element.children()) {
        if (child.name().starts_with("value")) return child;
    }
    return {};
}

std::string number_range(fhir::Element range) {
    const auto low = range.text("low.value");
    const auto high = range.text("high.value");
    if (!low.empty() && !high.empty()) return std::string(low) + "-" + std::string(high);
    if (!low.empty()) return "≥" + std::string(low);
    return high.empty() ? std::string() : "≤" + std::string(high);
}

/// v3 ObservationInterpretation: "quality control failure".
constexpr std::string_view kControlFailed = "QCF";

/// v3 ObservationInterpretation: the critical codes.
bool is_critical(std::string_view code) { return code == "HH" || code == "LL" || code == "AA"; }

void read_value(fhir::Element observation, Candidate& out) {
    const auto value = value_of(observation);
    if (value && value.name() == "valueQuantity") {
        out.value = value.text("value");
        const auto code = value.text("code");
        out.unit = code.empty() ? value.text("unit") : code;
        out.value_text = std::string(value.text("comparator")) + out.value;
        const auto unit = value.text("unit");
        if (!unit.empty() || !out.unit.empty()) out.value_text += " " + (unit.empty() ? out.unit : std::string(unit));
    } else if (value && value.name() == "valueCodeableConcept") {
        out.value_text = value.text("text").empty() ? value.text("coding.display") : value.text("text");
        if (out.value_text.empty()) out.value_text = value.text("coding.code");
    } else if (value) {
        out.value_text = value.value();
    }
    for (const auto interpretation : observation.children("interpretation")) {
        for (const auto coding : interpretation.children("coding")) {
            const auto code = coding.text("code");
            if (code == kControlFailed) out.iqc_in_control = false;
            if (out.interpretation.empty()) out.interpretation = code;
            out.critical = out.critical || is_critical(code);
        }
    }
    const auto range = observation.child("referenceRange");
    out.reference_range = range.text("text").empty() && range ? number_range(range) : std::string(range ? range.text("text") : "");
}

bool is_local_item(std::string_view system, std::string_view kind) {
    return system.starts_with("urn:huitong:organization:") && system.ends_with(kind);
}

/// Contrast, sites and sides over all series; several sites stand as "ABDOMEN+CHEST".
void read_series(fhir::Element study, Candidate& out) {
    bool with = false, without = false;
    std::set<std::string> sites, sides;
    const auto read_contrast = [&](fhir::Element element, std::string site) {
        const auto contrast = extension_value(element, "contrast");
        const bool is_with = contrast && contrast.value() == "true";
        if (contrast) (is_with ? with : without) = true;
        out.series.emplace_back(std::move(site), !contrast ? "" : is_with ? "yes" : "no");
    };
    read_contrast(study, "");
    for (const auto series : study.children("series")) {
        const auto site = series.text("bodySite.code").empty() ? series.text("bodySite.display") : series.text("bodySite.code");
        read_contrast(series, std::string(site));
        if (!site.empty()) sites.insert(std::string(site));
        if (const auto side = series.text("laterality.code"); !side.empty()) sides.insert(std::string(side));
    }
    out.contrast = with ? "yes" : without ? "no" : "";
    for (const auto& site : sites) out.body_site += (out.body_site.empty() ? "" : "+") + site;
    for (const auto& side : sides) out.laterality += (out.laterality.empty() ? "" : "+") + side;
}

std::string type_of(fhir::Element reference) {
    const auto key = key_of(reference.text("reference"));
    return key ? key->type : std::string(reference.text("type"));
}

} // namespace

std::optional<store::ResourceKey> key_of(std::string_view reference) {
    const auto history = reference.find("/_history/");
    if (history != reference.npos) reference = reference.substr(0, history);
    const auto slash = reference.rfind('/');
    if (slash == reference.npos || slash == 0 || slash + 1 == reference.size()) return std::nullopt;
    const auto before = reference.substr(0, slash);
    const auto begin = before.rfind('/');
    const auto type = begin == before.npos ? before : before.substr(begin + 1);
    if (type.empty() || type.front() < 'A' || type.front() > 'Z') return std::nullopt;
    return store::ResourceKey(std::string(type), std::string(reference.substr(slash + 1)));
}

fhir::Element extension_value(fhir::Element element, std::string_view name) {
    if (!element) return {};
    for (const auto extension : element.children("extension")) {
        const auto url = extension.text("url");
        if (url.starts_with(kExtensionBase) && url.substr(kExtensionBase.size()) == name) return value_of(extension);
    }
    return {};
}

std::optional<Instant> instant_of(std::string_view text, int offset_minutes) {
    const auto value = text.empty() ? std::nullopt : read_date_time(text);
    if (!value) return std::nullopt;
    return instants_of(*value, offset_minutes).first;
}

const RecordReader::Loaded* RecordReader::loaded(const store::ResourceKey& key) {
    const auto name = key.type + '/' + key.id;
    const auto found = resources_.find(name);
    if (found != resources_.end()) return found->second.document ? &found->second : nullptr;
    auto& slot = resources_[name];
    auto current = view_.current(key);
    if (!current || !*current || (*current)->deleted) return nullptr;
    slot.version = (*current)->version;
    slot.writer = {(*current)->owner, (*current)->actor};
    slot.document = fhir::read_json(std::move((*current)->body)).value;
    return &slot;
}

fhir::Element RecordReader::resource(const store::ResourceKey& key) {
    const auto* found = loaded(key);
    return found ? found->document->root() : fhir::Element();
}

std::string RecordReader::institution_of(fhir::Element reference) {
    if (!reference) return {};
    if (reference.text("identifier.system") == kInstitutionSystem) return std::string(reference.text("identifier.value"));
    const auto key = key_of(reference.text("reference"));
    if (!key || key->type != "Organization") return {};
    const auto known = institutions_.find(key->id);
    if (known != institutions_.end()) return known->second;
    std::string code;
    if (const auto organization = resource(*key)) {
        for (const auto identifier : organization.children("identifier")) {
            if (identifier.text("system") == kInstitutionSystem) code = identifier.text("value");
        }
    }
    return institutions_[key->id] = code;
}

RecordReader::Report RecordReader::report(store::VersionKey key) {
    Report out;
    auto found = versions_.find(key);
    if (found == versions_.end()) {
        auto read = view_.versions({key});
        const bool is_seen = read && !read->empty();
        if (!is_seen) read = all().versions({key});
        if (!read || read->empty()) return out;
        auto& version = read->front();
        Loaded body;
        body.version = version.version;
        body.writer = {version.owner, version.actor};
        body.is_seen = is_seen;
        body.document = fhir::read_json(std::move(version.body)).value;
        found = versions_.emplace(key, std::pair(version.key, std::move(body))).first;
    }
    const auto& [resource, body] = found->second;
    out.id = resource.type + '/' + resource.id;
    out.version = std::to_string(body.version);
    out.element = body.document->root();
    out.writer = body.writer;
    out.key = key;
    out.is_seen = body.is_seen;
    return out;
}

std::vector<RecordReader::Report> RecordReader::reports_of_observation(const std::string& id, fhir::Element observation) {
    std::vector<Report> out;
    const auto add = [&](const store::VersionKeys& keys) {
        for (auto key = keys.rbegin(); key != keys.rend(); ++key) out.push_back(report(*key));
    };
    const auto named = extension_value(observation, "report");
    const std::string system(named.text("identifier.system")), value(named.text("identifier.value"));
    if (!system.empty()) {
        const auto [known, is_first] = named_reports_.try_emplace(system + '|' + value);
        if (is_first) known->second = all().tokens("DiagnosticReport", "identifier", system, value);
        add(known->second);
    }
    add(all().references("DiagnosticReport", "result", "Observation", id));
    return out;
}

std::vector<RecordReader::Report> RecordReader::reports_of_study(const store::Version& version, fhir::Element study) {
    std::set<std::string> names = {"ImagingStudy/" + version.key.id};
    for (const auto identifier : study.children("identifier"))
        names.insert(std::string(identifier.text("system")) + '|' + std::string(identifier.text("value")));
    const auto patient = key_of(study.text("subject.reference"));
    const auto started = instant_of(study.text("started"), offset_minutes_);
    std::vector<Report> out;
    if (!patient || !started) return out;
    store::IndexView::DateCondition near;
    near.low = {started->microseconds - kReportBeforeDays * kMicrosecondsPerDay};
    near.high = {started->microseconds + kReportAfterDays * kMicrosecondsPerDay};
    const auto is_of_study = [&](fhir::Element report) {
        for (const auto reference : report.children("imagingStudy")) {
            const auto named = key_of(reference.text("reference"));
            const auto identifier =
                std::string(reference.text("identifier.system")) + '|' + std::string(reference.text("identifier.value"));
            if ((named && names.contains(named->type + '/' + named->id)) || names.contains(identifier)) return true;
        }
        return false;
    };
    auto records = linker_ ? linker_->same_person(patient->id) : std::vector<std::string>();
    if (records.empty()) records.push_back(patient->id);
    // Near the images first; then those of any time, and of none: a report that is void is void whenever it says it was made.
    const std::optional<store::IndexView::DateCondition> kSteps[] = {near, std::nullopt};
    for (const auto& when : kSteps) {
        for (const auto& record : records) {
            auto keys = all().timeline(record, "DiagnosticReport", std::nullopt, std::nullopt, when);
            if (keys.size() > kReportsMax) keys.resize(kReportsMax);
            for (const auto key : keys) {
                auto found = report(key);
                if (found.element && is_of_study(found.element)) out.push_back(std::move(found));
            }
        }
        if (!out.empty()) break;
    }
    return out;
}

void RecordReader::read_report(const Believed& believed, Candidate& out) {
    const auto& report = believed.report;
    if (believed.is_void) out.report_status = kVoid;
    if (!report.element) return;
    out.report = report.id;
    out.report_version = report.version;
    if (!believed.is_void) out.report_status = report.element.text("status");
    out.reporting = institution_of(report.element.child("performer"));
    if (!out.issued) out.issued = instant_of(report.element.text("issued"), offset_minutes_);
    if (const auto mark = extension_value(report.element, "claimed-recognition-mark")) out.claimed_mark = mark.value();
}

bool RecordReader::is_of_other(fhir::Element reference, const Candidate& candidate) const {
    const auto key = reference ? key_of(reference.text("reference")) : std::nullopt;
    if (!key || key->type != "Patient" || key->id == candidate.patient_id) return false;
    if (!linker_) return true;
    const auto person = linker_->same_person(candidate.patient_id);
    return std::find(person.begin(), person.end(), key->id) == person.end();
}

void RecordReader::read_specimen(fhir::Element reference, Candidate& out) {
    const auto key = reference ? key_of(reference.text("reference")) : std::nullopt;
    const auto specimen = key ? resource(*key) : fhir::Element();
    if (!specimen) return;
    check_writer(loaded(*key)->writer, out);
    if (is_of_other(specimen.child("subject"), out)) out.is_of_other = true;
    const auto status = specimen.text("status");
    if (status == "unsatisfactory" || status == "unavailable" || status == "entered-in-error") out.specimen_quality.emplace_back(kRejected);
    if (const auto type = specimen.child("type")) {
        for (const auto coding : type.children("coding")) {
            if (coding.text("system") == kSpecimenSystem) out.specimen = coding.text("code");
        }
    }
    for (const auto condition : specimen.children("condition")) {
        for (const auto coding : condition.children("coding")) {
            if (!coding.text("code").empty()) out.specimen_quality.emplace_back(coding.text("code"));
        }
    }
    // The age of a result is that of its specimen.
    const auto collected = instant_of(specimen.text("collection.collectedDateTime"), offset_minutes_);
    if (collected && (!out.collected || *collected < *out.collected)) out.collected = collected;
}

const std::vector<terminology::Match>& RecordReader::translations(std::string_view system, std::string_view code, std::string_view target) {
    auto name = std::string(system) + '|' + std::string(code) + '|' + std::string(target);
    const auto known = translations_.find(name);
    if (known != translations_.end()) return known->second;
    terminology::Coding from;
    from.system = system;
    from.code = code;
    auto matches = terminology_.translate({}, from, target);
    std::erase_if(matches, [&](const auto& match) { return is_passed_over_(match.map_url); });
    return translations_.emplace(std::move(name), std::move(matches)).first->second;
}

/// The review of the map row is asked again at every question: a row that is withdrawn stops recognition at once.
void RecordReader::read_code(fhir::Element code, const std::vector<std::pair<std::string, std::string>>& codes, Candidate& out) {
    bool standard = false, local = false, is_ambiguous = false;
    std::vector<std::pair<std::string, std::string>> own;
    const auto accepted = [&](std::string_view system, std::string_view value) {
        return std::find(codes.begin(), codes.end(), std::pair(std::string(system), std::string(value))) != codes.end();
    };
    for (const auto coding : code.children("coding")) {
        const auto system = coding.text("system");
        if (accepted(system, coding.text("code"))) {
            standard = true;
            own.emplace_back(system, coding.text("code"));
        }
        // One value cannot be of two items.
        else if (!item_of_code(facts_, system, coding.text("code")).empty())
            is_ambiguous = true;
        if (!is_local_item(system, ":lab-item")) continue;
        local = true;
        for (const auto& match : translations(system, coding.text("code"), {})) {
            if (!accepted(match.target.system, match.target.code)) continue;
            // Of several ways to the item the least sure one counts.
            const bool is_sure = out.code_reviewed && (out.code_equivalence == "equal" || out.code_equivalence == "equivalent");
            if (out.item_codes.empty() || is_sure) {
                out.code_equivalence = match.equivalence;
                out.code_reviewed = match.reviewed;
            }
            out.item_codes.emplace_back(match.target.system, match.target.code);
        }
    }
    is_ambiguous = is_ambiguous && !local;
    if (!local) out.item_codes = std::move(own); // beside a local code it is the translation that counts
    // Sent in the standard code itself: nothing was translated, so there is nothing to review.
    if (standard && !local) {
        out.code_equivalence = "equal";
        out.code_reviewed = !is_ambiguous;
    }
}

void RecordReader::read_signature(const store::Version& version, Candidate& out) {
    const auto asks = [](const RulePack& pack) {
        const auto found = pack.settings.find("unsigned");
        return found != pack.settings.end() && found->second != "accept";
    };
    if (version.message_id.empty() || std::none_of(facts_.packs.begin(), facts_.packs.end(), asks)) return;
    auto read = view_.versions(view_.references("Provenance", "target", version.key.type, version.key.id));
    if (!read) return;
    // The pipeline's own comes last in the commit of its message: a Provenance that a sender brought along says nothing here.
    const store::Version* own = nullptr;
    for (const auto& one : *read) {
        const bool is_of_message = one.message_id == version.message_id && one.actor == version.actor;
        if (is_of_message && (!own || own->version_key < one.version_key)) own = &one;
    }
    if (!own) return;
    const auto provenance = fhir::read_json(own->body).value;
    if (const auto state = extension_value(provenance->root(), "signature-state")) out.signature = state.value();
}

Candidate RecordReader::laboratory(const store::Version& version, const std::vector<std::pair<std::string, std::string>>& codes) {
    Candidate out;
    const auto document = fhir::read_json(version.body).value;
    const auto observation = document->root();
    out.resource = version.key.type + '/' + version.key.id;
    out.version = std::to_string(version.version);
    if (const auto patient = key_of(observation.text("subject.reference"))) out.patient_id = patient->id;
    out.status = observation.text("status");
    out.collected = instant_of(observation.text("effectiveDateTime"), offset_minutes_);
    out.issued = instant_of(observation.text("issued"), offset_minutes_);
    read_value(observation, out);
    out.method = observation.text("method.text").empty() ? observation.text("method.coding.code") : observation.text("method.text");
    out.device = observation.text("device.display");
    const auto performer = observation.child("performer");
    out.performer = institution_of(performer);
    if (!out.performer.empty()) out.source_class = "institution";
    else if (performer && (type_of(performer) == "Patient" || type_of(performer) == "RelatedPerson")) out.source_class = "self-measured";
    if (const auto code = observation.child("code")) read_code(code, codes, out);
    // R4, Modifier Extensions: what is not understood may turn the meaning round.
    if (observation.child("modifierExtension")) out.code_reviewed = false;
    // R4, Observation.focus: of whom or what it is when not of the patient. Another result is harmless.
    for (const auto focus : observation.children("focus")) {
        const bool is_same = type_of(focus) == "Observation" || (type_of(focus) == "Patient" && !is_of_other(focus, out));
        out.is_of_other = out.is_of_other || !is_same;
    }
    read_signature(version, out);
    const Writer writer{version.owner, version.actor};
    check_writer(writer, out);
    const auto believed = believed_of(writer, reports_of_observation(version.key.id, observation));
    const auto& report = believed.report;
    read_report(believed, out);
    read_specimen(observation.child("specimen"), out);
    if (out.specimen.empty() && report.element) read_specimen(report.element.child("specimen"), out);
    return out;
}

/// nullopt: the service could not be asked.
std::optional<bool> RecordReader::is_retrievable(fhir::Element endpoint, Candidate& out) const {
    if (!endpoint || endpoint.text("status") != "active" || endpoint.text("address").empty()) return false;
    const std::string address(endpoint.text("address"));
    const auto answer = images_ ? images_->has_study(address, out.study, images_until_) : std::optional(true);
    if (answer.value_or(false)) out.images_at = address;
    return answer;
}

/// A study that counts none, as a whole or in each of its series.
static bool counts_no_images(fhir::Element study) {
    if (study.text("numberOfInstances") == "0") return true;
    const auto series = study.children("series");
    const auto is_empty = [](fhir::Element one) { return one.text("numberOfInstances") == "0"; };
    return series.begin() != series.end() && std::all_of(series.begin(), series.end(), is_empty);
}

void RecordReader::read_images(fhir::Element study, Candidate& out) {
    for (const auto identifier : study.children("identifier")) {
        const auto value = identifier.text("value");
        if (identifier.text("system") == kStudySystem) out.study = value.starts_with(kUidPrefix) ? value.substr(kUidPrefix.size()) : value;
    }
    std::vector<fhir::Element> endpoints;
    for (const auto endpoint : study.children("endpoint")) endpoints.push_back(endpoint);
    for (const auto series : study.children("series")) {
        for (const auto endpoint : series.children("endpoint")) endpoints.push_back(endpoint);
    }
    out.has_images = !endpoints.empty() && !counts_no_images(study);
    if (!out.has_images) return;
    out.images_available = false;
    if (study.text("status") != "available") return;
    for (const auto reference : endpoints) {
        const auto key = key_of(reference.text("reference"));
        const auto answer = is_retrievable(key ? resource(*key) : fhir::Element(), out);
        if (!answer) out.images_available.reset(); // one that nobody could ask may hold them
        else if (*answer) out.images_available = true;
        if (answer.value_or(false)) return;
    }
}

/// The codes of a report or procedure lead to an item of the catalogue over the map of a local code, else directly. (A mapped code stands
/// beside the local one; without the map it says nothing of its own.)
void RecordReader::read_item(fhir::Element code, Candidate& out) {
    if (!code || !out.item.empty()) return;
    bool local = false;
    std::string direct;
    std::pair<std::string, std::string> own;
    for (const auto coding : code.children("coding")) {
        const auto system = coding.text("system");
        if (direct.empty()) {
            direct = item_of_code(facts_, system, coding.text("code"));
            if (!direct.empty()) own = {std::string(system), std::string(coding.text("code"))};
        }
        if (!is_local_item(system, ":order-item")) continue;
        local = true;
        for (const auto& match : translations(system, coding.text("code"), kItemSystem)) {
            out.item = match.target.code;
            out.code_equivalence = match.equivalence;
            out.code_reviewed = match.reviewed;
        }
    }
    if (local || direct.empty()) return;
    out.item = direct;
    out.item_codes = {own};
    out.code_equivalence = "equal";
    out.code_reviewed = true;
}

Candidate RecordReader::study(const store::Version& version) {
    auto out = described_study(version);
    find_images(version, out);
    return out;
}

void RecordReader::find_images(const store::Version& version, Candidate& out) {
    read_images(fhir::read_json(version.body).value->root(), out);
}

Candidate RecordReader::described_study(const store::Version& version) {
    Candidate out;
    const auto document = fhir::read_json(version.body).value;
    const auto study = document->root();
    out.resource = version.key.type + '/' + version.key.id;
    out.version = std::to_string(version.version);
    if (const auto patient = key_of(study.text("subject.reference"))) out.patient_id = patient->id;
    out.status = study.text("status");
    out.collected = instant_of(study.text("started"), offset_minutes_);
    out.performer = institution_of(extension_value(study, "performing-organization"));
    if (!out.performer.empty()) out.source_class = "institution";
    read_series(study, out);
    const Writer writer{version.owner, version.actor};
    check_writer(writer, out);
    const auto believed = believed_of(writer, reports_of_study(version, study));
    const auto& report = believed.report;
    read_report(believed, out);
    if (report.element) read_item(report.element.child("code"), out);
    // What the report is coded as must be one of the things that were done; a study may be of several.
    std::vector<std::string> done;
    for (const auto procedure : study.children("procedureCode")) {
        Candidate one;
        read_item(procedure, one);
        if (!one.item.empty()) done.push_back(std::move(one.item));
    }
    if (!out.item.empty() && !done.empty() && std::find(done.begin(), done.end(), out.item) == done.end()) out.code_reviewed = false;
    for (const auto procedure : study.children("procedureCode")) read_item(procedure, out);
    if (report.element) out.value_text = report.element.text("conclusion");
    return out;
}

} // namespace huitong::recognition
