#!/usr/bin/env python3
"""A hospital's platform speaks the services of the interoperability assessment over SOAP: what it tells is in the record, what it asks is
answered from it, what it does wrong is refused in words, and a document that was registered comes back byte by byte.

    tests/scenarios/services.py
"""
import base64
import json
import os
import re
import shutil
import socket
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from xml.sax.saxutils import escape

import schema_messages
from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Hub, Run, check, play_steps, run_script, same, wait_for

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[demo]
unassigned_regions = true
[[feed]]
name = "platform"
kind = "v3"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/v3-messages"
listen = "127.0.0.1:0"
ack = "applied"
[[client]]
id = "his-a"
organization = "341002H0001"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.cruds"]
"""
REQUESTS = ROOT / "tests/vectors/v3"
SCHEMAS = Path(os.environ.get("HUITONG_SHARED", ROOT / "../shared")) / "corpora/cn/hip-services/schemas/services"
DOCUMENT = ROOT / "tests/golden/cda-document/laboratory_report/in.xml"
V3 = "{urn:hl7-org:v3}"
KIND, KIND_ASKED = re.compile("(Add|Update|Query|Register|Merge|Access|Retrieve)$"), re.compile("(Query|Access|Retrieve)$")
# A merge of a number that nobody has, and questions about what none of the generated messages tells.
OTHERWISE = {
    "PatientInfoMerge": "AE",
    **dict.fromkeys(("CheckStatusInfoQuery", "DocumentAccess", "DocumentRetrieve", "TransferInfoQuery"), "NF"),
}
PERSON = {"number": "P7700311", "citizen": "990102198811070025", "name": "喆婉婷", "card": "9901020000731"}
HOUSE = {"department": "D7700311", "provider": "Z7700311", "set": "1.2.156.990102.311", "schedule": "PB7700311"}
VISIT = {"visit": "MZ7700311", "application": "AP7700311", "order": "OR7700311"}


class Play:
    def __init__(self, hub):
        self.hub, self.count = hub, 0

    @property
    def address(self):
        return "http://" + self.hub.ready["feeds"]["platform"] + "/services"

    def message(self, service, **values):
        self.count += 1
        values = {**PERSON, **VISIT, **HOUSE, "control": f"{self.count:032x}", **values}
        return re.sub(r"\{(\w+)\}", lambda found: escape(values[found[1]], {'"': "&quot;"}), (REQUESTS / f"{service}.xml").read_text(encoding="utf-8"))

    def post(self, body, content_type="text/xml; charset=utf-8", headers=()):
        return self.hub.curl("POST", self.address, data=body, content_type=content_type, accept="*/*", headers=headers)

    def call(self, service, message):
        answer = self.post('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><HIPMessageServer xmlns="urn:hl7-org:v3"><action>'
                           f"{service}</action><message>{escape(message)}</message></HIPMessageServer></s:Body></s:Envelope>")
        same(answer.status, 200, f"status of {service}")
        payload = ElementTree.fromstring(answer.text).find(f".//{V3}payload")
        check(payload is not None, f"{service} has a payload: {answer.text[:500]}")
        return ElementTree.fromstring(payload.text)

    def told(self, service, verdict="AA", **values):
        answer = self.call(service, self.message(service, **values))
        same(answer.tag, V3 + "MCCI_IN000002UV01", f"answer to {service}")
        acknowledged = answer.find(V3 + "acknowledgement")
        details = [node.get("value") for node in acknowledged.iter(V3 + "text")]
        same(acknowledged.get("typeCode"), verdict, f"{service}: {details}")
        same(acknowledged.find(f"{V3}targetMessage/{V3}id").get("extension"), f"{self.count:032x}", f"message that {service} is answered for")
        return details

    def asked(self, service, root, **values):
        answer = self.call(service, self.message(service, **values))
        same(answer.tag, V3 + root, f"answer to {service}")
        code = answer.find(f"{V3}controlActProcess/{V3}queryAck/{V3}queryResponseCode").get("code")
        return code, answer.findall(f"{V3}controlActProcess/{V3}subject")

    # Steps ---------------------------------------------------------------------------------------------------------------------------------

    def the_requests_of_this_play_are_what_the_national_schemas_want(self):
        if not shutil.which("xmllint") or not SCHEMAS.is_dir():
            check(not os.environ.get("HUITONG_WITH_PEERS"), "xmllint and the schemas are wanted in this run")
            return print("skipped: no schemas here")
        more = {"closed": "P9", "document": "0" * 32, "content": "QUFBQQ==", "institution": "341002H0001"}
        for file in sorted(REQUESTS.glob("*.xml")):
            text = self.message(file.stem, **more)
            done = subprocess.run(["xmllint", "--noout", "--schema", str(SCHEMAS / file.name.replace(".xml", ".xsd")), "-"], input=text.encode(), capture_output=True)
            check(done.returncode == 0, done.stderr.decode())

    def the_port_describes_itself(self):
        answer = self.hub.curl("GET", self.address + "?wsdl", accept="*/*")
        same(answer.status, 200, "status of ?wsdl")
        root = ElementTree.fromstring(answer.text)
        same([node.get("name") for node in root.iter("{http://schemas.xmlsoap.org/wsdl/}operation")], ["HIPMessageServer"] * 2, "operations")
        same([node.get("location") for node in root.iter("{http://schemas.xmlsoap.org/wsdl/soap/}address")], [self.address], "address")

    def a_person_is_registered_and_found(self):
        same(self.asked("PatientInfoQuery", "PRPA_IN201306UV02")[0], "NF", "before")
        self.told("PatientInfoRegister")
        code, subjects = self.asked("PatientInfoQuery", "PRPA_IN201306UV02")
        same((code, len(subjects)), ("OK", 1), "after")
        person = subjects[0].find(f".//{V3}patientPerson")
        same(person.find(f".//{V3}part").get("value"), "喆婉婷", "name")
        patient = self.hub.search(f"Patient?identifier=urn:oid:2.16.156.10011.1.3|{PERSON['citizen']}", "his-a")[0]
        same([patient["gender"], patient["birthDate"], patient["telecom"][0]["value"], patient["address"][0]["text"]],
             ["female", "1988-11-07", "19900000731", "黄山市样例路1号"], "the person in the record")

    def an_update_is_the_next_version(self):
        self.told("PatientInfoUpdate", name="喆婉婷婷")
        patients = self.hub.search(f"Patient?identifier=urn:oid:2.16.156.10011.1.3|{PERSON['citizen']}", "his-a")
        same([(len(patients), patients[0]["meta"]["versionId"], patients[0]["name"][0]["text"])], [(1, "2", "喆婉婷婷")], "person after the update")

    def a_merge_closes_the_other_number(self):
        self.told("PatientInfoRegister", number="P9", citizen="990102198811070025")
        self.told("PatientInfoMerge", closed="P9")
        closed = self.hub.search("Patient?identifier=urn:huitong:organization:341002H0001:patient|P9", "his-a")[0]
        same((closed["active"], closed["link"][0]["type"]), (False, "replaced-by"), "the closed record")
        kept = ["喆婉婷", "1988-11-07", PERSON["citizen"]]
        said = [[one["name"][0]["text"][:3], one.get("birthDate"), next(number["value"] for number in one["identifier"] if number["system"].endswith(".1.3"))]
                for one in (closed, self.hub.search(f"Patient?identifier=urn:huitong:organization:341002H0001:patient|{PERSON['number']}", "his-a")[0])]
        same(said, [kept, kept], "what the merge says nothing of")
        self.told("PatientInfoUpdate", number="P9")
        closed = self.hub.search("Patient?identifier=urn:huitong:organization:341002H0001:patient|P9", "his-a")[0]
        same((closed["active"], closed["link"][0]["type"]), (False, "replaced-by"), "the closed record after an update of it")

    def a_merge_of_two_citizens_is_no_machines_to_make(self):
        self.told("PatientInfoRegister", number="P10", citizen="990102199001010058")
        self.told("PatientInfoRegister", number="P11", citizen="990102199001010066")
        message = self.message("PatientInfoMerge", number="P10", closed="P11", citizen="990102199001010058")
        same(self.call("PatientInfoMerge", message).find(V3 + "acknowledgement").get("typeCode"), "AA", "verdict")
        self.hub.settle()
        told = self.hub.command("mpi", "queue", "--data", str(self.hub.folder / "data"))
        check("two different citizen numbers" in told, f"a steward is asked: {told[:600]}")

    def a_finished_stay_stays_finished(self):
        """An update that names no end leaves the end that was told."""
        add = self.message("OutPatientInfoAdd", visit="MZ7700312")
        ended = add.replace('<low value="20261120"/>', '<low value="20261120"/><high value="20261121"/>')
        same(self.call("OutPatientInfoAdd", ended).find(V3 + "acknowledgement").get("typeCode"), "AA", "verdict")
        update = self.message("OutPatientInfoAdd", visit="MZ7700312").replace("PRPA_IN400001UV", "PRPA_IN400002UV").replace("<reasonCode>", "<!--").replace("</reasonCode>", "-->")
        same(self.call("OutPatientInfoUpdate", update).find(V3 + "acknowledgement").get("typeCode"), "AA", "verdict")
        visit = self.hub.search("Encounter?identifier=MZ7700312", "his-a")[0]
        same([visit["status"], visit["period"]["end"], visit["reasonCode"][0]["text"]], ["finished", "2026-11-21", "乏力一周"], "the visit after the update")

    def what_is_not_urgent_is_routine(self):
        for number, words, priority in (("OR1", "急", "urgent"), ("OR2", "不急", "routine"), ("OR3", "非急诊", "routine"), ("OR4", "普通", "routine")):
            message = self.message("ExamAppInfoAdd", order=number).replace('<displayName value="急"/>', f'<displayName value="{words}"/>')
            self.call("ExamAppInfoAdd", message)
            same(self.hub.search(f"ServiceRequest?identifier={number}", "his-a")[0]["priority"], priority, words)

    def a_visit_and_its_order_are_told_and_asked_for(self):
        self.told("OutPatientInfoAdd")
        self.told("ExamAppInfoAdd")
        code, subjects = self.asked("OutPatientInfoQuery", "PRPA_IN900350UV02")
        same((code, len(subjects)), ("OK", 1), "visits")
        code, subjects = self.asked("ExamAppInfoQuery", "QUMT_IN020031UV01")
        same((code, len(subjects)), ("OK", 1), "orders")
        order = self.hub.search(f"ServiceRequest?identifier={VISIT['order']}", "his-a")[0]
        same((order["priority"], order["code"]["text"], order["requester"]["display"]), ("urgent", "肝功能", "开单医师丙"), "the order")
        visit = self.hub.search(f"Encounter?identifier={VISIT['visit']}", "his-a")
        same([(one["class"]["code"], one["status"]) for one in visit], [("AMB", "in-progress")], "the visit")

    def the_same_number_at_another_institution_is_another_persons(self):
        """What another hospital gave the same numbers to is neither found nor taken for the asking hospital's."""
        other = {"resourceType": "Patient", "identifier": [{"system": "urn:huitong:organization:341002H0002:patient", "value": PERSON["number"]}], "name": [{"text": "别人"}]}
        patient = self.hub.curl("POST", "/fhir/Patient", "his-a", json.dumps(other))
        same(patient.status, 201, f"another person: {patient.text[:300]}")
        order = {"resourceType": "ServiceRequest", "status": "active", "intent": "order", "code": {"text": "别的"}, "subject": {"reference": f"Patient/{json.loads(patient.text)['id']}"},
                 "identifier": [{"system": "urn:huitong:organization:341002H0002:order", "value": VISIT["order"]}]}
        same(self.hub.curl("POST", "/fhir/ServiceRequest", "his-a", json.dumps(order)).status, 201, "another order")
        code, subjects = self.asked("ExamAppInfoQuery", "QUMT_IN020031UV01")
        same((code, len(subjects)), ("OK", 1), "orders by a number that two institutions use")
        numbers = {(item.get("root"), item.get("extension")) for item in subjects[0].iter(V3 + "item") if item.get("root")}
        check(("2.16.156.10011.1.24", VISIT["order"]) in numbers and ("2.16.156.10011.2.5.1.4", PERSON["number"]) in numbers, f"own numbers: {numbers}")
        message = self.message("PatientInfoQuery").replace(PERSON["citizen"], "").replace(PERSON["name"], "别人")
        answer = self.call("PatientInfoQuery", message)
        same(answer.find(f".//{V3}queryResponseCode").get("code"), "NF", "the other's name with the own number")

    def an_order_that_is_taken_back_is_revoked(self):
        withdrawn = self.message("ExamAppInfoAdd", order="OR7700399").replace('<statusCode code="active"/>\n        <effectiveTime/>', '<statusCode code="cancelled"/>\n        <effectiveTime/>')
        check("cancelled" in withdrawn, "the message says so")
        same(self.call("ExamAppInfoAdd", withdrawn).find(V3 + "acknowledgement").get("typeCode"), "AA", "verdict")
        same([one["status"] for one in self.hub.search("ServiceRequest?identifier=OR7700399", "his-a")], ["revoked"], "the order")

    def a_placeholder_is_nobodys_number(self):
        for sign in ("-", "."):
            self.call("OutPatientInfoAdd", self.message("OutPatientInfoAdd", visit=sign))
            same(self.hub.search(f"Encounter?identifier={sign}", "his-a"), [], f"visits of the number {sign}")

    def a_registered_document_is_in_the_record_and_comes_back_as_it_was(self):
        content = DOCUMENT.read_text(encoding="utf-8").encode("gb18030")
        number = "5" * 32
        self.told("DocumentRegister", document=number, content=base64.b64encode(content).decode())
        conditions = self.hub.search("Condition?code=I10.x00", "his-a")
        same(len(conditions), 1, "diagnoses of the document")
        code, subjects = self.asked("DocumentRetrieve", "RCMR_IN000032UV01", document=number)
        same((code, len(subjects)), ("OK", 1), "documents")
        check(base64.b64decode(subjects[0].find(f".//{V3}originalText").get("value")) == content, "the document is the same to the byte")
        same(self.asked("DocumentRetrieve", "RCMR_IN000032UV01", document="6" * 32)[0], "NF", "another document")

    def institutions_are_asked_for(self):
        code, subjects = self.asked("OrganizationInfoQuery", "PRPM_IN406110UV01", institution="341002H0001")
        same((code, [node.get("value") for node in subjects[0].iter(V3 + "part")]), ("OK", ["黄山甲医院"]), "institutions")

    def departments_and_people_of_the_house_are_registered(self):
        self.told("OrganizationInfoRegister")
        code, subjects = self.asked("OrganizationInfoQuery", "PRPM_IN406110UV01", institution=HOUSE["department"])
        same(code, "NF", "a department by the root of institutions")
        message = self.message("OrganizationInfoQuery", institution=HOUSE["department"]).replace("2.16.156.10011.1.5", "2.16.156.10011.1.26")
        answer = self.call("OrganizationInfoQuery", message)
        found = [(node.get("root"), node.get("extension")) for node in answer.iter(V3 + "item") if node.get("extension") in (HOUSE["department"], "341002H0001")]
        same(found, [("2.16.156.10011.1.26", HOUSE["department"]), ("2.16.156.10011.1.5", "341002H0001")], "the department and what it is a part of")
        self.told("ProviderInfoRegister")
        role = self.hub.search(f"PractitionerRole?identifier={HOUSE['provider']}", "his-a")[0]
        same([role["organization"]["identifier"]["value"], role["code"][0]["coding"][0]["code"]], [HOUSE["department"], "230"], "what he does")
        doctor = self.hub.search(f"Practitioner?identifier={HOUSE['provider']}", "his-a")[0]
        same([doctor["name"][0]["text"], doctor["gender"], doctor["active"]], ["出诊医师丁", "female", True], "who it is")
        check("990102197001010011" not in json.dumps(doctor), "a citizen number of staff stays with the institution")

    def an_institution_is_nobodys_to_register(self):
        message = self.message("OrganizationInfoRegister", department="341002H0009").replace("2.16.156.10011.1.26", "2.16.156.10011.1.5", 1)
        answer = self.call("OrganizationInfoRegister", message)
        same(answer.find(V3 + "acknowledgement").get("typeCode"), "AE", "verdict")
        same(self.hub.search("Organization?identifier=341002H0009", "his-a"), [], "institutions of that number")

    def an_update_of_a_value_set_leaves_what_it_does_not_name(self):
        self.told("TerminologyRegister")
        self.told("TerminologyUpdate")
        codes = self.hub.search(f"CodeSystem?identifier={HOUSE['set']}", "his-a")[0]
        same(sorted((one["code"], "property" in one) for one in codes["concept"]), [("01", False), ("02", True), ("03", False)], "items, and which were given up")
        if SCHEMAS.is_dir():
            asked = {'<id extension="N000001"': f'<id extension="{HOUSE["set"]}"', '<code code="N000001"': '<code code="02"'}
            answer = self.call("TerminologyQuery", self.generated("TerminologyQuery", **asked))
            item = answer.find(f".//{V3}valueSet/{V3}valueSetItems")
            same([item.find(f"{V3}code/{V3}displayName").get("value"), item.find(V3 + "statusCode").get("code")], ["乙类", "0"], "what a code means here")

    def a_schedule_is_told_and_asked_for(self):
        self.told("SourceAndScheduleInfoAdd")
        message = self.message("SourceAndScheduleInfoAdd").replace('<remainNumber value="1"/>', '<remainNumber value="0"/>').replace("PRSC_IN030101UV", "PRSC_IN030102UV")
        same(self.call("SourceAndScheduleInfoUpdate", message).find(V3 + "acknowledgement").get("typeCode"), "AA", "verdict")
        code, subjects = self.asked("SourceAndScheduleInfoQuery", "PRSC_IN110000UV")
        same((code, len(subjects)), ("OK", 1), "schedules")
        frames = [[part.find(V3 + name).get("value") for name in ("totalFrameNumber", "remainNumber")] + [part.find(f"{V3}effectiveTime/{V3}low").get("value")]
                  for part in subjects[0].iter(V3 + "timeFrame")]
        same(frames, [["10", "4", "20261201080000"], ["10", "0", "20261201100000"]], "places")
        same(sorted(one["status"] for one in self.hub.search("Slot", "his-a")), ["busy", "free"], "slots in the record")
        same(self.asked("SourceAndScheduleInfoQuery", "PRSC_IN110000UV", provider="Z9")[0], "NF", "the department's hours of another doctor")

    def what_is_told_twice_is_there_once(self):
        message = self.message("PatientInfoRegister", number="P5", citizen="990102199001010015")
        for _ in range(2):
            answer = self.call("PatientInfoRegister", message)
            same(answer.find(V3 + "acknowledgement").get("typeCode"), "AA", "verdict")
        found = self.hub.search("Patient?identifier=urn:huitong:organization:341002H0001:patient|P5", "his-a")
        same([one["meta"]["versionId"] for one in found], ["1"], "versions")

    def a_message_of_another_service_is_refused(self):
        answer = self.call("PatientInfoUpdate", self.message("PatientInfoRegister"))
        same(answer.find(V3 + "acknowledgement").get("typeCode"), "AE", "verdict")

    def a_message_that_cannot_be_applied_is_answered_with_its_reason(self):
        details = self.told("DocumentRegister", "AE", document="7" * 32, content=base64.b64encode(b"no document").decode())
        check(details and details[0], f"the words: {details}")

    def generated(self, service, **replaced):
        """A request with all that its schema wants; every number in it is the same."""
        self.count += 1
        text = schema_messages.Writer(SCHEMAS / f"{service}.xsd").message()
        text = text.replace(f'extension="{schema_messages.TEXT}{"0" * 25}"', f'extension="{self.count:032x}"', 1)
        for old, new in replaced.items():
            text = text.replace(old, new)
        return text

    def each_of_the_69_services_answers_a_message_that_its_schema_allows(self):
        """What is told is accepted; a question about it finds something, about nobody it finds nothing."""
        if not SCHEMAS.is_dir():
            return print("skipped: no schemas here")
        names = sorted((file.stem for file in SCHEMAS.glob("*.xsd")), key=lambda name: (KIND.sub("", name), bool(KIND_ASKED.search(name))))
        content = base64.b64encode(DOCUMENT.read_bytes()).decode()
        twisted = {
            "DocumentRegister": {f'<originalText value="{schema_messages.TEXT}"': f'<originalText value="{content}"'},
            "SourceAndScheduleInfoQuery": {'extension="N000001"': 'extension="1"', 'code="N000001"': 'code="1"'},
            "SourceAndScheduleInfoAdd": {f'extension="{schema_messages.TEXT}"': 'extension="1"'},
            "SourceAndScheduleInfoUpdate": {f'extension="{schema_messages.TEXT}"': 'extension="1"'},
            "ProviderInfoQuery": {'extension="1"': f'extension="{schema_messages.TEXT}"'},
            **{f"{kind}Info{how}": {'<code code="1"': '<code code="3"'} for kind in ("InPatient", "Discharge") for how in ("Add", "Update")},
        }
        found = {}
        for name in names:
            answer = self.call(name, self.generated(name, **twisted.get(name, {})))
            code = answer.find(f"{V3}controlActProcess/{V3}queryAck/{V3}queryResponseCode")
            found[name] = answer.find(V3 + "acknowledgement").get("typeCode") if code is None else code.get("code")
            if code is None:
                continue
            nobody = self.call(name, self.generated(name, **{schema_messages.TEXT: "M000009", 'extension="1"': 'extension="77"'}))
            same(nobody.find(f"{V3}controlActProcess/{V3}queryAck/{V3}queryResponseCode").get("code"), "NF", f"{name} about nobody")
        same(len(found), 69, "services that answered")
        same({name: code for name, code in found.items() if code not in ("AA", "OK")}, OTHERWISE, "services that answered otherwise")

    def a_code_is_asked_for(self):
        if not SCHEMAS.is_dir():
            return print("skipped: no schemas here")
        asked = {'<id extension="N000001"': '<id extension="2.16.156.10011.2.3.3.4"', '<code code="N000001"': '<code code="2"'}
        answer = self.call("TerminologyQuery", self.generated("TerminologyQuery", **asked))
        words = [node.get("value") for node in answer.iter(V3 + "displayName")]
        same((answer.find(f".//{V3}queryResponseCode").get("code"), words), ("OK", ["女性"]), "what the code means")

    def hostile_requests_harm_nobody(self):
        bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>&c;</s:Body></s:Envelope>'
        for body, rule in ((bomb, "xml-doctype"), ("<a>" * 3000, "xml-depth-max"), ("<Envelope><Body/></Envelope>", "soap-message"), ("\0" * 100, "xml-syntax")):
            answer = self.post(body)
            same((answer.status, rule in answer.text), (500, True), f"fault of {rule}: {answer.text[:300]}")
        same(self.post("x" * (17 << 20)).status, 413, "status of a giant")
        host, port = self.hub.ready["feeds"]["platform"].rsplit(":", 1)
        for junk in (b"\x16\x03\x01 junk\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n", b"GET " + b"a" * 20000):
            with socket.create_connection((host, int(port)), timeout=10) as peer:
                peer.sendall(junk)
        namespaces = self.message("PatientInfoRegister", number="P6", citizen="990102199001010023").replace(
            'xmlns="urn:hl7-org:v3"', 'xmlns="urn:somebody:else"').encode("gb18030").decode("gb18030")
        same(self.call("PatientInfoRegister", namespaces).find(V3 + "acknowledgement").get("typeCode"), "AA", "another namespace")

    def what_was_acknowledged_survives_a_kill(self):
        self.told("PatientInfoRegister", number="P8", citizen="990102199001010031")
        self.hub.kill()
        self.hub.start()
        found = wait_for("the person is there", lambda: self.hub.search("Patient?identifier=urn:huitong:organization:341002H0001:patient|P8", "his-a"))
        same(len(found), 1, "the person after the kill")


