/// A stored resource with a patch applied: by JSON Patch, FHIRPath Patch or XML Patch, as the media type says.
/// Source: FHIR R4 RESTful API, "patch".
#pragma once

#include "interaction/parts.hpp"

namespace huitong::interaction {

struct PatchText {
    std::string content_type, text;
};

/// The patch that an entry of a bundle carries: a Parameters resource, or a Binary with a patch of another kind in it.
/// Issue: rest-media-type.
Result<PatchText> read_entry_patch(fhir::Element resource);

/// The patched resource as a document of its own; its id and type are still those of `version`. Issues: rest-media-type,
/// rest-id-differs, rest-type-differs, those of the patch and of the readers.
Result<fhir::DocumentPtr> patched(const Services& services, const store::Version& version, const PatchText& patch);

/// The version that a patch starts from, as the caller sees it. Issues: rest-not-found, rest-deleted, store-conflict by `If-Match`.
Result<store::Version> patch_base(store::ReadView& view, const store::ResourceKey& key, std::optional<std::uint32_t> expected);

/// What was patched has changed meanwhile: it is patched anew.
bool is_version_conflict(const Outcome& outcome);

} // namespace huitong::interaction
