/// FHIR semantics without HTTP: one file per interaction. REST, CDS Hooks, the pipeline and the command line all call these.
/// Source: FHIR R4, RESTful API.
#pragma once

#include "access/caller.hpp"
#include "access/labels.hpp"
#include "base/file_body.hpp"
#include "search/search.hpp"
#include "store/store.hpp"
#include "terminology/terminology.hpp"
#include "validation/validation.hpp"

#include <boost/asio/awaitable.hpp>

namespace huitong::identity {
class Linker;
}
namespace huitong::mapping {
class MapLibrary;
}

namespace huitong::interaction {

class BulkExports; // bulk_export.hpp
class BulkImports; // bulk_import.hpp
class StoredParameters;
class StoredTerminology;

/// What every interaction needs; built once in `app`, outlives all calls.
struct Services {
    store::Store* store = nullptr;
    const search::Registry* registry = nullptr;
    const fhir::Definitions* definitions = nullptr;
    const validation::Validator* validator = nullptr;
    const terminology::Terminology* terminology = nullptr;
    StoredTerminology* stored_terminology = nullptr; ///< null: the store's own terminology resources are not used
    StoredParameters* stored_parameters = nullptr;   ///< null: the store's own search parameters are not used
    const access::LabelRules* labels = nullptr;      ///< nullptr: labels are those of meta.security alone
    const identity::Linker* linker = nullptr;        ///< nullptr: nobody knows which Patients are one person
    const mapping::MapLibrary* maps = nullptr;       ///< of the deployment; nullptr: none
    const Clock* clock = nullptr;
    const Limits* limits = nullptr;
    BulkExports* exports = nullptr; ///< null: this program exports nothing
    BulkImports* imports = nullptr; ///< null: this program imports nothing
    std::string base_url;           ///< "http://127.0.0.1:8080/fhir", for links and absolute references
};

enum class Handling : std::uint8_t { unset, strict, lenient };
enum class Return : std::uint8_t { representation, minimal, operation_outcome };

/// What a write must be, beyond well-formed: by every rule, by every rule but that a time needs its zone (it is then taken in the
/// server's), or whatever it is with the findings reported beside the answer.
enum class WriteCheck : std::uint8_t { strict, tolerant, report };

/// One FHIR request, already decoded: JSON text in, tree when the door parsed it.
struct Request {
    std::string method;                                     ///< GET POST PUT PATCH DELETE HEAD
    std::string path;                                       ///< below the base, without query: "Patient/1/_history/2"
    std::vector<std::pair<std::string, std::string>> query; ///< decoded; for POST _search merged with the form
    std::string body;                                       ///< as received (JSON or XML by content_type)
    std::string content_type;                               ///< media type without parameters
    std::string if_match, if_none_match, if_none_exist, if_modified_since;
    std::string accept_language;   ///< as sent; displays of terminology are chosen by it
    std::size_t expansion_max = 0; ///< header X-Too-Costly-Threshold: a smaller limit of expansions than ours; 0 = none
    Handling handling = Handling::unset;
    Return prefer = Return::representation;
    bool respond_async = false; ///< `Prefer: respond-async`
    WriteCheck write_check = WriteCheck::strict;
    access::Caller caller;
    Request() = default;
};

/// A resource given out or written, with its version where that is known (0: it is not).
struct Touched : store::ResourceKey {
    std::uint32_t version = 0;
    Touched(store::ResourceKey key, std::uint32_t version_ = 0) : store::ResourceKey(std::move(key)), version(version_) {}
};

struct Response {
    int status = 200;
    std::string body;                  ///< FHIR JSON text ("" = none); the door converts to XML, pretty, _elements, _summary
    std::string location, etag;        ///< etag as W/"3"
    Instant last_modified{};           ///< 0 = none
    Instant expires{};                 ///< what is asked for is there until then; 0 = nothing to say
    Outcome issues;                    ///< when it failed (body is then empty; the door writes the OperationOutcome), or warnings
    std::vector<Touched> touched;      ///< resources given out or written, for the access log
    std::vector<std::string> patients; ///< compartments touched
    std::vector<std::pair<std::string, std::string>> headers; ///< further ones of the answer
    bool raw_body = false;                                    ///< body is complete JSON of a stored version
    std::string media_type;                                   ///< of a body that is no FHIR resource and goes out as it is; "" = FHIR JSON
    std::shared_ptr<FileBody> file;                           ///< the body instead of `body`, when it lies in a file
    Response() = default;
};

/// Routes a request below the FHIR base to its interaction (kInteractions, the one table; the CapabilityStatement is made from it).
boost::asio::awaitable<Response> handle(const Services& services, Request request);

/// What is allowed: name of the interaction of a request ("read", "search-type", "transaction", "$validate") and its type, for access and
/// audit before it runs.
struct Classified {
    std::string interaction, type, id;
    bool known = false;
};
Classified classify(const Request& request);
/// A POST of an operation that only reads says in a Parameters resource what a query would say: its values join the query, so that
/// everybody who looks at a query sees them. Other requests stay as they are. Issues: those of reading a body.
Outcome take_parameters(const Services& services, Request& request);
/// What may be done at the request's path, for the header Allow: "GET, HEAD, PUT, OPTIONS"; "" when the path is none.
std::string allowed_methods(const Request& request);

std::string capability_statement(const Services& services);

/// HTTP status of an outcome's leading issue; the one place.
int status_of(const Outcome& outcome);
/// OperationOutcome JSON; diagnostics is one sentence, details.text in both languages, code = rule id.
std::string operation_outcome(const Outcome& outcome);

} // namespace huitong::interaction
