#!/usr/bin/env python3
"""A running hub and what its keepers do with it: new search parameters, imports, exports that a restart interrupts, expunges.

    tests/scenarios/server.py

What was asked over HTTP is looked for afterwards in the audit trail and, of what was expunged, in the bytes of the data directory.
"""
import hashlib
import http.client
import json
import time

from hub import Hub, Run, check, run_script, same, wait_for

CONFIGURATION = """
[server]
http = "127.0.0.1:0"
data = "data"
[import]
folder = "in"
[[client]]
id = "keeper"
organization = "341002H0001"
secret_sha256 = "{keeper}"
scopes = ["system/*.cruds", "huitong/import", "huitong/expunge"]
[[client]]
id = "hospital"
organization = "341002H0001"
secret_sha256 = "{hospital}"
scopes = ["system/*.cruds"]
"""
ASYNC = ("Prefer: respond-async",)
PATIENTS = 1_500


def parameter(code, expression, kind="token", status="active", **more):
    return {"resourceType": "SearchParameter", "id": code, "url": f"urn:test:{code}", "name": code, "status": status, "description": code, "code": code,
            "base": ["Patient"], "type": kind, "expression": expression, **more}


def patient(number, family="Probe"):
    return {"resourceType": "Patient", "id": f"p{number}", "name": [{"family": family, "given": [f"Nr{number}"]}],
            "extension": [{"url": "urn:ward", "valueCode": "north" if number % 2 else "south"}]}


class Play:
    def __init__(self, hub):
        self.hub = hub

    def ask(self, method, path, body=None, client="keeper", headers=(), **more):
        data = None if body is None else json.dumps(body, ensure_ascii=False)
        return self.hub.curl(method, "/fhir/" + path, client, data, headers=headers, **more)

    def must(self, method, path, body=None, status=200, **more):
        answer = self.ask(method, path, body, **more)
        check(answer.status == status, f"{method} {path}: {answer.status}, expected {status}\n{answer.text[:1500]}")
        return answer.json() if answer.text else None

    def total(self, query):
        return self.must("GET", query + ("&" if "?" in query else "?") + "_summary=count")["total"]


def searchable(play, query):
    """Whether a parameter can be asked for, and how many it finds; None while it is being indexed."""
    answer = play.ask("GET", query + "&_summary=count")
    if answer.status == 503:
        check("search-parameter-indexing" in answer.text, answer.text)
        return None
    same(answer.status, 200, query)
    return answer.json()


def names(play, code):
    statement = play.must("GET", "metadata")
    patients = next(one for one in statement["rest"][0]["resource"] if one["type"] == "Patient")
    return [one for one in patients["searchParam"] if one["name"] == code]


def rule(answer):
    return answer.json()["issue"][0]["details"]["coding"][0]["code"]


