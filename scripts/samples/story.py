"""The story's messages: the key person at all senders, the planted traps, and what must be refused."""
import hl7
import people as population
from hl7 import A
from writer import BLOOD_COUNT, CBC, WHOLE_BLOOD, filler

KEY = "王秀英"


def blood_count(s):
    """Hospital A: the good case of the key person, sent again, corrected; and a panel with a member missing."""
    key = s.by_name[KEY]
    s.adt("adt_a04_key_person", "A04", key, s.at(-1, 8, 10))
    collected, reported = s.at(-1, 8, 45), s.at(-1, 9, 25)
    values = [("WBC", "白细胞计数", "6.8", "10^9/L", "3.5-9.5"), ("RBC", "红细胞计数", "4.21", "10^12/L", "3.8-5.1"),
              ("HGB", "血红蛋白", "126", "g/L", "115-150"), ("PLT", "血小板计数", "215", "10^9/L", "125-350"),
              ("HCT", "红细胞压积", "38.2", "%", "35-45")]
    report = {"collected": collected, "number": filler("JY", collected, 1), "placer": filler("TSQ", collected, 1), "mark": "全国HR"}
    first = {"reported": reported, "sent": s.at(-1, 9, 35), "control": s.next_control("A"), **report}
    s.result_a("oru_cbc_key_person", key, values, phase="story", **first)
    s.result_a("oru_cbc_key_person_again", key, values, phase="resend", effect="duplicate",
               traps=["duplicate: the same bytes once more, no second copy"], **first)
    s.result_a("oru_cbc_key_person_new_control", key, values, reported=reported, sent=s.at(-1, 9, 50), phase="resend", effect="unchanged",
               traps=["duplicate: the same report under a new control id, no second report"], **report)
    corrected = [(code, name, "121" if code == "HGB" else value, unit, interval) for code, name, value, unit, interval in values]
    s.result_a("oru_cbc_key_person_corrected", key, corrected, reported=s.at(0, 10), sent=s.at(0, 10), status="C", phase="after-adoption",
               effect="new version", traps=["corrected: OBX-11=C, HGB 126 becomes 121; the adopter is notified"], **report)
    collected = s.at(-1, 9, 5)
    s.result_a("oru_cbc_without_hct", s.by_name["汪建国"], [row for row in s.draw(CBC) if row[0] != "HCT"], collected=collected,
               reported=s.at(-1, 9, 55), number=filler("JY", collected, 2), phase="story", mark="全国HR",
               traps=["partial: HCT missing, the panel is recognised in part (R25)"])


def names(s):
    """Names whose bytes hold delimiters, or that need four bytes."""
    cases = (("陈弢", "8F7C ends in |"), ("周瓅", "AD7C ends in |"), ("郑玘", "AB5E ends in ^"), ("韩璣", "AD5E ends in ^"),
             ("李昞", "955C ends in \\"), ("吴誠", "D55C ends in \\"), ("邓珇", "AB7E ends in ~"),
             ("龚䶮", "FE9F, which glibc's GBK refuses"), ("欧阳𬭎", "four bytes 9933A932"))
    for index, (name, why) in enumerate(cases):
        s.adt(f"adt_a04_bytes_{index + 1}", "A04", s.by_name[name], s.at(-1, 7, 30 + index),
              traps=[f"character bytes: {why}; decode before splitting"])


def identities(s):
    """People who share what nobody should share, and ID numbers as they are really typed."""
    for name in ("朱秀珍", "洪大海"):
        person = s.by_name[name]
        s.adt(f"adt_a04_one_phone_{person.sex.lower()}", "A04", person, s.at(-2, 7), traps=["two people with one phone: never joined"])
    mother = s.by_name["李敏"]
    baby = population.Person("李敏之女", "LI MIN ZHI NV", "F", f"{s.at(-3, 4):%Y%m%d}", mother.id_number, mother.phone, mother.address,
                             {A: "0001299001"})
    s.adt("adt_a01_mother", "A01", mother, s.at(-3, 6), ward="产科^12^3^5012")
    s.adt("adt_a01_newborn_with_mothers_number", "A01", baby, s.at(-3, 6), ward="新生儿科^1^1^5013",
          traps=["mother's ID number on a newborn: never joined with the mother"])
    cases = (("程素芬", "x", population.old_id_number, "the 15-digit ID number is the same person's"),
             ("胡平安", "wide", lambda n: "".join(chr(ord(c) + 0xFEE0) for c in n), "full-width digits in the ID number"),
             ("方玉兰", "check", lambda n: n[:-1] + ("0" if n[-1] != "0" else "1"), "a wrong check digit: no evidence of identity"),
             ("江志强", "none", lambda n: "无", "无 in place of an ID number"))
    for name, key, change, why in cases:
        person = s.by_name[name]
        s.adt(f"adt_a08_id_{key}", "A08", person, s.at(-2, 8), id_text=change(person.id_number), traps=[f"ID number: {why}"])
    s.adt("adt_a04_other_name_same_number", "A04", s.by_name["许桂花"], s.at(-2, 9), local="0001299002", name="XU GUIHUI^许桂辉",
          effect="review", traps=["the same ID number and birth date under another name: review"])
    double = s.by_name["吴根生"]
    s.adt("adt_a28_double_record", "A28", double, s.at(-2, 10), local="0001299003")
    s.adt("adt_a40_double_record", "A40", double, s.at(-2, 10, 5), merged="0001299003", effect="merged")


