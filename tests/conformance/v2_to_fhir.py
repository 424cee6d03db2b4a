#!/usr/bin/env python3
"""The v2-to-FHIR guide as a yardstick: for each mapped row of its published tables, whether our maps do it.

    v2_to_fhir.py PROGRAM TABLES [--missing] [--write docs/v2-to-fhir.md]

TABLES is a folder with the guide's CSV files below segments/, datatypes/ and messages/; they are not part of the project.
A row is *covered* when a rule reads its source and writes its target (the constant too, where the row assigns one).
It is *covered differently* when v2_to_fhir.tsv says by what else, the maps do that, and the golden case named there shows it.
All others are *missing*, with the reason of the first row of v2_to_fhir.tsv that fits, else without one.
"""
import collections
import csv
import re
import sys
from pathlib import Path

from map_facts import Maps

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
MAP = "https://huitong.example/fhir/StructureMap/v2-generic"
TYPES = ("ADT", "ORM", "OML", "OMP", "RDE", "RDS", "RAS", "ORU", "VXU", "MDM", "SIU", "DFT")
# Elements of several types, as they stand in names such as valueQuantity; our maps write them by their stem.
CHOICE = re.compile(r"^(value|effective|onset|deceased|multipleBirth|occurr?ence|performed|collected|medication|allowed|fastingStatus|additive|bounds|"
                    r"dose|quantity|occurred|event)([A-Za-z]\w*)$")
# How many tables the guide publishes; those that TABLES does not hold are not counted.
PUBLISHED = {"segment": 75, "datatype": 105, "message": 13}
NAMES = {"segment": "segments", "datatype": "data types", "message": "messages"}
# Slips of the guide's own paths.
SLIPS = ((r"occurrence\.(bounds|duration|durationUnit)\b", r"occurrence.repeat.\1"), (r"\bcoding\.uri$", "coding.system"), (r"\brole\.coding\.value$", "role.coding.code"),
         (r"\bpayer\b", "payor"), (r"\bcoveragePeriod\b", "period"), (r"\borganziation\b", "organization"), (r"\bcoding\.value\b", "coding.code"),
         (r"\bpractioner\b", "practitioner"))
REFERENCE_END = re.compile(r"[\s)]+$")


class Row:
    """One mapped row: what the guide reads and writes."""

    def __init__(self, table, source, target, assigned):
        self.table, self.source, self.target, self.assigned = table, source, target, assigned
        self.verdict, self.why, self.test = "missing", "", ""

    def key(self):
        return f"{self.target} = {self.assigned}" if self.assigned else self.target


def constant_of(assigned):
    """The text in quotes that a row assigns; None where it only describes a computation."""
    match = re.match(r'^"+(.*?)"+$', assigned.strip())
    return match[1].strip().rstrip("/.") if match and "+" not in match[1] else None


def parts_of(target):
    """participant[1].individual(PractitionerRole.organization(Organization.name)) -> the three paths, without positions."""
    text = REFERENCE_END.sub("", re.sub(r"\[[^\]]*\]", "", target).strip())
    return [part.strip(" .)") for part in text.split("(")]


def normal(path, types):
    """Names of choices by their stem; the type that the last one says is put into `types`."""
    out = []
    names = [name for name in path.split(".") if name]
    for name in names:
        match = CHOICE.match(name)
        out.append(("occurrence" if match[1] == "occurence" else match[1]) if match else "url" if name == "uri" and out[-1:] == ["extension"] else name)
        if match and name == names[-1]:
            types.append(match[2])
    text = ".".join(out)
    for slip, meant in SLIPS:
        text = re.sub(slip, meant, text)
    return text


def rows_of(file):
    """Mapped rows of one CSV file: those with a FHIR target (columns are found by their titles)."""
    table = re.sub(r"^.*? (?:R4|E2)_ | - \S+( \S+)?\.csv$", "", file.name).strip()
    with open(file, encoding="utf-8-sig", newline="") as text:
        lines = list(csv.reader(text))
    head = next((number for number, line in enumerate(lines) if any(cell.startswith(("FHIR Attribute", "Primary Target")) for cell in line)), None)
    if head is None:
        return []
    titles = [re.sub(r"\s.*", "", cell) if cell.startswith(("FHIR", "Vocab")) else cell for cell in lines[head]]
    target = next(number for number, cell in enumerate(lines[head]) if cell.startswith(("FHIR Attribute", "Primary Target")))
    source = titles.index("Identifier") if "Identifier" in titles else 1
    value = next((titles.index(name) for name in ("Assignment", "Derived Mapping", "Segment Map") if name in titles), None)
    out = []
    for line in lines[head + 1:]:
        if len(line) > target and line[target].strip():
            out.append(Row(table, line[source].strip(), line[target].strip(), line[value].strip() if value is not None else ""))
    return out


