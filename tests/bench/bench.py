"""One run of all measurements: each figure of the hub stands beside the limit that the same machine showed in the same minutes."""
import argparse
import asyncio
import hashlib
import json
import os
import random
import resource
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/scenarios"))
sys.path.insert(0, str(ROOT / "tests/bench/engines"))
sys.path.insert(0, str(ROOT / "tests/bench/recognition"))
sys.path.insert(0, str(ROOT / "tests/bench/feeds"))
from copies import copy_lines  # noqa: E402
from engine_rows import EngineRows  # noqa: E402
from feed_rows import FeedRows  # noqa: E402
from order_rows import Laboratory, OrderRows  # noqa: E402
from hub import rewrite_configuration  # noqa: E402

HUITONG = str(ROOT / "build/release/huitong")
TOOLS = str(ROOT / "build/release/tests/huitong-bench")
SECRET = "bench-secret"
CONFIGURATION = """[server]
http = "127.0.0.1:0"
data = "data"
[[client]]
id = "bench"
organization = "990102H0001"
secret_sha256 = "{sha}"
scopes = ["system/*.cruds"]
"""
ORU_COUNT, ORU_CONNECTIONS, ORU_PATIENTS = 10_000, 16, 2_000
SMALL_CLIENTS = 128


def cpu_seconds(pid):
    """User and system time of a process so far: what a busy machine does not blur."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tool(*arguments, ok=(0,)):
    done = subprocess.run([TOOLS, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode not in ok:
        raise SystemExit(f"huitong-bench {arguments[0]}: {done.stderr[-2000:]}")
    if done.stderr:
        print(done.stderr[-600:], file=sys.stderr)
    return json.loads(done.stdout)


class Hub:
    """A hub of its own in a folder; access and access log are on."""

    def __init__(self, folder, configuration=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configuration = self.folder / "hub.toml"
        if configuration is None:
            self.configuration.write_text(CONFIGURATION.format(sha=sha256(SECRET)), encoding="utf-8")

    def __enter__(self):
        began = time.monotonic()
        self.process = subprocess.Popen([HUITONG, "serve", "--config", str(self.configuration)], stdout=subprocess.PIPE, stderr=open(self.folder / "log", "ab"))
        line = self.process.stdout.readline()
        self.start_ms = (time.monotonic() - began) * 1000
        if not line:
            raise SystemExit("the hub did not start:\n" + (self.folder / "log").read_text()[-2000:])
        self.ready = json.loads(line)
        self.address = self.ready["http"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=120)
        self.process.stdout.close()

    def token(self, client="bench", secret=SECRET):
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": client, "client_secret": secret}).encode()
        with urllib.request.urlopen(f"http://{self.address}/auth/token", form, timeout=30) as answer:
            return json.load(answer)["access_token"]

    def get(self, path, token):
        request = urllib.request.Request(f"http://{self.address}{path}", headers={"Authorization": "Bearer " + token})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    def metrics(self):
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=30) as answer:
            rows = (line.rsplit(" ", 1) for line in answer.read().decode().splitlines() if line and not line.startswith("#"))
            return {name.removeprefix("huitong_"): float(value) for name, value in rows}

    def memory_mb(self, field):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(field + ":")) / 1024

    def data_bytes(self):
        return sum(file.stat().st_size for file in (self.folder / "data").glob("huitong.db*"))


def number_in(database, sql):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return connection.execute(sql).fetchone()[0]


def text_blocks(database):
    """Blocks of the text index that are there, and that the versions fill."""
    return (number_in(database, "SELECT coalesce(max(value), 0) FROM counter WHERE name = 'text'"),
            number_in(database, "SELECT coalesce(max(vid) + 1, 0) / 4096 FROM version"))


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Table:
    """Rows as they come: what, figure, limit beside it, their ratio, the goal and whether it is met."""

    def __init__(self):
        self.rows = []

    def add(self, what, figure, unit, limit=None, limit_is="", ratio=None, goal=None, at_least=True):
        if ratio is None and limit:
            ratio = figure / limit
        judged = ratio if limit else figure
        met = None if goal is None else (judged >= goal if at_least else judged <= goal)
        self.rows.append({"what": what, "figure": figure, "unit": unit, "limit": limit, "limit_is": limit_is, "ratio": ratio, "goal": goal,
                          "goal_is": ("≥" if at_least else "≤") if goal is not None else "", "met": met})
        print("  " + " | ".join(self.cells(self.rows[-1])), file=sys.stderr, flush=True)

    @staticmethod
    def number(value):
        if value is None:
            return ""
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

    def cells(self, row):
        limit = f"{self.number(row['limit'])} {row['limit_is']}".strip() if row["limit"] else ""
        goal = f"{row['goal_is']} {self.number(row['goal'])}" if row["goal"] is not None else ""
        return [row["what"], f"{self.number(row['figure'])} {row['unit']}", limit, self.number(row["ratio"]) if row["limit"] else "", goal,
                {None: "", True: "yes", False: "NO"}[row["met"]]]

    def text(self):
        head = ["what", "figure", "limit in the same run", "ratio", "goal", "met"]
        lines = [head, ["---"] * len(head)] + [self.cells(row) for row in self.rows]
        widths = [max(len(line[column]) for line in lines if line[0] != "---") for column in range(len(head))]
        return "\n".join("| " + " | ".join("-" * width if cell == "---" else cell.ljust(width) for cell, width in zip(line, widths)) + " |" for line in lines)


class Bench(EngineRows, FeedRows, OrderRows):
    def __init__(self, options, folder):
        self.options, self.folder, self.table = options, Path(folder), Table()
        self.fsync = tool("fsync", folder, 1)
        self.loaded = None  # folder of a hub that holds the set
        self.resources = 0

    tool = staticmethod(tool)
    cpu_seconds = staticmethod(cpu_seconds)

    def hub(self, name):
        return Hub(self.folder / name)

    def city(self, name):
        """A hub with the feeds of the sample city."""
        folder = self.folder / name
        folder.mkdir()
        rewrite_configuration(ROOT / "samples/city/hub.toml", folder / "hub.toml", [], True)
        return Hub(folder, configuration="sample")

    @staticmethod
    def oru(number):
        return oru(number)

    def machine(self):
        model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
        return {"cpu": model, "cores": os.cpu_count(), "load_average": os.getloadavg()[0], "fsync": self.fsync}

    def bundles(self):
        target = self.folder / "set.ndjson"
        if not target.exists():
            with open(target, "wb") as out:
                subprocess.run(["zstd", "-dcq", "--long=27", str(self.options.set)], stdout=out, check=True)
            if self.options.quick:
                lines = target.read_bytes().splitlines(keepends=True)[:14]
                target.write_bytes(b"".join(lines))
        return target

    # Rows ----------------------------------------------------------------------------------------------------------------------------------

    def start(self):
        times = []
        for number in range(5):
            with Hub(self.folder / f"start{number}") as hub:
                times.append(hub.start_ms)
                if number == 0:
                    time.sleep(1)
                    idle = hub.memory_mb("VmRSS")
        self.table.add("start, empty", statistics.median(times), "ms", goal=300, at_least=False)
        self.table.add("memory, idle and empty", idle, "MB", goal=100, at_least=False)

    def pipeline(self):
        """No HTTP: huitong load into a fresh directory; beside it the same rows into a bare SQLite."""
        folder = self.folder / "pipeline"
        with Hub(folder):
            pass  # a directory as the hub makes it, and its configuration
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([HUITONG, "load", "--config", str(folder / "hub.toml"), "--format", "json", *(["--validate"] if self.options.validate else []),
                               str(self.bundles())], capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise SystemExit(done.stderr[-2000:])
        result = json.loads(done.stdout)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.resources, self.loaded = result["written"], folder
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        database = folder / "data/huitong.db"
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        (self.folder / "copy").mkdir()
        for file in database.parent.glob("huitong.db*"):
            shutil.copy(file, self.folder / "copy")
        bare = tool("sqlite", self.folder / "copy/huitong.db", self.folder, self.resources, 1000)
        shutil.rmtree(self.folder / "copy")
        (self.folder / "bare.db").unlink(missing_ok=True)
        self.pipeline_rate = result["resources_per_second"]
        self.table.add("load without HTTP", self.pipeline_rate, "resources/s", bare["resources_per_second"], "bare SQLite, same rows")
        self.table.add("… processor time", cpu / self.resources * 1e6, "µs/resource", bare["processor_us"], "bare SQLite, same rows")
        self.pipeline_cpu = cpu / self.resources * 1e6
        self.table.add("bytes a resource, all indexes", sum(file.stat().st_size for file in database.parent.glob("huitong.db*")) / self.resources, "B",
                       goal=550, at_least=False)

    def bundles_over_http(self):
        lines = self.bundles().read_bytes().splitlines(keepends=True)
        # The organizations come first: the other bundles refer to them.
        first, rest = self.folder / "first.ndjson", self.folder / "rest.ndjson"
        first.write_bytes(b"".join(lines[:2]))
        rest.write_bytes(b"".join(lines[2:]))
        with Hub(self.folder / "http") as hub:
            token = hub.token()
            began = time.monotonic()
            tool("http", hub.address, 1, 600, "bodies", first, token)
            result = tool("http", hub.address, 4, 250, "bodies", rest, token)
            seconds = time.monotonic() - began
            written = hub.metrics()["writes"]
            cpu = cpu_seconds(hub.process.pid) / written * 1e6
            peak = hub.memory_mb("VmHWM")
            if result["refused"]:
                print(f"  {result['refused']} bundles were refused", file=sys.stderr)
        self.table.add("transaction bundles over HTTP", written / seconds, "resources/s", self.pipeline_rate, "load without HTTP", goal=0.5)
        self.table.add("… processor time", cpu, "µs/resource", self.pipeline_cpu, "load without HTTP")
        self.table.add("memory, peak while bundles come in", peak, "MB")

    def small_transactions(self):
        file = self.folder / "small.ndjson"
        count = 4_000 if self.options.quick else 40_000
        with open(file, "w", encoding="utf-8") as out:
            for number in range(count):
                out.write(json.dumps(small_transaction(number), separators=(",", ":")) + "\n")
        with Hub(self.folder / "small") as hub:
            before, cpu = hub.metrics(), cpu_seconds(hub.process.pid)
            result = tool("http", hub.address, SMALL_CLIENTS, 15, "bodies", file, hub.token())
            after, cpu = hub.metrics(), cpu_seconds(hub.process.pid) - cpu
        groups = after["commit_groups"] - before["commit_groups"]
        self.table.add(f"small transactions, {SMALL_CLIENTS} clients", result["per_second"], "/s", self.fsync["per_second"], "fsync/s")
        self.table.add("… processor time", cpu / result["requests"] * 1e6, "µs")
        self.table.add("small transactions an fsync of the store", (after["commits"] - before["commits"]) / max(groups, 1), "", goal=20)

    def growth(self):
        """The set and its copies into one directory, until it holds as many resources as asked for; then the same reads as of the small one."""
        folder, lines = self.folder / "growth", self.bundles().read_bytes().splitlines(keepends=True)
        with Hub(folder):
            pass
        part, parts, total = self.folder / "part.ndjson", [], 0
        while total < self.options.resources:
            with open(part, "wb") as out:
                out.writelines(copy_lines(lines, len(parts)))
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run([HUITONG, "load", "--config", str(folder / "hub.toml"), "--format", "json", str(part)], capture_output=True, text=True)
            if done.returncode != 0:
                raise SystemExit(done.stderr[-2000:])
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            result = json.loads(done.stdout)
            total += result["written"]
            parts.append((result["resources_per_second"], (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / result["written"] * 1e6))
            print(f"  {total:,}: {parts[-1][0]:,.0f} resources/s, {parts[-1][1]:.0f} µs", file=sys.stderr, flush=True)
        part.unlink()
        self.table.add(f"the last of {total:,} resources", parts[-1][0], "resources/s", parts[0][0], "the first copy", goal=0.65)
        self.table.add("… processor time", parts[-1][1], "µs/resource", parts[0][1], "the first copy")
        self.table.add("… mean rate", statistics.harmonic_mean(rate for rate, _ in parts), "resources/s", parts[0][0], "the first copy", goal=0.65)
        size = sum(file.stat().st_size for file in (folder / "data").glob("huitong.db*"))
        self.table.add("… bytes a resource, all indexes", size / total, "B", goal=550, at_least=False)
        self.loaded, self.resources = folder, total
        self.reads()

    def reads(self):
        """Over the directory that `pipeline` filled."""
        with Hub(self.loaded, configuration="kept") as hub:
            self.table.add(f"start with {self.resources:,} resources", hub.start_ms, "ms", goal=2_000, at_least=False)
            self.table.add("memory after it", hub.memory_mb("VmRSS"), "MB")
            self.settle(hub)
            token = hub.token()
            page = json.loads(hub.get("/fhir/Observation?_count=1000", token))
            resources = [entry["resource"] for entry in page["entry"]]
            body = self.folder / "body.json"
            body.write_bytes(hub.get(f"/fhir/Observation/{resources[0]['id']}", token))
            bare = subprocess.Popen([TOOLS, "bare", str(self.folder), str(body)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            bare_address = json.loads(bare.stdout.readline())["http"]
            self.read_by_id(hub, token, resources, bare, bare_address)
            self.events_of_reads(hub)
            self.timeline(hub, token, bare_address)
            self.counts(hub, token)
            self.words(hub, token)
            bare.stdin.close()
            bare.wait()

    def read_by_id(self, hub, token, resources, bare, address):
        paths = self.folder / "paths"
        paths.write_text("".join(f"/fhir/Observation/{resource['id']}\n" for resource in resources))

        def measure(where, pid, *more):
            before = cpu_seconds(pid)
            found = tool("http", where, 64, 3, "paths", paths, *more)
            return found["per_second"], (cpu_seconds(pid) - before) / found["requests"] * 1e6

        limits, founds = [], []
        for _ in range(5):  # taken in turns, so that a busy minute meets both
            limits.append(measure(address, bare.pid))
            founds.append(measure(hub.address, hub.process.pid, token))
        middle = [[statistics.median(one[column] for one in list_) for column in (0, 1)] for list_ in (founds, limits)]
        ratio = statistics.median(found[0] / limit[0] for found, limit in zip(founds, limits))
        self.table.add("GET by id, 64 connections", middle[0][0], "/s", middle[1][0], "bare Beast, same record made durable", ratio=ratio, goal=0.5)
        self.table.add("… processor time", middle[0][1], "µs", middle[1][1], "bare Beast")

    def settle(self, hub):
        """The load's own AuditEvents and the text index of what it wrote are made by the first hub that runs: they are not the price of
        what follows."""
        time.sleep(2.5)  # the deriver waits a second for more, and tells no lag before its first step
        while hub.metrics()["audit_lag_microseconds"] != 0:
            time.sleep(0.2)
        database = hub.folder / "data/huitong.db"
        began, cpu, done = time.monotonic(), cpu_seconds(hub.process.pid), text_blocks(database)[0]
        while text_blocks(database)[0] < text_blocks(database)[1]:
            time.sleep(0.2)
        blocks = text_blocks(database)[0]
        if blocks > done:
            self.table.add(f"text index, the last {blocks - done} of {blocks} blocks", time.monotonic() - began, "s")
            self.table.add("… processor time", (cpu_seconds(hub.process.pid) - cpu) / (blocks - done) / 4096 * 1e6, "µs/version")

    def events_of_reads(self, hub):
        """Events are derived when the processors are idle: how long that takes after the reads belongs to their price."""
        began, cpu = time.monotonic(), cpu_seconds(hub.process.pid)
        while hub.metrics()["audit_lag_microseconds"] != 0:
            time.sleep(0.2)
        self.table.add("… their AuditEvents are derived after", time.monotonic() - began, "s")
        self.table.add("… processor time for it", cpu_seconds(hub.process.pid) - cpu, "s")

    def timeline(self, hub, token, bare_address):
        patients = [entry["resource"]["id"] for entry in json.loads(hub.get("/fhir/Patient?_count=1000", token))["entry"]]
        codes = ["8302-2", "29463-7", "8462-4", "8480-6", "72514-3", "2339-0", "2093-3", "718-7"]
        chance = random.Random(20261120)
        queries = self.folder / "queries"
        queries.write_text("".join(f"/fhir/Observation?patient={chance.choice(patients)}&code=http://loinc.org%7C{chance.choice(codes)}"
                                   f"&date=ge{chance.randint(2005, 2019)}-01-01&_sort=-date&_count=10\n" for _ in range(2000)))
        rounds = {"hub": [], "bare": []}
        for _ in range(3):  # in turns: what the machine does to a single caller is in both
            rounds["bare"].append(tool("http", bare_address, 1, 3, "paths", queries))
            rounds["hub"].append(tool("http", hub.address, 1, 3, "paths", queries, token))
        for percentile in ("p50", "p99"):
            found, limit = (statistics.median(one[percentile + "_us"] for one in rounds[side]) / 1000 for side in ("hub", "bare"))
            goal = {"p50": None, "p99": 2}[percentile]
            self.table.add(f"timeline search, {percentile}", found, "ms", goal=goal, at_least=False)
            self.table.add(f"… {percentile} of bare Beast, same caller", limit, "ms")
        result = tool("http", hub.address, 16, 5, "paths", queries, token)
        self.table.add("timeline search, 16 connections", result["per_second"], "/s")

    def counts(self, hub, token):
        """How many results of a code since a day: matches that are counted in a second of one caller's time, on one connection."""
        codes = ["8302-2", "29463-7", "8462-4", "8480-6", "72514-3", "2339-0", "2093-3", "718-7"]
        paths = [f"/fhir/Observation?code=http://loinc.org%7C{code}&date=ge2012-01-01&_summary=count" for code in codes]
        queries = self.folder / "counts"
        queries.write_text("".join(path + "\n" for path in paths))
        hits = statistics.mean(json.loads(hub.get(path, token))["total"] for path in paths)
        result = tool("http", hub.address, 1, 5, "paths", queries, token)
        self.table.add("code and date, counted", hits * result["per_second"], "hits/s", goal=1_000_000)
        self.table.add("… matches of one count", hits, "")
        self.table.add("… one count, p50", result["p50_us"] / 1000, "ms")

    def words(self, hub, token):
        """What the text index, which is made when the processors are idle (`settle`), takes on the disk and what it gives."""
        size = number_in(self.loaded / "data/huitong.db", "SELECT sum(pgsize) FROM dbstat WHERE name = 'word'")
        self.table.add("text index, bytes a resource", size / self.resources, "B")
        family = json.loads(hub.get("/fhir/Patient?_count=1", token))["entry"][0]["resource"]["name"][0]["family"]
        for what, path in (("a rare word", "/fhir/Patient?_content=" + urllib.parse.quote(family)), ("a word of many", "/fhir/Observation?_content=glucose&_count=10"),
                           ("two words", "/fhir/Observation?_content=hemoglobin%20blood&_count=10")):
            times = []
            for _ in range(7):
                began = time.monotonic()
                found = json.loads(hub.get(path, token))["total"]
                times.append((time.monotonic() - began) * 1000)
            self.table.add(f"_content, {what}: {found:,} found", statistics.median(times), "ms")

    def access(self):
        """What asking who calls costs: the same reads by a client with a token, and in open mode. The access log is on in both."""
        configuration = self.loaded / "hub.toml"
        kept = configuration.read_text(encoding="utf-8")
        paths, queries = self.folder / "access-paths", self.folder / "access-queries"
        found = {"client": [], "open": []}
        for number in range(3):  # taken in turns, so that a busy minute meets both
            for mode, text in (("client", kept), ("open", kept.replace("[[client]]", '[access]\nmode = "open"\n[[client]]', 1))):
                configuration.write_text(text, encoding="utf-8")
                with Hub(self.loaded, configuration="kept") as hub:
                    token = hub.token()
                    if number == 0 and mode == "client":
                        entries = json.loads(hub.get("/fhir/Observation?_count=1000", token))["entry"]
                        paths.write_text("".join(f"/fhir/Observation/{entry['resource']['id']}\n" for entry in entries))
                        queries.write_text("".join(f"/fhir/Observation?patient={entry['resource']['subject']['reference'].split('/')[1]}&_sort=-date&_count=10\n"
                                                   for entry in entries))
                    found[mode].append([tool("http", hub.address, connections, 3, "paths", file, token)["per_second"]
                                        for connections, file in ((64, paths), (16, queries))])
        configuration.write_text(kept, encoding="utf-8")
        for column, what in enumerate(("GET by id with a token", "timeline search with a token")):
            client, opened = [[one[column] for one in found[mode]] for mode in ("client", "open")]
            ratio = statistics.median(a / b for a, b in zip(client, opened))
            self.table.add(what, statistics.median(client), "/s", statistics.median(opened), "open mode", ratio=ratio, goal=0.8)

    def messages(self):
        count = 1_000 if self.options.quick else ORU_COUNT
        messages = [oru(number) for number in range(count)]
        with self.city("feeds") as hub:
            before = hub.metrics()
            token = hub.token("his-b", "his-b-sample")
            cpu = cpu_seconds(hub.process.pid)
            result = asyncio.run(send_all(hub, messages, token))
            cpu = cpu_seconds(hub.process.pid) - cpu
            after = hub.metrics()
        dead = after["pipeline_dead_letters"] - before["pipeline_dead_letters"]
        if dead:
            print(f"  {dead:.0f} dead letters", file=sys.stderr)
        limit = tool("journal", self.folder, count, len(messages[0]), ORU_CONNECTIONS)
        self.table.add(f"{count:,} ORU over MLLP, {ORU_CONNECTIONS} connections, stored", count / result["stored"], "/s", limit["per_second"],
                       "bare append, same bytes")
        self.table.add("… applied", count / result["applied"], "/s")
        self.table.add("… processor time", cpu / count * 1e6, "µs/message")
        self.table.add("… last one searchable after", result["searchable"], "s")
        self.table.add("… backlog at its peak", result["backlog"], "messages")


    def directory(self, folder):
        """A hub's folder with the sample's configuration and the set and its copies; with --keep made once and copied from there."""
        kept = self.options.keep or folder
        if not (kept / "data").exists():
            kept.mkdir(parents=True)
            rewrite_configuration(ROOT / "samples/city/hub.toml", kept / "hub.toml", [], True)
            lines = self.bundles().read_bytes().splitlines(keepends=True)
            part, total, copies = self.folder / "part.ndjson", 0, 0
            while total < (1 if self.options.quick else self.options.resources):
                with open(part, "wb") as out:
                    out.writelines(copy_lines(lines, copies))
                done = subprocess.run([HUITONG, "load", "--config", str(kept / "hub.toml"), "--format", "json", str(part)], capture_output=True, text=True)
                if done.returncode not in (0, 1):
                    raise SystemExit(done.stderr[-2000:])
                total, copies = total + json.loads(done.stdout)["written"], copies + 1
        if self.options.keep:
            shutil.copytree(kept, folder)

    def cds(self):
        """Orders at random moments over a directory with a million resources, while a laboratory sends at half of what the hub can take."""
        folder = self.folder / "cds"
        self.directory(folder)
        total = number_in(folder / "data/huitong.db", "SELECT count(*) FROM version")
        yesterday = time.strftime("%Y%m%d", time.localtime(time.time() - 86_400))
        count, seconds = (300, 4) if self.options.quick else (4_000, 30)
        messages = [oru(number).replace(b"20261120", yesterday.encode()) for number in range(count + 60_000)]
        with Hub(folder, configuration="sample") as hub:
            self.settle(hub)
            token = hub.token("his-b", "his-b-sample")
            capacity = count / asyncio.run(send_all(hub, messages[:count], token))["applied"]
            self.table.add(f"orders: resources in the directory {total + count * 7:,}; ingest alone", capacity, "messages/s")
            self.measure_people(hub, token, send_all, oru, citizen_number)
            connection = MllpConnection(hub.ready["feeds"]["lis-a"])
            laboratory = Laboratory(connection.send, capacity / 2, messages[count:])
            known = min(ORU_PATIENTS, count)
            patients = [{"id": str(number), "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": citizen_number(number)}],
                         "name": [{"text": f"演示{number}"}]} for number in range(known)]
            self.measure_orders(hub, hub.token("his-b", "his-b-sample"), patients, laboratory, seconds)
            connection.close()


