#include "app/doctor.hpp"

#include "adapters/hl7v2/wire.hpp"
#include "app/adapters.hpp"
#include "app/content.hpp"
#include "app/control_client.hpp"
#include "fhir/json.hpp"
#include "recognition/recognition.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

namespace huitong::app {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kConnectWait = std::chrono::seconds(5);
constexpr auto kFileWaitMax = std::chrono::minutes(1); ///< a file that lies longer in a drop folder is picked up by nobody

struct Address {
    std::string host, port;
};

/// "host:port", ":port", "port".
Address address_of(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == text.npos) return {"127.0.0.1", text};
    return {colon == 0 ? "127.0.0.1" : text.substr(0, colon), text.substr(colon + 1)};
}

Address address_of_url(const std::string& url) {
    const auto scheme = url.find("://");
    const auto begin = scheme == url.npos ? 0 : scheme + 3;
    const auto authority = url.substr(begin, url.find('/', begin) - begin);
    if (authority.find(':') != authority.npos) return address_of(authority);
    return {authority, url.starts_with("http://") ? "80" : "443"};
}

class Doctor {
public:
    explicit Doctor(const Configuration& configuration) : configuration_(configuration) {}

    std::vector<Diagnosis> run(const std::string& only) {
        look_at_hub();
        look_at_content();
        for (const auto& feed : configuration_.feeds) {
            if (only.empty() || feed.name == only) look_at_feed(feed);
        }
        for (const auto& destination : configuration_.destinations) {
            if (only.empty() || destination.name == only) look_at_destination(destination);
        }
        for (const auto& upstream : configuration_.upstreams) {
            const auto [host, port] = address_of_url(upstream.url);
            if (only.empty() || upstream.name == only) out_.push_back(probe("upstream " + upstream.name, host, port));
        }
        return std::move(out_);
    }

private:
    void say(std::string subject, Side side, std::string rule, std::vector<std::string> arguments = {}) {
        const auto severity = side == Side::fine ? Severity::information : Severity::error;
        Diagnosis one{std::move(subject), side, {}};
        one.issue = error(IssueCode::processing, "", std::move(rule), std::move(arguments));
        one.issue.severity = severity;
        out_.push_back(std::move(one));
    }

    /// A running hub tells where its feeds are; without one their ports must be free.
    void look_at_hub() {
        const auto answer = ask_hub(configuration_.data, "GET", "/feeds");
        is_running_ = answer.has_value() && answer->status == 200;
        if (!is_running_) return say("hub", Side::fine, "doctor-hub-stopped", {configuration_.data});
        const auto parsed = fhir::read_plain_json(answer->body);
        for (const auto feed : parsed.value->root().children("feeds"))
            running_[std::string(feed.text("name"))] = std::string(feed.text("address"));
        say("hub", Side::fine, "doctor-hub-running", {configuration_.data});
    }

    void look_at_content() {
        Outcome warnings;
        auto content = load_content(configuration_, warnings);
        if (!content) {
            for (const auto failure = content.error(); const auto& issue : failure.issues()) out_.push_back({"content", Side::ours, issue});
            return;
        }
        maps_ = content->maps;
        say("content", Side::fine, "doctor-content", {std::to_string(maps_->urls().size())});
        if (configuration_.recognition.empty()) return;
        auto registers = recognition::Register::load(configuration_.recognition);
        for (const auto& institution : registers.value.institutions) institutions_.push_back(institution.id);
        for (const auto& issue : registers.issues.issues()) {
            if (issue.severity >= Severity::error) out_.push_back({"registers", Side::ours, issue});
        }
    }

    void look_at_feed(const feeds::FeedSettings& feed) {
        const auto subject = "feed " + feed.name;
        if (maps_ && !feed.map.empty() && !maps_->has(feed.map)) say(subject, Side::ours, "feed-no-map", {feed.map});
        const bool has_register = !configuration_.recognition.empty();
        if (has_register && std::find(institutions_.begin(), institutions_.end(), feed.organization) == institutions_.end())
            say(subject, Side::ours, "feed-unknown-organization", {feed.organization});
        look_at_certificates(subject, feed);
        if (const auto listen = feed.setting("listen"); !listen.empty()) look_at_port(subject, feed.name, listen);
        if (const auto drop = feed.setting("drop"); !drop.empty()) look_at_folder(subject, drop);
        look_at_peer(subject, feed);
    }

    /// Databases, servers and archives that a feed fetches from.
    void look_at_peer(const std::string& subject, const feeds::FeedSettings& feed) {
        const SystemClock clock;
        const auto adapter = make_adapter(feed, configuration_.limits, clock);
        if (!adapter) return out_.push_back({subject, Side::ours, *adapter.error().leading()});
        const auto looked = (*adapter)->probe();
        for (const auto& issue : looked.issues()) out_.push_back({subject, side_of(issue), issue});
    }

