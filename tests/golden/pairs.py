#!/usr/bin/env python3
"""Element by element beside another engine: what its published outcome of a public message holds, and where ours has it.

    tests/golden/pairs.py PROGRAM [--list]    # reads $HUITONG_SHARED/corpora/PAIRS.tsv; exit 77 (skipped) when it is absent

Every value of the other outcome is `same` (at the same element), `elsewhere` (in another element of a resource of that type), or different.
Each difference needs a row in pairs.tsv: a pattern of elements and why ours is otherwise, by intent or because the field is not mapped;
--list prints the reasons by how often they are needed, and the elements that have none.
What both write in their own way is not compared: ids, references, narrative, invented systems, displays that the sender did not send.
"""
import collections
import json
import os
import re
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import maps
from corpora import TYPES, message_type

SHARED = Path(os.environ.get("HUITONG_SHARED", maps.ROOT / "../shared")) / "corpora"
SKIPPED = re.compile(r"^\w+\.(id|meta|text|implicitRules|language|contained)\b|\.reference$|\.div$|\.url$|\.display$|\.system$|^\w+\.request")
# Values at the same element, of those that are not otherwise by intent; the measured figure, rounded down.
AGREEMENT_MIN = 0.62


def leaves(value, path):
    if isinstance(value, dict):
        for name, below in value.items():
            if name != "resourceType":
                yield from leaves(below, f"{path}.{name}")
    elif isinstance(value, list):
        for below in value:
            yield from leaves(below, path)
    elif value is not None and not SKIPPED.search(path):
        yield path, normal(value)


def normal(value):
    """Times as instants, numbers without trailing zeros, texts without blanks around."""
    text = str(value).strip()
    if isinstance(value, bool):
        return text.lower()
    if re.match(r"^\d{4}-\d\d-\d\dT", text):
        try:
            return str(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())
        except ValueError:
            return text
    if re.match(r"^-?\d+\.\d+$", text):
        return text.rstrip("0").rstrip(".")
    return text


def facts(bundle):
    out = collections.defaultdict(set)
    for entry in bundle.get("entry", []):
        kind = entry["resource"]["resourceType"]
        for path, value in leaves(entry["resource"], kind):
            if value and not re.match(r"^http://example\.com/", value):
                out[kind].add((path, value))
    return out


def pairs(program):
    """Facts of the other outcome and of ours for each pair that is a v2 message of a type the map takes, or a document."""
    with tempfile.TemporaryDirectory() as copies:
        for line in (SHARED / "PAIRS.tsv").read_text(encoding="utf-8").splitlines()[1:]:
            source, expected, direction = line.split("\t")
            data = (SHARED / source).read_bytes() if direction in ("v2->fhir", "cda->fhir") else b""
            if direction == "v2->fhir" and message_type(data) in TYPES:
                run = maps.Run(program, "v2-generic", [SHARED / source])
            elif direction == "cda->fhir":
                copy = Path(copies) / "document.xml"  # the name says what it is
                copy.write_bytes(data)
                run = maps.Run(program, "cda-document", [copy])
            else:
                continue
            ours = collections.defaultdict(set)
            for bundle in run.bundles:
                for kind, found in facts(bundle).items():
                    ours[kind] |= found
            if run.bundles:
                with open(SHARED / expected, encoding="utf-8-sig") as file:
                    yield direction, source, facts(json.load(file)), ours


def reasons():
    """(direction, pattern, why) in the order of the table; a direction `*` fits both."""
    rows = [row.split("\t") for row in (maps.HERE / "pairs.tsv").read_text(encoding="utf-8").splitlines() if row and not row.startswith("#")]
    return [(direction, re.compile(pattern + "$"), why) for direction, pattern, why in rows[1:]]


def line(row):
    return (f" {sum(row.values()):6} values, {row['same']:5} same, {row['elsewhere']:4} elsewhere, {row['deliberate']:5} otherwise by intent, "
            f"{row['not mapped']:5} not mapped, {row['open']:4} without a reason")


def main():
    if not (SHARED / "PAIRS.tsv").is_file():
        print(f"skipped: {SHARED}/PAIRS.tsv is not there")
        return 77
    counts = collections.defaultdict(collections.Counter)
    why, used = reasons(), collections.Counter()
    open_ends, examples, read = collections.Counter(), {}, 0
    for direction, source, theirs, ours in pairs(sys.argv[1]):
        read += 1
        for kind, found in theirs.items():
            values = {value for _, value in ours[kind]}
            for path, value in found:
                if (path, value) in ours[kind]:
                    counts[kind]["same"] += 1
                elif value in values:
                    counts[kind]["elsewhere"] += 1
                else:
                    reason = next((text for of, pattern, text in why if of in ("*", direction) and pattern.match(path)), None)
                    counts[kind][reason.partition(":")[0] if reason else "open"] += 1
                    if reason:
                        used[reason] += 1
                    else:
                        open_ends[path] += 1
                        examples.setdefault(path, (source.rsplit("/", 1)[1], value))
    total = collections.Counter()
    for kind, row in sorted(counts.items()):
        total.update(row)
        print(f"{kind:20}" + line(row))
    compared = sum(total.values()) - total["deliberate"]
    agreement = (total["same"] + total["elsewhere"]) / max(compared, 1)
    print(f"{read} pairs:" + line(total) + f"; {agreement:.1%} of what both mean to say is there")
    if "--list" in sys.argv:
        for reason, count in used.most_common():
            print(f"{count:6} {reason}")
        for path, count in open_ends.most_common():
            print(f"{count:6} {path}  {examples[path]}")
    return 1 if total["open"] or not read or agreement < AGREEMENT_MIN else 0


if __name__ == "__main__":
    sys.exit(main())
