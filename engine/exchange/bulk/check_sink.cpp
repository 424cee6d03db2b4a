#include "exchange/bulk/check_sink.hpp"

namespace huitong::exchange {
namespace {

struct Checked final : PreparedPiece {
    std::size_t documents = 0, resources = 0;
};

} // namespace

CheckSink::CheckSink(const interaction::Services& services) : services_(services), limits_(*services.limits) {
    limits_.bundle_entries_max = ~std::uint32_t{0};
    services_.limits = &limits_;
}

Outcome CheckSink::check(const ReadDocument& document) const {
    Outcome issues;
    const interaction::Request request;
    for (const auto& group : document.groups) {
        for (const auto& entry : group) {
            if (!entry.resource) continue;
            auto found = interaction::check_resource(services_, request, entry.resource, std::string(entry.resource.type()));
            if (const auto id = entry.resource.text("id"); !id.empty() && !interaction::is_id(id))
                found.add(error(IssueCode::value, "id", "rest-id"));
            for (auto& issue : found.issues()) {
                if (issue.severity < Severity::error) continue;
                issue.where = entry.where + (issue.where.empty() ? "" : "(" + issue.where + ")");
                issues.add(std::move(issue));
            }
        }
    }
    return issues;
}

void CheckSink::prepare(LoadPiece& piece) {
    auto checked = std::make_unique<Checked>();
    for (auto& item : piece.items) {
        if (item.issues.has_errors()) continue;
        const auto read = read_document(services_, std::move(item.document.text));
        item.issues = read ? check(*read) : read.error();
        if (item.issues.has_errors()) continue;
        ++checked->documents;
        checked->resources += read->resources;
    }
    piece.prepared = std::move(checked);
}

void CheckSink::finish(LoadPiece piece) {
    if (const auto* checked = static_cast<Checked*>(piece.prepared.get())) {
        counts.documents += checked->documents;
        counts.resources += checked->resources;
    }
    for (const auto& item : piece.items) {
        if (!item.issues.has_errors()) continue;
        ++counts.refused;
        if (refuse) refuse(item);
    }
}

} // namespace huitong::exchange
