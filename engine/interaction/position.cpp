#include "interaction/position.hpp"

#include <charconv>

namespace huitong::interaction {
namespace {

constexpr std::string_view kPrefix = "seq-";
constexpr std::size_t kHashDigits = 8;

std::string hash_at(store::Store& store, store::LogTime t) {
    const auto entries = store.log(t - 1, 1);
    return entries && !entries->empty() ? entries->front().hash.substr(0, kHashDigits) : std::string();
}

} // namespace

bool is_position(std::string_view text) { return text.starts_with(kPrefix); }

std::string position_text(store::Store& store, store::LogTime t) {
    auto out = std::string(kPrefix) + std::to_string(t);
    if (t != 0) out += '-' + hash_at(store, t);
    return out;
}

Result<store::LogTime> read_position(store::Store& store, store::LogTime newest, std::string_view text) {
    const Outcome unreadable = error(IssueCode::invalid, "_since", "rest-since");
    if (!is_position(text)) return unreadable;
    text.remove_prefix(kPrefix.size());
    store::LogTime t = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), t);
    if (failed != std::errc()) return unreadable;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && (text.size() != kHashDigits + 1 || text.front() != '-')) return unreadable;
    if (t > newest || (t != 0 && !text.empty() && hash_at(store, t) != text.substr(1)))
        return Outcome(error(IssueCode::deleted, "_since", "rest-since-gone", {std::to_string(t)}));
    return t;
}

} // namespace huitong::interaction
