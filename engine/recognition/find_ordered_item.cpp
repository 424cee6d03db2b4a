#include "recognition/matching.hpp"

#include <algorithm>
#include <map>
#include <memory>

namespace huitong::recognition {
namespace {

bool is_panel(const Register& facts, const std::string& code) {
    return std::any_of(facts.panels.begin(), facts.panels.end(), [&](const Panel& panel) { return panel.panel == code; });
}

OrderedItem direct(const Register& facts, const std::string& system, const std::string& code) {
    OrderedItem out;
    if (system == kItemSystem && is_panel(facts, code)) {
        out.item = code;
        out.is_panel = true;
    } else {
        out.item = item_of_code(facts, system, code);
    }
    out.equivalence = "equal";
    out.reviewed = true;
    return out;
}

} // namespace

std::function<bool(const std::string&)> stored_maps(const terminology::Terminology& terminology) {
    return [&terminology](const std::string& url) { return !terminology.has_own_map(url); };
}

OrderedItem find_ordered_item(const MatchingContext& context, const Order& order, const std::string& receiver) {
    const auto own = local_system(receiver, "order-item");
    for (const auto& coding : order.codes) {
        const auto system = coding.system.empty() ? own : coding.system;
        if (auto found = direct(context.facts, system, coding.code); !found.item.empty()) return found;
        // Codes of another institution mean nothing here, even where they look alike.
        if (system != own) continue;
        terminology::Coding from;
        from.system = own;
        from.code = coding.code;
        auto matches = context.terminology.translate({}, from, kItemSystem);
        std::erase_if(matches, [&](const auto& match) { return context.is_stored_map(match.map_url); });
        if (matches.empty()) continue;
        auto found = direct(context.facts, std::string(kItemSystem), matches.front().target.code);
        if (found.item.empty()) continue;
        found.equivalence = matches.size() == 1 ? matches.front().equivalence : "inexact";
        found.reviewed = matches.front().reviewed;
        return found;
    }
    return {};
}

} // namespace huitong::recognition