def main():
    with Run() as run:
        folder = run.folder / "hub"
        folder.mkdir()
        (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT), encoding="utf-8")
        hub = Hub(folder / "hub.toml").start()
        run.hubs.append(hub)
        play = Play(hub)
        play_steps((play.the_requests_of_this_play_are_what_the_national_schemas_want, play.the_port_describes_itself, play.a_person_is_registered_and_found,
                    play.an_update_is_the_next_version, play.a_merge_closes_the_other_number, play.a_merge_of_two_citizens_is_no_machines_to_make,
                    play.a_visit_and_its_order_are_told_and_asked_for, play.a_finished_stay_stays_finished, play.what_is_not_urgent_is_routine,
                    play.the_same_number_at_another_institution_is_another_persons, play.an_order_that_is_taken_back_is_revoked, play.a_placeholder_is_nobodys_number,
                    play.a_registered_document_is_in_the_record_and_comes_back_as_it_was, play.institutions_are_asked_for,
                    play.departments_and_people_of_the_house_are_registered, play.an_institution_is_nobodys_to_register,
                    play.an_update_of_a_value_set_leaves_what_it_does_not_name, play.a_schedule_is_told_and_asked_for, play.what_is_told_twice_is_there_once,
                    play.a_message_of_another_service_is_refused, play.a_message_that_cannot_be_applied_is_answered_with_its_reason,
                    play.each_of_the_69_services_answers_a_message_that_its_schema_allows, play.a_code_is_asked_for, play.hostile_requests_harm_nobody, play.what_was_acknowledged_survives_a_kill))


if __name__ == "__main__":
    run_script(main)