def refused(s):
    """What must not get in, with the answer it must get (tests/vectors/hl7v2/ack.tsv), and what is kept with a reason."""
    person = s.by_name["汪建国"]
    collected, sent = s.at(-1, 10), s.at(-1, 11)
    base = hl7.lis_result("Z00001", sent, person, filler="JYZ1", placer="SQZ1", group=BLOOD_COUNT, specimen=WHOLE_BLOOD,
                          collected=collected, reported=s.at(-1, 10, 50),
                          values=[("WBC", "白细胞计数", "NM", "6.1", "10^9/L", "3.5-9.5", "N", "F")])
    identifiers = hl7.lis_a_pid(person, person.ids[A]).split("||")[0]
    no_day = f"{collected.year}0230093000"
    cases = (("no_patient_id", "AE", base.replace(identifiers, "PID|1||"), "PID-3 is missing"),
             ("bad_date", "AE", base.replace(f"|||{hl7.stamp(collected)}|", f"|||{no_day}|"), "OBR-7 is no day of the calendar"),
             ("unknown_type", "AR", base.replace("ORU^R01", "ZZZ^Z01"), "a message type nobody takes"),
             ("unknown_version", "AR", base.replace("|P|2.4|", "|P|9.9|"), "a version that does not exist"),
             ("test_message", "AR", base.replace("|P|2.4|", "|D|2.4|"), "processing id D at a production feed"))
    common = {"feed": "lis-a", "patients": [person], "sent": sent, "phase": "refused"}
    for index, (name, ack, text, why) in enumerate(cases, 1):
        assert text != base, name
        control = f"Z0000{index}"
        s.save(f"hospital-a/refused_{name}.hl7", text.replace("Z00001", control), "gb18030", organization=A, ack=ack, effect="refused",
               control=control, traps=[why], **common)
    text = base.replace(f"|LIS|{A}|", "|LIS|341099H9999|").replace("Z00001", "Z00009")
    s.save("hospital-a/unknown_organization.hl7", text, "gb18030", organization="341099H9999", results=1, effect="dead letter",
           control="Z00009", traps=["an institution that is not on the register: kept, with the reason"], **common)
    text = base.replace("WBC^白细胞计数", "NEWITEM^新项目").replace("Z00001", "Z00010").replace("JYZ1", "JYZ2").replace("SQZ1", "SQZ2")
    s.save("hospital-a/unmapped_item.hl7", text, "gb18030", organization=A, results=1, effect="stored, unmapped", control="Z00010",
           traps=["a local code without a map row: a gap, never recognised"], **common)


def chemistry(s):
    """Hospital B's analyser: mg/dL, no charset, after its certificate has run out."""
    values = [("GLU", "葡萄糖", "113", "mg/dL", "70-110", "↑"), ("CREA", "肌酐", "0.9", "mg/dl", "0.5-1.1", ""),
              ("UA", "尿酸", "4.8", "mg/dl", "2.3-6.1", "")]
    s.result_b("oru_chemistry_key_person", s.by_name[KEY], values, collected=s.at(-2, 8), reported=s.at(-2, 10, 10),
               sent=s.at(-2, 10, 15), number="L778", phase="story",
               traps=["mg/dL: the LOINC changes with the unit", "charset: GBK without MSH-18",
                      "dates: birth date with dashes, sex as 2, an arrow for a flag",
                      "lapsed: the laboratory's certificate ended three weeks before"])


def infection(s):
    s.result_x("oru_hcv_key_person", s.by_name[KEY], -2, ("HCVAB", "丙型肝炎病毒抗体", "阴性"), phase="story",
               traps=["no certificate: the laboratory never took part for HCV (EQA-NONE)"])