class MllpConnection:
    """One sender that waits for each acknowledgement, as an interface engine does."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=30)

    def send(self, message):
        self.socket.sendall(message)
        answer = b""
        while not answer.endswith(b"\x1c\r"):
            answer += self.socket.recv(65_536)

    def close(self):
        self.socket.close()


def small_transaction(number):
    return {"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": "urn:uuid:p", "request": {"method": "POST", "url": "Patient"},
         "resource": {"resourceType": "Patient", "identifier": [{"system": "urn:bench:patient", "value": str(number)}], "name": [{"text": f"演示{number}"}],
                      "gender": "female", "birthDate": "1956-03-14"}},
        {"request": {"method": "POST", "url": "Observation"},
         "resource": {"resourceType": "Observation", "status": "final", "subject": {"reference": "urn:uuid:p"},
                      "identifier": [{"system": "urn:bench:result", "value": str(number)}],
                      "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]}, "effectiveDateTime": "2026-11-20T08:45:00+08:00",
                      "valueQuantity": {"value": 100 + number % 60, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"}}}]}


def citizen_number(number):
    """A number of a region that does not exist, with its check character (GB 11643)."""
    digits = f"9901{number % 100:02d}19{50 + number // 100 % 50:02d}0314{number // 5000 % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, weights)) % 11]


def oru(number, patient=None):
    patient = number % ORU_PATIENTS if patient is None else patient
    segments = [
        rf"MSH|^~\&|LIS|341002H0001|HIP|341000PLAT|20261120093500||ORU^R01|B{number:010d}|P|2.4|||||CHN|GB 18030-2000",
        f"PID|1|{patient:010d}|{patient:010d}^^^341002H0001^PI~{citizen_number(patient)}^^^GA^NI||YAN SHI^演示{patient}||"
        f"{citizen_number(patient)[6:14]}|F|||安徽省黄山市屯溪区样例路{patient}号",
        "PV1|1|O|1023^^^内科门诊||||8001^李建国",
        f"ORC|RE|TSQ{number:011d}|JYB{number:010d}||CM",
        f"OBR|1|TSQ{number:011d}|JYB{number:010d}|XCG-A^血常规五分类^L|||20261120084500|||||||20261120084500|BLD&全血&HL70487^^^静脉|8001^李建国||||||20261120092500||LAB|F"]
    for index, (code, name, value, unit, limits) in enumerate([("WBC", "白细胞计数", f"{4 + number % 60 / 10}", "10^9/L", "3.5-9.5"),
                                                              ("RBC", "红细胞计数", "4.21", "10^12/L", "3.8-5.1"),
                                                              ("HGB", "血红蛋白", f"{100 + number % 50}", "g/L", "115-150"),
                                                              ("PLT", "血小板计数", "215", "10^9/L", "125-350"), ("HCT", "红细胞压积", "38.2", "%", "35-45")], 1):
        segments.append(f"OBX|{index}|NM|{code}^{name}^L||{value}|{unit}|{limits}|N|||F|||20261120092500|341002H0001|JY01^陈技师||Sysmex^XN-1000")
    return b"\x0b" + "\r".join(segments).encode("gb18030") + b"\r\x1c\r"


async def send_all(hub, messages, token):
    """Every connection sends, waits for its ACK, and sends the next; the time of the last ACK, of the last commit, and the peak of what waits."""
    host, port = hub.ready["feeds"]["lis-a"].rsplit(":", 1)
    waiting = iter(messages)
    refused = 0

    async def send():
        nonlocal refused
        reader, writer = await asyncio.open_connection(host, int(port))
        for message in waiting:
            writer.write(message)
            ack = await reader.readuntil(b"\x1c\r")
            refused += b"MSA|AA" not in ack
        writer.close()

    backlog, before = 0, hub.metrics()

    async def watch():
        nonlocal backlog
        while True:
            state = await asyncio.to_thread(hub.metrics)
            backlog = max(backlog, state["inbox_waiting"])
            done = sum(state[name] - before[name] for name in ("pipeline_applied", "pipeline_dead_letters"))
            if state["inbox_waiting"] == 0 and done >= len(messages):
                return
            await asyncio.sleep(0.1)

    began = time.monotonic()
    watching = asyncio.create_task(watch())
    await asyncio.gather(*(send() for _ in range(ORU_CONNECTIONS)))
    stored = time.monotonic() - began
    await watching
    applied = time.monotonic() - began
    last = f"/fhir/DiagnosticReport?identifier=urn:huitong:organization:341002H0001:report%7CJYB{len(messages) - 1:010d}"
    while not json.loads(await asyncio.to_thread(hub.get, last, token)).get("entry"):
        await asyncio.sleep(0.05)
    searchable = time.monotonic() - began
    if refused:
        print(f"  {refused} messages were not acknowledged with AA", file=sys.stderr)
    return {"stored": stored, "applied": applied, "searchable": searchable, "backlog": backlog}


ROWS = ["start", "pipeline", "bundles_over_http", "small_transactions", "reads", "access", "messages"]
LONG_ROWS = ["growth", "cds", "fhirpath", "validation", "validate_code", "terminology", "v2", "mllp", "documents", "images", "soak"]


def main():
    parser = argparse.ArgumentParser()
    shared = Path(os.environ.get("HUITONG_SHARED", ROOT / "../shared"))
    parser.add_argument("--set", type=Path, default=shared / "bench/synthea-122.ndjson.zst")
    parser.add_argument("--only", default=",".join(ROWS), help="of " + ", ".join(ROWS + LONG_ROWS))
    parser.add_argument("--resources", type=int, default=1_000_000, help="how many growth loads")
    parser.add_argument("--keep", type=Path, help="where the directory of cds is made once and kept for further runs")
    parser.add_argument("--minutes", type=float, default=10, help="how long the soak lasts")
    parser.add_argument("--folder", help="on the disk that is to be measured")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything: to see that it runs")
    parser.add_argument("--validate", action="store_true", help="load with validation, as the hub does over HTTP")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="huitong-bench-", dir=options.folder)
    try:
        bench = Bench(options, folder)
        for name in options.only.split(","):
            print(f"{name} …", file=sys.stderr, flush=True)
            getattr(bench, name)()
        machine = bench.machine()
        print(f"{machine['cpu']}, {machine['cores']} cores, load average {machine['load_average']:.1f}; "
              f"fsync {machine['fsync']['per_second']:,.0f}/s (p50 {machine['fsync']['p50_us']} µs, p99 {machine['fsync']['p99_us']} µs)\n")
        print(bench.table.text())
        if options.json:
            options.json.write_text(json.dumps({"machine": machine, "rows": bench.table.rows}, ensure_ascii=False, indent=1), encoding="utf-8")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
