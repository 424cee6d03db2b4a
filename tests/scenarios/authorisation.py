#!/usr/bin/env python3
"""Scenario 4 of the domain page: a psychiatric record and an HIV result are not there for a general doctor, are there behind broken glass, and both are in the
trail, which the resident sees. An order before an operation is told nothing of the HIV result either. Over the network; labels come from codes, in the commit."""
import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from hub import ROOT, Run, check, run_script, same, wait_for
from peer import sha256
from trust import REFUSED_ORGANIZATION, World, looks_absent

ICD, LOINC = "http://hl7.org/fhir/sid/icd-10", "http://loinc.org"
SENSITIVE = {"follow-up", "hiv"}
HIV_ITEM = "HS-HIV,HIV-AB,艾滋病病毒抗体,HIV antibody,infection-marker,laboratory,http://loinc.org|7917-8;urn:huitong:catalogue:item|HIV-AB,,,any,*:2160,40.00,3410,2000-01-01,2099-12-31\n"
ORDERS = f"""
[[client]]
id = "orders"
organization = "{REFUSED_ORGANIZATION}"
practitioner = "1023"
purposes = ["TREAT", "BTG"]
secret_sha256 = "{sha256("orders-secret")}"
scopes = ["system/*.rs", "recognition"]
"""


def coded(system, code):
    return {"coding": [{"system": system, "code": code}]}


def fill(world):
    subject = {"reference": "Patient/resident"}
    world.put("Patient/resident", {"identifier": [{"system": "urn:s", "value": "r1"}]})
    world.put("Condition/follow-up", {"subject": subject, "code": coded(ICD, "F20.0")})
    world.put("Condition/pressure", {"subject": subject, "code": coded(ICD, "I10")})
    world.put("Observation/hiv", {"status": "final", "subject": subject, "code": coded(LOINC, "7917-8"), "valueString": "reactive",
                                  "effectiveDateTime": "2026-11-01T08:00:00+08:00",
                                  "performer": [{"identifier": {"system": "urn:oid:2.16.156.10011.1.5", "value": "341002H0001"}}]})
    world.put("Patient/nobody", {"identifier": [{"system": "urn:s", "value": "r2"}]})
    world.put("Observation/glucose", {"status": "final", "subject": subject, "code": coded(LOINC, "14749-6"),
                                      "valueQuantity": {"value": 6.27, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}})
    world.put("Encounter/visit", {"status": "finished", "class": {"code": "AMB"}, "subject": subject,
                                  "diagnosis": [{"condition": {"reference": "Condition/follow-up"}}, {"condition": {"reference": "Condition/pressure"}}]})


def registers(run):
    """The sample registers with an item that the sample catalogue does not have."""
    folder = run.folder / "registers"
    shutil.copytree(ROOT / "terminology/recognition", folder)
    with (folder / "catalogue.csv").open("a", encoding="utf-8") as file:
        file.write(HIV_ITEM)
    return folder


def cards(world, patient, visit_class, **fields):
    """What a doctor is told who orders an HIV test."""
    order = {"resourceType": "ServiceRequest", "id": "d1", "status": "draft", "intent": "order", "subject": {"reference": f"Patient/{patient}"},
             "code": coded("urn:huitong:catalogue:item", "HIV-AB")}
    body = {"hook": "order-sign", "hookInstance": "00000000-0000-4000-8000-000000000001",
            "context": {"userId": "Practitioner/1023", "patientId": patient, "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]}},
            "prefetch": {"patient": {"resourceType": "Patient", "identifier": [{"system": "urn:s", "value": {"resident": "r1", "nobody": "r2"}[patient]}]},
                         "encounter": {"resourceType": "Encounter", "status": "in-progress", "class": {"code": visit_class}}}}
    answer = world.peer.call("POST", "/cds-services/recognition-order-sign", world.token("orders", **fields), body, {"Content-Type": "application/json"})
    same(answer.status, 200, "the hook")
    return answer.json()["cards"]


def withheld(world):
    text = world.peer.call("GET", "/metrics").body.decode()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("huitong_recognition_withheld ")))


