/// The judgement of a publisher, beside that of a hub: unknown extensions and extensions out of their context, entries of a document that
/// nothing refers to, links that lead nowhere, and the rules of resources that define something are errors too.
/// Feeds and writes use Validator; files, packages and suites use this. Source: FHIR R4, Validating Resources.
#pragma once

#include "validation/validation.hpp"

namespace huitong::validation {

struct Strictness {
    bool unknown_extensions = true;    ///< an unknown extension is an error; false (a warning) when packages were named that are not here
    bool example_urls = true;          ///< example.org may be named
    bool plain_text = false;           ///< strings may not look like HTML
    bool plain_markdown = false;       ///< nor may markdown
    bool references_exist = false;     ///< a relative reference must be found in the document or among `others`
    std::vector<fhir::Element> others; ///< what may be referred to: the Questionnaire of a response, targets of references
};

class StrictValidator {
public:
    StrictValidator(std::shared_ptr<const fhir::Definitions> definitions, std::shared_ptr<const terminology::Terminology> terminology);
    ~StrictValidator();
    /// As Validator::check; thread-safe.
    Outcome check(fhir::Element resource, const Options& options = {}, const Strictness& strictness = {}) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace huitong::validation
