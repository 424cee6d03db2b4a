#include "adapters/cda/signed_tree.hpp"

#include "base/base64.hpp"

#include <algorithm>

namespace huitong::adapters::cda {
namespace {

class Adder {
public:
    explicit Adder(fhir::Document& document) : document_(document) {}

    fhir::NodeIndex child(fhir::NodeIndex parent, std::string_view name) {
        const auto out = document_.add_child(parent, name, false);
        document_.node(out).source = document_.node(0).source;
        return out;
    }

    void text(fhir::NodeIndex parent, std::string_view name, std::string_view value) {
        if (!value.empty()) document_.set_value(child(parent, name), fhir::ValueKind::text, document_.copy(value));
    }

private:
    fhir::Document& document_;
};

std::string_view state_of(bool is_verified) { return is_verified ? "verified" : "not-verified"; }

} // namespace

Outcome add_signatures(fhir::Document& document, const std::vector<signature::Finding>& findings) {
    Outcome out;
    Adder add(document);
    const bool all = std::all_of(findings.begin(), findings.end(), [](const auto& one) { return one.is_verified(); });
    add.text(0, "_signed", findings.empty() ? "unsigned" : state_of(all));
    for (const auto& finding : findings) {
        const auto node = add.child(0, "_signature");
        add.text(node, "state", state_of(finding.is_verified()));
        if (finding.refusal) {
            add.text(node, "reason", finding.refusal->rule);
            const auto& known = out.issues();
            if (std::find(known.begin(), known.end(), *finding.refusal) == known.end()) out.add(*finding.refusal);
        }
        add.text(node, "format", finding.format);
        add.text(node, "method", finding.method);
        add.text(node, "signer", finding.signer);
        add.text(node, "issuer", finding.issuer);
        add.text(node, "certificate", finding.certificate);
        add.text(node, "when", instant_text(finding.signed_at, 0));
        add.text(node, "data", encode_base64(finding.data));
    }
    return out;
}

} // namespace huitong::adapters::cda
