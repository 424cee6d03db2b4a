#include "app/batch/batch.hpp"
#include "fhir/json.hpp"
#include "views/views.hpp"

namespace huitong::app::batch {
namespace {

/// Faults of the view itself are `semantic`; what happens while it runs is `execution`.
Failure read_failure(const Outcome& outcome) { return failure_of("semantic", outcome); }

/// A JSON object as a tree.
boost::system::result<fhir::DocumentPtr, Failure> tree_of(std::string text) {
    fhir::JsonOptions options;
    options.root_name = "object";
    options.plain = true;
    auto parsed = fhir::read_json(std::move(text), options);
    if (parsed.issues.has_errors()) return failure_of("syntax", parsed.issues);
    return parsed.value;
}

} // namespace

Answer view(const Request& request, const Files& files) {
    if (!request.has("view") || !request.json["view"].IsObject()) return Failure{"request", "member `view` is missing"};
    const auto definition = tree_of(request.raw("view"));
    if (!definition) return definition.error();
    const auto view = views::View::read(files.definitions(), (*definition)->root());
    if (!view) return read_failure(view.error());
    const auto resources = tree_of("{\"item\":" + (request.has("resources") ? request.raw("resources") : "[]") + "}");
    if (!resources) return resources.error();
    std::string out = "\"rows\":[";
    bool is_first = true;
    for (auto resource : (*resources)->root().children("item")) {
        const auto rows = view->rows(resource);
        if (!rows) return failure_of("execution", rows.error());
        for (const auto& row : *rows) {
            if (!is_first) out += ',';
            is_first = false;
            views::write_json(*view, row, out);
        }
    }
    return out + "]";
}

} // namespace huitong::app::batch
