#!/usr/bin/env python3
"""Every case of this folder: what its map makes of in.* is out.json, digit for digit, sound and valid.

    tests/golden/golden.py PROGRAM            # exit 1 when something differs
    tests/golden/golden.py PROGRAM --update   # writes out.json anew: read the difference before you commit it
"""
import argparse
import difflib
import json
import sys

import maps


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()
    failed, texts, cases = 0, [], sorted(maps.HERE.glob("*/*/in.*"))
    for file in cases:
        run = maps.Run(options.program, file.parent.parent.name, [file])
        problems = run.errors() + ([] if len(run.bundles) == 1 else [f"{len(run.bundles)} bundles"])
        for bundle, text in zip(run.bundles, run.texts):
            problems += maps.unsound(bundle, text)
            texts.append(text)
            expected = file.parent / "out.json"
            if options.update:
                expected.write_text(text + "\n", encoding="utf-8")
            wanted = expected.read_text(encoding="utf-8") if expected.is_file() else "{}"
            if json.JSONDecoder(parse_float=maps.Number, parse_int=maps.Number).decode(wanted) != bundle:
                problems += difflib.unified_diff(wanted.splitlines(), text.splitlines(), "expected", "made", lineterm="", n=2)
        failed += bool(problems)
        for problem in problems:
            print(f"{file.parent}: {problem}")
    for file, issues in zip(cases, maps.validated(options.program, texts)):
        failed += bool(issues)
        for issue in issues:
            print(f"{file.parent}: {issue}")
    print(f"{len(cases)} cases, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
