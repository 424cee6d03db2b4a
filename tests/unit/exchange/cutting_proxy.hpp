/// A way between two programs that breaks: each connection through it ends, in the middle, after as many bytes of answer as the next
/// number says; when the numbers are used up it stays whole.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <thread>

namespace huitong::tests {

class CuttingProxy {
    using tcp = boost::asio::ip::tcp;
    template <class T>
    using awaitable = boost::asio::awaitable<T>;

public:
    CuttingProxy(std::uint16_t target, std::deque<std::size_t> budgets)
        : target_(target), budgets_(std::move(budgets)), acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
        boost::asio::co_spawn(io_, accept_all(), boost::asio::detached);
        thread_ = std::thread([this] { io_.run(); });
    }
    ~CuttingProxy() {
        io_.stop();
        thread_.join();
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/fhir"; }
    std::size_t cuts() const { return cuts_.load(); }

private:
    struct Way {
        explicit Way(boost::asio::io_context& io) : client(io), server(io) {}
        tcp::socket client, server;
    };

    awaitable<void> accept_all() {
        while (true) {
            auto way = std::make_shared<Way>(io_);
            boost::system::error_code failure;
            co_await acceptor_.async_accept(way->client, boost::asio::redirect_error(boost::asio::use_awaitable, failure));
            if (failure) co_return;
            const tcp::endpoint target(boost::asio::ip::address_v4::loopback(), target_);
            co_await way->server.async_connect(target, boost::asio::redirect_error(boost::asio::use_awaitable, failure));
            if (failure) continue;
            std::size_t budget = ~std::size_t{0};
            if (!budgets_.empty()) {
                budget = budgets_.front();
                budgets_.pop_front();
            }
            boost::asio::co_spawn(io_, relay(way, false, ~std::size_t{0}), boost::asio::detached);
            boost::asio::co_spawn(io_, relay(way, true, budget), boost::asio::detached);
        }
    }

    awaitable<void> relay(std::shared_ptr<Way> way, bool answers, std::size_t budget) {
        auto& from = answers ? way->server : way->client;
        auto& to = answers ? way->client : way->server;
        std::array<char, 16'384> buffer{};
        boost::system::error_code failure;
        while (!failure) {
            auto size = co_await from.async_read_some(boost::asio::buffer(buffer),
                                                      boost::asio::redirect_error(boost::asio::use_awaitable, failure));
            if (failure) break;
            const bool is_cut = size > budget;
            size = std::min(size, budget);
            budget -= size;
            co_await boost::asio::async_write(to, boost::asio::buffer(buffer.data(), size),
                                              boost::asio::redirect_error(boost::asio::use_awaitable, failure));
            if (is_cut) {
                ++cuts_;
                break;
            }
        }
        way->client.close(failure);
        way->server.close(failure);
    }

    std::uint16_t target_;
    std::deque<std::size_t> budgets_;
    boost::asio::io_context io_;
    tcp::acceptor acceptor_;
    std::atomic<std::size_t> cuts_{0};
    std::thread thread_;
};

} // namespace huitong::tests
