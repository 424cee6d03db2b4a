#include "recognition/matching.hpp"

#include "base/date_time.hpp"

#include <algorithm>
#include <set>

namespace huitong::recognition {
namespace {

std::string date_of(Instant instant, int offset_minutes) {
    auto value = date_time_of(instant, offset_minutes);
    value.precision = Precision::day;
    value.offset_minutes.reset();
    return write_date_time(value);
}

bool is_void(std::string_view status) { return status == "entered-in-error" || status == "cancelled"; }

/// Readings at home come by the dozen: they are decided, and take no place of a laboratory's value.
bool takes_a_place(const Candidate& candidate) { return !is_void(candidate.status) && candidate.source_class != "self-measured"; }

/// All codes that an item is accepted in, over every catalogue.
std::vector<std::pair<std::string, std::string>> codes_of(const Register& facts, const std::string& item) {
    std::set<std::pair<std::string, std::string>> codes;
    visit_rows(facts.items, facts.index.items(item), [&](const CatalogueItem& row) {
        if (row.item == item) codes.insert(row.codes.begin(), row.codes.end());
        return true;
    });
    return {codes.begin(), codes.end()};
}

const CatalogueItem* any_row(const Register& facts, const std::string& item) {
    const CatalogueItem* found = nullptr;
    visit_rows(facts.items, facts.index.items(item), [&](const CatalogueItem& row) {
        if (row.item == item) found = &row;
        return found == nullptr;
    });
    return found;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> out;
    while (!text.empty()) {
        const auto end = text.find(separator);
        if (end != 0) out.emplace_back(text.substr(0, end));
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
    return out;
}

/// Sites in one writing: sorted, the words of the table for each, "ABDOMEN+CHEST".
std::string joined_sites(std::vector<std::string> sites) {
    std::sort(sites.begin(), sites.end());
    sites.erase(std::unique(sites.begin(), sites.end()), sites.end());
    std::string out;
    for (const auto& site : sites) out += (out.empty() ? "" : "+") + site;
    return out;
}

std::vector<std::string> known_sites(const ImagingItem& item, std::string_view text) {
    auto out = split(text, '+');
    for (auto& site : out) {
        const auto known = item.site_names.find(site);
        if (known != item.site_names.end()) site = known->second;
    }
    return out;
}

bool holds(const std::vector<std::string>& all, const std::string& one) { return std::find(all.begin(), all.end(), one) != all.end(); }

/// Contrast at the sites asked for: a chest without and an abdomen with contrast in one study are no chest with contrast. A part of them
/// with contrast is neither. What the study says as a whole counts where no series of these sites says anything.
std::string contrast_at(const ImagingItem& item, const std::vector<std::string>& asked, const Request& request,
                        const Candidate& candidate) {
    std::set<std::string> with;
    bool without = false;
    std::string whole;
    for (const auto& [site, contrast] : candidate.series) {
        if (site.empty() && whole.empty()) whole = contrast;
        for (const auto& known : known_sites(item, site)) {
            if (!holds(asked, known)) continue;
            if (contrast == "yes") with.insert(known);
            without = without || contrast == "no";
        }
    }
    if (with.empty()) return without ? "no" : whole;
    if (with.size() == asked.size()) return "yes";
    return request.contrast == "yes" ? "no" : "yes";
}

/// Fits a study to an order: what it covers beyond the order does no harm, what its report's code says needs no second word (but what the
/// item says, never what the order adds to it), and a study of other sites is no candidate at all (false).
bool fit_study(const ImagingItem& item, const std::string& ordered, const Request& request, Candidate& candidate) {
    const bool same_item = candidate.item == ordered;
    const auto asked = split(request.body_site, '+');
    auto done = known_sites(item, candidate.body_site);
    if (done.empty() && same_item) done = item.body_sites;
    const bool any = std::any_of(asked.begin(), asked.end(), [&](const auto& site) { return holds(done, site); });
    if (!same_item && !any) return false;
    const bool covered = std::all_of(asked.begin(), asked.end(), [&](const auto& site) { return holds(done, site); });
    candidate.body_site = joined_sites(covered ? asked : done);
    if (!asked.empty() && !candidate.series.empty()) candidate.contrast = contrast_at(item, asked, request, candidate);
    if (candidate.contrast.empty() && same_item) candidate.contrast = item.contrast;
    const bool differs = !covered || (!request.contrast.empty() && !candidate.contrast.empty() && candidate.contrast != request.contrast);
    // Another item of the same site is shown for what differs; where nothing tells them apart, it stays another item.
    if (candidate.item != ordered && (candidate.item.empty() || differs)) {
        candidate.item = ordered;
        candidate.item_codes.clear();
    }
    return true;
}

} // namespace

Request Matching::request_of(const Question& question, const Order& order, const std::string& item) const {
    Request out;
    out.patient_id = patient_;
    out.receiver = question.receiver;
    out.department = question.department;
    out.practitioner = question.practitioner;
    out.visit_class = question.visit_class;
    out.ordered_item = item;
    out.specimen = order.specimen;
    out.body_site = order.body_site;
    out.laterality = order.laterality;
    out.contrast = order.contrast;
    out.method = order.method;
    out.device = order.device;
    out.authored_on = order.authored_on.value_or(context_.at);
    out.pack = context_.pack;
    out.purpose = purpose_;
    return out;
}

void Matching::add_laboratory(const store::VersionKeys& keys, const std::vector<std::pair<std::string, std::string>>& codes,
                              std::vector<Candidate>& out) {
    std::size_t valid = 0;
    const auto rows = std::min(keys.size(), kCandidateRowsMax);
    for (std::size_t at = 0; at < rows && valid < kCandidatesMax; at += kCandidatesMax) {
        const auto end = std::min(at + kCandidatesMax, rows);
        const auto read = reader_.view().versions(
            store::VersionKeys(keys.begin() + static_cast<std::ptrdiff_t>(at), keys.begin() + static_cast<std::ptrdiff_t>(end)));
        if (!read) return;
        for (const auto& version : *read) {
            out.push_back(reader_.laboratory(version, codes));
            if (takes_a_place(out.back())) ++valid;
        }
    }
}

std::vector<store::VersionKeys> Matching::rows_of(store::ReadView& view, const std::string& item) const {
    std::vector<store::VersionKeys> out;
    const auto* row = any_row(context_.facts, item);
    const bool is_laboratory = row && row->kind == "laboratory";
    const auto codes = is_laboratory ? codes_of(context_.facts, item) : std::vector<std::pair<std::string, std::string>>();
    const auto* imaging = is_laboratory ? nullptr : find_imaging(context_.facts, item);
    const auto modalities = imaging ? imaging->modalities : std::vector<std::string>{""};
    for (const auto& patient : patients_) {
        for (const auto& [system, code] : codes) out.push_back(view.timeline(patient, "Observation", system, code, std::nullopt));
        if (is_laboratory) continue;
        for (const auto& modality : modalities)
            out.push_back(view.timeline(patient, "ImagingStudy", std::nullopt, modality.empty() ? std::nullopt : std::optional(modality),
                                        std::nullopt));
    }
    return out;
}

std::vector<Candidate> Matching::laboratory(const std::string& item) {
    std::vector<Candidate> out;
    const auto codes = codes_of(context_.facts, item);
    std::set<store::VersionKey> seen;
    for (auto& keys : rows_of(reader_.view(), item)) {
        std::erase_if(keys, [&](store::VersionKey key) { return !seen.insert(key).second; });
        add_laboratory(keys, codes, out);
    }
    for (auto& candidate : out) candidate.item = item;
    return out;
}

std::vector<Candidate> Matching::imaging(const std::string& item, Request& request) {
    std::vector<Candidate> out;
    if (!context_.may_read_images) return out;
    const auto* row = find_imaging(context_.facts, item);
    if (row) {
        if (request.contrast.empty()) request.contrast = row->contrast;
        if (request.laterality.empty()) request.laterality = row->laterality;
        request.body_site = joined_sites(request.body_site.empty() ? row->body_sites : known_sites(*row, request.body_site));
    }
    store::VersionKeys keys;
    for (auto& found : rows_of(reader_.view(), item)) {
        if (found.size() > kCandidateRowsMax) found.resize(kCandidateRowsMax);
        for (const auto key : found) {
            if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
        }
    }
    const auto read = reader_.view().versions(keys);
    if (!read) return out;
    for (const auto& version : *read) {
        auto candidate = reader_.described_study(version);
        if (row ? !fit_study(*row, item, request, candidate) : candidate.item != item) continue;
        reader_.find_images(version, candidate);
        out.push_back(std::move(candidate));
    }
    return out;
}

Member Matching::member(const Question& question, const Order& order, const OrderedItem& ordered, const std::string& item) {
    Member out;
    out.item = item;
    auto request = request_of(question, order, item);
    const auto date = date_of(request.authored_on, context_.offset_minutes);
    const auto* receiver = find_institution(context_.facts, question.receiver, date);
    const auto* row = receiver ? find_item(context_.facts, item, *receiver, date) : nullptr;
    if (row) out.price = row->price;
    if (!row) row = any_row(context_.facts, item);
    if (row) out.name_zh = row->name_zh, out.name_en = row->name_en, out.kind = row->kind;
    auto candidates = out.kind == "laboratory" ? laboratory(item) : imaging(item, request);
    std::stable_sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) { return a.collected > b.collected; });
    add_events(candidates);
    std::size_t valid = 0;
    for (auto& candidate : candidates) {
        if (takes_a_place(candidate) && ++valid > kCandidatesMax) continue;
        candidate.withheld_by_access = context_.withheld(candidate.resource);
        candidate.same_person = !candidate.is_of_other;
        candidate.match_grade = "certain"; // linked by a certain rule or by a steward
        const bool sure = ordered.reviewed && (ordered.equivalence == "equal" || ordered.equivalence == "equivalent");
        if (!sure) candidate.code_equivalence = ordered.equivalence, candidate.code_reviewed = false;
        Judged judged;
        judged.decision = decide(request, candidate, context_.facts, context_.at, context_.offset_minutes);
        judged.candidate = std::move(candidate);
        out.judged.push_back(std::move(judged));
    }
    return out;
}

