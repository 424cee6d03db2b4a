#!/usr/bin/env python3
"""Backups: made while the hub writes, restored elsewhere, checked; a damaged one is refused; a store of an older program is upgraded.

    tests/scenarios/backup.py
"""
import json
import sqlite3
import threading

from hub import ROOT, Hub, Run, check, play_steps, run_script, same

CONFIGURATION = """
[server]
http = "127.0.0.1:0"
data = "{data}"
[[client]]
id = "his-a"
organization = "341002H0001"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.cruds"]
"""


def make_hub(run, name):
    folder = run.folder / name
    folder.mkdir(exist_ok=True)
    (folder / "hub.toml").write_text(CONFIGURATION.format(data=folder / "data"), encoding="utf-8")
    hub = Hub(folder / "hub.toml")
    run.hubs.append(hub)
    return hub


class Play:
    def __init__(self, run):
        self.run = run
        self.hub = make_hub(run, "first").start()
        self.data, self.backup = self.hub.folder / "data", run.folder / "backup"

    def put(self, hub, number):
        body = {"resourceType": "Patient", "id": f"p{number}", "gender": "female", "identifier": [{"system": "urn:oid:1.2.156.990101", "value": f"990101.{number}"}]}
        same(hub.curl("PUT", f"/fhir/Patient/p{number}", "his-a", json.dumps(body)).status, 201, f"PUT of patient {number}")

    def patients(self, hub):
        return sorted(int(one["id"][1:]) for one in hub.search("Patient?_count=200", "his-a"))

    def a_backup_is_made_while_the_hub_writes(self):
        (self.data / "deidentify-key").write_text("secret of pseudonyms")
        for number in range(20):
            self.put(self.hub, number)
        done, written = threading.Event(), []

        def write():
            for number in range(20, 400):
                if done.is_set():
                    return
                self.put(self.hub, number)
                written.append(number)
        writer = threading.Thread(target=write)
        writer.start()
        summary = json.loads(self.hub.command("backup", "--data", str(self.data), str(self.backup)))
        done.set()
        writer.join()
        check(summary["log_entries"] >= 20, f"entries of the backup: {summary}")
        same(summary["log_entries"], json.loads((self.backup / "backup.json").read_text())["log_entries"], "entries in the manifest")
        self.hub.command("verify", "--backup", str(self.backup))
        same(self.backup.stat().st_mode & 0o777, 0o700, "rights of the backup")
        same((self.backup / "deidentify-key").read_text(), "secret of pseudonyms", "what makes the same pseudonyms after a restore")
        self.put(self.hub, 1000)

    def it_never_replaces_a_folder(self):
        answer = self.hub.command("backup", "--data", str(self.data), str(self.backup), exit_codes=(1,))
        check("store-file-exists" in answer, f"a second backup into one folder: {answer}")

    def backups_are_for_the_owner_alone(self):
        same(self.hub.curl("POST", f"/store/backup?to={self.run.folder}/x", "his-a").status, 403, "backup over the network")
        same(self.hub.curl("GET", "/store/verify").status, 401, "verify without a token")

    def a_running_hub_is_verified(self):
        check(json.loads(self.hub.command("verify", "--data", str(self.data)))["intact"], "the running hub's data are intact")

    def a_restored_hub_goes_on(self):
        second = make_hub(self.run, "second")
        second.command("restore", str(self.backup), "--data", str(second.folder / "data"))
        second.command("verify", "--data", str(second.folder / "data"))
        second.start()
        found = self.patients(second)
        same(found, list(range(len(found))), "patients after the restore")
        check(len(found) >= 20 and 1000 not in found, f"patients after the restore: {len(found)}")
        self.put(second, 2000)
        second.stop()
        second.command("verify", "--data", str(second.folder / "data"))
        second.command("restore", str(self.backup), "--data", str(second.folder / "data"), exit_codes=(5,))

    def a_damaged_backup_is_refused(self):
        database = self.backup / "huitong.db"
        bytes_ = bytearray(database.read_bytes())
        bytes_[len(bytes_) // 2] ^= 1
        database.write_bytes(bytes_)
        self.hub.command("verify", "--backup", str(self.backup), exit_codes=(1,))
        self.hub.command("restore", str(self.backup), "--data", str(self.run.folder / "third"), exit_codes=(5,))
        check(not (self.run.folder / "third").exists(), "a refused restore leaves nothing")

    def damage_is_found(self):
        self.hub.stop()
        self.hub.command("verify", "--data", str(self.data))
        with sqlite3.connect(self.data / "huitong.db") as database:
            database.execute("UPDATE log SET reason = 'another' WHERE t = 5")
        database.close()
        self.hub.command("verify", "--data", str(self.data), exit_codes=(1,))

    def an_older_store_is_upgraded(self):
        old = make_hub(self.run, "old")
        (old.folder / "data").mkdir()
        with sqlite3.connect(old.folder / "data/huitong.db") as database:
            database.executescript((ROOT / "tests/vectors/store/version-2.sql").read_text(encoding="utf-8"))
        database.close()
        old.command("backup", "--data", str(old.folder / "data"), str(self.run.folder / "old-backup"))
        check("2 → " in old.command("upgrade", "--data", str(old.folder / "data")), "the upgrade names both formats")
        old.command("verify", "--data", str(old.folder / "data"))
        old.start()
        found = old.search("Observation?code=718-7", "his-a")
        same([one["valueQuantity"]["value"] for one in found], [132], "the observation of the old store")
        same(old.read("/fhir/Observation/o1/_history/1", "his-a")["valueQuantity"]["value"], 131, "its first version")


def main():
    with Run() as run:
        play = Play(run)
        play_steps((play.a_backup_is_made_while_the_hub_writes, play.it_never_replaces_a_folder, play.backups_are_for_the_owner_alone,
                     play.a_running_hub_is_verified, play.a_restored_hub_goes_on, play.a_damaged_backup_is_refused, play.damage_is_found,
                     play.an_older_store_is_upgraded))


if __name__ == "__main__":
    run_script(main)
