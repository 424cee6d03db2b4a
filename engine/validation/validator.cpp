#include "validation/type_walk.hpp"

#include <mutex>

namespace huitong::validation {
namespace {

bool is_json_text(std::string_view text) {
    const auto at = text.find_first_not_of(" \t\r\n");
    return at != text.npos && text[at] == '{';
}

Outcome check_with(const Plans& plans, const terminology::Terminology* terminology, fhir::Element resource, const Options& options,
                   const Strictness* strictness) {
    if (!resource) return error(IssueCode::structure, "", "validation-no-resource");
    Report report(options.issues_max);
    try {
        Checks checks(plans, terminology, options, is_json_text(resource.document().text()));
        checks.strictness = strictness;
        ProfileWalk profiles(checks, report);
        TypeWalk(checks, profiles, report).resource(resource, resource, true);
    } catch (const std::exception&) { // memory, or a defect of ours: the resource has not been checked, and that is said
        auto outcome = report.take();
        outcome.add(fatal(IssueCode::exception, resource.path(), "validation-unfinished"));
        return outcome;
    }
    return report.take();
}

} // namespace

struct Validator::State {
    State(std::shared_ptr<const fhir::Definitions> definitions, std::shared_ptr<const terminology::Terminology> terminology_)
        : terminology(std::move(terminology_)), own(std::make_shared<Plans>(std::move(definitions))) {}

    /// The plans of the definitions as they are now, when the resource or the question names a profile.
    std::shared_ptr<const Plans> plans_for(fhir::Element resource, const Options& options) {
        const bool names_profile = !options.profiles.empty() || (resource && resource.child("meta") && resource["meta"].child("profile"));
        auto now = source && names_profile ? source() : nullptr;
        if (!now) return own;
        const std::lock_guard lock(mutex);
        if (!grown || &grown->definitions() != now.get()) grown = std::make_shared<Plans>(std::move(now));
        return grown;
    }

    std::shared_ptr<const terminology::Terminology> terminology;
    std::shared_ptr<const Plans> own;
    Source source;
    std::mutex mutex;
    std::shared_ptr<const Plans> grown;
};

Validator::Validator(std::shared_ptr<const fhir::Definitions> definitions, std::shared_ptr<const terminology::Terminology> terminology)
    : state_(std::make_unique<State>(std::move(definitions), std::move(terminology))) {}

Validator::~Validator() = default;

void Validator::set_source(Source source) { state_->source = std::move(source); }

Outcome Validator::check(fhir::Element resource, const Options& options) const {
    const auto plans = state_->plans_for(resource, options);
    return check_with(*plans, state_->terminology.get(), resource, options, nullptr);
}

// ---- StrictValidator

struct StrictValidator::State {
    State(std::shared_ptr<const fhir::Definitions> definitions, std::shared_ptr<const terminology::Terminology> terminology_)
        : terminology(std::move(terminology_)), plans(std::move(definitions)) {}
    std::shared_ptr<const terminology::Terminology> terminology;
    Plans plans;
};

StrictValidator::StrictValidator(std::shared_ptr<const fhir::Definitions> definitions,
                                 std::shared_ptr<const terminology::Terminology> terminology)
    : state_(std::make_unique<State>(std::move(definitions), std::move(terminology))) {}

StrictValidator::~StrictValidator() = default;

Outcome StrictValidator::check(fhir::Element resource, const Options& options, const Strictness& strictness) const {
    return check_with(state_->plans, state_->terminology.get(), resource, options, &strictness);
}

} // namespace huitong::validation
