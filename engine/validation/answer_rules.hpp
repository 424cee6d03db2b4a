/// One answer of a QuestionnaireResponse against the item that asks for it: type, permitted values, limits, form, units, attachments.
/// Source: FHIR R4, Questionnaire.item, and its extensions minValue, maxValue, maxDecimalPlaces, minLength, regex, mimeType, maxSize,
/// questionnaire-unitOption; Structured Data Capture, minQuantity and maxQuantity. Thread: one check, one thread.
#pragma once

#include "validation/checks.hpp"

namespace huitong::validation {

void check_answer(const Checks& checks, fhir::Element answer, fhir::Element definition, Report& report);

/// The value of answer[x] or value[x]; no element when there is none.
fhir::Element choice_of(fhir::Element element, std::string_view stem);
/// The order of two numbers, quantities' numbers, dates (by their first moment) or times; nullopt when they have none.
std::optional<int> order_of(fhir::Element a, fhir::Element b);
/// Do two values mean the same answer? A coding that is `wanted` without a system fits any.
bool same_value(fhir::Element answer, fhir::Element wanted);

} // namespace huitong::validation
