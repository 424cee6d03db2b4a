/// National documents by the maps `cda-c0006`, `cda-c0007` and `cda-c0053` (mappings/outbound), written as XML.
#pragma once

#include "base/instant.hpp"
#include "interaction/documents.hpp"
#include "mapping/mapping.hpp"

namespace huitong::app {

class MappedDocuments final : public interaction::DocumentWriter {
public:
    /// Both outlive it.
    MappedDocuments(const mapping::MapLibrary& maps, const Clock& clock) : maps_(maps), clock_(clock) {}
    /// The document's number follows from the versions of all that it is made of and from the form: asked for again, it is the
    /// same document. The number of its set follows from the report or stay alone, so that versions of one belong together; the one
    /// that it replaces is named by its own number, when `previous` could have been a document.
    Parsed<std::string> write(const fhir::Document& bundle, const fhir::Document* previous, std::string_view form,
                              Charset charset) const override;

private:
    const mapping::MapLibrary& maps_;
    const Clock& clock_;
};

} // namespace huitong::app
