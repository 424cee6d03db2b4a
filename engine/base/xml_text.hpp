/// Text as it stands in XML, in content as well as in a quoted attribute. Thread: any; pure.
#pragma once

#include <string>
#include <string_view>

namespace huitong {

/// & < > " as entities; characters that XML 1.0 cannot hold (§2.2) are left out.
std::string xml_text(std::string_view text);

} // namespace huitong
