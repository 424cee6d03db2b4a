#include "exchange/bulk/load_reading.hpp"

#include "fhir/json.hpp"

namespace huitong::exchange {
namespace {

interaction::Entry entry_of(fhir::Element resource, std::string full_url, std::string where) {
    interaction::Entry entry;
    entry.resource = resource;
    entry.full_url = std::move(full_url);
    entry.where = std::move(where);
    const std::string type(resource.type());
    const auto id = resource.text("id");
    entry.method = id.empty() ? "POST" : "PUT";
    entry.url = id.empty() ? type : type + '/' + std::string(id);
    return entry;
}

EntryGroup entries_of_collection(fhir::Element bundle) {
    EntryGroup out;
    std::size_t index = 0;
    for (const auto entry : bundle.children("entry")) {
        const auto where = "Bundle.entry[" + std::to_string(index++) + "]";
        const auto resource = entry.child("resource");
        // A searchset's hints about itself are no data.
        if (!resource || resource.type() == "OperationOutcome") continue;
        out.push_back(entry_of(resource, std::string(entry.text("fullUrl")), where));
    }
    return out;
}

} // namespace

Result<ReadDocument> read_document(const interaction::Services& services, std::string text) {
    fhir::JsonOptions options;
    options.limits = services.limits;
    auto parsed = fhir::read_json(std::move(text), options);
    if (parsed.issues.has_errors()) return std::move(parsed.issues);
    ReadDocument out;
    out.tree = std::move(parsed.value);
    const auto root = out.tree->root();
    const auto type = root.type();
    if (!services.definitions->is_resource_type(type)) return Outcome(error(IssueCode::structure, "", "load-type", {std::string(type)}));
    const auto bundle_type = type == "Bundle" ? root.text("type") : std::string_view();
    if (bundle_type == "transaction" || bundle_type == "batch") {
        auto entries = interaction::read_entries(services, root);
        if (!entries) return entries.error();
        out.resources = entries->size();
        out.is_transaction = bundle_type == "transaction";
        if (out.is_transaction) {
            out.groups.push_back(std::move(*entries));
        } else {
            for (auto& entry : *entries) out.groups.push_back({std::move(entry)});
        }
        return out;
    }
    if (bundle_type == "collection" || bundle_type == "searchset") {
        out.groups.push_back(entries_of_collection(root));
        out.is_transaction = true;
    } else if (type == "Bundle" && bundle_type != "document" && bundle_type != "message") {
        return Outcome(error(IssueCode::not_supported, "Bundle.type", "load-type", {std::string(bundle_type)}));
    } else {
        out.groups.push_back({entry_of(root, "", std::string(type))});
    }
    out.resources = out.groups.front().size();
    return out;
}

} // namespace huitong::exchange
