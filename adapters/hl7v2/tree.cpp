#include "adapters/hl7v2/tree.hpp"

#include "adapters/hl7v2/message_type.hpp"
#include "adapters/hl7v2/numbers.hpp"
#include "adapters/hl7v2/structure.hpp"

namespace huitong::adapters::hl7v2 {
namespace {

using fhir::NodeIndex;

constexpr std::size_t kNodesMax = 1'000'000; ///< some 100 MB: a message of separators must not become gigabytes

class TreeBuilder {
public:
    TreeBuilder(fhir::Document& document, const Message& message, Charset charset)
        : document_(document), message_(message), charset_(charset) {}

    void add_segment(NodeIndex parent, const Segment& segment) {
        if (segment.id.empty()) {
            const auto line = document_.add_child(parent, "_line", false);
            set_text(line, segment.text, "_line");
            return;
        }
        const auto node = document_.add_child(parent, segment.id, false);
        set_span(node, segment.text);
        const bool is_header = segment.id == "MSH";
        place_ = place_of(segment);
        std::size_t at = 0;
        next_piece(segment.text, message_.delimiters.field, at);
        unsigned position = 1;
        if (is_header) {
            add_plain(node, "MSH-1", message_.field(segment, 1));
            add_plain(node, "MSH-2", message_.field(segment, 2));
            next_piece(segment.text, message_.delimiters.field, at);
            position = 3;
        }
        for (; at != std::string_view::npos; ++position) {
            add_field(node, segment.id, position, next_piece(segment.text, message_.delimiters.field, at));
        }
    }

    Outcome take_issues() { return std::move(issues_); }

private:
    /// MSH-1 and MSH-2 are no text but the delimiters themselves.
    void add_plain(NodeIndex parent, std::string_view name, std::string_view text) {
        const auto node = document_.add_child(parent, name, false);
        document_.set_value(node, fhir::ValueKind::text, text);
        set_span(node, text);
        const auto component = document_.add_child(node, "c1", false);
        document_.set_value(component, fhir::ValueKind::text, text);
        set_span(component, text);
    }

    void add_field(NodeIndex segment, std::string_view id, unsigned position, std::string_view text) {
        if (text.empty()) return;
        const auto name = document_.intern(std::string(id) + "-" + std::to_string(position));
        const auto where = place_ + "-" + std::to_string(position);
        const auto& delimiters = message_.delimiters;
        const bool numbers = holds_number(id, position);
        const bool repeated = delimiters.repetition != '\0' && text.find(delimiters.repetition) != text.npos;
        for (std::size_t at = 0; at != std::string_view::npos;) {
            const auto repetition = without_padding(next_piece(text, delimiters.repetition, at));
            if (repetition.empty() || (numbers && is_nobodys(message_.component(repetition, 1)))) continue;
            if (document_.size() > kNodesMax) return;
            const auto node = document_.add_child(segment, name, repeated);
            set_text(node, repetition, where);
            add_parts(node, repetition, delimiters.component, 'c', where);
        }
    }

    void add_parts(NodeIndex parent, std::string_view text, char separator, char letter, std::string_view where) {
        unsigned number = 1;
        for (std::size_t at = 0; at != std::string_view::npos; ++number) {
            const auto piece = without_padding(next_piece(text, separator, at));
            if (piece.empty()) continue;
            if (document_.size() > kNodesMax) return; // read_tree reports it at the next segment
            const auto node = document_.add_child(parent, document_.intern(letter + std::to_string(number)), false);
            set_text(node, piece, where);
            if (letter == 'c') add_parts(node, piece, message_.delimiters.subcomponent, 's', where);
        }
    }

    void set_text(NodeIndex node, std::string_view text, std::string_view where) {
        set_span(node, text);
        if (message_.delimiters.escape == '\0' || text.find(message_.delimiters.escape) == text.npos) {
            document_.set_value(node, fhir::ValueKind::text, text);
            return;
        }
        auto decoded = unescape(text, message_.delimiters, charset_, where);
        document_.set_value(node, fhir::ValueKind::text, document_.copy(decoded.value));
        const bool whole_field = document_.node(node).name.find('-') != std::string_view::npos;
        if (!whole_field) return; // its parts would say the same again
        for (auto& issue : decoded.issues.issues()) {
            if (issues_.issues().size() < kIssuesMax) issues_.add(std::move(issue));
        }
    }

    void set_span(NodeIndex node, std::string_view text) {
        const auto begin = static_cast<std::uint32_t>(text.data() - message_.text.data());
        document_.node(node).source = {begin, begin + static_cast<std::uint32_t>(text.size())};
    }

    fhir::Document& document_;
    const Message& message_;
    Charset charset_;
    std::string place_;
    Outcome issues_;
};

} // namespace

Parsed<fhir::DocumentPtr> read_tree(std::string text, Charset charset) {
    Parsed<fhir::DocumentPtr> out;
    out.value = std::make_shared<fhir::Document>();
    auto& document = *out.value;
    const auto kept = document.keep(std::move(text));
    document.set_text(kept);
    document.set_root("V2Message");
    document.node(0).source = {0, static_cast<std::uint32_t>(kept.size())};
    auto message = read_message(kept);
    out.issues = std::move(message.issues);
    const auto type = read_message_type(message.value);
    auto arranged = arrange(message.value, type.type, type.event);
    out.issues.add(std::move(arranged.issues));
    TreeBuilder builder(document, message.value, charset);
    std::vector<NodeIndex> nodes{0};
    for (std::size_t at = 0; at < message.value.segments.size(); ++at) {
        const auto group = arranged.value.group_of[at];
        while (nodes.size() <= group) {
            const auto& instance = arranged.value.groups[nodes.size()];
            nodes.push_back(document.add_child(nodes[instance.parent], instance.name, true));
        }
        if (document.size() > kNodesMax) {
            out.issues.add(fatal(IssueCode::too_costly, place_of(message.value.segments[at]), "v2-nodes-max", {std::to_string(kNodesMax)}));
            break;
        }
        builder.add_segment(nodes[group], message.value.segments[at]);
    }
    if (document.size() > kNodesMax && !out.issues.has_errors()) {
        out.issues.add(fatal(IssueCode::too_costly, "", "v2-nodes-max", {std::to_string(kNodesMax)}));
    }
    out.issues.add(builder.take_issues());
    return out;
}

} // namespace huitong::adapters::hl7v2
