#include "app/batch/batch.hpp"
#include "fhir/json.hpp"
#include "fhir/xml.hpp"

namespace huitong::app::batch {

Answer convert(const Request& request, const Files& files) {
    const auto to = request.text("to");
    if (to != "json" && to != "xml") return Failure{"request", "member `to` must be json or xml"};
    boost::system::result<fhir::DocumentPtr, Failure> document = Failure{"request", "member `input` or `text` is missing"};
    if (request.has("input")) {
        document = files.document(request.text("input"));
    } else if (request.has("text")) {
        auto parsed = request.text("from", "json") == "xml" ? fhir::read_fhir_xml(request.text("text"), *files.definitions())
                                                            : fhir::read_json(request.text("text"));
        if (parsed.issues.has_errors()) return failure_of("syntax", parsed.issues);
        document = parsed.value;
    }
    if (!document) return document.error();
    const auto root = (*document)->root();
    const std::string text = to == "xml" ? fhir::write_fhir_xml(root, *files.definitions()) : fhir::write_json(root);
    std::string answer = "\"text\":";
    fhir::write_json_string(text, answer);
    return answer;
}

} // namespace huitong::app::batch
