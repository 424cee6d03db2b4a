#!/usr/bin/env python3
"""Public CDA documents through the map of documents: what is XML becomes a valid bundle, and the codes of its entries are kept.

    tests/golden/documents.py PROGRAM [FOLDER …]   # default $HUITONG_SHARED/corpora/cda and …/cn/cda-wst500; exit 77 (skipped) when absent
"""
import collections
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import maps

VALID_AT_LEAST, KEPT_AT_LEAST = 0.95, 0.98
FILE_BYTES_MAX = 4 << 20
HL7 = "{urn:hl7-org:v3}"
# What wraps statements says nothing of its own: concern acts (ActClass CONC) and the bare assertion.
WRAPPERS = {"CONC", "ASSERTION"}


def is_document(file):
    return file.stat().st_size <= FILE_BYTES_MAX and re.search(rb"<(\w+:)?ClinicalDocument\b", file.read_bytes()[:20000])


def codes_of(file):
    """Codes of the entries; none when Python's reader takes the file for no XML."""
    try:
        root = ElementTree.fromstring(file.read_bytes())
    except (ElementTree.ParseError, LookupError):
        return []
    return [re.sub(r"\s+", " ", node.get("code").strip()) for entry in root.iter(HL7 + "entry") for name in ("code", "value")
            for node in entry.iter(HL7 + name) if node.get("code", "").strip() and node.get("code") not in WRAPPERS]


def main():
    program = sys.argv[1]
    shared = Path(os.environ.get("HUITONG_SHARED", maps.ROOT / "../shared")) / "corpora"
    folders = [Path(name) for name in sys.argv[2:]] or [shared / "cda", shared / "cn/cda-wst500"]
    if not all(folder.is_dir() for folder in folders):
        print("skipped: the documents are not there")
        return 77
    counts, lost = collections.Counter(), collections.Counter()
    for file in sorted(file for folder in folders for file in folder.rglob("*.xml") if is_document(file)):
        counts["documents"] += 1
        run = maps.Run(program, "cda-document", [file])
        if run.exit not in (0, 1):
            print(f"{file}: exit {run.exit}")
            return 1
        if run.errors() or not run.texts:
            counts["refused"] += 1
            print(f"{file}: {(run.errors() or ['nothing came out'])[0]}")
            continue
        issues = maps.validated(program, run.texts)[0]
        for issue in issues:
            print(f"{file}: {issue}")
        counts["valid"] += not issues
        for code in codes_of(file):
            counts["codes"] += 1
            lost[code] += f'"{code}"' not in run.texts[0]
    gone = sum(lost.values())
    print(", ".join(f"{count} {what}" for what, count in counts.items()) + f", {gone} codes not kept: {lost.most_common(8)}")
    enough = counts["valid"] >= VALID_AT_LEAST * counts["documents"] and gone <= (1 - KEPT_AT_LEAST) * counts["codes"]
    return 0 if counts["documents"] and enough else 1


if __name__ == "__main__":
    sys.exit(main())
