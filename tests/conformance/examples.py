#!/usr/bin/env python3
"""The published R4 examples through a running hub: each goes in by PUT, comes back equal in JSON and in XML, and is found by every search parameter that
indexes it.

  tests/conformance/examples.py --package .cache/hl7.fhir.r4.examples-4.0.1.tgz [--program build/release/huitong] [--limit N] [--no-search]

Findings are one line each on standard output, the figures stand at the end; exit code 1 when there is a finding.
"""
import argparse
import collections
import http.client
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = """
[server]
http = "127.0.0.1:0"
data = "data"
writes = "report"
[access]
mode = "open"
[limits]
http_body_bytes_max = 134217728
"""


def exact(text):
    """Numbers as they are written."""
    return json.loads(text, parse_float=lambda digits: ("number", digits), parse_int=lambda digits: ("number", digits))


def without_server_meta(resource):
    resource = dict(resource)
    meta = {k: v for k, v in resource.get("meta", {}).items() if k not in ("versionId", "lastUpdated")}
    resource.pop("meta", None)
    if meta:
        resource["meta"] = meta
    return resource


class Batch:
    """`huitong batch` as a co-process."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "batch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def call(self, **request):
        self.process.stdin.write(json.dumps({"id": 1, **request}).encode() + b"\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Hub:
    def __init__(self, program, folder):
        (folder / "hub.toml").write_text(CONFIGURATION)
        self.log = open(folder / "hub.log", "wb")
        self.process = subprocess.Popen([program, "serve", "--config", str(folder / "hub.toml")], stdout=subprocess.PIPE, stderr=self.log)
        self.address = json.loads(self.process.stdout.readline())["http"]
        self.connection = http.client.HTTPConnection(self.address, timeout=60)

    def send(self, method, path, body=None, **headers):
        self.connection.request(method, "/fhir" + path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def stop(self):
        self.process.terminate()
        self.process.wait()


def escaped(text):
    return re.sub(r"([\\,|$])", r"\\\1", text)


def token_of(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return escaped(value)
    if not isinstance(value, dict):
        return None
    if "coding" in value:
        return next((token for coding in value["coding"] if (token := token_of(coding))), None)
    code = value.get("code", value.get("value"))
    if not isinstance(code, str):
        return None
    system = value.get("system")
    # The system of a ContactPoint is no URI, and no part of its token.
    return f"{escaped(system)}|{escaped(code)}" if isinstance(system, str) and ":" in system else escaped(code)


def date_of(value):
    if isinstance(value, str):
        return value if re.match(r"\d{4}", value) else None
    if isinstance(value, dict) and value.get("start"):
        return "ge" + value["start"]
    if isinstance(value, dict) and value.get("end"):
        return "le" + value["end"]
    return None


def string_of(value):
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, dict):
        for key in ("family", "text", "city", "given", "prefix", "line", "country", "state", "postalCode"):
            found = value.get(key)
            if isinstance(found, list):
                found = next((one for one in found if one), None)
            if found:
                return escaped(found)
    return None


def quantity_of(value):
    if isinstance(value, (int, float)):
        return str(value)
    if not isinstance(value, dict) or "value" not in value or "comparator" in value:
        return None
    code = value.get("code") or value.get("unit")
    return f"{value['value']}|{escaped(value.get('system', '') if 'code' in value else '')}|{escaped(code)}" if code else str(value["value"])


def reference_of(value):
    if isinstance(value, str):
        return None if value.startswith("#") else escaped(value)
    literal = value.get("reference") if isinstance(value, dict) else None
    return None if not literal or literal.startswith("#") else escaped(literal)


QUERIES = {"token": token_of, "date": date_of, "string": string_of, "uri": lambda value: escaped(value) if isinstance(value, str) else None,
           "quantity": quantity_of, "number": lambda value: str(value) if isinstance(value, (int, float)) else None, "reference": reference_of}


def examples(package):
    with tarfile.open(package) as tar:
        for member in tar:
            name = member.name.rpartition("/")[2]
            if not name.endswith(".json") or name in ("package.json", ".index.json"):
                continue
            text = tar.extractfile(member).read().decode("utf-8-sig")
            resource = json.loads(text)
            if "resourceType" in resource:
                yield name, resource, text


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--package", required=True)
    parser.add_argument("--program", default=str(ROOT / "build/release/huitong"))
    parser.add_argument("--limit", type=int, default=10**9)
    parser.add_argument("--no-search", action="store_true")
    arguments = parser.parse_args()
    os.environ.setdefault("HUITONG_PACK", str(Path(arguments.program).parent / "r4.pack"))
    count, stored = collections.Counter(), {}
    with tempfile.TemporaryDirectory() as folder:
        hub, batch = Hub(arguments.program, Path(folder)), Batch(arguments.program)
        try:
            run(arguments, hub, batch, count, stored)
        finally:
            hub.stop()
            batch.close()
    for name in sorted(count):
        print(f"{name}: {count[name]}")
    sys.exit(1 if any("not" in name for name in count) else 0)


def run(arguments, hub, batch, count, stored):
    def finding(kind, name, words):
        count[kind] += 1
        print(f"{kind}: {name}: {words}")

    for name, resource, text in examples(arguments.package):
        if count["examples"] >= arguments.limit:
            break
        count["examples"] += 1
        if "id" not in resource:
            finding("not stored, no id", name, "")
            continue
        path = f"/{resource['resourceType']}/{urllib.parse.quote(resource['id'])}"
        status, answer = hub.send("PUT", path, text.encode(), Content_Type="application/fhir+json")
        if status not in (200, 201):
            finding("not stored", name, f"{path} {status} {answer[:300]}")
            continue
        count["stored"] += 1
        stored[path] = (name, text)
    for path, (name, text) in stored.items():
        status, json_text = hub.send("GET", path, Accept="application/fhir+json")
        if status != 200 or without_server_meta(exact(json_text)) != without_server_meta(exact(text)):
            finding("not equal in JSON", name, path)
        status, xml = hub.send("GET", path, Accept="application/fhir+xml")
        back = batch.call(op="convert", text=xml, **{"from": "xml", "to": "json"})
        if "text" not in back or without_server_meta(exact(back["text"])) != without_server_meta(exact(text)):
            finding("not equal in XML", name, path + ' ' + str(back.get("error", "")))
    if not arguments.no_search:
        search_all(hub, batch, stored, count, finding)


def search_all(hub, batch, stored, count, finding):
    statement = json.loads(hub.send("GET", "/metadata")[1])
    parameters = {r["type"]: [(p["name"], p["type"]) for p in r["searchParam"]] for r in statement["rest"][0]["resource"]}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "example.json"
        for path, (name, text) in stored.items():
            _, base, identifier = path.split("/")
            file.write_text(text)
            for code, kind in parameters[base]:
                if kind not in QUERIES or code in ("_id", "_lastUpdated"):  # both are the hub's own
                    continue
                values = batch.call(op="searchparam", input=str(file), base=base, code=code).get("values", [])
                for value in values[:3]:
                    query = QUERIES[kind](value)
                    if not query:
                        continue
                    count["searches"] += 1
                    asked = f"/{base}?{urllib.parse.urlencode({code: query, '_id': identifier, '_elements': 'id'})}"
                    status, answer = hub.send("GET", asked)
                    if status != 200 or json.loads(answer).get("total") != 1:
                        finding("not found", name, f"{urllib.parse.unquote(asked)} {status} {answer[:160] if status != 200 else ''}")


if __name__ == "__main__":
    main()
