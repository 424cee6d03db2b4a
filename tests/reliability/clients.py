"""A hub and many clients of it at once, each with one connection: what the drills of this folder share."""
import http.client
import json
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scenarios"))
from hub import Hub

CONFIGURATION = """
[server]
http = "127.0.0.1:0"
data = "data"
[[client]]
id = "his-a"
organization = "341002H0001"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.cruds"]
"""


def start_hub(run):
    folder = run.folder / "hub"
    folder.mkdir()
    (folder / "hub.toml").write_text(CONFIGURATION, encoding="utf-8")
    hub = Hub(folder / "hub.toml").start()
    run.hubs.append(hub)
    return hub


class Client:
    """One connection. A token lives for five minutes; a run that lasts longer takes a new one when it is told so."""

    def __init__(self, hub, token):
        host, port = hub.ready["http"].rsplit(":", 1)
        self.hub = hub
        self.connection = http.client.HTTPConnection(host, int(port), timeout=60)
        self.headers = {"Authorization": "Bearer " + token, "Content-Type": "application/fhir+json"}

    def ask(self, method, path, body=None, **headers):
        text = json.dumps(body) if body else None
        status, etag, answer = self.send(method, path, text, headers)
        if status == 401:
            self.headers["Authorization"] = "Bearer " + self.hub.token("his-a")
            status, etag, answer = self.send(method, path, text, headers)
        return status, etag, json.loads(answer) if answer else {}

    def send(self, method, path, text, headers):
        self.connection.request(method, path, text, {**self.headers, **headers})
        answer = self.connection.getresponse()
        return answer.status, answer.headers.get("ETag", ""), answer.read()


class Locked:
    """One iterator for many threads."""

    def __init__(self, iterator):
        self.iterator, self.lock = iterator, threading.Lock()

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            return next(self.iterator)


def run_all(works):
    failures = []

    def guarded(work):
        try:
            work()
        except Exception as failure:  # told by the main thread
            failures.append(failure)
    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
