#!/usr/bin/env python3
"""A sealed data directory: what was sent is in no file of it but the index rows and exports that docs/formats/keys.md names; a new key takes over while
the hub runs; backups, restores and checks work; without the keys nothing opens.

    tests/scenarios/at_rest.py
"""
import base64
import json
import os
import shutil
import sqlite3
import urllib.parse

from hub import ROOT, Hub, Run, check, play_steps, run_script, same, wait_for
from peer import Peer, sha256

CANARIES = {"text": "云无心以出岫990101", "note": "canary-of-the-note-990101", "message": "CANARY990101"}
INDEXED = "canaryword990101"
FAMILY = "欧阳九九"  # a searched value: it stands in the index


def configuration(folder, key_file):
    folder.mkdir(exist_ok=True)
    (folder / "hub.toml").write_text(f"""[server]
http = "127.0.0.1:0"
data = "data"
[storage]
key_file = "{key_file}"
[content]
terminology = ["{ROOT}/terminology/systems", "{ROOT}/terminology/maps"]
mappings = ["{ROOT}/mappings"]
structures = ["{ROOT}/fhir-profiles"]
[recognition]
registers = "{ROOT}/terminology/recognition"
[[feed]]
name = "lis"
kind = "hl7v2"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/hospital-a"
listen = "127.0.0.1:0"
ack = "applied"
[[client]]
id = "loader"
organization = "341000PLAT"
secret_sha256 = "{sha256("loader-secret")}"
scopes = ["system/*.cruds"]
""", encoding="utf-8")
    return folder / "hub.toml"


def files_with(folder, text):
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes())


