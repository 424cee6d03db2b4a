#include "adapters/hl7v2/message_type.hpp"

namespace huitong::adapters::hl7v2 {

MessageType read_message_type(const Message& message) {
    MessageType out;
    const auto* header = message.header();
    if (header == nullptr) return out;
    const auto field = message.field(*header, 9);
    out.type = message.component(field, 1);
    out.event = message.component(field, 2);
    if (!out.event.empty() || out.type.empty()) return out;
    for (const auto& segment : message.segments) {
        if (segment.id == "EVN") out.event = message.component(message.field(segment, 1), 1);
    }
    if (out.event.empty() && out.type == "ORU") out.event = "R01";
    if (out.event.empty() && out.type == "ORM") out.event = "O01";
    return out;
}

} // namespace huitong::adapters::hl7v2
