#include "adapters/fhir/resource_file.hpp"

#include "base/sha256.hpp"
#include "fhir/json.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace huitong::adapters::fhir {
namespace {

using huitong::fhir::Element;

void add_key(std::vector<std::string>& keys, std::string_view key) {
    if (!key.empty() && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.emplace_back(key);
}

/// Also by identifier: two deliveries about one patient may give it different ids.
void add_patient(std::vector<std::string>& keys, Element patient) {
    if (!patient.text("id").empty()) add_key(keys, "Patient/" + std::string(patient.text("id")));
    for (const auto identifier : patient.children("identifier")) add_key(keys, identifier.text("value"));
}

void add_keys(std::vector<std::string>& keys, Element resource) {
    if (resource.type() == "Patient") add_patient(keys, resource);
    for (const auto* name : {"subject", "patient", "beneficiary", "individual"}) {
        const auto reference = resource.child(name);
        add_key(keys, reference.text("reference"));
        add_key(keys, reference.text("identifier.value"));
    }
    for (const auto entry : resource.children("entry")) {
        if (const auto inner = entry.child("resource"); inner && inner.is_resource()) add_keys(keys, inner);
    }
}

std::string fingerprint(std::string_view bytes) { return sha256_hex(bytes).substr(0, 16); }

/// It says itself when it happened, and precedence goes by that: only a transaction is written with its own time.
bool has_time(Element resource) {
    return resource.type() == "Bundle" && resource.text("type") == "transaction" && !resource.text("timestamp").empty();
}

/// What names a delivery. Of a resource without a version nobody knows which of two states is the later one, but that the same bytes were
/// there: a file that could not be moved away and is read again must not take a newer one's place.
std::string control_id_of(Element resource, std::string_view bytes) {
    if (resource && resource.is_resource()) {
        const auto version = resource.text("meta.versionId");
        const auto id = resource.type() == "Bundle" && !resource.text("identifier.value").empty() ? resource.text("identifier.value")
                                                                                                  : resource.text("id");
        if (!id.empty() && !version.empty()) return fmt::format("{}/{}/{}", resource.type(), id, version);
        if (!id.empty() && has_time(resource)) return fmt::format("{}/{}", resource.type(), id);
        if (!id.empty()) return fmt::format("{}/{}:{}", resource.type(), id, fingerprint(bytes));
    }
    return fingerprint(bytes);
}

feeds::RawMessage resource_message(std::string_view bytes, const feeds::SourceId& source, const Limits& limits, Instant received_at) {
    feeds::RawMessage out;
    out.source = source;
    out.media_type = "application/fhir+json";
    out.bytes = bytes;
    out.received_at = received_at;
    out.charset = "UTF-8";
    huitong::fhir::JsonOptions options;
    options.limits = &limits;
    auto read = huitong::fhir::read_json(out.bytes, options);
    out.front_check = std::move(read.issues);
    const auto root = read.value ? read.value->root() : Element();
    out.control_id = control_id_of(root, bytes);
    if (root && !out.front_check.has_errors()) out.order_keys = patient_keys(root);
    return out;
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

} // namespace

std::vector<std::string> patient_keys(Element resource) {
    std::vector<std::string> out;
    add_keys(out, resource);
    return out;
}

drop::Contents split_resources(drop::DropFile file, const feeds::SourceId& source, const Limits& limits, Instant received_at) {
    drop::Contents out;
    const auto bytes = std::make_shared<std::string>(std::move(file.bytes));
    std::string_view rest = *bytes;
    if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
    std::vector<std::string_view> pieces;
    const bool lines = file.name.ends_with(".ndjson") || file.name.ends_with(".NDJSON");
    while (lines && !rest.empty()) {
        const auto end = rest.find('\n');
        auto line = rest.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!is_blank(line)) pieces.push_back(line);
        rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    }
    if (!lines && !is_blank(rest)) pieces.push_back(rest);
    if (pieces.empty()) out.issues.add(error(IssueCode::required, "", "drop-file-empty"));
    out.count = pieces.size();
    out.message = [bytes, pieces = std::move(pieces), source, limits, received_at](std::size_t number) {
        return resource_message(pieces[number], source, limits, received_at);
    };
    return out;
}

} // namespace huitong::adapters::fhir
