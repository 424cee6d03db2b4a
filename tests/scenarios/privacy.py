#!/usr/bin/env python3
"""What leaves the hub without names: masked answers, de-identified exports, exports bound to a place; planted names, numbers and telephones are looked for in
every byte that is given out.

    tests/scenarios/privacy.py
"""
import json
import urllib.parse

from hub import Hub, Run, check, play_steps, run_script, same, wait_for
from peer import Peer, sha256

CANARIES = ["欧阳九九", "九九", "990101195603140017", "13990109901", "花溪路九九零一号", "屯溪九区", "九九的父亲", "患者自述复诊", "MRN990101"]
CLIENTS = {
    "loader": ('["system/*.cruds"]', ""),
    "masked": ('["system/*.cruds"]', "masked = true"),
    "study": ('["system/*.rs"]', 'deidentified = true\ndestination = "341002"'),
    "city": ('["system/*.rs"]', 'destination = "341002"'),
    "abroad": ('["system/*.rs"]', 'destination = "X-99"'),
    "doctor": ('["system/*.cruds"]', 'purposes = ["TREAT", "BTG"]'),
}


def configuration(folder):
    folder.mkdir()
    clients = "".join(f'[[client]]\nid = "{name}"\norganization = "341002H0001"\nsecret_sha256 = "{sha256(name + "-secret")}"\nscopes = {scopes}\n{more}\n'
                      for name, (scopes, more) in CLIENTS.items())
    (folder / "hub.toml").write_text(f"""[server]
http = "127.0.0.1:0"
data = "data"
{clients}
[[data_class]]
name = "results of the city"
types = ["Observation", "DiagnosticReport"]
may_go_to = ["3410"]
[[data_class]]
name = "conditions"
types = ["Condition"]
may_go_to = ["*"]
deidentified_only = true
""", encoding="utf-8")
    return folder / "hub.toml"


PATIENT = {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": CANARIES[2]}, {"system": "urn:mrn", "value": CANARIES[8]}],
           "name": [{"text": CANARIES[0], "family": CANARIES[0][:2], "given": [CANARIES[1]]}], "telecom": [{"system": "phone", "value": CANARIES[3]}], "gender": "female",
           "birthDate": "1956-03-14", "address": [{"text": CANARIES[4], "line": [CANARIES[4]], "district": CANARIES[5], "city": "黄山市", "state": "安徽省"}],
           "contact": [{"name": {"text": CANARIES[6]}, "telecom": [{"system": "phone", "value": CANARIES[3]}]}]}
RESULT = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
          "subject": {"reference": "Patient/p", "display": CANARIES[0]}, "effectiveDateTime": "2026-11-20T08:45:00+08:00", "valueQuantity": {"value": 126, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"}}
CONDITION = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/p"}, "onsetDateTime": "2026-11-25", "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "I10"}], "text": CANARIES[7]},
             "note": [{"text": CANARIES[7]}]}


