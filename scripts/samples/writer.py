"""Writes sample files and keeps the manifest: what each message is, the answer it must get and what it must do."""
import csv
import datetime
import hashlib
import io
import random
from pathlib import Path

import hl7
import people as population
from hl7 import A, B, T, X

SEED = 341000
WHOLE_BLOOD = "BLD&全血&HL70487^^^静脉"
SERUM = "SER&血清&HL70487"
BLOOD_COUNT = ("XCG-A", "血常规五分类")
# code, name, unit as the sender writes it, range, low and high of the values drawn, digits
CBC = (("WBC", "白细胞计数", "10^9/L", "3.5-9.5", 4.0, 9.0, 1), ("RBC", "红细胞计数", "10^12/L", "3.8-5.1", 3.9, 5.0, 2),
       ("HGB", "血红蛋白", "g/L", "115-150", 116, 149, 0), ("HCT", "红细胞压积", "%", "35-45", 35, 45, 1),
       ("PLT", "血小板计数", "10^9/L", "125-350", 130, 340, 0))
CHEMISTRY_A = (("GLU", "葡萄糖", "mmol/L", "3.9-6.1", 4.1, 7.9, 2), ("CREA", "肌酐", "μmol/L", "41-81", 45, 98, 0),
               ("ALT", "谷丙转氨酶", "U/L", "7--40", 9, 60, 0), ("TC", "总胆固醇", "mmol/L", "＜5.2", 3.4, 6.4, 2))
CHEMISTRY_B = (("GLU", "葡萄糖", "mg/dL", "70-110", 76, 140, 0), ("CREA", "肌酐", "mg/dl", "0.5-1.1", 0.5, 1.2, 1),
               ("UA", "尿酸", "mg/dl", "2.3-6.1", 2.4, 7.0, 1))
LIS_B = (("XB001", "白细胞", "10*9/L", "3.5～9.5", 4.0, 9.0, 1), ("XB002", "红细胞", "10*12/L", "3.8～5.1", 3.9, 5.0, 2),
         ("XB003", "血红蛋白", "g/L", "115～150", 116, 149, 0), ("XB004", "红细胞压积", "%", "35～45", 35, 45, 1),
         ("XB005", "血小板", "10*9/L", "125～350", 130, 340, 0))


def filler(prefix, day, number):
    return f"{prefix}{day:%Y%m%d}{number:03d}"


def table(header, rows, line_end="\r\n"):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


class Samples:
    def __init__(self, out, day_zero, pacs):
        self.out, self.day, self.pacs = Path(out), day_zero, pacs
        self.rng = random.Random(SEED)
        self.people = population.people(self.rng, A, B, T, X)
        self.by_name = {person.name: person for person in self.people}
        self.entries, self.control = [], 0

    def at(self, days, hours, minutes=0):
        """A moment `days` after day zero (negative: before)."""
        midnight = datetime.datetime.combine(self.day, datetime.time())
        return midnight + datetime.timedelta(days=days, hours=hours, minutes=minutes)

    def next_control(self, letter):
        self.control += 1
        return f"{letter}{self.day:%y%m%d}{self.control:05d}"

    def draw(self, items):
        def value(low, high, digits):
            return f"{low + (high - low) * self.rng.random():.{digits}f}"
        return [(code, name, value(low, high, digits), unit, interval) for code, name, unit, interval, low, high, digits in items]

    def save(self, path, text, charset, *, feed, organization, patients, sent, results=0, ack="AA", effect="stored", phase="history",
             control="", traps=()):
        data = text.encode(charset)
        target = self.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self.entries.append({"file": path, "feed": feed, "organization": organization, "charset": charset, "control": control,
                             "sent": sent.isoformat() + "+08:00", "patients": [person.name for person in patients], "results": results,
                             "phase": phase, "ack": ack, "effect": effect, "traps": list(traps),
                             "sha256": hashlib.sha256(data).hexdigest()})

    def adt(self, path, event, person, sent, *, local="", ward="", id_text=None, merged="", name=None, **expected):
        """An ADT message of hospital A."""
        control = self.next_control("A")
        text = hl7.adt(event, control, sent, person, local or person.ids[A], ward=ward, id_text=id_text, merged=merged, name=name)
        self.save(f"hospital-a/{path}.hl7", text, "gb18030", feed="his-a", organization=A, patients=[person], sent=sent, control=control,
                  **{"phase": "story", **expected})

    def result_a(self, path, person, values, *, collected, reported, number, group=BLOOD_COUNT, placer="", status="F", control="", sent=None,
                 specimen=WHOLE_BLOOD, mark="", quality="", device="Sysmex^XN-1000", **expected):
        """A laboratory report of hospital A."""
        control = control or self.next_control("A")
        sent = sent or reported + datetime.timedelta(minutes=5)
        rows = [(code, name, "NM", value, unit, interval, "N", status) for code, name, value, unit, interval in values]
        text = hl7.lis_result(control, sent, person, filler=number, placer=placer or "SQ" + number[2:], group=group, specimen=specimen,
                              collected=collected, reported=reported, values=rows, status=status, mark=mark, quality=quality, device=device)
        self.save(f"hospital-a/{path}.hl7", text, "gb18030", feed="lis-a", organization=A, patients=[person], sent=sent,
                  results=len(rows), control=control, **expected)

    def result_b(self, path, person, values, *, collected, reported, sent, number, **expected):
        """A report of hospital B's chemistry analyser."""
        control = self.next_control("B")
        text = hl7.chemistry_b(control, sent, person, filler=number, collected=collected, reported=reported, values=values)
        self.save(f"hospital-b/chemistry/{path}.hl7", text, "gb18030", feed="chemistry-b", organization=B, patients=[person], sent=sent,
                  results=len(values), control=control, **expected)

    def result_x(self, path, person, day, item, **expected):
        """A marker of infection by the third-party laboratory."""
        code, name, value = item
        control, sent = self.next_control("X"), self.at(day, 15, 30)
        text = hl7.lis_result(control, sent, person, filler=f"XR{control[1:]}", placer=f"XS{control[1:]}", group=("GR", "感染标志物"),
                              specimen=SERUM, collected=self.at(day, 8, 20), reported=self.at(day, 15), sender=X, application="XLIMS",
                              values=[(code, name, "ST", value, "", "阴性", "", "F")], method="CLIA^化学发光免疫分析^L",
                              device="Roche^cobas e801", charset="UNICODE UTF-8")
        self.save(f"lab-x/{path}.hl7", text, "utf-8", feed="lab-x", organization=X, patients=[person], sent=sent, results=1, control=control,
                  **expected)
