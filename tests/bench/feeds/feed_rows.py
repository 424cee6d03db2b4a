"""Rows of scripts/bench about feeds: a v2 message split and mapped, the durable acknowledgement by connections and sync latency, documents and
image headers mapped, and a soak. Each stands beside what the machine does without us."""
import asyncio
import contextlib
import json
import os
import re
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HUITONG = str(ROOT / "build/release/huitong")
TOKENISE = str(ROOT / "build/release/tests/bench_tokenise")
SLOW_SYNC = str(ROOT / "build/release/tests/libbench_slow_sync.so")
LIBRARIES = ["--maps", "mappings", "--terminology", "terminology/maps", "--terminology", "terminology/systems", "--structures", "fhir-profiles"]
CONNECTIONS = (1, 16, 64)
DAY = 86_400


def with_results(message, count):
    """The sample message with so many OBX."""
    lines = message.strip(b"\x0b\x1c\r").split(b"\r")
    head, results = [line for line in lines if not line.startswith(b"OBX")], [line for line in lines if line.startswith(b"OBX")]
    numbered = [re.sub(rb"^OBX\|\d+\|NM\|(\w+)", b"OBX|%d|NM|\\g<1>%s" % (at + 1, b"" if at < len(results) else b"%d" % at), results[at % len(results)])
                for at in range(count)]
    return b"\r".join(head + numbered) + b"\r"


def mapped(map_name, file, rounds, organization="341002H0001"):
    """Messages a second that one thread reads, maps and writes as JSON."""
    done = subprocess.run([HUITONG, "map", "run", "--map", f"https://huitong.example/fhir/StructureMap/{map_name}", *LIBRARIES, "--input", str(file),
                           "--set", f"organization={organization}", "--set", "feed=bench", "--repeat", str(rounds)], capture_output=True, text=True, cwd=ROOT)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-2000:])
    words = done.stdout.split()
    return int(words[0]) / float(words[3])


@contextlib.contextmanager
def sync_latency(added):
    """Processes that start meanwhile wait a millisecond more for the disk."""
    if added:
        os.environ["LD_PRELOAD"] = SLOW_SYNC
    try:
        yield
    finally:
        os.environ.pop("LD_PRELOAD", None)


async def acknowledged(address, connections, messages):
    """Every connection sends, waits for its acknowledgement and sends the next. Seconds, and acknowledgements that were no AA."""
    host, port = address.rsplit(":", 1)
    waiting, refused = iter(messages), 0

    async def send():
        nonlocal refused
        reader, writer = await asyncio.open_connection(host, int(port))
        for message in waiting:
            writer.write(message)
            refused += b"MSA|AA" not in await reader.readuntil(b"\x1c\r")
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*(send() for _ in range(connections)))
    return time.monotonic() - began, refused


class FeedRows:
    """Mixed into Bench: `folder`, `table`, `tool`, `oru` (a numbered message), `city` (a hub with the sample feeds)."""

    def v2(self):
        rounds = 100 if self.options.quick else 2_000
        for count in (1, 40):
            file = self.folder / f"obx{count}.hl7"
            file.write_bytes(with_results(self.oru(7), count))
            done = json.loads(subprocess.run([TOKENISE, str(file), "0.2" if self.options.quick else "2"], capture_output=True, check=True).stdout)
            self.table.add(f"v2 message of {count} OBX ({done['bytes']} bytes), split", done["per_second"], "/s", done["searched_per_second"],
                           "search for its delimiters alone")
            self.table.add("… to FHIR (lab map), read, mapped and written, one thread", mapped("hospital-a", file, rounds), "/s", done["per_second"], "split alone")

    def documents(self):
        file = ROOT / "tests/golden/cda-document/laboratory_report/in.xml"
        rate = mapped("cda-document", file, 20 if self.options.quick else 500)
        self.table.add(f"CDA document ({file.stat().st_size:,} bytes) to FHIR, one thread", rate, "/s", self.read_rate(file), "bytes read from the file, as often")

    def images(self):
        file = ROOT / "tests/golden/township-dicom/chest_ct/in.json"
        rate = mapped("township-dicom", file, 50 if self.options.quick else 2_000, "990105H0101")
        self.table.add(f"DICOM header of a study ({file.stat().st_size:,} bytes, JSON) to FHIR, one thread", rate, "/s", self.read_rate(file), "bytes read from the file, as often")

    @staticmethod
    def read_rate(file):
        rounds, began = 2_000, time.monotonic()
        for _ in range(rounds):
            file.read_bytes()
        return rounds / (time.monotonic() - began)

    def mllp(self):
        """Durable acknowledgements, with the disk as it is and with a millisecond more."""
        number = 0
        for added in (False, True):
            for connections in CONNECTIONS:
                count = (100 if self.options.quick else 5_000) if connections > 1 or not added else (50 if self.options.quick else 1_000)
                messages = [self.oru(number + at) for at in range(count)]
                number += count
                with sync_latency(added):
                    with self.city(f"mllp{connections}{added}") as hub:
                        seconds, refused = asyncio.run(acknowledged(hub.ready["feeds"]["lis-a"], connections, messages))
                    limit = self.tool("journal", self.folder, count, len(messages[0]), connections)
                if refused:
                    raise SystemExit(f"{refused} messages were not acknowledged with AA")
                self.table.add(f"MLLP to durable ACK, {connections} connections{', +1 ms sync' if added else ''}", count / seconds, "/s", limit["per_second"],
                               "bare append, same bytes")

    def soak(self):
        """Sixteen senders for `--minutes`: memory, and what a day of it would be."""
        minutes = self.options.minutes
        with self.city("soak") as hub:
            samples, sent, began = [], 0, time.monotonic()
            disk = self.disk_bytes(hub)
            while time.monotonic() - began < minutes * 60:
                messages = [self.oru(sent + at) for at in range(1_000)]
                _, refused = asyncio.run(acknowledged(hub.ready["feeds"]["lis-a"], 16, messages))
                sent += len(messages)
                while hub.metrics()["inbox_waiting"] > 0:
                    time.sleep(0.05)
                samples.append((time.monotonic() - began, hub.memory_mb("VmRSS")))
                if refused:
                    raise SystemExit(f"{refused} messages were not acknowledged with AA")
            seconds = time.monotonic() - began
            disk = self.disk_bytes(hub) - disk
            dead = hub.metrics()["pipeline_dead_letters"]
        quarter = max(len(samples) // 4, 1)
        middle, last = (sum(memory for _, memory in part) / len(part) for part in (samples[quarter:2 * quarter] or samples, samples[-quarter:]))
        self.table.add(f"soak of {seconds / 60:.1f} minutes: messages stored and applied", sent / seconds, "/s")
        self.table.add("… a day of it", sent / seconds * DAY / 1e6, "million messages", goal=10)
        self.table.add("… memory in the last quarter, against the second", last, "MB", middle, "MB", goal=1.1, at_least=False)
        self.table.add("… disk a message", disk / sent / 1024, "KB")
        self.table.add("… disk a day of ten million", disk / sent * 1e7 / 2**30, "GB")
        self.table.add("… dead letters", dead, "", goal=0, at_least=False)

    @staticmethod
    def disk_bytes(hub):
        return sum(file.stat().st_size for file in (hub.folder / "data").rglob("*") if file.is_file())
