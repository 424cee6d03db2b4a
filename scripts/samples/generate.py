#!/usr/bin/env python3
"""Writes the feeds of the sample hospitals: deterministic, with planted traps, and a manifest of what each message must do.

    scripts/samples/generate.py --out DIR [--day-zero YYYY-MM-DD] [--core] [--pacs URL]
    scripts/samples/generate.py --check        # the committed samples are what this program writes

Day zero is the day on which the doctor at hospital B orders (default 2026-11-21); every date, in messages, tables and the registers under
DIR/recognition, is placed relative to it. --core writes the story's messages alone, which are the ones committed under samples/.
"""
import argparse
import csv
import datetime
import filecmp
import hashlib
import io
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

import hl7
import people as population
from hl7 import A, B, T, X

ROOT = Path(__file__).resolve().parents[2]
STORY_DAY = datetime.date(2026, 11, 21)
SEED = 341000
CBC = (("WBC", "白细胞计数", "10^9/L", "3.5-9.5", 4.0, 9.0, 1), ("RBC", "红细胞计数", "10^12/L", "3.8-5.1", 3.9, 5.0, 2),
       ("HGB", "血红蛋白", "g/L", "115-150", 116, 149, 0), ("HCT", "红细胞压积", "%", "35-45", 35, 45, 1), ("PLT", "血小板计数", "10^9/L", "125-350", 130, 340, 0))
CHEMISTRY_A = (("GLU", "葡萄糖", "mmol/L", "3.9-6.1", 4.1, 7.9, 2), ("CREA", "肌酐", "μmol/L", "41-81", 45, 98, 0), ("ALT", "谷丙转氨酶", "U/L", "7--40", 9, 60, 0),
               ("TC", "总胆固醇", "mmol/L", "＜5.2", 3.4, 6.4, 2))
CHEMISTRY_B = (("GLU", "葡萄糖", "mg/dL", "70-110", 76, 140, 0), ("CREA", "肌酐", "mg/dl", "0.5-1.1", 0.5, 1.2, 1), ("UA", "尿酸", "mg/dl", "2.3-6.1", 2.4, 7.0, 1))
LIS_B = (("XB001", "白细胞", "10*9/L", "3.5～9.5", 4.0, 9.0, 1), ("XB002", "红细胞", "10*12/L", "3.8～5.1", 3.9, 5.0, 2), ("XB003", "血红蛋白", "g/L", "115～150", 116, 149, 0),
         ("XB004", "红细胞压积", "%", "35～45", 35, 45, 1), ("XB005", "血小板", "10*9/L", "125～350", 130, 340, 0))
DIAGNOSES = (("GXY01", "高血压病"), ("TNB02", "2型糖尿病"), ("GXB01", "冠心病"), ("SHG01", "上呼吸道感染"), ("WY001", "慢性胃炎"), ("GZX01", "高脂血症"), ("SB001", "慢性肾脏病"))
WHOLE_BLOOD = "BLD&全血&HL70487^^^静脉"
SERUM = "SER&血清&HL70487"