class Yardstick:
    """Facts of our maps, by type of message and together, and the table of reasons."""

    def __init__(self, program):
        maps = Maps(program, ROOT / "mappings")
        self.by_type = {kind: maps.facts(MAP, kind) for kind in TYPES}
        self.facts = collections.defaultdict(lambda: (set(), set()))
        for facts in self.by_type.values():
            for key, (constants, types) in facts.items():
                self.facts[key][0].update(constants)
                self.facts[key][1].update(types)
        self.by_source = collections.defaultdict(list)
        for source, target in self.facts:
            self.by_source[source].append(target)
        lines = (HERE / "v2_to_fhir.tsv").read_text(encoding="utf-8").splitlines()
        self.reasons = [line.split("\t") for line in lines if line and not line.startswith("#")][1:]

    def writes(self, source, target, types=(), value=None):
        """Does a rule that stands at `source` write `target` or below it, with that type and constant?"""
        for path in self.by_source.get(source, []):
            if path != target and not path.startswith(target + "."):
                continue
            constants, ours = self.facts[source, path]
            typed = not types or path != target or not ours or {kind.lower() for kind in ours} & {kind.lower() for kind in types} or \
                {"string", "code", "date", "instant"} & ours and types[-1].lower() in ("string", "datetime", "time", "codeableconcept")
            if typed and (value is None or value in {one.rstrip("/.") for one in constants}):
                return True
        return False

    def segment(self, row):
        """A row of a segment's table; `$this` writes anything of the resource, a reference points by a number or counts by what it points at."""
        root = re.sub(r"-.*", "", re.search(r"\[(.*)\]", row.table)[1])
        root = {"Patient-GeneralPractitioner": "Patient"}.get(root, root)
        value = constant_of(row.assigned)
        parts = parts_of(row.target.split("=")[0].strip('"'))
        if parts[0] == "$this":
            return any(path.startswith(root + ".") for path in self.by_source.get(row.source, []))
        types = []
        main = f"{root}.{normal(parts[0], types)}"
        if len(parts) == 1:
            return self.writes(row.source, main, types, value) or self.writes(row.source, f"{root}.{parts[0]}", (), value)
        resource, _, below = parts[-1].partition(".")
        if resource == "Annotation":
            return self.writes(row.source, f"{main}.{below}", (), value)
        if below in ("", "identifier") and self.writes(row.source, main + ".identifier"):
            return True
        if len(parts) > 2 and below == "" and self.writes(row.source, normal(parts[-2], types) + ".identifier"):
            return True
        below = normal(below, types)
        return bool(re.match(r"[A-Z]", resource)) and self.writes(row.source, f"{resource}.{below}" if below else resource, types, value)

    def datatype(self, row):
        """A row of a data type's table: some field of that type whose component is written to an element that ends so."""
        kind, component = row.source.partition(".")[::2]
        value, types = constant_of(row.assigned), []
        parts = parts_of(row.target.split("=")[0])
        tail = parts[0] + "." + parts[-1].partition(".")[2] if parts[-1].startswith("Annotation.") else parts[-1] if "." in parts[-1] else parts[0]
        tail = normal(re.sub(r"^(Quantity|Location|HumanName)\.|\.reference$", "", tail), types)
        for (source, target), (constants, _) in self.facts.items():
            place, _, rest = source.partition(".")
            if FIELD_TYPES.get(place) in SAME_TYPES.get(kind, (kind,)) and (rest == component or rest.startswith(component + ".")):
                if re.search(rf"(^|\.){re.escape(tail)}(\.|$)", target) and (value is None or value in constants):
                    return True
        return False

    def message(self, row):
        """A row of a message's table: a segment of that type of message becomes (part of) that resource."""
        kind = row.source.lstrip("/").split("_")[0][:3]
        segment = re.split(r"[.:]", row.source)[-1]
        resource = re.split(r"[\[(.]", row.target)[0]
        return any(source == segment and target.split(".")[0] == resource for source, target in self.by_type.get(kind, {}))

    def judge(self, kind, row):
        if getattr(self, kind)(row):
            row.verdict = "covered"
            return
        for table, source, target, verdict, ours, why, test in self.reasons:
            if re.fullmatch(table, row.table) and re.fullmatch(source, row.source) and re.fullmatch(target, row.key()):
                if verdict == "differently" and not self.shown(row, ours, test):
                    continue
                row.verdict, row.why, row.test = verdict, why, test
                return

    def shown(self, row, ours, test):
        """Do the maps what the reason says, and is there a golden case of it?"""
        path, _, value = ours.partition("=")
        source = re.split(r"[.:]", row.source)[-1] if "." in row.source and "-" not in row.source else row.source
        return self.writes(source, path, (), value or None) and (ROOT / "tests/golden" / test / "out.json").is_file()