std::vector<std::string> Matching::items_of(const Question& question, const Order& order, const OrderedItem& ordered) const {
    if (ordered.item.empty()) return {};
    const auto date = date_of(order.authored_on.value_or(context_.at), context_.offset_minutes);
    const auto* receiver = find_institution(context_.facts, question.receiver, date);
    const auto* panel = ordered.is_panel ? find_panel(context_.facts, ordered.item, receiver, date) : nullptr;
    return panel ? panel->mandatory : std::vector<std::string>{ordered.item};
}

Match Matching::match(const Question& question, const Order& order) {
    Match out;
    out.order = order;
    const auto ordered = find_ordered_item(context_, order, question.receiver);
    out.item = ordered.item;
    out.is_panel = ordered.is_panel;
    if (ordered.item.empty()) return out;
    const auto date = date_of(order.authored_on.value_or(context_.at), context_.offset_minutes);
    const auto* receiver = find_institution(context_.facts, question.receiver, date);
    const auto* panel = ordered.is_panel ? find_panel(context_.facts, ordered.item, receiver, date) : nullptr;
    const auto items = items_of(question, order, ordered);
    for (const auto& item : items) {
        if (context_.late()) return out;
        out.members.push_back(member(question, order, ordered, item));
    }
    if (panel) {
        out.name_zh = panel->name_zh;
        out.name_en = panel->name_en;
        if (receiver && find_item(context_.facts, items.front(), *receiver, date)) out.price = panel->price;
    } else {
        out.name_zh = out.members.front().name_zh;
        out.name_en = out.members.front().name_en;
        out.price = out.members.front().price;
    }
    choose_shown(out.members);
    conclude(out, panel);
    return out;
}