def ordered_before_an_operation(world):
    for visit_class in ("PREOP", "AMB"):
        same(cards(world, "resident", visit_class), [], "cards about what may not be seen")
        same(cards(world, "nobody", visit_class), [], "cards where there is nothing")
    wait_for("the ledger alone knows what was withheld", lambda: withheld(world) >= 2)
    shown = cards(world, "resident", "PREOP", purpose="BTG", reason="found unconscious, no relatives")
    same(len(shown), 1, "cards behind broken glass")
    check("VISIT-EXEMPT" in shown[0]["detail"] and not shown[0].get("suggestions"), f"before an operation the test is made again anyway: {shown[0]['detail']}")


def ids(answer):
    return {entry["resource"]["id"] for entry in answer.get("entry", []) if "resource" in entry}


def hidden_everywhere(world):
    for path in ("Condition/follow-up", "Condition/follow-up/_history/1", "Observation/hiv"):
        looks_absent(world, path, "other")
    counted = {"Condition?patient=resident": 1, "Observation?patient=resident": 1, "Condition?code=F20.0": 0, "Observation?code=7917-8": 0,
               "Observation?value-string=reactive": 0, "Patient?_has:Condition:patient:code=F20.0": 0, "Patient?_has:Observation:patient:code=7917-8": 0,
               "Encounter?diagnosis:Condition.code=F20.0": 0, "Encounter?diagnosis=Condition/pressure": 1, "Patient/resident/Condition": 1}
    for query, wanted in counted.items():
        found = world.found(query + ("&" if "?" in query else "?") + "_total=accurate", "other")
        same((found.get("total", 0), len(ids(found) & SENSITIVE)), (wanted, 0), query)
    for query in ("Patient/resident/$everything", "Encounter?_id=visit&_include=Encounter:diagnosis", "Patient?_id=resident&_revinclude=Condition:patient",
                  "Patient?_id=resident&_revinclude=Observation:patient", "Condition/_history?_count=1000", "_history?_count=1000"):
        same(ids(world.found(query, "other")) & SENSITIVE, set(), query)


def open_in_an_emergency(world):
    fields = {"purpose": "BTG", "reason": "found unconscious, no relatives"}
    same(ids(world.found("Condition?patient=resident", "clinic", **fields)), {"follow-up", "pressure"}, "conditions behind broken glass")
    same(world.get("Observation/hiv", "clinic", **fields).status, 200, "the result behind broken glass")
    event = world.event("entity=Observation/hiv&action=R&outcome=0&_sort=-date&_count=20", "the reading is in the trail",
                        lambda event: event["purposeOfEvent"][0]["coding"][0]["code"] == "BTG")
    same((event["purposeOfEvent"][0]["coding"][0]["code"], event["purposeOfEvent"][0]["text"]), ("BTG", fields["reason"]), "purpose and reason")
    same(event["agent"][0]["altId"], "clinic", "who")
    check(any(agent.get("altId") == "1023" for agent in event["agent"]), "the doctor is not named")


def consent(world, status, **bounds):
    """The resident shares his record, but for what `bounds` names."""
    refusal = {"type": "deny", **bounds}
    world.put("Consent/in-part", {"status": status, "dateTime": "2026-11-20T08:00:00+08:00", "patient": {"reference": "Patient/resident"},
                                  "scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
                                  "category": [coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "INFA")],
                                  "policyRule": coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
                                  "provision": {"type": "permit", "provision": [refusal]}})


