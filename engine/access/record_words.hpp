/// Words about records (store::RecordWords) as JSON, for whoever keeps what a caller might see: the ledger of recognition, jobs of exports.
/// Thread: any.
#pragma once

#include "base/json_writer.hpp"
#include "fhir/tree.hpp"
#include "store/store.hpp"

namespace huitong::access {

/// Member `name` of the object that is being written: an array of {"patient", "words"}; nothing when there are no words.
void write_record_words(JsonWriter& json, std::string_view name, const store::RecordWords* words);
/// nullptr: none.
std::shared_ptr<const store::RecordWords> read_record_words(fhir::Element object, std::string_view name);
/// Whether two callers see the same.
bool same_words(const std::shared_ptr<const store::RecordWords>& a, const std::shared_ptr<const store::RecordWords>& b);

} // namespace huitong::access
