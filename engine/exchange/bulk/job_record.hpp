/// What a bulk job needs to go on after a restart, as a file in its folder; and for whom its files are. Thread: any.
#pragma once

#include "access/caller.hpp"
#include "base/json_writer.hpp"
#include "fhir/tree.hpp"

namespace huitong::exchange {

/// A job's files hold what its caller might see: they are for callers that see the same, not for every token of its client.
bool sees_the_same(const access::Caller& one, const access::Caller& other);

/// The members of a caller that decide what it sees and may write, as one object.
void write_caller(JsonWriter& json, const access::Caller& caller);
access::Caller read_caller(fhir::Element element);

/// Replaces the folder's record, whole or not at all, and makes it durable. False: it cannot be written.
bool write_job_record(const std::string& folder, const std::string& json);
/// nullptr: there is none that can be read.
fhir::DocumentPtr read_job_record(const std::string& folder);
/// Folders of jobs, oldest first: their names are ids that grow with time.
std::vector<std::string> job_folders(const std::string& parent);

} // namespace huitong::exchange
