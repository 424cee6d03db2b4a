#!/usr/bin/env python3
"""A trace shows the map that ran: a map and a code map are changed, and messages of before and after are traced by what they ran under.

    tests/scenarios/old_maps.py
"""
import json
import shutil

from hub import ROOT, Hub, Run, acknowledgement, check, run_script, same

CONFIGURATION = """
[server]
http = "127.0.0.1:0"
data = "data"
[content]
terminology = ["{root}/terminology/systems", "maps-of-codes"]
mappings = ["mappings"]
structures = ["{root}/fhir-profiles"]
[recognition]
registers = "{root}/terminology/recognition"
[[feed]]
name = "his"
kind = "hl7v2"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/v2-generic"
listen = "127.0.0.1:0"
"""
MESSAGE = ("MSH|^~\\&|HIS|341002H0001|HIP|CITY|20261120093512||ADT^A04|{control}|P|2.4\r"
           "PID|1||{control}P^^^341002H0001^PI||ZHANG SAN||19800101|F\r")


def change_map(file):
    """A rule of its own in front of the patient's: every message then writes a language too."""
    text = file.read_text(encoding="utf-8")
    old = "group V2Generic(source msg : V2Message, target bundle : Bundle) {\n"
    check(old in text, f"{file} has no {old}")
    file.write_text(text.replace(old, old + "  msg -> bundle.language = 'zh-CN' \"language-of-the-day\";\n"), encoding="utf-8")


class Play:
    def __init__(self, hub):
        self.hub = hub

    def send(self, control):
        file = self.hub.folder / f"{control}.hl7"
        file.write_bytes(MESSAGE.format(control=control).encode())
        same(acknowledgement(self.hub.mllp("his", file))[:2], ("AA", control), "the answer")
        self.hub.settle()

    def trace(self, message):
        return json.loads(self.hub.command("trace", "--config", str(self.hub.configuration), "--format", "json", message))

    def lines(self, message):
        """Map lines that wrote something; a line put in front moves all of them."""
        return [(one["path"], one["map"], one["line"]) for one in self.trace(message)["elements"]]


def play(run):
    folder = run.folder / "hub"
    folder.mkdir()
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    shutil.copytree(ROOT / "terminology/maps", folder / "maps-of-codes")
    (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT), encoding="utf-8")
    hub = Hub(folder / "hub.toml").start()
    run.hubs.append(hub)
    desk = Play(hub)
    desk.send("C1")
    first = "M000000000001"
    before, lines = desk.trace(first), desk.lines(first)
    same(before["content_of"], "then", "whose maps a message of this run is traced with")
    check(lines, "the trace shows what was written")
    hub.stop()

    patient_map = folder / "mappings/shared/v2-patient.map"
    text = patient_map.read_text(encoding="utf-8")
    patient_map.write_text("// a line in front\n\n\n" + text, encoding="utf-8")
    change_map(folder / "mappings/generic/v2-generic.map")
    hub.start()
    desk.send("C2")
    after = desk.trace("M000000000002")
    check(after["content"] != before["content"], "changed maps are another set")
    old = desk.trace(first)
    same((old["content"], old["content_of"]), (before["content"], "then"), "the old message is traced with its own set")
    same(desk.lines(first), lines, "lines of the old message in the map as it was")
    moved = [line for path, map_, line in desk.lines("M000000000002") if map_.endswith("shared-v2-patient")]
    was = [line for path, map_, line in lines if map_.endswith("shared-v2-patient")]
    same([line - 3 for line in moved], was, "the new message's lines stand three further down")
    hub.stop()

    shutil.rmtree(folder / "data/content")
    hub.start()
    same(desk.trace(first)["content_of"], "today", "without the copies the trace says that it is today's maps")
    check(desk.trace(first)["elements"], "and still shows something")


def main():
    with Run() as run:
        play(run)
    print("a message is traced with the maps that it ran under")


if __name__ == "__main__":
    run_script(main)
