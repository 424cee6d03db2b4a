#include "fuzz/mutate.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace huitong::fuzz {

namespace {

// What readers stumble over: ends of text, deep nesting, numbers at the border, characters of several bytes and halves of them.
using namespace std::string_view_literals;
constexpr std::string_view kTokens[] = {"\0"sv,
                                        "\r"sv,
                                        "\n"sv,
                                        "\""sv,
                                        "\\"sv,
                                        "'"sv,
                                        "("sv,
                                        ")"sv,
                                        "{"sv,
                                        "}"sv,
                                        "["sv,
                                        "]"sv,
                                        "<"sv,
                                        "</"sv,
                                        "&#0;"sv,
                                        "&lt;"sv,
                                        "<!DOCTYPE a>"sv,
                                        "<![CDATA["sv,
                                        "]]>"sv,
                                        "<!--"sv,
                                        "|"sv,
                                        "^"sv,
                                        "~"sv,
                                        "&"sv,
                                        "\\X0D\\"sv,
                                        "\x0b"sv,
                                        "\x1c\r"sv,
                                        "-"sv,
                                        "0"sv,
                                        "-0"sv,
                                        "1e999"sv,
                                        "9223372036854775808"sv,
                                        "99999999999999999999999999999999999999"sv,
                                        "0.000000000000000000001"sv,
                                        "\\ud800"sv,
                                        "\\u0000"sv,
                                        "\xf0\x9f\x98\x80"sv,
                                        "\xc0\x80"sv,
                                        "\xe5\x8d"sv,
                                        "\x81\x30\x81\x30"sv,
                                        "\xfe\x9f"sv,
                                        "张"sv,
                                        "null"sv,
                                        "true"sv,
                                        "{}"sv,
                                        "[[[[[[[[[[[[[[[["sv,
                                        "(((((((((((((((("sv,
                                        "2024-02-30"sv,
                                        "T24:00"sv,
                                        "+14:00"sv,
                                        "%"sv,
                                        "%2"sv,
                                        ","sv};

} // namespace

std::size_t Mutator::below(std::size_t bound) { return bound ? random_() % bound : 0; }

std::string Mutator::next() {
    auto text = seeds_[below(seeds_.size())].substr(0, kSeedBytesMax);
    for (auto changes = 1 + below(8); changes; --changes) change(text);
    if (text.size() > kInputBytesMax) text.resize(kInputBytesMax);
    return text;
}

void Mutator::change(std::string& text) {
    const auto at = below(text.size() + 1);
    const auto length = std::min(text.size() - at, 1 + below(below(4) ? 8 : 256));
    switch (below(7)) {
    case 0:
        if (at < text.size()) text[at] = static_cast<char>(random_());
        break;
    case 1: text.erase(at, length); break;
    case 2: text.insert(at, text.substr(at, length)); break;
    case 3: {
        const auto span = text.substr(at, length);
        text.erase(at, length);
        text.insert(below(text.size() + 1), span);
        break;
    }
    case 4: {
        const auto& other = seeds_[below(seeds_.size())];
        const auto from = below(other.size() + 1);
        text.insert(at, other, from, 1 + below(128));
        break;
    }
    case 5: text.insert(at, kTokens[below(std::size(kTokens))]); break;
    default: text.resize(at); break;
    }
}

} // namespace huitong::fuzz
