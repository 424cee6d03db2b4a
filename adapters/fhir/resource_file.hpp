/// FHIR files cut into messages: a *.json file is one, every filled line of a *.ndjson file is one. Pure.
#pragma once

#include "adapters/drop/drop.hpp"

namespace huitong::adapters::fhir {

/// Issues: drop-file-empty. What is wrong with a resource stands in the front check of its message (issues of the JSON reader).
drop::Contents split_resources(drop::DropFile file, const feeds::SourceId& source, const Limits& limits, Instant received_at);

/// "Patient/1" of a patient, the subject's reference of another resource, those of all entries of a bundle; without duplicates.
/// A logical reference gives its identifier's value.
std::vector<std::string> patient_keys(huitong::fhir::Element resource);

} // namespace huitong::adapters::fhir
