#!/usr/bin/env python3
"""Studies out of an image archive: a real Orthanc on loopback, its numbered changes followed over kills, an archive set up anew.

    tests/scenarios/pacs_feed.py      # needs Orthanc with its DICOMweb plugin (scripts/setup --with-peers); nothing keeps running
"""
import json
import shutil
import socket
import struct
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Hub, Run, check, play_steps, run_script, same, wait_for

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[demo]
unassigned_regions = true
[[feed]]
name = "pacs"
kind = "dicom"
organization = "341021H0101"
map = "https://huitong.example/fhir/StructureMap/township-dicom"
dicomweb = "http://127.0.0.1:{port}/dicom-web"
{way}
poll_ms = 200
retry_first_ms = 100
retry_max_ms = 500
[[client]]
id = "township-t"
organization = "341021H0101"
secret_sha256 = "368fb8902f8730ac0ef4f60f2bbfa0b6633e3c3b07b10ac8861f1d019561786a"
scopes = ["system/*.rs"]
"""
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
ORTHANC = shutil.which("Orthanc", path="/usr/sbin:/usr/bin")
ROOT_UID = "2.25.99010200"


def element(group, number, representation, value):
    """One element, explicit little endian (PS3.5 §7.1.2)."""
    data = value if isinstance(value, bytes) else value.encode("utf-8")
    if len(data) % 2:
        data += b"\0" if representation in ("UI", "OB") else b" "
    head = struct.pack("<HH2s", group, number, representation.encode())
    return head + (struct.pack("<HI", 0, len(data)) if representation == "OB" else struct.pack("<H", len(data))) + data


def dicom_file(study, image, patient="T20031"):
    """A CT object without pixels, as small as an archive takes it (PS3.10 §7)."""
    kind, uid = "1.2.840.10008.5.1.4.1.1.2", f"{ROOT_UID}.{study}.1.{image}"
    meta = (element(2, 1, "OB", b"\0\1") + element(2, 2, "UI", kind) + element(2, 3, "UI", uid) + element(2, 0x10, "UI", "1.2.840.10008.1.2.1")
            + element(2, 0x12, "UI", f"{ROOT_UID}.9"))
    body = [(0x08, 0x05, "CS", "ISO_IR 192"), (0x08, 0x16, "UI", kind), (0x08, 0x18, "UI", uid), (0x08, 0x20, "DA", "20261120"),
            (0x08, 0x30, "TM", "084500"), (0x08, 0x50, "SH", f"ACC{study}"), (0x08, 0x60, "CS", "CT"), (0x08, 0x201, "SH", "+0800"),
            (0x08, 0x1030, "LO", "胸部CT平扫"), (0x10, 0x10, "PN", "WANG^XIUYING=王^秀英"), (0x10, 0x20, "LO", patient), (0x10, 0x30, "DA", "19560314"),
            (0x10, 0x40, "CS", "F"), (0x20, 0x0D, "UI", f"{ROOT_UID}.{study}"), (0x20, 0x0E, "UI", f"{ROOT_UID}.{study}.1"), (0x20, 0x10, "SH", str(study)),
            (0x20, 0x11, "IS", "1"), (0x20, 0x13, "IS", str(image))]
    return b"\0" * 128 + b"DICM" + element(2, 0, "UL", struct.pack("<I", len(meta))) + meta + b"".join(element(*one) for one in body)


class Archive:
    """Orthanc with data of this run alone."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
        folder.mkdir()

    def start(self):
        settings = {"Name": "test", "StorageDirectory": str(self.folder / "db"), "IndexDirectory": str(self.folder / "db"), "HttpPort": self.port,
                    "DicomServerEnabled": False, "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "StableAge": 1, "Plugins": [str(PLUGIN)],
                    "DicomWeb": {"Enable": True, "Root": "/dicom-web/"}}
        (self.folder / "orthanc.json").write_text(json.dumps(settings), encoding="utf-8")
        with (self.folder / "orthanc.log").open("ab") as log:
            self.process = subprocess.Popen([ORTHANC, str(self.folder / "orthanc.json")], stdout=log, stderr=log)
        wait_for("Orthanc answers", lambda: self.get("/system"))

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
            self.process = None

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError):
            return None

    def send(self, study, image):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/instances", data=dicom_file(study, image), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            same(answer.status, 200, "Orthanc takes an object")


