#!/usr/bin/env python3
"""Writes the feeds of the sample hospitals: deterministic, with planted traps, and a manifest of what each message must do.

    scripts/samples/generate.py --out DIR [--day-zero YYYY-MM-DD] [--core] [--pacs URL]
    scripts/samples/generate.py --check        # the committed samples are what this program writes

Day zero is the day on which the doctor at hospital B orders (default 2026-11-21); every date, in messages, tables and the
registers under DIR/recognition, is placed relative to it. --core writes the story's messages alone, which are the ones
committed under samples/.
"""
import argparse
import datetime
import filecmp
import json
import shutil
import sys
import tempfile
from pathlib import Path

import story
from hl7 import B, T, X
from tables import tables
from township import township
from writer import CBC, CHEMISTRY_A, CHEMISTRY_B, SEED, SERUM, Samples, filler, table

ROOT = Path(__file__).resolve().parents[2]
STORY_DAY = datetime.date(2026, 11, 21)
PACS = "http://127.0.0.1:8042/dicom-web"
PHASES = ("history", "story", "resend", "refused", "after-adoption")


def tell_story(s):
    story.blood_count(s)
    story.names(s)
    story.identities(s)
    story.refused(s)
    story.chemistry(s)
    story.infection(s)
    township(s, s.by_name[story.KEY], 0, "story")
    tables(s, [person for person in s.people if B in person.ids][:6], "story", -4)


def history_of_city(s, index, person):
    """What hospital A and the laboratory measured of one person in the year."""
    day = -7 - int(s.rng.random() * 350)
    collected = s.at(day, 7, int(s.rng.random() * 170))
    report = {"collected": collected, "reported": collected + datetime.timedelta(minutes=50)}
    stem = f"history/oru_cbc_{index + 1:03d}"
    s.result_a(stem, person, s.draw(CBC), number=filler("JY", collected, 100 + index), **report)
    if index % 2 == 0:
        s.result_a(f"history/oru_chemistry_{index + 1:03d}", person, s.draw(CHEMISTRY_A), number=filler("JS", collected, 100 + index),
                   group=("SHQT-A", "生化检验"), specimen=SERUM, device="Roche^cobas 8000", mark="安徽HR", **report)
    if index == 30:
        s.result_a("history/oru_cbc_haemolysed", person, s.draw(CBC), collected=s.at(-2, 8), reported=s.at(-2, 9),
                   number=filler("JH", s.at(-2, 8), 1), quality="溶血", mark="全国HR", traps=["specimen flagged as haemolysed in OBR-13"])
    if index % 20 == 3:
        values, number = s.draw(CBC), filler("JP", collected, 100 + index)
        for name, status, effect in (("preliminary", "P", "stored"), ("final", "F", "new version")):
            s.result_a(f"{stem}_{name}", person, values, number=number, status=status, effect=effect,
                       traps=["preliminary, then final"], **report)
    if X in person.ids:
        positive = "阴性" if index % 4 else "阳性"
        item = ("HBSAG", "乙型肝炎表面抗原", "阴性") if index % 2 else ("HCVAB", "丙型肝炎病毒抗体", positive)
        s.result_x(f"history/oru_{index + 1:03d}", person, day, item)


def history(s):
    """A year of ordinary work, so that lists, windows and statistics have something to stand on."""
    for index, person in enumerate(s.people):
        history_of_city(s, index, person)
    county = [person for person in s.people if B in person.ids]
    for index, person in enumerate(county):
        day = -3 - int(s.rng.random() * 350)
        values = [(code, name, value, unit, interval, "") for code, name, value, unit, interval in s.draw(CHEMISTRY_B)]
        traps = ["mg/dL", "charset: GBK without MSH-18"] + (["lapsed certificate"] if day > -21 else [])
        s.result_b(f"history/oru_{index + 1:03d}", person, values, collected=s.at(day, 8, index), reported=s.at(day, 9, index),
                   sent=s.at(day, 10, index), number=f"L{900 + index}", traps=traps)
    tables(s, county[:10], "history", -200)
    tables(s, county[10:20], "history", -90)
    for index, person in enumerate([person for person in s.people if T in person.ids][1:], 1):
        township(s, person, index, "history")


def renewal(s):
    """B's next certificate, to be appended to the register after the story: valid from the day after the old one ended."""
    header = ["id", "laboratory", "item_group", "item", "level", "area", "area_label", "result", "valid_from", "valid_to"]
    row = ["HS-2027-CH-0009", B, "chemistry", "", "city", "3410", "黄山", "pass", str(s.at(-20, 0).date()), str(s.at(344, 0).date())]
    (s.out / "eqa_renewal.csv").write_bytes(table(header, [row], "\n").encode("utf-8"))


def registers(s):
    """The registers, with every date moved as the story is: a certificate that had run out has run out on any day."""
    shift = s.day - STORY_DAY
    source, target = ROOT / "terminology/recognition", s.out / "recognition"
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.md"))
    for name in ("institutions.csv", "eqa.csv", "catalogue.csv"):
        lines = (source / name).read_text(encoding="utf-8").split("\n")
        header = next(line for line in lines if not line.startswith("#")).split(",")
        period = [header.index(column) for column in ("valid_from", "valid_to")]
        (target / name).write_text("\n".join(moved(line, period, shift) for line in lines), encoding="utf-8")


def moved(line, period, shift):
    """A register row whose period is moved; comments and the header stay."""
    cells = line.split(",")
    if line.startswith("#") or len(cells) < 3:
        return line
    for column in period:
        if cells[column][:1].isdigit():
            cells[column] = str(datetime.date.fromisoformat(cells[column]) + shift)
    return ",".join(cells)


def write(out, day_zero, core, pacs):
    s = Samples(out, day_zero, pacs)
    tell_story(s)
    renewal(s)
    if not core:
        history(s)
        registers(s)
    s.entries.sort(key=lambda entry: (PHASES.index(entry["phase"]), entry["sent"]))
    manifest = {"day_zero": str(day_zero), "seed": SEED, "people": len(s.people), "messages": len(s.entries),
                "results": sum(entry["results"] for entry in s.entries), "phases": list(PHASES),
                "feeds": sorted({entry["feed"] for entry in s.entries}), "entries": s.entries}
    (s.out / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return manifest


def check():
    """The committed samples are exactly what --core writes for the story's day."""
    with tempfile.TemporaryDirectory() as fresh:
        manifest = write(fresh, STORY_DAY, True, PACS)
        names = [entry["file"] for entry in manifest["entries"]] + ["manifest.json", "eqa_renewal.csv"]
        committed = ROOT / "samples"
        wrong = [name for name in names
                 if not (committed / name).is_file() or not filecmp.cmp(committed / name, Path(fresh) / name, shallow=False)]
    for name in wrong:
        print("differs or is missing: samples/" + name)
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", help="folder to write to")
    parser.add_argument("--day-zero", type=datetime.date.fromisoformat, default=STORY_DAY)
    parser.add_argument("--core", action="store_true", help="the story's messages alone")
    parser.add_argument("--pacs", default=PACS, help="where the township's images are served (DICOMweb)")
    parser.add_argument("--check", action="store_true", help="compare the committed samples with what would be written")
    options = parser.parse_args()
    if options.check:
        return check()
    if not options.out:
        parser.error("--out is needed")
    manifest = write(options.out, options.day_zero, options.core, options.pacs)
    print(f"{manifest['messages']} messages, {manifest['results']} results of {manifest['people']} people, "
          f"day zero {manifest['day_zero']}: {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
