/// What identity keeps in the store's facts: text rows of TAB separated cells. Described in docs/formats/identity.md. Thread: any.
///
/// `identity.record`  key: patient id. What identity needs of the record; written only together with that record.
/// `identity.word`    key: "<patient> <patient> <decision>". A steward's word; erased when it is withdrawn.
/// `identity.event`   key: "<patient> <event>", event ids grow with time. Append only: what happened to the record, in order.
#pragma once

#include "identity/index.hpp"
#include "store/store.hpp"

namespace huitong::identity {

constexpr std::string_view kRecordTable = "identity.record", kWordTable = "identity.word", kEventTable = "identity.event";

struct Event {
    std::string id;                   ///< time-ordered
    std::string kind;                 ///< person, review, settled, removed, word-same, word-different, word-withdrawn
    std::string person, from;         ///< kind `person`: the new and the old person id
    std::string with;                 ///< the other record, when there is one
    std::vector<std::string> reasons; ///< rule ids
    std::string who, why;             ///< of a steward
};

store::FactWrite record_fact(const std::string& patient, const std::string& home, const Record& record);
/// home and record; nullopt: not a row of this form.
std::optional<std::pair<std::string, Record>> read_record_fact(std::string_view value);

store::FactWrite word_fact(const Words::Pair& pair, const Word& word);
store::FactWrite erased_word_fact(const Words::Pair& pair, const std::string& decision);
std::optional<std::pair<Words::Pair, Word>> read_word_fact(std::string_view key, std::string_view value);

store::FactWrite event_fact(const std::string& patient, const Event& event);
/// Patient id and event.
std::optional<std::pair<std::string, Event>> read_event_fact(std::string_view key, std::string_view value);

/// All rows of a table whose keys begin with `prefix`, in order.
void each_fact(store::Store& store, std::string_view table, const std::string& prefix,
               const std::function<void(const std::string& key, const std::string& value)>& visit);

} // namespace huitong::identity