void Matching::find_person(const Question& question) {
    patient_ = find_patient(context_, reader_.view(), question.patient, question.receiver);
    if (!patient_.empty()) patients_ = context_.linker->same_person(patient_);
}

bool Matching::lists_the_same(const Question& question, store::ReadView& other) {
    find_person(question);
    for (const auto& order : question.orders) {
        for (const auto& item : items_of(question, order, find_ordered_item(context_, order, question.receiver))) {
            if (rows_of(reader_.view(), item) != rows_of(other, item)) return false;
        }
    }
    return true;
}

Advice Matching::answer(const Question& question) {
    Advice out;
    out.at = context_.at;
    out.receiver = question.receiver;
    out.register_version = context_.facts.version;
    out.pack = context_.pack;
    if (const auto* pack = find_pack(context_.facts, context_.pack)) out.pack_version = pack->version;
    out.t = reader_.view().t();
    find_person(question);
    for (const auto& order : question.orders) {
        if (!context_.late()) out.matches.push_back(match(question, order));
        if (context_.late()) {
            out.late = true;
            out.matches.clear();
            return out;
        }
    }
    return out;
}

std::optional<Candidate> Matching::candidate(const std::string& item, const std::string& resource) {
    const auto key = key_of(resource);
    if (!key) return std::nullopt;
    const auto version = reader_.view().current(*key);
    if (!version || !*version || (*version)->deleted) return std::nullopt;
    auto out = key->type == "ImagingStudy" ? reader_.study(**version) : reader_.laboratory(**version, codes_of(context_.facts, item));
    out.item = item;
    return out;
}

} // namespace huitong::recognition
