"""A hub as its peers see it: started from a configuration, fed and asked by programs that are not ours (mllp_send, curl), stopped by its own id."""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


class Failed(Exception):
    """What was expected, and what was there."""


def check(condition, text):
    if not condition:
        raise Failed(text)


def same(found, wanted, what):
    check(found == wanted, f"{what}: found {found!r}, expected {wanted!r}")


def wait_for(what, condition, seconds=30):
    """Waits for something that another program brings about; gives what `condition` gave."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        check(time.monotonic() < end, f"did not happen within {seconds} s: {what}")
        time.sleep(0.05)


def play_steps(steps):
    """Plays one step after the other and says what each has shown, in the words of its name."""
    for step in steps:
        step()
        print(step.__name__.replace("_", " "), flush=True)


def run_script(main):
    """What every script of this kind ends with: exit 1 and the reason when something was otherwise than expected."""
    try:
        sys.exit(main())
    except Failed as failure:
        print(f"failed: {failure}", file=sys.stderr)
        sys.exit(1)


# What most configurations begin with; `{root}` is the repository.
USUAL_CONTENT = """
[server]
http = "127.0.0.1:0"
data = "data"
[content]
terminology = ["{root}/terminology/systems", "{root}/terminology/maps"]
mappings = ["{root}/mappings"]
structures = ["{root}/fhir-profiles"]
"""
USUAL_REGISTERS = """
[recognition]
registers = "{root}/terminology/recognition"
"""


def program():
    return os.environ.get("HUITONG_PROGRAM", str(ROOT / "build/release/huitong"))


def rewrite_configuration(source, target, replacements, free_ports):
    """The sample's configuration for a run of its own: paths made absolute, ports free unless the run is to keep the documented ones."""
    text = Path(source).read_text(encoding="utf-8")
    text = text.replace('"../../', f'"{ROOT}/')
    if free_ports:
        text = re.sub(r'(http|listen) = "127\.0\.0\.1:\d+"', r'\1 = "127.0.0.1:0"', text)
    for old, new in replacements:
        check(old in text, f"{source} has no {old}")
        text = text.replace(old, new)
    Path(target).write_text(text, encoding="utf-8")


