/// Zip archives in memory: deflated entries one after the other. The same files give the same bytes: no clock is read.
/// Not written: Zip64 (an archive stays below 4 GiB), encryption. Source: PKWARE APPNOTE 6.3, §4.3. Thread: values; any thread.
#pragma once

#include <string>
#include <string_view>

namespace huitong {

class ZipWriter {
public:
    /// `name`: path inside the archive in UTF-8 with '/'.
    void add(std::string_view name, std::string_view content);
    /// The whole archive; nothing is added afterwards.
    std::string take();

private:
    std::string files_, directory_;
    unsigned count_ = 0;
};

} // namespace huitong