    void look_at_destination(const feeds::FeedSettings& destination) {
        const auto subject = "destination " + destination.name;
        if (maps_ && !maps_->has(destination.map)) say(subject, Side::ours, "feed-no-map", {destination.map});
        const auto [host, port] = address_of(destination.setting("connect"));
        out_.push_back(probe(subject, host, port));
    }

    void look_at_certificates(const std::string& subject, const feeds::FeedSettings& feed) {
        adapters::hl7v2::TlsSettings tls{feed.setting("tls_certificate"), feed.setting("tls_key"), feed.setting("tls_authorities")};
        if (!tls.is_wanted()) return;
        const auto made = adapters::hl7v2::make_server_tls(tls);
        if (!made) out_.push_back({subject, Side::ours, made.error().issues().front()});
        else say(subject, Side::fine, "doctor-certificates");
    }

    void look_at_port(const std::string& subject, const std::string& name, const std::string& listen) {
        if (is_running_) {
            const auto [host, port] = address_of(running_[name]);
            if (port.empty() || port == "0") return say(subject, Side::ours, "feed-not-listening", {name});
            auto found = probe(subject, host == "0.0.0.0" ? "127.0.0.1" : host, port);
            if (found.side != Side::fine) found.side = Side::ours; // both ends are this machine
            out_.push_back(std::move(found));
            return;
        }
        const auto [host, port] = address_of(listen);
        asio::io_context io;
        error_code failure;
        tcp::resolver resolver(io);
        const auto endpoints = resolver.resolve(host, port, tcp::resolver::passive, failure);
        tcp::acceptor acceptor(io);
        if (!failure) acceptor.open(endpoints.begin()->endpoint().protocol(), failure);
        if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
        if (!failure) acceptor.bind(endpoints.begin()->endpoint(), failure);
        if (!failure) acceptor.listen(1, failure);
        if (failure) say(subject, Side::ours, "doctor-port", {listen, failure.message()});
        else say(subject, Side::fine, "doctor-port-free", {listen});
    }

    void look_at_folder(const std::string& subject, const std::string& drop) {
        std::error_code failure;
        fs::create_directories(drop, failure);
        const auto trial = fs::path(drop) / ".doctor";
        const bool is_writable = static_cast<bool>(std::ofstream(trial));
        fs::remove(trial, failure);
        if (!is_writable) return say(subject, Side::ours, "doctor-folder", {drop});
        const auto oldest = fs::file_time_type::clock::now() - kFileWaitMax;
        std::size_t waiting = 0;
        for (fs::directory_iterator at(drop, failure), end; !failure && at != end; at.increment(failure)) {
            std::error_code gone;
            if (at->is_regular_file(gone) && at->last_write_time(gone) < oldest) ++waiting;
        }
        if (waiting > 0 && is_running_) return say(subject, Side::ours, "doctor-files-waiting", {drop, std::to_string(waiting)});
        std::size_t failed = 0;
        for (fs::directory_iterator at(fs::path(drop) / "failed", failure), end; !failure && at != end; at.increment(failure)) ++failed;
        if (failed > 0) return say(subject, Side::theirs, "doctor-files-failed", {drop, std::to_string(failed)});
        say(subject, Side::fine, "doctor-folder-fine", {drop});
    }

    const Configuration& configuration_;
    std::vector<Diagnosis> out_;
    std::shared_ptr<mapping::MapLibrary> maps_;
    std::vector<std::string> institutions_;
    std::map<std::string, std::string> running_; ///< address of each feed of the running hub
    bool is_running_ = false;
};

} // namespace

Side side_of(const Issue& issue) {
    if (issue.severity == Severity::information) return Side::fine;
    switch (issue.code) {
    case IssueCode::transient:
    case IssueCode::timeout: return Side::line;
    case IssueCode::processing:
    case IssueCode::structure: return Side::theirs;
    default: return Side::ours;
    }
}

Diagnosis probe(std::string subject, const std::string& host, const std::string& port) {
    const auto place = host + ":" + port;
    const auto say = [&](Side side, std::string rule, std::vector<std::string> arguments) {
        Diagnosis out{std::move(subject), side, error(IssueCode::processing, "", std::move(rule), std::move(arguments))};
        if (side == Side::fine) out.issue.severity = Severity::information;
        return out;
    };
    asio::io_context io;
    tcp::resolver resolver(io);
    error_code failure;
    const auto endpoints = resolver.resolve(host, port, failure);
    if (failure) return say(Side::ours, "doctor-name", {host});
    tcp::socket socket(io);
    std::optional<error_code> result;
    asio::async_connect(socket, endpoints, [&](error_code connected, const tcp::endpoint&) { result = connected; });
    io.run_for(kConnectWait);
    if (!result) return say(Side::line, "doctor-silent", {place, "5"});
    if (*result == asio::error::connection_refused) return say(Side::theirs, "doctor-refused", {place});
    if (*result) return say(Side::line, "doctor-unreachable", {place, result->message()});
    return say(Side::fine, "doctor-connected", {place});
}

std::vector<Diagnosis> diagnose(const Configuration& configuration, const std::string& feed) { return Doctor(configuration).run(feed); }

} // namespace huitong::app
