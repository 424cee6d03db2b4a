/// Splits one v2 message into segments, fields, repetitions and components over and over; beside it the bare search for the delimiters in
/// the same bytes. One JSON line. scripts/bench calls it: bench_tokenise FILE SECONDS.
#include "adapters/hl7v2/syntax.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;
using namespace huitong::adapters::hl7v2;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// How often `work` ran a second. It gives a number, so that nobody can leave it out.
template <class Work>
double rate_of(double seconds, std::size_t& sum, Work work) {
    std::size_t rounds = 0;
    const auto start = Clock::now();
    for (; seconds_since(start) < seconds; ++rounds) sum += work();
    return static_cast<double>(rounds) / seconds_since(start);
}

std::size_t pieces_of(const std::string& text) {
    std::size_t count = 0;
    const auto message = read_message(text);
    const auto& delimiters = message.value.delimiters;
    for (const auto& segment : message.value.segments) {
        for (std::size_t at = 0; at != std::string_view::npos;) {
            const auto field = next_piece(segment.text, delimiters.field, at);
            for (std::size_t in_field = 0; in_field != std::string_view::npos; ++count) {
                next_piece(field, delimiters.component, in_field);
            }
        }
    }
    return count;
}

std::size_t delimiters_in(const std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find_first_of("|^~&\r"); at != std::string::npos; at = text.find_first_of("|^~&\r", at + 1)) ++count;
    return count;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return std::fputs("usage: bench_tokenise FILE SECONDS\n", stderr), 2;
    std::ifstream in(argv[1], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const double seconds = std::strtod(argv[2], nullptr);
    std::size_t sum = 0;
    const auto tokenised = rate_of(seconds, sum, [&] { return pieces_of(text); });
    const auto searched = rate_of(seconds, sum, [&] { return delimiters_in(text); });
    std::printf("{\"per_second\":%.0f,\"searched_per_second\":%.0f,\"bytes\":%zu,\"pieces\":%zu}\n", tokenised, searched, text.size(),
                pieces_of(text));
    return sum == 0 ? 1 : 0;
}
