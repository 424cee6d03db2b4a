/// An inbox that remembers, and a thread that runs one adapter: for tests of listeners and drop folders.
#pragma once

#include "feeds/adapter.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace huitong::adapters::tests {

namespace asio = boost::asio;

/// Answers as told; `taken` is a copy, safe to read while the adapter runs.
class RememberingInbox final : public feeds::Inbox {
public:
    feeds::Disposition stored = feeds::Disposition::accepted;
    feeds::Disposition applied = feeds::Disposition::accepted;
    Outcome applied_issues;
    std::uint32_t applied_after_ms = 0;
    std::uint32_t stored_after_ms = 0;
    bool throws = false;

    asio::awaitable<feeds::Ticket> take(feeds::RawMessage message) override {
        if (throws) throw std::runtime_error("disk full");
        if (stored_after_ms > 0) co_await pause(stored_after_ms);
        feeds::Receipt receipt;
        receipt.disposition =
            message.front_check.has_errors() && stored == feeds::Disposition::accepted ? feeds::Disposition::dead_letter : stored;
        {
            const std::lock_guard lock(mutex_);
            receipt.id = std::to_string(taken_.size() + 1);
            taken_.push_back(std::move(message));
        }
        feeds::Ticket ticket(std::move(receipt), apply());
        co_return std::move(ticket);
    }

    std::vector<feeds::RawMessage> taken() const {
        const std::lock_guard lock(mutex_);
        return taken_;
    }

private:
    static asio::awaitable<void> pause(std::uint32_t milliseconds) {
        asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(milliseconds));
        co_await timer.async_wait(asio::use_awaitable);
    }

    asio::awaitable<feeds::Receipt> apply() {
        if (applied_after_ms > 0) co_await pause(applied_after_ms);
        feeds::Receipt receipt;
        receipt.disposition = applied;
        receipt.issues = applied_issues;
        co_return receipt;
    }

    mutable std::mutex mutex_;
    std::vector<feeds::RawMessage> taken_;
};

/// Runs an adapter on its own thread until `stop`, which returns after `run` returned.
class Rehearsal {
public:
    Rehearsal(feeds::Adapter& adapter, feeds::Inbox& inbox) : adapter_(adapter) {
        asio::co_spawn(context_, adapter.run(inbox), asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr thrown) {
                           thrown_ = thrown;
                           ended_ = true;
                       }));
        thread_ = std::thread([this] { context_.run(); });
    }
    Rehearsal(const Rehearsal&) = delete;
    ~Rehearsal() { stop(); }

    void stop() {
        if (!thread_.joinable()) return;
        asio::post(context_, [this] { cancel_.emit(asio::cancellation_type::terminal); });
        thread_.join();
    }
    bool ended() const { return ended_; }
    std::exception_ptr thrown() const { return thrown_; }

    /// The bound port, waited for.
    std::string port() const {
        wait_for([this] { return !adapter_.address().empty() || ended_; });
        const auto address = adapter_.address();
        return address.substr(address.rfind(':') + 1);
    }

    /// False after ten seconds.
    static bool wait_for(const std::function<bool()>& condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return true;
    }

private:
    feeds::Adapter& adapter_;
    asio::io_context context_;
    asio::cancellation_signal cancel_;
    std::exception_ptr thrown_;
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

/// A fresh folder, removed at the end.
class TemporaryFolder {
public:
    TemporaryFolder() {
        auto name = (std::filesystem::temp_directory_path() / "huitong-test-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

} // namespace huitong::adapters::tests
