/// A store in a folder of its own, and short ways to write to it.
#pragma once

#include "store/store.hpp"
#include "support/files.hpp"

#include <boost/test/unit_test.hpp>
#include <unistd.h>

namespace huitong::tests {

/// Made on construction, removed on destruction.
class ScratchFolder {
public:
    ScratchFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "huitong-store-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

constexpr Instant kNewYear{1'798'732'800'000'000}; // 2027-01-01T00:00:00+08:00

inline std::shared_ptr<store::Store> open_in(const std::filesystem::path& folder, const Clock* clock = nullptr,
                                             const Limits* limits = nullptr) {
    store::StoreOptions options;
    options.directory = folder.string();
    options.clock = clock;
    options.limits = limits;
    auto opened = store::open_store(options);
    BOOST_REQUIRE_MESSAGE(opened, "store cannot be opened: " << rule_of(opened.error()));
    return *opened;
}

inline store::Write write_of(const std::string& type, const std::string& id, const std::string& member = "") {
    store::Write write;
    write.key = {type, id};
    write.body = R"({"resourceType":")" + type + R"(","id":")" + id + R"(","meta":{)";
    write.meta_at = write.body.size();
    write.body += "}" + member + "}";
    return write;
}

inline store::Write removal_of(const std::string& type, const std::string& id) {
    store::Write write;
    write.action = store::Action::remove;
    write.key = {type, id};
    return write;
}

inline store::Commit commit_of(std::vector<store::Write> writes) {
    store::Commit commit;
    commit.writes = std::move(writes);
    commit.actor = "test";
    commit.reason = "test";
    return commit;
}

inline store::CommitReceipt must(Result<store::CommitReceipt> result) {
    BOOST_REQUIRE_MESSAGE(result, "commit refused: " << rule_of(result.error()));
    return *result;
}

inline store::CommitReceipt put(store::Store& store, store::Write write) {
    return must(store.commit_and_wait(commit_of({std::move(write)})));
}

/// "3:{"a":1}" — number and body without resourceType, id and meta; "-" nothing, "3:deleted" a deletion.
inline std::string brief(const Result<std::optional<store::Version>>& version) {
    if (!version) return "!" + rule_of(version.error());
    if (!*version) return "-";
    const auto number = std::to_string((*version)->version);
    if ((*version)->deleted) return number + ":deleted";
    const auto& body = (*version)->body;
    return number + ":" + body.substr(body.find('}') + 1, body.size() - body.find('}') - 2);
}

/// Ids in the order of the keys.
inline std::string ids_of(store::ReadView& view, const store::VersionKeys& keys) {
    std::string out;
    for (const auto& key : view.resource_keys(keys)) out += (out.empty() ? "" : " ") + key.id;
    return out;
}

} // namespace huitong::tests
