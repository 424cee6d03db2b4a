#!/usr/bin/env python3
"""A year of the sample hospitals through their maps: no errors, sound and valid bundles, every result mapped or a gap that is listed.

    tests/golden/samples.py PROGRAM
"""
import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import maps

LOINC = "http://loinc.org"
# Which map a feed of the manifest goes through; the township's FHIR push needs none.
FEEDS = {"hospital-a": ("his-a", "lis-a"), "hospital-a-ris": ("ris-a",), "hospital-b-chemistry": ("chemistry-b",),
         "hospital-b-diagnoses": ("his-b-diagnoses",), "hospital-b-patients": ("his-b-patients",), "hospital-b-results": ("lis-b",),
         "lab-x": ("lab-x",), "township-dicom": ("dicom-t",)}


def codings(resource):
    return [(coding.get("system", ""), coding["code"]) for coding in resource["code"].get("coding", [])]


def unmapped(run):
    """Local codes of results without LOINC that no gap tells of."""
    out = []
    for bundle in run.bundles:
        for entry in bundle.get("entry", []):
            resource = entry["resource"]
            if resource["resourceType"] != "Observation" or any(system == LOINC for system, _ in codings(resource)):
                continue
            out += [code for code in codings(resource) if code not in run.gaps()]
    return out


def results(run):
    return sum(entry["resource"]["resourceType"] == "Observation" for bundle in run.bundles for entry in bundle.get("entry", []))


def main():
    program, problems = sys.argv[1], []
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, maps.ROOT / "scripts/samples/generate.py", "--out", folder], check=True, stdout=subprocess.DEVNULL)
        entries = json.loads((Path(folder) / "manifest.json").read_text(encoding="utf-8"))["entries"]
        for name, feeds in FEEDS.items():
            sent = [entry for entry in entries if entry["feed"] in feeds and entry["effect"] != "refused"]
            run = maps.Run(program, name, [Path(folder) / entry["file"] for entry in sent])
            problems += [f"{name}: {line}" for line in run.errors()]
            problems += [f"{name}: no translation and no gap: {code}" for code in unmapped(run)]
            for bundle, text in zip(run.bundles, run.texts):
                problems += [f"{name}: {line}" for line in maps.unsound(bundle, text)]
            for issues in maps.validated(program, run.texts):
                problems += [f"{name}: {issue}" for issue in issues]
            told = sum(entry["results"] for entry in sent)
            if name not in ("hospital-a-ris", "township-dicom") and told != results(run):
                problems.append(f"{name}: {told} results were sent, {results(run)} are mapped")
            counts.update(messages=len(run.bundles), results=results(run), gaps=len(run.gaps()))
    for problem in problems:
        print(problem)
    print(f"{counts['messages']} messages, {counts['results']} results, {counts['gaps']} gaps, {len(problems)} problems")
    return 1 if problems or not counts["results"] else 0


if __name__ == "__main__":
    sys.exit(main())