def field_types():
    """PID-5 -> XPN, from the generated models."""
    import json
    out = {}
    for file in (ROOT / "fhir-profiles/models").glob("[A-Z][A-Z0-9][A-Z0-9].json"):
        for element in json.loads(file.read_text(encoding="utf-8"))["snapshot"]["element"]:
            if "-" in element["path"] and "type" in element:
                out[element["path"].split(".")[-1]] = element["type"][0]["code"].rsplit("/", 1)[-1]
    return out


FIELD_TYPES = field_types()
# v2.5.1 names and those that came before or after them.
SAME_TYPES = {"CE": ("CWE",), "CF": ("CWE",), "CNE": ("CWE",), "CNN": ("XCN",), "DTM": ("TS",), "TS": ("TS",), "CWE": ("CWE", "VARIES"), "SN": ("VARIES",),
              "ED": ("VARIES",), "RP": ("VARIES",), "NM": ("NM", "VARIES")}


def percent(part, whole):
    return f"{100 * part / whole:.1f} %" if whole else "–"


def summary(tables):
    """Lines of the table of figures."""
    out = ["| tables | given | rows | covered | differently | missing | covered or differently |", "|---|---|---|---|---|---|---|"]
    total, given = collections.Counter(), 0
    for kind, rows in tables.items():
        counts, here = collections.Counter(row.verdict for row in rows), len({row.table for row in rows})
        total.update(counts)
        given += here
        out.append(line_of(NAMES[kind], f"{here} of {PUBLISHED[kind]}", counts))
    return out + [line_of("together", f"{given} of {sum(PUBLISHED.values())}", total)]


def line_of(name, given, counts):
    whole, done = sum(counts.values()), counts["covered"] + counts["differently"]
    return f"| {name} | {given} | {whole} | {counts['covered']} | {counts['differently']} | {counts['missing']} | {percent(done, whole)} |"


def reasons(tables):
    """Lines of the table of reasons, the most frequent first."""
    counts = collections.Counter(row.why for rows in tables.values() for row in rows if row.verdict == "missing")
    return ["| rows missing | why |", "|---|---|"] + [f"| {count} | {why} |" for why, count in counts.most_common()]


def page(tables):
    """The whole document."""
    out = ["# The v2-to-FHIR guide, row by row", "",
           "Written by `tests/conformance/v2_to_fhir.py PROGRAM TABLES --write docs/v2-to-fhir.md`; the guide's tables are not part of this project.",
           "What *covered* means is said at the head of that file, the reasons stand in `tests/conformance/v2_to_fhir.tsv`.", ""]
    out += summary(tables) + [""] + reasons(tables)
    for rows in tables.values():
        for table in dict.fromkeys(row.table for row in rows):
            of_table = [row for row in rows if row.table == table]
            counts = collections.Counter(row.verdict for row in of_table)
            out += ["", f"## {table}", "", f"{counts['covered'] + counts['differently']} of {len(of_table)}.", "",
                    "| source | target | verdict | why |", "|---|---|---|---|"]
            for row in of_table:
                why = row.why + (f" (`tests/golden/{row.test}`)" if row.verdict == "differently" else "")
                out.append(f"| {row.source} | {row.key().replace('|', '&#124;').replace(chr(10), ' ')} | {row.verdict} | {why} |")
    return "\n".join(out) + "\n"


def main():
    program, folder, *more = sys.argv[1:]
    yardstick, tables = Yardstick(program), {}
    for kind, name in NAMES.items():
        tables[kind] = [row for file in sorted((Path(folder) / name.replace(" ", "")).glob("*.csv")) for row in rows_of(file)]
        for row in tables[kind]:
            yardstick.judge(kind, row)
    print("\n".join(summary(tables)))
    if "--missing" in more:
        for rows in tables.values():
            for row in rows:
                if row.verdict == "missing":
                    print(f"{row.table}\t{row.source}\t{row.key()}\t{row.why}")
    if "--write" in more:
        Path(more[more.index("--write") + 1]).write_text(page(tables), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
