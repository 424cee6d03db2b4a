#include "interaction/reach.hpp"

namespace huitong::interaction {
namespace {

/// Types that the name of one parameter goes through: "_has:Observation:patient:_has:Provenance:target:agent", "subject:Patient.name".
std::vector<std::string> types_of(std::string_view name) {
    std::vector<std::string> out;
    constexpr std::string_view kReverse = "_has:";
    while (name.starts_with(kReverse)) {
        name.remove_prefix(kReverse.size());
        out.emplace_back(name.substr(0, name.find(':')));
        for (int part = 0; part < 2; ++part) {
            const auto colon = name.find(':');
            name = colon == name.npos ? std::string_view() : name.substr(colon + 1);
        }
    }
    while (!name.empty()) {
        const auto dot = name.find('.');
        const auto step = name.substr(0, dot);
        const auto colon = step.find(':');
        if (dot != name.npos && colon != step.npos) out.emplace_back(step.substr(colon + 1));
        name = dot == name.npos ? std::string_view() : name.substr(dot + 1);
    }
    return out;
}

} // namespace

Outcome check_reach(const Request& request) {
    for (const auto& [name, value] : request.query) {
        for (const auto& type : types_of(name)) {
            if (!access::may(request.caller, 's', type))
                return error(IssueCode::forbidden, name.substr(0, name.find(':')), "access-reach", {type});
        }
    }
    return {};
}

} // namespace huitong::interaction
