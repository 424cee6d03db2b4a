/// What follows behind the store's commits: notices to adopters, candidates that were withheld. Positions are facts that move in the same
/// commit as what they cover, so that each thing is done exactly once. Internal to the room. Thread: one at a time (its mutex).
#pragma once

#include "recognition/ledger_text.hpp"
#include "recognition/service.hpp"

#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

namespace huitong::recognition {

class Service::Watch {
public:
    /// True: there is more to do.
    Result<bool> step(Service& service);

private:
    struct Work {
        std::vector<std::string> entries;
        std::vector<store::FactWrite> facts;
        std::set<std::string> checked;                ///< keys of rows whose person was looked at
        std::map<std::string, std::string> rewritten; ///< rows as they will stand: those of the store are older
    };
    void load(Service& service);
    /// False: the log goes on behind what was read.
    bool follow_log(Service& service, Work& work);
    void follow_change(Service& service, const store::ResourceKey& key, store::LogTime t, Work& work);
    bool follow_ledger(Service& service, Work& work);
    void begin_watching(Service& service, const std::string& match, Work& work);
    void look_for_withheld(Service& service, const LedgerEntry& entry, Work& work);
    void notify(Service& service, const std::string& key, const Adopted& adopted, const store::Version& before, const store::Version& after,
                Work& work);
    void follow_record(const std::string& key, Adopted adopted, const store::Version& after, Work& work);
    void tell(Service& service, Notice notice, Work& work);
    void remember(const std::string& key, const Adopted& adopted);
    /// Whether what was adopted still is of the person it was adopted for: a steward may have parted the records.
    void follow_persons(Service& service, Work& work);
    void check_person(Service& service, const std::string& key, Work& work);
    std::vector<store::FactWrite> positions() const;

    std::mutex mutex_;
    bool loaded_ = false;
    store::LogTime log_ = 0;                  ///< the log is followed up to here
    std::uint64_t ledger_ = 0, notices_ = 0;  ///< ledger sequence followed; last notice given
    std::unordered_set<std::string> adopted_; ///< "Observation/…" that some adoption rests on
    std::unordered_map<std::string, std::set<std::string>>
        of_patient_;                       ///< Patient → keys of rows whose results were adopted for it or are its
    std::optional<std::uint64_t> persons_; ///< identity is followed up to here; nullopt: all are to be checked
};

} // namespace huitong::recognition
