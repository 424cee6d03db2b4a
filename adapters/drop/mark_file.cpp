#include "adapters/drop/mark_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace huitong::adapters::drop {
namespace {

namespace fs = std::filesystem;

class Descriptor {
public:
    Descriptor(const fs::path& path, int flags) : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    bool write(std::string_view text) const {
        while (number_ >= 0 && !text.empty()) {
            const auto written = ::write(number_, text.data(), text.size());
            if (written <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(written));
        }
        return number_ >= 0;
    }
    bool sync() const { return number_ >= 0 && ::fsync(number_) == 0; }

private:
    int number_;
};

bool replace(const fs::path& file, std::string_view text) {
    const auto fresh = file.string() + ".new";
    {
        const Descriptor out(fresh, O_WRONLY | O_CREAT | O_TRUNC);
        if (!out.write(text) || !out.sync()) return false;
    }
    std::error_code failure;
    fs::rename(fresh, file, failure);
    return !failure && Descriptor(file.parent_path(), O_RDONLY).sync();
}

} // namespace

Parsed<std::string> MarkFile::read() const {
    Parsed<std::string> out;
    std::error_code failure;
    if (file_.empty() || (!fs::exists(file_, failure) && !failure)) return out;
    std::ifstream in(file_, std::ios::binary);
    if (in) out.value.assign(std::istreambuf_iterator<char>(in), {});
    if (failure || !in) out.issues = unreadable();
    return out;
}

Outcome MarkFile::unreadable() const { return warning(IssueCode::no_store, "", "feed-mark-unreadable", {file_.filename().string()}); }

Outcome MarkFile::keep(std::string_view text) const {
    if (file_.empty()) return {};
    std::error_code failure;
    fs::create_directories(file_.parent_path(), failure);
    if (failure || !replace(file_, text)) return error(IssueCode::no_store, "", "feed-mark-unwritable", {file_.filename().string()});
    return {};
}

} // namespace huitong::adapters::drop
