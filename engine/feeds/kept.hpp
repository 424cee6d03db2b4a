/// What a message leaves as it was: a field without a value says nothing in v2 (`""` takes a value away), but a PUT writes the whole
/// resource.
///
/// The map names it at the request of an entry, in extensions `keep-absent` whose texts are, alone or several parted by
/// blanks,
///   `birthDate`, `period.end`    the element stays when the new version has none,
///   `deceased[x]`                the same, whatever its type; with `value[x]` and `component` the new version's dataAbsentReason goes,
///   `identifier|<system>`        the identifiers of a system stay when the new version has none of that system (none: those without),
///   `extension|<url>`            the same of extensions,
///   `participant|<code>`         the same of those who take part in a visit, by the code of their type,
///   `code=`, `value[x]=`         the element is as it is stored, whatever the new version has,
///   `status=finished`            the element stays when the stored version has that value,
///   `status=final?temp-unknown`  the same when the stored version gives that reason for having no value,
///   `conclusion/A：/B：`         the parts of a text that begin with one of these words stay when the new version has others of them
///   alone, `effective[x]!R1.GLU`        a stored version of another time is another thing where the record has one under that number too,
///   `code!`                      a stored version that has another code in it is another thing under the same number: the message stops,
///   `subject!`                   the same of a stored version of another person, unless the new one says that it corrects or takes back,
///   `identifier!`                a stored person of another valid citizen number, another name and another birth date (or none) is
///                                somebody else: the message stops,
///   `concept#code`               items of a list stay whose `code` the new version does not name,
///   `active?link`                the element stays when the new version has none and the stored one has the other element,
///   `active?link=replaced-by`    the same when an item of that list is of that type, told or kept by a rule before it.
/// Whatever a map asks, a stored version of another patient is another thing under the same number (`subject!` of every resource).
/// Nothing of another person's version stays. Security labels stay always: only the owner of the directory takes one off
/// (docs/guides/access.md), never a message. Source: HL7 v2.5.1, §2.5.3 (null and empty fields). Thread: any worker.
#pragma once

#include "feeds/pipeline.hpp"

namespace huitong::feeds {

/// Between `resolve` and the commit: the version read here is not older than what the commit's guards count from, so a change in between
/// makes the commit fail and the message is resolved anew. Issues: feed-other-thing, what validation says of the whole,
/// and that of a store which cannot be read.
void keep_what_is_not_said(const interaction::Services& services, const SamePerson& same_person, Passage& passage);

} // namespace huitong::feeds
