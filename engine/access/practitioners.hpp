/// The register of practitioners (执业注册): who may act for an institution, and until when. A caller whose practitioner is not in it, or
/// whose licence has ended, is refused at the next call; no restart, no new token.
///
/// practitioners.csv: organization, practitioner, name, licence_from, licence_to (days, inclusive, empty = open). Thread: any.
/// Source: design "Who calls"; scenario 4, step 6.
#pragma once

#include "base/outcome.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace huitong::access {

class Practitioners {
public:
    struct Licence {
        std::string name, from, to;
    };
    using Table = std::map<std::pair<std::string, std::string>, Licence>; ///< by organisation and practitioner

    explicit Practitioners(std::string file) : file_(std::move(file)) {}
    /// Reads the file anew; what is wrong is told and the old table stays. Issues: practitioner-row, practitioner-table.
    Outcome reload();
    /// Whether the practitioner's licence at the institution holds on the day.
    bool may_act(const std::string& organization, const std::string& practitioner, const std::string& day) const;

private:
    std::string file_;
    mutable std::mutex mutex_;
    std::shared_ptr<const Table> table_ = std::make_shared<Table>();
};

} // namespace huitong::access
