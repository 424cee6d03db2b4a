/// The steward's desk: the queue, the words and their reasons as JSON, for whoever asks: the running hub over its control socket, or the
/// command line on a directory that nobody holds. Thread: any.
///
///   queue     count               {"reviews":[{"a","b","reasons":[rule …]}]}
///   explain   a                   {"patient","person","fellows":[{"patient","reasons"}],"events":[…]}
///   explain   a b                 {"verdict","reasons"}
///   decide    a b saying who why  {"persons":[{"patient","person"}]}; saying: link, unlink, withdraw
#pragma once

#include "identity/identity.hpp"
#include "search/search.hpp"

#include <map>

namespace huitong::identity {

class StewardDesk {
public:
    /// All outlive it.
    StewardDesk(Linker& linker, store::Store& store, const search::Registry& registry, const Clock& clock)
        : linker_(linker), store_(store), registry_(registry), clock_(clock) {}

    struct Answer {
        std::string json;
        std::vector<std::string> patients; ///< "Patient/…" told about, for the access log
    };
    using Words = std::map<std::string, std::string>;
    /// Blocks for the commit of a decision. Issues: those of Linker::decide and the store, identity-unknown-patient, identity-desk.
    Result<Answer> answer(const std::string& verb, const Words& words);

private:
    Answer queue(std::size_t count) const;
    Result<Answer> explain(const std::string& a, const std::string& b) const;
    Result<Answer> decide(const Words& words);

    Linker& linker_;
    store::Store& store_;
    const search::Registry& registry_;
    const Clock& clock_;
};

} // namespace huitong::identity
