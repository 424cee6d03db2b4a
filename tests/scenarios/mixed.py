#!/usr/bin/env python3
"""Many mixed requests leave exactly the right AuditEvents, and no name, number or phone of a person stands in a log, a metric or the body of an error.

    mixed.py                      2,000 requests, seeded
    mixed.py --requests 100000    the long run
"""
import argparse
import collections
import http.client
import json
import random
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from hub import Run, check, run_script, same, wait_for
from trust import World, observation

PEOPLE = 40
TOKEN_SECONDS = 200  # a token lives for 300
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙", "秀英建国志强丽娟文博雨桐浩然子轩"


class Canaries:
    """People whose names, numbers and phones occur nowhere else."""

    def __init__(self, random_):
        self.people = []
        for index in range(PEOPLE):
            name = random_.choice(SURNAMES) + "".join(random_.choice(GIVEN) for _ in range(2)) + chr(0x4E00 + 3000 + index)
            self.people.append({"name": name, "number": f"9901021970010{index:04d}X", "phone": f"0559-77{index:05d}", "address": f"黄山市金丝雀巷{index + 1000}号"})
        self.words = sorted({word for person in self.people for word in person.values()})

    def patient(self, index):
        person = self.people[index]
        return {"resourceType": "Patient", "name": [{"text": person["name"]}], "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": person["number"]}],
                "telecom": [{"system": "phone", "value": person["phone"]}], "address": [{"text": person["address"]}]}

    def found_in(self, data):
        return [word for word in self.words if word.encode() in data or urllib.parse.quote(word).encode() in data]


class Requests:
    """Sends one request of a random kind at a time, and knows how many AuditEvents it must leave and what they say."""

    def __init__(self, world, canaries, random_):
        self.world, self.canaries, self.random = world, canaries, random_
        self.connection = http.client.HTTPConnection(world.peer.host, world.peer.port, timeout=60)
        self.expected = {}  # request → (events, outcome)
        self.statuses = collections.Counter()
        self.errors = []
        self.count = 0
        self.renew_at = time.monotonic() + TOKEN_SECONDS
        self.kinds = [self.read, self.read_absent, self.vread, self.history, self.search, self.search_by_name, self.search_of_two, self.create, self.update, self.unchanged, self.denied,
                      self.no_token, self.bad_body, self.bad_resource, self.bad_search, self.everything, self.hidden]

    def send(self, method, path, wanted, client="loader", body=None, events=1):
        self.count += 1
        if time.monotonic() > self.renew_at:
            self.world.peer.tokens.clear()
            self.renew_at = time.monotonic() + TOKEN_SECONDS
        name = f"canary-{self.count}"
        headers = {"X-Request-Id": name, "Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
        if client:
            headers["Authorization"] = "Bearer " + self.world.token(client)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body, ensure_ascii=False).encode()
        self.connection.request(method, "/fhir/" + path, data, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        check(answer.status in wanted, f"{method} {path}: {answer.status}, expected {wanted}: {text[:300]}")
        self.statuses[answer.status] += 1
        if answer.status >= 400:
            self.errors.append(text)
        self.expected[name] = (events, answer.status)
        return answer.status, text

    def any(self):
        return self.random.randrange(PEOPLE)

    def read(self):
        self.send("GET", f"Patient/c{self.any()}", (200,))

    def read_absent(self):
        self.send("GET", f"Patient/absent{self.any()}", (404,))

    def vread(self):
        self.send("GET", f"Patient/c{self.any()}/_history/1", (200,))

    def history(self):
        self.send("GET", f"Patient/c{self.any()}/_history", (200,))

    def search(self):
        self.send("GET", f"Observation?patient=c{self.any()}&_count=5", (200,))

    def search_by_name(self):
        status, text = self.send("GET", "Patient?name=" + urllib.parse.quote(self.canaries.people[self.any()]["name"]), (200,))
        found = sum(entry["resource"]["resourceType"] == "Patient" for entry in json.loads(text).get("entry", []))
        self.expected[f"canary-{self.count}"] = (max(1, found + (found > 1)), status)  # one for each, and one with what was asked when there are several

    def search_of_two(self):
        one, other = self.random.sample(range(PEOPLE), 2)
        self.send("GET", f"Observation?patient=c{one},c{other}&code=nothing", (200,), events=3)

    def create(self):
        self.send("POST", "Observation", (201,), body=observation(f"c{self.any()}", "laboratory", valueString=str(self.count)))

    def update(self):
        index = self.any()
        self.send("PUT", f"Observation/o{index}", (200, 201), body={**observation(f"c{index}", "laboratory", valueString=str(self.count)), "id": f"o{index}"})

    def unchanged(self):
        index = self.any()
        self.send("PUT", f"Patient/c{index}", (200,), body={**self.canaries.patient(index), "id": f"c{index}"})

    def denied(self):
        self.send("GET", f"Patient/c{self.any()}", (403,), client="observations")

    def no_token(self):
        self.send("GET", f"Patient/c{self.any()}", (401,), client=None)

    def bad_body(self):
        self.send("PUT", "Patient/bad", (400,), body=f'{{"resourceType":"Patient","id":"bad","name":[{{"text":"{self.canaries.people[self.any()]["name"]}"'.encode())

    def bad_resource(self):
        person = self.canaries.people[self.any()]
        self.send("PUT", "Patient/bad", (400, 422), body={"resourceType": "Patient", "id": "bad", "birthDate": person["number"], "gender": person["name"]})

    def bad_search(self):
        person = self.canaries.people[self.any()]
        self.send("GET", "Patient?birthdate=" + urllib.parse.quote(person["phone"]) + "&name=" + urllib.parse.quote(person["name"]), (400, 422))

    def everything(self):
        self.send("GET", f"Patient/c{self.any()}/$everything?_count=20", (200,))

    def hidden(self):
        self.send("GET", "Condition/secret", (404,), client="other")

    def go(self, count):
        for _ in range(count):
            self.random.choice(self.kinds)()


def request_of(event):
    """The client's name of the request that an event tells, "" when it is of none of ours."""
    for entity in event.get("entity", []):
        value = entity.get("what", {}).get("identifier", {}).get("value", "")
        if " canary-" in value:
            return value.split(" ", 1)[1]
    return ""


def all_events(world):
    """Every AuditEvent, page by page."""
    world.peer.tokens.clear()
    path = "/fhir/AuditEvent?_count=1000&_elements=outcome,outcomeDesc,entity,action"
    while path:
        page = world.peer.call("GET", path, world.token("auditor")).json()
        yield from (entry["resource"] for entry in page.get("entry", []) if entry["resource"]["resourceType"] == "AuditEvent")
        following = [link["url"] for link in page.get("link", []) if link["relation"] == "next"]
        path = "/" + following[0].split("/", 3)[3] if following else None


def exactly_the_right_events(world, requests):
    last = f"canary-{requests.count}"
    wait_for("the last request is in the trail", lambda: lag(world) == 0 and any(request_of(event) == last for event in recent(world)), 600)
    found = collections.defaultdict(list)
    for event in all_events(world):
        if name := request_of(event):
            found[name].append(event)
    missing = [name for name, (count, _) in requests.expected.items() if len(found[name]) < count]
    more = [name for name, (count, _) in requests.expected.items() if len(found[name]) > count]
    same((missing[:5], more[:5], sorted(set(found) - set(requests.expected))[:5]), ([], [], []), "requests without their event, with more, and events of no request")
    for name, (_, status) in requests.expected.items():
        outcome = found[name][0]["outcome"]
        check((outcome == "0") == (status < 400), f"{name}: HTTP {status}, outcome {outcome}")


def lag(world):
    world.peer.tokens.pop(("auditor", ()), None)
    text = world.peer.call("GET", "/metrics").body.decode()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("huitong_audit_lag_microseconds ")))


