"""HL7 v2 messages of the sample senders, each with the habits of its kind of system."""
A, B, T, X = "341002H0001", "341004H0009", "341021H0101", "341003L0001"


def stamp(moment):
    return moment.strftime("%Y%m%d%H%M%S")


def assemble(segments):
    return "\r".join(segments) + "\r"


def lis_a_pid(person, local, id_text=None):
    """PID-5 as pinyin^Chinese; the ID number in PID-3 and PID-19; the health card beside."""
    number = person.id_number if id_text is None else id_text
    identifiers = f"{local}^^^{A}^PI" + (f"~{number}^^^GA^NI" if number else "") + (f"~{person.card}^^^YB^HC" if person.card else "")
    return (f"PID|1|{local}|{identifiers}||{person.pinyin}^{person.name}||{person.birth}|{person.sex}|||{person.address}"
            f"||{person.phone}||||||{number}|||汉族")


def adt(event, control, sent, person, local, *, ward="", id_text=None, merged="", name=None):
    """ADT of hospital A, v2.4 in GB18030."""
    shown = lis_a_pid(person, local, id_text)
    if name:
        shown = shown.replace(f"{person.pinyin}^{person.name}", name)
    segments = [f"MSH|^~\\&|HIS|{A}|HIP|341000PLAT|{stamp(sent)}||ADT^{event}|{control}|P|2.4|||||CHN|GB 18030-2000",
                f"EVN|{event}|{stamp(sent)}", shown]
    if merged:
        segments.append(f"MRG|{merged}^^^{A}^PI")
    elif event in ("A01", "A03", "A04", "A08"):
        kind = "I" if ward else "O"
        place = ward or "1023^^^内科门诊"
        segments.append(f"PV1|1|{kind}|{place}||||8001^李建国|||01||||||||{'ZY' if ward else 'MZ'}|{kind}P{control[1:]}")
    return assemble(segments)


def lis_result(control, sent, person, *, filler, placer, group, specimen, collected, reported, values, status="F", mark="", quality="",
               sender=A, application="LIS", method="", device="Sysmex^XN-1000", charset="GB 18030-2000"):
    """ORU of a laboratory system, v2.4: values are (code, name, type, value, unit, range, flag, status)."""
    code, name = group
    pid = lis_a_pid(person, person.ids[A]) if sender == A else plain_pid(person, person.ids[sender], sender)
    segments = [f"MSH|^~\\&|{application}|{sender}|HIP|341000PLAT|{stamp(sent)}||ORU^R01|{control}|P|2.4|||||CHN|{charset}",
                pid,
                f"PV1|1|O|1023^^^内科门诊||||8001^李建国|||01||||||||MZ|OP{filler[2:]}",
                f"ORC|RE|{placer}|{filler}||CM",
                f"OBR|1|{placer}|{filler}|{code}^{name}^L|||{stamp(collected)}||||||{quality}|{stamp(collected)}|{specimen}"
                f"|8001^李建国||||||{stamp(reported)}||LAB|{status}"]
    for index, (item, label, kind, value, unit, interval, flag, item_status) in enumerate(values, 1):
        segments.append(f"OBX|{index}|{kind}|{item}^{label}^L||{value}|{unit}|{interval}|{flag}|||{item_status}"
                        f"|||{stamp(reported)}|{sender}|JY01^陈技师|{method}|{device}")
    if mark:
        segments.append(f"NTE|1|L|互认标识：{mark}；本结果仅对该标本负责")
    return assemble(segments)


def plain_pid(person, local, sender):
    return (f"PID|1||{local}^^^{sender}^PI~{person.id_number}^^^GA^NI||{person.name}||{person.birth}"
            f"|{person.sex}|||||||||||{person.id_number}")


def chemistry_b(control, sent, person, *, filler, collected, reported, values, specimen="SER&血清&HL70487"):
    """The county's analyser: v2.3.1, GBK without MSH-18, dashes in the birth date, sex as 1/2, arrows for flags, units as it likes."""
    birth = f"{person.birth[:4]}-{person.birth[4:6]}-{person.birth[6:]}"
    sex = "1" if person.sex == "M" else "2"
    segments = [f"MSH|^~\\&|BS2000|{B}|HIP|341000PLAT|{stamp(sent)}||ORU^R01|{control}|P|2.3.1",
                f"PID|1||{person.ids[B]}^^^{B}^PI||{person.name}||{birth}|{sex}|||||||||||{person.id_number}",
                f"OBR|1||{filler}|SH^生化检验|||{stamp(collected)}||||||||{specimen}|||||||{stamp(reported)}|||F"]
    for index, (code, name, value, unit, interval, flag) in enumerate(values, 1):
        segments.append(f"OBX|{index}|NM|{code}^{name}||{value}|{unit}|{interval}|{flag}|||F")
    return assemble(segments)


def ct_report(control, sent, person, *, filler, placer, taken, findings, impression, study_uid):
    """RIS of hospital A in UTF-8 and enhanced mode (MSH-15 AL, MSH-16 NE).

    The images were taken at the township, the report was written at A; findings and impression are told apart in OBX-3.
    """
    segments = [f"MSH|^~\\&|RIS|{A}|HIP|341000PLAT|{stamp(sent)}||ORU^R01|{control}|P|2.4|||AL|NE|CHN|UNICODE UTF-8",
                lis_a_pid(person, person.ids[A]),
                f"PV1|1|O|1031^^^影像科||||9001^赵启明|||01||||||||MZ|OP{control[1:]}",
                f"ORC|RE|{placer}|{filler}||CM",
                f"OBR|1|{placer}|{filler}|CTXB-A^胸部CT平扫^L|||{stamp(taken)}|||||||||9001^赵启明||||||{stamp(sent)}||CT|F",
                f"OBX|1|TX|CTXB-A&GDT^检查所见^L||{findings}||||||F|||{stamp(taken)}|{T}",
                f"OBX|2|TX|CTXB-A&IMP^诊断意见^L||{impression}||||||F|||{stamp(taken)}|{A}",
                f"OBX|3|RP|CTXB-A&RP^影像^L||{study_uid}^{T}^Application^DICOM||||||F|||{stamp(taken)}|{T}"]
    return assemble(segments)
