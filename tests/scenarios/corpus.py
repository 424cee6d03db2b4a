#!/usr/bin/env python3
"""Messages of other people's making through a running hub: each gets the right acknowledgement, none ends the hub, none is lost.

    tests/scenarios/corpus.py [--shared FOLDER] [--connections 6] [--list FILE]

Every v2 file of FOLDER/corpora/hl7v2 and the four of corpora/cn/hl7v2-synthetic are sent over MLLP, one by one, then by several connections at once
to a feed that takes test messages too.
What each must be answered is read from its bytes by ack_rules.py; what the sender was told is read from the bytes of the answer.
The messages of ack.tsv are sent in any case; the public ones are left out when FOLDER is absent.
"""
import argparse
import collections
import json
import os
import re
import socket
import threading
import urllib.parse
from pathlib import Path

import ack_rules
from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Failed, Hub, Run, acknowledgement, check, run_script, same

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[demo]
unassigned_regions = true
[[client]]
id = "his-a"
organization = "341002H0001"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.rs"]
"""
FEED = """
[[feed]]
name = "{name}"
kind = "hl7v2"
organization = "{organization}"
map = "https://huitong.example/fhir/StructureMap/{map}"
listen = "127.0.0.1:0"
merge_unknown = "accept"
"""  # a public merge comes without the message that made its records
CHINESE = {  # file: feed, a name as its Patient has it
    "adt_a04_trailbyte_trap_gb18030.hl7": ("china-a", "陈弢"),
    "oru_r01_cbc_gb18030.hl7": ("china-a", "王秀英"),
    "oru_r01_chem_mgdl_nocharset_gbk.hl7": ("china-b", "王秀英"),
    "oru_r01_ct_utf8.hl7": ("china-ct", "王秀英"),
}
PROBE = b"MSH|^~\\&|PROBE|PROBE|HUB|HUB|20261120||ZZZ^Z01|%s|P|2.4\r"
ERRORS_TOLD = 10  # an answer names at most so many
HEADLESS_KEPT = 100  # of a run of the hub; more are counted only


class Line:
    """One MLLP connection."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=30)
        self.buffer = b""
        self.probes = 0

    def send(self, message):
        self.socket.sendall(b"\x0b" + message + b"\x1c\r")

    def receive(self):
        while b"\x1c\r" not in self.buffer:
            block = self.socket.recv(65536)
            check(block, "the hub closed the connection")
            self.buffer += block
        frame, _, self.buffer = self.buffer.partition(b"\x1c\r")
        check(frame.startswith(b"\x0b"), f"an answer without a start block: {frame[:80]!r}")
        return frame[1:]

    def exchange(self, message, has_one_answer):
        """All answers to a message. How many come in enhanced mode depends on MSH-15 and MSH-16: what comes before a probe's answer is the message's."""
        self.send(message)
        if has_one_answer:
            return [self.receive()]
        self.probes += 1
        control = b"PROBE-%d-%d" % (id(self), self.probes)
        self.send(PROBE % control)
        answers = []
        while True:
            frame = self.receive()
            if b"MSA|AR|" + control in frame:
                return answers
            answers.append(frame)

    def close(self):
        self.socket.close()


def is_batch(message):
    return message.lstrip(b"\r\n \t")[:3] in (b"FHS", b"BHS")


def messages_in(data):
    """The frames of a file: what stands between start and end blocks when it has some, else the file; and each message of a batch by itself."""
    framed = re.findall(rb"\x0b(.*?)\x1c\r?", data, re.S)
    whole = framed or [data.replace(b"\x1c\r", b"\x1c")]
    for message in whole:
        yield message
        starts = [match.start() for match in re.finditer(rb"(?:^|(?<=[\r\n]))MSH[^A-Za-z0-9\r\n]", message)]
        if len(starts) > 1 or message[:3] in (b"FHS", b"BHS"):
            for begin, end in zip(starts, starts[1:] + [len(message)]):
                yield re.split(rb"(?<=[\r\n])[BF]TS", message[begin:end])[0]


