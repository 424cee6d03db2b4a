#!/usr/bin/env python3
"""What a message does not say stays in the record: a stay that has ended, a citizen number, a label of access, a merge.

    tests/scenarios/kept.py
"""
import base64
import json
import time

from hub import Run, acknowledgement, check, run_script, same
from registers import start_hub

MASK = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "MASK"}
HEAD = "MSH|^~\\&|HIS|341002H0001|HIP|CITY|{time}||ADT^{event}|{control}|P|2.5.1\rEVN|{event}|{time}\r"
PERSON = "PID|1||{number}^^^341002H0001^PI{citizen}||程样例||{birth}|F\r"
ORDERS = "urn:huitong:organization:341002H0001:order"
VISIT = "PV1|1|I|3N|||||||||||||||{free}V1{end}\r"


class Play:
    def __init__(self, run):
        self.hub = start_hub(run)
        self.count = 0

    def tell(self, event, number="P1", citizen="", birth="", end="", rest="", time="", name="程样例", sender="341002H0001", visit="V1"):
        """One ADT; `end` stands in PV1-45, `rest` are further segments."""
        self.count += 1
        text = HEAD.format(time=time, event=event, control=f"K{self.count}")
        text += PERSON.format(number=number, citizen=f"~{citizen}^^^^NI" if citizen else "", birth=birth).replace("程样例", name)
        text += VISIT.format(free="|", end="|" * 26 + end).replace("|V1", "|" + visit) if event not in ("A31", "A40") else ""
        text = text.replace("341002H0001", sender)
        file = self.hub.folder / "message.hl7"
        file.write_bytes((text + rest).encode())
        same(acknowledgement(self.hub.mllp("any", file))[0], "AA", f"{event} is taken")
        self.hub.settle()

    def one(self, query):
        found = self.hub.search(query, "his-a")
        same(len(found), 1, query)
        return found[0]

    def run(self):
        self.tell("A01", citizen="990102197003150020", birth="19700315", time="20261120080000")
        self.tell("A03", end="20261121100000", time="20261121100000")
        self.tell("A08", time="20261121110000")
        visit, patient = self.one("Encounter?identifier=V1"), self.one("Patient?identifier=P1")
        same([visit["status"], visit["period"].get("end", "")[:10]], ["finished", "2026-11-21"], "a finished stay after an update that names no end")
        same(visit["period"].get("start", "")[:10], "2026-11-20", "its beginning")
        same([patient.get("birthDate"), "990102197003150020" in json.dumps(patient)], ["1970-03-15", True], "fields that the update left empty")
        self.tell("A08", birth='""', time="20261121120000")
        check("birthDate" not in self.one("Patient?identifier=P1"), 'what is said to be "" is taken away')
        self.tell("A13", time="20261121130000")
        visit = self.one("Encounter?identifier=V1")
        same([visit["status"], "end" in visit["period"]], ["in-progress", False], "a discharge that is taken back")

        labelled = {**self.one("Patient?identifier=P1")}
        labelled["meta"] = {**labelled.get("meta", {}), "security": [MASK]}
        same(self.hub.curl("PUT", f"/fhir/Patient/{labelled['id']}", "his-a", json.dumps(labelled)).status, 200, "a label is set")
        self.tell("A08", birth="19700316", time="20261122080000")
        after = self.one("Patient?identifier=P1")
        same([after["birthDate"], [label["code"] for label in after["meta"]["security"]]], ["1970-03-16", ["MASK"]], "a label after the next message")

        self.tell("A31", number="P2", time="20261122090000")
        self.tell("A31", number="P3", time="20261122090100")
        self.tell("A31", number="P4", time="20261122090200")
        pair = "PID|2||P3^^^341002H0001^PI||程样例|||F\rMRG|P4^^^341002H0001^PI\r"
        self.tell("A40", rest="MRG|P2^^^341002H0001^PI\r" + pair, time="20261122100000")
        closed = {number: self.one(f"Patient?identifier={number}").get("active", True) for number in ("P1", "P2", "P3", "P4")}
        same(closed, {"P1": True, "P2": False, "P3": True, "P4": False}, "two merges in one message")
        self.tell("A31", number="P9", time="20261122100100")
        self.tell("A40", number="P3", rest="MRG|P9^^^341002H0001^PI\r", time="20261122100200")
        same(len(self.one("Patient?identifier=P3")["link"]), 2, "what a record replaced before and now")
        self.tell("A31", number="P2", birth="19700317", time="20261122110000")
        patient = self.one("Patient?identifier=P2")
        same([patient.get("active"), patient["link"][0]["type"], patient["birthDate"]], [False, "replaced-by", "1970-03-17"], "a closed record stays closed")

        self.person_and_visit()
        self.newborn_and_nameless()
        self.diagnosis_told_again()
        self.merges()
        self.results()
        self.withdraw_report()
        self.documents()
        self.orders()
        self.parts_of_a_report()
        self.several_of_one_item()
        self.tell("A08", birth="19991231", time="20361122080000")
        self.tell("A08", birth="19700318", time=time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + 8 * 3600 + 60)))
        same(self.one("Patient?identifier=P1")["birthDate"], "1970-03-18", "a truth behind a message of a clock that ran ahead")

    def person_and_visit(self):
        """A full message, then one that says next to nothing."""
        self.count += 1
        file = self.hub.folder / "person.hl7"
        file.write_bytes((HEAD.format(time="20261122110100", event="A08", control=f"K{self.count}")
                          + "PID|1||P7^^^341002H0001^PI||程样例||19400101|F||||||||M^已婚|||||||||||||20261122030000|Y\r"
                          + "PD1||||D9^王^医\rNK1|1|某厂|EMR^雇主\rPV1|1|I|3N||||D1^李^医|||||||1|||D2^赵^医||V7\rDG1|1||J18^肺炎^I10\r").encode())
        same(acknowledgement(self.hub.mllp("any", file))[0], "AA", "a full message is taken")
        self.hub.settle()
        before, stay = self.one("Patient?identifier=P7"), self.one("Encounter?identifier=V7")
        lean = "PV1|1|||||||||||||||||" + "|V7\r"
        file.write_bytes((HEAD.format(time="20261122110200", event="A08", control=f"K{self.count}B")
                          + "PID|1||P7^^^341002H0001^PI||程样例||19400101|F||||||||||||||||||||||Y\r" + lean).encode())
        same(acknowledgement(self.hub.mllp("any", file))[0], "AA", "a lean message is taken")
        self.hub.settle()
        after, later = self.one("Patient?identifier=P7"), self.one("Encounter?identifier=V7")
        for name in ("deceasedDateTime", "maritalStatus", "generalPractitioner", "contact"):
            same(after.get(name), before[name], f"{name} that the update says nothing of")
        check("deceasedBoolean" not in after, "one way of saying that she died")
        for name in ("class", "participant", "location", "diagnosis", "hospitalization"):
            same(sorted(json.dumps(later.get(name))), sorted(json.dumps(stay[name])), f"{name} of a stay that the update says nothing of")
        file.write_bytes((HEAD.format(time="20261122110300", event="A08", control=f"K{self.count}C")
                          + "PID|1||P7^^^341002H0001^PI||程样例||19400101|F||||||||||||||||||||||N\r"
                          + "PV1|1|I|||||D3^钱^医||||||||||||V7\r").encode())
        same(acknowledgement(self.hub.mllp("any", file))[0], "AA", "a correction is taken")
        self.hub.settle()
        check("deceasedDateTime" not in self.one("Patient?identifier=P7"), "who is said to live has not died")
        doctors = [one["individual"]["display"] for one in self.one("Encounter?identifier=V7")["participant"]]
        check(any("钱" in one for one in doctors) and any("赵" in one for one in doctors) and not any("李" in one for one in doctors),
              f"the attending doctor changes, the admitting one stays: {doctors}")

    def newborn_and_nameless(self):
        """Whoever gets a name and a number of their own later is no other person; who has another valid number, name and birth date is."""
        self.tell("A31", number="P20", name="李敏之女", citizen="990102199607081846", birth="20261118", time="20261118060000")
        self.tell("A31", number="P20", name="李小满", citizen="990102202611180921", birth="20261118", time="20261122110400")
        child = json.dumps(self.one("Patient?identifier=P20"), ensure_ascii=False)
        same(["李小满" in child, "990102202611180921" in child, "990102199607081846" in child], [True, True, False], "the child's own name and number")
        self.tell("A31", number="P21", name="无名氏", citizen="000000000000000000", time="20261118060000")
        self.tell("A31", number="P21", name="孙样例", citizen="990102198505060070", birth="19850506", time="20261122110500")
        same(self.one("Patient?identifier=P21").get("birthDate"), "1985-05-06", "one who came without a name")
        same(self.reasons(), [], "dead letters")

    def diagnosis_told_again(self):
        def state(time, action=""):
            words = ["DG1", "1", "", "J18^肺炎^I10"] + [""] * 17 + [action]
            self.tell("A08", number="P22", rest="|".join(words) + "\r", time=time, visit="V22")
            found = self.hub.search("Condition?patient.identifier=P22", "his-a")
            return [one.get("verificationStatus", {"coding": [{"code": "holds"}]})["coding"][0]["code"] for one in found]
        same([state("20261122120500"), state("20261122120600", "D"), state("20261122120550"), state("20261122120700")],
             [["holds"], ["entered-in-error"], ["entered-in-error"], ["holds"]], "a diagnosis that is told, taken back, told late, told again")

    def merges(self):
        self.tell("A31", number="P5", citizen="990102198001011347", birth="19800101", time="20261122120000")
        self.tell("A31", number="P6", time="20261122120100")
        self.tell("A40", number="P6", rest="MRG|P5^^^341002H0001^PI\r", time="20261122120200")
        closed = self.one("Patient?identifier=P5")
        same([closed["active"], closed.get("birthDate"), "990102198001011347" in json.dumps(closed)], [False, "1980-01-01", True],
             "a closed record keeps what it was")
        self.tell("A40", number="P5", rest="MRG|P6^^^341002H0001^PI\r", time="20261122120210")
        self.tell("A31", number="P5", time="20261122120220")
        turned = [self.one(f"Patient?identifier={number}") for number in ("P5", "P6")]
        same([[one.get("active", True), [link["type"] for link in one["link"]]] for one in turned], [[True, ["replaces"]], [False, ["replaced-by"]]],
             "a merge that is turned round")
        for number in ("P41", "P42", "P43"):
            self.tell("A31", number=number, time=f"202611221202{number[1:]}")
        self.tell("A40", number="P42", rest="MRG|P43^^^341002H0001^PI\rPID|2||P41^^^341002H0001^PI||程样例|||F\rMRG|P42^^^341002H0001^PI\r", time="20261122120250")
        chain = [self.one(f"Patient?identifier={number}") for number in ("P41", "P42", "P43")]
        same([[one.get("active", True), sorted(link["type"] for link in one["link"])] for one in chain],
             [[True, ["replaces"]], [False, ["replaced-by", "replaces"]], [False, ["replaced-by"]]], "a chain of merges in one message")
        self.tell("A40", number="P6", rest="MRG|P1^^^341004H0009^PI\r", time="20261122120300")
        same(self.reasons(), ["feed-merge-foreign"], "a merge of another institution's record")
        for number, event, rest in (("P30", "A31", ""), ("P31", "A31", ""), ("P31", "A40", "MRG|P30^^^341004H0009^PI\r")):
            self.tell(event, number=number, rest=rest, time=f"202611221204{number[1:]}", sender="341004H0009")
        closed = self.one("Patient?identifier=P30")
        same([closed.get("active"), [one["type"] for one in closed.get("link", [])]], [False, ["replaced-by"]], "a merge of the second institution of the feed")

        late = {"number": "P8", "citizen": "990102198001011347", "birth": "19800101"}
        self.result("F", 700, number="P8", report="S8")  # mentions the patient first
        self.tell("A31", time="20261122080000", **late)
        same(self.one("Patient?identifier=P8").get("birthDate"), "1980-01-01", "a patient who was merely mentioned is told of later, with an earlier time")
        doctor = "PD1||||D1^LI\r"
        self.tell("A31", rest=doctor, time="20261122090000", **late)
        self.tell("A31", time="20261122100000", **late)
        check("generalPractitioner" in self.one("Patient?identifier=P8"), "what a short update does not speak of")
        self.tell("A31", number="P8", name="李小", citizen="990102199002023416", birth="19900202", time="20261122110000")
        same(self.one("Patient?identifier=P8")["birthDate"], "1980-01-01", "a number that becomes another person")
        same(self.reasons(), ["feed-merge-foreign", "feed-other-thing"], "the reason")

    def withdraw_report(self):
        self.order(0, "OBR|1||S2|XCG^血常规^L" + "|" * 21 + "X\r", "ORU^R01")
        report = self.one("DiagnosticReport?identifier=S2")
        same([report["status"], report["code"]["coding"][0]["code"], len(report["result"])], ["cancelled", "XCG", 1], "a report that is withdrawn alone")

    def parts_of_a_report(self):
        """Results come in two messages, then one of them is corrected with few words."""
        obx = "OBX|{}|NM|{}^x^L||{}|g/L|1-200|||{}|{}|||20261123070000|||M1^method|D1\r"
        self.order(20, "PV1|1|O|||||||||||||||||V7\rOBR|1||S71|CBC^blood^L|||20261123080000|||||||||||||||20261123090000|||A\r"
                   + obx.format(1, "HB", 121, "", "F") + "NTE|1||溶血\rSPM|1|^SP71||BLD^blood^HL70487\r", "ORU^R01")
        self.order(21, "OBR|1||S71|CBC^blood^L" + "|" * 21 + "F\r" + obx.format(1, "PLT", 200, "", "F"), "ORU^R01")
        self.order(22, "OBR|1||S71|CBC^blood^L" + "|" * 21 + "C\rOBX|1|NM|HB^x^L||91|g/L|||||C\r", "ORU^R01")
        report, result = self.one("DiagnosticReport?identifier=S71"), self.one("Observation?identifier=S71.HB")
        same([report["status"], len(report["result"]), "specimen" in report, "encounter" in report], ["corrected", 2, True, True], "a report of which one result is corrected")
        same([result["status"], str(result["valueQuantity"]["value"]), result["effectiveDateTime"][11:13], result["note"][0]["text"]],
             ["corrected", "91", "07", "溶血"], "the corrected result, its own time and its note")
        same([key for key in ("specimen", "encounter", "issued", "referenceRange", "method", "device") if key not in result], [], "what the correction left out")

        head = "OBR|1||S72|CT^chest^L|||20261123080000|||||||||||||||||RAD|{}\r"
        self.order(23, head.format("F") + "OBX|1|TX|GDT||两肺清晰||||||F\rOBX|2|TX|IMP||未见异常||||||F\r", "ORU^R01")
        self.order(24, head.format("C") + "OBX|1|TX|IMP||右肺结节||||||C\r", "ORU^R01")
        same(self.one("DiagnosticReport?identifier=S72")["conclusion"], "检查所见：两肺清晰\n诊断意见：右肺结节", "findings stay beside a corrected impression")

    def several_of_one_item(self):
        """A tolerance test: one number, one item, three times. The third alone under the number is not the first."""
        part = "OBR|{0}||S73|GLU^glucose^L|||202611230{1}0000|||||||||||||||||LAB|F\rOBX|1|NM|GLU^glucose^L||{0}|mmol/L|||||{2}\r"
        self.order(25, "".join(part.format(at, at + 5, "F") for at in (1, 2, 3)), "ORU^R01")
        before = self.reasons().count("feed-other-thing")
        self.order(26, part.format(3, 8, "C").replace("||3|mmol", "||9|mmol"), "ORU^R01")
        values = {number: str(self.one(f"Observation?identifier={number}")["valueQuantity"]["value"]) for number in ("S73.GLU", "S73.GLU.GLU", "S73.GLU.20261123080000.GLU")}
        same(values, {"S73.GLU": "1", "S73.GLU.GLU": "2", "S73.GLU.20261123080000.GLU": "3"}, "three results, and one whose number does not say which")
        same(self.reasons().count("feed-other-thing"), before + 1, "it is told")

    def documents(self):
        for minute, event, rest in ((1, "T02", "D1|||||AU||AV"), (2, "T10", "D2|D1||||AU||AV")):
            self.count += 1
            file = self.hub.folder / "document.hl7"
            file.write_bytes((f"MSH|^~\\&|EMR|341002H0001|HIP|CITY|2026112312{minute:02}00||MDM^{event}^MDM_T02|K{self.count}|P|2.5.1\rEVN|{event}|20261123120000\r"
                              f"PID|1||P3^^^341002H0001^PI||程样例\rTXA|1|CYXJ^出院小结|TX|20261123120000||||||||{rest}\rOBX|1|TX|CYXJ||版本{minute}||||||F\r").encode())
            same(acknowledgement(self.hub.mllp("any", file))[0], "AA", f"{event} is taken")
            self.hub.settle()
        old, new = self.one("DocumentReference?identifier=D1"), self.one("DocumentReference?identifier=D2")
        same([old["status"], new["status"]], ["superseded", "current"], "a document and the one that replaces it")
        same([base64.b64decode(one["content"][0]["attachment"]["data"]).decode() for one in (old, new)], ["版本1", "版本2"], "what stands in them")

    def order(self, minute, segments, kind="ORM^O01", number="P3"):
        self.count += 1
        file = self.hub.folder / "order.hl7"
        file.write_bytes((f"MSH|^~\\&|HIS|341002H0001|HIP|CITY|2026112313{minute:02}00||{kind}|K{self.count}|P|2.5.1\r"
                          f"PID|1||{number}^^^341002H0001^PI||程样例\r{segments}").encode())
        same(acknowledgement(self.hub.mllp("any", file))[0], "AA", "an order is taken")
        self.hub.settle()

    def orders(self):
        self.order(1, "ORC|NW|T1|||||||20261123130000\rOBR|1|T1||XCG^血常规^L\r")
        self.order(2, "ORC|CA|T1\rOBR|1|T1||CRP^C反应蛋白^L\r")
        same(self.one("ServiceRequest?identifier=T1")["status"], "active", "an order of which another item was withdrawn")
        self.order(3, "ORC|CA|T1\r")
        order = self.one("ServiceRequest?identifier=T1")
        same([order["status"], order["code"]["coding"][0]["code"], order["authoredOn"][:10]], ["revoked", "XCG", "2026-11-23"], "a withdrawal of few words")
        self.items_of_one_number()
        self.numbers_of_another()
        self.drugs()

    def items_of_one_number(self):
        """Each item comes in a message of its own; one is withdrawn by its name, then all."""
        for minute, control, item in ((10, "NW", "XCG^血常规^L"), (11, "NW", "CRP^C反应蛋白^L"), (12, "CA", "CRP^C反应蛋白^L")):
            self.order(minute, f"ORC|{control}|T9\rOBR|1|T9||{item}\r")
        states = lambda: {code: self.one(f"ServiceRequest?identifier={ORDERS}%7C{number}")["status"] for number, code in (("T9", "XCG"), ("T9.CRP", "CRP"))}
        same(states(), {"XCG": "active", "CRP": "revoked"}, "two items of one number, the second withdrawn")
        self.order(13, "ORC|NW|T9\rOBR|1|T9||CRP^C反应蛋白^L\r")
        self.order(14, "ORC|CA|T9\r")
        same(states(), {"XCG": "revoked", "CRP": "revoked"}, "a withdrawal that names no item")

    def numbers_of_another(self):
        """A placer's number that begins anew for another patient takes nothing away from the first."""
        self.order(15, "ORC|NW|T8\rOBR|1|T8||XCG^血常规^L\r")
        before, letters = self.one(f"ServiceRequest?identifier={ORDERS}%7CT8"), len(self.reasons())
        self.order(16, "ORC|NW|T8\rOBR|1|T8||XCG^血常规^L\r", number="P1")
        same(self.one(f"ServiceRequest?identifier={ORDERS}%7CT8"), before, "an order whose number came again for another patient")
        same(len(self.reasons()), letters + 1, "dead letters")

    def drugs(self):
        self.order(4, "ORC|NW|T2\rRXE|^Q12H|Y01^阿莫西林胶囊^L|0.5||g\r", "RDE^O11^RDE_O11")
        self.order(5, "ORC|DC|T2\r", "RDE^O11^RDE_O11")
        drug = self.one("MedicationRequest?identifier=T2")
        same([drug["status"], drug["medicationCodeableConcept"]["coding"][0]["code"], len(drug["dosageInstruction"])], ["stopped", "Y01", 1], "a drug that is stopped")
        self.order(6, "ORC|NW|T3\rRXE|^Q12H|Y01^阿莫西林胶囊^L|0.5||g\rORC|NW|T3\rRXE|^QD|Y02^二甲双胍片^L|0.5||g\r", "RDE^O11^RDE_O11")
        self.order(7, "ORC|DC|T3\rRXE||Y02^二甲双胍片^L\r", "RDE^O11^RDE_O11")
        same([self.one(f"MedicationRequest?identifier={ORDERS}%7C{number}")["status"] for number in ("T3", "T3.Y02")], ["active", "stopped"], "of two drugs of one number the second is stopped")
        self.order(8, "ORC|XO|T3\rRXE||Y03^头孢呋辛片^L\r", "RDE^O11^RDE_O11")
        drug = self.one(f"MedicationRequest?identifier={ORDERS}%7CT3")
        same([drug["medicationCodeableConcept"]["coding"][0]["code"], "doseAndRate" in json.dumps(drug)], ["Y03", False], "another drug does not get the dose of the one before")

    def reasons(self):
        """Rules of the dead letters."""
        told = self.hub.command("feed", "dead-letters", "--config", str(self.hub.configuration), "--format", "json")
        letters = json.loads(told)["dead_letters"]
        return sorted(issue["details"]["coding"][0]["code"] for letter in letters for issue in letter["outcome"]["issue"] if issue["severity"] == "error")

    def repeated(self):
        """One item at two times without OBX-4; a correction of the second alone."""
        obx = "OBX|{}|NM|GLU^葡萄糖^L||{}|mmol/L|||||{}|||{}\r"
        head = "OBR|1||S5|OGTT^糖耐量^L|||20261123080000\r"
        self.order(30, head + obx.format(1, "5.1", "F", "20261123080000") + obx.format(2, "9.9", "F", "20261123100000"), "ORU^R01")
        self.order(31, head + obx.format(1, "8.8", "C", "20261123100000"), "ORU^R01")
        values = [str(self.one(f"Observation?identifier={number}")["valueQuantity"]["value"]) for number in ("S5.GLU", "S5.GLU.20261123100000")]
        same(values, ["5.1", "8.8"], "the first result and the second, which was corrected alone")

    def result(self, status, minute, number="P1", value="6.8", report="S1"):
        self.count += 1
        file = self.hub.folder / "result.hl7"
        file.write_bytes((f"MSH|^~\\&|LIS|341002H0001|HIP|CITY|20261123{minute:04}00||ORU^R01|K{self.count}|P|2.5.1\r"
                          f"PID|1||{number}^^^341002H0001^PI\rOBR|1||{report}|XCG^血常规^L|||20261123080000\r"
                          f"OBX|1|NM|WBC^白细胞^L||{value}|10^9/L|||||{status}\r").encode())
        same(acknowledgement(self.hub.mllp("any", file))[0], "AA", "a result is taken")
        self.hub.settle()
        return self.one(f"Observation?identifier={report}.WBC")["status"]

    def withdrawn_and_corrected(self):
        """A correction after a withdrawal is the result that came after all; a late one is kept aside, and that is told."""
        told = [self.result(status, minute, report="S3") for status, minute in (("F", 811), ("W", 812), ("F", 813), ("C", 815), ("W", 814))]
        same(told, ["final", "entered-in-error", "entered-in-error", "corrected", "corrected"], "a result that is withdrawn, sent again, corrected")
        metrics = self.hub.curl("GET", "/metrics").text
        check("huitong_pipeline_put_aside 0" not in metrics and "huitong_pipeline_put_aside" in metrics, "messages put aside are counted")
        self.count += 1
        late = (f"MSH|^~\\&|LIS|341002H0001|HIP|CITY|202611230810||ORU^R01|K{self.count}|P|2.5.1\rPID|1||P1^^^341002H0001^PI\r"
                "OBR|1||S3|XCG^血常规^L|||20261123080000\rOBX|1|NM|WBC^白细胞^L||6.8|10^9/L|||||F\r")
        posted = self.hub.curl("POST", "/messages/any", "his-a", late, content_type="x-application/hl7-v2+er7", accept="*/*")
        same(posted.status, 202, posted.text[:300])
        number = json.loads(posted.text)["messages"][0]["message"]
        self.hub.settle()
        state = self.hub.curl("GET", f"/messages/any/{number}", "his-a", accept="*/*").text
        check('"accepted"' in state and "feed-put-aside" in state, f"what the message's state says: {state[:600]}")

    def results(self):
        told = [self.result(status, 800 + at) for at, status in enumerate("PFXFCX")]
        same(told, ["preliminary", "final", "cancelled", "final", "corrected", "cancelled"], "a result that is cancelled, comes after all, is corrected, is cancelled")
        self.result("P", 806, number="P3", report="S2")
        same(self.result("U", 807, number="P3", report="S2", value=""), "final", "a result that becomes final without being sent again")
        final = self.one("Observation?identifier=S2.WBC")
        same([str(final.get("valueQuantity", {}).get("value")), "dataAbsentReason" in final], ["6.8", False], "its value")
        same(self.result("U", 808, number="P3", report="S4", value=""), "final", "a value that is announced as final before it came")
        same(self.result("P", 807, number="P3", report="S4"), "final", "it comes, as it was sent before")
        late = self.one("Observation?identifier=S4.WBC")
        same([str(late.get("valueQuantity", {}).get("value")), "dataAbsentReason" in late], ["6.8", False], "its value")
        same(self.result("P", 809, number="P3", report="S4", value="7.1"), "final", "a preliminary value behind it is put aside")
        self.repeated()
        self.withdrawn_and_corrected()
        self.result("F", 810, number="P3")
        # Its report and its result are both another patient's.
        same(self.reasons(), ["feed-merge-foreign"] + ["feed-other-thing"] * 3, "a report number that is used again for another patient")


def main():
    with Run() as run:
        Play(run).run()
    print("what messages leave out stays: ends of visits, numbers, labels, merges; a clock that runs ahead keeps nothing out")


if __name__ == "__main__":
    run_script(main)
