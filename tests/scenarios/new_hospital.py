#!/usr/bin/env python3
"""An integration engineer's day: from a header row and fifty sample rows of a hospital nobody knows to a checked, tested, live feed.

    tests/scenarios/new_hospital.py              plays the day; what it prints must be what docs/guides/mapping.md shows
    tests/scenarios/new_hospital.py --update     writes the guide's transcript anew
"""
import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from hub import ROOT, Hub, Run, check, program, run_script, same, wait_for

GUIDE = ROOT / "docs/guides/mapping.md"
BEGIN, END = "<!-- new_hospital.py writes this -->\n", "<!-- until here -->\n"
BASE = "https://hospital-n.example/fhir"
HOSPITAL = "341021H0101"
HEADER = ["病历号", "患者姓名", "性别", "出生日期", "联系电话", "报告号", "项目代码", "项目名称", "结果值", "单位", "参考值", "异常标志", "标本采集时间", "审核时间", "机器编号"]
ITEMS = [("N01", "白细胞", "10*9/L", "3.5-9.5"), ("N02", "血红蛋白", "g/L", "115-150"), ("N03", "血小板", "10*9/L", "125-350"), ("N04", "血糖", "mmol/L", "3.9-6.1"),
         ("N05", "乙肝表面抗原", "", "")]
LOINC = {"N01": "6690-2", "N02": "718-7", "N03": "777-3", "N04": "14749-6", "N05": "5195-3"}

# What the engineer writes into the skeleton, and what he adds below it.
TARGETS = {
    "病历号": ("Patient.identifier", ""),
    "患者姓名": ("Patient.name.text", ""),
    "性别": ("Patient.gender", "male=1; female=2; unknown=*"),
    "出生日期": ("Patient.birthDate", ""),
    "联系电话": ("Patient.telecom.value", ""),
    "报告号": ("DiagnosticReport.identifier", ""),
    "项目代码": ("Observation.code", BASE + "/ConceptMap/items"),
    "项目名称": ("Observation.code.text", ""),
    "结果值": ("Observation.value", ""),
    "单位": ("Observation.value.unit", ""),
    "参考值": ("Observation.referenceRange", ""),
    "异常标志": ("Observation.interpretation", ""),
    "标本采集时间": ("Observation.effective", ""),
    "审核时间": ("Bundle.timestamp", ""),
}
ADDED = [
    ("(row.报告号 + '.' + row.项目代码)", "Observation.identifier"),
    ("'official'", "Patient.name.use"),
    ("'phone'", "Patient.telecom.system"),
    ("'laboratory'", "Observation.category"),
    ("'final'", "Observation.status"),
    ("'final'", "DiagnosticReport.status"),
    ("'http://terminology.hl7.org/CodeSystem/v2-0074|LAB'", "DiagnosticReport.category"),
    ("'http://loinc.org|11502-2'", "DiagnosticReport.code"),
    ("审核时间", "Observation.issued"),
    ("审核时间", "DiagnosticReport.issued"),
]
CONFIGURATION = f"""
[server]
http = "127.0.0.1:0"
data = "data"
[content]
terminology = ["{ROOT}/terminology/systems", "codes"]
mappings = ["{ROOT}/mappings/shared", "maps"]
structures = ["{ROOT}/fhir-profiles", "models"]
[recognition]
registers = "{ROOT}/terminology/recognition"
[[feed]]
name = "hospital-n"
kind = "tabular"
organization = "{HOSPITAL}"
map = "{BASE}/StructureMap/NResultMap"
drop = "drop"
charset = "GBK"
table = "results"
key_columns = "报告号,项目代码"
patient_column = "病历号"
poll_ms = 50
[[client]]
id = "his-a"
organization = "{HOSPITAL}"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.rs"]
"""


