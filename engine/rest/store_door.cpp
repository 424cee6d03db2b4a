#include "rest/store_door.hpp"

#include "base/await_callback.hpp"

namespace huitong::rest {
namespace {

constexpr std::string_view kPrefix = "/store/";

std::string value_of(const HttpRequest& request, std::string_view name) {
    for (const auto& [key, value] : request.query) {
        if (key == name) return value;
    }
    return {};
}

} // namespace

/// `what` and `to` outlive the work: the caller awaits it.
boost::asio::awaitable<Result<std::string>> StoreDoor::work(const std::string& what, std::string to) {
    if (what == "keys") co_return care_.reload_keys();
    std::function<void(Done)> start = [&](Done done) {
        if (what == "backup") care_.backup(to, std::move(done));
        else care_.verify(std::move(done));
    };
    co_return co_await await_callback<Result<std::string>>(std::move(start));
}

boost::asio::awaitable<HttpResponse> StoreDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) co_return outcome_response(caller.error());
    if (!caller->local_admin) co_return outcome_response(error(IssueCode::forbidden, "", "rest-local-only"));
    const auto what = request.path.size() > kPrefix.size() ? request.path.substr(kPrefix.size()) : std::string();
    if (what != "backup" && what != "verify" && what != "keys")
        co_return outcome_response(error(IssueCode::not_found, "", "rest-no-route"));
    if (request.method != (what == "verify" ? "GET" : "POST"))
        co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    auto to = value_of(request, "to");
    if (what == "backup" && !to.starts_with('/')) co_return outcome_response(error(IssueCode::value, "to", "backup-folder"));
    const auto done = co_await work(what, std::move(to));
    auto response = done ? json_response(200, *done) : outcome_response(done.error());
    auto recorded = co_await reception_.record(*caller, "store-" + what, "", "", response.status, {});
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

} // namespace huitong::rest
