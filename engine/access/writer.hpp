/// Who wrote a version down (store::Write::owner): an institution by its code, a resident as "Patient/<id>", or nobody of these: the owner
/// of the directory, and clients of no institution. Thread: any.
#pragma once

#include "access/residents.hpp"

namespace huitong::access {

constexpr std::string_view kResidentWriter = "Patient/";

inline std::string writer_of(const Caller& caller) {
    return is_resident(caller) ? std::string(kResidentWriter) + caller.patient_id : caller.organization;
}
inline bool is_resident_writer(std::string_view writer) { return writer.starts_with(kResidentWriter); }

} // namespace huitong::access
