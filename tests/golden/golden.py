#!/usr/bin/env python3
"""Every case of this folder: what its map makes of in.* is out.json, digit for digit, and valid.

    tests/golden/golden.py PROGRAM            # compares; exit 1 when something differs
    tests/golden/golden.py PROGRAM --update   # writes out.json anew: read the difference before you commit it
"""
import argparse
import difflib
import json
import sys
from pathlib import Path

import maps

HERE = Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    failed, texts, cases = 0, [], sorted(HERE.glob("*/*/in.*"))
    for file in cases:
        name = f"{file.parent.parent.name}/{file.parent.name}"
        run = maps.Run(options.program, file.parent.parent.name, [file])
        problems = run.errors() + ([] if len(run.bundles) == 1 else [f"{len(run.bundles)} bundles"])
        for bundle, text in zip(run.bundles, run.texts):
            problems += maps.unsound(bundle, text)
            texts.append(text)
            expected = file.parent / "out.json"
            if options.update:
                expected.write_text(text + "\n", encoding="utf-8")
            wanted = expected.read_text(encoding="utf-8") if expected.is_file() else "{}"
            read = json.JSONDecoder(parse_float=maps.Number, parse_int=maps.Number).decode
            if read(wanted) != bundle:
                problems += difflib.unified_diff(wanted.splitlines(), text.splitlines(), "expected", "made", lineterm="", n=2)
        failed += bool(problems)
        for problem in problems:
            print(f"{name}: {problem}")
    for file, issues in zip(cases, maps.validated(options.program, texts)):
        failed += bool(issues)
        for issue in issues:
            print(f"{file.parent}: {issue}")
    print(f"{len(cases)} cases, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
