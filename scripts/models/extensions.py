"""The extensions of the shared record (fhir-profiles/shared-record.md): name, where it may stand, type of its value, what it says."""

ALL = (
    ("name-pinyin", ("HumanName",), "boolean", "The name is the pinyin of the official one"),
    ("source-value", ("Observation",), "string", "Value and unit as the sender wrote them, before the conversion to molar units"),
    ("claimed-recognition-mark", ("DiagnosticReport",), "string", "Mark of mutual recognition (全国HR …) that the sender printed: a claim, not a finding"),
    ("keep-absent", ("Bundle.entry.request",), "string", "What the message does not say and the record keeps (engine/feeds/kept.hpp)"),
    ("item-number", ("Bundle.entry.request",), "string", "Which of several things of one number is meant (engine/feeds/items.hpp)"),
    ("report", ("Observation",), "Reference", "The report that the result belongs to, by its identifier"),
    ("performing-organization", ("ImagingStudy",), "Reference", "The institution that took the images"),
    ("slice-thickness-mm", ("ImagingStudy.series",), "decimal", "Slice thickness in millimetres"),
    ("source-code", ("Element",), "CodeableConcept", "A code of the source for which the resource has no element of its own"),
    ("statistics-rows", ("MeasureReport.group",), "url", "Where the entries behind a number can be looked up"),
    ("signature-state", ("Provenance", "Signature"), "code", "verified, not-verified or unsigned: of what came in, or of one signature"),
    ("signature-reason", ("Signature",), "code", "Why a signature is not verified: the rule"),
    ("signature-method", ("Signature",), "code", "How it was signed: SM2-SM3, RSA-SHA256 …"),
    ("places-total", ("Schedule", "Slot"), "integer", "How many places there are"),
    ("places-left", ("Slot",), "integer", "How many places nobody has taken yet"),
    ("contrast", ("ImagingStudy.series",), "boolean", "Whether a contrast agent was given"),
)


def definition(canonical, fhir, version, name, contexts, kind, text):
    url = canonical + name
    return {
        "resourceType": "StructureDefinition", "id": name, "url": url, "version": version,
        "name": "".join(part.capitalize() for part in name.split("-")), "title": text, "status": "active", "fhirVersion": "4.0.1",
        "kind": "complex-type", "abstract": False, "context": [{"type": "element", "expression": one} for one in contexts],
        "type": "Extension", "baseDefinition": fhir + "Extension", "derivation": "constraint",
        "differential": {"element": [
            {"id": "Extension", "path": "Extension", "short": text, "max": "1"},
            {"id": "Extension.extension", "path": "Extension.extension", "max": "0"},
            {"id": "Extension.url", "path": "Extension.url", "fixedUri": url},
            {"id": "Extension.value[x]", "path": "Extension.value[x]", "min": 1, "type": [{"code": kind}]},
        ]},
    }
