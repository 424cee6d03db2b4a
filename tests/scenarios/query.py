#!/usr/bin/env python3
"""A hospital's system asks over MLLP who a person is (QBP Q22) and under which numbers others know him (Q23).

    tests/scenarios/query.py
"""

from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Hub, Run, check, run_script, same

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[demo]
unassigned_regions = true
[[feed]]
name = "his-a"
kind = "hl7v2"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/v2-generic"
listen = "127.0.0.1:0"
types = "ADT^*,ORU^R01,QBP^Q22,QBP^Q23,QBP^Q11"
[[feed]]
name = "his-b"
kind = "hl7v2"
organization = "341004H0009"
map = "https://huitong.example/fhir/StructureMap/v2-generic"
listen = "127.0.0.1:0"
"""
PERSON = ("MSH|^~\\&|HIS|{house}|HIP|CITY|20261120093512||ADT^A28|{control}|P|2.5.1\r"
          "PID|1||{number}^^^{house}^PI~{citizen}^^^^NI||{name}||{birth}|F|||{city}\r")
QUERY = ("MSH|^~\\&|HIS|341002H0001|HIP|CITY|20261120093512||QBP^{event}^QBP_Q21|{control}|P|2.5.1\r"
         "QPD|{kind}|TAG{control}|{asked}\r{more}")


class Play:
    def __init__(self, run):
        folder = run.folder / "hub"
        folder.mkdir()
        (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT), encoding="utf-8")
        self.hub = Hub(folder / "hub.toml").start()
        run.hubs.append(self.hub)
        self.count = 0

    def send(self, feed, message):
        file = self.hub.folder / "message.hl7"
        file.write_bytes(message.encode())
        answer = self.hub.mllp(feed, file).decode().strip("\x0b\x1c\r\n")
        segments = [line.split("|") for line in answer.split("\r") if line]
        return {line[0]: line for line in segments}, [line for line in segments if line[0] == "PID"]

    def person(self, feed, house, number, citizen, name, birth, city=""):
        self.count += 1
        segments, _ = self.send(feed, PERSON.format(house=house, number=number, citizen=citizen, name=name, birth=birth, control=f"A{self.count}",
                                                    city=f"^^{city}" if city else ""))
        same(segments["MSA"][1], "AA", f"{number} is taken")

    def ask(self, event, asked, more=""):
        self.count += 1
        kind = {"Q22": "Q22^Find Candidates^HL70471", "Q23": "Q23^Get Corresponding IDs^HL70471", "Q11": "Z91^Results of a person^HUITONG"}[event]
        segments, persons = self.send("his-a", QUERY.format(event=event, kind=kind, asked=asked, more=more, control=f"Q{self.count}"))
        same(segments["MSA"][2], f"Q{self.count}", "MSA-2")
        same(segments["QAK"][1], f"TAGQ{self.count}", "QAK-1")
        return segments, persons

    def run(self):
        self.person("his-a", "341002H0001", "P1", "990102198811070023", "张三", "19881107", "黄山")
        self.person("his-b", "341004H0009", "B77", "990102198811070023", "张三", "19881107")
        for number in range(2, 7):
            self.person("his-a", "341002H0001", f"P{number}", "无", "李四", f"1990010{number}")
        self.hub.settle()

        segments, persons = self.ask("Q22", "@PID.5.1^张三~@PID.7^19881107")
        same([segments["MSH"][8], segments["MSA"][1], segments["QAK"][2]], ["RSP^K22^RSP_K21", "AA", "OK"], "a person by name and birth")
        same(sorted(line[3].split("~")[0] for line in persons), ["B77^^^341004H0009^PI", "P1^^^341002H0001^PI"], "his records")
        same({(line[5], line[7], line[8]) for line in persons}, {("张三", "19881107", "F")}, "name, birth, sex")
        segments, persons = self.ask("Q22", "@PID.3.1^P1~@PID.3.4^341002H0001")
        same([line[3].split("^")[0] for line in persons], ["P1"], "a person by number")
        segments, persons = self.ask("Q22", "@PID.5.1^王五")
        same([segments["MSA"][1], segments["QAK"][2], persons], ["AA", "NF", []], "nobody")
        segments, _ = self.ask("Q22", "@PID.99^1")
        same([segments["MSA"][1], segments["QAK"][2], segments["ERR"][3].split("^")[0]], ["AE", "AE", "102"], "a field that is none")

        seen, pointer = [], ""
        for _ in range(3):
            segments, persons = self.ask("Q22", "@PID.5.1^李四", "RCP|I|2^RD\r" + (f"DSC|{pointer}|I\r" if pointer else ""))
            same(segments["QAK"][4], "5", "QAK-4, all that there are")
            seen += [line[3].split("^")[0] for line in persons]
            pointer = segments["DSC"][1] if "DSC" in segments else ""
        same([sorted(seen), pointer], [[f"P{number}" for number in range(2, 7)], ""], "page by page")

        segments, persons = self.ask("Q23", "P1^^^341002H0001^PI")
        same([segments["MSH"][8], segments["QAK"][2]], ["RSP^K23^RSP_K23", "OK"], "numbers of a person")
        check("B77^^^341004H0009^PI" in persons[0][3].split("~"), f"the other house's number: {persons}")
        check("P1^" not in persons[0][3], "not the number that was asked with")
        segments, persons = self.ask("Q23", "P1^^^341002H0001^PI|^^^341099X0001")
        same([segments["MSA"][1], segments["QAK"][2]], ["AA", "NF"], "a house that does not know him")
        segments, _ = self.ask("Q23", "NOBODY^^^341002H0001^PI")
        same([segments["MSA"][1], segments["QAK"][2], segments["ERR"][3].split("^")[0]], ["AE", "AE", "204"], "a number that nobody has")
        self.results()
        segments, _ = self.send("his-b", QUERY.format(event="Q22", kind="Q22", asked="@PID.5.1^张三", more="", control="X"))
        same(segments["MSA"][1], "AR", "a feed that does not list QBP")
        log = b"".join(file.read_bytes() for file in (self.hub.folder / "data/access-log").rglob("*") if file.is_file())
        check(log.count(b"feed:his-a") >= 9, "questions in the access log")
        check(b"Observation/" in log, "what was shown in the access log")

    def result(self, feed, house, number, report, item, value, day):
        self.count += 1
        segments, _ = self.send(feed, f"MSH|^~\\&|LIS|{house}|HIP|CITY|{day}093512||ORU^R01|R{self.count}|P|2.5.1\rPID|1||{number}^^^{house}^PI\r"
                                      f"OBR|1||{report}|XCG^血常规^L|||{day}080000||||||||||||||||||F\rOBX|1|NM|{item}^{item}^L||{value}|g/L|||||F\r")
        same(segments["MSA"][1], "AA", f"{report} is taken")

    def results(self):
        """Reports of a person at every institution, newest first, page by page."""
        self.result("his-a", "341002H0001", "P1", "L1", "HGB", "126", "20261101")
        self.result("his-b", "341004H0009", "B77", "L2", "HGB", "118", "20261110")
        self.hub.settle()
        segments, _ = self.ask("Q11", "P1^^^341002H0001^PI")
        same([segments["MSH"][8], segments["QAK"][2], segments["QAK"][4]], ["RSP^K11^RSP_K11", "OK", "2"], "reports of a person")
        seen, pointer = [], ""
        for _ in range(2):
            segments, persons = self.ask("Q11", "P1^^^341002H0001^PI", "RCP|I|1^RD\r" + (f"DSC|{pointer}|I\r" if pointer else ""))
            seen.append((segments["OBR"][3], segments["OBX"][5], len(persons)))
            pointer = segments["DSC"][1] if "DSC" in segments else ""
        same([seen, pointer], [[("L2", "118", 1), ("L1", "126", 1)], ""], "newest first, page by page, from both houses")
        segments, _ = self.ask("Q11", "P1^^^341002H0001^PI||20261105^20261130")
        same([segments["QAK"][4], segments["OBR"][3]], ["1", "L2"], "of some days")
        segments, _ = self.ask("Q11", "P1^^^341002H0001^PI|ANOTHER^^L")
        same(segments["QAK"][2], "NF", "of another kind")
        segments, _ = self.ask("Q11", "NOBODY^^^341002H0001^PI")
        same(segments["MSA"][1], "AE", "reports of nobody")


def main():
    with Run() as run:
        Play(run).run()
    print("queries over MLLP: persons found page by page, numbers and reports of a person, refusals in words")


if __name__ == "__main__":
    run_script(main)
