#include "adapters/drop/intake.hpp"

#include "base/catalogue.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace huitong::adapters::drop {
namespace {

namespace asio = boost::asio;

constexpr auto kWait = asio::as_tuple(asio::use_awaitable);
/// Messages on their way to the inbox at once: one group commit carries them all.
constexpr std::size_t kBatch = 64;

void count_receipt(Tally& tally, std::size_t number, const Outcome& front_check, const feeds::Receipt& receipt) {
    using feeds::Disposition;
    // Refused by the inbox itself, not by the front check: it could not write (disk full), so nothing is known of the message.
    if (receipt.disposition == Disposition::throttled || receipt.disposition == Disposition::refused) {
        tally.unkept = true;
        if (tally.why_unkept.empty()) tally.why_unkept = receipt.issues;
        return;
    }
    if (receipt.disposition != Disposition::dead_letter && !front_check.has_errors()) return;
    tally.failed = true;
    const auto which = "message " + std::to_string(number + 1) + ":";
    report_errors(tally, which, front_check);
    if (!front_check.has_errors()) report_errors(tally, which, receipt.issues);
}

asio::awaitable<feeds::Receipt> store(feeds::Inbox& inbox, feeds::RawMessage message) {
    auto ticket = co_await inbox.take(std::move(message));
    co_return std::move(ticket.stored);
}

} // namespace

void report_errors(Tally& tally, const std::string& which, const Outcome& outcome) {
    constexpr std::size_t kReportLinesMax = 1'000;
    for (const auto& issue : outcome.issues()) {
        if (issue.severity < Severity::error || tally.report.size() >= kReportLinesMax) continue;
        tally.report.push_back(which + (which.empty() ? "" : " ") + issue.where + " " + issue.rule + ": " + text_of(issue, Language::en));
    }
}

asio::awaitable<void> Intake::take(const Contents& contents, Tally& tally) {
    report_errors(tally, "", contents.issues);
    tally.failed = tally.failed || contents.issues.has_errors();
    for (std::size_t at = 0; at < contents.count && !tally.unkept; at += kBatch) {
        co_await take_batch(contents, at, std::min(contents.count, at + kBatch), tally);
        const auto state = co_await asio::this_coro::cancellation_state;
        tally.stopped = state.cancelled() != asio::cancellation_type::none && at + kBatch < contents.count;
        if (tally.stopped) co_return;
    }
}

/// Starts all in order and waits for all, also when cancelled meanwhile.
asio::awaitable<void> Intake::take_batch(const Contents& contents, std::size_t first, std::size_t last, Tally& tally) {
    tally.pending = last - first;
    for (auto number = first; number < last; ++number) {
        auto message = contents.message(number);
        auto front_check = message.front_check;
        auto done = [this, &tally, number, front_check](std::exception_ptr thrown, feeds::Receipt receipt) {
            if (thrown) receipt.disposition = feeds::Disposition::throttled; // nothing is known of it: offer it again
            count_receipt(tally, number, front_check, receipt);
            if (--tally.pending == 0) done_.cancel();
        };
        asio::co_spawn(executor_, store(inbox_, std::move(message)), asio::bind_executor(executor_, std::move(done)));
    }
    while (tally.pending > 0) {
        done_.expires_at(std::chrono::steady_clock::time_point::max());
        co_await done_.async_wait(kWait);
    }
}

} // namespace huitong::adapters::drop
