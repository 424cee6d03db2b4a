#include "adapters/hl7v2/structure.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace huitong::adapters::hl7v2 {
namespace {

enum class Opens : std::uint8_t { always, when_repeated, never };

struct Group {
    std::string_view name;
    std::uint8_t parent = 0;
    bool repeats = true;
};

struct Placement {
    std::string_view segment;
    std::uint8_t group = 0;
    Opens opens = Opens::never;
    bool late = false;         ///< may follow the groups below its own, and closes them
    bool needs_parent = false; ///< an error when the parent group is not open yet
};

struct Structure {
    std::string_view type, event;  ///< event "": every one of the type
    std::span<const Group> groups; ///< group 0 is the message
    std::span<const Placement> placements;
};

constexpr Group kOruGroups[] = {{"", 0}, {"PATIENT_RESULT", 0}, {"ORDER_OBSERVATION", 1}, {"OBSERVATION", 2}};
constexpr Placement kOruPlacements[] = {
    {"MSH", 0},
    {"PID", 1, Opens::always},
    {"PD1", 1},
    {"NK1", 1},
    {"PV1", 1},
    {"PV2", 1},
    {"ORC", 2, Opens::always},
    {"OBR", 2, Opens::when_repeated},
    {"TQ1", 2},
    {"TQ2", 2},
    {"CTD", 2},
    {"OBX", 3, Opens::always, false, true},
    {"FT1", 2, Opens::never, true},
    {"CTI", 2, Opens::never, true},
    {"SPM", 2, Opens::never, true},
    {"DSC", 0, Opens::never, true},
};
constexpr Group kOrmGroups[] = {{"", 0}, {"PATIENT", 0, false}, {"ORDER", 0}, {"OBSERVATION", 2}};
constexpr Placement kOrmPlacements[] = {
    {"MSH", 0},
    {"PID", 1, Opens::always},
    {"PD1", 1},
    {"PV1", 1},
    {"PV2", 1},
    {"IN1", 1},
    {"IN2", 1},
    {"IN3", 1},
    {"GT1", 1},
    {"AL1", 1},
    {"ORC", 2, Opens::always},
    {"OBR", 2, Opens::when_repeated},
    {"RXO", 2, Opens::when_repeated},
    {"DG1", 2, Opens::never, true},
    {"OBX", 3, Opens::always, false, true},
    {"FT1", 2, Opens::never, true},
    {"CTI", 2, Opens::never, true},
    {"BLG", 2, Opens::never, true},
};
/// Orders of every kind look like ORM_O01 with segments of their own: laboratory, pharmacy, vaccination.
constexpr Placement kOrderPlacements[] = {
    {"MSH", 0},
    {"PID", 1, Opens::always},
    {"PD1", 1},
    {"NK1", 1},
    {"PV1", 1},
    {"PV2", 1},
    {"IN1", 1},
    {"IN2", 1},
    {"IN3", 1},
    {"GT1", 1},
    {"AL1", 1},
    {"ORC", 2, Opens::always},
    {"OBR", 2, Opens::when_repeated},
    {"RXO", 2, Opens::when_repeated},
    {"RXE", 2, Opens::when_repeated},
    {"RXD", 2, Opens::when_repeated},
    {"RXA", 2, Opens::when_repeated},
    {"RXR", 2},
    {"RXC", 2},
    {"TQ1", 2},
    {"TQ2", 2},
    {"DG1", 2, Opens::never, true},
    {"OBX", 3, Opens::always, false, true},
    {"SPM", 2, Opens::never, true},
    {"FT1", 2, Opens::never, true},
    {"CTI", 2, Opens::never, true},
    {"BLG", 2, Opens::never, true},
};
/// ADT_A39: several records may be merged by one message, each into the one that stands before it.
constexpr Group kMergeGroups[] = {{"", 0}, {"PATIENT", 0}};
constexpr Placement kMergePlacements[] = {
    {"MSH", 0}, {"EVN", 0}, {"PID", 1, Opens::always}, {"PD1", 1}, {"MRG", 1}, {"PV1", 1},
};
/// RAS_O17: each administration of an order stands for itself, with the route behind it.
constexpr Group kAdministrationGroups[] = {{"", 0}, {"PATIENT", 0, false}, {"ORDER", 0}, {"ADMINISTRATION", 2}, {"OBSERVATION", 2}};
constexpr Placement kAdministrationPlacements[] = {
    {"MSH", 0},
    {"PID", 1, Opens::always},
    {"PD1", 1},
    {"NK1", 1},
    {"PV1", 1},
    {"PV2", 1},
    {"AL1", 1},
    {"ORC", 2, Opens::always},
    {"RXO", 2, Opens::when_repeated, true},
    {"RXE", 2, Opens::when_repeated, true},
    {"RXA", 3, Opens::always},
    {"OBX", 4, Opens::always, false, true},
    {"CTI", 2, Opens::never, true},
};
/// MDM: orders that the document is about stand before TXA; the standard calls the group COMMON_ORDER.
constexpr Group kDocumentGroups[] = {{"", 0}, {"ORDER", 0}};
constexpr Placement kDocumentPlacements[] = {
    {"MSH", 0},
    {"PID", 0, Opens::never, true},
    {"PV1", 0, Opens::never, true},
    {"ORC", 1, Opens::always},
    {"OBR", 1, Opens::when_repeated},
    {"TXA", 0, Opens::never, true},
    {"OBX", 0, Opens::never, true},
};
constexpr Structure kStructures[] = {
    {"ADT", "A39", kMergeGroups, kMergePlacements},
    {"ADT", "A40", kMergeGroups, kMergePlacements},
    {"ORU", "R01", kOruGroups, kOruPlacements},
    {"ORM", "O01", kOrmGroups, kOrmPlacements},
    {"OML", "O21", kOrmGroups, kOrderPlacements},
    {"OMG", "O19", kOrmGroups, kOrderPlacements},
    {"OMP", "O09", kOrmGroups, kOrderPlacements},
    {"RDE", "O11", kOrmGroups, kOrderPlacements},
    {"RDE", "O25", kOrmGroups, kOrderPlacements},
    {"RDE", "O01", kOrmGroups, kOrderPlacements},
    {"RDS", "O13", kOrmGroups, kOrderPlacements},
    {"RDS", "O01", kOrmGroups, kOrderPlacements},
    {"VXU", "V04", kOrmGroups, kOrderPlacements},
    {"RAS", "O17", kAdministrationGroups, kAdministrationPlacements},
    {"RAS", "O01", kAdministrationGroups, kAdministrationPlacements},
    {"MDM", "", kDocumentGroups, kDocumentPlacements},
};
constexpr std::uint32_t kNone = 0xFFFFFFFF;

class Arranger {
public:
    Arranger(const Message& message, const Structure& structure) : message_(message), structure_(structure) {
        latest_.fill(kNone);
        open_.fill(false);
        latest_[0] = 0;
        open_[0] = true;
    }

