"""Rows of scripts/bench about the engines: FHIRPath, search parameters and validation beside packages of npm, $validate-code over HTTP."""
import json
import statistics
import subprocess
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
ENGINES = str(ROOT / "build/release/tests/bench_engines")
PACKAGE = ROOT / ".cache/hl7.fhir.r4.examples-4.0.1.tgz"
OBSERVATION = "package/Observation-f001.json"
CONNECTIONS, VALIDATED = 64, 2_000
ANSWER_GOAL = 50_000  # $validate-code a second


def answer_of(command, **more):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} {command[1]}: {done.stderr[-1000:]}")
    return json.loads(done.stdout)


class EngineRows:
    """Mixed into Bench: `folder` is where files go, `table` where rows go, `hub` starts one, `tool` runs a measuring client."""

    def peers(self):
        """Folder with the packages installed, None where npm has none to give."""
        folder = self.folder / "peers"
        if not folder.exists():
            folder.mkdir()
            for name in ("package.json", "peers.mjs"):
                (folder / name).write_bytes((HERE / name).read_bytes())
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], cwd=folder)
            if done.returncode != 0:
                (folder / "none").touch()
        return None if (folder / "none").exists() else folder

    def examples(self):
        """One Observation as a file, and resources of every kind, one a line."""
        one, many = self.folder / "observation.json", self.folder / "examples.ndjson"
        if not many.exists():
            with tarfile.open(PACKAGE) as tar, open(many, "w", encoding="utf-8") as out:
                members = sorted((member for member in tar if member.isfile()), key=lambda member: member.name)
                kept = 0
                for member in members:
                    if member.name == OBSERVATION:
                        one.write_bytes(tar.extractfile(member).read())
                    if "-definitions" in member.name or member.size > 100_000 or kept >= VALIDATED or not member.name.endswith(".json"):
                        continue
                    resource = json.load(tar.extractfile(member))
                    if resource.get("resourceType") in (None, "StructureDefinition", "ValueSet", "CodeSystem", "SearchParameter", "ConceptMap"):
                        continue
                    out.write(json.dumps(resource, ensure_ascii=False) + "\n")
                    kept += 1
        return one, many

    def fhirpath(self):
        one, _ = self.examples()
        expressions, seconds = HERE / "expressions.txt", "0.5"
        ours = answer_of([ENGINES, "fhirpath", one, expressions, seconds])["expressions"]
        peers = self.peers()
        theirs = answer_of(["node", "peers.mjs", "fhirpath", one, expressions, seconds], cwd=peers)["expressions"] if peers else [{} for _ in ours]
        ratios = []
        for mine, other in zip(ours, theirs):
            if other.get("items") not in (None, mine["items"]):
                raise SystemExit(f"{mine['expression']}: {mine['items']} items here, {other['items']} there")
            limit = other.get("per_second")
            if limit:
                ratios.append(mine["per_second"] / limit)
            self.table.add(f"FHIRPath {mine['expression'][:40]}", mine["per_second"], "/s", limit, "npm fhirpath, compiled")
        if ratios:
            self.table.add("FHIRPath, ratio in the middle", statistics.median(ratios), "×", goal=20)
        self.search_parameters(one, peers)

    def search_parameters(self, one, peers):
        ours = answer_of([ENGINES, "searchparams", one, "1"])
        limit = None
        if peers:
            (self.folder / "searchparams.txt").write_text("\n".join(ours["expressions"]) + "\n", encoding="utf-8")
            theirs = answer_of(["node", "peers.mjs", "searchparams", one, self.folder / "searchparams.txt", "1"], cwd=peers)
            # An engine that cannot run all of them is counted as if the others cost it nothing.
            limit = theirs["per_second"]
            print(f"  {len(theirs['expressions'])} of {len(ours['expressions'])} search parameters run there")
        self.table.add("all search parameters of an Observation", ours["per_second"], "/s", limit, "npm fhirpath, compiled", goal=20 if limit else None)

    def validation(self):
        _, many = self.examples()
        ours = answer_of([ENGINES, "validate", many])
        peers = self.peers()
        limit = answer_of(["node", "peers.mjs", "validate", many], cwd=peers)["per_second"] if peers else None
        self.table.add(f"validation of {ours['resources']:,} examples, one core", ours["per_second"], "resources/s", limit, "npm fhir")

    def validate_code(self):
        """GETs that ask for codes of a bound value set, as clients of a terminology server do."""
        paths = self.folder / "codes"
        genders = ["male", "female", "other", "unknown", "Male", "none"]
        paths.write_text("".join("/fhir/ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/administrative-gender"
                                 f"&system=http://hl7.org/fhir/administrative-gender&code={code}\n" for code in genders))
        with self.hub("terms") as hub:
            found = self.tool("http", hub.address, CONNECTIONS, 5, "paths", paths, hub.token())
        self.table.add(f"$validate-code, {CONNECTIONS} connections", found["per_second"], "/s", goal=ANSWER_GOAL)
        self.table.add("… p99", found["p99_us"] / 1000, "ms")