class Samples:
    def __init__(self, out, day_zero, pacs):
        self.out, self.day, self.pacs = Path(out), day_zero, pacs
        self.rng = random.Random(SEED)
        self.people = population.people(self.rng, A, B, T, X)
        self.by_name = {person.name: person for person in self.people}
        self.entries, self.control = [], 0

    def at(self, days, hours, minutes=0, seconds=0):
        """A moment `days` after day zero (negative: before)."""
        return datetime.datetime.combine(self.day, datetime.time()) + datetime.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    def next_control(self, letter):
        self.control += 1
        return f"{letter}{self.day:%y%m%d}{self.control:05d}"

    def between(self, low, high, digits):
        return f"{low + (high - low) * self.rng.random():.{digits}f}"

    def save(self, path, text, charset, *, feed, organization, patients, results, ack, effect, traps=(), phase="history", control="", at=None, data=None):
        data = text.encode(charset) if data is None else data
        target = self.out / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        self.entries.append({"file": path, "feed": feed, "organization": organization, "charset": charset, "control": control,
                             "sent": at.isoformat() + "+08:00" if at else "", "patients": [person.name for person in patients], "results": results,
                             "phase": phase, "ack": ack, "effect": effect, "traps": list(traps), "sha256": hashlib.sha256(data).hexdigest()})
        return data

    def oru_a(self, path, person, group, values, *, collected, reported, filler, placer="", status="F", item_status=None, effect="stored", ack="AA", control="",
              sent=None, specimen=WHOLE_BLOOD, application="LIS", **more):
        traps, phase, mark = more.pop("traps", ()), more.pop("phase", "history"), more.pop("mark", "")
        control = control or self.next_control("A")
        sent = sent or reported + datetime.timedelta(minutes=5)
        rows = [(code, name, "NM", value, unit, interval, "N", item_status or status) for code, name, value, unit, interval in values]
        text = hl7.lis_a_result(control, sent, person, filler=filler, placer=placer or "SQ" + filler[2:], group=group, specimen=specimen, collected=collected,
                                reported=reported, values=rows, status=status, mark=mark, application=application, **more)
        self.save(path, text, "gb18030", feed="lis-a", organization=A, patients=[person], results=len(rows), ack=ack, effect=effect, traps=traps, phase=phase,
                  control=control, at=sent)

    def draw(self, table):
        return [(code, name, self.between(low, high, digits), unit, interval) for code, name, unit, interval, low, high, digits in table]


def filler(prefix, day, number):
    return f"{prefix}{day:%Y%m%d}{number:03d}"


def story_a(s):
    """Hospital A: the good case of the key person, its correction, a partial panel."""
    key = s.by_name["王秀英"]
    sent = s.at(-1, 8, 10)
    control = s.next_control("A")
    s.save("hospital-a/adt_a04_key_person.hl7", hl7.adt("A04", control, sent, key, key.ids[A]), "gb18030", feed="his-a", organization=A, patients=[key], results=0,
           ack="AA", effect="stored", phase="story", control=control, at=sent)
    collected, reported = s.at(-1, 8, 45), s.at(-1, 9, 25)
    values = [("WBC", "白细胞计数", "6.8", "10^9/L", "3.5-9.5"), ("RBC", "红细胞计数", "4.21", "10^12/L", "3.8-5.1"), ("HGB", "血红蛋白", "126", "g/L", "115-150"),
              ("PLT", "血小板计数", "215", "10^9/L", "125-350"), ("HCT", "红细胞压积", "38.2", "%", "35-45")]
    number = filler("JY", collected.date(), 1)
    common = dict(collected=collected, filler=number, placer=filler("TSQ", collected.date(), 1), mark="全国HR")
    control = s.next_control("A")
    s.oru_a("hospital-a/oru_cbc_key_person.hl7", key, ("XCG-A", "血常规五分类"), values, reported=reported, control=control, sent=s.at(-1, 9, 35), phase="story", **common)
    s.oru_a("hospital-a/oru_cbc_key_person_again.hl7", key, ("XCG-A", "血常规五分类"), values, reported=reported, control=control, sent=s.at(-1, 9, 35), phase="resend",
            effect="duplicate", traps=["duplicate: the same bytes once more, no second copy"], **common)
    s.oru_a("hospital-a/oru_cbc_key_person_new_control.hl7", key, ("XCG-A", "血常规五分类"), values, reported=reported, sent=s.at(-1, 9, 50), phase="resend",
            effect="unchanged", traps=["duplicate: the same report under a new control id, no second report"], **common)
    corrected = [(code, name, "121" if code == "HGB" else value, unit, interval) for code, name, value, unit, interval in values]
    s.oru_a("hospital-a/oru_cbc_key_person_corrected.hl7", key, ("XCG-A", "血常规五分类"), corrected, reported=s.at(0, 10), sent=s.at(0, 10), status="C", phase="after-adoption",
            effect="new version", traps=["corrected: OBX-11=C, HGB 126 becomes 121; the adopter is notified"], **common)
    other = s.by_name["汪建国"]
    collected = s.at(-1, 9, 5)
    s.oru_a("hospital-a/oru_cbc_without_hct.hl7", other, ("XCG-A", "血常规五分类"), [row for row in s.draw(CBC) if row[0] != "HCT"], collected=collected,
            reported=s.at(-1, 9, 55), filler=filler("JY", collected.date(), 2), phase="story", mark="全国HR", traps=["partial: HCT missing, the panel is recognised in part (R25)"])


