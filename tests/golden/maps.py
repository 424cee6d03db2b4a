"""Runs the program over messages and looks at the bundles that come out. Used by the tests of this folder."""
import collections
import json
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FEEDS = json.loads((Path(__file__).parent / "feeds.json").read_text(encoding="utf-8"))
CANONICAL = "https://huitong.example/fhir/StructureMap/"
GAP = re.compile(r"^gap (\S*)\|(\S+) ")


class Number(str):
    """A number by its digits: 1.0 is not 1."""


def command(program, verb, name, organization):
    return [program, "map", verb, "--map", CANONICAL + name, "--maps", str(ROOT / "mappings"), "--terminology", str(ROOT / "terminology/systems"),
            "--terminology", str(ROOT / "terminology/maps"), "--structures", str(ROOT / "fhir-profiles/models"), "--structures",
            str(ROOT / "fhir-profiles/extensions"), "--set", f"organization={organization}"]


class Run:
    """One call of `map run`: the bundles in order, their texts, the lines of stderr, the codes that no map translated."""

    def __init__(self, program, name, inputs, organization=""):
        done = subprocess.run(command(program, "run", name, organization or FEEDS[name]["organization"]) + ["--gaps", "--input", *map(str, inputs)],
                              capture_output=True, text=True, encoding="utf-8", errors="replace")
        self.exit, self.notes, self.texts = done.returncode, done.stderr.splitlines(), []
        decoder, at = json.JSONDecoder(parse_float=Number, parse_int=Number), 0
        self.bundles = []
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
            requests.append(json.dumps({"id": number, "op": "validate", "input": str(file)}))
        done = subprocess.run([program, "batch"], input="\n".join(requests) + "\n", capture_output=True, text=True, check=True)
    out = []
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        issues = answer.get("outcome", {}).get("issue", [{"severity": "error", "details": {"text": str(answer.get("error"))}}])
        out.append([f"{issue['details']['text']} @ {','.join(issue.get('expression', []))}" for issue in issues if issue["severity"] in ("error", "fatal")])
    return out


def unsound(bundle, text):
    """What would make the transaction fail: two entries that write one resource, links to nothing, entries without identifier."""
    entries = bundle.get("entry", [])
    out = []
    written = collections.Counter(entry["request"]["url"] for entry in entries if entry["request"]["method"] == "PUT")
    out += [f"written twice: {url}" for url, times in written.items() if times > 1]
    links = {entry["fullUrl"] for entry in entries}
    out += [f"leads nowhere: {link}" for link in sorted(set(re.findall(r'"reference": "(urn:uuid:[^"]+)"', text)) - links)]
    out += [f"no identifier: {entry['resource']['resourceType']}" for entry in entries if not entry["resource"].get("identifier")]
    return out
