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
    /// The document's number follows from the resource's type, id and version and from the form: asked for again, it is the same document.
    Parsed<std::string> write(fhir::Element bundle, std::string_view form, Charset charset) const override;

private:
    const mapping::MapLibrary& maps_;
    const Clock& clock_;
};

} // namespace huitong::app
