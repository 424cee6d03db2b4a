#!/usr/bin/env python3
"""The access matrix: 12 callers x 20 interactions x 12 kinds of resources, asked over the network.

What each cell must answer follows from the two tables of tests/vectors/access/matrix by the rules in `Policy`, a second reading of the access rules that
shares no code with the hub. A cell's answer is a status, and whether the resource was in what came back ("200 in", "200 out").
"""
import collections
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from hub import ROOT, Hub, Run, check, run_script, same
from peer import Peer, sha256

SENSITIVE = {"PSY", "HIV", "ETH", "GDIS"}
COMPARTMENT_OF_ITSELF = "Patient"
KEEPER, REFUSED = "990102H0001", "990101H0001"  # who wrote everything down, and whom patient a shuts out


def table(name):
    lines = [line for line in (ROOT / "tests/vectors/access/matrix" / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    names = lines[0].split("\t")
    return [dict(zip(names, line.split("\t") + [""] * len(names))) for line in lines[1:]]


class Policy:
    """What a caller may do and see, from the rows of the tables alone."""

    def __init__(self, caller):
        self.caller = caller
        self.scopes = []
        for text in caller["scopes"].split():
            plain, _, query = text.partition("?")
            kind, rights = plain.split("/")[1].rsplit(".", 1)
            self.scopes.append((kind, rights, query))

    def may(self, right, kind):
        return any(right in rights and named in ("*", kind) and (named == "*" or kind) and not (kind == "" and named != "*") for named, rights, _ in self.scopes)

    def reaches(self, kind, category, rights):
        """A scope over the type, or one whose query fits."""
        for named, granted, query in self.scopes:
            if named in ("*", kind) and set(granted) & set(rights) and (not query or query == f"category={category}"):
                return True
        return False

    def sees(self, thing, rights="rs"):
        caller = self.caller
        if not self.reaches(thing["type"], thing["category"], rights):
            return False
        if caller["patient"] and thing["patient"] != caller["patient"]:
            return False
        if caller["purpose"] == "BTG":
            return True
        return not set(thing["labels"].split()) & SENSITIVE and not (thing["patient"] and thing["patient"] in caller["closed"].split())

    def writes(self, thing):
        """What it leaves behind lies within its reach."""
        caller = self.caller
        return (not caller["patient"] or thing["patient"] == caller["patient"]) and self.reaches(thing["type"], thing["category"], "cruds")


def witness(thing):
    """The Provenance that points at a thing: in the patient's compartment only when the thing is the Patient."""
    return {"type": "Provenance", "patient": thing["patient"] if thing["type"] == COMPARTMENT_OF_ITSELF else "", "labels": "", "category": ""}


def found(allowed, is_in):
    return ("200 in" if is_in else "200 out") if allowed else "403"


def expected(policy, interaction, thing):
    kind = thing["type"]
    if policy.caller["state"] != "good":
        return "401"
    sees, may = policy.sees(thing), policy.may
    if interaction in ("read", "vread", "history-instance", "batch"):
        return "403" if not may("r", kind) else "200" if sees else "404"
    if interaction == "transaction-read":
        return "403" if not may("r", kind) else "200 in" if sees else "200 out"
    if interaction == "history-type":
        return found(may("s", kind), sees)
    if interaction == "history-system":
        return found(may("s", ""), sees)
    if interaction in ("search-type", "search-post"):
        return found(may("s", kind), sees)
    if interaction == "search-system":
        return found(may("s", ""), sees)
    if interaction in ("chain", "has"):
        return found(may("s", kind) and may("s", "Provenance"), sees and policy.sees(witness(thing)))
    if interaction == "include":
        return found(may("s", "Provenance"), sees and policy.sees(witness(thing)))
    if interaction == "everything":
        owner = {"type": "Patient", "patient": thing["patient"] or "a", "labels": "", "category": ""}
        if not may("r", "Patient"):
            return "403"
        return "404" if not policy.sees(owner) else "200 in" if sees and thing["patient"] and (kind == "Patient" or may("s", kind)) else "200 out"
    if interaction == "create":
        return "403" if not may("c", kind) or not policy.writes(thing) else "201"
    if interaction == "conditional-create":
        # Who he is no resident writes down, found or not.
        return "403" if not may("c", kind) or (policy.caller["patient"] and kind == "Patient" and not sees) else "200"
    right = "d" if interaction == "delete" else "u"
    if not may(right, kind):
        return "403"
    if kind == "AuditEvent":
        return "405"
    meets = policy.sees(thing, "cruds")
    is_kept = kind == "Consent" and not policy.caller["patient"] and thing["writer"] != organization_of(policy.caller)
    if interaction == "delete":
        return "204 there" if not meets else "403" if is_kept else "204 gone"
    if interaction == "patch" and not sees:
        return "404"
    return "200" if meets and policy.writes(thing) and not is_kept else "403"


def organization_of(caller):
    return REFUSED if caller["closed"] else KEEPER


class World:
    def __init__(self, run, callers, things):
        folder = run.folder / "matrix"
        folder.mkdir()
        (folder / "hub.toml").write_text(self.configuration(callers), encoding="utf-8")
        hub = Hub(folder / "hub.toml")
        run.hubs.append(hub)
        self.peer = Peer(hub.start().ready["http"])
        self.root = self.peer.token("root", purpose="BTG", reason="the test looks behind everything")
        for place, thing in enumerate(things):
            thing["writer"] = KEEPER
            thing["id"] = thing["patient"] if thing["type"] == "Patient" else f"thing-{place}"
            if thing["type"] == "AuditEvent":
                answer = self.peer.call("POST", "/fhir/AuditEvent", self.root, self.body(thing))
                thing["id"] = answer.json()["id"]
            else:
                self.put(thing, self.body(thing))
            provenance = {"resourceType": "Provenance", "id": f"witness-{place}", "target": [{"reference": f"{thing['type']}/{thing['id']}"}],
                          "recorded": "2026-11-20T08:00:00Z", "agent": [{"who": {"display": "x"}}]}
            thing["witness"] = provenance["id"]
            same(self.peer.call("PUT", "/fhir/Provenance/" + provenance["id"], self.root, provenance).status, 201, "Provenance")
        self.put({"type": "Consent", "id": "no"}, {
            "resourceType": "Consent", "id": "no", "status": "active", "scope": {"coding": [{"code": "patient-privacy"}]}, "category": [{"text": "x"}],
            "patient": {"reference": "Patient/a"}, "policyRule": {"text": "x"},
            "provision": {"type": "deny", "actor": [{"role": {"text": "x"}, "reference": {"identifier": {"value": REFUSED}}}]}})
        self.tokens = {caller["name"]: self.token(caller) for caller in callers}

    @staticmethod
    def configuration(callers):
        text = f'[server]\nhttp = "127.0.0.1:0"\ndata = "data"\n[content]\nterminology = []\nmappings = []\nstructures = ["{ROOT}/fhir-profiles"]\n'
        rows = {"root": (["system/*.cruds"], "BTG", KEEPER, False)}
        for caller in callers:
            if caller["client"]:
                rows[caller["client"]] = (caller["scopes"].split(), caller["purpose"], organization_of(caller), bool(caller["patient"]))
        for name, (scopes, purpose, organization, is_portal) in rows.items():
            text += (f'[[client]]\nid = "{name}"\norganization = "{organization}"\nsecret_sha256 = "{sha256(name + "-secret")}"\nscopes = {json.dumps(scopes)}\n'
                     f'purposes = ["{purpose}"]\nacts_for_patients = {str(is_portal).lower()}\n')
        return text

    def token(self, caller):
        if caller["state"] == "none":
            return None
        fields = {"patient": caller["patient"]} if caller["patient"] else {}
        if caller["purpose"] == "BTG":
            fields.update(purpose="BTG", reason="test")
        token = self.peer.token_answer(caller["client"], **fields).json()["access_token"]
        if caller["state"] == "ended":
            self.peer.form("/auth/revoke", client_id=caller["client"], client_secret=caller["client"] + "-secret", token=token)
        return token

    @staticmethod
    def body(thing, identity=None, mark="0"):
        out = {"resourceType": thing["type"], **json.loads("{" + thing["members"] + "}")}
        if identity or "id" in thing:
            out["id"] = identity or thing["id"]
        if thing["type"] != "AuditEvent":
            out["identifier"] = [{"system": "urn:m", "value": identity or thing.get("id", "")}]
        out["extension"] = [{"url": "urn:mark", "valueString": mark}]
        if thing["labels"]:
            out["meta"] = {"security": [{"code": thing["labels"]}]}
        if thing["category"]:
            out["category"] = [{"coding": [{"system": "urn:category", "code": thing["category"]}]}]
        if thing["patient"] and thing["type"] != "Patient":
            out["patient" if thing["type"] == "Consent" else "subject"] = {"reference": "Patient/" + thing["patient"]}
        return out

    def put(self, thing, body):
        answer = self.peer.call("PUT", f"/fhir/{thing['type']}/{body['id']}", self.root, body)
        check(answer.status in (200, 201), f"PUT {thing['type']}/{body['id']}: {answer.status} {answer.body[:300]}")

    def ask(self, caller, interaction, thing, mark):
        """The cell's answer as `expected` words it."""
        token, kind, identity = self.tokens[caller["name"]], thing["type"], thing["id"]
        path = f"/fhir/{kind}/{identity}"

        def get(target):
            return self.peer.call("GET", target, token)

        def listed(answer):
            if answer.status != 200:
                return str(answer.status)
            entries = [(entry.get("resource") or {}) for entry in answer.json().get("entry", [])]
            return "200 in" if any(one.get("id") == identity and one["resourceType"] == kind for one in entries) else "200 out"

        def bundle(type_, method, resource=None):
            entry = {"request": {"method": method, "url": f"{kind}/{identity}"}}
            if resource:
                entry["resource"] = resource
            return self.peer.call("POST", "/fhir", token, {"resourceType": "Bundle", "type": type_, "entry": [entry]})

        searches = {"search-type": f"/fhir/{kind}?_id={identity}", "search-system": f"/fhir?_type={kind}&_id={identity}",
                    "history-type": f"/fhir/{kind}/_history?_count=1000", "history-system": "/fhir/_history?_count=1000",
                    "has": f"/fhir/{kind}?_id={identity}&_has:Provenance:target:_id={thing['witness']}",
                    "include": f"/fhir/Provenance?_id={thing['witness']}&_include=Provenance:target",
                    "everything": f"/fhir/Patient/{thing['patient'] or 'a'}/$everything?_count=1000"}
        if interaction in searches:
            return listed(get(searches[interaction]))
        if interaction == "chain":
            answer = get(f"/fhir/Provenance?_id={thing['witness']}&target:{kind}._id={identity}")
            return str(answer.status) if answer.status != 200 else "200 in" if answer.json().get("entry") else "200 out"
        if interaction == "search-post":
            return listed(self.peer.call("POST", f"/fhir/{kind}/_search", token, f"_id={identity}", {"Content-Type": "application/x-www-form-urlencoded"}))
        if interaction in ("read", "vread", "history-instance"):
            return str(get(path + {"read": "", "vread": "/_history/1", "history-instance": "/_history"}[interaction]).status)
        if interaction == "batch":
            answer = bundle("batch", "GET")
            return str(answer.status) if answer.status != 200 else answer.json()["entry"][0]["response"]["status"][:3]
        if interaction == "transaction-read":
            return listed(bundle("transaction", "GET"))
        if interaction == "create":
            # A new Patient has an id of its own, so a patient's token never creates one.
            return str(self.peer.call("POST", f"/fhir/{kind}", token, self.body({**thing, "id": "new-" + mark}, mark=mark)).status)
        if interaction == "conditional-create":
            criteria = f"_id={identity}" if kind == "AuditEvent" else f"identifier=urn:m|{identity}"
            return str(self.peer.call("POST", f"/fhir/{kind}", token, self.body(thing, mark=mark), {"If-None-Exist": criteria}).status)
        if interaction == "update":
            return str(self.peer.call("PUT", path, token, self.body(thing, mark=mark)).status)
        if interaction == "transaction":
            return str(bundle("transaction", "PUT", self.body(thing, mark=mark)).status)
        if interaction == "patch":
            patch = [{"op": "replace", "path": "/extension/0/valueString", "value": mark}]
            return str(self.peer.call("PATCH", path, token, patch, {"Content-Type": "application/json-patch+json"}).status)
        return self.delete(thing, token, path)

    def delete(self, thing, token, path):
        """And whether it is gone; put back in either case."""
        answer = self.peer.call("DELETE", path, token)
        if answer.status != 204 or thing["type"] == "AuditEvent":
            return str(answer.status)
        is_there = self.peer.call("GET", path, self.root).status == 200
        if not is_there:
            self.put(thing, self.body(thing))
        return "204 there" if is_there else "204 gone"


# History comes first: each request leaves an event behind, and a page of it has an end.
INTERACTIONS = ["history-type", "history-system", "read", "vread", "history-instance", "search-type", "search-post", "search-system", "chain", "has", "include",
                "everything", "batch", "transaction-read", "create", "conditional-create", "update", "patch", "transaction", "delete"]


def main():
    callers, things = table("principals.tsv"), table("classes.tsv")
    with Run() as run:
        world = World(run, callers, things)
        wrong, cells = [], 0
        answers = collections.Counter()
        probe = world.peer.call("PATCH", "/fhir/Practitioner/none", world.root, "[]", {"Content-Type": "application/json-patch+json"})
        for interaction in INTERACTIONS:
            if interaction == "patch" and probe.status == 405:
                print("this hub has no PATCH: its cells are left out")
                continue
            for caller in callers:
                policy = Policy(caller)
                for thing in things:
                    cells += 1
                    wanted = expected(policy, interaction, thing)
                    if interaction == "create" and thing["type"] == "Patient" and caller["patient"]:
                        wanted = "403" if wanted == "201" else wanted
                    got = world.ask(caller, interaction, thing, str(cells))
                    answers[got] += 1
                    if interaction in ("update", "patch", "transaction") and got == "200":
                        thing["writer"] = caller["patient"] or organization_of(caller)
                    elif got == "204 gone":
                        thing["writer"] = KEEPER  # put back
                    if got != wanted:
                        wrong.append(f"{caller['name']}, {interaction}, {thing['name']}: {got}, expected {wanted}")
        for line in wrong[:60]:
            print("FAIL " + line)
        print(f"{cells} cells, {len(wrong)} wrong; answers: " + ", ".join(f"{answer} {count}" for answer, count in sorted(answers.items())))
        return 1 if wrong else 0


if __name__ == "__main__":
    run_script(main)
