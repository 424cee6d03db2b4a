#include "exchange/origins.hpp"

#include "exchange/content.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace huitong::exchange {
namespace {

/// An echo is looked for among so many newest versions here; older content that comes back is refused like a stranger's.
constexpr std::size_t kEchoVersionsMax = 100;

template <class Number>
bool read_number(std::string_view text, Number& out) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    return failed == std::errc() && end == text.data() + text.size();
}

} // namespace

std::string write_origin(const Origin& origin) {
    return origin.hub + '\t' + std::to_string(origin.version) + '\t' + std::to_string(origin.position) + '\t' + origin.updated + '\t' +
           origin.digest + '\t' + std::to_string(origin.epoch);
}

std::optional<Origin> read_origin(std::string_view text) {
    std::array<std::string_view, 6> cells;
    for (auto& cell : cells) {
        const auto tab = text.find('\t');
        cell = text.substr(0, tab);
        text = tab == text.npos ? std::string_view() : text.substr(tab + 1);
    }
    Origin out;
    if (!read_number(cells[1], out.version) || !read_number(cells[2], out.position) || !read_number(cells[5], out.epoch))
        return std::nullopt;
    out.hub = cells[0];
    out.updated = cells[3];
    out.digest = cells[4];
    return out;
}

Result<Held> find_held(store::Store& store, store::ReadView& view, const store::ResourceKey& key) {
    Held held;
    auto current = view.current(key);
    if (!current) return current.error();
    if (!*current) return held;
    held.exists = true;
    held.digest = content_digest(**current);
    held.expected_version = (*current)->deleted ? 0 : (*current)->version;
    if (const auto text = store.fact(kOriginTable, key.type + '/' + key.id)) held.origin = read_origin(*text);
    return held;
}

Result<Verdict> judge(store::ReadView& view, const Held& held, const Source& source, const Change& change, const std::string& digest) {
    if (!held.exists) return change.action == store::Action::remove ? Verdict::skip : Verdict::apply;
    const bool is_home = held.origin && held.origin->hub == source.hub;
    if (is_home && held.origin->epoch == source.epoch && change.version <= held.origin->version) return Verdict::skip;
    if (is_home && held.digest == held.origin->digest) return Verdict::apply;
    if (held.digest == digest) return is_home ? Verdict::apply : Verdict::echo;
    if (is_home) return Verdict::changed_here;
    store::HistoryRange range;
    range.count = kEchoVersionsMax;
    const auto versions = view.history(change.key.type, change.key.id, range);
    if (!versions) return versions.error();
    const bool seen =
        std::any_of(versions->begin(), versions->end(), [&](const auto& version) { return content_digest(version) == digest; });
    return seen ? Verdict::echo : Verdict::other_source;
}

} // namespace huitong::exchange
