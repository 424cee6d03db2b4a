/// Values of facts in fewer bytes. A decision in the ledger tells of forty candidates what each rule saw: a hundred kilobytes that say the
/// same forty times. Written as they are they fill the database's log faster than all the results that come in.
///
/// Stored form: the value itself; or the bytes 02 "HZ" and a zstd frame with its length and a checksum. Internal to the room. Thread: any.
#pragma once

#include <string>
#include <string_view>

namespace huitong::store {

/// The stored form. Short values stay as they are, but for those that look packed.
std::string pack_fact(std::string value);
bool is_packed_fact(std::string_view stored);
/// The value. What does not unpack comes as it stands: it is not what was written, and whoever checks it (the chains of audit) names it.
std::string unpack_fact(std::string stored);

} // namespace huitong::store
