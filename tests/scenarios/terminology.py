#!/usr/bin/env python3
"""Terminology of a running hub: posted code systems and value sets are used at once, by operations and by bindings; a compiled list is
mapped; rights and the access log are those of every other request.

    tests/scenarios/terminology.py
"""
import hashlib
import json

from hub import ROOT, Hub, Run, check, play_steps, run_script, same

CONFIGURATION = """
[server]
http = "127.0.0.1:0"
data = "data"
[content]
terminology = ["{root}/terminology/systems", "{root}/terminology/maps", "terms"]
mappings = ["{root}/mappings"]
structures = ["{root}/fhir-profiles"]
[[client]]
id = "desk"
organization = "341002H0001"
secret_sha256 = "{desk}"
scopes = ["system/*.cruds"]
[[client]]
id = "reader"
organization = "341002H0001"
secret_sha256 = "{reader}"
scopes = ["system/Patient.rs"]
"""
WARD = {"resourceType": "CodeSystem", "id": "ward", "url": "urn:t:ward", "version": "1", "status": "active", "content": "complete", "name": "Ward",
        "concept": [{"code": "in", "display": "Inpatient ward", "concept": [{"code": "icu", "display": "Intensive care"}]}, {"code": "out", "display": "Outpatients"}]}
SET = {"resourceType": "ValueSet", "id": "wards", "url": "urn:t:wards", "status": "active",
       "compose": {"include": [{"system": "urn:t:ward", "filter": [{"property": "concept", "op": "is-a", "value": "in"}]}]}}


def parameter(answer, name):
    for one in answer["parameter"]:
        if one["name"] == name:
            return next(value for key, value in one.items() if key.startswith("value"))
    return None


def secret(client):
    """The hash of the secret that the hub of the tests expects of a client."""
    return hashlib.sha256(f"{client}-sample".encode()).hexdigest()


