/// What the files of this room share: reading a body, making a write of a resource, and wording answers.
#pragma once

#include "base/url_query.hpp"
#include "interaction/route.hpp"

namespace huitong::interaction {

Response failed(Outcome issues);
Response failed(Issue issue);

/// The body as a tree: JSON or XML by the content type. Issues: rest-media-type, and those of the readers.
Result<fhir::DocumentPtr> read_body(const Services& services, const Request& request);
/// FHIR id: [A-Za-z0-9\-\.]{1,64}.
bool is_id(std::string_view text);
/// Makes `id` the resource's id, replacing one that is there.
void set_id(fhir::Document& document, fhir::Element resource, const std::string& id);

/// Checks a resource as REST wants it: type and id of the route, base structure, profiles. Without errors, what comes back are warnings.
Outcome check_resource(const Services& services, const Request& request, fhir::Element resource, const std::string& type);

/// A write of the resource for the caller's organisation, with its rows and labels.
store::Write make_write(const Services& services, const access::Caller& caller, store::Action action, const std::string& type,
                        const std::string& id, fhir::Element resource);
store::Write make_removal(const access::Caller& caller, const std::string& type, const std::string& id);
store::Commit make_commit(const Request& request, std::string reason);

/// The answer to a write: representation, nothing or an OperationOutcome, as `Prefer` says.
Response written(const Services& services, const Request& request, const store::CommitReceipt& receipt, std::size_t index, int status,
                 Outcome warnings);

/// "Patient/1/_history/2" under the base.
std::string version_url(const Services& services, const store::ResourceKey& key, std::uint32_t version);
/// Reads W/"3" or "3"; nullopt: no version in it.
std::optional<std::uint32_t> read_etag(std::string_view text);
std::string etag_of(std::uint32_t version);
/// An operation of the table of interactions with what defines it and the types that it is for ("Resource": all of them).
struct Operation {
    std::string name, definition;
    bool of_server = false, of_types = false; ///< where the table routes it
    std::vector<std::string> types;
};
std::vector<Operation> operations_of(const fhir::Definitions& definitions);
/// `"operation":[…]` of the capability statement for a resource type, "" for the server itself; "" when it has none.
std::string capability_operations(const std::vector<Operation>& operations, std::string_view type);
/// What the terminology engine can do and which code systems it holds. Source: FHIR R4, TerminologyCapabilities.
std::string terminology_capabilities(const Services& services);
/// True when `If-None-Match` names that version, alone or in a list, or any by "*". Source: RFC 9110 §13.1.2.
bool names_etag(std::string_view if_none_match, std::uint32_t version);
/// What `If-Match` and `If-None-Match: *` ask of a write: the version that must be current, 0 for none. `If-Match: *` names no version;
/// see version_there. Issue: rest-precondition.
Result<std::optional<std::uint32_t>> expected_version(std::string_view if_match, std::string_view if_none_match);

/// Keeps what `_summary` and `_elements` leave of a resource, marked SUBSETTED. Source: FHIR R4, Search, "Summary", "Elements".
std::string subset(const fhir::Definitions& definitions, const std::string& body, std::string_view summary,
                   const std::vector<std::string>& elements);
/// What `_summary` and `_elements` of a request that is no search leave.
struct Subset {
    std::string summary; ///< true, text, data, count; "" = the whole
    std::vector<std::string> elements;
    bool is_count() const { return summary == "count"; }
    bool is_whole() const { return (summary.empty() || is_count()) && elements.empty(); }
    std::string of(const fhir::Definitions& definitions, std::string body) const;
};
/// Issue: search-value (a `_summary` that there is not).
Result<Subset> read_subset(const Request& request);

void add_bundle_link(std::string& out, std::string_view relation, std::string_view url);
/// Ends a bundle behind its last entry; without one the member "entry" is taken back, because FHIR JSON has no empty arrays.
void close_entries(std::string& out);
/// The address of the request with its query, without the parameters in `but`: "self" of a bundle.
std::string self_url(const Services& services, const Request& request, std::initializer_list<std::string_view> but = {});
/// Value of a query parameter, nullopt when absent.
std::optional<std::string> query_value(const Request& request, std::string_view name);
/// `_since`: a position (position.hpp) or an instant. Issues: rest-since, rest-since-gone.
Result<store::LogTime> read_since(store::Store& store, store::ReadView& view, std::string_view text, int offset_minutes);
/// Adds the resource to what the access log records.
void touch(Response& response, const store::Version& version);

// The handlers of kInteractions; one file each.
boost::asio::awaitable<Response> read(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> vread(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> create(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> update(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> patch(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> remove(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> history(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> search_type(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> bundle(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> capabilities(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> validate(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> snapshot(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> translate(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> lookup(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> validate_code(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> expand(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> subsumes(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> find_matches(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> closure(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> fhir_versions(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> everything(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> meta_in_use(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> meta(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> meta_change(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> last_n(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> document(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> stats(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> open_api(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> export_start(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> import_start(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> bulk_status(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> bulk_file(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> convert(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> fhirpath_query(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> unit(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> diff(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> match(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> transform(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> expunge(const Services& services, Request request, Route route);
boost::asio::awaitable<Response> graphql_query(const Services& services, Request request, Route route);

/// Tries again when another commit wrote a guard key, or a search parameter came in between: so often, then the conflict goes to the
/// caller.
constexpr int kGuardRetriesMax = 8;
bool is_guard_conflict(const Outcome& outcome);

} // namespace huitong::interaction
