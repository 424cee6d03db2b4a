#!/usr/bin/env python3
"""Documents out of the record: valid by the national schemas, and read back they say what the record said.

    tests/golden/written.py PROGRAM     # schemas under $HUITONG_SHARED/corpora/cn/hip-services, xmllint as a peer; without them only read back
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import maps

CASES = {"laboratory-report": "C0007", "imaging-report": "C0006", "discharge-summary": "C0053"}
# Times as China's clocks show them, also where the record has them in UTC.
TIMES = {"laboratory-report": ("20261120084500", "20261120090000"), "imaging-report": ("20261121071000", "20261121"),
         "discharge-summary": ("20260225100000", "20260302090000")}
SCHEMAS = Path(os.environ.get("HUITONG_SHARED", maps.ROOT / "../shared")) / "corpora/cn/hip-services/schemas/cdas"
NOW = "2026-11-28T09:00:00+08:00"


def written(program, name, form, target, encoding="UTF-8"):
    subprocess.run([program, "document", "write", "--form", form, "--input", str(maps.ROOT / f"tests/vectors/documents/{name}.json"), "-o", str(target),
                    "--encoding", encoding, "--now", NOW, *maps.LIBRARIES], check=True)


def schema_findings(form, file):
    schema = SCHEMAS / f"{form}.xsd"
    if not shutil.which("xmllint") or not schema.is_file():
        if os.environ.get("HUITONG_WITH_PEERS"):
            return [f"{form}: xmllint and the schemas are wanted in this run"]
        print(f"skipped: no schema looked at {form}")
        return []
    done = subprocess.run(["xmllint", "--noout", "--schema", str(schema), str(file)], capture_output=True, text=True)
    return [] if done.returncode == 0 else done.stderr.splitlines()


def codings(concept):
    return {(coding.get("system"), coding.get("code")) for coding in concept.get("coding", [])}


def value_of(resource):
    """What a result says: number and unit, words, or codes."""
    if "valueQuantity" in resource:
        quantity = resource["valueQuantity"]
        return ("quantity", quantity.get("comparator", ""), str(quantity["value"]), quantity.get("unit"))
    if "valueCodeableConcept" in resource:
        return ("codes", frozenset(codings(resource["valueCodeableConcept"])))
    return ("words", resource.get("valueString"))


def said(bundle):
    """Of each result the codes and the value, of each diagnosis and procedure the codes."""
    out = {"results": set(), "diagnoses": set(), "procedures": set()}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        code = resource.get("code", {}) if isinstance(resource.get("code"), dict) else {}
        name = frozenset(codings(code)) or code.get("text")
        if resource["resourceType"] == "Observation":
            out["results"].add((name, value_of(resource)))
        elif resource["resourceType"] == "Condition":
            out["diagnoses"].add(name)
        elif resource["resourceType"] == "Procedure":
            out["procedures"].add(name)
    return out


def lost(program, name, file):
    """What the feed of documents does not find again."""
    run = maps.Run(program, "cda-document", [file])
    if run.errors() or not run.bundles:
        return run.errors() or ["nothing is read back"]
    source = json.loads((maps.ROOT / f"tests/vectors/documents/{name}.json").read_text(encoding="utf-8"), parse_float=maps.Number, parse_int=maps.Number)
    before, after = said(source), said(run.bundles[0])
    out = [f"{kind} lost: {missing}" for kind in before for missing in before[kind] - after[kind]]
    people = [entry["resource"] for entry in run.bundles[0]["entry"] if entry["resource"]["resourceType"] == "Patient"]
    numbers = {number["value"] for number in people[0]["identifier"]}
    if not numbers <= {"MZ7700311", "ZY7700312", "PN7700311", "990102198811070025"}:
        out.append(f"numbers of a document became the patient's: {numbers}")
    return out + [f"not valid: {issue}" for issue in maps.validated(program, run.texts)[0]]


def main():
    program, problems = sys.argv[1], []
    with tempfile.TemporaryDirectory() as folder:
        for name, form in CASES.items():
            file = Path(folder) / f"{name}.xml"
            written(program, name, form, file)
            problems += [f"{name}: {problem}" for problem in schema_findings(form, file) + lost(program, name, file)]
            first = file.read_bytes()
            problems += [f"{name}: {time} is not in it" for time in TIMES[name] if f'value="{time}"'.encode() not in first]
            written(program, name, form, file)
            if file.read_bytes() != first:
                problems.append(f"{name}: written again it is another document")
            written(program, name, form, file, "GB18030")
            text = file.read_bytes().decode("gb18030")
            if not text.startswith('<?xml version="1.0" encoding="GB18030"?>') or text.split("\n", 1)[1] != first.decode().split("\n", 1)[1]:
                problems.append(f"{name}: in GB18030 it says something else")
            problems += [f"{name}: {problem}" for problem in lost(program, name, file)]
    print("\n".join(problems) or f"{len(CASES)} documents")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
