#include "terminology/operations/version_rules.hpp"

namespace huitong::terminology {
namespace {

void read_canonicals(const OperationInput& input, std::string_view name, TextMap<std::string>& out) {
    for (const auto& canonical : input.texts(name)) out.emplace(without_version(canonical), version_of(canonical));
}

std::string_view rule_of(const TextMap<std::string>& rules, std::string_view url) {
    const auto found = rules.find(url);
    return found == rules.end() ? std::string_view() : std::string_view(found->second);
}

/// The code's own version when it is known and fits what is asked, else the newest that fits.
std::shared_ptr<const CodeSystem> nearest(const Library& library, std::string_view url, std::string_view asked,
                                          std::string_view coding_version) {
    const bool open = asked.empty() || is_version_pattern(asked);
    if (open && !coding_version.empty() && fits_version(coding_version, asked)) {
        if (auto same = library.system(url, coding_version)) return same;
    }
    return library.system(url, asked);
}

} // namespace

void VersionRules::read(const OperationInput& input) {
    read_canonicals(input, "system-version", defaults_);
    read_canonicals(input, "check-system-version", checks_);
    read_canonicals(input, "force-system-version", forced_);
    read_canonicals(input, "default-valueset-version", value_sets_);
}

std::string_view VersionRules::check_of(std::string_view system) const { return rule_of(checks_, system); }
std::string_view VersionRules::value_set_version(std::string_view url) const { return rule_of(value_sets_, url); }

ResolvedSystem VersionRules::resolve(const Library& library, std::string_view system, std::string_view include_version,
                                     std::string_view coding_version) const {
    ResolvedSystem out;
    const auto preferred = [&] {
        const auto chosen = rule_of(defaults_, system);
        return chosen.empty() ? rule_of(checks_, system) : chosen;
    };
    out.asked = rule_of(forced_, system);
    if (out.asked.empty()) out.asked = include_version;
    if (out.asked.empty()) out.asked = preferred();
    out.changed = out.asked != include_version;
    out.system = nearest(library, system, out.asked, coding_version);
    if (out.system || out.asked.empty()) return out;
    out.unknown_version = true;
    out.system = nearest(library, system, preferred(), coding_version);
    if (!out.system) out.system = library.system(system);
    return out;
}

std::string version_list(const std::vector<std::string>& versions) {
    std::string out;
    for (std::size_t at = 0; at < versions.size(); ++at) {
        if (at > 0) out += at + 1 == versions.size() ? " or " : ", ";
        out += versions[at];
    }
    return out;
}

} // namespace huitong::terminology
