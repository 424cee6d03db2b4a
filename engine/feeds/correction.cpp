#include "feeds/correction.hpp"

namespace huitong::feeds {

Outcome close_dead_letter(store::Store& store, const MessageId& id, const MessageId& corrected_as, Instant now) {
    auto status = "{\"status\":\"corrected\",\"at\":\"" + std::to_string(now.microseconds) + "\",\"as\":\"" + corrected_as +
                  "\",\"resources\":[],\"issues\":[]}";
    std::vector<store::FactWrite> facts;
    facts.push_back({std::string(kMessageFacts), id, std::move(status), false});
    facts.push_back({std::string(kDeadLetterFacts), id, {}, true});
    auto done = store.write_facts(std::move(facts));
    return done ? Outcome() : done.error();
}

} // namespace huitong::feeds
