#!/usr/bin/env python3
"""Scenario 5 of the domain page: who read it, where it came from, and what was counted. A report that was read in seven ways is asked after; the numbers go to
the level above and lead back to their rows; an edited log, a cut one and one that was rolled back whole are found; one value is traced to its bytes.
(The municipal pull over a line that breaks is chaining.py.)"""
import json
import re
import shutil
import sqlite3
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import samples
from hub import ROOT, Hub, Run, check, run_script, same, wait_for
from peer import sha256
from story import A, Story, agents

X = "341003L0001"
PERIOD = "from=2000-01-01&to=2100-01-01"


def client(name, organization, scopes, more=""):
    return f'\n[[client]]\nid = "{name}"\norganization = "{organization}"\nsecret_sha256 = "{sha256(name + "-sample")}"\nscopes = {json.dumps(scopes)}\n{more}\n'


CLIENTS = (client("platform", "341000PLAT", ["system/*.rs"]) + client("emergency", "341004H0009", ["system/*.rs"], 'practitioner = "2001"\npurposes = ["TREAT", "BTG"]')
           + client("registry", "341004H0009", ["system/Patient.rs"]) + client("portal", "341000PLAT", ["patient/*.rs"], "acts_for_patients = true")
           + client("province", "340000PLAT", ["recognition-statistics", "audit-witness"]))

ABOVE = f"""[server]
http = "127.0.0.1:0"
data = "data"
[content]
structures = ["{ROOT}/fhir-profiles"]
{client("keeper", "340000PLAT", ["system/MeasureReport.cruds"])}"""