class Play:
    def __init__(self, run):
        self.run = run
        self.keys = run.folder / "keys"
        self.file = configuration(run.folder / "sealed", self.keys)
        self.data = self.file.parent / "data"
        self.hub = Hub(self.file)
        run.hubs.append(self.hub)

    def start(self):
        self.hub.start()
        self.peer = Peer(self.hub.ready["http"])

    def call(self, method, path, body=None):
        return self.peer.call(method, "/fhir/" + path, self.peer.token("loader"), body)

    def status(self):
        return self.hub.command("keys", "status", "--data", str(self.data))

    def without_a_key_file_the_hub_does_not_start(self):
        try:
            self.hub.start()
        except Exception as failure:
            check("key" in str(failure), f"other words: {failure}")
            return
        check(False, "it started")

    def what_is_written_stands_in_no_file(self):
        self.hub.command("keys", "make", str(self.keys))
        same(self.keys.stat().st_mode & 0o777, 0o600, "mode of the key file")
        self.start()
        patient = {"resourceType": "Patient", "id": "p", "name": [{"family": FAMILY, "text": FAMILY}],
                   "contact": [{"relationship": [{"text": CANARIES["text"]}], "name": {"text": CANARIES["text"]}}]}
        same(self.call("PUT", "Patient/p", patient).status, 201, "PUT")
        result = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
                  "subject": {"reference": "Patient/p"}, "note": [{"text": CANARIES["note"]}]}
        for number in range(50):
            same(self.call("PUT", f"Observation/o{number}", {**result, "id": f"o{number}"}).status, 201, "PUT of a result")
        message = f"MSH|^~\\&|LIS|341002H0001|HUB|341000PLAT|20261120101500||ADT^A04|{CANARIES['message']}-ID|P|2.4\rEVN|A04|20261120101500\rPID|1||990101^^^341002H0001^PI||{CANARIES['message']}^X||19560314|F\rPV1|1|O\r"
        port = int(self.hub.ready["feeds"]["lis"].rsplit(":", 1)[1])
        import socket
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(b"\x0b" + message.encode() + b"\x1c\x0d")
            check(b"MSA|" in line.recv(65536), "no acknowledgement")
        for canary in (CANARIES["text"], CANARIES["note"]):
            same(files_with(self.data, canary), [], f"files with {canary}")
        journals = [name for name in files_with(self.data, CANARIES["message"]) if name.startswith("inbox/")]
        same(journals, [], "segments of the inbox with the message")
        same({name.split("-")[0] for name in files_with(self.data, FAMILY)} <= {"huitong.db"}, True, "the index is the one place of a searched name")

    def everything_is_read_as_it_was_sent(self):
        same(self.call("GET", "Patient/p").json()["contact"][0]["name"]["text"], CANARIES["text"], "name of a contact")
        found = self.call("GET", "Patient?name=" + urllib.parse.quote(FAMILY)).json()
        same([entry["resource"]["id"] for entry in found["entry"]], ["p"], "search by name")
        self.hub.command("audit", "verify", "--data", str(self.data))

    def a_new_key_takes_over_while_the_hub_runs(self):
        self.hub.command("keys", "rotate", "--data", str(self.data), "--cipher", "sm4-ctr-hmac-sm3")
        same(self.call("PUT", "Patient/late", {"resourceType": "Patient", "id": "late"}).status, 201, "PUT")
        wait_for("older bodies are sealed anew", lambda: "aes-256-gcm" in self.status() and " 0 bodies\n2  sm4-ctr-hmac-sm3" in self.status())
        check("not sealed: 0 bodies" in self.status(), self.status())
        same(self.call("GET", "Observation/o7").json()["note"][0]["text"], CANARIES["note"], "an older body")

    def a_restarted_hub_reads_messages_of_both_keys(self):
        self.hub.kill()
        database = sqlite3.connect(self.data / "huitong.db")
        with database:  # as if it had been indexed before there were keys
            database.execute("INSERT INTO word VALUES(0, ?, x'01')", (INDEXED,))
            database.execute("INSERT INTO counter VALUES('text', 1)")
        database.close()
        same(files_with(self.data, INDEXED) != [], True, "a word of the text index stands in the database")
        self.start()
        same(files_with(self.data, INDEXED), [], "files with a word of the text index")
        same(self.call("GET", "Patient/p").json()["contact"][0]["name"]["text"], CANARIES["text"], "name of a contact")
        same(files_with(self.data, CANARIES["note"]), [], "files with the note after a kill")

    def a_backup_is_sealed_and_restores(self):
        backup = self.run.folder / "backup"
        self.hub.command("backup", "--data", str(self.data), str(backup))
        same(files_with(backup, CANARIES["note"]), [], "files of the backup with the note")
        self.hub.command("verify", "--backup", str(backup))
        restored = configuration(self.run.folder / "restored", self.keys)
        self.hub.command("restore", str(backup), "--data", str(restored.parent / "data"))
        self.hub.command("verify", "--data", str(restored.parent / "data"))
        other = Hub(restored)
        self.run.hubs.append(other)
        other.start()
        peer = Peer(other.ready["http"])
        answer = peer.call("GET", "/fhir/Observation/o7", peer.token("loader"))
        same(answer.json()["note"][0]["text"], CANARIES["note"], "the note of the restored hub")
        other.stop()

    def a_moved_directory_is_told_where_its_keys_are(self):
        moved = self.run.folder / "moved"
        self.hub.command("restore", str(self.run.folder / "backup"), "--data", str(moved))
        elsewhere = self.run.folder / "elsewhere"
        shutil.copy(self.keys, elsewhere)
        os.rename(self.keys, self.run.folder / "gone")
        self.hub.command("verify", "--data", str(moved), exit_codes=(1, 2, 3, 4, 5))
        self.hub.command("keys", "use", str(elsewhere), "--data", str(moved))
        self.hub.command("verify", "--data", str(moved))
        (moved / "key-file").unlink()
        self.hub.command("verify", "--data", str(moved), exit_codes=(1, 2, 3, 4, 5))
        os.rename(self.run.folder / "gone", self.keys)

    def a_key_file_that_others_may_read_is_refused(self):
        self.hub.stop()
        self.keys.chmod(0o644)
        self.hub.command("verify", "--data", str(self.data), exit_codes=(1, 2, 3, 4, 5))
        self.keys.chmod(0o600)
        self.hub.command("verify", "--data", str(self.data))

    def other_keys_under_the_same_numbers_are_refused(self):
        wrong = self.run.folder / "wrong"
        wrong.write_text("".join(f"{number} aes-256-gcm 2026-11-28T08:00:00Z {base64.b64encode(os.urandom(32)).decode()}\n" for number in (1, 2)))
        wrong.chmod(0o600)
        configuration(self.file.parent, wrong)
        try:
            self.hub.start()
        except Exception as failure:
            check("key" in str(failure), f"other words: {failure}")
        else:
            check(False, "it started")
        same((self.data / "key-file").read_text(), f"{self.keys}\n", "the key file that the directory names")
        configuration(self.file.parent, self.keys)
        self.start()
        same(self.call("GET", "Patient/p").status, 200, "GET with the keys of before")
        self.hub.stop()


def main():
    with Run() as run:
        play = Play(run)
        play_steps([play.without_a_key_file_the_hub_does_not_start, play.what_is_written_stands_in_no_file, play.everything_is_read_as_it_was_sent,
                    play.a_new_key_takes_over_while_the_hub_runs, play.a_restarted_hub_reads_messages_of_both_keys, play.a_backup_is_sealed_and_restores,
                    play.a_moved_directory_is_told_where_its_keys_are, play.a_key_file_that_others_may_read_is_refused,
                    play.other_keys_under_the_same_numbers_are_refused])
    return 0


if __name__ == "__main__":
    run_script(main)
