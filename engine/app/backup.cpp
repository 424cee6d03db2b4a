#include "app/backup.hpp"

#include "base/durable_file.hpp"
#include "base/file_digest.hpp"
#include "base/json_writer.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

namespace huitong::app {
namespace {

namespace files = std::filesystem;

constexpr const char* kManifest = "backup.json";
constexpr const char* kDatabase = "huitong.db";
/// Where the keys of a sealed directory are (the path of their file, never a key), and the directory's own: for queries, and for
/// pseudonyms, which must stay the same.
constexpr const char* kKeyFiles[] = {"key-file", "query-keys", "deidentify-key"};
/// What lies beside the database: messages, accesses, contents of maps that ran.
constexpr const char* kFolders[] = {"inbox", "access-log", "content"};
constexpr std::uint64_t kManifestFormat = 1;

struct FileRow {
    std::uint64_t bytes = 0;
    std::string digest;
};
using FileRows = std::map<std::string, FileRow>; ///< by path below the folder

Outcome file_failed(const std::string& name) { return error(IssueCode::exception, "", "backup-file", {name}); }

/// Copies a file and makes the copy durable, with the folders above it.
bool copy_durably(const files::path& from, const files::path& to) {
    std::error_code failed;
    files::create_directories(to.parent_path(), failed);
    return !failed && files::copy_file(from, to, failed) && !failed && make_durable(to) && make_durable(to.parent_path());
}

/// Paths below a folder in order, the manifest not.
std::vector<std::string> names_below(const files::path& folder) {
    std::vector<std::string> out;
    std::error_code ignored;
    for (const auto& entry : files::recursive_directory_iterator(folder, ignored)) {
        const auto name = entry.path().lexically_relative(folder).string();
        if (entry.is_regular_file() && name != kManifest) out.push_back(name);
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::string write_manifest(const BackupSummary& summary, const FileRows& rows, Instant now) {
    JsonWriter out;
    out.object().count("manifest_format", kManifestFormat).count("database_format", static_cast<std::uint64_t>(store::database_format()));
    out.member("made_at", instant_text(now, 0)).count("log_entries", summary.head.t).member("log_hash", summary.head.hash).array("files");
    for (const auto& [name, row] : rows) {
        out.object().member("name", name).count("bytes", row.bytes).member("sha256", row.digest).end_object();
    }
    return out.end_array().end_object().take();
}

std::uint64_t number_of(std::string_view text) {
    std::uint64_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

/// A folder that is removed again unless it was kept.
class HalfMade {
public:
    explicit HalfMade(files::path folder) : folder_(std::move(folder)) {}
    HalfMade(const HalfMade&) = delete;
    HalfMade& operator=(const HalfMade&) = delete;
    ~HalfMade() {
        std::error_code ignored;
        if (!kept_) files::remove_all(folder_, ignored);
    }
    void keep() { kept_ = true; }

private:
    files::path folder_;
    bool kept_ = false;
};

} // namespace

Result<BackupSummary> make_backup(const std::string& data, const std::string& target, Instant now) {
    const files::path from(data), to(target);
    std::error_code failed;
    if (files::exists(to)) return Outcome(error(IssueCode::duplicate, "", "store-file-exists", {target}));
    if (!files::create_directories(to, failed) || failed) return file_failed(target);
    HalfMade half(to);
    files::permissions(to, files::perms::owner_all, failed); // health data: for the owner alone
    if (failed) return file_failed(target);
    BackupSummary summary;
    auto head = store::copy_database(data, (to / kDatabase).string());
    if (!head) return head.error();
    summary.head = std::move(*head);
    for (const char* name : kKeyFiles) {
        if (files::exists(from / name) && !copy_durably(from / name, to / name)) return file_failed(name);
    }
    for (const char* folder : kFolders) {
        for (const auto& name : names_below(from / folder)) {
            if (!copy_durably(from / folder / name, to / folder / name)) return file_failed(name);
        }
    }
    FileRows rows;
    for (const auto& name : names_below(to)) {
        auto digest = sha256_of_file((to / name).string());
        if (!digest) return file_failed(name);
        rows[name] = {files::file_size(to / name), std::move(*digest)};
        summary.bytes += rows[name].bytes;
    }
    summary.files = rows.size();
    if (!replace_durably((to / kManifest).string(), write_manifest(summary, rows, now))) return file_failed(kManifest);
    half.keep();
    return summary;
}

Result<BackupSummary> check_backup(const std::string& folder) {
    std::ifstream in(files::path(folder) / kManifest, std::ios::binary);
    const auto parsed = fhir::read_plain_json(std::string(std::istreambuf_iterator<char>(in), {}));
    const auto root = parsed.value ? parsed.value->root() : fhir::Element();
    if (!in || parsed.issues.has_errors() || number_of(root.text("manifest_format")) != kManifestFormat)
        return Outcome(error(IssueCode::invalid, "", "backup-manifest", {folder}));
    BackupSummary summary;
    summary.head = {number_of(root.text("log_entries")), std::string(root.text("log_hash"))};
    auto found = names_below(folder);
    for (const auto row : root.children("files")) {
        const std::string name(row.text("name"));
        const auto digest = sha256_of_file((files::path(folder) / name).string());
        if (!digest || *digest != row.text("sha256")) return file_failed(name);
        std::erase(found, name);
        ++summary.files;
        summary.bytes += number_of(row.text("bytes"));
    }
    if (!found.empty()) return file_failed(found.front());
    return summary;
}

Result<BackupSummary> restore_backup(const std::string& folder, const std::string& data) {
    auto summary = check_backup(folder);
    if (!summary) return summary;
    std::error_code failed;
    if (files::exists(data) && !files::is_empty(data, failed)) return Outcome(error(IssueCode::duplicate, "", "store-file-exists", {data}));
    HalfMade half(data);
    files::create_directories(data, failed);
    files::permissions(data, files::perms::owner_all, failed);
    if (failed) return file_failed(data);
    for (const auto& name : names_below(folder)) {
        if (!copy_durably(files::path(folder) / name, files::path(data) / name)) return file_failed(name);
    }
    half.keep();
    return summary;
}

std::string write_summary(const BackupSummary& summary) {
    JsonWriter out;
    out.object().count("log_entries", summary.head.t).member("log_hash", summary.head.hash).count("files", summary.files);
    return out.count("bytes", summary.bytes).end_object().take();
}

} // namespace huitong::app