class Trail:
    def __init__(self, hub, above, folder, entries):
        self.hub, self.above, self.folder, self.entries = hub, above, folder, entries
        self.story = Story(hub, folder, entries)
        self.data = str(hub.folder / "data")

    def entry(self, name):
        return self.story.entry(name)

    def arrives(self):
        for name in ("adt_a04_key_person.hl7", "oru_cbc_key_person.hl7", "oru_hcv_key_person.hl7"):
            samples.send(self.hub, self.folder, self.entry(name))
        for entry in self.entries:
            if entry["feed"] == "his-b-patients":
                samples.send(self.hub, self.folder, entry)
        self.hub.settle()
        found = [one for one in self.hub.search("Observation", "auditor") if one["performer"][0].get("identifier", {}).get("value") == X]
        same(len(found), 1, "results of the laboratory")
        self.result = found[0]
        self.key = f"Observation/{self.result['id']}"
        self.patient = self.result["subject"]["reference"].split("/")[1]

    # seven ways to read it ----------------------------------------------------------------------------------------------------------------------

    def it_is_read_in_seven_ways(self):
        cards = self.story.hook("his-a", A, "0001234567", [("BGKT-A", "丙肝抗体")])
        check(cards and "EQA-NONE" in cards[0]["detail"], f"the hook: {cards}")
        body = {"patient": {"id": "0001234567"}, "visit_class": "AMB", "practitioner": "8001", "orders": [{"code": "BGKT-A"}]}
        launched = self.hub.post("/recognition/launch", body, "his-a")
        same(self.hub.curl("GET", launched["url"], accept="text/html").status, 200, "the page")
        everything = self.hub.read(f"/fhir/Patient/{self.patient}/$everything?_count=500", "his-b")
        check(self.result["id"] in json.dumps(everything), "$everything gives the result out")
        check(any(one["id"] == self.result["id"] for one in self.hub.search("_history?_since=2000-01-01T00:00:00Z&_count=1000", "platform")), "the pull")
        same(self.read_as("emergency", purpose="BTG", reason="unconscious, no relatives"), 200, "behind broken glass")
        same(self.read_as("registry"), 403, "without a right")
        same(self.read_as("portal", patient=self.patient), 200, "by the resident")

    def read_as(self, name, **fields):
        token = self.hub.token(name, **fields)
        return self.hub.curl("GET", f"/fhir/{self.key}", headers=[f"Authorization: Bearer {token}"]).status

    def the_auditor_finds_them_all(self):
        wanted = {"his-a", "his-b", "platform", "emergency", "registry", "portal"}
        query = f"AuditEvent?entity={self.key}&date=ge2000-01-01&date=le2100-01-01&_count=200"
        def told():
            found = self.hub.search(query, "auditor")
            return found if wanted <= {name for event in found for name in agents(event)} else None
        found = wait_for("all readers are in the trail", told)
        by = lambda name: [event for event in found if name in agents(event)]
        same(len(by("his-a")), 3, "hook, launch and page of A")
        check(any("8001" in agents(event) for event in by("his-a")), "the doctor at A is not named")
        emergency = [event for event in by("emergency") if event["action"] == "R"]
        same(emergency[0]["purposeOfEvent"][0]["text"], "unconscious, no relatives", "the reason of the emergency")
        refused = by("registry")
        same([event["outcome"] for event in refused], ["4"], "the failed attempt")
        for event in found:
            if event["type"]["code"] == "110107":
                continue  # the message that wrote it
            check(event["agent"][0].get("network", {}).get("address"), f"no address: {event['id']}")
            check(event["agent"][0].get("name"), f"no organisation: {event['id']}")
            check(event["purposeOfEvent"][0]["coding"][0]["code"] in ("TREAT", "BTG"), "purpose")
        about = self.hub.search(f"AuditEvent?patient={self.patient}&entity={self.key}&_count=200", "auditor")
        check(len(about) >= 6, f"events about the patient: {len(about)}")
        # The resident sees who read the record, and of nobody else's.
        own = self.hub.token("portal", patient=self.patient)
        page = self.hub.curl("GET", f"/fhir/AuditEvent?entity={self.key}&_count=200", headers=[f"Authorization: Bearer {own}"]).json()
        seen = {name for entry in page.get("entry", []) for name in agents(entry["resource"])}
        check({"his-a", "emergency"} <= seen, f"the resident sees {seen}")

    # numbers ------------------------------------------------------------------------------------------------------------------------------------

    def the_level_above_is_told_the_numbers_and_can_follow_each(self):
        card = self.story.hook("his-b", "341004H0009", "778899", [("XCG-B", "血细胞分析")])[0]
        self.story.feedback("his-b", card, outcome="accepted", acceptedSuggestions=[{"id": card["suggestions"][0]["uuid"]}],
                            outcomeTimestamp="2026-01-01T00:00:00Z")
        report = self.hub.read(f"/recognition/statistics?{PERIOD}&by=receiver&format=measure-report", "province")
        kept = self.above.curl("POST", "/fhir/MeasureReport", "keeper", json.dumps(report, ensure_ascii=False))
        same(kept.status, 201, f"the report at the level above: {kept.text[:600]}")
        same(report["reporter"]["identifier"]["value"], "341000PLAT", "who reports")
        groups = {group["code"]["coding"][0]["code"]: group for group in report["group"]}
        same(groups["M02"]["population"][0]["count"], 1, "adopted")
        same((groups["M11"]["measureScore"]["value"], groups["M11"]["measureScore"]["unit"]), (20.0, "CNY"), "saved")
        check(groups["M06"]["measureScore"]["unit"] == "%", "the rate of the national goal")
        followed = 0
        for code, group in groups.items():
            if "population" not in group:
                continue
            url = group["extension"][0]["valueUrl"]
            rows = self.hub.read(re.sub(r"&by=receiver", "", url), "province")["rows"]
            same(len(rows), group["population"][0]["count"], f"rows behind {code}")
            for row in rows:
                check(self.hub.curl("GET", "/fhir/" + row["resource"], "auditor").status == 200, f"{code}: {row['resource']}") if row.get("resource") else None
                followed += 1
        check(followed >= 5, f"rows followed: {followed}")
        form = self.hub.curl("GET", f"/recognition/statistics?{PERIOD}&by=receiver&format=csv", "province", accept="text/csv").text
        check("徽州区乙医院" in form and "M06 互认率" in form, f"the monthly form: {form[:400]}")
        registers = self.hub.read("/recognition/statistics/registers?date=2026-11-27", "province")
        check(any(one["code"] == "M12-NATION" and one["rows"] for one in registers["measures"]), "institutions with national EQA")
        access = {one["code"]: one["count"] for one in self.hub.read(f"/recognition/statistics/access?{PERIOD}", "province")["measures"]}
        same((access["M21-EMERGENCY"], access["M21-EMERGENCY-READS"]), (1, 1), "emergencies")
        check(access["M21-REFUSED"] >= 1, "refusals")
        # What reads every result of a period reads no more than a quarter at once.
        self.hub.read("/recognition/statistics/record?from=2026-09-01&to=2026-12-02", "province")
        year = self.hub.curl("GET", "/recognition/statistics/record?from=2026-01-01&to=2026-12-31", "province")
        check(400 <= year.status < 500 and "recognition-period-long" in year.text, f"a year at once: {year.status} {year.text[:300]}")

    # one value ----------------------------------------------------------------------------------------------------------------------------------

    def a_value_is_traced_to_its_bytes(self):
        told = self.hub.command("trace", "--config", str(self.hub.configuration), self.key)
        check("lab-x" in told and "OBX" in told, f"the trace: {told[-800:]}")

    # the logs -----------------------------------------------------------------------------------------------------------------------------------

    def checkpoints_are_signed_and_prove_single_records(self):
        self.key_file = self.hub.folder / "key.pem"
        self.key_file.write_text(self.hub.command("audit", "key", "--data", self.data))
        kept = self.hub.curl("GET", "/audit/checkpoint", "province", accept="text/plain")
        check(kept.status == 200 and kept.text.startswith("huitong-checkpoint ") and " signature=" in kept.text, f"the checkpoint: {kept.status} {kept.text[:200]}")
        self.kept = self.hub.folder / "kept"
        self.kept.write_text(kept.text)
        same(self.hub.curl("GET", "/audit/checkpoint", "his-b").status, 403, "a checkpoint for somebody else")
        first = next(line for line in kept.text.split() if line.startswith("access="))
        entry = "access:" + ":".join(first.removeprefix("access=").split(":")[:2])
        proof = self.hub.folder / "proof.json"
        proof.write_text(self.hub.command("audit", "prove", "--data", self.data, "--entry", entry, "--checkpoint", str(self.kept)))
        arguments = ["--proof", str(proof), "--checkpoint", str(self.kept), "--key", str(self.key_file)]
        check("under the signed checkpoint" in self.hub.command("audit", "check-proof", *arguments), "the proof")
        forged = json.loads(proof.read_text())
        forged["record"] = forged["record"].replace("province", "somebody")
        proof.write_text(json.dumps(forged))
        self.hub.command("audit", "check-proof", *arguments, exit_codes=(1,))
        self.hub.command("audit", "verify", "--data", self.data, "--checkpoint", str(self.kept), "--key", str(self.key_file))

    def edits_of_the_logs_are_found(self):
        earlier = self.hub.folder / "earlier"
        self.hub.stop()
        shutil.copytree(self.data, earlier)
        self.hub.start()
        self.read_as("emergency", purpose="BTG", reason="again")
        kept = self.hub.curl("GET", "/audit/checkpoint", "province", accept="text/plain").text
        self.kept.write_text(kept)
        self.hub.stop()
        whole = self.hub.folder / "whole"
        shutil.copytree(self.data, whole)
        place = self.edit_one_event()
        told = self.verify(exit_codes=(1,))
        check("NOT intact" in told, f"an edited event: {told}")
        self.restore(whole)
        check(": intact" in self.verify(), "the untouched copy")
        journal = sorted(Path(self.data, "access-log").glob("*.journal"))[-1]
        journal.write_bytes(journal.read_bytes()[:-40])
        self.verify("--checkpoint", str(self.kept), exit_codes=(1,))
        self.restore(earlier)
        check(": intact" in self.verify(), "a directory rolled back whole looks well by itself")
        self.verify("--checkpoint", str(self.kept), "--key", str(self.key_file), exit_codes=(1,))
        self.restore(whole)
        self.verify("--checkpoint", str(self.kept), "--key", str(self.key_file))
        return place

    def edit_one_event(self):
        """The tool of somebody who may write the database: one event names another reader."""
        base = sqlite3.connect(Path(self.data) / "huitong.db")
        with base:
            row = base.execute("SELECT max(t) FROM log WHERE reason LIKE 'derive%'").fetchone()
            base.execute("UPDATE version SET body = body || x'20' WHERE t_from = ?", row)
        base.close()
        return row[0]

    def verify(self, *more, exit_codes=(0,)):
        return self.hub.command("audit", "verify", "--data", self.data, *more, exit_codes=exit_codes)

    def restore(self, copy):
        shutil.rmtree(self.data)
        shutil.copytree(copy, self.data)

    def play(self):
        for step in (self.arrives, self.it_is_read_in_seven_ways, self.the_auditor_finds_them_all, self.the_level_above_is_told_the_numbers_and_can_follow_each,
                     self.a_value_is_traced_to_its_bytes, self.checkpoints_are_signed_and_prove_single_records, self.edits_of_the_logs_are_found):
            step()
            print("  " + step.__name__.replace("_", " "))


def main():
    with Run() as run:
        messages = run.folder / "messages"
        entries = samples.generate(messages, samples.day_zero())
        hub = run.hub("city", "city", replacements=[
            (f'registers = "{ROOT}/terminology/recognition"', f'registers = "{messages}/recognition"\nplatform = "341000PLAT"'),
            ("# Whoever answers for the trail.", CLIENTS + "\n# Whoever answers for the trail.")])
        folder = run.folder / "province"
        folder.mkdir()
        (folder / "hub.toml").write_text(ABOVE, encoding="utf-8")
        above = Hub(folder / "hub.toml")
        run.hubs.append(above)
        hub.start()
        above.start()
        Trail(hub, above, messages, entries).play()
    print("scenario 5: the trail tells who, whence and how many")


if __name__ == "__main__":
    run_script(main)
