#include "interaction/outgoing.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <optional>

namespace huitong::interaction {
namespace {

namespace ip = boost::asio::ip;

struct Range {
    std::uint32_t network;
    int bits;
};
/// RFC 1918, 6598 (carrier's), 3927 (link-local), loopback, "this network", 6890 (protocol assignments), 2544 (benchmarks), multicast and
/// above.
constexpr Range kInside[] = {{0x0A000000, 8}, {0xAC100000, 12}, {0xC0A80000, 16}, {0x64400000, 10}, {0xA9FE0000, 16},
                             {0x7F000000, 8}, {0x00000000, 8},  {0xC0000000, 24}, {0xC6120000, 15}, {0xE0000000, 3}};

bool is_inside(const ip::address_v4& address) {
    for (const auto& [network, bits] : kInside) {
        if ((address.to_uint() & (0xFFFFFFFFU << (32 - bits))) == network) return true;
    }
    return false;
}

/// What a gateway would make of an address that carries one of version 4: RFC 6052 (NAT64), 3056 (6to4).
std::optional<ip::address_v4> carried(const ip::address_v6& address) {
    const auto bytes = address.to_bytes();
    const auto from = [&](std::size_t at) { return ip::address_v4({bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]}); };
    constexpr std::array<unsigned char, 12> kNat64 = {0x00, 0x64, 0xFF, 0x9B};
    if (address.is_v4_mapped() || std::equal(kNat64.begin(), kNat64.end(), bytes.begin())) return from(12);
    if (bytes[0] == 0x20 && bytes[1] == 0x02) return from(2);
    return std::nullopt;
}

bool is_inside(const ip::address& address) {
    if (address.is_v4()) return is_inside(address.to_v4());
    const auto v6 = address.to_v6();
    if (const auto v4 = carried(v6)) return is_inside(*v4);
    const bool is_unique_local = (v6.to_bytes()[0] & 0xFE) == 0xFC;
    return v6.is_loopback() || v6.is_unspecified() || v6.is_link_local() || v6.is_site_local() || v6.is_multicast() || is_unique_local;
}

/// "example.org" of "https://user@example.org:8443/x", without brackets; "" when it is no http address.
std::string host_of(std::string_view url) {
    std::string_view rest;
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (url.starts_with(scheme)) rest = url.substr(scheme.size());
    }
    rest = rest.substr(0, rest.find_first_of("/?#\\"));
    if (const auto at = rest.rfind('@'); at != rest.npos) rest.remove_prefix(at + 1);
    if (rest.starts_with('[')) return std::string(rest.substr(1, rest.find(']') - 1));
    return std::string(rest.substr(0, rest.find(':')));
}

bool is_outside(std::string_view endpoint) {
    auto host = host_of(endpoint);
    while (host.ends_with('.')) host.pop_back();
    boost::system::error_code failure;
    const auto address = ip::make_address(host, failure);
    if (!failure) return !is_inside(address);
    // What is all digits, dots and hexadecimal would be an address in one of its old spellings (127.1, 0x7f000001).
    if (host.find_first_not_of("0123456789abcdefxABCDEFX.") == host.npos && host.find_first_of("0123456789") != host.npos &&
        (host.find('.') == host.npos || host.find_first_not_of("0123456789.") == host.npos))
        return false;
    return host.find('.') != host.npos && host != "localhost" && !host.ends_with(".localhost") && !host.ends_with(".local");
}

} // namespace

Outcome check_endpoint(fhir::Element resource) {
    if (resource.type() != "Subscription") return {};
    const auto endpoint = resource.text("channel.endpoint");
    if (endpoint.empty() || resource.text("channel.type") == "websocket" || resource.text("channel.type") == "email" ||
        is_outside(endpoint))
        return {};
    return error(IssueCode::business_rule, "Subscription.channel.endpoint", "rest-endpoint-inside");
}

} // namespace huitong::interaction
