#!/usr/bin/env python3
"""Every case of this folder: what its map makes of in.* is out.json (`map test`), and that is sound, valid and what the region's profiles ask
(where it is a resource: what leaves as a message is compared alone).

    tests/golden/golden.py PROGRAM            # exit 1 when something differs
    tests/golden/golden.py PROGRAM --update   # writes out.json anew: read the difference before you commit it
"""
import json
import subprocess
import sys

import maps


def main():
    program, *more = sys.argv[1:]
    differs = subprocess.run([program, "map", "test", str(maps.HERE), *maps.LIBRARIES, *more]).returncode
    problems, files = 0, sorted(maps.HERE.glob("*/*/out*.json"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    files, texts = zip(*[(file, text) for file, text in zip(files, texts) if json.loads(text)["resourceType"] != "V2Message"])
    for file, text, issues, breaches in zip(files, texts, maps.validated(program, texts), maps.outside_profiles(program, texts)):
        for problem in issues + breaches + maps.unsound(json.loads(text), text):
            problems += 1
            print(f"{file}: {problem}")
    return 1 if differs or problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
