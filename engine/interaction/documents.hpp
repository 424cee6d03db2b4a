/// National documents out of the record: what belongs to one is gathered here, under the caller's rights; who writes it stands above this
/// room, where maps and XML are.
#pragma once

#include "base/charset.hpp"
#include "interaction/interaction.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace huitong::interaction {

class DocumentWriter {
public:
    /// `bundle`: what the document is about first, then what that refers to. `previous`: the same before its last change, nullptr: none, or
    /// not known. `form`: "C0006", "C0007", "C0053".
    /// Issues: document-form, document-focus, document-status, document-incomplete, those of the map; warnings: document-institution-code,
    /// charset-unencodable. Thread: any.
    virtual Parsed<std::string> write(const fhir::Document& bundle, const fhir::Document* previous, std::string_view form,
                                      Charset charset) const = 0;

protected:
    ~DocumentWriter() = default;
};

/// A report or a stay with what it refers to; a stay with its diagnoses, procedures, orders and reports too.
struct DocumentParts {
    fhir::DocumentPtr previous; ///< the same as it stood before the last change of anything in it; nullptr: there was none
    fhir::DocumentPtr bundle;   ///< a collection, the report or the stay first; fullUrl as references name it: "Patient/1"
    std::vector<std::string> resources;
    std::string form; ///< that its kind asks for: C0006 (imaging), C0007 (any other report), C0053 (a stay)
};

/// Issues: operation-type (neither DiagnosticReport nor Encounter), rest-not-found, rest-deleted, operation-too-many.
Result<DocumentParts> document_parts(const Services& services, const access::Caller& caller, const store::ResourceKey& key);

} // namespace huitong::interaction
