#include "feeds/content_archive.hpp"

#include "base/durable_file.hpp"
#include "base/json_writer.hpp"
#include "base/sha256.hpp"
#include "fhir/json.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace huitong::feeds {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kIdDigits = 16; ///< of the set's SHA-256: enough to tell the few sets of one hub apart

std::optional<std::string> read_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(in), {});
}

/// Whole and durable or not at all: a trace of ten years later must find it.
bool write_file(const fs::path& file, std::string_view text) {
    std::error_code failure;
    fs::create_directories(file.parent_path(), failure);
    return !failure && replace_durably(file.string(), text);
}

std::vector<fs::path> files_below(const fs::path& folder) {
    std::vector<fs::path> out;
    std::error_code failure;
    for (fs::recursive_directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
        if (at->is_regular_file() && at->path().extension() != ".md") out.push_back(at->path().lexically_relative(folder));
    }
    std::sort(out.begin(), out.end());
    return out;
}

Outcome unwritable(const fs::path& place) { return error(IssueCode::exception, place.string(), "archive-unwritable", {place.string()}); }
Outcome damaged(const std::string& id) { return error(IssueCode::exception, "", "archive-damaged", {id}); }

std::size_t number_of(std::string_view text) {
    std::size_t out = 0;
    std::from_chars(text.data(), text.data() + text.size(), out);
    return out;
}

void write_feeds(JsonWriter& json, const std::vector<FeedSettings>& feeds) {
    json.array("feeds");
    for (const auto& feed : feeds) {
        json.object().member("name", feed.name).member("organization", feed.organization).member("map", feed.map);
        json.member("offset", std::to_string(feed.offset_minutes)).end_object();
    }
    json.end_array();
}

std::vector<FeedSettings> read_feeds(fhir::Element set) {
    std::vector<FeedSettings> out;
    for (const auto element : set.children("feeds")) {
        FeedSettings feed;
        feed.name = element.text("name");
        feed.organization = element.text("organization");
        feed.map = element.text("map");
        const auto offset = element.text("offset");
        std::from_chars(offset.data(), offset.data() + offset.size(), feed.offset_minutes);
        out.push_back(std::move(feed));
    }
    return out;
}

} // namespace

Result<std::string> ContentArchive::keep(const std::vector<ContentFolder>& folders, const std::vector<FeedSettings>& feeds) const {
    const fs::path place(directory_);
    JsonWriter json;
    json.object().array("files");
    for (std::size_t number = 0; number < folders.size(); ++number) {
        for (const auto& path : files_below(folders[number].path)) {
            const auto text = read_file(folders[number].path / path);
            if (!text) continue; // gone between listing and reading: the loaders did not read it either
            const auto digest = sha256_hex(*text);
            const auto object = place / "objects" / digest;
            if (!fs::exists(object) && !write_file(object, *text)) return unwritable(object);
            json.object().member("kind", folders[number].kind).member("folder", std::to_string(number));
            json.member("path", path.generic_string()).member("sha256", digest).end_object();
        }
    }
    json.end_array();
    write_feeds(json, feeds);
    json.end_object();
    const auto set = json.take();
    const auto id = sha256_hex(set).substr(0, kIdDigits);
    const auto file = place / "sets" / (id + ".json");
    if (!fs::exists(file) && !write_file(file, set)) return unwritable(file);
    return id;
}

Result<ContentArchive::Past> ContentArchive::open(const std::string& id) const {
    const fs::path place(directory_);
    const bool is_id = id.size() == kIdDigits && id.find_first_not_of("0123456789abcdef") == id.npos;
    auto text = is_id ? read_file(place / "sets" / (id + ".json")) : std::nullopt;
    if (!text) return Outcome(error(IssueCode::not_found, "", "archive-unknown", {id}));
    if (!sha256_hex(*text).starts_with(id)) return damaged(id);
    const auto parsed = fhir::read_plain_json(std::move(*text));
    if (parsed.issues.has_errors()) return damaged(id);
    const auto set = parsed.value->root();
    const auto root = place / "past" / id;
    Past out;
    out.feeds = read_feeds(set);
    for (const auto file : set.children("files")) {
        const auto number = number_of(file.text("folder"));
        const auto folder = root / file.text("folder");
        if (number >= out.folders.size()) out.folders.resize(number + 1);
        out.folders[number] = {std::string(file.text("kind")), folder.string()};
        const auto bytes = read_file(place / "objects" / file.text("sha256"));
        if (!bytes || sha256_hex(*bytes) != file.text("sha256")) return damaged(id);
        const auto target = folder / file.text("path");
        if (!fs::exists(target) && !write_file(target, *bytes)) return unwritable(target);
    }
    std::erase_if(out.folders, [](const ContentFolder& folder) { return folder.path.empty(); }); // was empty then
    return out;
}

} // namespace huitong::feeds