def write_samples(file):
    """Ten reports of five items, as the hospital's export writes them: GBK, CRLF."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(HEADER)
    for report in range(10):
        for index, (code, name, unit, window) in enumerate(ITEMS):
            value = ["6.5", "132", "210", "5.1", "阴性"][index]
            table.writerow([f"N{7000 + report}", f"受检者{'甲乙丙丁戊己庚辛壬癸'[report]}", 1 + report % 2, f"19{60 + report}-03-0{1 + report % 9}", "0559-0000000",
                            f"R26{report:04d}", code, name, value, unit, window, "", "2026-11-20 08:05:00", f"2026/11/20 1{report % 3}:30", "M3"])
    file.write_bytes(out.getvalue().encode("gbk"))


class Day:
    """Commands as they are typed, and what they print; in the folder of the new hospital."""

    def __init__(self, folder):
        self.folder = folder
        self.transcript = ""

    def say(self, words):
        self.transcript += f"\n{words}\n\n"

    def type(self, *arguments, exit_code=0, lines=None):
        done = subprocess.run([program(), *arguments], cwd=self.folder, capture_output=True, text=True, timeout=120, env={**os.environ, "LC_ALL": "C.UTF-8"})
        printed = (done.stderr + done.stdout).replace(str(ROOT), "…").splitlines()
        check(done.returncode == exit_code, f"huitong {' '.join(arguments)}: exit {done.returncode}\n" + "\n".join(printed))
        shown = printed if lines is None or len(printed) <= lines else printed[:lines] + ["…"]
        command = " ".join(f"'{one}'" if " " in one else one for one in arguments).replace(str(ROOT), "…")
        self.transcript += "```\n$ huitong " + command + "\n" + "".join(line + "\n" for line in shown) + "```\n"
        return printed


def fill_sheet(file, targets):
    """What the engineer does in a spreadsheet."""
    lines = file.read_text(encoding="utf-8").splitlines()
    head = [line.replace("# about: ", "# about: Patient, DiagnosticReport, Observation") for line in lines if line.startswith("#")]
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["source", "target", "condition", "code_map", "note"])
    for row in rows:
        target, code_map = targets.get(row["source"], ("", ""))
        table.writerow([row["source"], target, "", code_map, row["note"]])
    for source, target in ADDED:
        table.writerow([source, target, "", "", ""])
    file.write_text("\n".join(head) + "\n" + out.getvalue(), encoding="utf-8")


def write_code_map(file, gaps):
    """The rows that `map gaps` gave, with the codes that the laboratory and the engineer agreed on."""
    rows = [line for line in csv.DictReader(gaps)]
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["code", "name", "target_system", "target_code", "target_name", "relationship", "reviewed_by", "unit", "note"])
    for row in sorted(rows, key=lambda one: one["code"]):
        table.writerow([row["code"], row["name"], "http://loinc.org", LOINC[row["code"]], "", "equivalent", "检验科 2026-11-20", "", ""])
    file.write_text(f"# url: {BASE}/ConceptMap/items\n# version: 1\n# title: items\n# source: urn:huitong:organization:{HOSPITAL}:lab-item\n"
                    "# target: http://loinc.org\n" + out.getvalue(), encoding="utf-8")


def play(run):
    folder = run.folder / "hospital-n"
    for name in ("models", "maps", "codes", "cases/one", "drop"):
        (folder / name).mkdir(parents=True)
    day = Day(folder)
    write_samples(folder / "results.csv")
    everything = ["--maps", f"{ROOT}/mappings/shared", "--maps", "maps", "--structures", "models", "--structures", f"{ROOT}/fhir-profiles", "--terminology", "codes"]
    url = BASE + "/StructureMap/NResultMap"

    day.say("The hospital sent `results.csv`: a header and fifty rows, in GBK.")
    day.type("map", "model", "--from", "results.csv", "--name", "NResult", "--title", "results of hospital N", "--base", BASE, "--out", "models")
    sheet = folder / "models/NResult.csv"
    day.say("The sheet has a row a column; `note` says what the cells look like. It is filled in with a spreadsheet program; the first time with a slip.")
    fill_sheet(sheet, {**TARGETS, "出生日期": ("Patient.birthdate", "")})
    day.type("map", "sheet", "models/NResult.csv", "--structures", "models", "--out", "maps/n-result.map", exit_code=1)
    text = sheet.read_text(encoding="utf-8").replace("Patient.birthdate", "Patient.birthDate")
    sheet.write_text(text, encoding="utf-8")
    day.type("map", "sheet", "models/NResult.csv", "--structures", "models", "--out", "maps/n-result.map")

    day.say("The laboratory's items have no codes yet. The gaps come as rows of a code map, which the laboratory fills in.")
    (folder / "codes/items.csv").write_text(f"# url: {BASE}/ConceptMap/items\n# version: 0\n# title: items\n# source: urn:huitong:organization:{HOSPITAL}:lab-item\n"
                                            "# target: http://loinc.org\ncode,name,target_system,target_code,target_name,relationship,reviewed_by,unit,note\n",
                                            encoding="utf-8")
    gaps = day.type("map", "gaps", "--map", url, "--format", "csv", "--set", f"organization={HOSPITAL}", *everything, "results.csv", exit_code=1)
    write_code_map(folder / "codes/items.csv", gaps)

    day.say("Now the check, before any message comes.")
    day.type("map", "check", "maps/n-result.map", *everything)
    day.say("One report becomes a case: its outcome is written once, read by a person, and compared from then on.")
    with open(folder / "results.csv", "rb") as rows:
        (folder / "cases/one/in.csv").write_bytes(b"".join(rows.readlines()[:6]))
    (folder / "cases/case.toml").write_text(f'map = "{url}"\ncharset = "GBK"\nnow = "2026-11-20T12:00:00+08:00"\n[settings]\norganization = "{HOSPITAL}"\n', encoding="utf-8")
    day.type("map", "test", "cases", "--update", *everything)
    day.type("map", "test", "cases", *everything)
    day.say("What do the rows hold that no rule reads? Only the machine's number, and that is as the laboratory wants it.")
    day.type("map", "coverage", "--map", url, "--set", f"organization={HOSPITAL}", *everything, "results.csv", lines=3)

    day.say("The feed is a block of the configuration. `doctor` looks at what it stands on, `feed test` shows what the file would become; nothing is stored yet.")
    (folder / "hub.toml").write_text(CONFIGURATION, encoding="utf-8")
    printed = [line for line in day_free(day, "doctor", "--config", "hub.toml", "--feed", "hospital-n")]
    check(all(line.startswith("ok") for line in printed), "\n".join(printed))
    rehearsed = day_free(day, "feed", "test", "--config", "hub.toml", "--feed", "hospital-n", "results.csv")
    same(sum("would be applied" in line for line in rehearsed), 50, "rows that would be applied")
    check(not any("gap" in line for line in rehearsed), "a code without translation")
    day.transcript += "```\n$ huitong feed test --config hub.toml --feed hospital-n results.csv\n" + rehearsed[0] + "\n…\n```\n"

    day.say("Then it is live: `huitong serve`, and the hospital's job drops its file.")
    hub = Hub(folder / "hub.toml").start()
    run.hubs.append(hub)
    shutil.copyfile(folder / "results.csv", folder / "drop/results.csv.part")
    os.rename(folder / "drop/results.csv.part", folder / "drop/results.csv")
    wait_for("the file is taken", lambda: (folder / "drop/done/results.csv").exists())
    hub.settle()
    state = json.loads(hub.command("feed", "list", "--config", str(hub.configuration), "--format", "json"))
    same([state["applied"], state["dead_letters"]], [50, 0], "applied and dead letters")
    found = hub.search("Observation?code=http://loinc.org|718-7&_count=50", "his-a")
    same(len(found), 10, "haemoglobins in the record")
    same({one["valueQuantity"]["code"] for one in found}, {"g/L"}, "their unit")
    same(len(hub.search("Patient?gender=female", "his-a")), 5, "women")
    reports = hub.search("DiagnosticReport?_count=50", "his-a")
    same(len(reports), 10, "reports")
    same({one["subject"]["reference"] for one in reports}, {one["subject"]["reference"] for one in found}, "patients of reports and results")
    day.transcript += "```\n$ huitong feed list --config hub.toml\n…\nreceived 50, applied 50, waiting 0, duplicates 0, dead letters 0\n```\n"
    return day.transcript


def day_free(day, *arguments):
    """A command whose whole answer is not for the guide."""
    done = subprocess.run([program(), *arguments], cwd=day.folder, capture_output=True, text=True, timeout=120)
    check(done.returncode == 0, f"huitong {' '.join(arguments)}: exit {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout.splitlines()


def main():
    with Run() as run:
        transcript = play(run)
    guide = GUIDE.read_text(encoding="utf-8")
    before, _, rest = guide.partition(BEGIN)
    _, _, after = rest.partition(END)
    written = before + BEGIN + transcript + "\n" + END + after
    if "--update" in sys.argv:
        GUIDE.write_text(written, encoding="utf-8")
    check("--update" in sys.argv or written == guide, "the transcript of docs/guides/mapping.md is not what the day prints now: run with --update")
    print("a new hospital: model, sheet, codes, check, case, coverage, rehearsal, live: 50 rows in the record")


if __name__ == "__main__":
    run_script(main)