class Hub:
    def __init__(self, configuration, extra=()):
        self.configuration = Path(configuration)
        self.folder = self.configuration.parent
        self.extra = list(extra)
        self.before = []  # words of a command line that starts it
        self.process = None
        self.tokens = {}

    def start(self):
        self.log = open(self.folder / f"{self.configuration.stem}.log", "ab")
        self.process = subprocess.Popen([*self.before, program(), "serve", "--config", str(self.configuration), *self.extra], stdout=subprocess.PIPE, stderr=self.log)
        line = self.process.stdout.readline().decode()
        if not line:
            self.process.wait()
            self.log.flush()
            words = (self.folder / f"{self.configuration.stem}.log").read_text(encoding="utf-8", errors="replace")
            raise Failed(f"the hub did not start (exit {self.process.returncode}):\n{words[-3000:]}")
        self.ready = json.loads(line)
        self.url = "http://" + self.ready["http"]
        self.tokens = {}
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process:
            self.process.stdout.close()
            self.log.close()
        self.process = None

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.process = None

    def command(self, *arguments, exit_codes=(0,)):
        """A command line of the product beside the running hub."""
        done = subprocess.run([program(), *arguments], capture_output=True, text=True, timeout=120)
        check(done.returncode in exit_codes, f"huitong {' '.join(arguments)}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    # HTTP with curl ------------------------------------------------------------------------------------------------------------------------

    def token(self, client, **form):
        """A token of the client's secret, as its own system would fetch it."""
        key = (client, tuple(sorted(form.items())))
        if key not in self.tokens or time.monotonic() > self.tokens[key][1]:
            form = {"grant_type": "client_credentials", "client_id": client, "client_secret": client + "-sample", **form}
            answer = self.curl("POST", "/auth/token", data=urllib.parse.urlencode(form), content_type="application/x-www-form-urlencoded")
            same(answer.status, 200, f"token of {client}")
            self.tokens[key] = (answer.json()["access_token"], time.monotonic() + 200)
        return self.tokens[key][0]

    def curl(self, method, path, client=None, data=None, content_type="application/fhir+json", accept="application/fhir+json", headers=()):
        arguments = ["curl", "-sS", "--max-time", "60", "-X", method, "-H", f"Accept: {accept}", "-o", "-", "-w", "\n%{http_code} %{time_total}"]
        if client:
            arguments += ["-H", f"Authorization: Bearer {self.token(client)}"]
        for header in headers:
            arguments += ["-H", header]
        if data is not None:
            arguments += ["-H", f"Content-Type: {content_type}", "--data-binary", "@-"]
        url = path if path.startswith("http") else self.url + path
        body = data.encode() if isinstance(data, str) else data
        done = subprocess.run([*arguments, url], input=body, capture_output=True, timeout=90)
        check(done.returncode == 0, f"curl {method} {path}: {done.stderr.decode()}")
        text, _, last = done.stdout.rpartition(b"\n")
        status, seconds = last.split()
        return Answer(int(status), text.decode(), float(seconds))

    def read(self, path, client, status=200):
        answer = self.curl("GET", path, client)
        same(answer.status, status, f"GET {path}")
        return answer.json()

    def post(self, path, body, client, status=200):
        answer = self.curl("POST", path, client, json.dumps(body, ensure_ascii=False))
        check(answer.status == status, f"POST {path}: {answer.status}, expected {status}\n{answer.text[:2000]}")
        return answer.json() if answer.text else None

    def search(self, path, client):
        """All entries of a search, page by page."""
        found, page = [], self.read("/fhir/" + path, client)
        while True:
            found += [entry["resource"] for entry in page.get("entry", []) if entry.get("search", {}).get("mode") != "outcome"]
            following = [link["url"] for link in page.get("link", []) if link["relation"] == "next"]
            if not following:
                return found
            page = self.read(following[0], client)

    # Feeds ---------------------------------------------------------------------------------------------------------------------------------

    def mllp(self, feed, file):
        """Sends a file with mllp_send of python3-hl7. Its exit code says nothing: the bytes of the ACK do."""
        host, port = self.ready["feeds"][feed].rsplit(":", 1)
        done = subprocess.run(["mllp_send", "--loose", "--file", str(file), "--port", port, host], capture_output=True, timeout=60)
        return done.stdout

    def drop(self, feed, file, name=None):
        """Puts a file into a feed's drop folder and waits until the hub has taken it."""
        folder = Path(self.ready["feeds"][feed])
        name = name or Path(file).name
        shutil.copyfile(file, folder / (name + ".part"))
        os.rename(folder / (name + ".part"), folder / name)
        wait_for(f"{feed} takes {name}", lambda: not (folder / name).exists())
        check(not (folder / "failed" / name).exists(), f"{feed} refused {name}: see {folder}/failed")

    def settle(self, seconds=60):
        """Waits until nothing in the inbox is left to be applied."""
        def is_settled():
            state = json.loads(self.command("feed", "list", "--config", str(self.configuration), "--format", "json"))
            return state["waiting"] == 0
        wait_for("the inbox is empty", is_settled, seconds)


class Answer:
    def __init__(self, status, text, seconds):
        self.status, self.text, self.seconds = status, text, seconds

    def json(self):
        return json.loads(self.text)


class Run:
    """A folder for one run, gone afterwards unless it failed or is to be kept."""

    def __init__(self, keep=False):
        self.keep = keep

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="huitong-run-"))
        self.hubs = []
        return self

    def hub(self, sample, name, free_ports=True, replacements=()):
        folder = self.folder / name
        folder.mkdir()
        rewrite_configuration(ROOT / "samples" / sample / "hub.toml", folder / "hub.toml", replacements, free_ports)
        hub = Hub(folder / "hub.toml")
        self.hubs.append(hub)
        return hub

    def __exit__(self, kind, *_):
        for hub in self.hubs:
            hub.stop()
        if kind is None and not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def acknowledgement(bytes_, separator="|"):
    """MSA-1, MSA-2 and all segments of an ACK as it came back over MLLP."""
    text = bytes_.replace(b"\x0b", b"").replace(b"\x1c", b"")
    for charset in ("utf-8", "gb18030"):
        try:
            text = text.decode(charset)
            break
        except UnicodeDecodeError:
            continue
    segments = [segment for segment in re.split(r"[\r\n]+", text) if segment]
    msa = [segment for segment in segments if segment.startswith("MSA")]
    check(msa, f"no MSA in the answer: {bytes_[:300]!r}")
    fields = msa[0].split(separator) + [""]
    return fields[1], fields[2], segments
