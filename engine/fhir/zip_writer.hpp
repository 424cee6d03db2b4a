/// A zip archive of a few small files, stored without compression: what spreadsheet programs open.
/// Source: PKWARE APPNOTE 6.3, §4.3. Thread: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace huitong::fhir {

struct ZipFile {
    std::string name, text;
};

/// Files in the given order; together less than 4 GiB. Same files, same bytes: the time of every entry is 1980-01-01.
std::string write_zip(const std::vector<ZipFile>& files);

} // namespace huitong::fhir
