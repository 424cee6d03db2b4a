/// Whether two Patient records are of one person, as far as a message and the record can tell.
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

/// References as in a write's body ("Patient/…"). True when they are equal, when matching has joined them, or when both have one citizen
/// number or card and not both another name and another birth date; of a Patient that the message itself writes, what it writes counts.
bool is_same_patient(const SamePerson& same_person, store::ReadView& view, const Passage& passage, std::string_view one,
                     std::string_view other);

/// Of two Patient resources under one number. One of number and name that changed is a correction; both are somebody else. But a newborn,
/// registered with the mother's number and named after her, gets both of its own: the birth date stays.
bool may_be_one_person(fhir::Element one, fhir::Element other);

/// A patient whom a document named by no number at all: every document makes another one of the same person.
bool is_known_by_document_alone(store::ReadView& view, const Passage& passage, std::string_view reference);

} // namespace huitong::feeds
