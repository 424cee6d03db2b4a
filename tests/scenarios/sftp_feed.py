#!/usr/bin/env python3
"""A hospital's tables on its SFTP server: a pinned key, finished files only, taken once, over kills; by an sshd of this test's own.

    tests/scenarios/sftp_feed.py      # needs sshd (openssh-server; scripts/setup installs it, nothing keeps running)
"""
import getpass
import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Hub, Run, check, play_steps, run_script, same, wait_for

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[demo]
unassigned_regions = true
[[feed]]
name = "lis-sftp"
kind = "tabular"
organization = "341004H0009"
map = "https://huitong.example/fhir/StructureMap/hospital-b-results"
sftp = "sftp://{user}@127.0.0.1:{port}{drop}/"
sftp_host_key = "{fingerprint}"
sftp_key_file = "client_key"
sftp_after = "{after}"
charset = "GBK"
table = "results"
key_columns = "报告单号,项目编码"
patient_column = "患者编号"
poll_ms = 200
retry_first_ms = 100
retry_max_ms = 500
[[feed]]
name = "documents-sftp"
kind = "cda"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/cda-document"
sftp = "sftp://{user}@127.0.0.1:{port}{documents}/"
sftp_host_key = "{fingerprint}"
sftp_key_file = "client_key"
poll_ms = 200
[[client]]
id = "his-b"
organization = "341004H0009"
secret_sha256 = "4c739047458f52031c83b567745b456e3ada011534dbbe5e6484c118456104a4"
scopes = ["system/*.rs"]
[[client]]
id = "his-a"
organization = "341002H0001"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.rs"]
"""
DOCUMENT = ROOT / "tests/golden/cda-document/laboratory_report/in.xml"
SAMPLE = ROOT / "samples/hospital-b/lis/results.csv"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """sshd on loopback with a host key of its own; knows one account, ours, by one key."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, free_port(), None
        self.separation = Path("/run/sshd")
        self.made_separation = os.geteuid() == 0 and not self.separation.exists()
        folder.mkdir()
        for name in ("host_key", "other_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)

    def fingerprint(self, name="host_key"):
        return subprocess.run(["ssh-keygen", "-l", "-f", str(self.folder / f"{name}.pub")], capture_output=True, text=True, check=True).stdout.split()[1]

    def start(self, client_key):
        if self.made_separation:
            self.separation.mkdir(exist_ok=True)
        shutil.copyfile(client_key, self.folder / "authorized_keys")
        lines = [f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.folder}/host_key", "PidFile none", "StrictModes no", "UsePAM no",
                 f"AuthorizedKeysFile {self.folder}/authorized_keys", "PermitRootLogin yes", "PasswordAuthentication no", "Subsystem sftp internal-sftp"]
        (self.folder / "sshd_config").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with (self.folder / "sshd.log").open("ab") as log:
            self.process = subprocess.Popen([shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin"), "-D", "-e", "-f", str(self.folder / "sshd_config")], stderr=log)

        def answers():
            with socket.socket() as peer:
                return peer.connect_ex(("127.0.0.1", self.port)) == 0
        wait_for("sshd listens", answers)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait()
        if self.made_separation and self.separation.exists():
            self.separation.rmdir()


class Play:
    def __init__(self, folder, server):
        self.server = server
        self.drop = folder / "files"
        self.drop.mkdir()
        self.documents = folder / "documents"
        self.documents.mkdir()
        self.folder = folder
        self.hub = Hub(folder / "hub.toml")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "client_key")], check=True)
        server.start(folder / "client_key.pub")
        self.configure()

    def configure(self, fingerprint=None, after="rename"):
        text = CONFIGURATION.format(root=ROOT, user=getpass.getuser(), port=self.server.port, drop=self.drop, documents=self.documents, after=after,
                                    fingerprint=fingerprint or self.server.fingerprint())
        (self.folder / "hub.toml").write_text(text, encoding="utf-8")

    def listed(self):
        return json.loads(self.hub.command("feed", "list", "--config", str(self.hub.configuration), "--format", "json"))

    def doctor(self):
        text = self.hub.command("doctor", "--config", str(self.hub.configuration), "--feed", "lis-sftp", "--format", "json", exit_codes=(0, 1))
        return {(one["side"], one["rule"]) for one in json.loads(text) if one["subject"] == "feed lis-sftp"}

    def put(self, name, data):
        (self.drop / (name + ".part")).write_bytes(data)
        (self.drop / (name + ".part")).rename(self.drop / name)

    def another_key_than_the_pinned_one_is_never_accepted(self):
        self.configure(fingerprint=self.server.fingerprint("other_key"))
        self.put("first results.csv", SAMPLE.read_bytes())
        same(self.doctor(), {("ours", "sftp-host-key")}, "what doctor says")
        self.hub.start()
        trouble = wait_for("trouble", lambda: self.listed()["feeds"][0].get("trouble"))
        check("key" in trouble["issue"][0]["diagnostics"] or "密钥" in trouble["issue"][0]["diagnostics"], f"it says why: {trouble}")
        same(self.listed()["received"], 0, "received")
        self.hub.stop()
        self.configure()

    def a_file_is_taken_and_moved_after_it_is_durable(self):
        same(self.doctor(), {("ok", "sftp-fine")}, "what doctor says")
        self.hub.start()
        wait_for("the file is moved", (self.drop / "done/first results.csv").exists)  # so all of it is durable
        self.hub.settle()
        self.rows = self.listed()["received"]
        check(self.rows > 20 and self.listed()["dead_letters"] == 0, f"rows: {self.listed()}")
        check(self.hub.search("Observation?_count=500", "his-b"), "results are in the record")

    def a_file_that_still_grows_is_left_alone(self):
        target = self.drop / "slow.csv"
        data = SAMPLE.read_bytes().replace(b"BY2026", b"SL2026")
        with target.open("wb") as out:
            for at in range(0, len(data), 400):
                out.write(data[at:at + 400])
                out.flush()
                time.sleep(0.05)
        wait_for("the file is moved", (self.drop / "done/slow.csv").exists)
        same(self.listed()["received"], 2 * self.rows, "rows after a file that grew")

    def a_name_that_was_there_before_gets_a_number(self):
        self.put("first results.csv", SAMPLE.read_bytes().replace(b"BY2026", b"AG2026"))
        wait_for("the file is moved beside the first", (self.drop / "done/first results.csv.2").exists)

    def a_file_that_is_no_table_fails_and_holds_up_nobody(self):
        self.put("a-broken.csv", b"a,b\n1,\"2\n")
        self.put("b-good.csv", SAMPLE.read_bytes().replace(b"BY2026", b"GD2026"))
        wait_for("the broken one failed", (self.drop / "failed/a-broken.csv").exists)
        wait_for("the good one is done", (self.drop / "done/b-good.csv").exists)

    def a_file_that_cannot_be_moved_is_told_and_holds_up_nobody(self):
        done, aside = self.drop / "done", self.drop / "was-done"
        done.rename(aside)
        done.write_bytes(b"a file where the folder was")
        before = self.listed()["received"]
        for name, number in (("u1.csv", b"U12026"), ("u2.csv", b"U22026")):
            self.put(name, SAMPLE.read_bytes().replace(b"BY2026", number))
        wait_for("both are taken", lambda: self.listed()["received"] == before + 2 * self.rows)
        told = wait_for("it is told", lambda: self.listed()["feeds"][0].get("trouble"))
        check("2" in told["issue"][0]["diagnostics"], f"how many: {told}")
        self.hub.kill()
        self.hub.start()
        told = wait_for("it is told after a restart too", lambda: self.listed()["feeds"][0].get("trouble"))
        check("2" in told["issue"][0]["diagnostics"], f"how many after a restart: {told}")
        done.unlink()
        aside.rename(done)
        wait_for("both are moved", lambda: all((done / name).exists() for name in ("u1.csv", "u2.csv")))
        same(self.listed()["duplicates"], 0, "nothing is read a second time since the restart")
        same(self.listed()["received"], before + 2 * self.rows, "nothing is taken twice")
        wait_for("no trouble is left", lambda: not self.listed()["feeds"][0].get("trouble"))

    def kills_between_fetching_and_moving_double_nothing(self):
        before = self.listed()["received"]
        for number in range(3):
            self.put(f"k{number}.csv", SAMPLE.read_bytes().replace(b"BY2026", b"K%d2026" % number))
        for wait in (0.25, 0.3, 0.45):
            time.sleep(wait)  # somewhere in between
            self.hub.kill()
            self.hub.start()
        wait_for("all are moved", lambda: all((self.drop / f"done/k{number}.csv").exists() for number in range(3)))
        self.hub.settle()
        found = [one for one in self.hub.search("Observation?_count=500", "his-b") if one["identifier"][0]["value"].startswith("K")]
        same(len(found), 3 * self.rows, "results of the killed files")
        same({one["meta"]["versionId"] for one in found}, {"1"}, "their versions")
        check(before > 0, "there were rows before")

    def a_signature_beside_a_document_comes_and_goes_with_it(self):
        (self.documents / "report.xml.p7s").write_bytes(b"no signature at all")
        (self.documents / "report.xml").write_bytes(DOCUMENT.read_bytes())
        wait_for("both are moved", lambda: all((self.documents / "done" / name).exists() for name in ("report.xml", "report.xml.p7s")))
        self.hub.settle()
        states = [extension["valueCode"] for one in self.hub.search("Provenance?_count=500", "his-a") for extension in one.get("extension", [])
                  if extension["url"].endswith("/signature-state")]
        same(states, ["not-verified"], "what is said of the document")

    def an_account_that_may_only_read_is_remembered(self):
        self.hub.stop()
        self.configure(after="remember")
        for name in ("done", "failed"):
            shutil.rmtree(self.drop / name, ignore_errors=True)
        for number in range(3):
            self.put(f"stays{number}.csv", SAMPLE.read_bytes().replace(b"BY2026", b"R%d2026" % number))
        mark = self.folder / "data/feeds/lis-sftp.mark"
        self.hub.start()
        wait_for("all of them stand in the mark", lambda: mark.exists() and len(mark.read_text(encoding="utf-8").split()) == 3)
        self.hub.settle()
        check((self.drop / "stays0.csv").exists(), "the files stay")
        count = self.listed()
        time.sleep(1)  # several polls
        same((self.listed()["received"], self.listed()["duplicates"]), (count["received"], count["duplicates"]), "what came since")
        self.hub.stop()
        self.hub.start()
        time.sleep(1)
        same(self.listed()["duplicates"], 0, "duplicates after a restart")

    def a_hub_starts_without_the_server_and_says_so(self):
        self.hub.stop()
        self.server.stop()
        self.hub.start()
        wait_for("trouble", lambda: self.listed()["feeds"][0].get("trouble"))
        same(self.doctor(), {("line", "sftp-unreachable")}, "what doctor says")


def main():
    if not shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin"):
        print("skipped: openssh-server is not installed")
        return 77
    with Run() as run:
        folder = run.folder / "hub"
        folder.mkdir()
        server = Server(run.folder / "server")
        try:
            play = Play(folder, server)
            run.hubs.append(play.hub)
            play_steps([play.another_key_than_the_pinned_one_is_never_accepted, play.a_file_is_taken_and_moved_after_it_is_durable,
                        play.a_file_that_still_grows_is_left_alone, play.a_name_that_was_there_before_gets_a_number,
                        play.a_file_that_is_no_table_fails_and_holds_up_nobody, play.a_file_that_cannot_be_moved_is_told_and_holds_up_nobody,
                        play.kills_between_fetching_and_moving_double_nothing,
                        play.a_signature_beside_a_document_comes_and_goes_with_it, play.an_account_that_may_only_read_is_remembered, play.a_hub_starts_without_the_server_and_says_so])
        finally:
            server.stop()
    return 0


run_script(main)
