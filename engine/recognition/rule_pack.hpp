/// Rule packs: one TOML file each. Internal to the room.
/// Every unknown key, rule or value is an issue: a slip in a pack must not silently become the default.
#pragma once

#include "recognition/recognition.hpp"

namespace huitong::recognition {

/// Reads `directory`/packs/*.toml in the order of their names into `out.packs`; call after the tables, whose alliances it refers to.
void read_packs(const std::string& directory, Register& out, Outcome& issues);

} // namespace huitong::recognition
