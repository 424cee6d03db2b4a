#include "app/batch/batch.hpp"
#include "fhir/json.hpp"
#include "terminology/ecl/ecl.hpp"

namespace huitong::app::batch {

Answer ecl_parse(const Request& request, const Files&) {
    const auto read = terminology::read_ecl(request.text("expression"));
    if (!read) return failure_of("syntax", read.error());
    std::string out = "\"expression\":";
    fhir::write_json_string(terminology::write_ecl(*read), out);
    return out;
}

} // namespace huitong::app::batch
