"""The township hospital: an order by FHIR push, CT metadata as DICOM JSON, and hospital A's report about the images."""
import datetime
import hashlib
import json

import hl7
from hl7 import A, T
from writer import filler

ORGANIZATION = "urn:oid:2.16.156.10011.1.5"
ID_NUMBER = "urn:oid:2.16.156.10011.1.3"


def township(s, person, index, phase):
    story = phase == "story"
    suffix = "key_person" if story else f"{index:02d}"
    common = {"organization": T, "patients": [person], "ack": "200", "phase": phase}
    ordered = s.at(-1 if story else -20 * index, 8, 20)
    bundle = order_bundle(person, filler("TSQ", ordered, index + 1), ordered)
    s.save(f"township/bundle_order_{suffix}.json", text_of(bundle), "utf-8", feed="township", sent=ordered, **common)
    taken = s.at(-3 if story else -20 * index, 15, 30)
    accession = filler("CT", taken, index + 1)
    uid = "2.25." + str(int(hashlib.sha256(accession.encode()).hexdigest()[:30], 16))
    instances = [instance(person, accession, uid, taken, s.pacs, number) for number in (1, 2)]
    s.save(f"township/dicom/ct_chest_{suffix}.json", text_of(instances), "utf-8", feed="dicom-t", sent=taken, **common)
    control, sent = s.next_control("A"), taken + datetime.timedelta(minutes=35)
    text = hl7.ct_report(control, sent, person, filler=accession, placer="SQ" + accession, taken=taken, findings="两肺纹理清晰，未见明显结节影。",
                         impression="两肺未见明显异常。", study_uid=uid)
    traps = ["images of the township, report of A: the certificate is looked up at the township"] if story else []
    s.save(f"hospital-a/oru_ct_{suffix}.hl7", text, "utf-8", feed="ris-a", organization=A, patients=[person], sent=sent, results=1, ack="CA",
           phase=phase, control=control, traps=traps)


def text_of(value):
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def uuid_of(kind, number):
    digest = hashlib.sha256(f"{kind} {number}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def order_bundle(person, placer, ordered):
    """A transaction that may be sent twice: both resources are created only if their identifier is new."""
    local, orders = f"urn:huitong:organization:{T}:patient", f"urn:huitong:organization:{T}:order"
    patient = {"resourceType": "Patient",
               "identifier": [{"system": local, "value": person.ids[T]}, {"system": ID_NUMBER, "value": person.id_number}],
               "name": [{"use": "official", "text": person.name}],
               "telecom": [{"system": "phone", "value": person.phone}],
               "gender": "female" if person.sex == "F" else "male",
               "birthDate": f"{person.birth[:4]}-{person.birth[4:6]}-{person.birth[6:]}",
               "managingOrganization": {"identifier": {"system": ORGANIZATION, "value": T}}}
    order = {"resourceType": "ServiceRequest", "identifier": [{"system": orders, "value": placer}], "status": "active", "intent": "order",
             "code": {"coding": [{"system": f"urn:huitong:organization:{T}:order-item", "code": "XCG-T", "display": "血细胞分析"}]},
             "subject": {"reference": "urn:uuid:" + uuid_of("patient", person.ids[T])},
             "authoredOn": ordered.isoformat() + "+08:00",
             "requester": {"identifier": {"system": ORGANIZATION, "value": T}}}
    parts = ((patient, "patient", local, person.ids[T]), (order, "order", orders, placer))
    return {"resourceType": "Bundle", "type": "transaction",
            "entry": [{"fullUrl": "urn:uuid:" + uuid_of(kind, number), "resource": resource,
                       "request": {"method": "POST", "url": resource["resourceType"], "ifNoneExist": f"identifier={system}|{number}"}}
                      for resource, kind, system, number in parts]}


def instance(person, accession, uid, taken, pacs, number):
    """One CT instance in the DICOM JSON model (PS3.18 Annex F), metadata only."""
    def tag(vr, *values):
        return {"vr": vr, "Value": list(values)} if values else {"vr": vr}

    return {"00080005": tag("CS", "ISO_IR 192"), "00080016": tag("UI", "1.2.840.10008.5.1.4.1.1.2"),
            "00080018": tag("UI", f"{uid}.1.{number}"), "00080020": tag("DA", f"{taken:%Y%m%d}"), "00080030": tag("TM", f"{taken:%H%M%S}"),
            "00080050": tag("SH", accession), "00080056": tag("CS", "ONLINE"), "00080060": tag("CS", "CT"),
            "00080080": tag("LO", "歙县东关镇卫生院"), "00080201": tag("SH", "+0800"), "00081030": tag("LO", "胸部CT平扫"),
            "00081190": tag("UR", f"{pacs}/studies/{uid}"),
            "00100010": tag("PN", {"Alphabetic": person.pinyin.replace(" ", "^"), "Ideographic": person.name}),
            "00100020": tag("LO", person.ids[T]), "00100021": tag("LO", T), "00100030": tag("DA", person.birth),
            "00100040": tag("CS", person.sex), "00180010": tag("LO"), "00180015": tag("CS", "CHEST"), "00180050": tag("DS", 1.0),
            "0020000D": tag("UI", uid), "0020000E": tag("UI", f"{uid}.1"), "00200011": tag("IS", 1), "00200013": tag("IS", number),
            "00201208": tag("IS", 2)}
