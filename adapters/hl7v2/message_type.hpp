/// MSH-9 of a message. Source: HL7 v2.5.1, §2.15.9.9.
#pragma once

#include "adapters/hl7v2/syntax.hpp"

namespace huitong::adapters::hl7v2 {

struct MessageType {
    std::string type, event; ///< "ORU", "R01"; "" when absent
};

/// MSH-9.1 and MSH-9.2. Before 2.3 senders left the event to EVN-1; ORU and ORM have only one that matters, so it is filled in.
MessageType read_message_type(const Message& message);

} // namespace huitong::adapters::hl7v2
