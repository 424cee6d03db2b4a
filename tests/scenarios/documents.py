#!/usr/bin/env python3
"""Clinical documents dropped into a folder: what they say is in the shared record, as theirs; what cannot be taken stands beside its reason.

    tests/scenarios/documents.py
"""
import json
import re
import subprocess

from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Hub, Run, check, play_steps, run_script, same, wait_for

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[demo]
unassigned_regions = true
[[feed]]
name = "documents"
kind = "cda"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/cda-document"
drop = "drop"
poll_ms = 50
post = "gateway, his-a"
[[client]]
id = "his-a"
organization = "341002H0001"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.cruds"]
[[client]]
id = "auditor"
organization = "341000PLAT"
role = "auditor"
secret_sha256 = "484f8e25c30f3b1ca4ef2c289c072d88a31994938412e13fc3798a987f9b7182"
scopes = ["system/*.rs"]
"""
SAMPLES = ROOT / "tests/golden/cda-document"
DIAGNOSIS = re.compile(r'<component>\s*<section>\s*<code code="29548-5".*?</section>\s*</component>', re.S)
NUMBER = "urn:oid:2.16.156.10011.1.1|RN20261120000731"


class Play:
    def __init__(self, hub):
        self.hub = hub
        self.report = (SAMPLES / "laboratory_report/in.xml").read_text(encoding="utf-8")

    def drop(self, name, data):
        folder = self.hub.folder / "drop"
        wait_for("the feed watches its folder", folder.is_dir)
        part = folder / f".{name}"
        part.write_bytes(data)
        part.rename(folder / name)
        wait_for(f"{name} is taken", lambda: (folder / "done" / name).exists() or (folder / "failed" / name).exists())
        self.hub.settle()
        return (folder / "done" / name).exists()

    def composition(self):
        found = self.hub.search(f"Composition?identifier={NUMBER}", "his-a")
        same(len(found), 1, "compositions with the document's number")
        return found[0]

    def a_report_in_gb18030_comes_into_the_record(self):
        """The template declares UTF-8, the system writes its own charset."""
        check(self.drop("report.xml", self.report.encode("gb18030")), "the report is taken")
        same(self.composition()["title"], "检验报告", "title")
        patients = self.hub.search("Patient?identifier=urn:oid:2.16.156.10011.1.3|990102198811070025", "his-a")
        same([name["text"] for patient in patients for name in patient["name"]], ["喆婉婷"], "the patient by citizen number")
        subject = f"Patient/{patients[0]['id']}"
        conditions = self.hub.search(f"Condition?subject={subject}", "his-a")
        same([condition["code"]["coding"][0]["code"] for condition in conditions], ["I10.x00"], "diagnoses")
        values = [one["valueQuantity"]["value"] for one in self.hub.search(f"Observation?subject={subject}", "his-a") if "valueQuantity" in one]
        same(values, [4.1], "measured values")

    def the_same_document_changes_nothing(self):
        before = self.composition()["meta"]["versionId"]
        check(self.drop("again.xml", self.report.encode("gb18030")), "a duplicate is taken")
        same(self.composition()["meta"]["versionId"], before, "version after the same bytes")

    def a_corrected_document_becomes_the_next_version(self):
        corrected = self.report.replace('value="4.10"', 'value="4.70"').replace('effectiveTime value="20261120093000"', 'effectiveTime value="20261120110000"')
        check(self.drop("corrected.xml", corrected.encode()), "the correction is taken")
        values = [one["valueQuantity"]["value"] for one in self.hub.search("Observation?code=DE04.30.009.00", "his-a")]
        same(values, [4.7], "the value after the correction")
        history = self.hub.read(f"/fhir/Composition/{self.composition()['id']}/_history", "his-a")
        same(len(history["entry"]), 2, "versions of the composition")

    def version(self, hour, number="RN20261120000731", instead_of="RN20261120000730", diagnosis=True):
        """A version of the report, with or without its diagnosis."""
        text = self.report.replace('effectiveTime value="20261120093000"', f'effectiveTime value="202611201{hour}0000"')
        text = re.sub("RN2026112000073[01]", lambda found: {"RN20261120000731": number}.get(found[0], instead_of), text)
        return (text if diagnosis else DIAGNOSIS.sub("", text)).encode()

    def states(self, code="I10.x00"):
        """Status of the diagnoses of that code, by the document that said it."""
        found = self.hub.search(f"Condition?code={code}", "his-a")
        return {one["identifier"][0]["value"].split("#")[0].split("/")[-1]: one.get("verificationStatus", {"coding": [{"code": "holds"}]})["coding"][0]["code"] for one in found}

    def what_a_correction_leaves_out_is_entered_in_error(self):
        check(self.drop("shorter.xml", self.version(2, diagnosis=False)), "a correction without the diagnosis is taken")
        same(list(self.states().values()), ["entered-in-error"], "the diagnosis that is left out")
        condition = self.hub.search("Condition?code=I10.x00", "his-a")[0]
        check("clinicalStatus" not in condition, "an error has no clinical status")
        told = self.hub.search(f"Provenance?target=Condition/{condition['id']}", "his-a")
        same(len(told), 3, "three messages wrote it")
        check(self.drop("late.xml", self.version(1).replace(b"</title>", b" </title>")), "an older version is taken behind it")
        same(list(self.states().values()), ["entered-in-error"], "the diagnosis after an older version came late")
        check(self.drop("longer.xml", self.version(3)), "a correction that says it again is taken")
        check(list(self.states().values()) != ["entered-in-error"], "the diagnosis that is said again")

    def a_document_that_replaces_another_takes_its_place(self):
        check(self.drop("replacement.xml", self.version(4, number="RN20261120000732", instead_of="RN20261120000731")), "the replacement is taken")
        states = self.states()
        same({number: state == "entered-in-error" for number, state in states.items()}, {"RN20261120000731": True, "RN20261120000732": False}, "whose diagnosis holds")
        same(self.composition()["status"], "entered-in-error", "the document that was replaced")
        values = [one["status"] for one in self.hub.search("Observation?code=DE04.30.009.00", "his-a")]
        same(sorted(values), ["entered-in-error", "final"], "the result stands once")

    def what_was_replaced_before_it_came_holds_nothing(self):
        check(self.drop("before.xml", self.version(0, number="RN20261120000730", instead_of="RN0")), "the first document comes last")
        same(self.states()["RN20261120000730"], "entered-in-error", "its diagnosis")
        same(self.states()["RN20261120000732"] == "entered-in-error", False, "the diagnosis that holds")

    def of_two_that_name_each_other_the_later_one_holds(self):
        for number, other, hour in (("RNX1", "RNX2", 4), ("RNX2", "RNX1", 5)):
            check(self.drop(f"{number}.xml", self.version(hour, number=number, instead_of=other)), f"{number} is taken")
        states = {number: state == "entered-in-error" for number, state in self.states().items() if number.startswith("RNX")}
        same(states, {"RNX1": True, "RNX2": False}, "which of them holds")

    def a_chain_that_comes_in_the_wrong_order_leaves_its_last(self):
        for number, other, hour in (("RNC1", "RN0", 1), ("RNC3", "RNC2", 3), ("RNC2", "RNC1", 2)):
            check(self.drop(f"{number}.xml", self.version(hour, number=number, instead_of=other)), f"{number} is taken")
        states = {number: state == "entered-in-error" for number, state in self.states().items() if number.startswith("RNC")}
        same(states, {"RNC1": True, "RNC2": True, "RNC3": False}, "which of the chain holds")

    def a_slip_of_the_pen_takes_no_other_patients_document_away(self):
        """Either way: a document that names another patient's, and one that another patient's names."""
        def of_another(number, instead_of):
            text = self.version(4, number=number, instead_of=instead_of).decode()
            for old, new in (("990102198811070025", "990102198505060070"), ("MZ7700311", "MZ7700399"), ("9901020000731", "9901020000799"),
                             ("喆婉婷", "孙样例"), ("19881107", "19850506")):
                text = text.replace(old, new)
            return text.encode()
        check(self.drop("RNE1.xml", self.version(2, number="RNE1", instead_of="RN0")), "the first is taken")
        check(self.drop("RNE2.xml", of_another("RNE2", "RNE1")), "another patient's, which names it")
        check(self.drop("RNE3.xml", of_another("RNE3", "RNE4")), "another patient's, which names what comes")
        check(self.drop("RNE4.xml", self.version(3, number="RNE4", instead_of="RN0")), "what comes")
        states = {number: state == "entered-in-error" for number, state in self.states().items() if number.startswith("RNE")}
        same(states, {"RNE1": False, "RNE2": False, "RNE3": False, "RNE4": False}, "all of them hold")

    def versions_of_a_set_follow_each_other_by_their_number(self):
        def of_set(number, version, kind="C0007"):
            text = self.version(5, number=number, instead_of="RN0").decode().replace("<setId/>", '<setId extension="SET9"/>')
            return text.replace("<versionNumber/>", f'<versionNumber value="{version}"/>').replace('code="C0007"', f'code="{kind}"').encode()
        for number, version, kind in (("RNS1", 1, "C0007"), ("RNS2", 2, "C0007"), ("RNS0", 1, "C0006")):
            check(self.drop(f"{number}.xml", of_set(number, version, kind)), f"{number} is taken")
        states = {number: state == "entered-in-error" for number, state in self.states().items() if number.startswith("RNS")}
        same(states, {"RNS1": True, "RNS2": False, "RNS0": False}, "a set says so of one kind of document")

    def a_relatives_disease_is_the_relatives(self):
        check(self.drop("summary.xml", (SAMPLES / "history_with_family/in.xml").read_bytes()), "the summary is taken")
        codes = "22298006,38341003"
        same(self.hub.search(f"Condition?code={codes}", "his-a"), [], "conditions of the patient out of the family's history")
        same(len(self.hub.search(f"FamilyMemberHistory?code={codes}", "his-a")), 2, "histories of relatives")
        denied = self.hub.search("Condition?code=73211009", "his-a")
        same([one["verificationStatus"]["coding"][0]["code"] for one in denied], ["refuted"], "a denied disease")

    def every_value_is_traced_to_its_bytes(self):
        observation = self.hub.search("Observation?code=DE04.30.009.00", "his-a")[0]
        told = self.hub.command("trace", "--config", str(self.hub.configuration), f"Observation/{observation['id']}")
        check(re.search(r"valueQuantity\.value = 4\.70?.*<-.*4\.70", told, re.S), f"the trace leads to the bytes: {told[-600:]}")

    def what_was_told_as_results_is_written_as_a_document(self):
        """The hub's own C0007 of a report: in two charsets, logged, and read back by the feed of documents."""
        parts = json.loads((ROOT / "tests/vectors/documents/laboratory-report.json").read_text(encoding="utf-8"))["entry"]
        for part in parts:
            answer = self.hub.curl("PUT", f"/fhir/{part['fullUrl']}", "his-a", json.dumps(part["resource"]))
            check(answer.status in (200, 201), f"PUT {part['fullUrl']}: {answer.text[:800]}")
        written = self.hub.curl("GET", "/documents/DiagnosticReport/r1", "his-a", accept="*/*")
        check(written.status == 200 and '<code code="C0007"' in written.text, f"the document: {written.status} {written.text[:800]}")
        folder = self.hub.folder
        done = subprocess.run(["curl", "-sS", "-H", f"Authorization: Bearer {self.hub.token('his-a')}", self.hub.url + "/documents/DiagnosticReport/r1?charset=GB18030"],
                              capture_output=True, check=True)
        same(done.stdout.decode("gb18030").split("\n")[0], '<?xml version="1.0" encoding="GB18030"?>', "declaration")
        check("喆婉婷" in done.stdout.decode("gb18030"), "the patient's name in GB18030")
        check(self.drop("own.xml", done.stdout), f"the document is taken from {folder}")
        values = self.hub.search("Observation?code=http://loinc.org|2823-3&value-quantity=4.1", "his-a")
        same(len(values), 2, "the potassium of the record and of its document")
        for path, status in (("/documents/DiagnosticReport/none", 404), ("/documents/Patient/p1", 400), ("/documents/DiagnosticReport/r1?form=C0001", 400),
                             ("/documents/DiagnosticReport/r1?charset=big5", 422)):
            answer = self.hub.curl("GET", path, "his-a", accept="*/*")
            same((path, answer.status), (path, status), answer.text[:300])
        same(self.hub.curl("GET", "/documents/DiagnosticReport/r1", accept="*/*").status, 401, "without a token")
        wait_for("the document is in the trail", lambda: self.hub.search("AuditEvent?entity=DiagnosticReport/r1&subtype=operation", "auditor"))

    def a_later_version_names_the_document_that_it_replaces(self):
        number, parent = re.compile(r'<id root="2.16.156.10011.1.1" extension="([^"]+)"'), re.compile(r"<parentDocument>\s*<id>([^<]*)</id>\s*<setId>([^<]*)</setId>\s*<versionNumber>([^<]*)<")
        def written():
            return self.hub.curl("GET", "/documents/DiagnosticReport/r1", "his-a", accept="*/*").text
        first = written()
        patient = json.loads(self.hub.curl("GET", "/fhir/Patient/p1", "his-a").text)
        patient["telecom"] = [{"system": "phone", "value": "19900000739"}]
        same(self.hub.curl("PUT", "/fhir/Patient/p1", "his-a", json.dumps(patient)).status, 200, "the patient changes")
        second = written()
        same(parent.search(second)[1], number.search(first)[1], "what the second one replaces")
        check(number.search(second)[1] != number.search(first)[1], "another number")
        same(written(), second, "asked for again it is the same document")
        check(self.drop("own-2.xml", second.encode()), "the second is taken")
        statuses = [one["status"] for one in self.hub.search("Observation?code=http://loinc.org|2823-3&value-quantity=4.1", "his-a")]
        same(sorted(statuses), ["entered-in-error", "final", "final"], "the potassium of the record, of its first document and of its second")

    def a_program_posts_what_its_wire_gave_it(self):
        """Durable before it is answered, and asked for later."""
        text = self.version(6, number="RNP1", instead_of="RN0")
        posted = self.hub.curl("POST", "/messages/documents", "his-a", text, content_type="application/xml", accept="*/*")
        same(posted.status, 202, posted.text[:300])
        told = json.loads(posted.text)["messages"]
        same([one["state"] for one in told], ["stored"], "what is told at once")
        location = "/messages/documents/" + told[0]["message"]
        def state():
            return json.loads(self.hub.curl("GET", location, "his-a").text)["state"]
        wait_for("the message is applied", lambda: state() == "accepted")
        same(len(self.hub.search("Composition?identifier=urn:oid:2.16.156.10011.1.1|RNP1", "his-a")), 1, "the document in the record")
        again = json.loads(self.hub.curl("POST", "/messages/documents", "his-a", text, content_type="application/xml", accept="*/*").text)["messages"]
        same([(one["state"], one["message"]) for one in again], [("duplicate", told[0]["message"])], "the same bytes again")
        wrong = json.loads(self.hub.curl("POST", "/messages/documents", "his-a", "<a/>", content_type="application/xml", accept="*/*").text)["messages"][0]
        wait_for("what is no document is a dead letter", lambda: json.loads(self.hub.curl("GET", "/messages/documents/" + wrong["message"], "his-a").text)["state"] == "dead-letter")
        for path, who, status in (("/messages/documents", "auditor", 403), ("/messages/documents", None, 401), ("/messages/others", "his-a", 403)):
            same(self.hub.curl("POST", path, who, text, content_type="application/xml", accept="*/*").status, status, f"{path} by {who}")
        same(self.hub.curl("GET", "/messages/documents/M999999", "his-a").status, 404, "a number that was never given")

    def a_hostile_document_is_refused_with_its_reason(self):
        bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><ClinicalDocument xmlns="urn:hl7-org:v3">&b;</ClinicalDocument>'
        self.drop("bomb.xml", bomb)
        letters = json.loads(self.hub.command("feed", "dead-letters", "--config", str(self.hub.configuration), "--format", "json"))["dead_letters"]
        rules = [issue["details"]["coding"][0]["code"] for letter in letters for issue in letter["outcome"]["issue"]]
        same([rule for rule in rules if rule.startswith("xml")], ["xml-doctype"], "reasons of dead letters")


def main():
    with Run() as run:
        folder = run.folder / "hub"
        folder.mkdir()
        (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT), encoding="utf-8")
        hub = Hub(folder / "hub.toml").start()
        run.hubs.append(hub)
        play = Play(hub)
        play_steps((play.a_report_in_gb18030_comes_into_the_record, play.the_same_document_changes_nothing,
                     play.a_corrected_document_becomes_the_next_version, play.a_relatives_disease_is_the_relatives,
                     play.every_value_is_traced_to_its_bytes, play.what_a_correction_leaves_out_is_entered_in_error,
                     play.a_document_that_replaces_another_takes_its_place, play.what_was_replaced_before_it_came_holds_nothing,
                     play.of_two_that_name_each_other_the_later_one_holds, play.a_chain_that_comes_in_the_wrong_order_leaves_its_last,
                     play.a_slip_of_the_pen_takes_no_other_patients_document_away, play.versions_of_a_set_follow_each_other_by_their_number, play.what_was_told_as_results_is_written_as_a_document,
                     play.a_later_version_names_the_document_that_it_replaces, play.a_program_posts_what_its_wire_gave_it, play.a_hostile_document_is_refused_with_its_reason))


if __name__ == "__main__":
    run_script(main)
