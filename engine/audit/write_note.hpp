/// Who wrote, beside the client: a part of a commit's reason, so that it is inside the hash chain of the transaction log.
/// Text: "update Patient; purpose=TREAT; address=10.0.0.7; request=…". Never health data. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace huitong::audit {

struct WriteNote {
    std::string interaction; ///< "update Patient", "transaction"
    std::string organization, practitioner, role, purpose, address;
    std::string request; ///< id of the request, which its access record has too
    std::string reason;  ///< of a break-glass
    bool operator==(const WriteNote&) const = default;
};

std::string write_note(const WriteNote& note);
/// A text without such parts is an interaction alone.
WriteNote read_note(std::string_view reason);

} // namespace huitong::audit
