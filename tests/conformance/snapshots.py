#!/usr/bin/env python3
"""The snapshots of the profiles and extensions that the R4 package brings, made anew from their differentials and compared with the published ones.

  tests/conformance/snapshots.py --package .cache/hl7.fhir.r4.examples-4.0.1.tgz [--program build/release/huitong] [--show ID] [--at-least N]

Compared are, element by element: id, path, slice name, cardinality, types with profiles and targets, mustSupport, binding, content reference, slicing,
keys of constraints, fixed and pattern values. Differences are counted by kind; exit code 1 when fewer than N structures agree.
"""
import argparse
import collections
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def without_version(canonical):
    return canonical.split("|")[0]


def types_of(element):
    return sorted((one.get("code", ""), sorted(map(without_version, one.get("profile", []))), sorted(map(without_version, one.get("targetProfile", []))))
                  for one in element.get("type", []))


def view(element):
    """What is compared of one ElementDefinition, by kind."""
    slicing, binding = element.get("slicing"), element.get("binding", {})
    return {
        "id": element.get("id"), "path": element.get("path"), "sliceName": element.get("sliceName"),
        "cardinality": (element.get("min"), element.get("max")), "type": types_of(element), "mustSupport": element.get("mustSupport", False),
        "binding": (binding.get("strength"), without_version(binding.get("valueSet", ""))), "contentReference": element.get("contentReference", "").split("#")[-1],
        "slicing": slicing and (slicing.get("rules"), slicing.get("ordered", False), sorted((one["type"], one["path"]) for one in slicing.get("discriminator", []))),
        "constraint": sorted(one["key"] for one in element.get("constraint", [])),
        "value": {name: value for name, value in element.items() if name.startswith(("fixed", "pattern", "minValue", "maxValue"))},
    }


def differences(published, made):
    """[(kind, id, published, made)]; a list of other elements is one difference of kind `elements`."""
    theirs, ours = [view(one) for one in published], [view(one) for one in made]
    if [one["id"] for one in theirs] != [one["id"] for one in ours]:
        missing = [one["id"] for one in theirs if one["id"] not in {other["id"] for other in ours}]
        surplus = [one["id"] for one in ours if one["id"] not in {other["id"] for other in theirs}]
        return [("elements", "", missing or "order", surplus)]
    return [(kind, one["id"], one[kind], other[kind]) for one, other in zip(theirs, ours) for kind in one if one[kind] != other[kind]]


def derived(package):
    """The constraining StructureDefinitions of the package that have differential and snapshot."""
    with tarfile.open(package) as tar:
        for member in tar:
            if "/StructureDefinition-" not in member.name or not member.name.endswith(".json"):
                continue
            resource = json.load(tar.extractfile(member))
            if resource.get("derivation") == "constraint" and resource.get("differential") and resource.get("snapshot"):
                yield resource


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--package", required=True)
    options.add_argument("--program", default=ROOT / "build/release/huitong")
    options.add_argument("--show", help="every difference of the structure with this id")
    options.add_argument("--at-least", type=int, default=0)
    options = options.parse_args()
    structures, kinds, agree = list(derived(options.package)), collections.Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        requests = []
        for number, resource in enumerate(structures):
            file = Path(folder) / f"{number}.json"
            file.write_text(json.dumps({name: value for name, value in resource.items() if name not in ("snapshot", "text")}))
            requests.append(json.dumps({"id": number, "op": "snapshot", "input": str(file), "sort": True}))
        done = subprocess.run([options.program, "batch"], input="\n".join(requests) + "\n", capture_output=True, text=True, check=True)
    for resource, line in zip(structures, done.stdout.splitlines()):
        answer = json.loads(line)
        if "error" in answer:
            found = [("refused", "", answer["error"]["message"], "")]
        else:
            found = differences(resource["snapshot"]["element"], answer["structureDefinition"]["snapshot"]["element"])
        agree += not found
        kinds.update({kind for kind, *_ in found})
        if found and not options.show:
            print(resource["id"], *[f"{kind} {at}: {theirs} | {ours}" for kind, at, theirs, ours in found[:1]], f"({len(found)})")
        if options.show == resource["id"]:
            print(*[f"{kind} {at}:\n  published {theirs}\n  made      {ours}" for kind, at, theirs, ours in found], sep="\n")
    print(f"{agree} of {len(structures)} structures agree; structures with a difference by kind: {dict(kinds)}")
    return 0 if agree >= options.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
