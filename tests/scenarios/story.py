"""Scenario 1 and 2 of mutual recognition: a result of one hospital at the order desk of another, step by step, over the network.

Every step says what it saw and fails on the first thing that is not as it must be.
"""
import json

from hub import check, same, wait_for
from samples import send, send_phase

INSTITUTION = "urn:oid:2.16.156.10011.1.5"
CITIZEN = "urn:oid:2.16.156.10011.1.3"
LOINC = "http://loinc.org"
KEY_NUMBER = "990102195603140724"
A, B = "341002H0001", "341004H0009"
SERVICE = "/cds-services/recognition-order-sign"


def local(institution, kind):
    return f"urn:huitong:organization:{institution}:{kind}"


class Story:
    def __init__(self, hub, folder, entries, say=print):
        self.hub, self.folder, self.entries, self.say = hub, folder, entries, say
        self.hooks = 0

    def entry(self, name):
        return next(entry for entry in self.entries if entry["file"].endswith(name))

    # asking ------------------------------------------------------------------------------------------------------------------------------------

    def hook(self, client, institution, patient, orders, visit_class="AMB", service=SERVICE):
        """What an order-entry system sends when a doctor signs; its own codes and its own patient number."""
        self.hooks += 1
        drafts = [{"resource": {"resourceType": "ServiceRequest", "id": f"draft-{index}", "status": "draft", "intent": "order",
                                "code": {"coding": [{"system": local(institution, "order-item"), "code": code, "display": name}]},
                                "subject": {"identifier": {"system": local(institution, "patient"), "value": patient}}}}
                  for index, (code, name) in enumerate(orders, 1)]
        body = {"hook": "order-sign", "hookInstance": f"00000000-0000-4000-8000-{self.hooks:012d}", "fhirServer": self.hub.url + "/fhir",
                "context": {"userId": "Practitioner/1023", "patientId": patient, "encounterId": "MZ1",
                            "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": drafts}},
                "prefetch": {"encounter": {"resourceType": "Encounter", "status": "in-progress",
                                           "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": visit_class}}}}
        answer = self.hub.curl("POST", service, client, json.dumps(body), content_type="application/json", accept="application/json",
                               headers=["Accept-Language: zh"])
        check(answer.status == 200, f"{service}: {answer.status} {answer.text[:1000]}")
        self.seconds = answer.seconds
        return answer.json()["cards"]

    def feedback(self, client, card, **members):
        answer = self.hub.curl("POST", SERVICE + "/feedback", client, json.dumps({"feedback": [{"card": card["uuid"], **members}]}),
                               content_type="application/json", accept="application/json")
        check(answer.status == 200, f"feedback: {answer.status} {answer.text[:1000]}")

    def observations(self, report, client="auditor"):
        found = self.hub.search(f"DiagnosticReport?identifier={local(A, 'report')}%7C{report}&_include=DiagnosticReport:result", client)
        return {self.local_code(one): one for one in found if one["resourceType"] == "Observation"}

    @staticmethod
    def local_code(observation):
        return next(coding["code"] for coding in observation["code"]["coding"] if coding["system"].startswith("urn:huitong:organization:"))

    # scenario 1 --------------------------------------------------------------------------------------------------------------------------------

    def feed_everything(self):
        for phase in ("history", "story"):
            count = send_phase(self.hub, self.folder, self.entries, phase)
            self.say(f"  sent {count} messages and files ({phase})")
        self.hub.settle(180)

    def result_is_stored(self):
        report = "JY" + self.entry("oru_cbc_key_person.hl7")["sent"][:10].replace("-", "") + "001"
        self.report = report
        results = self.observations(report)
        same(sorted(results), ["HCT", "HGB", "PLT", "RBC", "WBC"], "the results of the report")
        for code, loinc, unit, value in (("WBC", "6690-2", "10*9/L", "6.8"), ("RBC", "789-8", "10*12/L", "4.21"), ("HGB", "718-7", "g/L", "126"),
                                         ("PLT", "777-3", "10*9/L", "215"), ("HCT", "4544-3", "%", "38.2")):
            one = results[code]
            same(one["code"]["coding"][0]["system"] + "|" + one["code"]["coding"][0]["code"], f"{LOINC}|{loinc}", f"{code} is coded")
            same(one["valueQuantity"]["code"], unit, f"UCUM unit of {code}")
            same(str(one["valueQuantity"]["value"]), value, f"value of {code}")
            same(one["status"], "final", f"status of {code}")
            check("T08:45:00+08:00" in one["effectiveDateTime"], f"{code} was collected at {one['effectiveDateTime']}")
            same(one["performer"][0]["identifier"]["value"], A, f"who measured {code}")
        self.traced = results["HGB"]["id"]
        self.say(f"  report {report}: 5 results with LOINC and UCUM, collected 08:45 at {A}")
        return results

    def names_are_right(self):
        for name in ("陈弢", "周瓅", "郑玘", "韩璣", "李昞", "吴誠", "邓珇", "龚䶮", "欧阳𬭎"):
            found = self.hub.read(f"/fhir/Patient?name={quote(name)}", "auditor")
            check(found["total"] >= 1, f"{name} is not found by name")
        self.say("  names whose second byte is | ^ \\ or ~, and one of four bytes, are found by name")

    def resending_changes_nothing(self, results):
        send_phase(self.hub, self.folder, self.entries, "resend")
        self.hub.settle()
        again = self.observations(self.report)
        for code, one in results.items():
            same(again[code]["id"], one["id"], f"id of {code} after sending again")
            same(again[code]["meta"]["versionId"], one["meta"]["versionId"], f"version of {code} after sending again")
        self.say("  the same message twice, and the same report under a new control id: AA, no second copy")

    def refusals_are_told(self):
        count = send_phase(self.hub, self.folder, self.entries, "refused")
        self.hub.settle()
        text = self.hub.command("feed", "dead-letters", "--config", str(self.hub.configuration))
        check("999999H9999" in text or "organ" in text.lower() or "机构" in text, f"the unknown institution is not explained:\n{text}")
        gaps = self.hub.command("feed", "gaps", "--config", str(self.hub.configuration))
        check(gaps.strip(), "the unmapped item is no gap")
        self.say(f"  {count} messages that must be refused or kept with a reason were")

    def ordered_at_b(self):
        cards = self.hook("his-b", B, "778899", [("XCG-B", "血细胞分析")])
        same(len(cards), 1, "cards for a blood count")
        card = cards[0]
        for piece in ("全国HR", "黄山甲医院"):
            check(piece in card["summary"], f"{piece} is not in the summary: {card['summary']}")
        for piece in ("126", "115-150", "38.2"):
            check(piece in card["detail"], f"{piece} is not in the detail: {card['detail']}")
        same(card["indicator"], "info", "indicator")
        same(len(card["suggestions"]), 1, "suggestions")
        kinds = [action["type"] for action in card["suggestions"][0]["actions"]]
        check("delete" in kinds, f"the suggestion does not cancel the order: {kinds}")
        same([reason["code"] for reason in card["overrideReasons"]], ["1", "2", "3", "4", "5", "6"], "reasons to decline")
        self.say(f"  {B} orders a blood count: {card['summary']}  ({self.seconds * 1000:.0f} ms)")
        return card

    def adopted(self, card):
        self.feedback("his-b", card, outcome="accepted", acceptedSuggestions=[{"id": card["suggestions"][0]["uuid"]}], outcomeTimestamp="2026-01-01T00:00:00Z")
        state = self.hub.read(f"/recognition/detail?match={card['uuid']}", "his-b")
        same(state["state"], "adopted", "state of the match")
        same(state["match"]["saving"], "20.00", "what was saved")
        self.say(f"  adopted; {state['match']['saving']} CNY not spent twice")

    def variant_declined(self):
        card = self.hook("his-b", B, "778899", [("XCG-B", "血细胞分析")])[0]
        refused = self.hub.curl("POST", SERVICE + "/feedback", "his-b",
                                json.dumps({"feedback": [{"card": card["uuid"], "outcome": "overridden", "overrideReason": {"reason": {"code": "9"}}}]}),
                                content_type="application/json")
        check(refused.status in (400, 422), f"an unknown reason was taken: {refused.status}")
        self.feedback("his-b", card, outcome="overridden", overrideReason={"reason": {"code": "1", "system": card["overrideReasons"][0]["system"]}})
        state = self.hub.read(f"/recognition/detail?match={card['uuid']}", "his-b")
        same((state["state"], state["reason"]), ("declined", "1"), "state after the doctor declined")
        self.say("  (a) the doctor declines with reason 1: counted, the order goes on; an unknown reason is refused")

    def variant_emergency(self):
        card = self.hook("his-b", B, "778899", [("XCG-B", "血细胞分析")], visit_class="EMER")[0]
        check("VISIT-EXEMPT" in card["detail"], f"the emergency is not named: {card['detail']}")
        check("suggestions" not in card or not card["suggestions"], "an emergency order is asked to be cancelled")
        check("HR" not in card["summary"], f"a mark without recognition: {card['summary']}")
        self.say("  (b) in an emergency the card says that a re-test is allowed")

    def variant_partial(self):
        person = self.entry("oru_cbc_without_hct.hl7")["patients"][0]
        found = self.hub.search(f"Patient?name={quote(person)}&identifier={local(A, 'patient')}%7C", "auditor")
        number = next(i["value"] for i in found[0]["identifier"] if i["system"] == CITIZEN)
        body = {"patient": {"national_id": number}, "visit_class": "AMB", "orders": [{"id": "o1", "code": "XCG-B"}]}
        match = self.hub.post("/recognition/matches", body, "his-b")["matches"][0]
        same(match["order_only"], ["HCT"], "what is to be ordered instead")
        check(match["verdict"] != "RECOGNISE", "a panel without a member was recognised")
        self.say("  (c) HCT is missing in the source: the panel is recognised in part, order only HCT")

    def variant_amended(self, results):
        before = self.hub.read("/recognition/notices?since=seq-0", "his-b")
        same(len(before["notices"]), 0, "notices before the correction")
        send(self.hub, self.folder, self.entry("oru_cbc_key_person_corrected.hl7"))
        self.hub.settle()
        notices = wait_for("the adopter is told", lambda: self.hub.read("/recognition/notices?since=seq-0", "his-b")["notices"])
        told = [one for one in notices if one["resource"].endswith(results["HGB"]["id"])]
        check(told, f"no notice of HGB: {notices}")
        then, now_told = told[0]["adopted"], told[0]["current"]
        check(int(then["version"]) < int(now_told["version"]), f"versions of the notice: {told[0]}")
        check("126" in then["text"] and "121" in now_told["text"], f"values of the notice: {told[0]}")
        now = self.observations(self.report)["HGB"]
        same((now["status"], str(now["valueQuantity"]["value"])), ("corrected", "121"), "HGB after the correction")
        old = self.hub.read(f"/fhir/Observation/{now['id']}/_history/{then['version']}", "his-b")
        same(str(old["valueQuantity"]["value"]), "126", "HGB as it was adopted")
        self.say("  (d) A corrects HGB after the adoption: B is told, with both versions")

    def trail_tells(self, results):
        """Who wrote and who read the result, and the bytes that it came from."""
        key = f"Observation/{results['HGB']['id']}"
        def events():
            found = self.hub.search(f"AuditEvent?entity={key}&_count=200", "auditor")
            writes = sum(agents(one)[:1] == ["lis-a"] for one in found)
            return found if writes == 2 and any(subtype(one) == "vread" for one in found) else None   # the trail follows within seconds
        found = wait_for("both writes and the last read are in the trail", events)
        by_b = [one for one in found if "his-b" in agents(one)]
        check(len([one for one in by_b if subtype(one) == "operation"]) >= 5, f"hooks and details of B in the trail: {len(by_b)}")
        same(len([one for one in by_b if subtype(one) == "vread"]), 1, "reads of the adopted version in the trail")
        for one in by_b:
            check("1023" in agents(one), f"the doctor is not named: {agents(one)}")
            same(one["purposeOfEvent"][0]["coding"][0]["code"], "TREAT", "purpose in the trail")
        sources = self.hub.search(f"Provenance?target={key}", "auditor")
        messages = sorted(one["entity"][0]["what"]["identifier"]["value"] for one in sources)
        same(len(messages), 3, "messages that told the result: the first, its repetition under a new control id, the correction")
        traced = json.loads(self.hub.command("trace", "--config", str(self.hub.configuration), "--format", "json", key))
        changed = [message["id"] for message in traced["messages"]]
        check(len(changed) == 2 and set(changed) < set(messages), f"messages that made a version: {changed} of {messages}")
        values = [(line["path"], line["value"], line["source"]) for message in traced["messages"] for line in message["elements"]
                  if line["path"].endswith("valueQuantity.value")]
        same(values, [("Observation.valueQuantity.value", "126", "126"), ("Observation.valueQuantity.value", "121", "121")], "values down to the bytes")
        self.say(f"  the trail: {len(found)} AuditEvents name the result, {len(messages)} messages by Provenance, values traced to their bytes")

    # scenario 2 --------------------------------------------------------------------------------------------------------------------------------

    def chemistry_is_converted(self):
        found = self.hub.search(f"Observation?identifier={local(B, 'result')}%7C&patient.identifier={local(B, 'patient')}%7C778899", "auditor")
        molar = {"14749-6": ("mmol/L", "6.27", "GLU", "113 mg/dL"), "14682-9": ("umol/L", "80", "CREA", "0.9 mg/dl"),
                 "14933-6": ("umol/L", "290", "UA", "4.8 mg/dl")}
        seen = 0
        for one in found:
            loinc = one["code"]["coding"][0]["code"]
            if loinc not in molar or self.local_code(one) not in ("GLU", "CREA", "UA"):
                continue
            unit, value, _, sent = molar[loinc]
            kept = [e["valueString"] for e in walk_extensions(one) if e["url"].endswith("/source-value")]
            if sent not in kept:
                continue
            same(one["valueQuantity"]["code"], unit, f"unit of {loinc}")
            check(float(one["valueQuantity"]["value"]) == float(value) or abs(float(one["valueQuantity"]["value"]) - float(value)) / float(value) < 0.02,
                  f"{loinc}: {one['valueQuantity']['value']} is not about {value}")
            seen += 1
        same(seen, 3, "converted results of B's analyser")
        self.say("  B's analyser (GBK without MSH-18, mg/dL): molar LOINC and units, the sent value kept")

    def ordered_at_a(self):
        cards = self.hook("his-a", A, "0001234567", [("PTT-A", "葡萄糖"), ("JG-A", "肌酐"), ("BGKT-A", "丙肝抗体")])
        text = json.dumps(cards, ensure_ascii=False)
        check("EQA-LAPSED" in text, f"the lapsed certificate is not named: {text[:3000]}")
        check("EQA-NONE" in text, f"the laboratory without a certificate is not named: {text[:3000]}")
        check("TIER-LOW" not in text, "the tier rule of another pack spoke")
        for card in cards:
            check("HR" not in card["summary"].replace("HCV", ""), f"a mark without recognition: {card['summary']}")
            check(not card.get("suggestions"), "an order is asked to be cancelled without recognition")
        self.say(f"  {A} orders glucose, creatinine, HCV: shown for reference, EQA-LAPSED and EQA-NONE, no mark, nothing to cancel")

    def play(self):
        self.feed_everything()
        results = self.result_is_stored()
        self.names_are_right()
        self.resending_changes_nothing(results)
        self.refusals_are_told()
        card = self.ordered_at_b()
        self.adopted(card)
        self.variant_declined()
        self.variant_emergency()
        self.variant_partial()
        self.variant_amended(results)
        self.trail_tells(results)
        self.chemistry_is_converted()
        self.ordered_at_a()


def agents(event):
    """Who acted, as the trail names them."""
    return [agent["who"]["identifier"]["value"] for agent in event["agent"] if "identifier" in agent.get("who", {})]


def subtype(event):
    return event.get("subtype", [{}])[0].get("code")


def walk_extensions(value):
    """Every extension in a resource, wherever it stands."""
    if isinstance(value, dict):
        for extension in value.get("extension", []):
            yield extension
        for child in value.values():
            yield from walk_extensions(child)
    elif isinstance(value, list):
        for child in value:
            yield from walk_extensions(child)


def quote(text):
    from urllib.parse import quote as percent
    return percent(text)
