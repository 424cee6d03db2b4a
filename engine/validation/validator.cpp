#include "validation/type_walk.hpp"

namespace huitong::validation {
namespace {

bool is_json_text(std::string_view text) {
    const auto at = text.find_first_not_of(" \t\r\n");
    return at != text.npos && text[at] == '{';
}

} // namespace

struct Validator::State {
    State(std::shared_ptr<const fhir::Definitions> definitions_, std::shared_ptr<const terminology::Terminology> terminology_)
        : definitions(definitions_), terminology(std::move(terminology_)), plans(std::move(definitions_)) {}
    std::shared_ptr<const fhir::Definitions> definitions;
    std::shared_ptr<const terminology::Terminology> terminology;
    Plans plans;
};

Validator::Validator(std::shared_ptr<const fhir::Definitions> definitions, std::shared_ptr<const terminology::Terminology> terminology)
    : state_(std::make_unique<State>(std::move(definitions), std::move(terminology))) {}

Validator::~Validator() = default;

Outcome Validator::check(fhir::Element resource, const Options& options) const {
    if (!resource) return error(IssueCode::structure, "", "validation-no-resource");
    Report report(options.issues_max);
    try {
        const Checks checks(state_->plans, state_->terminology.get(), options, is_json_text(resource.document().text()));
        ProfileWalk profiles(checks, report);
        TypeWalk(checks, profiles, report).resource(resource, resource, true);
    } catch (const std::exception&) { // memory, or a defect of ours: the resource has not been checked, and that is said
        auto outcome = report.take();
        outcome.add(fatal(IssueCode::exception, resource.path(), "validation-unfinished"));
        return outcome;
    }
    return report.take();
}

} // namespace huitong::validation
