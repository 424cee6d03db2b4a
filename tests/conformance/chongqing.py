#!/usr/bin/env python3
"""The package of Chongqing (master data of organisations) and the ten cases that its authors published beside it as a Postman collection.

  tests/conformance/chongqing.py FOLDER [--program build/release/huitong] [--show]

FOLDER holds chongqing.core-package.tgz and chongqing-ValidationTestcases.postman_collection.json. What a case must answer is in its name; without the
folder the test is skipped (77).
"""
import argparse
import json
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--program", default=str(ROOT / "build/release/huitong"))
    parser.add_argument("--show", action="store_true", help="print what is found in each case")
    options = parser.parse_args()
    package = options.folder / "chongqing.core-package.tgz"
    if not package.exists():
        print("skip: the package is absent")
        return 77
    collection = json.loads((options.folder / "chongqing-ValidationTestcases.postman_collection.json").read_text(encoding="utf-8"))
    failed = count = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, body, profiles in cases(collection):
            errors = errors_of(options.program, package, body, profiles, folder)
            is_right = bool(errors) == (name in WRONG)
            count, failed = count + 1, failed + (not is_right)
            print(f"{'ok  ' if is_right else 'FAIL'} {name}: {len(errors)} errors")
            for issue in errors if options.show or not is_right else []:
                print("      ", issue["where"], issue["message"])
    print(f"{count - failed} of {count} cases as their authors say")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
