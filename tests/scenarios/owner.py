#!/usr/bin/env python3
"""What the owner of a data directory does beside a running hub, over its control socket, and without one: verify, checkpoint, the steward's desk."""
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from hub import Hub, Run, check, program, run_script, same, wait_for
from peer import Key, Peer
from trust import configuration

PERSON = {"resourceType": "Patient", "name": [{"text": "测试甲"}], "birthDate": "1980-01-01",
          "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": "990102198001010014"}]}


def code_of(*arguments):
    return subprocess.run([program(), *arguments], capture_output=True, text=True, timeout=60).returncode


def main():
    with Run() as run:
        file = configuration(run.folder / "owner", Key(run.folder, "k"))
        hub = Hub(file)
        run.hubs.append(hub)
        hub.start()
        data, peer = str(hub.folder / "data"), Peer(hub.ready["http"])
        token = peer.token("loader")
        for identity in ("one", "two"):
            same(peer.call("PUT", "/fhir/Patient/" + identity, token, {**PERSON, "id": identity}).status, 201, "PUT")

        same(code_of("serve", "--config", str(file)), 5, "a second hub on the directory")
        told = hub.command("audit", "verify", "--data", data)
        check("ledger 0 entries" in told and told.rstrip().endswith("intact"), told)
        line = hub.command("audit", "checkpoint", "--data", data)
        check(line.startswith("huitong-checkpoint log="), line)
        kept = run.folder / "checkpoint"
        kept.write_text(line)
        hub.command("audit", "verify", "--data", data, "--checkpoint", str(kept))
        kept.write_text(line.replace("log=", "log=9"))
        hub.command("audit", "verify", "--data", data, "--checkpoint", str(kept), exit_codes=(1,))
        kept.write_text(line)

        hub.command("mpi", "queue", "--data", data)
        words = ("--who", "steward", "--why", "seen together")
        told = hub.command("mpi", "link", "--data", data, "one", "two", *words)
        persons = {text.split()[-1] for text in told.splitlines()}
        same(len(persons), 1, "persons after the word")
        check("by steward: seen together" in hub.command("mpi", "explain", "--data", data, "one"), "the word is not told")
        hub.command("mpi", "link", "--data", data, "one", "nobody", *words, exit_codes=(1,))
        same(len(wait_for("Provenances of the word", lambda: peer.call("GET", "/fhir/Provenance?target=Patient/one", token).json().get("entry"))), 1,
             "Provenances")
        check(os.path.exists(data + "/control"), "no control socket while the hub runs")

        hub.stop()
        check(not os.path.exists(data + "/control"), "the control socket stays after the hub")
        same(code_of("token", "--config", str(file), "--client", "loader"), 4, "a token without a hub")
        hub.command("audit", "verify", "--data", data, "--checkpoint", str(kept))
        told = hub.command("mpi", "withdraw", "--data", data, "one", "two", *words)
        check("person" in told, told)

        hub.start()
        check("word-withdrawn" in hub.command("mpi", "explain", "--data", data, "one"), "what was said without a hub is not there")
    print("the owner's commands work beside a running hub and without one")


if __name__ == "__main__":
    run_script(main)