def story_traps(s):
    """Names with delimiter bytes, a newborn with its mother's number, people who share what nobody should share."""
    trail = [("陈弢", "8F7C ends in |"), ("周瓅", "AD7C ends in |"), ("郑玘", "AB5E ends in ^"), ("韩璣", "AD5E ends in ^"), ("李昞", "955C ends in \\"),
             ("吴誠", "D55C ends in \\"), ("邓珇", "AB7E ends in ~"), ("龚䶮", "FE9F, which glibc's GBK refuses"), ("欧阳𬭎", "four bytes 9933A932")]
    for index, (name, why) in enumerate(trail):
        person = s.by_name[name]
        control, sent = s.next_control("A"), s.at(-1, 7, 30 + index)
        s.save(f"hospital-a/adt_a04_bytes_{index + 1}.hl7", hl7.adt("A04", control, sent, person, person.ids[A]), "gb18030", feed="his-a", organization=A, patients=[person],
               results=0, ack="AA", effect="stored", phase="story", control=control, at=sent, traps=[f"character bytes: {why}; decode before splitting"])
    for name in ("朱秀珍", "洪大海"):
        person = s.by_name[name]
        control, sent = s.next_control("A"), s.at(-2, 7)
        s.save(f"hospital-a/adt_a04_one_phone_{person.sex.lower()}.hl7", hl7.adt("A04", control, sent, person, person.ids[A]), "gb18030", feed="his-a", organization=A,
               patients=[person], results=0, ack="AA", effect="stored", phase="story", control=control, at=sent, traps=["two people with one phone: never joined"])
    mother = s.by_name["李敏"]
    birth = s.at(-3, 4, 12)
    baby = population.Person("李敏之女", "LI MIN ZHI NV", "F", f"{birth:%Y%m%d}", mother.id_number, mother.phone, mother.address, {A: "0001299001"})
    for name, person, ward, traps in (("adt_a01_mother", mother, "产科^12^3^5012", []),
                                      ("adt_a01_newborn_with_mothers_number", baby, "新生儿科^1^1^5013", ["mother's ID number on a newborn: never joined with the mother"])):
        control, sent = s.next_control("A"), s.at(-3, 6)
        s.save(f"hospital-a/{name}.hl7", hl7.adt("A01", control, sent, person, person.ids[A], ward=ward), "gb18030", feed="his-a", organization=A, patients=[person],
               results=0, ack="AA", effect="stored", phase="story", control=control, at=sent, traps=traps)
    cases = (("程素芬", "x", population.old_id_number, "the 15-digit ID number is the same person's"),
             ("胡平安", "wide", lambda n: "".join(chr(ord(c) + 0xFEE0) for c in n), "full-width digits in the ID number"),
             ("方玉兰", "check", lambda n: n[:-1] + ("0" if n[-1] != "0" else "1"), "a wrong check digit: no evidence of identity"),
             ("江志强", "none", lambda n: "无", "无 in place of an ID number"))
    for name, key, change, why in cases:
        person = s.by_name[name]
        control, sent = s.next_control("A"), s.at(-2, 8)
        text = hl7.adt("A08", control, sent, person, person.ids[A], id_text=change(person.id_number))
        s.save(f"hospital-a/adt_a08_id_{key}.hl7", text, "gb18030", feed="his-a", organization=A, patients=[person], results=0, ack="AA", effect="stored", phase="story",
               control=control, at=sent, traps=[f"ID number: {why}"])
    person = s.by_name["许桂花"]
    control, sent = s.next_control("A"), s.at(-2, 9)
    s.save("hospital-a/adt_a04_other_name_same_number.hl7", hl7.adt("A04", control, sent, person, "0001299002", name="XU GUIHUI^许桂辉"), "gb18030", feed="his-a", organization=A,
           patients=[person], results=0, ack="AA", effect="review", phase="story", control=control, at=sent, traps=["the same ID number and birth date under another name: review"])
    person = s.by_name["吴根生"]
    for event, local, merged in (("A28", "0001299003", ""), ("A40", person.ids[A], "0001299003")):
        control, sent = s.next_control("A"), s.at(-2, 10, 5 if merged else 0)
        s.save(f"hospital-a/adt_{event.lower()}_double_record.hl7", hl7.adt(event, control, sent, person, local, merged=merged), "gb18030", feed="his-a", organization=A,
               patients=[person], results=0, ack="AA", effect="merged" if merged else "stored", phase="story", control=control, at=sent)


