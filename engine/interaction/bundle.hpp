/// Bundles sent to the base: a transaction is one commit of the log, a batch is many requests.
/// Source: FHIR R4 RESTful API, "batch/transaction".
#pragma once

#include "interaction/parts.hpp"

#include <map>

namespace huitong::interaction {

struct Entry {
    fhir::Element resource;
    std::string full_url, method, url, if_match, if_none_match, if_none_exist, if_modified_since;
    std::string where; ///< "Bundle.entry[3]"
    // Decided while resolving:
    std::string type, id;                          ///< of the resource written
    bool existing = false;                         ///< conditional create that found one
    bool hidden = false;                           ///< which the caller may not read: the answer says that it exists, and no more
    bool matched = false;                          ///< named by criteria that one resource fits
    bool is_new = false;                           ///< named by criteria that nothing fits, with an id of its own: it must replace nothing
    std::optional<std::uint32_t> expected_version; ///< by ifMatch, or 0 by ifNoneMatch "*"
    std::optional<std::size_t> write;              ///< its place in the commit
};

/// Reads one entry. Issues with its place: bundle-entry-request, bundle-entry-method, bundle-entry-resource.
Result<Entry> read_entry(fhir::Element element, std::size_t index);
/// Reads all entries; the first bad one ends it. Issues: those of one entry, bundle-entries-max.
Result<std::vector<Entry>> read_entries(const Services& services, fhir::Element bundle);

/// Decides the identity of every write, conditional ones against the newest snapshot and what stands before them in the bundle; fills
/// `references` (fullUrl → "Type/id") and the commit's guards. Issues, beside those of conditions: bundle-written-twice,
/// bundle-full-url-twice, rest-id-taken, rest-id-differs. `own_type`: see Conditions.
Outcome resolve_entries(const Services& services, const access::Caller& caller, std::string_view own_type, std::vector<Entry>& entries,
                        std::map<std::string, std::string, std::less<>>& references, store::Commit& commit);

/// Two writes that bring one identifier, when an entry's criteria look for it and nothing stored has it: the next one that looks would find
/// both. Issue: bundle-written-twice.
Outcome check_twins(const Services& services, const std::vector<Entry>& entries, const store::Commit& commit);

/// References of one transaction: to its entries by fullUrl, and conditional ones by criteria. Each criteria is looked for once.
class References {
public:
    References(const Services& services, store::ReadView& view) : services_(services), view_(view) {}
    std::map<std::string, std::string, std::less<>> by_full_url; ///< fullUrl → "Type/id"; "" of what the caller may not read
    /// Replaces them in the resource of an entry, which is built in `document`; a relative reference counts from the entry's own full
    /// URL. Issues: bundle-reference (a condition that has not exactly one match), bundle-reference-hidden.
    Outcome rewrite(const Entry& entry, fhir::Document& document);

private:
    struct Match {
        std::string reference; ///< "Type/id", "" when not exactly one was found
        std::size_t count = 0;
        Outcome refused; ///< why the criteria are none
    };
    const Match& match(std::string_view criteria);
    const std::string* find_entry(std::string_view base, std::string_view value) const;

    const Services& services_;
    store::ReadView& view_;
    std::map<std::string, Match, std::less<>> by_criteria_;
};

/// A transaction bundle as one commit, resolved against the newest view: what the REST door and the pipeline of feeds both do.
/// `own_type`: see Conditions.
struct PreparedTransaction {
    std::vector<Entry> entries;
    store::Commit commit;
};
Result<PreparedTransaction> prepare_transaction(const Services& services, const Request& request, fhir::Element bundle,
                                                std::string_view own_type = {});
/// The same of entries that somebody else read or made.
Result<PreparedTransaction> prepare_entries(const Services& services, const Request& request, std::vector<Entry> entries,
                                            std::string_view own_type = {});

boost::asio::awaitable<Response> transaction(const Services& services, Request request, fhir::DocumentPtr document);
boost::asio::awaitable<Response> batch(const Services& services, Request request, fhir::DocumentPtr document);

/// A GET entry or batch entry as a request of its own; its URL may begin with the base.
Request entry_request(const Request& outer, const Entry& entry, std::string_view base_url);
/// The answer to it. Issue, beside the interaction's own: bundle-entry-answer (no resource).
boost::asio::awaitable<Response> answer_entry(const Services& services, const Request& outer, const Entry& entry);
void write_entry_response(const Response& response, std::string& out);

} // namespace huitong::interaction
