#!/usr/bin/env python3
"""What changes in the record goes on as HL7 v2: to a peer that answers, is slow, dead, lies about the number, refuses, and over a kill -9.

    tests/scenarios/forward.py
"""
import socket
import threading
import time

from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Hub, Run, check, run_script, same, wait_for

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[[feed]]
name = "lis-a"
kind = "hl7v2"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/v2-generic"
listen = "127.0.0.1:0"
ack = "applied"
[[destination]]
name = "his-b"
kind = "hl7v2"
organization = "341004H0009"
map = "https://huitong.example/fhir/StructureMap/v2-outbound"
types = "DiagnosticReport"
connect = "127.0.0.1:{port}"
ack_wait_ms = 700
poll_ms = 50
retry_first_ms = 100
retry_max_ms = 400
"""
REPORT = ("MSH|^~\\&|LIS|341002H0001|HIP|CITY|20261120093512||ORU^R01|{number}|P|2.5.1\r"
          "PID|1||P{number}^^^341002H0001^PI||张三||19800101|F\r"
          "OBR|1|O{number}|R{number}|CBC^blood count^L|||20261120084500|||||||||||||||20261120093000||LAB|F\r"
          "OBX|1|NM|WBC^white cells^L||{value}|10*9/L|3.5-9.5|N|||F\r"
          "OBX|2|ST|ABO^blood group^L||A|||N|||F\r")


ORDER = ("MSH|^~\\&|HIS|341002H0001|HIP|CITY|20261120083000||ORM^O01|M1|P|2.4\r"
         "PID|1||P1^^^341002H0001^PI||张三||19800101|F\rPV1|1|I|||||||||||||||||V1\r"
         "ORC|NW|O77||G5||||||||8001^李建国\rOBR|1|O77||GLU^glucose^L|S|20261120090000|||||||||||||||||||||||||E11^diabetes^I10\r")
CHARGE = ("MSH|^~\\&|HIS|341002H0001|HIP|CITY|20261120093000||DFT^P03|M2|P|2.4\rEVN|P03|20261120093000\r"
          "PID|1||P1^^^341002H0001^PI||张三||19800101|F\r"
          "FT1|1|T9||20261120090000|20261120090500|CG|250403^glucose^L|||2|12.50&CNY\r")


class Peer:
    """The system outside: an MLLP server that answers as it is told."""

    def __init__(self, port=0):
        self.behaviour = "AA"
        self.received = []  # (control id, bytes) in the order of arrival
        self.server = socket.create_server(("127.0.0.1", port))
        self.port = self.server.getsockname()[1]
        self.lines = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            self.lines.append(line)
            threading.Thread(target=self.serve, args=(line,), daemon=True).start()

    def serve(self, line):
        waiting = b""
        try:
            while True:
                piece = line.recv(65536)
                if not piece:
                    return
                waiting += piece
                while b"\x1c\r" in waiting:
                    frame, _, waiting = waiting.partition(b"\x1c\r")
                    self.answer(line, frame.lstrip(b"\x0b"))
        except OSError:
            return

    def answer(self, line, message):
        control_id = message.split(b"\r")[0].split(b"|")[9].decode()
        self.received.append((control_id, message))
        behaviour, said = self.behaviour, control_id
        if behaviour == "silent":
            return
        if behaviour == "late":  # behind the hub's patience; it must not be taken for the answer to what comes next
            time.sleep(1.2)
            behaviour = "AA"
        if behaviour == "lies":
            behaviour, said = "AA", "somebody-else"
        ack = f"MSH|^~\\&|HIS|B|HUITONG|HUITONG|20261120||ACK|1|P|2.5.1\rMSA|{behaviour}|{said}\r"
        line.sendall(b"\x0b" + ack.encode() + b"\x1c\r")

    def stop(self):
        self.server.shutdown(socket.SHUT_RDWR)  # a thread that accepts would keep the port open
        self.server.close()
        for line in self.lines:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:  # the hub left before
                pass
            line.close()

    def reports(self):
        """Filler numbers in the order of their first arrival."""
        out = []
        for _, message in self.received:
            number = next(line for line in message.decode().split("\r") if line.startswith("OBR")).split("|")[3]
            if number not in out:
                out.append(number)
        return out


class Play:
    def __init__(self, run, name="hub", changes=()):
        self.peer = Peer()
        folder = run.folder / name
        folder.mkdir()
        text = CONFIGURATION.format(root=ROOT, port=self.peer.port)
        for old, new in changes:
            text = text.replace(old, new)
        (folder / "hub.toml").write_text(text, encoding="utf-8")
        self.hub = Hub(folder / "hub.toml").start()
        run.hubs.append(self.hub)

    def send(self, number, value="6.5"):
        file = self.hub.folder / f"{number}.hl7"
        file.write_bytes(REPORT.format(number=number, value=value).encode())
        check(b"MSA|AA" in self.hub.mllp("lis-a", file), f"the hub takes {number}")

    def arrived(self, *numbers):
        wait_for(f"{numbers} arrive", lambda: self.peer.reports()[-len(numbers):] == list(numbers), 20)

    def a_report_arrives_as_v2(self):
        self.send("1")
        self.arrived("R1")
        text = self.peer.received[0][1].decode()
        segments = {line[:3]: line.split("|") for line in text.split("\r") if line}
        same(segments["MSH"][8], "ORU^R01^ORU_R01", "MSH-9")
        same(segments["MSH"][4:6], ["his-b", "341004H0009"], "MSH-5 and MSH-6")
        same(segments["PID"][3].split("~")[0], "P1^^^341002H0001^PI", "PID-3")
        same([segments["PID"][5], segments["PID"][7], segments["PID"][8]], ["张三", "19800101", "F"], "name, birth, sex")
        same([segments["OBR"][3], segments["OBR"][25]], ["R1", "F"], "number and status of the report")
        results = [line.split("|") for line in text.split("\r") if line.startswith("OBX")]
        same([[one[1], one[2], one[3].split("^")[0], one[5], one[6]] for one in results],
             [["1", "NM", "WBC", "6.5", "10*9/L"], ["2", "ST", "ABO", "A", ""]], "results")
        late = self.hub.folder / "late.hl7"
        late.write_bytes(REPORT.format(number="1", value="4.4").replace("20261120093512", "20261119093512").encode())
        answer = self.hub.mllp("lis-a", late)
        check(b"MSA|AA" in answer and b"|W|" in answer, f"the sender of a report that comes too late is told so: {answer}")

    def what_came_from_elsewhere_goes_on_in_order(self):
        for number in ("2a", "2b", "2c"):
            self.send(number)
        self.arrived("R2a", "R2b", "R2c")

    def a_correction_of_one_result_sends_the_report_again(self):
        """The laboratory leaves OBR as it was: the report itself does not change."""
        self.send("C1")
        self.arrived("RC1")
        before = len(self.peer.received)
        text = REPORT.format(number="C1", value="9.1").replace("ORU^R01|C1", "ORU^R01|C1b").replace("20261120093512", "20261120103512")
        file = self.hub.folder / "correction.hl7"
        file.write_bytes((text[:text.index("OBX|2")].replace("N|||F", "N|||C")).encode())
        check(b"MSA|AA" in self.hub.mllp("lis-a", file), "the hub takes the correction")
        wait_for("the report goes again", lambda: len(self.peer.received) > before, 20)
        results = [line.split("|") for line in self.peer.received[-1][1].decode().split("\r") if line.startswith("OBX")]
        same([[one[3].split("^")[0], one[5], one[11]] for one in results], [["WBC", "9.1", "C"], ["ABO", "A", "F"]], "all results, the corrected one as such")

    def a_silent_peer_is_told_again_in_the_same_words(self):
        self.peer.behaviour = "silent"
        before = len(self.peer.received)
        self.send("3")
        wait_for("three tries", lambda: len(self.peer.received) >= before + 3, 20)
        tries = self.peer.received[before:before + 3]
        same(len(set(tries)), 1, "different words or numbers for one message")
        self.peer.behaviour = "AA"
        self.send("4")
        self.arrived("R3", "R4")

    def an_answer_with_another_number_is_no_answer(self):
        self.peer.behaviour = "lies"
        before = len(self.peer.received)
        self.send("5")
        wait_for("it is told again", lambda: len(self.peer.received) >= before + 2, 20)
        self.peer.behaviour = "AA"
        self.send("6")
        self.arrived("R5", "R6")

    def a_late_answer_is_not_that_of_the_next_message(self):
        self.peer.behaviour = "late"
        before = len(self.peer.received)
        self.send("7")
        wait_for("it is told again", lambda: len(self.peer.received) >= before + 2, 20)
        self.peer.behaviour = "AE"
        self.send("8")
        self.peer.behaviour = "AA"
        self.arrived("R7", "R8")

    def what_is_refused_is_kept_and_the_next_goes_on(self):
        self.peer.behaviour = "AE"
        self.send("9")
        self.arrived("R9")
        wait_for("it is given up", lambda: sum(b"|R9|" in message for _, message in self.peer.received) == 1 and self.quiet())
        kept = self.hub.command("feed", "undelivered", "--config", str(self.hub.configuration))
        check("DiagnosticReport/" in kept and "v2-peer-refused" in kept, f"the refused message with its reason: {kept}")
        self.peer.behaviour = "AA"
        self.send("10")
        self.arrived("R9", "R10")

    def what_was_refused_is_sent_again_when_it_is_asked_for(self):
        def command(verb, *words):
            return self.hub.command("feed", verb, "--config", str(self.hub.configuration), *words)

        first = next(message for _, message in self.peer.received if b"|R9|" in message)
        before = len(self.peer.received)
        check("his-b/" in command("resend", "--destination", "his-b"), "what will be sent again is named")
        wait_for("it comes again, in the same bytes", lambda: first in [message for _, message in self.peer.received[before:]], 20)
        wait_for("it is forgotten", lambda: command("undelivered") == "", 20)
        same(command("resend"), "", "nothing is left to send again")

    def quiet(self):
        count = len(self.peer.received)
        time.sleep(0.6)
        return count == len(self.peer.received)

    def a_dead_peer_and_a_killed_hub_lose_nothing(self):
        port = self.peer.port
        self.peer.stop()
        for number in ("11", "12", "13"):
            self.send(number)
        self.hub.kill()
        old = self.peer.received
        self.peer = Peer(port)
        self.hub.start()
        self.send("14")
        self.arrived("R11", "R12", "R13", "R14")
        for message in set(self.peer.received):
            check(message not in old, f"{message[0]} was sent again though it had been answered")
        same(len({one[0] for one in old} & {one[0] for one in self.peer.received}), 0, "numbers used twice")


def segments(message):
    return {line[:3]: line.split("|") for line in message.decode().split("\r") if line}


def orders_and_charges_go_out(run):
    """The one destination takes orders as ORM and charges, the other orders as OML."""
    for name, map_, kind in (("orm", "v2-outbound", "ORM^O01^ORM_O01"), ("oml", "v2-outbound-oml", "OML^O21^OML_O21")):
        play = Play(run, name, (('types = "DiagnosticReport"', 'types = "ServiceRequest,ChargeItem"'), ('StructureMap/v2-outbound"', f'StructureMap/{map_}"')))
        for number, message in (("order", ORDER), ("charge", CHARGE)):
            file = play.hub.folder / f"{number}.hl7"
            file.write_bytes(message.encode())
            check(b"MSA|AA" in play.hub.mllp("lis-a", file), f"the hub takes the {number}")
        wait_for("both arrive", lambda: len(play.peer.received) == 2, 20)
        order, charge = (segments(message) for _, message in play.peer.received)
        same(order["MSH"][8], kind, "MSH-9 of the order")
        same([order["PID"][3].split("^")[0], order["PV1"][2], order["PV1"][19]], ["P1", "I", "V1"], "person and visit")
        same([order["ORC"][1], order["ORC"][2], order["ORC"][5], order["ORC"][12]], ["NW", "O77", "SC", "^李建国"], "ORC")
        same([order["OBR"][2], order["OBR"][4].split("^")[0], order["OBR"][5], order["OBR"][6][:12]], ["O77", "GLU", "S", "202611200900"], "OBR")
        same(order["OBR"][31].split("^")[0], "E11", "why it is ordered")
        same(charge["MSH"][8], "DFT^P03^DFT_P03", "MSH-9 of the charge")
        same([charge["FT1"][2], charge["FT1"][6], charge["FT1"][7].split("^")[0], charge["FT1"][10], charge["FT1"][11]], ["T9", "CG", "250403", "2", "12.50&CNY"], "FT1")
        play.peer.stop()
        play.hub.stop()


ACTS = [Play.a_report_arrives_as_v2, Play.what_came_from_elsewhere_goes_on_in_order,
        Play.a_correction_of_one_result_sends_the_report_again, Play.a_silent_peer_is_told_again_in_the_same_words,
        Play.an_answer_with_another_number_is_no_answer, Play.a_late_answer_is_not_that_of_the_next_message,
        Play.what_is_refused_is_kept_and_the_next_goes_on, Play.what_was_refused_is_sent_again_when_it_is_asked_for,
        Play.a_dead_peer_and_a_killed_hub_lose_nothing]


def main():
    with Run() as run:
        play = Play(run)
        for act in ACTS:
            act(play)
            print(act.__name__.replace("_", " "))
        play.peer.stop()
        orders_and_charges_go_out(run)
        print("orders and charges go out")


if __name__ == "__main__":
    run_script(main)
