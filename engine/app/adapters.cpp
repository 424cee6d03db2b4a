#include "app/adapters.hpp"

#include "adapters/cda/cda.hpp"
#include "adapters/cda/header.hpp"
#include "adapters/dicom/dicom.hpp"
#include "adapters/ecg/ecg.hpp"
#include "adapters/fhir/fhir.hpp"
#include "adapters/fhir/resource_file.hpp"
#include "adapters/hl7v2/er7.hpp"
#include "adapters/hl7v2/front_check.hpp"
#include "adapters/hl7v2/hl7v2.hpp"
#include "adapters/hl7v2/outlet.hpp"
#include "adapters/sql/sql.hpp"
#include "adapters/tabular/tabular.hpp"
#include "adapters/v3/v3.hpp"
#include "exchange/http_client.hpp"
#include "fhir/json.hpp"
#include "signature/authorities.hpp"

#include <algorithm>

namespace huitong::app {
namespace {

using MakeAdapter = std::unique_ptr<feeds::Adapter> (*)(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock,
                                                        feeds::Answers* answers);
/// Of a kind whose peers only send.
template <auto Make>
std::unique_ptr<feeds::Adapter> that_only_takes(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock,
                                                feeds::Answers*) {
    return Make(settings, limits, clock);
}

/// Image archives are called as other hubs are; `plain_http = true` in a closed network.
std::unique_ptr<feeds::Adapter> make_dicom(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock, feeds::Answers*) {
    exchange::HttpLimits bounds;
    bounds.plain_http = settings.setting("plain_http") == "true";
    bounds.authorities_file = settings.setting("tls_authorities");
    auto client = std::make_shared<exchange::HttpClient>(bounds);
    auto ask = [client](const std::string& url, const adapters::dicom::WebHeaders& headers,
                        const std::stop_token& stop) -> Result<adapters::dicom::WebAnswer> {
        const exchange::HttpCall call{url, "", "", headers};
        auto answer = client->send(call, stop);
        if (!answer) return answer.error();
        return adapters::dicom::WebAnswer{answer->status, std::move(answer->body)};
    };
    return adapters::dicom::make_dicom_adapter(settings, limits, clock, std::move(ask));
}

struct Kind {
    std::string_view name;
    MakeAdapter make;
};
constexpr Kind kAdapters[] = {
    {"hl7v2", adapters::hl7v2::make_hl7v2_adapter},
    {"tabular", that_only_takes<adapters::tabular::make_tabular_adapter>},
    {"sql", that_only_takes<adapters::sql::make_sql_adapter>},
    {"ecg", that_only_takes<adapters::ecg::make_ecg_adapter>},
    {"dicom", make_dicom},
    {"fhir", that_only_takes<adapters::fhir::make_fhir_adapter>},
    {"cda", that_only_takes<adapters::cda::make_cda_adapter>},
    {"v3", adapters::v3::make_v3_adapter},
};

} // namespace

Result<std::unique_ptr<feeds::Adapter>> make_adapter(const feeds::FeedSettings& settings, const Limits& limits, const Clock& clock,
                                                     feeds::Answers* answers) {
    if (const auto folder = settings.setting("authorities"); !folder.empty()) {
        if (const auto read = signature::Authorities::load(folder); !read) return read.error();
    }
    std::string known;
    for (const auto& kind : kAdapters) {
        if (kind.name == settings.kind) return kind.make(settings, limits, clock, answers);
        known += (known.empty() ? "" : ", ") + std::string(kind.name);
    }
    return Outcome(error(IssueCode::not_supported, "feed " + settings.name, "feed-kind-unknown", {settings.kind, known}));
}

Result<WayOut> make_way_out(const feeds::FeedSettings& destination, const Limits& limits) {
    if (destination.kind != "hl7v2")
        return Outcome(
            error(IssueCode::not_supported, "destination " + destination.name, "feed-kind-unknown", {destination.kind, "hl7v2"}));
    WayOut out;
    out.outlet = adapters::hl7v2::make_mllp_outlet(adapters::hl7v2::read_outlet_settings(destination), limits);
    const auto charset = read_charset(destination.setting("charset", "UTF-8")).value_or(Charset::utf8);
    out.encode = [charset](fhir::Element message) { return adapters::hl7v2::write_er7(message, charset); };
    return out;
}

feeds::FeedSettings with_mark_file(feeds::FeedSettings feed, const std::string& data) {
    if (!feed.setting("mark_file").empty()) return feed;
    auto name = feed.name;
    std::replace(name.begin(), name.end(), '/', '_');
    feed.settings.emplace_back("mark_file", data + "/feeds/" + name + ".mark");
    return feed;
}

feeds::RawMessage corrected_message(const feeds::FeedSettings& feed, const feeds::RawMessage& first, std::string bytes, Instant now) {
    if (feed.kind == "hl7v2") {
        auto envelope = adapters::hl7v2::front_check(bytes, adapters::hl7v2::read_front_rules(feed));
        return adapters::hl7v2::raw_message(feed.name, std::move(bytes), envelope, now);
    }
    auto out = first;
    out.bytes = std::move(bytes);
    out.front_check = {};
    return out;
}

std::vector<feeds::RawMessage> posted_messages(const feeds::FeedSettings& feed, std::string body, const Limits& limits, Instant now) {
    std::vector<feeds::RawMessage> out;
    if (feed.kind == "hl7v2") {
        auto envelope = adapters::hl7v2::front_check(body, adapters::hl7v2::read_front_rules(feed));
        out.push_back(adapters::hl7v2::raw_message(feed.name, std::move(body), envelope, now));
    } else if (feed.kind == "cda") {
        out.push_back(adapters::cda::document_message(std::move(body), "", feed.name, feed.setting("charset"), limits, now));
    } else if (feed.kind == "fhir") {
        adapters::drop::DropFile file;
        // A resource that is written over several lines is one; each line of NDJSON is one of its own.
        const bool is_one = huitong::fhir::read_plain_json(body).issues.empty();
        file.name = is_one ? "posted.json" : "posted.ndjson";
        file.stem = "posted";
        file.bytes = std::move(body);
        const auto contents = adapters::fhir::split_resources(std::move(file), feed.name, limits, now);
        for (std::size_t at = 0; at < contents.count; ++at) out.push_back(contents.message(at));
    }
    return out;
}

} // namespace huitong::app
