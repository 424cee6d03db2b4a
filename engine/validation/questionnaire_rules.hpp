/// Rules between a Questionnaire's items, and between a QuestionnaireResponse and its Questionnaire, that no invariant says.
/// Source: FHIR R4, Questionnaire; QuestionnaireResponse, "Notes".
#pragma once

#include "validation/checks.hpp"

namespace huitong::validation {

void check_questionnaire(fhir::Element questionnaire, Report& report);
/// Against the Questionnaire that is contained or among Strictness::others; without it nothing is said.
void check_response(const Checks& checks, fhir::Element response, Report& report);

} // namespace huitong::validation
