/// The FHIR interactions over a store of their own, without HTTP: requests in, answers out.
#pragma once

#include "base/url_query.hpp"
#include "fhir/json.hpp"
#include "interaction/interaction.hpp"
#include "support/definitions.hpp"
#include "unit/store/fixture.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/writer.h>

#include <sstream>

namespace huitong::tests {

/// Noon of 2026-11-20 in +08:00.
constexpr Instant kDeskTime{1'795'147'200'000'000};

class Answer {
public:
    explicit Answer(interaction::Response response) : response_(std::move(response)) {
        json_.Parse(response_.body.empty() ? "null" : response_.body.c_str());
        BOOST_TEST(!json_.HasParseError(), "no JSON: " << response_.body);
    }
    int status() const { return response_.status; }
    const interaction::Response& response() const { return response_; }
    /// Text at a JSON pointer; numbers and booleans as written; "-" when there is nothing.
    std::string at(const char* pointer) const {
        const auto* found = rapidjson::Pointer(pointer).Get(json_);
        if (!found || found->IsNull()) return "-";
        if (found->IsString()) return found->GetString();
        rapidjson::StringBuffer buffer;
        rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
        found->Accept(writer);
        return buffer.GetString();
    }
    std::size_t size(const char* pointer) const {
        const auto* found = rapidjson::Pointer(pointer).Get(json_);
        return found && found->IsArray() ? found->Size() : 0;
    }
    std::string rule() const { return rule_of(response_.issues); }
    std::string where() const { return response_.issues.leading() ? response_.issues.leading()->where : ""; }
    /// "Patient/1" of the location.
    std::string located() const {
        auto text = response_.location;
        if (const auto history = text.find("/_history/"); history != text.npos) text.resize(history);
        return text.substr(text.find("/fhir/") + 6);
    }
    std::string located_id() const { return located().substr(located().find('/') + 1); }

private:
    interaction::Response response_;
    rapidjson::Document json_;
};

class Desk {
public:
    Desk() {
        registry.set_base_url("http://hub.example/fhir");
        registry.set_clock(clock);
        services.store = store.get();
        services.registry = &registry;
        services.definitions = &r4_definitions();
        services.validator = &validator;
        services.clock = &clock;
        services.limits = &limits;
        services.base_url = "http://hub.example/fhir";
    }

    /// "PUT Patient/1", "GET Patient?name=x".
    interaction::Request request_of(const std::string& line, std::string body = "") const {
        interaction::Request request;
        const auto blank = line.find(' ');
        request.method = line.substr(0, blank);
        const auto target = line.substr(blank + 1);
        const auto mark = target.find('?');
        request.path = target.substr(0, mark);
        if (mark != target.npos) request.query = read_url_query(target.substr(mark + 1));
        request.body = std::move(body);
        request.content_type = request.body.empty() ? "" : "application/fhir+json";
        request.caller.open = true;
        return request;
    }
    Answer send(interaction::Request request) const {
        auto work = interaction::handle(services, std::move(request));
        return Answer(boost::asio::co_spawn(workers, std::move(work), boost::asio::use_future).get());
    }
    Answer send(const std::string& line, std::string body = "") const { return send(request_of(line, std::move(body))); }

    std::size_t versions() const {
        store::HistoryRange range;
        range.count = 100'000;
        return store->view()->history("", "", range)->size();
    }

    ScratchFolder folder;
    SetClock clock{kDeskTime};
    Limits limits;
    std::shared_ptr<const fhir::Definitions> definitions{std::shared_ptr<const fhir::Definitions>(), &r4_definitions()};
    search::Registry registry{definitions};
    std::shared_ptr<const terminology::Terminology> terminology = std::make_shared<terminology::Terminology>(definitions);
    validation::Validator validator{definitions, terminology};
    std::shared_ptr<store::Store> store = open_in(folder.path(), &clock);
    interaction::Services services;
    mutable boost::asio::thread_pool workers{4};
};

inline std::string patient(const std::string& id, const std::string& members = "") {
    return R"({"resourceType":"Patient")" + (id.empty() ? "" : R"(,"id":")" + id + '"') + members + '}';
}
inline std::string identified(const std::string& value, const std::string& members = "") {
    return patient("", R"(,"identifier":[{"system":"urn:s","value":")" + value + R"("}])" + members);
}

} // namespace huitong::tests