class Ledger:
    """What was sent and told, of one feed."""

    def __init__(self, feed, processing="P"):
        self.feed, self.processing, self.lock = feed, processing, threading.Lock()
        self.codes, self.refused, self.problems, self.odd = collections.Counter(), collections.Counter(), [], []
        self.sent = 0

    def check(self, name, message, answers):
        expected, parsed = ack_rules.judged(message, self.processing)
        wanted = ack_rules.first_code(expected, parsed)
        control = parsed.header[10] if parsed and len(parsed.header) > 10 else ""
        try:
            if is_batch(message):
                return self.check_batch(message, answers)
            self.check_answers(expected, parsed, wanted, control, answers)
        except Failed as failure:
            with self.lock:
                self.problems.append(f"{name}: {failure}")
        with self.lock:
            self.sent += 1
            self.codes[wanted or "none"] += 1
            if expected.kind != "A":
                self.refused[control] += 1
                self.odd.append((wanted, expected.codes, name))

    def accepted(self):
        return sum(count for code, count in self.codes.items() if code.endswith("A"))

    def check_batch(self, batch, answers):
        """One frame, a batch with the acknowledgement of each message in order."""
        same(len(answers), 1, "frames that answer a batch")
        found = re.findall(rb"[\r]MSA.([A-Z]+).([^|\r]*)", answers[0])
        starts = [match.start() for match in re.finditer(rb"(?:^|(?<=[\r\n]))MSH[^A-Za-z0-9\r\n]", batch)]
        for begin, end in zip(starts, starts[1:] + [len(batch)]):
            expected, parsed = ack_rules.judged(re.split(rb"(?<=[\r\n])[BF]TS", batch[begin:end])[0], self.processing)
            wanted = ack_rules.first_code(expected, parsed)
            if expected.kind != "A":
                with self.lock:
                    self.refused[parsed.header[10] if parsed and len(parsed.header) > 10 else ""] += 1
            if wanted:
                check(found and found[0][0].decode() == wanted, f"the batch answers {found}, expected {wanted} {expected.codes}")
                found.pop(0)
        check(re.search(rb"\rBTS.\d+", answers[0]), "the batch has a trailer")

    @staticmethod
    def check_answers(expected, parsed, wanted, control, answers):
        if wanted is None:
            return check(not any(b"MSA|C" in answer for answer in answers), f"an answer that MSH-15 does not want: {answers}")
        check(answers, f"no answer, expected {wanted}")
        separator, version = (parsed.separator, parsed.head(12)) if parsed else ("|", "")
        code, told_control, segments = acknowledgement(answers[0], separator)
        same(code, wanted, f"MSA-1 (expected because of {expected.codes}, told {segments[1:3]})")
        same(told_control, control, "MSA-2")
        errors = [segment.split(separator) for segment in segments if segment.startswith("ERR")]
        if expected.kind == "A":
            return same(errors, [], "ERR of an accepted message")
        marks = parsed.marks if parsed else "^~\\&"
        minor = re.match(r"2\.(\d*)", version)
        if minor is None or int(minor[1] or 0) >= 5:
            found = [int(fields[3].split(marks[0])[0]) for fields in errors]
        else:
            found = [int(value.split(marks[0])[3].split(marks[3] if len(marks) > 3 else "&")[0])
                     for value in (errors[0][1].split(marks[1]) if len(marks) > 1 else errors[0][1:2])]
        same(found[0], expected.codes[0], "the deciding error code")
        if len(expected.codes) < ERRORS_TOLD:
            same(sorted(set(found)), sorted(set(expected.codes)), "the error codes")
        for answer in answers[1:]:  # the application acknowledgement of enhanced mode
            check(acknowledgement(answer, separator)[0] in ("AA", "AE"), f"an application acknowledgement is AA or AE: {answer[:200]!r}")


def send_all(hub, ledger, sources, share=slice(None)):
    line = Line(hub.ready["feeds"][ledger.feed])
    for name, message in sources[share]:
        header = ack_rules.judged(message)[1]
        is_original = is_batch(message) or header is None or not (header.head(15) or header.head(16))
        try:
            ledger.check(name, message, line.exchange(message, is_original))
        except (Failed, OSError) as failure:
            ledger.problems.append(f"{name}: {failure}")
            line = Line(hub.ready["feeds"][ledger.feed])
    line.close()


def letters_of(hub):
    return json.loads(hub.command("feed", "dead-letters", "--config", str(hub.configuration), "--count", "10000", "--format", "json"))["dead_letters"]