def story_refused(s):
    """What must not get in, with the answer it must get (tests/vectors/hl7v2/ack.tsv)."""
    person = s.by_name["汪建国"]
    base = hl7.lis_a_result("Z00001", s.at(-1, 11), person, filler="JYZ1", placer="SQZ1", group=("XCG-A", "血常规五分类"), specimen=WHOLE_BLOOD, collected=s.at(-1, 10),
                            reported=s.at(-1, 10, 50), values=[("WBC", "白细胞计数", "NM", "6.1", "10^9/L", "3.5-9.5", "N", "F")])
    local = f"{person.ids[A]}|{person.ids[A]}^^^{A}^PI~{person.id_number}^^^GA^NI"
    cases = (("no_patient_id", "AE", base.replace(f"PID|1|{local}", "PID|1||"), "PID-3 is missing"),
             ("bad_date", "AE", base.replace(f"|||{hl7.stamp(s.at(-1, 10))}|", "|||20260230093000|"), "OBR-7 is no day of the calendar"),
             ("unknown_type", "AR", base.replace("ORU^R01", "ZZZ^Z01"), "a message type nobody takes"),
             ("unknown_version", "AR", base.replace("|P|2.4|", "|P|9.9|"), "a version that does not exist"),
             ("test_message", "AR", base.replace("|P|2.4|", "|D|2.4|"), "processing id D at a production feed"))
    for index, (name, ack, text, why) in enumerate(cases, 1):
        assert text != base, name
        text = text.replace("Z00001", f"Z0000{index}")
        s.save(f"hospital-a/refused_{name}.hl7", text, "gb18030", feed="lis-a", organization=A, patients=[person], results=0, ack=ack, effect="refused", phase="refused",
               control=f"Z0000{index}", at=s.at(-1, 11), traps=[why])
    text = base.replace(f"|LIS|{A}|", "|LIS|341099H9999|").replace("Z00001", "Z00009")
    s.save("hospital-a/unknown_organization.hl7", text, "gb18030", feed="lis-a", organization="341099H9999", patients=[person], results=1, ack="AA", effect="dead letter",
           phase="refused", control="Z00009", at=s.at(-1, 11), traps=["an institution that is not on the register: kept, with the reason"])
    text = base.replace("WBC^白细胞计数", "NEWITEM^新项目").replace("Z00001", "Z00010").replace("JYZ1", "JYZ2").replace("SQZ1", "SQZ2")
    s.save("hospital-a/unmapped_item.hl7", text, "gb18030", feed="lis-a", organization=A, patients=[person], results=1, ack="AA", effect="stored, unmapped", phase="refused",
           control="Z00010", at=s.at(-1, 11), traps=["a local code without a map row: a gap, never recognised"])


def story_b(s):
    """Hospital B's analyser: mg/dL, no charset, after its certificate has run out; and once before."""
    key = s.by_name["王秀英"]
    values = [("GLU", "葡萄糖", "113", "mg/dL", "70-110", "↑"), ("CREA", "肌酐", "0.9", "mg/dl", "0.5-1.1", ""), ("UA", "尿酸", "4.8", "mg/dl", "2.3-6.1", "")]
    traps = ["mg/dL: the LOINC changes with the unit", "charset: GBK without MSH-18", "dates: birth date with dashes, sex as 2, an arrow for a flag",
             "lapsed: the laboratory's certificate ended three weeks before"]
    control = s.next_control("B")
    text = hl7.chemistry_b(control, s.at(-2, 10, 15), key, filler="L778", collected=s.at(-2, 8), reported=s.at(-2, 10, 10), values=values)
    s.save("hospital-b/chemistry/oru_chemistry_key_person.hl7", text, "gb18030", feed="chemistry-b", organization=B, patients=[key], results=3, ack="AA", effect="stored",
           phase="story", control=control, at=s.at(-2, 10, 15), traps=traps)


