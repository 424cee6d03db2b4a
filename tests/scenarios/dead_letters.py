#!/usr/bin/env python3
"""A dead letter in an integration engineer's hands: seen, shown, corrected, sent again; a wrong correction changes nothing.

    tests/scenarios/dead_letters.py
"""
import json
import subprocess

from hub import Run, acknowledgement, check, program, run_script, same
from registers import start_hub

GOOD = ("MSH|^~\\&|LIS|341002H0001|HIP|CITY|20261120093512||ORU^R01|C1|P|2.4||||||GB18030\r"
        "PID|1||77^^^341002H0001^PI||CHEN TAO^陈弢||19800101|M\rOBR|1|O1|R1|CBC^血常规^L|||20261120084500\r"
        "OBX|1|NM|WBC^白细胞计数^L||5.5|10*9/L|3.5-9.5|N|||F\r")


def play(run):
    hub = start_hub(run)
    folder = hub.folder

    def command(*words, exit_codes=(0,)):
        return hub.command("feed", words[0], "--config", str(hub.configuration), *words[1:], exit_codes=exit_codes)

    def letters():
        return json.loads(command("dead-letters", "--format", "json"))["dead_letters"]

    def file_of(name, text):
        (folder / name).write_bytes(text.encode("gb18030"))
        return str(folder / name)

    bad = GOOD.replace("77^^^341002H0001^PI", "")
    same(acknowledgement(hub.mllp("any", file_of("bad.hl7", bad)))[0], "AE", "a result without a patient's number")
    hub.settle()
    (letter,) = letters()
    message = letter["message"]
    check("PID-3" in letter["outcome"]["issue"][0]["diagnostics"], "the reason names the field")

    shown = hub_bytes(hub, "show", "--message", message)
    sent = bad.rstrip("\r")  # mllp_send leaves the last one out
    same(shown, sent.encode("gb18030"), "the bytes as they came")
    lines = hub_bytes(hub, "show", "--message", message, "--lines").decode("gb18030")
    same(lines, sent.replace("\r", "\n"), "a segment a line")

    wrong = command("correct", "--message", message, file_of("wrong.hl7", lines.replace("19800101", "19801301")), exit_codes=(1,))
    check("PID-7" in wrong and "PID-3" in wrong, f"a wrong correction is refused with its reasons: {wrong}")
    same([letter["message"] for letter in letters()], [message], "dead letters after a wrong correction")
    same(json.loads(command("list", "--format", "json"))["received"], 1, "a wrong correction is not kept")

    told = json.loads(command("correct", "--message", message, file_of("right.hl7", lines.replace("PID|1||", "PID|1||77^^^341002H0001^PI")), "--format", "json"))
    same(told["message"], message, "what was corrected")
    same(letters(), [], "dead letters after the correction")
    (report,) = hub.search("DiagnosticReport?identifier=R1", "his-a")
    (patient,) = hub.search("Patient?name=%E9%99%88%E5%BC%A2", "his-a")
    check(report["subject"]["reference"].endswith(patient["id"]), "the report is the corrected patient's")
    status = json.loads(hub.command("trace", "--config", str(hub.configuration), "--format", "json", message))["status"]
    same((status["status"], status["as"]), ("corrected", told["corrected_as"]), "what the trace says of the first message")
    again = command("correct", "--message", message, file_of("again.hl7", GOOD), exit_codes=(1,))
    check("no dead letter" in again, f"it is corrected once: {again}")

    hub.stop()
    hub.start()
    hub.settle()
    same(letters(), [], "dead letters after a restart")
    same(len(hub.search("DiagnosticReport?identifier=R1", "his-a")), 1, "reports after a restart")


def hub_bytes(hub, *words):
    return subprocess.run([program(), "feed", words[0], "--config", str(hub.configuration), *words[1:]], capture_output=True, check=True, timeout=60).stdout


def main():
    with Run() as run:
        play(run)
    print("a dead letter is seen, shown, corrected and sent again")


if __name__ == "__main__":
    run_script(main)
