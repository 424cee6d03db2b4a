#!/usr/bin/env python3
"""Many clients at once: one resource is linearizable under reads, updates and conditional updates, and conditional creates make no duplicates.

    tests/reliability/concurrent.py [--clients 16] [--seconds 5] [--creates 2000] [--batch 1]

The version number is the total order that the hub claims. It is right when no answer contradicts real time: whatever ended before something else
began has no later place. A refused conditional update claims that another version was current before its answer came.
"""
import argparse
import random
import time

from clients import Client, Locked, run_all, start_hub
from hub import Run, check, run_script, same


def patient(value):
    return {"resourceType": "Patient", "id": "one", "identifier": [{"system": "urn:writer", "value": value}]}


def operate(hub, token, number, end, history):
    """One client until `end`; history holds (kind, began, ended, version, value)."""
    client, chance, count = Client(hub, token), random.Random(number), 0
    while time.monotonic() < end:
        count += 1
        began = time.monotonic()
        status, etag, body = client.ask("GET", "/fhir/Patient/one")
        history.append(("read", began, time.monotonic(), int(etag[3:-1]), body["identifier"][0]["value"]))
        same(status, 200, "a read")
        value, expected = f"{number}.{count}", int(etag[3:-1])
        condition = {"If-Match": etag} if chance.random() < 0.7 else {}
        began = time.monotonic()
        status, etag, body = client.ask("PUT", "/fhir/Patient/one", patient(value), **condition)
        ended = time.monotonic()
        if status == 200:
            history.append(("write", began, ended, int(etag[3:-1]), value))
            if condition:
                same(int(etag[3:-1]), expected + 1, "the version after a conditional update")
        else:
            same(status, 412 if condition else 200, "an update")
            history.append(("refused", began, ended, expected, value))


def check_history(history):
    writes = {version: (began, ended, value) for kind, began, ended, version, value in history if kind == "write"}
    same(sorted(writes), list(range(2, len(writes) + 2)), "versions of the writes, each once")
    for kind, _, ended, version, value in history:
        if kind == "read" and version > 1:
            same(value, writes[version][2], f"what version {version} holds")
            check(writes[version][0] <= ended, f"version {version} was read before it was written")
        if kind == "refused":
            check(version + 1 in writes and writes[version + 1][0] <= ended, f"refused although version {version} was current")
    # In order of beginning, nothing may have a smaller version than what had ended by then; a write must have a greater one.
    by_end = sorted((one for one in history if one[0] != "refused"), key=lambda one: one[2])
    at, highest = 0, 0
    for kind, began, _, version, _ in sorted((one for one in history if one[0] != "refused"), key=lambda one: one[1]):
        while at < len(by_end) and by_end[at][2] < began:
            highest = max(highest, by_end[at][3])
            at += 1
        check(version > highest if kind == "write" else version >= highest, f"{kind} of version {version} began after version {highest} was told")


def one_resource_is_linearizable(hub, token, options):
    same(Client(hub, token).ask("PUT", "/fhir/Patient/one", patient("0.0"))[0], 201, "the first version")
    histories = [[] for _ in range(options.clients)]
    end = time.monotonic() + options.seconds
    run_all([lambda number=number: operate(hub, token, number + 1, end, histories[number]) for number in range(options.clients)])
    history = [one for each in histories for one in each]
    check_history(history)
    kinds = {kind: sum(one[0] == kind for one in history) for kind in ("read", "write", "refused")}
    check(kinds["write"] > options.clients and kinds["refused"] > 0, f"clients met each other: {kinds}")
    return kinds


def entry_of(key):
    return {"resource": {"resourceType": "Patient", "identifier": [{"system": "urn:key", "value": key}]},
            "request": {"method": "POST", "url": "Patient", "ifNoneExist": f"identifier=urn:key|{key}"}}


def create_by_header(client, key):
    entry = entry_of(key)
    status, _, _ = client.ask("POST", "/fhir/Patient", entry["resource"], **{"If-None-Exist": entry["request"]["ifNoneExist"]})
    return [status]


def create_in_batch(client, keys):
    status, _, answer = client.ask("POST", "/fhir", {"resourceType": "Bundle", "type": "batch", "entry": [entry_of(key) for key in keys]},
                                   Prefer="return=minimal")
    same(status, 200, "a batch")
    return [int(entry["response"]["status"][:3]) for entry in answer["entry"]]


def conditional_creates_make_no_duplicates(hub, token, options):
    """Every key is asked for by twenty; with `--batch` so many at once in a request, which makes a million of them bearable."""
    keys = [f"k{number % max(1, options.creates // 20)}" for number in range(options.creates)]
    random.Random(1).shuffle(keys)
    groups = Locked(iter([keys[at:at + options.batch] for at in range(0, len(keys), options.batch)]))
    created = []

    def create():
        client = Client(hub, token)
        for group in groups:
            statuses = create_in_batch(client, group) if options.batch > 1 else create_by_header(client, group[0])
            check(set(statuses) <= {200, 201}, f"a conditional create: {statuses}")
            created.extend(key for key, status in zip(group, statuses) if status == 201)
    run_all([create] * options.clients)
    same(sorted(created), sorted(set(keys)), "each key was created once")
    total = Client(hub, token).ask("GET", "/fhir/Patient?identifier=urn:key%7C&_summary=count")[2]["total"]
    same(total, len(set(keys)), "patients with a key")
    return {"requests": len(keys), "created": len(created)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--creates", type=int, default=2_000)
    parser.add_argument("--batch", type=int, default=1)
    options = parser.parse_args()
    with Run() as run:
        hub = start_hub(run)
        folder, token = run.folder / "hub", hub.token("his-a")
        for step in (one_resource_is_linearizable, conditional_creates_make_no_duplicates):
            print(step.__name__.replace("_", " "), step(hub, token, options))
        hub.stop()
        hub.command("verify", "--data", str(folder / "data"))


if __name__ == "__main__":
    run_script(main)