def exported(world, client):
    """Ids of all that an export of the client's gives."""
    started = world.peer.call("GET", "/fhir/$export?_type=Observation,Condition,Patient", world.token(client), headers={"Prefer": "respond-async", "Accept": "application/fhir+json"})
    same(started.status, 202, f"the export begins: {started.body[:300]}")
    path = "/" + started.headers["Content-Location"].split("/", 3)[3]
    def done():
        answer = world.peer.call("GET", path, world.token(client))
        return answer.json() if answer.status == 200 else None
    out = set()
    for file in wait_for("the export is done", done)["output"]:
        lines = world.peer.call("GET", "/" + file["url"].split("/", 3)[3], world.token(client)).body.decode().splitlines()
        out |= {json.loads(line)["id"] for line in lines}
    return out


def closed_in_part(world):
    """A Consent that closes a class, a code or one resource closes that part, on every way, and no other."""
    parts = [({"class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Observation"}]}, {"glucose"}),
             ({"code": [coded(LOINC, "14749-6")]}, {"glucose"}), ({"code": [coded(ICD, "I10")]}, {"pressure"}),
             ({"data": [{"meaning": "instance", "reference": {"reference": "Condition/pressure"}}]}, {"pressure"})]
    kinds = {"glucose": "Observation", "pressure": "Condition"}
    for bounds, closed in parts:
        consent(world, "active", **bounds)
        for name, kind in kinds.items():
            wanted = 404 if name in closed else 200
            same(world.get(f"{kind}/{name}", "other").status, wanted, f"{bounds}: {kind}/{name}")
            total = world.found(f"{kind}?patient=resident&_total=accurate", "other").get("total", 0)
            same(total, 0 if name in closed else 1, f"{bounds}: how many of {kind}")
        for query in ("Patient/resident/$everything", "Encounter?_id=visit&_include=Encounter:diagnosis", "Patient?_id=resident&_revinclude=Condition:patient",
                      "Patient?_id=resident&_revinclude=Observation:patient", "_history?_count=1000"):
            same(ids(world.found(query, "other")) & closed, set(), f"{bounds}: {query}")
        check("resident" in ids(world.found("Patient?_id=resident", "other")), "the patient himself is there")
        graph = world.peer.call("POST", "/fhir/$graphql", world.token("other"), {"query": "{ConditionList(patient: \"resident\") {id} ObservationList(patient: \"resident\") {id}}"},
                                {"Content-Type": "application/json"})
        same({name for name in kinds if f'"{name}"' in graph.body.decode()}, set(kinds) - closed, f"{bounds}: by GraphQL ({graph.status})")
    found = exported(world, "other")
    same((("pressure" in found), ("glucose" in found), ("resident" in found)), (False, True, True), "what an export gives")
    event = world.event("entity=Condition/pressure&outcome=4&_sort=-date&_count=20", "the refusal is in the trail", lambda event: event["agent"][0]["altId"] == "other")
    check(event, "the event")
    same(world.get("Condition/pressure", "clinic", purpose="BTG", reason="found unconscious, no relatives").status, 200, "behind broken glass")
    consent(world, "inactive")
    same(world.get("Condition/pressure", "other").status, 200, "withdrawn")


def traced(world):
    world.get("Observation/hiv", "other")
    world.event("entity=Observation/hiv&outcome=4&_sort=-date&_count=20", "the refusal is in the trail", lambda event: event["agent"][0]["altId"] == "other")
    def own():
        found = world.found("AuditEvent?entity=Observation/hiv&_count=100", "portal", patient="resident")
        return {entry["resource"]["agent"][0]["altId"] for entry in found.get("entry", [])}
    wait_for("the resident sees who read it", lambda: "clinic" in own())


def main():
    with Run() as run:
        world = World(run, registers=registers(run), more=ORDERS)
        fill(world)
        hidden_everywhere(world)
        ordered_before_an_operation(world)
        open_in_an_emergency(world)
        traced(world)
        closed_in_part(world)
        hidden_everywhere(world)
        world.hub.stop()
        world.hub.command("audit", "verify", "--data", str(world.hub.folder / "data"))
    print("scenario 4: hidden everywhere, open in an emergency, traced")


if __name__ == "__main__":
    run_script(main)
