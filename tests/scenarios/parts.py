#!/usr/bin/env python3
"""One message over several frames: applied once when the last part is there, over a kill -9 in between; parts that never come, come twice or lie.

    tests/scenarios/parts.py
"""
import json

from hub import Run, acknowledgement, check, run_script, same
from registers import start_hub

HEAD = "MSH|^~\\&|LIS|341002H0001|HIP|CITY|20261120093512||ORU^R01|{control}|P|2.5.1||{goes_on}\r"
BEGIN = "PID|1||{person}^^^341002H0001^PI||程样例||19700315|F\rOBR|1|O{person}|R{person}|CBC^血常规^L|||20261120084500\rOBX|1|ST|NOTE^备注^L||begin\rADD\r"
MIDDLE = "ADD|ning and\rADD\r"
END = "ADD| end||||||F\rOBX|2|NM|WBC^白细胞^L||5.5|10*9/L|3.5-9.5|N|||F\r"


class Play:
    def __init__(self, run):
        self.hub = start_hub(run)

    def send(self, control, body, goes_on="", breaks_off="", processing="P", answer="AA"):
        text = HEAD.format(control=control, goes_on=goes_on).replace("|P|", f"|{processing}|") + body + (f"DSC|{breaks_off}|F\r" if breaks_off else "")
        file = self.hub.folder / "message.hl7"
        file.write_bytes(text.encode())
        same(acknowledgement(self.hub.mllp("any", file))[0], answer, f"{control} is taken")
        self.hub.settle()

    def results(self, person):
        return {result["code"]["text"]: result for result in self.hub.search(f"Observation?identifier=R{person}.NOTE,R{person}.WBC", "his-a")}

    def letters(self):
        told = json.loads(self.hub.command("feed", "dead-letters", "--config", str(self.hub.configuration), "--format", "json"))["dead_letters"]
        return {letter["control_id"]: letter for letter in told}

    def run(self):
        self.send("C1", BEGIN.format(person="P1"), breaks_off="X1")
        self.send("C2", MIDDLE, goes_on="X1", breaks_off="X2")
        same(self.results("P1"), {}, "results before the last part")
        self.hub.kill()
        self.hub.start()
        self.send("C3", END, goes_on="X2")
        found = self.results("P1")
        same([found["备注"]["valueString"], found["白细胞"]["valueQuantity"]["value"]], ["beginning and end", 5.5], "the whole, over a kill -9")
        self.send("C3", END, goes_on="X2")
        same(len(self.results("P1")), 2, "a last part that comes twice")

        self.send("D1", BEGIN.format(person="P2"), breaks_off="X1")
        self.send("D2", END, goes_on="X1")
        same(self.results("P2")["备注"]["valueString"], "begin end", "a pointer that is used again")
        self.send("D3", END, goes_on="X1")
        check("D3" in self.letters(), "the parts of a message that is whole are no other message's beginning")
        same(self.results("P2")["备注"]["valueString"], "begin end", "what was whole stays as it was")
        self.send("E1", END, goes_on="NEVER")
        check("E1" in self.letters(), "a part without the one before it is a dead letter")
        self.send("F0", BEGIN.format(person="P3"), breaks_off="NEVER")
        self.hub.command("feed", "replay", "--config", str(self.hub.configuration), "--message", self.letters()["E1"]["message"])
        self.hub.settle()
        same(self.results("P3"), {}, "a part that came after the last one is not taken for an earlier one")
        self.send("G1", BEGIN.format(person="P4"), breaks_off="LOOP")
        self.send("G2", MIDDLE, goes_on="LOOP", breaks_off="LOOP")
        self.send("G3", END, goes_on="LOOP")
        same(self.results("P4")["备注"]["valueString"], "beginning and end", "a sender that uses one pointer for all parts")
        self.send("H1", BEGIN.format(person="P5"), breaks_off="T1")
        self.send("H2", END.replace("5.5", "9.9"), goes_on="T1", processing="T", answer="AR")
        same(self.results("P5"), {}, "a last part that was refused")
        self.send("H3", END, goes_on="T1")
        same(self.results("P5")["白细胞"]["valueQuantity"]["value"], 5.5, "the true last part finds the first one still there")
        same(sorted(set(self.letters()) - {"H2"}), ["D3", "E1"], "dead letters")


def main():
    with Run() as run:
        Play(run).run()
    print("a message in parts: applied once and whole, over a kill -9; repeated, missing and looping parts")


if __name__ == "__main__":
    run_script(main)
