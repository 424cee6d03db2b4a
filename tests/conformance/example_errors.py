#!/usr/bin/env python3
"""Every resource of the R4 package through `huitong validate`: the errors that stay are those of docs/validation-examples.md, and no others.

  tests/conformance/example_errors.py --package .cache/hl7.fhir.r4.examples-4.0.1.tgz [--program build/release/huitong] [--update]

--update writes the table anew: read the difference before you commit it. Exit code 1 when table and findings differ.
"""
import argparse
import collections
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/validation-examples.md"
HEAD = "| rule | what | resources | errors | for example |\n|---|---|---|---|---|\n"


def findings(program, package):
    """[(rule, message, file, where)] of every error, and how many resources were looked at."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(package) as tar:
            tar.extractall(folder, [one for one in tar if one.isfile() and one.name.endswith(".json") and "/" not in one.name.removeprefix("package/")])
        files = [file for file in sorted(Path(folder).rglob("*.json")) if '"resourceType"' in file.read_text(encoding="utf-8")]
        done = subprocess.run([program, "validate", *map(str, files), "--format", "json"], capture_output=True, text=True)
        if not done.stdout:
            raise SystemExit(done.stderr[-2000:])
        issues = json.loads(done.stdout)
    return [(one["rule"], one["message"], Path(one["file"]).name, one["where"]) for one in issues if one["severity"] in ("error", "fatal")], len(files)


def subject(rule, message):
    """What a row is about: the extension that stands where it may not, the rule that is broken; nothing where the rule says it all."""
    if rule == "validation-extension-context":
        return message.split()[1].rsplit("/", 1)[-1]
    if rule in ("validation-invariant", "validation-min"):
        return re.sub(r"^Rule (\S+) .*|^(\S+) must .*", r"\1\2", message)
    return ""


def rows_of(found):
    groups = collections.defaultdict(list)
    for rule, message, file, where in found:
        groups[rule, subject(rule, message)].append((file, where))
    return [f"| {rule} | {what} | {len({file for file, _ in places})} | {len(places)} | {min(places)[0].removesuffix('.json')} |"
            for (rule, what), places in sorted(groups.items())]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--package", required=True)
    options.add_argument("--program", default=ROOT / "build/release/huitong")
    options.add_argument("--update", action="store_true")
    options = options.parse_args()
    found, count = findings(options.program, options.package)
    table = HEAD + "\n".join(rows_of(found)) + "\n"
    before, old, after = re.fullmatch(r"(.*?)(\| rule \|.*?\n)(\n.*)", PAGE.read_text(encoding="utf-8"), re.S).groups()
    print(f"{count} resources, {len({file for _, _, file, _ in found})} with an error, {len(found)} errors")
    if options.update:
        PAGE.write_text(before + table + after, encoding="utf-8")
    elif table != old:
        known = set(old.splitlines())
        print("not on the page:", *[row for row in table.splitlines() if row not in known], sep="\n")
        print("no longer found:", *sorted(known - set(table.splitlines())), sep="\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