def a_search_parameter_is_posted(play):
    entries = [{"resource": patient(number), "request": {"method": "PUT", "url": f"Patient/p{number}"}} for number in range(PATIENTS)]
    play.must("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    same(rule(play.ask("GET", "Patient?ward=north")), "search-unknown-parameter", "before")
    ward = parameter("ward", "Patient.extension.where(url = 'urn:ward').value as code")
    made = play.must("POST", "SearchParameter", {k: v for k, v in ward.items() if k != "id"}, 201)
    check(len(names(play, "ward")) == 1, "the capability statement names it")
    found = wait_for("ward is indexed", lambda: searchable(play, "Patient?ward=north"))
    same(found["total"], PATIENTS // 2, "patients of the ward")
    play.must("PUT", "Patient/p0", {**patient(1), "id": "p0"})
    same(play.total("Patient?ward=north"), PATIENTS // 2 + 1, "a change is indexed at once")
    check("documentation" not in names(play, "ward")[0], "nothing is left to be indexed")
    return made["id"]


def it_outlives_a_restart(play):
    play.hub.kill()
    play.hub.start()
    same(play.total("Patient?ward=north"), PATIENTS // 2 + 1, "after a restart")


def what_cannot_be_used_is_refused(play):
    for wrong, wanted in ((parameter("x", "Patient.colour"), None), (parameter("x", "Patient.name.where("), "fhirpath-syntax"),
                          (parameter("gender", "Patient.gender"), "search-parameter-taken"), (parameter("x", "Patient.name", "date"), "search-parameter-value-type")):
        answer = play.ask("PUT", f"SearchParameter/{wrong['id']}", wrong)
        same(answer.status, 422, wrong["expression"])
        check(wanted in (None, rule(answer)), f"{wrong['expression']}: {rule(answer)}")
    play.must("PUT", "SearchParameter/x", parameter("x", "Patient.colour", status="draft"), 201)
    same(rule(play.ask("GET", "Patient?x=1")), "search-unknown-parameter", "a draft is data")


def one_comes_in_a_transaction_and_goes(play, ward):
    nick = parameter("nick", "Patient.name.given", "string")
    play.must("POST", "", {"resourceType": "Bundle", "type": "transaction",
                           "entry": [{"resource": nick, "request": {"method": "PUT", "url": "SearchParameter/nick"}}]})
    same(wait_for("nick is indexed", lambda: searchable(play, "Patient?nick:exact=Nr7"))["total"], 1, "by its exact name")
    found = play.must("GET", "Patient?nick:exact=Nr7&_sort=-nick")
    same(found["total"], 1, "sorted by it")
    play.must("DELETE", "SearchParameter/nick", status=204)
    same(rule(play.ask("GET", "Patient?nick=nr7")), "search-misspelt-parameter", "after it was deleted")
    play.must("DELETE", f"SearchParameter/{ward}", status=204)
    same(names(play, "ward"), [], "what the capability statement says then")


def costly_expressions_hold_up_nobody(play):
    """Whoever may write search parameters brings expressions of their own; each is bounded for every resource. Source: trust page, check N37."""
    for number, expression in enumerate(("Patient.descendants().descendants().descendants().descendants().where($this is string)",
                                         "Patient.name.family.matches('^(a+)+$')", "Patient.repeat(children() | $this | children()).where($this is code)")):
        play.ask("PUT", f"SearchParameter/bomb{number}", parameter(f"bomb{number}", expression, "token" if number else "string"))
    family = "a" * 5_000 + "!"
    names = [{"family": family, "given": ["b"], "period": {"start": "2026"}}] * 100
    began = time.monotonic()
    play.must("PUT", "Patient/wide", {"resourceType": "Patient", "id": "wide", "name": names}, 201)
    check(time.monotonic() - began < 5, f"a write took {time.monotonic() - began:.1f} s")
    for number in range(3):
        play.must("DELETE", f"SearchParameter/bomb{number}", status=204)


def order(play, method, path, body=None):
    """Orders a job and gives the path of its status."""
    token = play.hub.token("keeper")
    host, port = play.hub.ready["http"].rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.request(method, "/fhir/" + path, None if body is None else json.dumps(body),
                       {"Authorization": "Bearer " + token, "Prefer": "respond-async", "Content-Type": "application/json", "Accept": "application/fhir+json"})
    answer = connection.getresponse()
    text = answer.read().decode()
    check(answer.status == 202, f"{method} {path}: {answer.status} {text[:500]}")
    return answer.headers["Content-Location"].partition("/fhir/")[2]


def done(play, job):
    answer = play.ask("GET", job)
    check(answer.status in (200, 202), f"{job}: {answer.status} {answer.text[:500]}")
    return answer.json() if answer.status == 200 else None


def files_are_imported(play, folder):
    count = 5_000
    lines = [json.dumps(patient(number, "Import")) for number in range(10_000, 10_000 + count)]
    (folder / "patients.ndjson").write_text("\n".join([*lines, '{"resourceType":"Observation","id":"o"}', "no json"]) + "\n")
    manifest = {"inputFormat": "application/fhir+ndjson", "input": [{"type": "Patient", "url": "patients.ndjson"}]}
    same(play.ask("POST", "$import", manifest, client="hospital", headers=ASYNC, content_type="application/json").status, 403, "without the scope")
    outside = {"input": [{"type": "Patient", "url": "../hub.toml"}]}
    same(rule(play.ask("POST", "$import", outside, headers=ASYNC, content_type="application/json")), "import-url", "outside of the folder")
    job = order(play, "POST", "$import", manifest)
    play.hub.kill()
    play.hub.start()
    result = wait_for("the import is done", lambda: done(play, job), 120)
    same(result["output"][0]["count"], count, "patients imported")
    same(result["error"][0]["count"], 2, "lines refused")
    errors = play.ask("GET", result["error"][0]["url"].partition("/fhir/")[2]).text
    check("rest-type-differs" in errors and "line 5001" in errors, errors[:1000])
    same(play.total("Patient?family=import"), count, "patients found")


def an_export_goes_on_after_a_restart(play):
    before = play.total("Patient?")
    job = order(play, "GET", "$export?_type=Patient,SearchParameter")
    play.hub.kill()
    play.hub.start()
    result = wait_for("the export is done", lambda: done(play, job), 120)
    same({one["type"]: one["count"] for one in result["output"]}["Patient"], before, "patients exported")
    play.hub.stop()
    play.hub.start()
    same([one["count"] for one in done(play, job)["output"]], [one["count"] for one in result["output"]], "counts after another restart")
    file = play.ask("GET", job + "/Patient.ndjson").text
    same(file.count("\n"), before, "lines of the file")


def a_patient_is_expunged(play, data):
    telling = "Unvergesslich"
    play.must("PUT", "Patient/gone", patient(1, telling) | {"id": "gone", "identifier": [{"system": "urn:number", "value": "9901-" + telling}]}, 201)
    play.must("PUT", "Observation/gone", {"resourceType": "Observation", "id": "gone", "status": "final", "code": {"text": "x"},
                                          "subject": {"reference": "Patient/gone"}, "valueString": telling}, 201)
    play.must("PUT", "Patient/gone", patient(1, telling + "-neu") | {"id": "gone"})
    wanted = {"resourceType": "Parameters", "parameter": [{"name": "expungeCompartment", "valueBoolean": True}]}
    same(play.ask("POST", "Patient/gone/$expunge", wanted, client="hospital").status, 403, "without the scope")
    answer = play.must("POST", "Patient/gone/$expunge", wanted)
    same(answer["parameter"][0]["valueInteger"], 3, "versions expunged")
    same(play.ask("GET", "Patient/gone").status, 410, "the patient")
    same(play.ask("GET", "Patient/gone/_history/1").status, 404, "an earlier version")
    same(play.total(f"Patient?family={telling}"), 0, "by the name")
    same(play.total("Observation?patient=gone"), 0, "by the patient")

    wait_for("the audit trail tells of it", lambda: play.total("AuditEvent?action=D&subtype=operation&entity=Patient/gone"))
    play.hub.stop()
    left = [file.name for file in data.iterdir() if file.is_file() and telling.encode() in file.read_bytes()]
    same(left, [], "files of the store that still hold the name")
    play.hub.command("verify", "--data", str(data))


def main():
    secrets = {client: hashlib.sha256(f"{client}-sample".encode()).hexdigest() for client in ("keeper", "hospital")}
    with Run() as run:
        folder = run.folder / "hub"
        (folder / "in").mkdir(parents=True)
        (folder / "hub.toml").write_text(CONFIGURATION.format(**secrets), encoding="utf-8")
        hub = Hub(folder / "hub.toml").start()
        run.hubs.append(hub)
        play = Play(hub)
        ward = a_search_parameter_is_posted(play)
        it_outlives_a_restart(play)
        what_cannot_be_used_is_refused(play)
        one_comes_in_a_transaction_and_goes(play, ward)
        costly_expressions_hold_up_nobody(play)
        files_are_imported(play, folder / "in")
        an_export_goes_on_after_a_restart(play)
        a_patient_is_expunged(play, folder / "data")
    print("search parameters, import, export and expunge: right")


if __name__ == "__main__":
    run_script(main)
