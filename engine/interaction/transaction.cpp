/// transaction: all or nothing, one entry of the log. Source: FHIR R4 RESTful API, "Transaction Processing Rules" (DELETE, POST, PUT and
/// PATCH, GET).
#include "fhir/json.hpp"
#include "interaction/bundle.hpp"
#include "interaction/condition.hpp"
#include "interaction/patched.hpp"
#include "interaction/restriction.hpp"

#include <algorithm>

namespace huitong::interaction {
namespace {

/// Rewrites the references of a resource that is built in `document`, checks it and adds it to the commit.
Outcome add_write(const Services& services, const Request& request, References& references, Entry& entry, fhir::Document& document,
                  store::Action action, store::Commit& commit) {
    if (auto issues = references.rewrite(entry, document); issues.has_errors()) return issues;
    const auto root = document.root();
    set_id(document, root, entry.id);
    auto checked = check_resource(services, request, root, entry.type);
    if (checked.has_errors()) {
        for (auto& issue : checked.issues()) issue.where = entry.where + ".resource" + (issue.where.empty() ? "" : "(" + issue.where + ")");
        return checked;
    }
    entry.write = commit.writes.size();
    commit.writes.push_back(make_write(services, request.caller, action, entry.type, entry.id, root));
    commit.writes.back().if_version = entry.expected_version;
    return {};
}

/// The version that is patched must still be current when the commit comes: `expected_version` says so, also where the entry does not.
Outcome add_patch(const Services& services, const Request& request, store::ReadView& view, References& references, Entry& entry,
                  store::Commit& commit) {
    const auto at_entry = [&](Outcome issues) {
        for (auto& issue : issues.issues()) issue.where = entry.where + (issue.where.empty() ? "" : "(" + issue.where + ")");
        return issues;
    };
    const auto base = patch_base(view, {entry.type, entry.id}, entry.expected_version);
    if (!base) return at_entry(base.error());
    const auto patch = read_entry_patch(entry.resource);
    if (!patch) return at_entry(patch.error());
    const auto document = patched(services, *base, *patch);
    if (!document) return at_entry(document.error());
    entry.expected_version = base->version;
    return add_write(services, request, references, entry, **document, store::Action::update, commit);
}

/// Rewritten resources live in documents of their own: the bundle's tree stays as it came, for another try.
Outcome make_writes(const Services& services, const Request& request, store::ReadView& view, std::vector<Entry>& entries,
                    References& references, store::Commit& commit) {
    const auto sight = services.store->view(access::write_sight_of(request.caller));
    for (const std::string_view method : {"DELETE", "POST", "PUT", "PATCH"}) {
        for (auto& entry : entries) {
            if (entry.method != method || entry.existing || entry.id.empty()) continue;
            Outcome issues;
            if (method == "DELETE") {
                // What the caller may not meet is as good as gone: deleting it changes nothing and says nothing.
                if (sight->current_key({entry.type, entry.id}) == 0) continue;
                entry.write = commit.writes.size();
                commit.writes.push_back(make_removal(request.caller, entry.type, entry.id));
                commit.writes.back().if_version = entry.expected_version;
            } else if (method == "PATCH") {
                issues = add_patch(services, request, view, references, entry, commit);
            } else {
                fhir::Document document;
                document.set_root(document.intern(entry.type));
                for (const auto child : entry.resource.children()) document.borrow(0, child);
                const auto action = method == "POST" ? store::Action::create : store::Action::update;
                issues = add_write(services, request, references, entry, document, action, commit);
            }
            if (issues.has_errors()) return issues;
        }
    }
    return {};
}

/// What the bundle asks to read; refused as a whole when one of it may not be asked, so that nothing is stored.
Outcome check_reads(const Services& services, const Request& request, const std::vector<Entry>& entries) {
    for (const auto& entry : entries) {
        if (entry.method != "GET" && entry.method != "HEAD") continue;
        const auto routed = find_route(entry_request(request, entry, services.base_url));
        if (!routed.row || routed.row->right == '-' || access::may(request.caller, routed.row->right, routed.route.type)) continue;
        return error(IssueCode::forbidden, entry.where, "access-scope", {std::string(routed.row->name), routed.route.type});
    }
    return {};
}

/// What criteria have found is written over as it was found, and what they have not found is not there: the commit says so.
Outcome name_what_matched(const Services& services, PreparedTransaction& prepared) {
    for (const auto& entry : prepared.entries) {
        if (!entry.write || entry.hidden) continue;
        auto& write = prepared.commit.writes[*entry.write];
        if (write.if_version) continue;
        if (entry.is_new) write.if_version = 0;
        if (!entry.matched) continue;
        const auto version = version_matched(services, write.key, prepared.commit);
        if (!version) return version.error();
        write.if_version = *version;
    }
    return {};
}

/// What was found or patched without the version in `ifMatch` is found anew when somebody came between.
bool may_find_again(const std::vector<Entry>& entries, const Outcome& failure) {
    return is_version_conflict(failure) && std::any_of(entries.begin(), entries.end(), [](const Entry& entry) {
               return entry.if_match == "*" || ((entry.method == "PATCH" || entry.matched || entry.is_new) && entry.if_match.empty());
           });
}

Response entry_response(const Services& services, const Entry& entry, const store::CommitReceipt& receipt, store::ReadView& view,
                        bool with_body) {
    Response response;
    if (entry.existing && entry.hidden) return response;
    store::ResourceKey key(entry.type, entry.id);
    std::optional<std::uint32_t> version;
    if (entry.write) {
        const auto& written = receipt.writes[*entry.write];
        version = written.version;
        response.status = entry.method == "DELETE" ? 204 : written.created ? 201 : 200;
        response.last_modified = receipt.instant;
    } else if (entry.method == "DELETE") {
        response.status = 204;
        return response;
    }
    if (!version || with_body) {
        auto stored = version ? view.version(key, *version) : view.current(key);
        if (stored && *stored && !(*stored)->deleted) {
            version = (*stored)->version;
            response.last_modified = (*stored)->updated;
            if (with_body) response.body = std::move((*stored)->body);
        }
    }
    response.touched.push_back(key);
    if (version) {
        response.etag = etag_of(*version);
        response.location = version_url(services, key, *version);
    }
    return response;
}

boost::asio::awaitable<Response> transaction_response(const Services& services, const Request& request, const std::vector<Entry>& entries,
                                                      const store::CommitReceipt& receipt) {
    Response response;
    response.body = "{\"resourceType\":\"Bundle\",\"type\":\"transaction-response\",\"entry\":[";
    auto view = services.store->view(access::filter_of(request.caller));
    bool first = true;
    for (const auto& entry : entries) {
        if (!first) response.body += ',';
        first = false;
        Response one;
        const auto bytes_max = services.limits->inflated_bytes_max;
        if ((entry.method == "GET" || entry.method == "HEAD") && response.body.size() > bytes_max) {
            one = failed(error(IssueCode::too_costly, "Bundle.entry", "bundle-answer-max", {std::to_string(bytes_max)}));
        } else if (entry.method == "GET" || entry.method == "HEAD") {
            one = co_await answer_entry(services, request, entry);
        } else {
            one = entry_response(services, entry, receipt, *view, request.prefer == Return::representation);
        }
        write_entry_response(one, response.body);
        for (auto& key : one.touched) response.touched.push_back(std::move(key));
    }
    close_entries(response.body);
    co_return response;
}

} // namespace

Result<PreparedTransaction> prepare_transaction(const Services& services, const Request& request, fhir::Element bundle,
                                                std::string_view own_type) {
    auto entries = read_entries(services, bundle);
    if (!entries) return entries.error();
    auto out = prepare_entries(services, request, std::move(*entries), own_type);
    if (!out) return out;
    auto& writes = out->commit.writes;
    restrict_what_came_out(services, request.caller, writes);
    for (auto& write : writes) keep_like_context(services, writes, write);
    return out;
}

Result<PreparedTransaction> prepare_entries(const Services& services, const Request& request, std::vector<Entry> entries,
                                            std::string_view own_type) {
    PreparedTransaction out;
    out.entries = std::move(entries);
    out.commit = make_commit(request, "transaction");
    auto view = services.store->view(access::filter_of(request.caller));
    References references(services, *view);
    auto issues = check_reads(services, request, out.entries);
    if (!issues.has_errors()) issues = resolve_entries(services, request.caller, own_type, out.entries, references.by_full_url, out.commit);
    if (!issues.has_errors()) issues = make_writes(services, request, *view, out.entries, references, out.commit);
    if (!issues.has_errors()) issues = check_twins(services, out.entries, out.commit);
    if (issues.has_errors()) return issues;
    return out;
}

boost::asio::awaitable<Response> transaction(const Services& services, Request request, fhir::DocumentPtr document) {
    for (int attempt = 0;; ++attempt) {
        auto prepared = prepare_transaction(services, request, document->root());
        if (!prepared) co_return failed(prepared.error());
        store::CommitReceipt receipt;
        if (!prepared->commit.writes.empty()) {
            if (auto failure = name_what_matched(services, *prepared); failure.has_errors()) co_return failed(std::move(failure));
            auto done = co_await services.store->commit(std::move(prepared->commit));
            if (!done) {
                const bool again = is_guard_conflict(done.error()) || may_find_again(prepared->entries, done.error());
                if (again && attempt < kGuardRetriesMax) continue;
                co_return failed(done.error());
            }
            receipt = std::move(*done);
        }
        co_return co_await transaction_response(services, request, prepared->entries, receipt);
    }
}

} // namespace huitong::interaction
