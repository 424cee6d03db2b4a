"""Runs the program over messages and looks at the bundles that come out. Used by the tests of this folder."""
import collections
import json
import re
import subprocess
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Name of the map's folder: its url and its feed's settings, as `map test` reads them.
CASES = {file.parent.name: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(HERE.glob("*/case.toml"))}
GAP = re.compile(r"^gap (\S*)\|(\S+) ")
LIBRARIES = [word for option, folder in (("--maps", "mappings"), ("--terminology", "terminology/systems"), ("--terminology", "terminology/maps"),
                                         ("--structures", "fhir-profiles/models"), ("--structures", "fhir-profiles/extensions"))
             for word in (option, str(ROOT / folder))]

EXTENSIONS = [str(file) for file in sorted((ROOT / "fhir-profiles/extensions").glob("*.json"))]


class Number(str):
    """A number by its digits: 1.0 is not 1."""


class Run:
    """One call of `map run`: the bundles in order, their texts, the lines of stderr, the codes that no map translated."""

    def __init__(self, program, name, inputs):
        case = CASES[name]
        settings = [word for key, value in case["settings"].items() for word in ("--set", f"{key}={value}")]
        done = subprocess.run([program, "map", "run", "--map", case["map"], *LIBRARIES, *settings, "--gaps", "--input", *map(str, inputs)],
                              capture_output=True, text=True, encoding="utf-8", errors="replace")
        self.exit, self.notes, self.texts, self.bundles = done.returncode, done.stderr.splitlines(), [], []
        decoder, at = json.JSONDecoder(parse_float=Number, parse_int=Number), 0
        while at < len(done.stdout.rstrip()):
            bundle, end = decoder.raw_decode(done.stdout, at)
            self.bundles.append(bundle)
            self.texts.append(done.stdout[at:end])
            at = end + 1

    def errors(self):
        return [line for line in self.notes if " error: " in line or " fatal: " in line]

    def gaps(self):
        return {found.groups() for found in map(GAP.match, self.notes) if found}


def validated(program, texts):
    """For each resource text the errors of the validator."""
    with tempfile.TemporaryDirectory() as folder:
        requests = []
        for number, text in enumerate(texts):
            file = Path(folder) / f"{number}.json"
            file.write_text(text, encoding="utf-8")
            requests.append(json.dumps({"id": number, "op": "validate", "input": str(file), "supporting": EXTENSIONS}))
        done = subprocess.run([program, "batch"], input="\n".join(requests) + "\n", capture_output=True, text=True, check=True)
    out = []
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        issues = answer.get("outcome", {}).get("issue", [{"severity": "error", "details": {"text": str(answer.get("error"))}}])
        out.append([f"{issue['details']['text']} @ {','.join(issue.get('expression', []))}" for issue in issues if issue["severity"] in ("error", "fatal")])
    return out


PROFILES = {"Patient": "patient", "Encounter": "encounter", "ServiceRequest": "service-request", "Specimen": "specimen", "ImagingStudy": "imaging-study",
            "Condition": "condition", "Procedure": "procedure", "MedicationRequest": "medication-request", "Immunization": "immunization",
            "Composition": "document"}
BY_CATEGORY = {"Observation": {"laboratory": "laboratory-result", "vital-signs": "vital-sign", "imaging": "imaging-finding"},
               "DiagnosticReport": {"LAB": "laboratory-report", "RAD": "imaging-report"}}


def profile_of(resource):
    """Canonical URL of the region's profile for what this resource is; None where there is none."""
    kind = resource["resourceType"]
    name = PROFILES.get(kind)
    if kind in BY_CATEGORY:
        codes = [coding.get("code") for category in resource.get("category", []) for coding in category.get("coding", [])]
        name = next((BY_CATEGORY[kind][code] for code in codes if code in BY_CATEGORY[kind]), None)
    return name and "https://huitong.example/fhir/StructureDefinition/region-" + name


def outside_profiles(program, texts):
    """For each bundle text what its resources break of the region's profiles."""
    out = [[] for _ in texts]
    with tempfile.TemporaryDirectory() as folder:
        requests = []
        for number, text in enumerate(texts):
            for entry in json.loads(text).get("entry", []):
                profile = profile_of(entry["resource"]) if "resource" in entry else None
                if profile:
                    file = Path(folder) / f"{len(requests)}.json"
                    file.write_text(json.dumps(entry["resource"]), encoding="utf-8")
                    requests.append(json.dumps({"id": number, "op": "validate", "input": str(file), "profiles": [profile]}))
        done = subprocess.run([program, "batch", "--package", str(ROOT / "fhir-profiles")], input="\n".join(requests) + "\n", capture_output=True, text=True,
                              check=True)
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        out[answer["id"]] += [f"{issue['details']['text']} @ {','.join(issue.get('expression', []))}" for issue in answer["outcome"]["issue"]
                              if issue["severity"] in ("error", "fatal")]
    return out


def unsound(bundle, text):
    """What would make the transaction fail: two entries that write one resource, links to nothing, entries without identifier."""
    entries = bundle.get("entry", [])
    out = []
    out += [f"{entry['resource']['resourceType']} without a request" for entry in entries if "request" not in entry]
    requests = [entry["request"] for entry in entries if "request" in entry]
    written = collections.Counter(request["url"] for request in requests if request["method"] == "PUT")
    out += [f"written twice: {url}" for url, times in written.items() if times > 1]
    links = {entry["fullUrl"] for entry in entries}
    out += [f"leads nowhere: {link}" for link in sorted(set(re.findall(r'"reference": "(urn:uuid:[^"]+)"', text)) - links)]
    out += [f"no identifier: {entry['resource']['resourceType']}" for entry in entries
            if not entry["resource"].get("identifier") and entry["resource"]["resourceType"] != "Provenance"]  # which has none in FHIR
    return out
