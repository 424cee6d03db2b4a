#include "adapters/hl7v2/fragments.hpp"

#include "adapters/hl7v2/message_type.hpp"

#include <algorithm>

namespace huitong::adapters::hl7v2 {

Pointers read_pointers(const Message& message) {
    Pointers out;
    const auto* header = message.header();
    if (header == nullptr) return out;
    const auto type = read_message_type(message).type;
    if (type == "QBP" || type == "RSP") return out;
    const auto begins = [](const Segment& segment) { return segment.id == "PID" || segment.id == "EVN"; };
    const auto& segments = message.segments;
    if (segments.size() > 1 && std::none_of(segments.begin(), segments.end(), begins))
        out.continues = without_padding(message.field(*header, 14));
    const auto& last = segments.back();
    if (last.id == "DSC") out.continued_by = message.component(message.field(last, 1), 1);
    return out;
}

std::string join_fragments(const std::vector<std::string>& texts) {
    std::string out;
    for (const auto& text : texts) {
        const auto message = read_message(text);
        const auto& segments = message.value.segments;
        for (std::size_t at = out.empty() ? 0 : 1; at < segments.size(); ++at) {
            const auto& segment = segments[at];
            if (segment.id == "DSC" && at + 1 == segments.size()) break;
            if (segment.id == "ADD") { // alone it only marks the place where the segment was broken
                out += segment.text.substr(std::min<std::size_t>(4, segment.text.size()));
                continue;
            }
            if (!out.empty()) out += '\r';
            out += segment.text;
        }
    }
    return out;
}

} // namespace huitong::adapters::hl7v2