class Play:
    def __init__(self, hub):
        self.hub = hub

    def get(self, path, status=200, client="desk"):
        answer = self.hub.curl("GET", "/fhir/" + path, client)
        same(answer.status, status, path)
        return answer.json()

    def put(self, resource):
        answer = self.hub.curl("PUT", f"/fhir/{resource['resourceType']}/{resource['id']}", "desk", json.dumps(resource))
        check(answer.status in (200, 201), f"PUT {resource['id']}: {answer.status} {answer.text[:300]}")

    def codes(self, path):
        return [one["code"] for one in self.get(path)["expansion"].get("contains", [])]

    def posted_content_is_used_at_once(self):
        self.get("ValueSet/$expand?url=urn:t:wards", 404)
        self.put(WARD)
        self.put(SET)
        same(self.codes("ValueSet/$expand?url=urn:t:wards"), ["in", "icu"], "the expansion by url")
        same(self.codes("ValueSet/wards/$expand"), ["in", "icu"], "the expansion of the instance")
        same(parameter(self.get("CodeSystem/$lookup?system=urn:t:ward&code=icu"), "display"), "Intensive care", "display of a posted code")
        same(parameter(self.get("CodeSystem/$subsumes?system=urn:t:ward&codeA=in&codeB=icu"), "outcome"), "subsumes", "subsumption")

    def codes_are_validated_over_get_and_post(self):
        same(parameter(self.get("ValueSet/$validate-code?url=urn:t:wards&system=urn:t:ward&code=icu"), "result"), True, "a code of the set")
        body = {"resourceType": "Parameters", "parameter": [{"name": "url", "valueUri": "urn:t:wards"},
                                                            {"name": "coding", "valueCoding": {"system": "urn:t:ward", "code": "out"}}]}
        answer = self.hub.post("/fhir/ValueSet/$validate-code", body, "desk")
        same(parameter(answer, "result"), False, "a code outside")
        same(parameter(answer, "display"), "Outpatients", "its display")

    def a_closure_table_is_kept_for_its_client(self):
        def closure(*parameters, client="desk"):
            body = {"resourceType": "Parameters", "parameter": [{"name": "name", "valueString": "beds"}, *parameters]}
            return self.hub.curl("POST", "/fhir/$closure", client, json.dumps(body))

        def of(code):
            return {"name": "concept", "valueCoding": {"system": "urn:t:ward", "code": code}}

        same(closure(of("icu")).status, 404, "a table that nobody began")
        check("group" not in closure().json(), "a new table is empty")
        closure(of("icu"))
        found = closure(of("in"), of("out")).json()
        same([(one["code"], one["target"][0]["code"]) for one in found["group"][0]["element"]], [("icu", "in")], "what is below what")
        same(closure({"name": "version", "valueString": found["version"]}).json().get("group"), None, "nothing since then")
        same(closure(client="reader").status, 403, "a client without rights to code systems")

    def the_statements_tell_what_can_be_asked(self):
        resources = {one["type"]: one for one in self.get("metadata")["rest"][0]["resource"]}
        check({"expand", "validate-code"} <= {one["name"] for one in resources["ValueSet"]["operation"]}, "operations of value sets")
        check({"lookup", "subsumes"} <= {one["name"] for one in resources["CodeSystem"]["operation"]}, "operations of code systems")
        terms = self.get("metadata?mode=terminology")
        same(terms["resourceType"], "TerminologyCapabilities", "the statement about terminology")
        check(any(one["uri"] == "urn:t:ward" for one in terms["codeSystem"]), "the posted code system is listed")
        same(parameter(self.get("$versions"), "default"), "4.0", "the version")

    def a_changed_or_deleted_system_counts_at_once(self):
        changed = dict(WARD, concept=WARD["concept"][:1] + [{"code": "day", "display": "Day clinic"}])
        self.put(changed)
        same(parameter(self.get("CodeSystem/$validate-code?url=urn:t:ward&code=out"), "result"), False, "a code that was taken out")
        same(parameter(self.get("CodeSystem/$validate-code?url=urn:t:ward&code=day"), "result"), True, "a code that came in")
        same(self.hub.curl("DELETE", "/fhir/ValueSet/wards", "desk").status, 204, "DELETE")
        self.get("ValueSet/$expand?url=urn:t:wards", 404)

    def content_is_there_after_a_restart(self):
        self.hub.stop()
        self.hub.start()
        same(parameter(self.get("CodeSystem/$validate-code?url=urn:t:ward&code=day"), "result"), True, "a posted code after a restart")

    def a_compiled_list_is_mapped(self):
        self.get("CodeSystem/$lookup?system=urn:t:list&code=Q90.0", 404)
        source = self.hub.folder / "list.csv"
        source.write_text("icd_code,icd_name\nQ90,示例病\nQ90.0,示例病，甲型\n", encoding="utf-8")
        terms = self.hub.folder / "terms"
        self.hub.command("term", "import", str(source), "--url", "urn:t:list", "--version", "1", "-o", str(terms / "list.codes"))
        found = self.hub.command("term", "search", "slb", "--terminology", str(terms))
        check("Q90" in found, f"found by initials: {found}")
        self.hub.stop()
        self.hub.start()
        same(parameter(self.get("CodeSystem/$lookup?system=urn:t:list&code=Q90.0"), "display"), "示例病，甲型", "a code of the compiled list")

    def operations_need_rights_and_only_refusals_leave_a_record(self):
        log = lambda: b"".join(file.read_bytes() for file in sorted((self.hub.folder / "data").rglob("access-log/*")) if file.is_file())
        before = log()
        self.get("CodeSystem/$lookup?system=urn:t:list&code=Q90")
        self.get("CodeSystem?url=urn:t:ward")
        check(log() == before, "a code that was looked up and a definition that was read tell of nobody")
        self.get("CodeSystem/$lookup?system=urn:t:list&code=Q90", 403, "reader")
        check(log().count(b"$lookup") > before.count(b"$lookup"), "the access log names the operation that was refused")


def main():
    with Run() as run:
        folder = run.folder / "hub"
        (folder / "terms").mkdir(parents=True)
        (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT, desk=secret("desk"), reader=secret("reader")), encoding="utf-8")
        hub = Hub(folder / "hub.toml").start()
        run.hubs.append(hub)
        play = Play(hub)
        play_steps((play.posted_content_is_used_at_once, play.codes_are_validated_over_get_and_post, play.a_closure_table_is_kept_for_its_client,
                     play.the_statements_tell_what_can_be_asked, play.a_changed_or_deleted_system_counts_at_once,
                     play.content_is_there_after_a_restart, play.a_compiled_list_is_mapped, play.operations_need_rights_and_only_refusals_leave_a_record))


if __name__ == "__main__":
    run_script(main)
