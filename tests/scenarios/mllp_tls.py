#!/usr/bin/env python3
"""MLLP over TLS with certificates of both sides (N43 of the threat model), spoken by openssl s_client.

    tests/scenarios/mllp_tls.py
"""
import os
import select
import subprocess
import time

from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Hub, Run, check, run_script, same

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[[feed]]
name = "his"
kind = "hl7v2"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/v2-generic"
listen = "127.0.0.1:0"
tls_certificate = "hub.pem"
tls_key = "hub.key"
tls_authorities = "authority.pem"
tls_senders = "his-a=341002H0001"
"""
MESSAGE = ("MSH|^~\\&|HIS|{facility}|HIP|CITY|20261120093512||ADT^A04|{control}|P|2.5.1\r"
           "PID|1||{control}P^^^341002H0001^PI||ZHANG SAN||19800101|F\r")


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_authority(folder, name):
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}", "-days", "2")


def make_certificate(folder, name, authority):
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial", "-out",
            f"{name}.pem", "-days", "2")


class Client:
    """openssl s_client as the sender's end of the line."""

    def __init__(self, folder, address, certificate=None, *more):
        arguments = ["openssl", "s_client", "-connect", address, "-CAfile", "authority.pem", "-verify_return_error", "-quiet", "-no_ign_eof", *more]
        if certificate:
            arguments += ["-cert", f"{certificate}.pem", "-key", f"{certificate}.key"]
        self.process = subprocess.Popen(arguments, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def exchange(self, message, seconds=10):
        """The acknowledgement; b"" when the line is closed instead."""
        out = b""
        try:
            self.process.stdin.write(b"\x0b" + message.encode() + b"\x1c\r")
            self.process.stdin.flush()
        except BrokenPipeError:
            return out
        end = time.monotonic() + seconds
        while not out.endswith(b"\x1c\r"):
            check(time.monotonic() < end, "neither an answer nor an end")
            if select.select([self.process.stdout], [], [], 0.2)[0]:
                piece = os.read(self.process.stdout.fileno(), 4096)
                if not piece:
                    break
                out += piece
        return out

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def answer(folder, address, certificate, facility, control, *more):
    client = Client(folder, address, certificate, *more)
    out = client.exchange(MESSAGE.format(facility=facility, control=control))
    client.close()
    return [line.split("|") for line in out.decode(errors="replace").strip("\x0b\x1c\r").split("\r") if line]


def play(run):
    folder = run.folder / "hub"
    folder.mkdir()
    make_authority(folder, "authority")
    make_authority(folder, "stranger-authority")
    for name, authority in [("hub", "authority"), ("his-a", "authority"), ("his-b", "authority"), ("stranger", "stranger-authority")]:
        make_certificate(folder, name, authority)
    (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT), encoding="utf-8")
    hub = Hub(folder / "hub.toml").start()
    run.hubs.append(hub)
    address = hub.ready["feeds"]["his"]

    accepted = answer(folder, address, "his-a", "341002H0001", "T1")
    same([accepted[1][1], accepted[1][2]], ["AA", "T1"], "the right certificate")
    same(answer(folder, address, None, "341002H0001", "T2"), [], "no certificate")
    same(answer(folder, address, "stranger", "341002H0001", "T3"), [], "a certificate of another authority")
    same(answer(folder, address, "his-a", "341002H0001", "T4", "-tls1_1"), [], "TLS 1.1")
    refused = answer(folder, address, "his-b", "341002H0001", "T5")
    same([refused[1][1], refused[1][2]], ["AR", "T5"], "the certificate of another sender")
    check(any(line[0] == "ERR" and line[3].startswith("207") for line in refused), f"ERR-3 of {refused}")
    refused = answer(folder, address, "his-a", "341004H0009", "T6")
    same(refused[1][1], "AR", "another sender in MSH-4")
    same(hub.mllp("his", write(folder, MESSAGE.format(facility="341002H0001", control="T7"))).strip(), b"", "a client without TLS")
    # A client that says nothing, and one that leaves in the handshake, are in nobody's way.
    silent = subprocess.Popen(["openssl", "s_client", "-connect", address, "-quiet"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    accepted = answer(folder, address, "his-a", "341002H0001", "T8")
    same(accepted[1][1], "AA", "while another says nothing")
    silent.stdin.close()
    silent.wait(10)
    hub.settle()
    state = hub.command("feed", "dead-letters", "--config", str(hub.configuration))
    check("MSH-4" in state and "T5" in state, f"the refused sender is kept: {state}")


def write(folder, message):
    file = folder / "message.hl7"
    file.write_bytes(message.encode())
    return file


def main():
    with Run() as run:
        play(run)
    print("MLLP over TLS: the right certificate is taken, all others are not")


if __name__ == "__main__":
    run_script(main)
