#include "app/batch/batch.hpp"
#include "fhir/json.hpp"
#include "rest/cds/checks.hpp"

namespace huitong::app::batch {

Answer cds_hooks_check(const Request& request, const Files& files) {
    const auto input = request.text("input");
    const auto kind = request.text("kind");
    if (input.empty()) return Failure{"request", "member `input` is missing"};
    auto text = files.read(input);
    if (!text) return text.error();
    const auto parsed = fhir::read_plain_json(std::move(*text));
    if (parsed.issues.has_errors()) return outcome_member(parsed.issues);
    const auto root = parsed.value->root();
    if (kind == "discovery") return outcome_member(rest::check_discovery(root));
    if (kind == "request") return outcome_member(rest::check_request(root, {}));
    if (kind == "response") return outcome_member(rest::check_response(root));
    if (kind == "feedback") return outcome_member(rest::check_feedback(root));
    return Failure{"request", "kind must be discovery, request, response or feedback"};
}

} // namespace huitong::app::batch
