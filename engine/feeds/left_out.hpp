/// What a corrected document no longer says is entered in error; also when the versions come in the wrong order.
///
/// A Composition that is written takes the place of
///   its own stored version, when that is older,
///   the documents that it replaces: by number (`relatesTo`, replaces), or of its set with a lower version number.
/// What those list in their sections as statements of their own (identifier `…:document-entry`, `…:document-body`) and the new one does not
/// write gets the status of an error, a replaced Composition too, and a kept original (`…:document`) is superseded. A document that comes
/// behind what took its place writes nothing that holds, and still takes the place of what it replaces. All of it is part of the message's
/// commit and stands in its Provenance.
///
/// A number says so only for the same person: it may be a slip. A set says so only for the same person and the same kind of document: forms
/// are filled with constants.
/// Nothing of another institution is touched. Source: CDA R2, §4.2.3.1 "parentDocument". Thread: any worker.
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

/// Behind `keep`, before `provenance`. Issues: feed-other-thing (warning) where a number is of another person's document, and those of a
/// store that cannot be read.
void enter_left_out_in_error(const interaction::Services& services, const SamePerson& same_person, Passage& passage);

} // namespace huitong::feeds
