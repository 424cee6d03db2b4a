#include "terminology/translation.hpp"

namespace huitong::terminology {
namespace {

constexpr int kOtherMapDepthMax = 8; ///< maps that hand over to each other end here

using Unmapped = ConceptMap::Group::Unmapped;

bool fits(std::string_view asked, std::string_view declared) {
    return asked.empty() || declared.empty() || without_version(asked) == declared;
}

void add_unmapped(const Library& library, const ConceptMap::Group& group, const Coding& coding, std::string_view target_system, int depth,
                  std::vector<Match>& out);

void add_matches(const Library& library, const ConceptMap& map, const Coding& coding, std::string_view target_system, int depth,
                 std::vector<Match>& out) {
    for (const auto& group : map.groups) {
        if (!fits(coding.system, group.source)) continue;
        const auto found = group.rows.find(coding.code);
        if (found == group.rows.end()) {
            add_unmapped(library, group, coding, target_system, depth, out);
            continue;
        }
        for (const auto& match : found->second) {
            if (target_system.empty() || match.target.system == target_system) out.push_back(match);
        }
    }
}

void add_unmapped(const Library& library, const ConceptMap::Group& group, const Coding& coding, std::string_view target_system, int depth,
                  std::vector<Match>& out) {
    if (group.unmapped == Unmapped::other_map) {
        const auto other = depth < kOtherMapDepthMax ? library.concept_map(group.other_map) : nullptr;
        if (other) add_matches(library, *other, coding, target_system, depth + 1, out);
        return;
    }
    if (group.unmapped == Unmapped::none || !fits(target_system, group.target)) return;
    auto match = group.fixed;
    if (group.unmapped == Unmapped::provided) match.target = {group.target, "", coding.code, coding.display};
    // The map says nothing about how near such a code is.
    match.equivalence = "inexact";
    out.push_back(std::move(match));
}

} // namespace

std::vector<Match> translated(const Library& library, const ConceptMap& map, const Coding& coding, std::string_view target_system) {
    std::vector<Match> out;
    add_matches(library, map, coding, target_system, 0, out);
    return out;
}

std::vector<BackMatch> translated_back(const ConceptMap& map, const Coding& coding, std::string_view source_system) {
    std::vector<BackMatch> out;
    for (const auto& group : map.groups) {
        if (!fits(source_system, group.source)) continue;
        for (const auto& code : group.order) {
            for (const auto& match : group.rows.at(code)) {
                if (match.target.code == coding.code && fits(coding.system, match.target.system))
                    out.push_back({{group.source, "", code, ""}, match});
            }
        }
    }
    return out;
}

} // namespace huitong::terminology
