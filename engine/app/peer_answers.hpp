/// Answers what the peer of a feed asks over its own wire (QBP): as the feed's organization, under the Consents of that moment, and written
/// into the access log before the answer leaves.
/// Thread: any; the work is done on the workers. Until `open` it answers that it cannot.
#pragma once

#include "access/consents.hpp"
#include "audit/access_log.hpp"
#include "feeds/adapter.hpp"
#include "identity/identity.hpp"
#include "interaction/interaction.hpp"
#include "mapping/mapping.hpp"

#include <boost/asio/thread_pool.hpp>

namespace huitong::app {

class PeerAnswers final : public feeds::Answers {
public:
    /// All that is given outlives it.
    PeerAnswers(const interaction::Services& services, const mapping::MapLibrary& maps, const identity::Linker& linker,
                std::vector<feeds::FeedSettings> feeds)
        : services_(services), maps_(maps), linker_(linker), feeds_(std::move(feeds)) {}
    void open(access::Consents& consents, audit::AccessLog& log, boost::asio::thread_pool& workers);

    /// "find-persons", "person-numbers" and "find-results" (adapters/hl7v2/query.hpp): root with `total`, `next`, and a `message` that the
    /// map v2-query-answer (or the feed's `answer_map`) makes. Issues: query-field, query-unknown-number, query-number-of-several,
    /// query-no-map, query-closed, those of search.
    boost::asio::awaitable<Parsed<fhir::DocumentPtr>> answer(feeds::Query query) override;

private:
    struct Found {
        fhir::DocumentPtr persons; ///< Bundle of Patients, or of what else was asked for
        std::vector<std::string> resources;
        std::string total = "0", next;
    };
    access::Caller caller_of(const feeds::FeedSettings& feed, std::string_view query);
    boost::asio::awaitable<Parsed<fhir::DocumentPtr>> work(feeds::Query query);
    Parsed<Found> find(const feeds::Query& query, const access::Caller& caller) const;
    Parsed<Found> find_persons(fhir::Element asked, const access::Caller& caller) const;
    Parsed<Found> person_numbers(fhir::Element asked, const access::Caller& caller) const;
    Parsed<fhir::DocumentPtr> written(const Found& found, const feeds::FeedSettings& feed) const;

    const interaction::Services& services_;
    const mapping::MapLibrary& maps_;
    const identity::Linker& linker_;
    std::vector<feeds::FeedSettings> feeds_;
    access::Consents* consents_ = nullptr;
    audit::AccessLog* log_ = nullptr;
    boost::asio::thread_pool* workers_ = nullptr;
};

} // namespace huitong::app
