/// Files that are there after a power cut: contents and names made durable, replaced whole, made for their owner alone.
/// False: the system refused; errno says why. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace huitong {

/// fsync of a file, or of a folder: what was written in it, made, renamed or removed in it.
bool make_durable(const std::string& path);

/// Written beside (`path`.new), made durable, then put in place: the file is the old or the new one, and its name is durable too.
bool replace_durably(const std::string& path, std::string_view bytes);

/// A file that must not be there yet, readable by its owner alone from the first moment on, durable.
bool create_private(const std::string& path, std::string_view bytes);

} // namespace huitong
