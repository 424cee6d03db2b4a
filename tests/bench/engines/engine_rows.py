"""Rows of scripts/bench about the engines: FHIRPath, search parameters and validation beside packages of npm, $validate-code over HTTP."""
import contextlib
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
HUITONG = str(ROOT / "build/release/huitong")
TOOLS = str(ROOT / "build/release/tests/huitong-bench")
CONNECTIONS, VALIDATED = 64, 2_000
ANSWER_GOAL = 50_000  # $validate-code a second
LARGE = {"icd": 47_000, "loinc": 100_000}  # codes


def code_of(name, number):
    return f"{name[0].upper()}{number // 100:03d}.{number % 100:02d}"


@contextlib.contextmanager
def bare_server(*arguments):
    """Bare Beast that gives one body to everybody; its address and process."""
    process = subprocess.Popen([TOOLS, "bare", *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        yield json.loads(process.stdout.readline())["http"], process.pid
    finally:
        process.stdin.close()
        process.wait()


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

    def large_systems(self, hub):
        """Systems as large as ICD-10 and LOINC, made up, imported as a deployment imports its own; the hub's configuration names them."""
        terms = hub.folder / "terms"
        terms.mkdir(exist_ok=True)
        for name, count in LARGE.items():
            table = self.folder / f"{name}.csv"
            with open(table, "w", encoding="utf-8") as out:
                out.write("code,name,parent\n")
                for number in range(count):
                    parent = code_of(name, (number - 1) // 12) if number else ""
                    out.write(f"{code_of(name, number)},示例条目{number}的名称与说明,{parent}\n")
            answer = subprocess.run([HUITONG, "term", "import", "--kind", "csv", "--url", f"urn:bench:{name}", "--version", "1", "--title", name,
                                     "--language", "zh", "-o", terms / f"{name}.codes", table], capture_output=True, text=True)
            if answer.returncode != 0:
                raise SystemExit(f"term import: {answer.stderr[-1000:]}")
        text = hub.configuration.read_text(encoding="utf-8")
        hub.configuration.write_text(text + '[content]\nterminology = ["terms"]\n', encoding="utf-8")

    def terminology(self):
        """Start and memory with large systems, and questions that were never asked before."""
        hub = self.hub("large-terms")
        self.large_systems(hub)
        starts = []
        for _ in range(5):
            with hub:
                starts.append((hub.start_ms, self.cpu_seconds(hub.process.pid) * 1000))
        wall, cpu = (statistics.median(column) for column in zip(*starts))
        self.table.add("start with systems of 47,000 and 100,000 codes", wall, "ms", goal=300, at_least=False)
        self.table.add("… processor time", cpu, "ms")
        with hub:
            self.table.add("… memory, idle", hub.memory_mb("VmRSS"), "MB", goal=150, at_least=False)
            paths = self.folder / "many-codes"
            names = [name for name, count in LARGE.items() for _ in range(count)]
            paths.write_text("".join(f"/fhir/CodeSystem/$validate-code?url=urn:bench:{name}&code={code_of(name, at * 7919 % LARGE[name])}\n"
                                     for at, name in enumerate(names)))
            found = self.tool("http", hub.address, CONNECTIONS, 5, "paths", paths, hub.token())
            self.table.add(f"$validate-code of codes not asked before, {CONNECTIONS} connections", found["per_second"], "/s")
            self.table.add("… memory, peak", hub.memory_mb("VmHWM"), "MB", goal=150, at_least=False)

    def validate_code(self):
        """GETs that ask for codes of a bound value set, as clients of a terminology server do, beside what bare Beast does with these bytes."""
        paths, body = self.folder / "codes", self.folder / "code-answer.json"
        genders = ["male", "female", "other", "unknown", "Male", "none"]
        asked = ["/fhir/ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/administrative-gender"
                 f"&system=http://hl7.org/fhir/administrative-gender&code={code}" for code in genders]
        paths.write_text("".join(path + "\n" for path in asked))
        with self.hub("terms") as hub:
            token = hub.token()
            body.write_bytes(hub.get(asked[0], token))
            with bare_server(self.folder, body) as recorded, bare_server(self.folder, body, "unrecorded") as unrecorded:
                sides = {"recorded": recorded, "unrecorded": unrecorded, "hub": (hub.address, hub.process.pid)}
                found = {side: [] for side in sides}
                for _ in range(3):  # in turns, so that a busy minute meets all
                    for side, (address, process) in sides.items():
                        before = self.cpu_seconds(process)
                        one = self.tool("http", address, CONNECTIONS, 3, "paths", paths, token)
                        cpu = (self.cpu_seconds(process) - before) / one["requests"] * 1e6
                        found[side].append((one["per_second"], cpu, one["p99_us"] / 1000))
        middle = {side: [statistics.median(column) for column in zip(*rows)] for side, rows in found.items()}
        self.table.add("bare Beast, the same bytes, a record made durable", middle["recorded"][0], "/s")
        self.table.add(f"$validate-code, {CONNECTIONS} connections", middle["hub"][0], "/s", middle["unrecorded"][0],
                       "bare Beast, same bytes, nothing recorded")
        self.table.add("… answers a second", middle["hub"][0], "/s", goal=ANSWER_GOAL)
        self.table.add("… processor time", middle["hub"][1], "µs", middle["unrecorded"][1], "bare Beast, nothing recorded")
        self.table.add("… p99", middle["hub"][2], "ms")
