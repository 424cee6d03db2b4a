#include "adapters/drop/mark_file.hpp"

#include "base/durable_file.hpp"

#include <fstream>
#include <iterator>

namespace huitong::adapters::drop {

std::string MarkFile::read() const {
    std::ifstream in(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

Outcome MarkFile::keep(std::string_view text) const {
    if (file_.empty()) return {};
    std::error_code failure;
    std::filesystem::create_directories(file_.parent_path(), failure);
    if (failure || !replace_durably(file_.string(), text))
        return error(IssueCode::no_store, "", "feed-mark-unwritable", {file_.filename().string()});
    return {};
}

} // namespace huitong::adapters::drop
