"""CDS Hooks as doctors call them: orders that arrive at random, 200 a second, while laboratories send at half of what the hub can take."""
import asyncio
import json
import random
import threading
import time

RATE = 200  # orders a second
PEOPLE, PEOPLE_RATE = (5, 50, 500), 100  # reports of three people, and orders a second for each in turn
PATH = "/cds-services/recognition-order-sign"


def hook(number, patient, orders):
    """An order for a blood count of hospital B; the patient is named by a citizen number and a name."""
    drafts = [{"resource": {"resourceType": "ServiceRequest", "id": f"draft-{index}", "status": "draft", "intent": "order",
                            "code": {"coding": [{"system": "urn:huitong:organization:341004H0009:order-item", "code": code}]},
                            "subject": {"reference": "Patient/" + patient["id"]}}} for index, code in enumerate(orders)]
    return {"hook": "order-sign", "hookInstance": f"00000000-0000-4000-8000-{number:012d}",
            "context": {"userId": "Practitioner/1023", "patientId": patient["id"], "encounterId": "MZ1",
                        "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": drafts}},
            "prefetch": {"patient": {"resourceType": "Patient", **patient},
                         "encounter": {"resourceType": "Encounter", "status": "in-progress", "class": {"code": "AMB"}}}}


class Laboratory(threading.Thread):
    """Sends messages evenly, one behind the other on several connections, until it is told to stop."""

    def __init__(self, send, rate, messages):
        super().__init__(daemon=True)
        self.send, self.rate, self.messages = send, rate, messages
        self.over, self.sent, self.seconds = threading.Event(), 0, 0.0

    def run(self):
        began = time.monotonic()
        for message in self.messages:
            if self.over.is_set():
                break
            self.over.wait(max(0.0, began + self.sent / self.rate - time.monotonic()))
            self.send(message)
            self.sent += 1
        self.seconds = time.monotonic() - began

    def stop(self):
        self.over.set()
        self.join()


class OrderRows:
    """Rows of scripts/bench."""

    def orders(self, patients, count, name, codes):
        file = self.folder / name
        chance = random.Random(20261128)
        with open(file, "w", encoding="utf-8") as out:
            for number in range(count):
                out.write(json.dumps(hook(number, chance.choice(patients), codes), ensure_ascii=False, separators=(",", ":")) + "\n")
        return file

    def order_row(self, what, found, goals=(None, None)):
        self.table.add(f"{what}, p50", found["p50_us"] / 1000, "ms")
        for percentile, goal in zip(("p95", "p99"), goals):
            self.table.add(f"… {percentile}", found[percentile + "_us"] / 1000, "ms", goal=goal, at_least=False)
        if found["refused"]:
            self.table.add("… refused", found["refused"], "of " + str(found["requests"]))

    def measure_people(self, hub, token, send_all, oru, citizen_number):
        """What an order costs, all of the hub and what follows behind it, by how many reports its patient has; and a read of the history."""
        for kind, reports in enumerate(PEOPLE):
            patient = 2_000 + kind  # the laboratory's patients are those before
            days = [time.strftime("%Y%m%d", time.localtime(time.time() - (1 + number % 300) * 86_400)).encode() for number in range(reports)]
            asyncio.run(send_all(hub, [oru(1_000_000 * (kind + 1) + number, patient).replace(b"20261120", day) for number, day in enumerate(days)], token))
            citizen = "urn:oid:2.16.156.10011.1.3"
            person = {"id": str(patient), "identifier": [{"system": citizen, "value": citizen_number(patient)}], "name": [{"text": f"演示{patient}"}]}
            orders = self.orders([person], 500, f"orders-{reports}", ["XCG-B"])
            self.settle(hub)
            before = self.cpu_seconds(hub.process.pid)
            found = self.tool("open", hub.address, PEOPLE_RATE, 5, PATH, orders, token)
            self.settle(hub)
            self.table.add(f"order-sign, {reports} reports of the patient, processor time",
                           (self.cpu_seconds(hub.process.pid) - before) / found["requests"] * 1000, "ms", goal=2, at_least=False)
            known = json.loads(hub.get(f"/fhir/Patient?identifier={citizen}%7C{citizen_number(patient)}", token))["entry"][0]["resource"]["id"]
            paths = self.folder / f"history-{reports}"
            paths.write_text(f"/fhir/Observation?patient={known}&_sort=-date&_count=50\n")
            self.table.add("… the newest 50 of the history, p50", self.tool("http", hub.address, 1, 2, "paths", paths, token)["p50_us"] / 1000, "ms")

    @staticmethod
    def counters(hub):
        found = hub.metrics()
        return {name: found[f"recognition_{name}"] for name in ("questions", "late", "shown")}

    def measure_orders(self, hub, token, patients, laboratory, seconds):
        """The hook alone, then beside the laboratory an empty hook (the same door, nothing ordered) and the hook itself."""
        full = self.orders(patients, 5_000, "orders", ["XCG-B"])
        empty = self.orders(patients, 5_000, "no-orders", [])
        def ask(file):
            return self.tool("open", hub.address, RATE, seconds, PATH, file, token)

        ask(full)  # what is read for the first time is no doctor's daily wait
        alone = ask(full)
        laboratory.start()
        nothing = ask(empty)
        before = self.counters(hub)
        beside = ask(full)
        after = self.counters(hub)
        laboratory.stop()
        self.order_row(f"order-sign, {RATE}/s, nothing else", alone)
        self.order_row(f"empty hook, {RATE}/s, ingest at half capacity", nothing)
        self.order_row(f"order-sign, {RATE}/s, ingest at half capacity", beside, (50, 150))
        self.table.add("… times an empty hook, p95", beside["p95_us"] / max(1, nothing["p95_us"]), "")
        asked = after["questions"] - before["questions"]
        self.table.add("… answered in time", 100 * (1 - (after["late"] - before["late"]) / max(1, asked)), "%", goal=100)
        self.table.add("… matches shown an order", (after["shown"] - before["shown"]) / max(1, asked), "")
        self.table.add("… messages sent meanwhile", laboratory.sent / max(laboratory.seconds, 0.001), "/s", laboratory.rate, "half capacity")

