#include "fhir/json.hpp"
#include "interaction/parts.hpp"

namespace huitong::interaction {
namespace {

constexpr std::string_view kFacts[] = {"identifier", "name", "birthDate", "gender", "link", "managingOrganization"};

std::string text_of(fhir::Element resource, std::string_view member) {
    std::string out;
    for (const auto one : resource.children(member)) out += fhir::write_json(one) + '\n';
    return out;
}

} // namespace

Outcome check_resident_facts(const Services& services, const access::Caller& caller, fhir::Element resource) {
    if (!access::is_resident(caller)) return {};
    const auto refused = [&](std::string_view what) {
        return error(IssueCode::forbidden, std::string(resource.type()), "resident-facts", {std::string(what)});
    };
    if (resource.type() == "RelatedPerson" || resource.type() == "Person") return refused(resource.type());
    if (resource.type() != "Patient") return {};
    // Of another Patient than his own he writes nothing anyway (store::Commit::sight).
    const auto current = services.store->view()->current({"Patient", caller.patient_id});
    if (!current) return current.error();
    const auto document = *current && !(*current)->deleted ? fhir::read_json((*current)->body).value : nullptr;
    const auto known = document ? document->root() : fhir::Element();
    for (const auto fact : kFacts) {
        if (text_of(resource, fact) != text_of(known, fact)) return refused(fact);
    }
    return {};
}

} // namespace huitong::interaction
