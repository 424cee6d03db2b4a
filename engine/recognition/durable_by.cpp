#include "recognition/durable_by.hpp"

#include "base/await_callback.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <atomic>

namespace huitong::recognition {
namespace asio = boost::asio;
namespace {

/// Ledger and timer race; only the first is heard.
class FirstWord {
public:
    explicit FirstWord(std::function<void(bool)> done) : done_(std::move(done)) {}
    void say(bool durable) {
        if (!said_.exchange(true)) done_(durable);
    }

private:
    std::atomic<bool> said_{false};
    std::function<void(bool)> done_;
};

} // namespace

asio::awaitable<bool> durable_by(Ledger& ledger, std::string subject, Ledger::Prepare prepare,
                                 std::chrono::steady_clock::time_point deadline) {
    const auto executor = co_await asio::this_coro::executor;
    auto timer = std::make_shared<asio::steady_timer>(executor, deadline);
    auto shared = std::make_shared<Ledger::Prepare>(std::move(prepare));
    std::function<void(std::function<void(bool)>)> start = [&ledger, timer, shared, subject, executor](std::function<void(bool)> done) {
        auto first = std::make_shared<FirstWord>(std::move(done));
        timer->async_wait([first, timer](boost::system::error_code failed) {
            if (!failed) first->say(false);
        });
        ledger.append(subject, std::move(*shared), [first, timer, executor](Result<std::uint64_t> result) {
            first->say(result.has_value());
            asio::post(executor, [timer] { timer->cancel(); });
        });
    };
    co_return co_await await_callback<bool>(std::move(start));
}

asio::awaitable<Result<std::uint64_t>> durable(Ledger& ledger, std::string subject, Ledger::Prepare prepare) {
    auto shared = std::make_shared<std::pair<std::string, Ledger::Prepare>>(std::move(subject), std::move(prepare));
    std::function<void(std::function<void(Result<std::uint64_t>)>)> start = [&ledger, shared](auto done) {
        ledger.append(std::move(shared->first), std::move(shared->second), std::move(done));
    };
    co_return co_await await_callback<Result<std::uint64_t>>(std::move(start));
}

} // namespace huitong::recognition
