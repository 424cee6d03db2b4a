#!/usr/bin/env python3
"""Writes the logical models of the sources (fhir-profiles/models) and the region's extensions (fhir-profiles/extensions).

    scripts/models/generate.py           # writes them
    scripts/models/generate.py --check   # the committed files are what this program writes
"""
import argparse
import json
import sys
from pathlib import Path

import cda
import extensions
import tables
import v2
import v3

ROOT = Path(__file__).resolve().parents[2]
CANONICAL = "https://huitong.example/fhir/StructureDefinition/"
FHIR = "http://hl7.org/fhir/StructureDefinition/"
VERSION = "0.1.0"


class Model:
    """A logical model: its root and the elements below it, in order."""

    def __init__(self, name, title, base="Element"):
        self.name, self.title, self.base = name, title, base
        self.elements = [{"id": name, "path": name, "short": title, "min": 0, "max": "*", "base": {"path": name, "min": 0, "max": "*"}}]

    def add(self, path, kind, short="", repeats=False, needed=False):
        path = f"{self.name}.{path}"
        lowest, highest = int(needed), "*" if repeats else "1"
        element = {"id": path, "path": path, "min": lowest, "max": highest, "base": {"path": path, "min": lowest, "max": highest},
                   "type": [{"code": kind}]}
        if short:
            element["short"] = short
        self.elements.append(element)
        return self

    def resource(self):
        return {"resourceType": "StructureDefinition", "id": self.name, "url": CANONICAL + self.name, "version": VERSION, "name": self.name,
                "title": self.title, "status": "active", "fhirVersion": "4.0.1", "kind": "logical", "abstract": False,
                "type": CANONICAL + self.name, "baseDefinition": (FHIR if self.base == "Element" else CANONICAL) + self.base, "derivation": "specialization",
                "snapshot": {"element": self.elements}}


def listed(text):
    return [piece.strip() for piece in text.replace("\n", " ").split(";") if piece.strip()]


def data_type(name, components):
    """OBX-5 is of the type that OBX-2 names; its places are those of a coded value, the most that any map reads."""
    model = Model(name, f"HL7 v2 data type {name}; its value is the whole text", "CWE" if name == "VARIES" else "Element")
    for number, component in enumerate(listed(components), 1):
        label, _, parts = component.partition("/")
        model.add(f"c{number}", "string", label)
        for part in range(1, int(parts or 0) + 1):
            model.add(f"c{number}.s{part}", "string")
    return model


def segment(name, fields):
    model = Model(name, f"HL7 v2 segment {name}")
    for number, field in enumerate(listed(fields), 1):
        label, _, kind = field.rpartition(":")
        model.add(f"{name}-{number}", kind.rstrip("*"), label, repeats=kind.endswith("*"))
    return model


def add_segments(model, prefix, names):
    for name in names.split():
        model.add(f"{prefix}{name.rstrip('*')}", name.rstrip("*"), repeats=name.endswith("*"))


def message():
    model = Model("V2Message", "HL7 v2 message as the maps see it: segments, or the groups of its structure")
    add_segments(model, "", v2.FLAT)
    paths = {}
    for name, parent, repeats, segments in v2.GROUPS:
        path = (paths[parent] + "." if parent else "") + name
        paths[name] = path
        model.add(path, "Element", f"group {name}", repeats=repeats)
        add_segments(model, path + ".", segments)
    return model


def dicom_study():
    model = Model("DicomStudy", "One DICOM study out of DICOM JSON, attributes by keyword")

    def attributes(prefix, names):
        for name in names.split():
            keyword = name.rstrip("*#@")
            model.add(prefix + keyword, "string" if name[-1] not in "#@" else "Element", repeats=name[-1] in "*#@")
            for form in ("Alphabetic", "Ideographic", "Phonetic") if name.endswith("@") else ():
                model.add(f"{prefix}{keyword}.{form}", "string")

    attributes("", tables.STUDY)
    model.add("Series", "Element", "series of the study", repeats=True)
    attributes("Series.", tables.SERIES)
    model.add("Series.Instance", "Element", "object of the series; absent when only the series was asked for", repeats=True)
    attributes("Series.Instance.", tables.INSTANCE)
    return model


def ecg():
    model = Model("Ecg", "One electrocardiogram out of HL7 aECG")

    def values(prefix, names):
        for name in names.split():
            model.add(prefix + name.rstrip("!"), "string", needed=name.endswith("!"))

    values("", tables.ECG)
    for part, names in tables.ECG_PARTS.items():
        model.add(part, "Element", repeats=True)
        values(part + ".", names)
    return model


def cda_type(name, children):
    title = {"ClinicalDocument": "CDA R2 document", "V3Message": "HL7 V3 message of a service"}.get(name)
    if not title:
        title = f"CDA R2: {name[3:]}; its value is its text" if name.startswith("Cda") else f"HL7 V3: {name[2:]}; its value is its text"
    model = Model(name, title)
    for child in children.split():
        label, _, kind = child.rstrip("*").partition(":")
        model.add(label, kind or "string", repeats=child.endswith("*"))
    return model


def row(name, title, columns):
    model = Model(name, title)
    model.add("_table", "string", "the table's name").add("_line", "string", "line in the file")
    for column in columns.split():
        model.add(column.rstrip("!"), "string", needed=column.endswith("!"))
    return model


def files():
    models = [message(), dicom_study(), ecg()]
    models += [segment(name, fields) for name, fields in v2.SEGMENTS.items()]
    models += [data_type(name, parts) for name, parts in v2.TYPES.items()]
    models += [data_type(name, "text/9") for name in v2.PLAIN_TYPES]
    models += [Model(name, f"HL7 v2 segment {name}; no map reads it") for name in v2.OPEN_SEGMENTS.split()]
    models += [cda_type(name, children) for name, children in (cda.TYPES | v3.TYPES).items()]
    models += [row(name, title, columns) for name, (title, columns) in tables.ROWS.items()]
    out = {f"models/{model.name}.json": model.resource() for model in models}
    for one in extensions.ALL:
        out[f"extensions/{one[0]}.json"] = extensions.definition(CANONICAL, FHIR, VERSION, *one)
    return out


def written(resource):
    """One element a line: short, and a change shows as what it is."""
    part = "snapshot" if "snapshot" in resource else "differential"
    head = json.dumps({key: value for key, value in resource.items() if key != part}, ensure_ascii=False, indent=1)
    elements = ",\n  ".join(json.dumps(element, ensure_ascii=False) for element in resource[part]["element"])
    return f'{head[:-2]},\n "{part}": {{"element": [\n  {elements}\n ]}}\n}}\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    wrong = []
    for name, resource in files().items():
        path, text = ROOT / "fhir-profiles" / name, written(resource)
        json.loads(text)
        if options.check and (not path.is_file() or path.read_text(encoding="utf-8") != text):
            wrong.append(name)
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in wrong:
        print(f"fhir-profiles/{name} is not what scripts/models/generate.py writes")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
