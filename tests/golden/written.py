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


def variant(program, folder, name, form, change):
    """The document of a changed bundle as text, or the rule that refuses it."""
    bundle = json.loads((maps.ROOT / f"tests/vectors/documents/{name}.json").read_text(encoding="utf-8"))
    change(bundle["entry"])
    source, target = Path(folder) / "variant.json", Path(folder) / "variant.xml"
    source.write_text(json.dumps(bundle, ensure_ascii=False), encoding="utf-8")
    target.unlink(missing_ok=True)
    done = subprocess.run([program, "document", "write", "--form", form, "--input", str(source), "-o", str(target), "--now", NOW, *maps.LIBRARIES],
                          capture_output=True, text=True)
    return target.read_text(encoding="utf-8") if done.returncode == 0 else done.stderr + done.stdout


def resource(entries, name):
    return next(entry["resource"] for entry in entries if entry["fullUrl"] == name)


def result(entries, name, listed=True, **content):
    """One more result of the report; its words are easily found."""
    entries.append({"fullUrl": f"Observation/{name}", "resource": {"resourceType": "Observation", "id": name, "status": "final", "code": {"text": f"item-{name}"},
                                                                   "subject": {"reference": "Patient/p1"}, **content}})
    if listed:
        resource(entries, "DiagnosticReport/r1")["result"].append({"reference": f"Observation/{name}"})


def results_of_all_kinds(entries):
    result(entries, "ratio", valueRatio={"numerator": {"value": 1}, "denominator": {"value": 128}})
    result(entries, "range", valueRange={"low": {"value": 5, "unit": "/HP"}, "high": {"value": 9, "unit": "/HP"}})
    result(entries, "moment", valueDateTime="2026-11-19")
    result(entries, "parts", component=[{"code": {"text": "upper"}, "valueQuantity": {"value": 120, "unit": "mmHg"}}, {"code": {"text": "lower"}, "valueString": "weak"}])
    result(entries, "bare", valueQuantity={"value": 6.25}, referenceRange=[{"high": {"value": 7.5}}])
    result(entries, "words", valueString="seen-words", interpretation=[{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "N"}]}])
    result(entries, "member", False, valueString="seen-member")
    result(entries, "panel", hasMember=[{"reference": "Observation/member"}])
    for name, more in (("stranger", {"subject": {"reference": "Patient/p2"}}), ("cancelled", {"status": "cancelled"}), ("draft", {"status": "preliminary"})):
        result(entries, name, valueString=f"unseen-{name}", **more)
    result(entries, "unlisted", False, valueString="unseen-unlisted")
    entries.insert(1, {"fullUrl": "Patient/p2", "resource": {"resourceType": "Patient", "id": "p2", "name": [{"text": "unseen-person"}], "birthDate": "1990-01-01"}})


def later_version(entries):
    resource(entries, "DiagnosticReport/r1").update(status="corrected", meta={"versionId": "3", "lastUpdated": "2026-11-21T01:02:03.000Z"})


def denied_and_stopped(entries):
    resource(entries, "Condition/c1")["verificationStatus"] = {"coding": [{"code": "refuted"}]}
    resource(entries, "Procedure/pr1")["status"] = "not-done"
    resource(entries, "MedicationRequest/m1")["status"] = "stopped"


def wrongly_written(program, folder):
    problems = []

    def holds(title, text, wanted=(), unwanted=()):
        problems.extend(f"{title}: {word} is missing: {text[:300]}" for word in wanted if word not in text)
        problems.extend(f"{title}: {word} is there" for word in unwanted if word in text)

    for name, form, status in (("laboratory-report", "C0007", "preliminary"), ("laboratory-report", "C0007", "entered-in-error"), ("discharge-summary", "C0053", "in-progress")):
        holds(status, variant(program, folder, name, form, lambda entries: entries[0]["resource"].update(status=status)), ["document-status"], ["<ClinicalDocument"])
    holds("nobody's report", variant(program, folder, "laboratory-report", "C0007", lambda entries: entries[0]["resource"].pop("subject")), ["document-incomplete"])
    text = variant(program, folder, "laboratory-report", "C0007", results_of_all_kinds)
    holds("kinds of results", text, ["1:128", "5-9 /HP", "2026-11-19", "upper 120 mmHg", "lower weak", "≤7.5", 'value="6.25"/>', "seen-words", "seen-member"], ["unseen-"])
    problems += [f"kinds of results: {finding}" for finding in schema_findings("C0007", Path(folder) / "variant.xml")]
    run = maps.Run(program, "cda-document", [Path(folder) / "variant.xml"])
    read = [entry["resource"] for entry in run.bundles[0]["entry"] if entry["resource"].get("code", {}).get("text") == "item-words"]
    if not any(one.get("valueString") == "seen-words" and one["interpretation"][0]["coding"][0]["code"] == "N" for one in read):
        problems.append(f"words with a judgement are read back as {read}")
    first, third = (variant(program, folder, "laboratory-report", "C0007", change) for change in (lambda entries: None, later_version))
    numbers = [text.split("<setId>", 1)[-1].split("</setId>", 1)[0][:300] for text in (first, third)]
    if numbers[0] != numbers[1]:
        problems.append(f"versions of one report are of two sets: {numbers}")
    holds("a corrected report", third, ["<versionNumber>3</versionNumber>", f"<setId>{numbers[0]}</setId>\n      <versionNumber>2</versionNumber>", 'effectiveTime value="20261121090203"'])
    before = variant(program, folder, "discharge-summary", "C0053", lambda entries: None)
    after = variant(program, folder, "discharge-summary", "C0053", denied_and_stopped)
    holds("what does not hold", after, ["<ClinicalDocument"], ["阿司匹林肠溶片", "HISTORY OF PROCEDURES"])
    holds("what holds", before, ["阿司匹林肠溶片", "HISTORY OF PROCEDURES"])
    return problems


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
        problems += wrongly_written(program, folder)
    print("\n".join(problems) or f"{len(CASES)} documents")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
