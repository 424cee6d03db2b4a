#include "rest/http.hpp"

#include "interaction/interaction.hpp"

#include <boost/url/parse_query.hpp>
#include <boost/url/pct_string_view.hpp>

#include <array>
#include <ctime>

namespace huitong::rest {

HttpResponse json_response(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.set("Content-Type", "application/json; charset=utf-8");
    response.body = std::move(body);
    return response;
}

HttpResponse outcome_response(const Outcome& outcome) {
    HttpResponse response;
    response.status = interaction::status_of(outcome);
    response.set("Content-Type", "application/fhir+json; charset=utf-8");
    if (response.status == 503) response.set("Retry-After", "1");
    if (response.status == 401) response.set("WWW-Authenticate", "Bearer");
    response.body = interaction::operation_outcome(outcome);
    return response;
}

std::string http_date(Instant instant) {
    const std::time_t seconds = instant.microseconds / kMicrosecondsPerSecond;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> out{};
    const auto size = std::strftime(out.data(), out.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {out.data(), size};
}

std::vector<std::pair<std::string, std::string>> read_form(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> out;
    boost::urls::encoding_opts options;
    options.space_as_plus = true;
    const auto parameters = boost::urls::parse_query(text);
    if (parameters) {
        for (const auto& pair : *parameters) {
            out.emplace_back(std::string(boost::urls::make_pct_string_view(pair.key)->decode(options)),
                             std::string(boost::urls::make_pct_string_view(pair.value)->decode(options)));
        }
        return out;
    }
    // Some clients send '|' or other characters that RFC 3986 wants encoded: take them as they are.
    auto digit = [](char c) {
        return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    };
    auto decode = [&](std::string_view piece) {
        std::string decoded;
        for (std::size_t at = 0; at < piece.size(); ++at) {
            if (piece[at] == '%' && at + 2 < piece.size() && digit(piece[at + 1]) >= 0 && digit(piece[at + 2]) >= 0) {
                decoded += static_cast<char>(digit(piece[at + 1]) * 16 + digit(piece[at + 2]));
                at += 2;
            } else {
                decoded += piece[at] == '+' ? ' ' : piece[at];
            }
        }
        return decoded;
    };
    while (!text.empty()) {
        const auto end = text.find('&');
        const auto pair = text.substr(0, end);
        const auto equals = pair.find('=');
        if (!pair.empty())
            out.emplace_back(decode(pair.substr(0, equals)), equals == pair.npos ? std::string() : decode(pair.substr(equals + 1)));
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
    }
    return out;
}

} // namespace huitong::rest