def story_x(s):
    key = s.by_name["王秀英"]
    laboratory_result(s, "lab-x/oru_hcv_key_person.hl7", key, -2, ("HCVAB", "丙型肝炎病毒抗体", "阴性"), phase="story",
                      traps=["no certificate: the laboratory never took part for HCV (EQA-NONE)"])


def laboratory_result(s, path, person, day, value, phase="history", traps=()):
    code, name, text = value
    control, sent = s.next_control("X"), s.at(day, 15, 30)
    message = hl7.lis_a_result(control, sent, person, filler=f"XR{control[1:]}", placer=f"XS{control[1:]}", group=("GR", "感染标志物"), specimen=SERUM, collected=s.at(day, 8, 20),
                               reported=s.at(day, 15), values=[(code, name, "ST", text, "", "阴性", "", "F")], sender=X, application="XLIMS", device="Roche^cobas e801",
                               charset="UNICODE UTF-8")
    s.save(path, message, "utf-8", feed="lab-x", organization=X, patients=[person], results=1, ack="AA", effect="stored", phase=phase, control=control, at=sent, traps=traps)


def township(s, person, index, phase):
    """The township hospital: an order by FHIR push, CT metadata as DICOM JSON, and A's report about the images."""
    suffix = "key_person" if phase == "story" else f"{index:02d}"
    ordered = s.at(-1 if phase == "story" else -20 * index, 8, 20)
    placer = filler("TSQ", ordered.date(), index + 1)
    bundle = order_bundle(person, placer, ordered)
    s.save(f"township/bundle_order_{suffix}.json", json.dumps(bundle, ensure_ascii=False, indent=1) + "\n", "utf-8", feed="township", organization=T, patients=[person], results=0,
           ack="200", effect="stored", phase=phase, at=ordered)
    taken = s.at(-3 if phase == "story" else -20 * index, 15, 30)
    accession = filler("CT", taken.date(), index + 1)
    uid = study_uid(accession)
    s.save(f"township/dicom/ct_chest_{suffix}.json", json.dumps(dicom_metadata(person, accession, uid, taken, s.pacs), ensure_ascii=False, indent=1) + "\n", "utf-8", feed="dicom-t",
           organization=T, patients=[person], results=0, ack="200", effect="stored", phase=phase, at=taken)
    control, sent = s.next_control("A"), taken + datetime.timedelta(minutes=35)
    text = hl7.ct_report(control, sent, person, filler=accession, placer="SQ" + accession, taken=taken, findings="两肺纹理清晰，未见明显结节影。", impression="两肺未见明显异常。",
                         study_uid=uid)
    s.save(f"hospital-a/oru_ct_{suffix}.hl7", text, "utf-8", feed="ris-a", organization=A, patients=[person], results=1, ack="CA", effect="stored", phase=phase, control=control, at=sent,
           traps=["images of the township, report of A: the certificate is looked up at the township"] if phase == "story" else [])


def order_bundle(person, placer, ordered):
    local = f"urn:huitong:organization:{T}:patient"
    patient = {"resourceType": "Patient", "identifier": [{"system": local, "value": person.ids[T]}, {"system": "urn:oid:2.16.156.10011.1.3", "value": person.id_number}],
               "name": [{"use": "official", "text": person.name}], "telecom": [{"system": "phone", "value": person.phone}],
               "gender": "female" if person.sex == "F" else "male", "birthDate": f"{person.birth[:4]}-{person.birth[4:6]}-{person.birth[6:]}",
               "managingOrganization": {"identifier": {"system": "urn:oid:2.16.156.10011.1.5", "value": T}}}
    order_system = f"urn:huitong:organization:{T}:order"
    order = {"resourceType": "ServiceRequest", "identifier": [{"system": order_system, "value": placer}], "status": "active", "intent": "order",
             "code": {"coding": [{"system": f"urn:huitong:organization:{T}:order-item", "code": "XCG-T", "display": "血细胞分析"}]},
             "subject": {"reference": "urn:uuid:" + uuid_of("patient", person.ids[T])}, "authoredOn": ordered.isoformat() + "+08:00",
             "requester": {"identifier": {"system": "urn:oid:2.16.156.10011.1.5", "value": T}}}
    entries = [(patient, "patient", person.ids[T], f"identifier={local}|{person.ids[T]}"), (order, "order", placer, f"identifier={order_system}|{placer}")]
    return {"resourceType": "Bundle", "type": "transaction",
            "entry": [{"fullUrl": "urn:uuid:" + uuid_of(kind, number), "resource": resource,
                       "request": {"method": "POST", "url": resource["resourceType"], "ifNoneExist": condition}} for resource, kind, number, condition in entries]}


