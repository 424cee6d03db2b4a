#!/usr/bin/env python3
"""A rule of a map is changed: which resources it touched is listed, they are derived anew as new versions, and what did not change stays.

    tests/scenarios/changed_rule.py
"""
import json
import shutil

from hub import ROOT, Hub, Run, acknowledgement, check, run_script, same
from old_maps import CONFIGURATION, MESSAGE

CLIENT = """[[client]]
id = "his-a"
organization = "341002H0001"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.cruds"]
"""
MAP = "https://huitong.example/fhir/StructureMap/shared-v2-patient"


def play(run):
    folder = run.folder / "hub"
    folder.mkdir()
    shutil.copytree(ROOT / "mappings", folder / "mappings")
    shutil.copytree(ROOT / "terminology/maps", folder / "maps-of-codes")
    (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT) + CLIENT, encoding="utf-8")
    hub = Hub(folder / "hub.toml").start()
    run.hubs.append(hub)

    def command(*words):
        return json.loads(hub.command("feed", words[0], "--config", str(hub.configuration), "--format", "json", *words[1:]))

    def patient(control):
        (found,) = hub.search(f"Patient?identifier={control}P", "his-a")
        return found

    def send(control, sex, number, name="ZHANG SAN"):
        file = folder / f"{number}.hl7"
        text = MESSAGE.format(control=control).replace("|F\r", f"|{sex}\r").replace(f"|{control}|P|", f"|{number}|P|")
        file.write_bytes(text.replace("ZHANG SAN", name).encode())
        same(acknowledgement(hub.mllp("his", file))[:2], ("AA", number), "the answer")
        hub.settle()

    send("C1", "F", "C1")
    send("C2", "M", "C2")
    send("C3", "M", "C3")
    send("C3", "M", "C3b", "LI SI")  # of the same second
    send("C4", "M", "C4")
    same([patient("C1")["gender"], patient("C2")["gender"]], ["female", "male"], "as the map was")
    listed = command("replay", "--map", MAP, "--list")["touched"]
    same([one["differs"] for one in listed], [False] * 5, "nothing is otherwise before the map changes")
    hub.stop()

    # The hospital's own table: its M is no man.
    file = folder / "mappings/shared/v2-patient.map"
    text = file.read_text(encoding="utf-8")
    check("  s:M - t:male\n" in text, "the row that is changed")
    file.write_text(text.replace("  s:M - t:male\n", "  s:M - t:unknown\n"), encoding="utf-8")
    hub.start()
    old = patient("C2")
    listed = command("replay", "--map", MAP, "--rule", "Gender.gender", "--list")["touched"]
    same([(one["message"], one["differs"]) for one in listed], [(f"M00000000000{number}", number > 1) for number in range(1, 6)], "messages that the rule touched")
    same(listed[1]["resources"], [f"Patient/{old['id']}"], "resources that it touched")
    same(patient("C2")["gender"], "male", "a list changes nothing")

    by_hand = patient("C4")
    by_hand["birthDate"] = "1980-01-02"
    same(hub.curl("PUT", f"/fhir/Patient/{by_hand['id']}", "his-a", json.dumps(by_hand)).status, 200, "PUT of a corrected birth date")
    answer = command("replay", "--map", MAP, "--rule", "Gender.gender")
    same([(one["message"], one["applied"]) for one in answer["replayed"]], [(f"M00000000000{number}", True) for number in (2, 3, 4)],
         "only what differs is applied again")
    same(answer["skipped"], [{"message": "M000000000005", "resource": f"Patient/{by_hand['id']}"}], "what was written by hand is left as it is")
    hub.settle()
    now = patient("C2")
    same((now["id"], now["gender"], now["meta"]["versionId"]), (old["id"], "unknown", "2"), "a new version of the same person")
    later = patient("C3")
    same((later["name"][0]["text"], later["gender"]), ("LI SI", "unknown"), "the later message of one second has the last word")
    same(patient("C4")["birthDate"], "1980-01-02", "what was written by hand")
    same(patient("C1")["meta"]["versionId"], "1", "what did not change keeps its version")
    same([one["differs"] for one in command("replay", "--map", MAP, "--list")["touched"]], [False, False, False, False, True],
         "afterwards only what was skipped is otherwise")


def main():
    with Run() as run:
        play(run)
    print("a changed rule is followed to what it wrote, and that is derived anew")


if __name__ == "__main__":
    run_script(main)
