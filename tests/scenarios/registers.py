#!/usr/bin/env python3
"""Registers read anew by a running hub: messages of an institution that nobody knew are applied by themselves, wrong registers change nothing.

    tests/scenarios/registers.py
"""
import json
import shutil

from hub import ROOT, USUAL_CONTENT, Hub, Run, acknowledgement, check, play_steps, run_script, same, wait_for

CONFIGURATION = USUAL_CONTENT + """
[recognition]
registers = "recognition"
[[feed]]
name = "any"
kind = "hl7v2"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/v2-generic"
listen = "127.0.0.1:0"
post = "his-a"
[[client]]
id = "his-a"
organization = "341002H0001"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.cruds"]
"""
MESSAGE = ("MSH|^~\\&|LIS|{sender}|HIP|CITY|20261120093512||ORU^R01|{control}|P|2.4\r"
           "PID|1||{control}P^^^{sender}^PI||ZHANG SAN||19800101|F\rOBR|1|O{control}|R{control}|CBC^blood count^L|||20261120084500\r"
           "OBX|1|NM|WBC^white cells^L||5.5|10*9/L|3.5-9.5|N|||F\r")
FIRST, SECOND = "341099H0777", "341099H0888"


def start_hub(run):
    """A hub with one v2 feed and registers of its own, which may be changed."""
    folder = run.folder / "hub"
    folder.mkdir()
    shutil.copytree(ROOT / "terminology/recognition", folder / "recognition")
    (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT), encoding="utf-8")
    hub = Hub(folder / "hub.toml").start()
    run.hubs.append(hub)
    return hub


class Play:
    def __init__(self, hub):
        self.hub = hub
        self.institutions = hub.folder / "recognition/institutions.csv"

    def send(self, sender, control):
        file = self.hub.folder / f"{control}.hl7"
        file.write_bytes(MESSAGE.format(sender=sender, control=control).encode())
        code, told, segments = acknowledgement(self.hub.mllp("any", file))
        same((code, told), ("AA", control), f"the answer to {control} ({segments})")
        self.hub.settle()

    def command(self, *words, exit_codes=(0,)):
        return self.hub.command(*words, "--config", str(self.hub.configuration), exit_codes=exit_codes)

    def letters(self):
        letters = json.loads(self.command("feed", "dead-letters", "--format", "json"))["dead_letters"]
        return {letter["control_id"]: letter["outcome"]["issue"][0]["diagnostics"] for letter in letters}

    def is_stored(self, control):
        return bool(self.hub.search(f"DiagnosticReport?identifier=R{control}", "his-a"))

    def append(self, line):
        with self.institutions.open("a", encoding="utf-8") as out:
            out.write(line + "\n")

    def unknown_institutions_wait(self):
        self.send(FIRST, "C1")
        self.send(SECOND, "C2")
        letters = self.letters()
        same(sorted(letters), ["C1", "C2"], "dead letters")
        check(FIRST in letters["C1"] and "catalogue reload" in letters["C1"], f"the reason names the institution and what to do: {letters['C1']}")
        check(not self.is_stored("C1"), "nothing of a message of an unknown institution is stored")

    def wrong_registers_change_nothing(self):
        sound = self.institutions.read_text(encoding="utf-8")
        self.append(f"{FIRST},新医院,9Z,CN/34,,someday,")
        before = self.command("catalogue", "reload", exit_codes=(1,))
        same(before, "", "nothing on standard output")
        same(sorted(self.letters()), ["C1", "C2"], "dead letters after a refused reload")
        self.institutions.write_text(sound, encoding="utf-8")

    def a_known_institution_releases_its_messages(self):
        self.append(f"{FIRST},新医院,2A,CN/34,,,")
        told = json.loads(self.command("catalogue", "reload", "--format", "json"))
        same(told["messages_waiting"], 2, "messages that waited")
        explained = json.loads(self.command("recognition", "explain", "--organization", FIRST, "--patient", "P1", "--order", "WBC", "--format", "json"))
        same(explained["register"], told["register"], "the register that recognition decides by")
        wait_for("the message of the new institution is applied", lambda: self.is_stored("C1"))
        wait_for("its dead letter is gone", lambda: sorted(self.letters()) == ["C2"])
        report = self.hub.search("DiagnosticReport?identifier=RC1", "his-a")[0]
        check(FIRST in json.dumps(report), "the report names the new institution")

    def an_institution_of_the_record_does_it_too(self):
        """It need not come from the register: REST, or a hub below."""
        organization = {"resourceType": "Organization", "active": True, "name": "乡镇医院",
                        "identifier": [{"system": "urn:oid:2.16.156.10011.1.5", "value": SECOND}]}
        self.hub.post("/fhir/Organization", organization, "his-a", 201)
        wait_for("the message of the institution is applied", lambda: self.is_stored("C2"))
        wait_for("no dead letter is left", lambda: not self.letters())

    def a_restart_keeps_them_waiting(self):
        third = "341099H0999"
        self.send(third, "C3")
        self.hub.stop()
        self.append(f"{third},第三医院,2A,CN/34,,,")
        self.hub.start()
        wait_for("a message of before the restart is applied", lambda: self.is_stored("C3"))

    def reload_is_for_the_owner_alone(self):
        same(self.hub.curl("POST", "/registers/reload", "his-a").status, 403, "reload over the network")
        same(self.hub.curl("POST", "/registers/reload").status, 401, "reload without a token")


def main():
    with Run() as run:
        play = Play(start_hub(run))
        play_steps((play.unknown_institutions_wait, play.wrong_registers_change_nothing, play.a_known_institution_releases_its_messages,
                     play.an_institution_of_the_record_does_it_too, play.a_restart_keeps_them_waiting, play.reload_is_for_the_owner_alone))


if __name__ == "__main__":
    run_script(main)
