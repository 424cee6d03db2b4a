#include "fhir/json.hpp"
#include "search/search.hpp"

namespace huitong::search {

PreparedBody prepare_body(fhir::Element resource, const std::string& id) {
    PreparedBody out;
    std::string& body = out.body;
    body = "{\"resourceType\":\"" + std::string(resource.type()) + "\",\"id\":\"" + id + "\",\"meta\":{";
    out.meta_at = body.size();
    fhir::Document rest;
    rest.set_root(rest.intern(resource.type()));
    const auto meta = resource.child("meta");
    if (meta) {
        fhir::Document kept;
        kept.set_root("meta");
        kept.set_type(0, {});
        bool any = false;
        for (const auto child : meta.children()) {
            if (child.name() == "versionId" || child.name() == "lastUpdated") continue;
            kept.graft(kept.root().index(), child.name(), child.node().in_array, child);
            any = true;
        }
        if (any) {
            const auto text = fhir::write_json(kept.root());
            body += text.substr(1, text.size() - 2);
        }
    }
    body += '}';
    for (const auto child : resource.children()) {
        if (child.name() != "id" && child.name() != "meta") rest.graft(rest.root().index(), child.name(), child.node().in_array, child);
    }
    const auto text = fhir::write_json(rest.root());
    // The text of the rest is {"resourceType":"X"…}: what follows the type goes behind the meta.
    const auto type_end = text.find('"', std::string_view("{\"resourceType\":\"").size());
    body.append(text, type_end + 1, std::string::npos);
    return out;
}

} // namespace huitong::search