def check_letters(hub, ledgers):
    """Every refusal is a dead letter with reasons in words; what was stored and could not be applied is one too."""
    hub.settle(120)
    by_feed = collections.defaultdict(collections.Counter)
    reasons, words = collections.Counter(), {}
    for letter in letters_of(hub):
        by_feed[letter["feed"]][letter["control_id"]] += 1
        issues = letter["outcome"].get("issue", [])
        errors = [issue for issue in issues if issue["severity"] in ("error", "fatal")]
        check(errors, f"dead letter {letter['message']} has no reason")
        check(all(issue.get("diagnostics") for issue in errors), f"dead letter {letter['message']} has a reason without words: {errors}")
        words[letter["feed"], letter["control_id"]] = errors[0]["diagnostics"]
        if not letter["control_id"].startswith("PROBE-"):
            reasons[re.sub(r"[‘'\"].*?[’'\"]|\d+", "…", errors[0]["diagnostics"])[:100]] += 1
    for ledger in ledgers:
        for control, count in ledger.refused.items():
            kept = by_feed[ledger.feed][control]
            check(kept >= min(count, HEADLESS_KEPT if control == "" else count), f"{ledger.feed}: {count} refusals of '{control}', {kept} dead letters")
        later = {control for control, kept in by_feed[ledger.feed].items() if kept > ledger.refused[control] and not control.startswith("PROBE-")}
        same(later if ledger.feed == "vectors" else set(), set(), "accepted vectors that were not applied")
        print(f"{ledger.feed}: {len(later)} accepted and not applied")
        for control in sorted(later):
            print(f"    {control}: {words[ledger.feed, control]}")
        # Projects number their examples alike: what is another patient's under one number stops a message, as it should.
        reused = {control for control in later if words[ledger.feed, control].startswith("The record has another")}
        check(len(later - reused) <= ledger.accepted() // 50, f"{ledger.feed}: too many accepted messages are not applied")
    state = json.loads(hub.command("feed", "list", "--config", str(hub.configuration), "--format", "json"))
    same(state["received"], state["applied"] + state["dead_letters"], "messages received: applied or dead letter")
    same(hub.curl("GET", "/livez").status, 200, "the hub lives")
    return reasons


def play_vectors(hub):
    """The messages of ack.tsv, from a socket instead of a function call."""
    rows = [line.split("\t") for line in (ROOT / "tests/vectors/hl7v2/ack.tsv").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    sources = [(row[0], row[2].replace("<CR>", "\r").replace("<VT>", "\x0b").encode()) for row in rows if not row[1]]
    ledger = Ledger("vectors")
    send_all(hub, ledger, sources)
    return ledger


def play_chinese(hub, folder):
    """mllp_send of python3-hl7 sends them; the bytes of the answers and the names in the record count."""
    for file, (feed, name) in CHINESE.items():
        message = (folder / file).read_bytes()
        expected, parsed = ack_rules.judged(message)
        code, control, segments = acknowledgement(hub.mllp(feed, folder / file))
        same(code, ack_rules.first_code(expected, parsed), f"MSA-1 of {file} ({segments})")
        same(control, parsed.header[10], f"MSA-2 of {file}")
    hub.settle()
    for _, name in CHINESE.values():
        found = hub.search("Patient?name:exact=" + urllib.parse.quote(name), "his-a")
        check(found, f"a Patient called {name} is found by search")
    check(all("�" not in json.dumps(patient, ensure_ascii=False) for patient in hub.search("Patient?_count=200", "his-a")), "no name has a replacement character")
    letters = [letter for letter in letters_of(hub) if letter["feed"].startswith("china")]
    same(letters, [], "dead letters of the Chinese messages")


def play_crowd(hub, sources, connections):
    ledger = Ledger("crowd", "PTD")
    threads = [threading.Thread(target=send_all, args=(hub, ledger, sources, slice(number, None, connections))) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ledger


def public_messages(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [(f"{path.relative_to(folder)}#{number}", message) for path in files for number, message in enumerate(messages_in(path.read_bytes()))]


def feeds():
    out = "".join(FEED.format(name=name, organization="341002H0001", map="v2-generic") for name in ("vectors", "public", "crowd"))
    out += 'processing = "P,T,D"\n'
    out += FEED.format(name="china-a", organization="341002H0001", map="hospital-a")
    out += FEED.format(name="china-ct", organization="341002H0001", map="hospital-a-ris")
    return out + FEED.format(name="china-b", organization="341004H0009", map="hospital-b-chemistry") + 'charset = "GBK"\n'


def play(run, shared, options):
    ack_rules.check_vectors()
    folder = run.folder / "hub"
    folder.mkdir()
    (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT) + feeds(), encoding="utf-8")
    hub = Hub(folder / "hub.toml").start()
    run.hubs.append(hub)
    ledgers = [play_vectors(hub)]
    if shared.is_dir():
        play_chinese(hub, shared / "cn/hl7v2-synthetic")
        sources = public_messages(shared / "hl7v2")
        ledgers.append(Ledger("public"))
        send_all(hub, ledgers[-1], sources)
        ledgers.append(play_crowd(hub, sources, options.connections))
    reasons = check_letters(hub, ledgers)
    for ledger in ledgers:
        print(f"{ledger.feed}: {ledger.sent} messages, " + ", ".join(f"{count} {code}" for code, count in sorted(ledger.codes.items())))
    for reason, count in reasons.most_common(40):
        print(f"  {count:5}  {reason}")
    if options.list:
        rows = {(code, str(codes), name) for ledger in ledgers for code, codes, name in ledger.odd}
        Path(options.list).write_text("".join("\t".join(map(str, row)) + "\n" for row in sorted(rows, key=str)), encoding="utf-8")
    problems = [f"{ledger.feed}: {problem}" for ledger in ledgers for problem in ledger.problems]
    for problem in problems[:200]:
        print(problem)
    same(len(problems), 0, "answers that are not the right ones")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", default=os.environ.get("HUITONG_SHARED", str(ROOT / "../shared")))
    parser.add_argument("--connections", type=int, default=6)
    parser.add_argument("--list", help="writes every refusal with its codes to this file")
    options = parser.parse_args()
    shared = Path(options.shared) / "corpora"
    with Run() as run:
        play(run, shared, options)
    if not shared.is_dir():
        print(f"skipped the public messages: {shared} is not there")


if __name__ == "__main__":
    run_script(main)