    Parsed<Arrangement> run() {
        out_.value.groups.push_back({});
        for (const auto& segment : message_.segments) {
            const auto* placement = find(segment.id);
            out_.value.group_of.push_back(placement == nullptr ? current_ : place(segment, *placement));
            if (placement != nullptr) remember(*placement);
        }
        return std::move(out_);
    }

private:
    const Placement* find(std::string_view id) const {
        for (const auto& placement : structure_.placements) {
            if (placement.segment == id) return &placement;
        }
        return nullptr;
    }

    void misplaced(const Segment& segment) {
        if (++misplaced_ > kIssuesMax) return;
        out_.issues.add(error(IssueCode::structure, place_of(segment), "v2-segment-sequence", {std::string(segment.id)}));
    }

    /// Whether the latest instance of the group already has such a segment.
    bool holds(std::uint8_t group, std::string_view id) const {
        return std::find(held_[group].begin(), held_[group].end(), id) != held_[group].end();
    }

    void remember(const Placement& placement) {
        if (!holds(placement.group, placement.segment)) held_[placement.group].push_back(placement.segment);
    }

    bool is_below(std::uint8_t group, std::uint8_t above) const {
        while (group != 0) {
            group = structure_.groups[group].parent;
            if (group == above) return true;
        }
        return false;
    }

    std::uint8_t group_count() const { return static_cast<std::uint8_t>(structure_.groups.size()); }

    bool close_below(std::uint8_t above) {
        bool closed = false;
        for (std::uint8_t group = 1; group < group_count(); ++group) {
            if (!is_below(group, above)) continue;
            closed = closed || open_[group];
            open_[group] = false;
        }
        return closed;
    }

    bool has_open_below(std::uint8_t above) const {
        for (std::uint8_t group = 1; group < group_count(); ++group) {
            if (open_[group] && is_below(group, above)) return true;
        }
        return false;
    }

    std::uint32_t open(std::uint8_t group) {
        const auto parent = structure_.groups[group].parent;
        if (!open_[parent]) open(parent);
        close_below(parent);
        open_[group] = true;
        held_[group].clear();
        latest_[group] = static_cast<std::uint32_t>(out_.value.groups.size());
        out_.value.groups.push_back({structure_.groups[group].name, latest_[parent]});
        current_ = latest_[group];
        return current_;
    }

    std::uint32_t place(const Segment& segment, const Placement& placement) {
        const auto group = placement.group;
        const bool opens =
            placement.opens == Opens::always || (placement.opens == Opens::when_repeated && (!open_[group] || holds(group, segment.id)));
        if (opens) {
            const bool too_often = !structure_.groups[group].repeats && latest_[group] != kNone;
            const bool no_parent = placement.needs_parent && !open_[structure_.groups[group].parent];
            if (too_often || no_parent) misplaced(segment);
            if (segment.id == "OBX" && !no_parent && holds(structure_.groups[group].parent, "SPM") && ++after_specimen_ <= kIssuesMax) {
                out_.issues.add(warning(IssueCode::structure, place_of(segment), "v2-observation-after-specimen"));
            }
            return open(group);
        }
        if (!open_[group]) {
            if (latest_[group] == kNone) return open(group);
            misplaced(segment);
            return latest_[group];
        }
        if (group == 0 && placement.segment == "MSH") return 0;
        if (has_open_below(group) && !placement.late) {
            misplaced(segment);
            return latest_[group];
        }
        close_below(group);
        current_ = latest_[group];
        return current_;
    }

    const Message& message_;
    const Structure& structure_;
    Parsed<Arrangement> out_;
    std::array<std::vector<std::string_view>, 8> held_;
    std::array<std::uint32_t, 8> latest_{}; ///< last instance of each group, kNone before the first
    std::array<bool, 8> open_{};
    std::uint32_t current_ = 0;
    std::size_t misplaced_ = 0, after_specimen_ = 0;
};

} // namespace

Parsed<Arrangement> arrange(const Message& message, std::string_view type, std::string_view event) {
    for (const auto& structure : kStructures) {
        if (structure.type == type && (structure.event.empty() || structure.event == event)) return Arranger(message, structure).run();
    }
    Parsed<Arrangement> flat;
    flat.value.groups.push_back({});
    flat.value.group_of.assign(message.segments.size(), 0);
    return flat;
}

} // namespace huitong::adapters::hl7v2
