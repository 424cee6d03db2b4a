/// Passwords that everybody tries first, told by rule instead of by a list: a word of the well-known ones (or of this place) with digits
/// and signs around it, runs of the alphabet, of digits or of a keyboard's rows, few characters or a short piece over and over, years and
/// dates. Letters that digits stand for (p4ssw0rd) are read as letters. Thread: any; pure. Source: OWASP ASVS 5.0 V6.1.2, V6.2.4, V6.2.11.
#pragma once

#include <string_view>

namespace huitong::access {

/// `login`: a password that is it with something around it is a common one, too.
bool is_common_password(std::string_view password, std::string_view login = {});

} // namespace huitong::access