class Play:
    def __init__(self, run):
        self.hub = Hub(configuration(run.folder / "hub"))
        run.hubs.append(self.hub)
        self.hub.start()
        self.peer = Peer(self.hub.ready["http"])
        for resource in (PATIENT, RESULT, CONDITION):
            answer = self.call("PUT", f"{resource['resourceType']}/{resource['id']}", "loader", resource)
            check(answer.status == 201, f"PUT of {resource['resourceType']}: {answer.status} {answer.body[:500]}")

    def call(self, method, path, client, body=None, **fields):
        headers = {"Prefer": "respond-async"} if "$export" in path and "$export-job" not in path else {}
        return self.peer.call(method, "/fhir/" + path, self.peer.token(client, **fields), body, headers)

    def export(self, client, query=""):
        """Status of the kick-off, and what the files hold."""
        started = self.call("GET", "$export" + query, client)
        if started.status != 202:
            return started, ""
        place = urllib.parse.urlparse(started.headers["Content-Location"]).path.split("/fhir/")[1]
        manifest = wait_for("the export ends", lambda: (lambda a: a.json() if a.status == 200 else None)(self.call("GET", place, client)))
        text = json.dumps(manifest, ensure_ascii=False) + "\n"
        for output in manifest["output"]:
            text += self.call("GET", urllib.parse.urlparse(output["url"]).path.split("/fhir/")[1], client).body.decode()
        return started, text

    def a_masked_client_sees_no_person(self):
        paths = ["Patient/p", "Patient/p/_history/1", "Patient/p/_history", "Patient", "Observation?_include=Observation:patient", "Patient/p/$everything", "_history"]
        for path in paths:
            answer = self.call("GET", path, "masked")
            same(answer.status, 200, path)
            text = answer.body.decode()
            for canary in CANARIES[:7] + CANARIES[8:]:
                check(canary not in text, f"{path} shows {canary}: {text[:600]}")
        check("1956-03-14" in self.call("GET", "Patient/p", "masked").body.decode(), "what names no one is hidden too")
        batch = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient/p"}}, {"request": {"method": "GET", "url": "Patient?name=x"}}]}
        answer = self.call("POST", "", "masked", batch)
        same([entry["response"]["status"][:3] for entry in answer.json()["entry"]], ["200", "403"], "a batch")
        check(CANARIES[0] not in answer.body.decode(), "the batch shows the name")

    def a_masked_client_cannot_ask_for_what_is_covered(self):
        for query in ("Patient?name=" + urllib.parse.quote(CANARIES[0]), "Patient?phone=" + CANARIES[3], "Observation?patient.name=x", "Patient?_sort=name", "Patient?address-city=x",
                      "Patient?_has:Patient:link:name:exact=x", "Observation?subject:Patient.name:exact=x", "$export?_typeFilter=Patient%3Fname%3Dx"):
            answer = self.call("GET", query, "masked")
            same((answer.status, answer.code()), (403, "forbidden"), query)
        same(self.call("GET", "Patient?identifier=urn:mrn|" + CANARIES[8], "masked").status, 200, "a number that the client knows")
        answer = self.call("POST", "$graphql", "masked", {"query": "{Patient(id:\"p\"){name{text}}}"})
        same(answer.status, 403, "GraphQL")

    def nobody_who_is_covered_is_in_a_document(self):
        """A client that sees people covered gets no document; a person who is covered for everybody has none outside an emergency."""
        for patient, name in (("p", "r"), ("star", "rstar")):
            report = {"resourceType": "DiagnosticReport", "id": name, "status": "final", "code": {"text": "检验"}, "subject": {"reference": f"Patient/{patient}"}}
            same(self.call("PUT", f"DiagnosticReport/{name}", "loader", report).status, 201, f"PUT of {name}")
        for client, path in (("masked", "r"), ("doctor", "rstar"), ("masked", "rstar")):
            answer = self.peer.call("GET", f"/documents/DiagnosticReport/{path}", self.peer.token(client))
            check(answer.status in (400, 403, 404, 422), f"{client} {path}: {answer.status}")
            text = answer.body.decode()
            for canary in CANARIES:
                check(canary not in text, f"the document of {path} shows {canary} to {client}: {text[:600]}")
        answer = self.peer.call("GET", "/documents/DiagnosticReport/r", self.peer.token("masked"))
        same((answer.status, answer.json()["issue"][0]["details"]["coding"][0]["code"]), (403, "access-masked"), "a document for a masked client")

    def a_masked_client_writes_nothing(self):
        for method, path, body in (("PUT", "Patient/p", PATIENT), ("POST", "Patient", PATIENT), ("DELETE", "Patient/p", None)):
            same(self.call(method, path, "masked", body).status, 403, method)

    def a_labelled_record_is_covered_for_everybody(self):
        labelled = {**PATIENT, "id": "star", "meta": {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "MASK"}]}}
        same(self.call("PUT", "Patient/star", "loader", labelled).status, 201, "PUT")
        text = self.call("GET", "Patient/star", "doctor").body.decode()
        check(CANARIES[0] not in text and CANARIES[2] not in text, text)
        answer = self.call("PUT", "Patient/star", "doctor", labelled)
        same((answer.status, answer.code()), (403, "forbidden"), "writing over what is seen covered")
        text = self.call("GET", "Patient/star", "doctor", purpose="BTG", reason="found unconscious").body.decode()
        check(CANARIES[0] in text, "in an emergency")
        answer = self.call("POST", "$graphql", "doctor", {"query": "{Patient(id:\"star\"){name{text}}}"})
        check(CANARIES[0] not in answer.body.decode(), "GraphQL shows it")

    def a_study_gets_codes_numbers_and_no_person(self):
        started, text = self.export("study")
        same(started.status, 202, "kick-off")
        for canary in CANARIES + ["2026-11-20", "1956-03-14", "黄山市", '"Patient/p"']:
            check(canary not in text, f"the export shows {canary}: {text[:2000]}")
        for kept in ("718-7", "I10", "126", "安徽省", "female", "PSEUDED"):
            check(kept in text, f"the export lost {kept}: {text[:2000]}")
        lines = [json.loads(line) for line in text.split("\n") if line.startswith('{"resourceType":"')]
        observed = next(line for line in lines if line["resourceType"] == "Observation")
        condition = next(line for line in lines if line["resourceType"] == "Condition")
        patients = [line["id"] for line in lines if line["resourceType"] == "Patient"]
        check(observed["subject"]["reference"].split("/")[1] in patients, "references do not meet")
        import datetime
        days = datetime.date.fromisoformat(condition["onsetDateTime"]) - datetime.date.fromisoformat(observed["effectiveDateTime"][:10])
        same(days.days, 5, "days between result and condition")
        same(self.export("study")[1].count("PSEUDED"), text.count("PSEUDED"), "a second export")

    def a_study_sees_nothing_but_copies(self):
        for path in ("Patient/p", "Patient", "Observation?code=718-7", "Patient/p/$everything", "_history", "Patient/p/_history/1", "$graphql?query=" + urllib.parse.quote("{PatientList{id}}")):
            answer = self.call("GET", path, "study")
            same((answer.status, answer.code()), (403, "forbidden"), path)
        batch = {"resourceType": "Bundle", "type": "batch", "entry": [{"request": {"method": "GET", "url": "Patient/p"}}]}
        same(self.call("POST", "", "study", batch).status, 403, "a batch")
        same((self.call("GET", "metadata", "study").status, self.call("GET", "CodeSystem/$lookup?system=http://hl7.org/fhir/administrative-gender&code=male", "study").status), (200, 200),
             "what is nobody's")

    def a_copy_is_not_chosen_by_whose_it_is(self):
        for criteria in ("Observation?subject=Patient/p", "Patient?identifier=" + CANARIES[8], "Patient?birthdate=1956-03-14", "Patient?_id=p", "Observation?patient.name:exact=x"):
            answer = self.export("study", "?_typeFilter=" + urllib.parse.quote(criteria, safe=""))[0]
            same((answer.status, answer.code()), (403, "forbidden"), criteria)
        same(self.export("study", "?_type=Observation&_typeFilter=" + urllib.parse.quote("Observation?code=718-7", safe=""))[0].status, 202, "by a code")

    def exports_go_where_their_class_may_go(self):
        same(self.export("city", "?_type=Patient,Observation")[0].status, 202, "in the city")
        answer = self.export("abroad", "?_type=Observation")[0]
        same((answer.status, answer.code()), (403, "forbidden"), "abroad")
        check("results of the city" in answer.body.decode(), "the class is not named")
        same(self.export("abroad", "?_type=Patient")[0].status, 202, "a type of no class")
        same(self.export("city", "?_type=Condition")[0].status, 403, "with names")
        same(self.export("city", "?_type=Condition&_deidentified=true")[0].status, 202, "without")
        same(self.export("loader")[0].status, 403, "a client whose place nobody knows")


def main():
    with Run() as run:
        play = Play(run)
        play_steps([play.a_masked_client_sees_no_person, play.a_masked_client_cannot_ask_for_what_is_covered, play.a_masked_client_writes_nothing,
                    play.a_labelled_record_is_covered_for_everybody, play.nobody_who_is_covered_is_in_a_document,
                    play.a_study_gets_codes_numbers_and_no_person, play.a_study_sees_nothing_but_copies,
                    play.a_copy_is_not_chosen_by_whose_it_is, play.exports_go_where_their_class_may_go])
    return 0


if __name__ == "__main__":
    run_script(main)
