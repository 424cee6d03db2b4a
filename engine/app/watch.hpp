/// Work that is done again whenever files change, for the person who edits them.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace huitong::app {

/// Does the work, and again after every change of a file in these folders (and below) or of these files, until the program is interrupted.
/// Looks twice a second. Returns what the work returned last when `once` is true, without watching.
int watch(const std::vector<std::string>& paths, bool once, const std::function<int()>& work);

} // namespace huitong::app
