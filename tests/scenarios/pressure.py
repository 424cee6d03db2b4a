#!/usr/bin/env python3
"""Feeds under pressure: peers that stand still or send rubbish, floods, a kill in the middle of a batch, a full disk. Nothing that was
acknowledged is lost, nothing is doubled, and no other feed waits behind a flood.

    tests/scenarios/pressure.py
"""
import json
import os
import socket
import subprocess
import sys
import threading

from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Hub, Run, check, play_steps, run_script, same, wait_for

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[[client]]
id = "his-a"
organization = "341002H0001"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.cruds"]
[[feed]]
name = "flood"
kind = "hl7v2"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/v2-generic"
listen = "127.0.0.1:0"
[[feed]]
name = "lis"
kind = "hl7v2"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/v2-generic"
listen = "127.0.0.1:0"
ack = "applied"
ack_wait_ms = 30000
"""
MESSAGE = ("MSH|^~\\&|LIS|341002H0001|HIP|CITY|20261120093512||ORU^R01|{number}|P|2.5.1\r"
           "PID|1||P{number}^^^341002H0001^PI||程样例||19800101|F\r"
           "OBR|1||R{number}|CBC^blood count^L|||20261120084500|||||||||||||||20261120093000||LAB|F\r"
           "OBX|1|NM|WBC^white cells^L||6.5|10*9/L|3.5-9.5|N|||F\r")
BATCH, FLOOD, REPETITIONS, SENDERS = 150, 300, 60, 6
TMPFS = 'mount -t tmpfs -o size=96m none "$1" && shift && exec "$@"'


def frame(text):
    return b"\x0b" + text.encode() + b"\x1c\r"


class Line:
    """A connection to a feed."""

    def __init__(self, hub, feed):
        host, port = hub.ready["feeds"][feed].rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=30)
        self.waiting = b""

    def send(self, data):
        self.socket.sendall(data)
        return self

    def answer(self):
        """MSA-1 and MSA-2 of the next frame; ("", "") when the hub closed the line."""
        return (self.answers() or [("", "")])[0]

    def answers(self):
        """The same of every message of the next frame, which may be a batch."""
        while b"\x1c\r" not in self.waiting:
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                piece = b""
            if not piece:
                return []
            self.waiting += piece
        one, _, self.waiting = self.waiting.partition(b"\x1c\r")
        return [tuple(line.split("|")[1:3]) for line in one.decode().split("\r") if line.startswith("MSA")]


class Play:
    def __init__(self, run):
        self.run, self.hub = run, self.make(run, "hub").start()
        self.data = self.hub.folder / "data"  # as it is seen from here

    @staticmethod
    def make(run, name):
        folder = run.folder / name
        folder.mkdir()
        (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT), encoding="utf-8")
        hub = Hub(folder / "hub.toml")
        run.hubs.append(hub)
        return hub

    def counts(self):
        return json.loads(self.hub.command("feed", "list", "--config", str(self.hub.configuration), "--data", str(self.data), "--format", "json"))

    def settle(self):
        wait_for("the inbox is empty", lambda: self.counts()["waiting"] == 0, 90)

    def versions(self, prefix):
        """Numbers of the results that begin so, each with its version."""
        found = self.hub.search("Observation?_count=500", "his-a")
        return sorted((one["identifier"][0]["value"], one["meta"]["versionId"]) for one in found if one["identifier"][0]["value"].startswith(prefix))

    def peers_that_stand_still_or_lie_hold_up_nobody(self):
        lines = [Line(self.hub, "lis").send(frame(MESSAGE.format(number=f"H{at}"))[:40 + at]) for at in range(40)]  # half a frame, then silence
        rubbish = Line(self.hub, "lis").send(b"GET / HTTP/1.1\r\n\r\n" * 200)
        twice = Line(self.hub, "lis").send(frame(MESSAGE.format(number="W1") + MESSAGE.format(number="W2")))  # two messages in one frame
        same(twice.answer(), ("AE", "W1"), "two messages in one frame")
        same(Line(self.hub, "lis").send(frame(MESSAGE.format(number="Q1"))).answer(), ("AA", "Q1"), "a peer beside them")
        for line in [*lines, rubbish]:
            line.socket.close()
        self.settle()
        same([self.versions("RH"), self.versions("RW")], [[], []], "what never came whole")

    def a_flood_of_one_message_is_one_message(self):
        answers, before = [], self.counts()["received"]

        def send():
            line = Line(self.hub, "flood")
            for _ in range(REPETITIONS):
                answers.append(line.send(frame(MESSAGE.format(number="D1"))).answer())
        threads = [threading.Thread(target=send) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        same(set(answers), {("AA", "D1")}, "answers")
        same(len(answers), SENDERS * REPETITIONS, "how many")
        self.settle()
        same([self.versions("RD1"), self.counts()["received"] - before], [[("RD1.WBC", "1")], 1], "what there is of it")

    def no_feed_waits_behind_the_flood_of_another(self):
        line = Line(self.hub, "flood")
        line.send(b"".join(frame(MESSAGE.format(number=f"F{at}")) for at in range(FLOOD)))
        for at in range(FLOOD):
            same(line.answer(), ("AA", f"F{at}"), "the flood's answers come in its order")
        waiting = self.counts()["waiting"]
        same(Line(self.hub, "lis").send(frame(MESSAGE.format(number="N1"))).answer(), ("AA", "N1"), "a message of another feed")
        behind = self.counts()["waiting"]
        same(self.versions("RN1"), [("RN1.WBC", "1")], "it is applied")
        check(waiting < FLOOD // 3 or behind > 0, f"it was applied behind the flood: {waiting} waited before it came, {behind} afterwards")
        self.settle()
        same(len(self.versions("RF")), FLOOD, "the flood is applied whole")

    def a_kill_in_the_middle_of_a_batch_loses_and_doubles_nothing(self):
        batch = "BHS|^~\\&|LIS|341002H0001|HIP|CITY|20261120||||B1\r" + "".join(MESSAGE.format(number=f"B{at}") for at in range(BATCH)) + f"BTS|{BATCH}\r"
        before = self.counts()["received"]
        line = Line(self.hub, "flood").send(frame(batch))
        wait_for("some of it is stored", lambda: self.counts()["received"] > before)
        self.hub.kill()
        line.socket.close()
        self.hub.start()
        line = Line(self.hub, "flood").send(frame(batch))  # whoever got no answer sends again
        same(line.answers(), [("AA", f"B{at}") for at in range(BATCH)], "the batch's answers")
        self.settle()
        same(self.versions("RB"), sorted((f"RB{at}.WBC", "1") for at in range(BATCH)), "each message once")

    def a_full_disk_refuses_and_forgets_nothing(self):
        self.hub.stop()
        self.hub = self.make(self.run, "small")
        data = self.hub.folder / "data"
        data.mkdir()
        self.hub.before = ["unshare", "-Urm", "sh", "-c", TMPFS, "sh", str(data)]
        self.hub.start()
        self.data = inside = f"/proc/{self.hub.process.pid}/root{data}"
        acknowledged, answers = [], []

        def send(number):
            code, control = Line(self.hub, "flood").send(frame(MESSAGE.format(number=number))).answer()
            answers.append(code)
            if code == "AA":
                same(control, number, "whose answer it is")
                acknowledged.append(number)
        for at in range(20):
            send(f"E{at}")
        with open(f"{inside}/filler", "wb", buffering=0) as filler:
            for size in (1 << 20, 4096, 1):  # to the last byte
                try:
                    while True:
                        filler.write(b"x" * size)
                except OSError:
                    pass
        for at in range(20, 40):
            send(f"E{at}")
        check("AA" not in answers[-5:], f"nothing is acknowledged that cannot be kept: {answers}")
        os.unlink(f"{inside}/filler")
        wait_for("there is room again", lambda: send("E40") or answers[-1] == "AA")
        self.settle()
        same(self.versions("RE"), sorted((f"R{number}.WBC", "1") for number in set(acknowledged)), "all that was acknowledged, and nothing else")
        same(self.counts()["dead_letters"], 0, "dead letters")


def may_mount():
    """Whether a small disk can be made here."""
    return subprocess.run(["unshare", "-Urm", "sh", "-c", "mount -t tmpfs none /mnt"], capture_output=True).returncode == 0


def main():
    with Run() as run:
        play = Play(run)
        steps = [play.peers_that_stand_still_or_lie_hold_up_nobody, play.a_flood_of_one_message_is_one_message,
                 play.no_feed_waits_behind_the_flood_of_another, play.a_kill_in_the_middle_of_a_batch_loses_and_doubles_nothing]
        play_steps([*steps, play.a_full_disk_refuses_and_forgets_nothing] if may_mount() else steps)
        if not may_mount():
            print("no disk can be mounted here: what happens when it is full was not tried", file=sys.stderr)


if __name__ == "__main__":
    run_script(main)