class Play:
    def __init__(self, hub, archive):
        self.hub, self.archive = hub, archive

    def configure(self, is_orthanc):
        way = f'orthanc = "http://127.0.0.1:{self.archive.port}"' if is_orthanc else "days = 3650"
        self.hub.configuration.write_text(CONFIGURATION.format(root=ROOT, port=self.archive.port, way=way), encoding="utf-8")

    def listed(self):
        return json.loads(self.hub.command("feed", "list", "--config", str(self.hub.configuration), "--format", "json"))

    def doctor(self):
        text = self.hub.command("doctor", "--config", str(self.hub.configuration), "--feed", "pacs", "--format", "json", exit_codes=(0, 1))
        return {(one["side"], one["rule"]) for one in json.loads(text) if one["subject"] == "feed pacs"}

    def study(self, number, images):
        """The study as the record has it, once it has so many images."""
        def found():
            return [one for one in self.hub.search(f"ImagingStudy?identifier=urn:dicom:uid|urn:oid:{ROOT_UID}.{number}", "township-t")
                    if one.get("numberOfInstances") == images]
        return wait_for(f"study {number} with {images} images", found)[0]

    def a_stable_study_comes_into_the_record(self):
        same(self.doctor(), {("ok", "dicom-archive-fine")}, "what doctor says")
        self.hub.start()
        for image in (1, 2):
            self.archive.send(1, image)
        study = self.study(1, 2)
        same([one["code"] for one in study["modality"]], ["CT"], "modality")
        endpoints = self.hub.search("Endpoint", "township-t")
        same([one["address"] for one in endpoints], [f"http://127.0.0.1:{self.archive.port}/dicom-web"], "where its images are")
        check(self.archive.get(f"/dicom-web/studies/{ROOT_UID}.1/metadata"), "and there they are")
        (patient,) = self.hub.search("Patient?identifier=T20031", "township-t")
        same(patient["name"][0]["text"], "王秀英", "the patient's name")

    def a_study_that_grows_becomes_a_new_version(self):
        self.archive.send(1, 3)
        self.study(1, 3)

    def kills_lose_and_double_nothing(self):
        for number in range(10, 16):
            self.archive.send(number, 1)
        for _ in range(2):
            before = self.listed()["received"]
            wait_for("the next study", lambda: self.listed()["received"] > before or self.listed()["received"] >= 8)
            self.hub.kill()
            self.hub.start()
        versions = {self.study(number, 1)["meta"]["versionId"] for number in range(10, 16)}
        same(versions, {"1"}, "versions of the studies")

    def an_archive_set_up_anew_is_read_from_its_beginning(self):
        self.archive.stop()
        wait_for("trouble", lambda: self.listed()["feeds"][0].get("trouble"))
        same(self.doctor(), {("line", "exchange-unreachable")}, "what doctor says")
        shutil.rmtree(self.archive.folder / "db")
        self.archive.start()
        self.archive.send(20, 1)
        self.study(20, 1)
        check("trouble" not in self.listed()["feeds"][0], "nothing is wrong any more")

    def without_its_changes_it_is_a_dicomweb_service_like_any(self):
        self.hub.stop()
        (self.hub.folder / "data/feeds/pacs.mark").unlink()
        self.configure(is_orthanc=False)
        self.hub.start()
        self.archive.send(30, 1)
        self.study(30, 1)
        self.archive.send(30, 2)
        self.study(30, 2)


def main():
    if not ORTHANC or not PLUGIN.exists():
        print("skipped: Orthanc or its DICOMweb plugin is not installed")
        return 77
    with Run() as run:
        folder = run.folder / "hub"
        folder.mkdir()
        archive = Archive(run.folder / "archive")
        try:
            archive.start()
            play = Play(Hub(folder / "hub.toml"), archive)
            run.hubs.append(play.hub)
            play.configure(is_orthanc=True)
            play_steps([play.a_stable_study_comes_into_the_record, play.a_study_that_grows_becomes_a_new_version, play.kills_lose_and_double_nothing,
                        play.an_archive_set_up_anew_is_read_from_its_beginning, play.without_its_changes_it_is_a_dicomweb_service_like_any])
        finally:
            archive.stop()
    return 0


run_script(main)
