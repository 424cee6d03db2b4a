"""The sample hospitals' messages of one run: written for its day zero, sent in the manifest's order, every answer checked."""
import datetime
import json
import subprocess
import sys

from hub import ROOT, acknowledgement, check, same

TABLE_FEEDS = {"his-b-patients", "his-b-diagnoses", "lis-b"}


CHINA = datetime.timezone(datetime.timedelta(hours=8))


def day_zero(text=None):
    """The day that it is in the sample city."""
    return datetime.date.fromisoformat(text) if text else datetime.datetime.now(CHINA).date()


def generate(folder, day, pacs="http://127.0.0.1:8042/dicom-web"):
    """Writes the messages and registers for this day zero; gives the manifest."""
    subprocess.run([sys.executable, str(ROOT / "scripts/samples/generate.py"), "--out", str(folder), "--day-zero", day.isoformat(), "--pacs", pacs],
                   check=True, capture_output=True)
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["entries"]


def send(hub, folder, entry):
    """Sends one entry as its hospital would and checks what the sender is told."""
    file = folder / entry["file"]
    if entry["feed"] in TABLE_FEEDS or entry["feed"] == "dicom-t":
        hub.drop(entry["feed"], file, f"{entry['sent'][:10]}-{file.name}")
        return
    if entry["feed"] == "township":
        answer = hub.curl("POST", "/fhir", "township-t", file.read_bytes())
        check(answer.status == int(entry["ack"]), f"{entry['file']}: {answer.status}\n{answer.text[:1000]}")
        return
    code, control, segments = acknowledgement(hub.mllp(entry["feed"], file))
    same(code, entry["ack"], f"the answer to {entry['file']} ({segments})")
    if entry["control"]:
        same(control, entry["control"], f"MSA-2 of {entry['file']}")


def send_phase(hub, folder, entries, phase):
    sent = [entry for entry in entries if entry["phase"] == phase]
    for entry in sent:
        send(hub, folder, entry)
    return len(sent)
