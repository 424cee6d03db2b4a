/// Whether a caller's sight takes in one version: the one rule that reads and writes share. Thread: any.
#pragma once

#include "store/store.hpp"

#include <functional>

namespace huitong::store {

class CodedContent;
class Connection;
class Symbols;
class TagSets;

struct Seen {
    std::string type, owner, patient;
    std::vector<std::string> labels;
    std::string id = {};                   ///< needed where the filter has words about the patient's record
    std::vector<std::string> sharers = {}; ///< without a patient: those it is shared by
    bool is_removed = false;               ///< a mark of deletion: it has no rows, and what closes a part of the record by them closes it
};
/// Whether the version's rows hold the token; asked only where a condition stands.
using HasToken = std::function<bool(const CallerFilter::Token&)>;

bool may_see(const CallerFilter& filter, const Seen& version, const HasToken& has_token);

/// Patients that share a version of nobody's compartment, by what stands in it; for most versions nothing need be read.
std::vector<std::string> sharers_of(Connection& connection, CodedContent& content, std::int64_t type, VersionKey version);
/// Whether the filter asks who shares a version.
bool asks_sharers(const CallerFilter& filter);

/// Of a version in the database.
bool has_token(Connection& connection, const Symbols& symbols, const TagSets& sets, const std::string& type, VersionKey version,
               const CallerFilter::Token& token);
/// Of a version about to be written.
bool has_token(const IndexRows& rows, const CallerFilter::Token& token);

} // namespace huitong::store
