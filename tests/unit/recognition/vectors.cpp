#include "unit/recognition/vectors.hpp"

namespace huitong::recognition::tests {
namespace {

std::optional<Instant> time_of(const std::string& value) { return value.empty() ? std::nullopt : std::optional(instant_of(value)); }
std::optional<bool> flag_of(const std::string& value) { return value.empty() ? std::nullopt : std::optional(value == "true"); }

/// "kind,code,at" or "kind,code,at,until".
Event event_of(const std::string& value) {
    const auto first = value.find(','), second = value.find(',', first + 1), third = value.find(',', second + 1);
    Event out;
    out.kind = value.substr(0, first);
    out.code = value.substr(first + 1, second - first - 1);
    out.at = instant_of(value.substr(second + 1, third == value.npos ? value.npos : third - second - 1));
    if (third != value.npos) out.until = instant_of(value.substr(third + 1));
    return out;
}

} // namespace

RulePack& Case::pack() {
    for (auto& pack : facts.packs) {
        if (pack.id == request.pack) return pack;
    }
    throw std::runtime_error("no pack " + request.pack);
}

void Case::add_certificate(const std::string& value) {
    const auto cells = read_csv(value).value.front().cells;
    if (cells.size() != 10) throw std::runtime_error("bad certificate " + value);
    facts.certificates.push_back(
        {cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8], cells[9], "test"});
}

void Case::add_control(const std::string& value) {
    const auto cells = read_csv(value).value.front().cells;
    if (cells.size() != 6) throw std::runtime_error("bad control " + value);
    facts.controls.push_back({cells[0], cells[1], cells[2], cells[3] == "in", cells[4], cells[5]});
}

bool Case::set_request(const std::string& key, const std::string& value) {
    static const std::map<std::string, std::string Request::*> kTexts = {
        {"patient", &Request::patient_id},        {"receiver", &Request::receiver},
        {"visit", &Request::visit_class},         {"pack", &Request::pack},
        {"purpose", &Request::purpose},           {"ordered_specimen", &Request::specimen},
        {"ordered_site", &Request::body_site},    {"ordered_laterality", &Request::laterality},
        {"ordered_contrast", &Request::contrast}, {"own_method", &Request::method},
        {"own_device", &Request::device},
    };
    const auto text = kTexts.find(key);
    if (text != kTexts.end()) request.*text->second = value;
    else if (key == "item") request.ordered_item = candidate.item = value;
    else if (key == "now") at = request.authored_on = instant_of(value);
    else if (key == "at") at = instant_of(value);
    else if (key == "authored") request.authored_on = instant_of(value);
    else return false;
    return true;
}

bool Case::set_candidate(const std::string& key, const std::string& value) {
    static const std::map<std::string, std::string Candidate::*> kTexts = {
        {"match_grade", &Candidate::match_grade},
        {"status", &Candidate::status},
        {"report_status", &Candidate::report_status},
        {"candidate_item", &Candidate::item},
        {"equivalence", &Candidate::code_equivalence},
        {"specimen", &Candidate::specimen},
        {"site", &Candidate::body_site},
        {"laterality", &Candidate::laterality},
        {"contrast", &Candidate::contrast},
        {"unit", &Candidate::unit},
        {"value", &Candidate::value},
        {"value_text", &Candidate::value_text},
        {"interpretation", &Candidate::interpretation},
        {"range", &Candidate::reference_range},
        {"method", &Candidate::method},
        {"device", &Candidate::device},
        {"performer", &Candidate::performer},
        {"reporting", &Candidate::reporting},
        {"source_class", &Candidate::source_class},
        {"signature", &Candidate::signature},
        {"written_by", &Candidate::written_by},
        {"mark", &Candidate::claimed_mark},
    };
    static const std::map<std::string, bool Candidate::*> kFlags = {
        {"same_person", &Candidate::same_person},
        {"withheld", &Candidate::withheld_by_access},
        {"reviewed", &Candidate::code_reviewed},
        {"has_images", &Candidate::has_images},
        {"critical", &Candidate::critical},
        {"events_known", &Candidate::events_known},
        {"events_partial", &Candidate::events_partial},
    };
    if (const auto text = kTexts.find(key); text != kTexts.end()) candidate.*text->second = value;
    else if (const auto flag = kFlags.find(key); flag != kFlags.end()) candidate.*flag->second = value == "true";
    else if (key == "item_code") candidate.item_codes.push_back({value.substr(0, value.find('|')), value.substr(value.find('|') + 1)});
    else if (key == "quality") candidate.specimen_quality = split(value, ",");
    else if (key == "collected") candidate.collected = time_of(value);
    else if (key == "issued") candidate.issued = time_of(value);
    else if (key == "iqc") candidate.iqc_in_control = flag_of(value);
    else if (key == "images_available") candidate.images_available = flag_of(value);
    else if (key == "event") candidate.events.push_back(event_of(value));
    else return false;
    return true;
}

void Case::set(const std::string& key, const std::string& value) {
    if (key.starts_with("setting.")) pack().settings[key.substr(8)] = value;
    else if (key.starts_with("unknown.")) pack().on_unknown[key.substr(8)] = value;
    else if (key == "certificate") add_certificate(value);
    else if (key == "control") add_control(value);
    else if (!set_request(key, value) && !set_candidate(key, value)) throw std::runtime_error("unknown vector setting " + key);
}

void Case::apply(const std::string& settings) {
    for (const auto& part : split(settings, "; ")) {
        const auto equal = part.find('=');
        if (equal == part.npos) throw std::runtime_error("bad vector setting " + part);
        const auto key = part.substr(0, equal);
        const auto value = part.substr(equal + 1);
        if (key != "base") {
            set(key, value);
            continue;
        }
        bool found = false;
        for (const auto& base : read_vectors("bases.tsv")) {
            if (base["name"] != value) continue;
            apply(base["settings"]);
            found = true;
        }
        if (!found) throw std::runtime_error("no base case " + value);
    }
}

} // namespace huitong::recognition::tests
