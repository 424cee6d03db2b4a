/// map.parse and map.run of the batch protocol.
#include "app/batch/batch.hpp"
#include "base/catalogue.hpp"
#include "fhir/json.hpp"
#include "mapping/mapping.hpp"

namespace huitong::app::batch {
namespace {

Failure syntax_failure(const Outcome& issues) {
    const auto* issue = issues.leading();
    Failure out("syntax", text_of(*issue, Language::en));
    if (issue->position) {
        out.line = issue->position->line;
        out.column = issue->position->column;
    }
    return out;
}

} // namespace

Answer map_parse(const Request& request, const Files& files) {
    const auto name = request.text("input");
    if (name.empty()) return Failure("request", "input is missing");
    auto text = files.read(name);
    if (!text) return text.error();
    auto parsed = mapping::Map::parse(*text, name);
    if (parsed.issues.has_errors()) return syntax_failure(parsed.issues);
    return "\"structureMap\":" + fhir::write_json(parsed.value.structure_map()->root());
}

} // namespace huitong::app::batch
