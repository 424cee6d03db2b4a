#!/usr/bin/env python3
"""Walks over pages while others write: each walk sees one moment, whole, and nothing of it twice.

    tests/reliability/pages.py [--writers 4] [--walkers 4] [--seconds 5] [--patients 300]

Writers create patients, delete them and change their birth dates, by which half of the walks are sorted. A walk is right when
* no id comes twice, and as many come as the first page said;
* what was there before the walk began, and was not being deleted before its first page came, is in it;
* nothing is in it whose creation began after its first page came, or whose deletion had ended before it began;
* a sorted walk is in order from its first entry to its last, although the keys change under it.
"""
import argparse
import random
import threading
import time
from urllib.parse import urlsplit

from clients import Client, run_all, start_hub
from hub import Run, check, run_script, same

WALKS = {"unsorted": "", "sorted": "&_sort=birthdate", "sorted downwards": "&_sort=-birthdate"}
PAGE = 11


NOT_YET = float("inf")


class Ledger:
    """When each patient was created and deleted, as seen from outside: the write lies somewhere between `began` and `ended`. Each is noted
    before it is sent and again when it is answered."""

    def __init__(self):
        self.lock, self.created, self.deleted, self.changes = threading.Lock(), {}, {}, 0

    def note(self, kind, identity, began, ended):
        with self.lock:
            kind[identity] = (began, ended)

    def copy(self):
        with self.lock:
            return dict(self.created), dict(self.deleted)


def patient(identity, chance):
    date = f"{chance.randint(1930, 2019)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
    return {"resourceType": "Patient", "id": identity, "birthDate": date, "identifier": [{"system": "urn:walk", "value": identity}]}


def create(client, ledger, identity, chance):
    began = time.monotonic()
    ledger.note(ledger.created, identity, began, NOT_YET)
    same(client.ask("PUT", "/fhir/Patient/" + identity, patient(identity, chance))[0], 201, "a create")
    ledger.note(ledger.created, identity, began, time.monotonic())


def write(hub, token, number, end, ledger):
    """One writer. A patient's name has its writer's number in it, and only that writer deletes it."""
    client, chance, count = Client(hub, token), random.Random(number), 0
    own = []
    while time.monotonic() < end:
        kind = chance.random()
        if kind < 0.2 or not own:
            count += 1
            own.append(f"w{number}-{count}")
            create(client, ledger, own[-1], chance)
        elif kind < 0.3:
            identity = own.pop(chance.randrange(len(own)))
            began = time.monotonic()
            ledger.note(ledger.deleted, identity, began, NOT_YET)
            check(client.ask("DELETE", "/fhir/Patient/" + identity)[0] in (200, 204), "a delete")
            ledger.note(ledger.deleted, identity, began, time.monotonic())
        else:
            identity = chance.choice(own) if chance.random() < 0.5 else f"first-{chance.randrange(ledger.first)}"
            check(client.ask("PUT", "/fhir/Patient/" + identity, patient(identity, chance))[0] == 200, "a change of the sort key")
            ledger.changes += 1


def walk(client, kind):
    """Entries of all pages, the total of the first, and when the walk began and its first page came."""
    began, first_came, total, entries = time.monotonic(), None, 0, []
    path = f"/fhir/Patient?identifier=urn:walk%7C&_count={PAGE}{WALKS[kind]}"
    while path:
        status, _, page = client.ask("GET", path)
        same(status, 200, "a page")
        if first_came is None:
            first_came, total = time.monotonic(), page["total"]
        entries += [entry["resource"] for entry in page.get("entry", [])]
        following = [urlsplit(link["url"]) for link in page["link"] if link["relation"] == "next"]
        path = f"{following[0].path}?{following[0].query}" if following else None
    return entries, total, began, first_came


def check_walk(kind, walked, ledger):
    entries, total, began, first_came = walked
    seen = [entry["id"] for entry in entries]
    same(len(seen), len(set(seen)), f"{kind}: ids that came once")
    same(len(seen), total, f"{kind}: entries of the pages")
    created, deleted = ledger.copy()
    never = (NOT_YET, NOT_YET)
    for identity, (_, ended) in created.items():
        if ended < began and deleted.get(identity, never)[0] > first_came:
            check(identity in set(seen), f"{kind}: {identity} was there all the time and is missing")
    for identity in seen:
        check(created[identity][0] <= first_came, f"{kind}: {identity} came later than the walk's first page")
        check(deleted.get(identity, never)[1] >= began, f"{kind}: {identity} was deleted before the walk began")
    if kind != "unsorted":
        keys = [entry["birthDate"] for entry in entries]
        check(keys == sorted(keys, reverse=kind == "sorted downwards"), f"{kind}: the order of the whole walk")


def pages_lose_and_repeat_nothing(hub, token, options):
    ledger, chance = Ledger(), random.Random(1)
    ledger.first = options.patients
    client = Client(hub, token)
    for number in range(options.patients):
        create(client, ledger, f"first-{number}", chance)
    end, counts = time.monotonic() + options.seconds, {kind: 0 for kind in WALKS}

    def walk_on(number):
        walker = Client(hub, token)
        kinds = list(WALKS)
        while time.monotonic() < end:
            kind = kinds[number % len(kinds)]
            number += 1
            check_walk(kind, walk(walker, kind), ledger)
            counts[kind] += 1
    run_all([lambda number=number: write(hub, token, number, end, ledger) for number in range(options.writers)] +
            [lambda number=number: walk_on(number) for number in range(options.walkers)])
    check(all(counts.values()), f"every kind of walk was walked: {counts}")
    check(ledger.deleted and ledger.changes > options.patients / 10, f"there was something to lose: {len(ledger.deleted)}, {ledger.changes}")
    return {**counts, "created": len(ledger.created), "deleted": len(ledger.deleted), "changed": ledger.changes}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--walkers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--patients", type=int, default=300)
    options = parser.parse_args()
    with Run() as run:
        hub = start_hub(run)
        print("pages lose and repeat nothing", pages_lose_and_repeat_nothing(hub, hub.token("his-a"), options))
        hub.stop()


if __name__ == "__main__":
    run_script(main)
