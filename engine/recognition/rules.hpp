/// The 25 rules, one function each, over what was looked up once for the decision. Internal to the room.
#pragma once

#include "recognition/recognition.hpp"

namespace huitong::recognition {

/// Everything a rule may look at; made once per decision.
struct RuleInput {
    const Request& request;
    const Candidate& candidate;
    const Register& facts;
    const RulePack& pack;
    Instant at;
    int offset_minutes;
    const CatalogueItem* item = nullptr;          ///< of the ordered item, valid at order time for the receiver
    const Institution* receiver = nullptr;        ///< at order time
    const Institution* performer = nullptr;       ///< at test time
    std::string order_date, test_date;            ///< local dates; test_date "" when no collection time
    std::vector<const Certificate*> certificates; ///< of the performer for the item or its group, any result and date
    std::vector<const Certificate*> passed;       ///< those that passed and that no failure of the same level and area overrides
    std::vector<const Certificate*> valid;        ///< those of `passed` valid at test time (and at order time where the pack asks for it)
    const Certificate* failed_now = nullptr;      ///< a failure whose period holds the test day
    bool alliance_waives = false;                 ///< the pack waives R12–R14 between these two
    std::string setting(std::string_view name, std::string_view fallback) const;
    bool in_list(std::string_view setting, std::string_view fallback, std::string_view word) const;
};

/// What a refusal does to the verdict.
enum class Effect : std::uint8_t { none, reference_only, omitted, withheld };

struct Rule {
    std::string_view id;
    std::string_view refusal; ///< code when the function gives none
    Effect effect;
    std::string_view on_unknown; ///< default: "refuse" or "note"
    RuleAnswer (*judge)(const RuleInput&);
};

/// R01–R25 in order.
extern const Rule kRules[25];

/// The order of hospital levels: 三级特等 highest, 未定级 lowest; 0 when the level is no hospital tier (laboratories).
int tier_of(std::string_view level);
/// 1, 2 or 3 of 一级 二级 三级 without the grade; 0 for 未定级.
int level_class(std::string_view level);
/// The upper of the two groups of the Jiangsu rule: true for 二级甲等 and above.
bool jiangsu_upper(std::string_view level);
bool share_alliance(const Institution& a, const Institution& b);
std::vector<std::string> shared_alliances(const Institution& a, const Institution& b);
/// Narrowest valid certificate whose area holds the receiver; nullptr when none.
const Certificate* carrying_certificate(const RuleInput& input);
bool area_holds(const Certificate& certificate, const Institution& receiver);

} // namespace huitong::recognition
