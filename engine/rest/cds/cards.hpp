/// Cards of CDS Hooks from what was decided. Thread: any. Source: CDS Hooks 2.0, "CDS Service Response"; domain page, scenario 1.
#pragma once

#include "rest/cds/hook.hpp"

#include <functional>

namespace huitong::rest {

/// {"cards": […]}: one card for every order that has something to show. `images`: a way to the images of a match, "" = none.
std::string write_cards(const Hook& hook, const recognition::Advice& advice, const recognition::RulePack* pack, const std::string& base_url,
                        Language language, const std::function<std::string(const recognition::Match&)>& images);
/// {"services": […]}
std::string write_services(Language language);

inline constexpr std::string_view kReasonSystem = "urn:huitong:recognition:decline-reason";

/// A service of the discovery document.
struct CdsService {
    std::string_view id, hook;
};
inline constexpr CdsService kCdsServices[] = {{"recognition-order-select", "order-select"}, {"recognition-order-sign", "order-sign"}};

} // namespace huitong::rest
