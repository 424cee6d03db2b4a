#include "audit/checkpoint.hpp"

#include "base/base64.hpp"

#include <algorithm>
#include <charconv>

namespace huitong::audit {
namespace {

constexpr std::string_view kStart = "huitong-checkpoint";
constexpr std::string_view kTreePrefix = "tree:";
constexpr int kSegmentShift = 40;
constexpr std::uint64_t kOffsetMask = (1ULL << kSegmentShift) - 1;

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t out = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), out);
    return read.ec == std::errc() && read.ptr == text.data() + text.size() ? std::optional(out) : std::nullopt;
}

/// One "name=place:hash" of the line.
bool take_field(std::string_view name, std::string_view value, Checkpoint& out) {
    const auto colon = value.rfind(':');
    if (colon == value.npos) return false;
    const auto place = value.substr(0, colon);
    std::string hash(value.substr(colon + 1));
    if (name == kAccessTree) {
        const auto position = read_place(place);
        if (position) out.access_position = *position, out.access_hash = std::move(hash);
        return position.has_value();
    }
    const auto count = number(place);
    if (!count) return false;
    if (name == kLogTree) out.log_t = *count, out.log_hash = std::move(hash);
    else if (name.starts_with(kTreePrefix)) out.trees[std::string(name.substr(kTreePrefix.size()))] = {*count, std::move(hash)};
    else out.chains[std::string(name)] = {*count, std::move(hash)};
    return true;
}

} // namespace

TreeHead head_of(const MerkleTree& tree) { return {tree.size(), hex_text(tree.root())}; }

std::string place_text(JournalPosition position) {
    return std::to_string(position >> kSegmentShift) + ':' + std::to_string(position & kOffsetMask);
}

std::optional<JournalPosition> read_place(std::string_view text) {
    const auto colon = text.find(':');
    const auto segment = number(text.substr(0, colon));
    const auto offset = colon == text.npos ? std::nullopt : number(text.substr(colon + 1));
    if (!segment || !offset) return std::nullopt;
    return (*segment << kSegmentShift) | *offset;
}

std::string write_checkpoint(const Checkpoint& checkpoint) {
    auto out = std::string(kStart) + " log=" + std::to_string(checkpoint.log_t) + ':' + checkpoint.log_hash +
               " access=" + place_text(checkpoint.access_position) + ':' + checkpoint.access_hash;
    for (const auto& [name, head] : checkpoint.chains) out += ' ' + name + '=' + std::to_string(head.sequence) + ':' + head.hash;
    for (const auto& [name, head] : checkpoint.trees)
        out.append(" ").append(kTreePrefix).append(name + '=' + std::to_string(head.size) + ':' + head.root);
    return out;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& key) {
    const auto text = write_checkpoint(checkpoint);
    return text + " signature=" + key.id() + ':' + encode_base64(key.sign(text));
}

std::optional<SignedCheckpoint> read_signed(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    SignedCheckpoint out;
    constexpr std::string_view kSignature = " signature=";
    if (const auto place = line.find(kSignature); place != line.npos) {
        const auto value = line.substr(place + kSignature.size());
        const auto colon = value.find(':');
        auto signature = colon == value.npos ? std::nullopt : decode_base64(value.substr(colon + 1));
        if (!signature) return std::nullopt;
        out.key_id = value.substr(0, colon);
        out.signature = std::move(*signature);
        line = line.substr(0, place);
    }
    out.text = line;
    if (!line.starts_with(kStart)) return std::nullopt;
    bool has_log = false, has_access = false;
    for (auto rest = line.substr(kStart.size()); !rest.empty();) {
        if (rest.front() != ' ') return std::nullopt;
        const auto end = std::min(rest.find(' ', 1), rest.size());
        const auto field = rest.substr(1, end - 1);
        const auto equals = field.find('=');
        if (equals == field.npos || !take_field(field.substr(0, equals), field.substr(equals + 1), out.checkpoint)) return std::nullopt;
        has_log = has_log || field.starts_with("log=");
        has_access = has_access || field.starts_with("access=");
        rest = rest.substr(end);
    }
    if (!has_log || !has_access) return std::nullopt;
    return out;
}

std::optional<Checkpoint> read_checkpoint(std::string_view line) {
    auto read = read_signed(line);
    if (!read) return std::nullopt;
    return std::move(read->checkpoint);
}

Outcome check_signed(const SignedCheckpoint& line, std::string_view public_pem) {
    const auto key = key_id_of(public_pem);
    const bool fits = !key.empty() && line.key_id == key && check_signature(public_pem, line.text, line.signature);
    return fits ? Outcome() : error(IssueCode::security, "", "audit-signature", {key.empty() ? "?" : key});
}

} // namespace huitong::audit
