#include "rest/binary.hpp"

#include "base/base64.hpp"
#include "fhir/json.hpp"

namespace huitong::rest {
namespace {

bool names_resource_form(std::string_view media) { return media.find("json") != media.npos || media.find("xml") != media.npos; }

} // namespace

bool asks_for_bytes(const HttpRequest& request, const interaction::Request& asked) {
    if ((asked.method != "GET" && asked.method != "HEAD") || !asked.path.starts_with("Binary/")) return false;
    const auto classified = interaction::classify(asked);
    if (classified.interaction != "read" && classified.interaction != "vread") return false;
    for (const auto& [name, value] : asked.query) {
        if (name == "_format") return false;
    }
    return !names_resource_form(request.header("accept"));
}

bool write_bytes(const std::string& json, HttpResponse& response) {
    const auto parsed = fhir::read_json(json);
    const auto root = parsed.value->root();
    if (!root || root.type() != "Binary" || root.text("contentType").empty()) return false;
    auto bytes = decode_base64(root.text("data"));
    if (!bytes) return false;
    response.body = std::move(*bytes);
    response.set("Content-Type", std::string(root.text("contentType")));
    // Whatever somebody stored must not run as a page of this hub.
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Content-Security-Policy", "sandbox; default-src 'none'");
    return true;
}

void wrap_bytes(const HttpRequest& request, interaction::Request& asked) {
    const bool is_write =
        (asked.method == "POST" && asked.path == "Binary") || (asked.method == "PUT" && asked.path.starts_with("Binary/"));
    if (!is_write || asked.content_type.empty() || names_resource_form(asked.content_type)) return;
    std::string out = "{\"resourceType\":\"Binary\"";
    if (asked.method == "PUT") {
        out += ",\"id\":";
        fhir::write_json_string(std::string_view(asked.path).substr(7), out);
    }
    out += ",\"contentType\":";
    fhir::write_json_string(asked.content_type, out);
    if (const auto context = request.header("x-security-context"); !context.empty()) {
        out += ",\"securityContext\":{\"reference\":";
        fhir::write_json_string(context, out);
        out += '}';
    }
    if (!asked.body.empty()) out += ",\"data\":\"" + encode_base64(asked.body) + '"';
    asked.body = out + '}';
    asked.content_type = "application/fhir+json";
}

} // namespace huitong::rest
