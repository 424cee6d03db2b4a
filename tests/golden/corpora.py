#!/usr/bin/env python3
"""Public v2 messages of the types the maps take, through v2-generic: no crash, and what is mapped without an error is sound and valid.

    tests/golden/corpora.py PROGRAM [FOLDER]    # FOLDER: default $HUITONG_SHARED/corpora/hl7v2; exit 77 (skipped) when it is absent
"""
import collections
import os
import re
import sys
import tempfile
from pathlib import Path

import maps

TYPES = {f"ADT^A{number:02}" for number in (*range(1, 17), 18, 21, 22, 23, 25, 26, 27, 28, 29, 31, 32, 33, 34, 38, 40)} | set(
    "DFT^P03 MDM^T01 MDM^T02 MDM^T04 MDM^T06 MDM^T08 MDM^T10 MDM^T11 OMG^O19 OML^O21 OMP^O09 ORM^O01 ORU^R01 RDE^O01 RDE^O11 RDE^O25 RDS^O01 RDS^O13 SIU^S12 SIU^S13 SIU^S14 SIU^S15 SIU^S26 VXU^V04".split())
HEADER = re.compile(rb"MSH\|[^\r\n]*")
FILE_BYTES_MAX = 1 << 20


def message_type(data):
    found = HEADER.search(data)
    fields = found[0].decode("latin-1").split("|") if found else []
    return "^".join(fields[8].split("^")[:2]) if len(fields) > 8 else ""


def main():
    program = sys.argv[1]
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else Path(os.environ.get("HUITONG_SHARED", maps.ROOT / "../shared")) / "corpora/hl7v2")
    if not folder.is_dir():
        print(f"skipped: {folder} is not there")
        return 77
    counts, problems = collections.Counter(), []
    with tempfile.TemporaryDirectory() as copies:
        for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size <= FILE_BYTES_MAX):
            data = file.read_bytes()
            if message_type(data) not in TYPES:
                continue
            copy = Path(copies) / f"{counts['files']}.hl7"
            copy.write_bytes(data)
            counts["files"] += 1
        inputs = sorted(Path(copies).iterdir(), key=lambda path: int(path.stem))
        # One by one a crash would name its file; in portions it is forty times as fast and names the portion.
        for begin in range(0, len(inputs), 50):
            run = maps.Run(program, "v2-generic", inputs[begin : begin + 50])
            if run.exit not in (0, 1):
                problems.append(f"exit {run.exit} in files {begin} to {begin + 49}")
            failed = told_errors(run)
            for number, (bundle, text, issues) in enumerate(zip(run.bundles, run.texts, maps.validated(program, run.texts))):
                counts["messages"] += 1
                counts["resources"] += len(bundle.get("entry", []))
                counts["with errors"] += number in failed
                if number in failed:
                    continue
                counts["invalid"] += bool(issues)
                problems += maps.unsound(bundle, text)
                problems += [issue for issue in issues if "per-1" not in issue]  # a period that the sender wrote backwards
    for problem in problems:
        print(problem)
    print(", ".join(f"{count} {what}" for what, count in counts.items()) + f", {len(problems)} problems")
    return 1 if problems or not counts["messages"] else 0


def told_errors(run):
    """Numbers of the messages of a run with an error: those of decoding name their message, those of mapping stand behind its name."""
    names = [line for line in run.notes if re.match(r"^\S+\.hl7(#\d+)?$", line)]
    errors, failed, last = set(run.errors()), set(), ""
    for line in run.notes:
        if line in names:
            last = line
        elif line in errors:
            named = re.match(r"^\S+\.hl7(#\d+)?(?=:)", line)
            failed.add(named[0] if named else last)
    return {number for number, name in enumerate(names) if name in failed or name.split("#")[0] in failed}


if __name__ == "__main__":
    sys.exit(main())
