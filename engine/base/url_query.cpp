#include "base/url_query.hpp"

namespace huitong {
namespace {

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

std::string decoded(std::string_view piece) {
    const auto first = piece.find_first_of("%+");
    std::string out(piece.substr(0, first)); // nearly always all of it
    if (first == piece.npos) return out;
    out.reserve(piece.size());
    for (std::size_t at = first; at < piece.size(); ++at) {
        if (piece[at] == '%' && at + 2 < piece.size() && hex_digit(piece[at + 1]) >= 0 && hex_digit(piece[at + 2]) >= 0) {
            out += static_cast<char>(hex_digit(piece[at + 1]) * 16 + hex_digit(piece[at + 2]));
            at += 2;
        } else {
            out += piece[at] == '+' ? ' ' : piece[at];
        }
    }
    return out;
}

} // namespace

std::vector<std::pair<std::string, std::string>> read_url_query(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> out;
    while (!text.empty()) {
        const auto end = text.find('&');
        const auto pair = text.substr(0, end);
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        out.emplace_back(decoded(pair.substr(0, equals)), equals == pair.npos ? std::string() : decoded(pair.substr(equals + 1)));
    }
    return out;
}

std::string encode_url(std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (alphanumeric || (c != 0 && std::string_view("-_.~:,/").find(c) != std::string_view::npos)) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

} // namespace huitong