def recent(world):
    entries = world.found("AuditEvent?_sort=-date&_count=200", "auditor").get("entry", [])
    return [entry["resource"] for entry in entries]


def no_canary_in_a_log(world, requests, canaries):
    port = world.feed_port("net")
    person = canaries.people[0]
    for wrong in (f"MSH|^~\\&|L|341002H0001|H|P|20261120||ORU^R01|K1|P|2.4\rPID|||{person['number']}^^^&&||{person['name']}||19700101|Q\r", f"PID|||{person['number']}||{person['name']}\r"):
        requests.errors.append(world.peer.mllp(port, wrong))
    for body in requests.errors:
        same(canaries.found_in(body), [], f"canaries in the body of an error: {body[:200]}")
    same(canaries.found_in(world.peer.call("GET", "/metrics").body), [], "canaries in the metrics")
    world.hub.stop()
    for file in [world.hub.folder / "hub.log", *sorted((world.hub.folder / "data/access-log").glob("*.journal"))]:
        same(canaries.found_in(file.read_bytes()), [], f"canaries in {file.name}")
    told = world.hub.command("feed", "dead-letters", "--config", str(world.hub.configuration), exit_codes=(0, 1, 4, 5))
    same(canaries.found_in(told.encode()), [], "canaries in what the command line tells of dead letters")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=20261127)
    arguments = parser.parse_args()
    random_ = random.Random(arguments.seed)
    canaries = Canaries(random_)
    with Run() as run:
        world = World(run)
        for index in range(PEOPLE):
            world.put(f"Patient/c{index}", canaries.patient(index))
        world.put("Condition/secret", {"subject": {"reference": "Patient/c0"}, "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F20.0"}]}})
        requests = Requests(world, canaries, random_)
        requests.go(arguments.requests)
        print(f"  {requests.count} requests: {dict(sorted(requests.statuses.items()))}")
        exactly_the_right_events(world, requests)
        no_canary_in_a_log(world, requests, canaries)
    print(f"{arguments.requests} mixed requests left exactly their AuditEvents; {len(canaries.words)} canaries in no log, metric or error")


if __name__ == "__main__":
    run_script(main)
