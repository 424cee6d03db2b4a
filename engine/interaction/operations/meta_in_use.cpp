/// $meta on the system and on a type: the profiles, labels and tags in use. Source: FHIR R4, Resource-operation-meta.
#include "base/json_writer.hpp"
#include "fhir/json.hpp"
#include "interaction/parts.hpp"

#include <algorithm>
#include <chrono>
#include <set>

namespace huitong::interaction {
namespace {

struct InUse {
    std::set<std::string> profiles;
    std::set<std::pair<std::string, std::string>> labels, tags; ///< system, code
};

/// Reads what has profiles, labels or tags, as far as the time of a search goes.
class Gathering {
public:
    Gathering(store::ReadView& view, const Limits& limits)
        : view_(view), end_(std::chrono::steady_clock::now() + std::chrono::milliseconds(limits.search_ms_max)) {}

    /// Issue: search-timeout.
    Outcome add_type(const std::string& type) {
        constexpr std::size_t kPage = 500;
        const auto keys = keys_of(type);
        for (std::size_t begin = 0; begin < keys.size(); begin += kPage) {
            if (std::chrono::steady_clock::now() > end_) return error(IssueCode::timeout, "", "search-timeout");
            const auto end = std::min(keys.size(), begin + kPage);
            const auto versions =
                view_.versions({keys.begin() + static_cast<std::ptrdiff_t>(begin), keys.begin() + static_cast<std::ptrdiff_t>(end)});
            if (!versions) return versions.error();
            for (const auto& version : *versions) take(fhir::read_json(version.body).value->root()["meta"]);
        }
        return {};
    }
    const InUse& found() const { return found_; }

private:
    store::VersionKeys keys_of(const std::string& type) {
        store::VersionKeys out;
        for (const auto* const param : {"_profile", "_security", "_tag"}) {
            const auto keys = view_.present(type, param);
            out.insert(out.end(), keys.begin(), keys.end());
        }
        std::sort(out.begin(), out.end());
        out.erase(std::unique(out.begin(), out.end()), out.end());
        return out;
    }

    void take(fhir::Element meta) {
        for (const auto profile : meta.children("profile")) found_.profiles.emplace(profile.value());
        for (const auto label : meta.children("security")) found_.labels.emplace(label.text("system"), label.text("code"));
        for (const auto tag : meta.children("tag")) found_.tags.emplace(tag.text("system"), tag.text("code"));
    }

    store::ReadView& view_;
    std::chrono::steady_clock::time_point end_;
    InUse found_;
};

void write_codings(JsonWriter& json, std::string_view name, const std::set<std::pair<std::string, std::string>>& codings) {
    if (codings.empty()) return;
    json.array(name);
    for (const auto& [system, code] : codings) {
        json.object();
        if (!system.empty()) json.member("system", system);
        if (!code.empty()) json.member("code", code);
        json.end_object();
    }
    json.end_array();
}

std::string write_meta(const InUse& found) {
    JsonWriter json;
    json.object().member("resourceType", "Parameters").array("parameter").object().member("name", "return").object("valueMeta");
    if (!found.profiles.empty()) json.texts("profile", found.profiles);
    write_codings(json, "security", found.labels);
    write_codings(json, "tag", found.tags);
    return json.end_object().end_object().end_array().end_object().take();
}

} // namespace

boost::asio::awaitable<Response> meta_in_use(const Services& services, Request request, Route route) {
    auto view = services.store->view(access::filter_of(request.caller));
    Gathering gathering(*view, *services.limits);
    if (!route.type.empty()) {
        if (auto failure = gathering.add_type(route.type); failure.has_errors()) co_return failed(std::move(failure));
    } else {
        for (const auto type : services.definitions->resource_types()) {
            if (!access::may(request.caller, 's', type)) continue;
            if (auto failure = gathering.add_type(std::string(type)); failure.has_errors()) co_return failed(std::move(failure));
        }
    }
    Response response;
    response.body = write_meta(gathering.found());
    co_return response;
}

} // namespace huitong::interaction
