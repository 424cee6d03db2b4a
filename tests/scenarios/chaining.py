#!/usr/bin/env python3
"""The county pulls every change of the city: through a line that is cut, over restarts of the county, until both hold the same content.

The line is a relay of our own between the two hubs; it cuts a connection in the middle of an answer when told to.
"""
import base64
import hashlib
import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import samples
from hub import ROOT, Run, check, run_script, same, wait_for


class Line:
    """A TCP relay; `cut_after(n)` makes the next connection end after n bytes of answer."""

    def __init__(self, port):
        self.port, self.limits, self.cuts = port, [], 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def cut_after(self, size):
        self.limits.append(size)

    def accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(near,), daemon=True).start()

    def carry(self, near):
        try:
            far = socket.create_connection(("127.0.0.1", self.port))
        except OSError:
            near.close()   # the city is not there: neither is the line
            return
        with near, far:
            threading.Thread(target=self.copy, args=(near, far, False), daemon=True).start()
            self.copy(far, near, True)

    def copy(self, source, target, is_answer):
        sent = 0
        try:
            while data := source.recv(65536):
                sent += len(data)
                if is_answer and self.limits and sent > self.limits[0]:
                    self.limits.pop(0)
                    self.cuts += 1
                    break
                target.sendall(data)
        except OSError:
            pass
        for one in (source, target):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.server.close()


def make_key(file):
    """A P-384 key in a file, and its public half as a JWK set."""
    subprocess.run(["openssl", "ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", str(file)], check=True, capture_output=True)
    der = subprocess.run(["openssl", "ec", "-in", str(file), "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    text = lambda part: base64.urlsafe_b64encode(part).rstrip(b"=").decode()
    return json.dumps({"keys": [{"kty": "EC", "crv": "P-384", "kid": "county-1", "use": "sig", "x": text(der[-96:-48]), "y": text(der[-48:])}]})


def contents(hub):
    """Every current resource of a hub with the hash of what it says, without what each hub numbers itself."""
    found = {}
    page = hub.read("/fhir/_history?_since=seq-0&_count=500", "auditor")
    while True:
        for entry in page.get("entry", []):
            method, key = entry["request"]["method"], "/".join(entry["request"]["url"].split("/")[:2])
            if method == "DELETE":
                found.pop(key, None)
                continue
            resource = entry["resource"]
            key = f"{resource['resourceType']}/{resource['id']}"
            for own in ("versionId", "lastUpdated"):
                resource["meta"].pop(own, None)
            found[key] = hashlib.sha256(json.dumps(resource, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        following = [link["url"] for link in page.get("link", []) if link["relation"] == "next"]
        if not following or not page.get("entry"):
            return found
        page = hub.read(following[0], "auditor")


def shared(found):
    """AuditEvents are each hub's own."""
    return {key: value for key, value in found.items() if not key.startswith("AuditEvent/")}


def main():
    with Run() as run:
        day = samples.day_zero()
        messages = run.folder / "messages"
        entries = samples.generate(messages, day)
        (run.folder / "keys").mkdir()
        keys = make_key(run.folder / "keys/county.pem")
        client = f"\n[[client]]\nid = \"county\"\norganization = \"340000PLAT\"\njwks = '{keys}'\nscopes = [\"system/*.rs\"]\n\n# Whoever answers for the trail."
        city = run.hub("city", "city", replacements=[(f'registers = "{ROOT}/terminology/recognition"', f'registers = "{messages}/recognition"'),
                                                     ("\n# Whoever answers for the trail.", client)])
        city.start()
        # Tokens name the city's own address, so the assertion's audience is given as the city knows it; data comes through the line.
        line = Line(int(city.ready["http"].rsplit(":", 1)[1]))
        county = run.hub("county", "county", replacements=[("http://127.0.0.1:8080/fhir", f"http://{line.address}/fhir"),
                                                           ("http://127.0.0.1:8080/auth/token", f"{city.url}/auth/token"),
                                                           ('"county.pem"', f'"{run.folder}/keys/county.pem"')])
        for size in (700, 20_000, 150_000):
            line.cut_after(size)
        county.start()
        samples.send_phase(city, messages, entries, "history")
        wait_for("three cut connections", lambda: line.cuts >= 3, 60)
        county.kill()
        samples.send_phase(city, messages, entries, "story")
        county.start()
        city.settle(120)
        wanted = shared(contents(city))
        check(len(wanted) > 1000, f"the city holds only {len(wanted)} resources")
        wait_for("the county holds what the city holds", lambda: shared(contents(county)) == wanted or None, 120)
        county.stop()
        county.start()
        same(shared(contents(county)), wanted, "contents after another restart")
        print(f"{len(wanted)} resources equal after {line.cuts} cut connections, a kill and a restart.")
        line.close()


if __name__ == "__main__":
    run_script(main)
