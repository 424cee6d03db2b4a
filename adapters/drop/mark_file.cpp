#include "adapters/drop/mark_file.hpp"

#include "base/durable_file.hpp"

#include <fstream>
#include <iterator>

namespace huitong::adapters::drop {

Parsed<std::string> MarkFile::read() const {
    Parsed<std::string> out;
    std::error_code failure;
    if (file_.empty() || (!std::filesystem::exists(file_, failure) && !failure)) return out;
    std::ifstream in(file_, std::ios::binary);
    if (in) out.value.assign(std::istreambuf_iterator<char>(in), {});
    if (failure || !in) out.issues = unreadable();
    return out;
}

Outcome MarkFile::unreadable() const { return warning(IssueCode::no_store, "", "feed-mark-unreadable", {file_.filename().string()}); }

Outcome MarkFile::keep(std::string_view text) const {
    if (file_.empty()) return {};
    std::error_code failure;
    std::filesystem::create_directories(file_.parent_path(), failure);
    if (failure || !replace_durably(file_.string(), text))
        return error(IssueCode::no_store, "", "feed-mark-unwritable", {file_.filename().string()});
    return {};
}

} // namespace huitong::adapters::drop