def uuid_of(kind, number):
    digest = hashlib.sha256(f"{kind} {number}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def study_uid(accession):
    return "2.25." + str(int(hashlib.sha256(accession.encode()).hexdigest()[:30], 16))


def dicom_metadata(person, accession, uid, taken, pacs):
    def tag(vr, *values):
        return {"vr": vr, "Value": list(values)} if values else {"vr": vr}

    out = []
    for number in (1, 2):
        out.append({"00080005": tag("CS", "ISO_IR 192"), "00080016": tag("UI", "1.2.840.10008.5.1.4.1.1.2"), "00080018": tag("UI", f"{uid}.1.{number}"),
                    "00080020": tag("DA", f"{taken:%Y%m%d}"), "00080030": tag("TM", f"{taken:%H%M%S}"), "00080050": tag("SH", accession), "00080060": tag("CS", "CT"),
                    "00080080": tag("LO", "歙县东关镇卫生院"), "00080201": tag("SH", "+0800"), "00081030": tag("LO", "胸部CT平扫"), "00081190": tag("UR", f"{pacs}/studies/{uid}"),
                    "00100010": tag("PN", {"Alphabetic": person.pinyin.replace(" ", "^"), "Ideographic": person.name}), "00100020": tag("LO", person.ids[T]),
                    "00100021": tag("LO", T), "00100030": tag("DA", person.birth), "00100040": tag("CS", person.sex), "00180010": tag("LO"), "00180015": tag("CS", "CHEST"),
                    "00180050": tag("DS", 1.0), "0020000D": tag("UI", uid), "0020000E": tag("UI", f"{uid}.1"), "00200011": tag("IS", 1), "00200013": tag("IS", number),
                    "00201208": tag("IS", 2), "00080056": tag("CS", "ONLINE")})
    return out


def table(header, rows):
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def mixed(moment, index):
    """Dates of a county's table: two habits in one column."""
    return moment.strftime("%Y-%m-%d %H:%M:%S") if index % 2 == 0 else moment.strftime("%Y/%m/%d %H:%M")


def tables_b(s, patients, phase, day):
    """Hospital B's CSV drops in GBK: patients, diagnoses, results; all cells strings, soft deletes, updates of a row."""
    stem = "" if phase == "story" else f"_{-day:03d}"
    moment = s.at(day, 6)
    rows = [[p.ids[B], p.name, "男" if p.sex == "M" else "女", f"{p.birth[:4]}-{p.birth[4:6]}-{p.birth[6:]}", "01", p.id_number.lower(), p.phone, p.address, mixed(moment, i), "0"]
            for i, p in enumerate(patients)]
    common = dict(organization=B, patients=patients, ack="read", effect="stored", phase=phase, at=moment)
    s.save(f"hospital-b/his/patients{stem}.csv", table(["患者编号", "姓名", "性别", "出生日期", "证件类型", "证件号码", "联系电话", "住址", "更新时间", "删除标志"], rows), "gb18030",
           feed="his-b-patients", results=0, traps=["a lower-case x in ID numbers", "two date formats in one column"], **common)
    rows = []
    for i, p in enumerate(patients):
        code, name = DIAGNOSES[i % len(DIAGNOSES)]
        rows.append([f"MZ{s.day:%y}{p.ids[B]}{-day:03d}", p.ids[B], code, name, mixed(s.at(day, 8, i), i), "1", mixed(moment, i), "0"])
    rows.append(rows[0][:-1] + ["1"])
    s.save(f"hospital-b/his/diagnoses{stem}.csv", table(["就诊号", "患者编号", "诊断编码", "诊断名称", "诊断时间", "诊断顺位", "更新时间", "删除标志"], rows), "gb18030",
           feed="his-b-diagnoses", results=0, traps=["soft delete: the first diagnosis again with 删除标志 1"], **common)
    rows = []
    for i, p in enumerate(patients):
        report = f"BY{s.at(day, 0):%Y%m%d}{i + 1:03d}"
        for code, name, value, unit, interval in s.draw(LIS_B):
            rows.append([report, p.ids[B], p.name, code, name, value, unit, interval, "", "全血", mixed(s.at(day, 8, i), i), mixed(s.at(day, 9, 30 + i), i), "已审核", mixed(s.at(day, 9, 31 + i), i)])
    header = ["报告单号", "患者编号", "姓名", "项目编码", "项目名称", "结果", "单位", "参考范围", "标志", "标本", "采样时间", "报告时间", "报告状态", "更新时间"]
    s.save(f"hospital-b/lis/results{stem}.csv", table(header, rows), "gb18030", feed="lis-b", results=len(rows), traps=["ranges with ～", "failed certificate: blood count of B (EQA-FAIL)"], **common)


def history(s):
    """A year of ordinary work, so that lists, windows and statistics have something to stand on."""
    for index, person in enumerate(s.people):
        day = -7 - int(s.rng.random() * 350)
        collected = s.at(day, 7, int(s.rng.random() * 170))
        reported = collected + datetime.timedelta(minutes=50)
        number = filler("JY", collected.date(), 100 + index)
        s.oru_a(f"hospital-a/history/oru_cbc_{index + 1:03d}.hl7", person, ("XCG-A", "血常规五分类"), s.draw(CBC), collected=collected, reported=reported, filler=number)
        if index % 2 == 0:
            s.oru_a(f"hospital-a/history/oru_chemistry_{index + 1:03d}.hl7", person, ("SHQT-A", "生化检验"), s.draw(CHEMISTRY_A), collected=collected,
                    reported=reported, filler=filler("JS", collected.date(), 100 + index), specimen=SERUM, device="Roche^cobas 8000", mark="安徽HR")
        if index == 30:
            s.oru_a("hospital-a/history/oru_cbc_haemolysed.hl7", person, ("XCG-A", "血常规五分类"), s.draw(CBC), collected=s.at(-2, 8), reported=s.at(-2, 9),
                    filler=filler("JH", s.at(-2, 8).date(), 1), quality="溶血", mark="全国HR", traps=["specimen flagged as haemolysed in OBR-13"])
        if index % 20 == 3:
            # sent as preliminary first, final afterwards; the late preliminary must not undo it
            values = s.draw(CBC)
            first = dict(collected=collected, reported=reported, filler=filler("JP", collected.date(), 100 + index))
            s.oru_a(f"hospital-a/history/oru_cbc_{index + 1:03d}_preliminary.hl7", person, ("XCG-A", "血常规五分类"), values, status="P", traps=["preliminary, then final"], **first)
            s.oru_a(f"hospital-a/history/oru_cbc_{index + 1:03d}_final.hl7", person, ("XCG-A", "血常规五分类"), values, effect="new version", traps=["preliminary, then final"], **first)
        if X in person.ids:
            value = ("HBSAG", "乙型肝炎表面抗原", "阴性") if index % 2 else ("HCVAB", "丙型肝炎病毒抗体", "阴性" if index % 4 else "阳性")
            laboratory_result(s, f"lab-x/history/oru_{index + 1:03d}.hl7", person, day, value)
    county = [person for person in s.people if B in person.ids]
    for index, person in enumerate(county):
        day = -3 - int(s.rng.random() * 350)
        control, collected = s.next_control("B"), s.at(day, 8, index)
        values = [(code, name, value, unit, interval, "") for code, name, value, unit, interval in s.draw(CHEMISTRY_B)]
        traps = ["mg/dL", "charset: GBK without MSH-18"] + (["lapsed certificate"] if day > -21 else [])
        text = hl7.chemistry_b(control, s.at(day, 10, index), person, filler=f"L{900 + index}", collected=collected, reported=s.at(day, 9, index), values=values)
        s.save(f"hospital-b/chemistry/history/oru_{index + 1:03d}.hl7", text, "gb18030", feed="chemistry-b", organization=B, patients=[person], results=3, ack="AA", effect="stored",
               control=control, at=s.at(day, 10, index), traps=traps)
    tables_b(s, county[:10], "history", -200)
    tables_b(s, county[10:20], "history", -90)
    for index, person in enumerate([person for person in s.people if T in person.ids][1:], 1):
        township(s, person, index, "history")


def renewal(s):
    """B's next certificate, to be appended to the register after the story: valid from the day after the old one ended."""
    rows = [["HS-2027-CH-0009", B, "chemistry", "", "city", "3410", "黄山", "pass", str(s.at(-20, 0).date()), str(s.at(344, 0).date())]]
    header = ["id", "laboratory", "item_group", "item", "level", "area", "area_label", "result", "valid_from", "valid_to"]
    (s.out / "eqa_renewal.csv").write_bytes(table(header, rows).replace("\r\n", "\n").encode("utf-8"))


def registers(s):
    """The registers, with every date moved as the story is: a certificate that had run out has run out on any day."""
    shift = s.day - STORY_DAY
    source, target = ROOT / "terminology/recognition", s.out / "recognition"
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.md"))
    for name in ("institutions.csv", "eqa.csv", "catalogue.csv"):
        lines = (source / name).read_text(encoding="utf-8").split("\n")
        out = []
        for line in lines:
            cells = line.split(",")
            if not line.startswith("#") and len(cells) > 2:
                cells[-2:] = [str(datetime.date.fromisoformat(cell) + shift) if cell[:1].isdigit() else cell for cell in cells[-2:]]
            out.append(",".join(cells) if not line.startswith("#") else line)
        (target / name).write_text("\n".join(out), encoding="utf-8")


def write(out, day_zero, core, pacs):
    s = Samples(out, day_zero, pacs)
    story_a(s)
    story_traps(s)
    story_refused(s)
    story_b(s)
    story_x(s)
    township(s, s.by_name["王秀英"], 0, "story")
    tables_b(s, [person for person in s.people if B in person.ids][:6], "story", -4)
    renewal(s)
    if not core:
        history(s)
        registers(s)
    phases = {"history": 0, "story": 1, "resend": 2, "refused": 3, "after-adoption": 4}
    s.entries.sort(key=lambda entry: (phases[entry["phase"]], entry["sent"]))
    manifest = {"day_zero": str(day_zero), "seed": SEED, "people": len(s.people), "messages": len(s.entries), "results": sum(entry["results"] for entry in s.entries),
                "phases": list(phases), "feeds": sorted({entry["feed"] for entry in s.entries}), "entries": s.entries}
    (s.out / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return manifest


def check():
    """The committed samples are exactly what --core writes for the story's day."""
    with tempfile.TemporaryDirectory() as fresh:
        manifest = write(fresh, STORY_DAY, True, PACS)
        wrong = [entry["file"] for entry in manifest["entries"] + [{"file": "manifest.json"}, {"file": "eqa_renewal.csv"}]
                 if not (ROOT / "samples" / entry["file"]).is_file() or not filecmp.cmp(ROOT / "samples" / entry["file"], Path(fresh) / entry["file"], shallow=False)]
    for name in wrong:
        print("differs or is missing: samples/" + name)
    return 1 if wrong else 0


PACS = "http://127.0.0.1:8042/dicom-web"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", help="folder to write to")
    parser.add_argument("--day-zero", type=datetime.date.fromisoformat, default=STORY_DAY)
    parser.add_argument("--core", action="store_true", help="the story's messages alone")
    parser.add_argument("--pacs", default=PACS, help="where the township's images are served (DICOMweb)")
    parser.add_argument("--check", action="store_true", help="compare the committed samples with what would be written")
    options = parser.parse_args()
    if options.check:
        return check()
    if not options.out:
        parser.error("--out is needed")
    manifest = write(options.out, options.day_zero, options.core, options.pacs)
    print(f"{manifest['messages']} messages, {manifest['results']} results of {manifest['people']} people, day zero {manifest['day_zero']}: {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
