#!/usr/bin/env python3
"""kill -9 at random moments under load: nothing that was acknowledged may be missing or doubled.

    kill.py [--kills 50] [--seed N] [--messages-per-second 200] [--transactions-per-second 50]

Laboratory messages come over MLLP and transactions over HTTP while the hub is killed and started again. The clients keep the ledger:
what got AA, what got 200. At the end each of them must be there exactly once; a dead letter counts as present.
"""
import argparse
import http.client
import json
import random
import socket
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scenarios"))
from hub import Run, check, run_script, wait_for

A = "341002H0001"
RESULTS, PATIENTS = f"urn:huitong:organization:{A}:result", "urn:huitong:organization:341021H0101:patient"
MLLP_CONNECTIONS, HTTP_CONNECTIONS = 8, 4
ACKNOWLEDGED_BETWEEN_KILLS_MIN = 20


def laboratory_message(control):
    person = f"K{hash(control) % 300:04d}"
    return "\r".join((
        f"MSH|^~\\&|LIS|{A}|HIP|341000PLAT|20261120093500||ORU^R01|{control}|P|2.4|||||CHN|UNICODE UTF-8",
        f"PID|1||{person}^^^{A}^PI||WANG ER^王二||19560314|F",
        f"ORC|RE|S{control}|JY{control}||CM",
        f"OBR|1|S{control}|JY{control}|XCG-A^血常规五分类^L|||20261120084500|||||||20261120084500|BLD&全血&HL70487|8001^李建国||||||20261120092500||LAB|F",
        f"OBX|1|NM|WBC^白细胞计数^L||6.8|10^9/L|3.5-9.5|N|||F|||20261120092500|{A}", "")).encode()


def transaction(number):
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"fullUrl": "urn:uuid:7b2d6e1c-0000-4000-8000-000000000001",
         "resource": {"resourceType": "Patient", "identifier": [{"system": PATIENTS, "value": number}], "name": [{"text": "赵六"}]},
         "request": {"method": "POST", "url": "Patient", "ifNoneExist": f"identifier={PATIENTS}|{number}"}},
        {"resource": {"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "718-7"}]},
                      "subject": {"reference": "urn:uuid:7b2d6e1c-0000-4000-8000-000000000001"},
                      "identifier": [{"system": "urn:huitong:organization:341021H0101:result", "value": number}]},
         "request": {"method": "PUT", "url": f"Observation?identifier=urn:huitong:organization:341021H0101:result|{number}"}}]})


class Load:
    """Clients that send while the hub is up and wait while it is not. `acknowledged` is the ledger."""

    def __init__(self, hub, rate_mllp, rate_http):
        self.hub, self.up, self.ended = hub, threading.Event(), False
        self.lock, self.messages, self.transactions, self.sent = threading.Lock(), [], [], 0
        self.threads = [threading.Thread(target=self.send_messages, args=(index, MLLP_CONNECTIONS / rate_mllp)) for index in range(MLLP_CONNECTIONS)]
        self.threads += [threading.Thread(target=self.send_transactions, args=(index, HTTP_CONNECTIONS / rate_http)) for index in range(HTTP_CONNECTIONS)]
        for thread in self.threads:
            thread.start()

    def number(self, kind):
        with self.lock:
            self.sent += 1
            return f"{kind}{self.sent:08d}"

    def paced(self, pause, work):
        """Keeps a rate while the hub is up; a broken connection is made anew."""
        while not self.ended:
            if not self.up.wait(0.2):
                continue
            try:
                connection, due = None, time.monotonic()
                while self.up.is_set() and not self.ended:
                    connection = work(connection)
                    due += pause
                    time.sleep(max(0, due - time.monotonic()))
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.02)

    def send_messages(self, _, pause):
        def work(connection):
            if connection is None:
                host, port = self.hub.ready["feeds"]["lis-a"].rsplit(":", 1)
                connection = socket.create_connection((host, int(port)), timeout=10)
            control = self.number("M")
            connection.sendall(b"\x0b" + laboratory_message(control) + b"\x1c\r")
            answer = b""
            while not answer.endswith(b"\x1c\r"):
                piece = connection.recv(4096)
                if not piece:
                    raise OSError("closed")
                answer += piece
            if f"MSA|AA|{control}".encode() in answer:
                with self.lock:
                    self.messages.append(control)
            return connection
        self.paced(pause, work)

    def send_transactions(self, _, pause):
        def work(connection):
            if connection is None:
                connection = http.client.HTTPConnection(self.hub.ready["http"], timeout=10)
            number = self.number("T")
            connection.request("POST", "/fhir", transaction(number), {"Content-Type": "application/fhir+json", "Authorization": f"Bearer {self.bearer}"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                with self.lock:
                    self.transactions.append(number)
            return connection
        self.paced(pause, work)

    def counts(self):
        with self.lock:
            return len(self.messages), len(self.transactions)

    def stop(self):
        self.ended = True
        for thread in self.threads:
            thread.join()


def everything(hub):
    """How often each business identifier stands in a current resource."""
    found = {}
    for kind in ("Observation", "Patient"):
        for resource in hub.search(f"{kind}?_count=1000", "auditor"):
            for identifier in resource.get("identifier", []):
                key = (kind, identifier["system"], identifier["value"])
                found[key] = found.get(key, 0) + 1
    return found


def verify(hub, load):
    hub.settle(300)
    letters = json.loads(hub.command("feed", "dead-letters", "--count", "10000", "--config", str(hub.configuration), "--format", "json"))["dead_letters"]
    buried = {letter["control_id"] for letter in letters}
    found = everything(hub)
    missing = [control for control in load.messages if found.get(("Observation", RESULTS, f"JY{control}.WBC"), 0) == 0 and control not in buried]
    missing += [number for number in load.transactions if found.get(("Observation", "urn:huitong:organization:341021H0101:result", number), 0) == 0
                or found.get(("Patient", PATIENTS, number), 0) == 0]
    doubled = [key for key, count in found.items() if count > 1]
    check(not missing, f"{len(missing)} acknowledged are missing: {missing[:10]}")
    check(not doubled, f"{len(doubled)} are doubled: {doubled[:10]}")
    check(not buried, f"{len(buried)} messages became dead letters: {letters[:2]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20261120)
    parser.add_argument("--messages-per-second", type=float, default=200)
    parser.add_argument("--transactions-per-second", type=float, default=50)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with Run() as run:
        hub = run.hub("city", "city")
        hub.start()
        load = Load(hub, arguments.messages_per_second, arguments.transactions_per_second)
        seconds = 0.0
        try:
            for kill in range(arguments.kills):
                load.bearer = hub.token("township-t")
                before, began = load.counts(), time.monotonic()
                load.up.set()
                wait_for("enough is acknowledged", lambda: sum(load.counts()) - sum(before) >= ACKNOWLEDGED_BETWEEN_KILLS_MIN, 60)
                time.sleep(chance.uniform(0, 1.5))
                load.up.clear() if kill % 5 == 4 else None   # now and then between two messages, mostly in the middle of many
                hub.kill()
                load.up.clear()
                seconds += time.monotonic() - began
                hub.start()
        finally:
            load.stop()
        messages, transactions = load.counts()
        verify(hub, load)
        print(f"{arguments.kills} kills, {messages} messages and {transactions} transactions acknowledged in {seconds:.0f} s of load "
              f"({messages / seconds:.0f} and {transactions / seconds:.0f} per second): none missing, none doubled.")


if __name__ == "__main__":
    run_script(main)
