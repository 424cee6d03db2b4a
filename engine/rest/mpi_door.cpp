#include "rest/mpi_door.hpp"

#include "base/url_query.hpp"
#include "feeds/message_record.hpp"

namespace huitong::rest {
namespace {

/// For a command line, which words the issues itself.
HttpResponse refusal(const Outcome& issues) {
    return json_response(interaction::status_of(issues), "{\"issues\":" + feeds::write_issues(issues) + '}');
}

} // namespace

boost::asio::awaitable<HttpResponse> MpiDoor::answer(HttpRequest request) {
    auto caller = reception_.caller_of(request);
    if (!caller) co_return outcome_response(caller.error());
    if (!caller->local_admin) co_return outcome_response(error(IssueCode::forbidden, "", "rest-local-only"));
    if (request.method != "POST") co_return outcome_response(error(IssueCode::not_supported, "", "rest-method", {request.method}));
    identity::StewardDesk::Words words;
    for (auto& [name, value] : read_url_query(request.body)) words[name] = std::move(value);
    const auto verb = request.path.substr(std::min<std::size_t>(request.path.size(), 5)); // behind "/mpi/"
    auto answer = desk_.answer(verb, words);
    auto response = answer ? json_response(200, std::move(answer->json)) : refusal(answer.error());
    auto told = answer ? std::move(answer->patients) : std::vector<std::string>();
    auto recorded = co_await reception_.record(*caller, "mpi-" + verb, "", "", response.status, std::move(told));
    if (!recorded.empty()) co_return outcome_response(recorded);
    co_return response;
}

} // namespace huitong::rest
