#!/usr/bin/env python3
"""Public content of China against the engines.

  tests/conformance/china.py [FOLDER] [--program build/release/huitong] [--show]    # FOLDER: default $HUITONG_SHARED/corpora/cn; exit 77 when absent

* The package of Chongqing (master data of organisations) and the ten cases that its authors published beside it as a Postman collection; what a case
  must answer is in its name.
* The lists of NHSA for diseases (ICD-10) and operations (ICD-9-CM-3): imported whole, and found by words and by initials.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WRONG = {"Unknow field", "Wrong cardinality - less", "Wrong value", "Failing invariant"}


def cases(collection):
    """(name, body, profiles) of each request."""
    variables = {one["key"]: one["value"] for one in collection["variable"]}
    for item in collection["item"]:
        request = item["request"]
        profiles = [one["value"] for one in request["url"].get("query", []) if one["key"] == "profile"]
        for key, value in variables.items():
            profiles = [one.replace("{{" + key + "}}", value) for one in profiles]
        yield item["name"], request["body"]["raw"], profiles


def errors_of(program, package, body, profiles, folder):
    file = Path(folder) / "case.json"
    file.write_text(body, encoding="utf-8")
    asked = [word for profile in profiles for word in ("--profile", profile)]
    done = subprocess.run([program, "validate", file, "--package", package, "--format", "json", *asked], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"validate: {done.stderr[-1000:]}")
    return [finding for finding in json.loads(done.stdout) if finding["severity"] in ("error", "fatal")]


def chongqing(options, folder):
    package = folder / "chongqing.core-package.tgz"
    collection = json.loads((folder / "chongqing-ValidationTestcases.postman_collection.json").read_text(encoding="utf-8"))
    failed = count = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, body, profiles in cases(collection):
            errors = errors_of(options.program, package, body, profiles, scratch)
            is_right = bool(errors) == (name in WRONG)
            count, failed = count + 1, failed + (not is_right)
            print(f"{'ok  ' if is_right else 'FAIL'} {name}: {len(errors)} errors")
            for issue in errors if options.show or not is_right else []:
                print("      ", issue["where"], issue["message"])
    print(f"{count - failed} of {count} cases as their authors say")
    return failed == 0


def term(program, *arguments):
    done = subprocess.run([program, "term", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"term {arguments[0]}: {done.stderr[-1000:]}")
    return done.stdout


def insurance_lists(options, folder):
    right = True
    with tempfile.TemporaryDirectory() as scratch:
        for name, file, rows in (("icd10", "CHS_ICD10.csv", 47_101), ("operations", "CHS_ICD9_CM3.csv", 17_552)):
            told = term(options.program, "import", "--kind", "csv", "--url", f"urn:nhsa:{name}", "--version", "2.0", "--title", name, "--language", "zh",
                        "-o", f"{scratch}/{name}.codes", folder / file)
            is_whole = f"{rows} concepts" in told
            right = right and is_whole
            print(f"{'ok  ' if is_whole else 'FAIL'} {told.strip().replace(scratch + '/', '')}")
        for query in ("高血压", "gxy"):
            first = term(options.program, "search", query, "--terminology", scratch).splitlines()[0].split("\t")
            right = right and first[1] == "高血压"
            print(f"{'ok  ' if first[1] == '高血压' else 'FAIL'} {query} finds {' '.join(first[:3])}")
    return right


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path, nargs="?", default=Path(os.environ.get("HUITONG_SHARED", ROOT / "../shared")) / "corpora/cn")
    parser.add_argument("--program", default=str(ROOT / "build/release/huitong"))
    parser.add_argument("--show", action="store_true", help="print what is found in each case")
    options = parser.parse_args()
    if not (options.folder / "fhir-ig").exists():
        print("skip: the folder is absent")
        return 77
    done = [chongqing(options, options.folder / "fhir-ig"), insurance_lists(options, options.folder / "icd")]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
