/// $diff: two versions of one resource, or two resources of one type, as the FHIRPath Patch between them.
/// Source: FHIR R4, FHIRPath Patch (the form of the answer); the operation is known from other servers.
#include "patch/diff.hpp"
#include "fhir/json.hpp"
#include "interaction/parts.hpp"

#include <charconv>

namespace huitong::interaction {
namespace {

/// "Patient/1" (its current version), "Patient/1/_history/2".
struct Side {
    store::ResourceKey key;
    std::optional<std::uint32_t> version;
};

std::optional<std::uint32_t> read_version_number(std::string_view text) {
    std::uint32_t out = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), out);
    return failure == std::errc() && end == text.data() + text.size() && out > 0 ? std::optional(out) : std::nullopt;
}

Result<Side> read_side(const Services& services, const Request& request, const char* name) {
    const auto bad = [&] { return Outcome(error(IssueCode::invalid, name, "operation-parameter", {name})); };
    const auto text = query_value(request, name).value_or("");
    const auto slash = text.find('/');
    if (slash == text.npos || !services.definitions->is_resource_type(text.substr(0, slash))) return bad();
    Side out;
    const auto history = text.find("/_history/");
    out.key = {text.substr(0, slash), text.substr(slash + 1, history == text.npos ? history : history - slash - 1)};
    if (history != text.npos) {
        out.version = read_version_number(std::string_view(text).substr(history + 10));
        if (!out.version) return bad();
    }
    if (!is_id(out.key.id)) return bad();
    return out;
}

Result<store::Version> read_version_of(store::ReadView& view, const Side& side) {
    auto found = side.version ? view.version(side.key, *side.version) : view.current(side.key);
    if (!found) return found.error();
    if (!*found) return Outcome(error(IssueCode::not_found, "", "rest-not-found", {side.key.type, side.key.id}));
    if ((*found)->deleted) return Outcome(error(IssueCode::deleted, "", "rest-deleted", {side.key.type, side.key.id}));
    return std::move(**found);
}

/// The versions that the parameters name; without them the current one and the one before it.
Result<std::pair<Side, Side>> sides_of_instance(store::ReadView& view, const Request& request, const Route& route) {
    std::pair<Side, Side> out;
    out.first.key = out.second.key = {route.type, route.id};
    for (auto [name, side] : {std::pair("fromVersion", &out.first), std::pair("toVersion", &out.second)}) {
        const auto text = query_value(request, name);
        if (!text) continue;
        side->version = read_version_number(*text);
        if (!side->version) return Outcome(error(IssueCode::invalid, name, "operation-parameter", {name}));
    }
    if (out.first.version) return out;
    auto to = read_version_of(view, out.second);
    if (!to) return to.error();
    out.first.version = to->version > 1 ? to->version - 1 : 1;
    return out;
}

} // namespace

boost::asio::awaitable<Response> diff(const Services& services, Request request, Route route) {
    auto view = services.store->view(access::filter_of(request.caller));
    std::pair<Side, Side> sides;
    if (!route.type.empty()) {
        auto read = sides_of_instance(*view, request, route);
        if (!read) co_return failed(read.error());
        sides = std::move(*read);
    } else {
        auto from = read_side(services, request, "from");
        auto to = read_side(services, request, "to");
        if (!from || !to) co_return failed(from ? to.error() : from.error());
        sides = {std::move(*from), std::move(*to)};
        if (sides.first.key.type != sides.second.key.type)
            co_return failed(error(IssueCode::invalid, "to", "rest-type-differs", {sides.second.key.type, sides.first.key.type}));
        if (!access::may(request.caller, 'r', sides.first.key.type))
            co_return failed(error(IssueCode::forbidden, "", "access-scope", {"$diff", sides.first.key.type}));
    }
    auto from = read_version_of(*view, sides.first);
    if (!from) co_return failed(from.error());
    auto to = read_version_of(*view, sides.second);
    if (!to) co_return failed(to.error());
    const auto before = fhir::read_json(std::move(from->body)).value;
    const auto after = fhir::read_json(std::move(to->body)).value;
    Response response;
    touch(response, *from);
    touch(response, *to);
    response.body = fhir::write_json(patch::diff(*services.definitions, before->root(), after->root())->root());
    co_return response;
}

} // namespace huitong::interaction
