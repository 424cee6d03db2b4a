#include "fhir/json.hpp"
#include "search/search.hpp"

#include <array>

namespace huitong::search {

PreparedBody prepare_body(fhir::Element resource, const std::string& id) {
    static constexpr std::array<std::string_view, 2> kSpliced = {"versionId", "lastUpdated"};
    static constexpr std::array<std::string_view, 2> kWritten = {"id", "meta"};
    PreparedBody out;
    std::string& body = out.body;
    // What comes is rarely longer than its text was.
    const auto source = resource.source();
    body.reserve(source.end - source.begin + 128);
    body.append("{\"resourceType\":\"").append(resource.type()).append("\",\"id\":\"").append(id).append("\",\"meta\":{");
    out.meta_at = body.size();
    if (const auto meta = resource.child("meta")) fhir::write_json_members(meta, kSpliced, body);
    body += '}';
    const auto end = body.size();
    body += ',';
    fhir::write_json_members(resource, kWritten, body);
    body += '}';
    // Nothing but id and meta: the comma is taken back.
    if (body.size() == end + 2) body.erase(end, 1);
    return out;
}

} // namespace huitong::search
