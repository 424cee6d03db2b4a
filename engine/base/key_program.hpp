/// A key file that is a program: it is run, and what it writes are the lines of the key file. So keys may come out of a PKCS#11 token, a
/// key service or another vault without standing on a disk here. KeyRing adds no key to it (issue keys-program). Thread: any; blocks until
/// the program ends.
#pragma once

#include <optional>
#include <string>

namespace huitong {

/// Whether its owner may run the file, and it begins like a program (a script's "#!", or ELF).
bool is_key_program(const std::string& file);
/// Its standard output; nullopt: it cannot be run, does not end within ten seconds with status 0, or writes more than a megabyte. It gets
/// no arguments, no input and of the environment PATH alone; what it says to the standard error goes to ours.
std::optional<std::string> run_key_program(const std::string& file);

} // namespace huitong
