#!/usr/bin/env python3
"""Keeps the house honest: rooms look only downwards, lengths stay bounded, names are the field's, rules have words.

Run by ctest as `tidy`; prints every finding as file:line: text and exits 1 when there is one.
"""
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (ROOT / "engine/layers.txt").read_text().split()
FILE_LINES_MAX, FUNCTION_LINES_MAX, COLUMNS_MAX = 800, 70, 160
# What an adapter may see of the engine.
ADAPTER_MAY = re.compile(r"^(base/|fhir/|signature/|feeds/adapter\.hpp$|adapters/)")
BANNED_NAMES = re.compile(r"(?<![.:>])\b(get_[a-z]\w*|\w*[Uu]tils?\b|[a-z]\w*_helper)\s*\(")
BANNED_FILES = re.compile(r"(utils?|helpers?|misc|common)\.(cpp|hpp)$")
UNFINISHED = re.compile(r"\b(TODO(?!\(#\d+\))|FIXME|XXX|HACK)\b")
MACHINE = re.compile(r"(^|[^A-Za-z0-9_.])/(work|farm|home|root|mnt|srv)/[A-Za-z]")
TOP_LEVEL = {
    ".ci", ".clang-format", ".clang-tidy", ".gitignore", "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md",
    "adapters", "console", "docs", "engine", "fhir-profiles", "mappings", "samples", "scripts", "terminology", "tests"}
findings = []


def tracked():
    names = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def find(path, line, text):
    findings.append(f"{path.relative_to(ROOT)}:{line}: {text}")


def check_includes(path, lines):
    parts = path.relative_to(ROOT).parts
    for number, line in enumerate(lines, 1):
        match = re.match(r'#include "([^"]+)"', line)
        if not match:
            continue
        target = match[1]
        room = target.split("/")[0]
        if parts[0] == "engine":
            here = parts[1]
            if room == "adapters" and here != "app":
                find(path, number, f"engine never includes adapters ({target})")
            elif room in ROOMS and ROOMS.index(room) > ROOMS.index(here):
                find(path, number, f"room {here} may not look up at {target}")
        elif parts[0] == "adapters" and not ADAPTER_MAY.match(target):
            find(path, number, f"an adapter may include base, fhir, signature and feeds/adapter.hpp only, not {target}")


def check_functions(path, lines):
    """A function body is what stands between a line ending in '{' at indent n and the '}' at the same indent."""
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and re.match(r"^(?!namespace|struct|class|enum|union|constexpr .*=|const .*=|static .*=|extern|\}|#|//)\S.*\{\s*$", line) and "(" in line:
            start = number
        elif start is not None and line.startswith("}"):
            if number - start + 1 > FUNCTION_LINES_MAX:
                find(path, start, f"function of {number - start + 1} lines (at most {FUNCTION_LINES_MAX})")
            start = None


def check_source(path, lines):
    if len(lines) > FILE_LINES_MAX:
        find(path, 1, f"{len(lines)} lines (at most {FILE_LINES_MAX})")
    if BANNED_FILES.search(path.name):
        find(path, 1, "a file is named for what it holds")
    for number, line in enumerate(lines, 1):
        # A long text in a test is data: breaking it would hide what is tested.
        if len(line) > COLUMNS_MAX and not (str(path).startswith(str(ROOT / "tests")) and 'R"(' in "".join(lines[max(0, number - 3) : number])):
            find(path, number, f"{len(line)} columns (at most {COLUMNS_MAX})")
        code = line.split("//")[0]
        if match := BANNED_NAMES.search(code):
            find(path, number, f"name {match[1]}: say what it gives")
        if re.search(r"co_await [^;]*\w\{[^;]*;", code) and "tests/" not in str(path):
            find(path, number, "no braced temporary in an awaited expression: g++ 12 destroys it twice; name a local and move it in")
        # The one `new` left is for a private constructor, and it goes straight into its owner.
        if re.search(r"\bnew [A-Za-z_:]+[({;]", code) and not re.search(r"unique_ptr<\w+>\(new ", code):
            find(path, number, "no raw new")
    check_includes(path, lines)
    check_functions(path, lines)


def rules_in_catalogue():
    rules = {}
    for table in sorted((ROOT / "engine/base/catalogue").glob("*.tsv")):
        for number, line in enumerate(table.read_text(encoding="utf-8").split("\n"), 1):
            if not line or line.startswith("#"):
                continue
            cells = line.split("\t")
            if len(cells) < 3 or not all(cells[:3]):
                find(table, number, "a rule needs its id, its English and its Chinese words")
            if cells[0] in rules:
                find(table, number, f"rule {cells[0]} stands twice (also {rules[cells[0]]})")
            rules[cells[0]] = table.name
    return rules


def check_rules(sources):
    rules = rules_in_catalogue()
    use = re.compile(r'\b(?:fatal|error|warning|information)\(\s*IssueCode::\w+,\s*(?:[^,"]|"[^"]*")*?,\s*"([a-z][a-z0-9-]+)"')
    for path, text in sources:
        for match in use.finditer(text):
            if match[1] not in rules:
                find(path, text[: match.start()].count("\n") + 1, f"rule {match[1]} has no words in engine/base/catalogue")


def main():
    sources = []
    for path in tracked():
        relative = str(path.relative_to(ROOT))
        if relative.split("/")[0] not in TOP_LEVEL:
            find(path, 1, "nothing but the rooms of the house stands at the top level")
        if path.suffix not in {".cpp", ".hpp", ".py", ".sh", ".md", ".toml", ".cmake", ".map", ".csv", ".tsv", ".txt", ""}:
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        lines = text.split("\n")
        for number, line in enumerate(lines, 1):
            if relative != "tests/tidy/tidy.py" and path.suffix not in {".csv", ".tsv"}:
                if UNFINISHED.search(line):
                    find(path, number, "an unfinished part is an issue of the tracker, not a remark")
                if MACHINE.search(line):
                    find(path, number, "a path of one machine")
        if path.suffix in {".cpp", ".hpp"} and relative.startswith(("engine/", "adapters/", "tests/", "scripts/")):
            check_source(path, lines)
            if not relative.startswith("tests/"):
                sources.append((path, text))
    check_rules(sources)
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings in {len(sources)} sources")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
