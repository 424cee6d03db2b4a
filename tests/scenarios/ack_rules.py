"""What a v2 message must be answered, found from its bytes by the rules of tests/vectors/hl7v2/ack.tsv alone: a second reading, written apart from the
product's. `check_vectors` holds it to the vectors before anything is measured with it. For feeds without settings of their own but `processing`.
Source: HL7 v2.5.1, chapter 2 (§2.5.4, §2.9.2, §2.9.3, §2.15.9), tables 0001, 0085, 0123, 0155, 0357."""
import calendar
import re

from hub import ROOT, check

TYPES = {"ADT": {f"A{number:02}" for number in range(1, 17)} | set("A18 A21 A22 A23 A25 A26 A27 A28 A29 A31 A32 A33 A34 A38 A40".split()), "ORM": {"O01"}, "ORU": {"R01"}, "DFT": {"P03"}, "MDM": set("T01 T02 T04 T06 T08 T10 T11".split()),
         "OMG": {"O19"}, "OML": {"O21"}, "OMP": {"O09"}, "RDE": {"O01", "O11", "O25"}, "RAS": {"O01", "O17"}, "RDS": {"O01", "O13"}, "VXU": {"V04"},
         "SIU": {"S12", "S13", "S14", "S15", "S26"}}
NOBODYS = re.compile('""|[-./ ]+|0+|null|none|n/a|无|不详|未知', re.IGNORECASE)
ORDERS = ("OMG", "OML", "OMP", "RDE", "RDS", "VXU")
VERSIONS = {"2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2", "2.9"}
NEEDED_SEGMENTS = {"ADT": ["PID"], "ORM": ["PID", "ORC"], "ORU": ["PID", "OBR"], "DFT": ["PID", "FT1"], "MDM": ["PID", "TXA"], "SIU": ["PID", "SCH"],
                   **{kind: ["PID", "ORC"] for kind in ORDERS if kind != "VXU"}, "VXU": ["PID"], "RAS": ["PID", "ORC", "RXA"]}
NEEDED_FIELDS = {"PID": [3], "MRG": [1], "OBR": [4], "OBX": [3]}
DATES = {"MSH": [7], "EVN": [2], "PID": [7, 29], "PV1": [44, 45], "ORC": [9], "OBR": [6, 7, 8, 14, 22], "OBX": [14, 19], "SPM": [17, 18]}
TABLES = {("PID", 8): set("AFMNOU0129") | {"男", "女", "未知"}, ("OBX", 11): set("BCDFINOPRSUVWX"), ("OBR", 25): set("ACFIMNOPRSXYZ")}
CHARSETS = {"": "", "ASCII": "ascii", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "UTF8": "utf-8", "GB18030": "gb18030", "GB 18030-2000": "gb18030",
            "GBK": "gb18030", "GB2312": "gb18030", "8859/1": "latin-1", "ISO-8859-1": "latin-1", "8859/15": "latin-1", "UNICODE": "utf-8",
            "ISO IR6": "ascii"}
HEADS = {"ORU": ["PID", "PD1", "NK1", "PV1", "PV2"], "ORM": ["PID", "PD1", "PV1", "PV2", "IN1", "IN2", "IN3", "GT1", "AL1"],
         "RAS": ["PID", "PD1", "NK1", "PV1", "PV2", "AL1"],
         **{kind: ["PID", "PD1", "NK1", "PV1", "PV2", "IN1", "IN2", "IN3", "GT1", "AL1"] for kind in ORDERS}}
ORDER_PARTS = {"ORU": {"OBR", "TQ1", "TQ2", "CTD"}, "ORM": {"OBR", "RXO"}, "RAS": {"RXO", "RXE", "RXA"},
               **{kind: {"OBR", "RXO", "RXE", "RXD", "RXA", "RXR", "RXC", "TQ1", "TQ2"} for kind in ORDERS}}


class Answer:
    """kind A, E or R; codes of table 0357, the deciding one first."""

    def __init__(self):
        self.kind, self.codes = "A", []

    def add(self, kind, code):
        if kind == "R" and self.kind != "R":
            self.codes.insert(0, code)
        else:
            self.codes.append(code)
        self.kind = max(self.kind, kind, key="AER".index)


def decoded(data):
    """The text, and whether MSH-18 names a charset that nobody knows while the text needs one."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:4] == b"M\0S\0":
        return data.decode("utf-16" if data[0] > 0x7F else "utf-16-le", "replace"), False
    data = data.removeprefix(b"\xef\xbb\xbf")
    header = re.split(rb"[\r\n]", data.lstrip(b"\r\n "))[0]
    fields = header.split(header[3:4]) if len(header) > 4 else []
    named = re.split(rb"[~^]", fields[17])[0].decode("latin-1") if len(fields) > 17 else ""
    is_plain = all(byte < 0x80 and byte != 0x1B for byte in data)
    for charset in (CHARSETS.get(named), "utf-8", "gb18030"):
        try:
            return data.decode(charset or "utf-8"), named not in CHARSETS and not is_plain
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), named not in CHARSETS and not is_plain


def segments_of(text, separator):
    """Lines end at CR, CRLF, and at LF before a segment or an empty line."""
    begins = r"(?=[A-Z][A-Z0-9]{2}(?:" + re.escape(separator) + r"|[\r\n]|$)|[\r\n]|$)"
    lines = re.split(r"\r\n?|\n" + begins, text)
    return [line for line in lines if line.strip(" \t")]


def is_calendar(year, month="01", day="01", hour="00", minute="00", second="00"):
    year, month, day, hour, minute, second = (int(part) for part in (year, month, day, hour, minute, second))
    if not (1 <= year and 1 <= month <= 12 and hour <= 23 and minute <= 59 and second <= 60):
        return False
    return 1 <= day <= calendar.monthrange(year, month)[1]


def is_date(text):
    plain = re.fullmatch(r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,9})?)?)?)?)?)?(?:[+-](?:0\d|1[0-4])[0-5]\d)?", text)
    dashed = re.fullmatch(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[ T](\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", text)
    if plain:
        return is_calendar(*[part for part in plain.groups() if part is not None])
    return bool(dashed) and is_calendar(*[part for place, part in enumerate(dashed.groups()) if part is not None and place != 1])


class Message:
    def __init__(self, text):
        self.text = text.lstrip("\r\n \t")
        self.separator = self.text[3:4]
        header = re.split(r"[\r\n]", self.text)[0]
        self.marks = header[4:].split(self.separator)[0] if len(header) > 4 else ""
        self.repetition = self.marks[1:2]

    def is_readable(self):
        marks = self.separator + self.marks
        sound = all("!" <= mark <= "~" and not mark.isalnum() for mark in marks)
        return self.text.startswith("MSH") and 0 < len(self.marks) <= 5 and sound and len(set(marks)) == len(marks)

    def split(self):
        self.segments = []
        for line in segments_of(self.text, self.separator):
            fields = line.split(self.separator)
            if fields[0] == "MSH":
                fields.insert(1, self.separator)
            self.segments.append(fields)
        self.header = self.segments[0]
        return self

    def values(self, fields, position, component=0):
        field = fields[position] if position < len(fields) else ""
        for value in field.split(self.repetition) if self.repetition else [field]:
            yield (value.split(self.marks[0]) + [""])[component].rstrip(" ")

    def names_nobody(self, fields, position):
        """Every repetition is empty or a word for "no number"."""
        field = fields[position] if position < len(fields) else ""
        pieces = field.split(self.repetition) if self.repetition else [field]
        return all(not piece.strip(" ") or NOBODYS.fullmatch(piece.split(self.marks[0])[0].rstrip(" ")) for piece in pieces)

    def head(self, position, component=0):
        return next(self.values(self.header, position, component))

    def type(self):
        kind, event = self.head(9), self.head(9, 1)
        if kind and not event:
            events = [next(self.values(fields, 1)) for fields in self.segments if fields[0] == "EVN"]
            event = events[-1] if events else {"ORU": "R01", "ORM": "O01"}.get(kind, "")
        return kind, event


def check_sequence(kind, event, names, answer):
    """Patient before order before observation; what belongs to the patient does not come after an order."""
    if kind not in HEADS or event not in TYPES[kind]:
        return
    has_order, patients, is_order_open = False, 0, False
    for name in names:
        if name == "PID":
            patients += 1
            is_order_open = False
            if kind != "ORU" and patients > 1:
                answer.add("E", 100)
        elif name in HEADS[kind]:
            if is_order_open:
                answer.add("E", 100)
        elif name == "ORC" or name in ORDER_PARTS[kind]:
            if name in ("TQ1", "TQ2", "CTD", "RXR", "RXC") and is_order_open == "observed":
                answer.add("E", 100)
            else:
                has_order = is_order_open = True
        elif name == "OBX":
            if not is_order_open:
                answer.add("E", 100)
            is_order_open = "observed"


def check_fields(message, kind, answer):
    for fields in message.segments:
        name = fields[0]
        needed = NEEDED_FIELDS.get(name, []) + [11] * (name == "OBX" and kind == "ORU") + [1] * (name == "ORC" and kind == "ORM")
        for position in needed:
            field = fields[position] if position < len(fields) else ""
            if field.strip(" ") in ("", '""') or (name in ("PID", "MRG") and message.names_nobody(fields, position)):
                answer.add("E", 101)
        for position in DATES.get(name, []):
            if any(value not in ("", '""') and not is_date(value) for value in message.values(fields, position)):
                answer.add("E", 102)
        for (segment, position), codes in TABLES.items():
            if name == segment and any(value not in ("", '""') and value not in codes for value in message.values(fields, position)):
                answer.add("E", 103)
        if name == "OBX" and next(message.values(fields, 2)) in ("DT", "TS", "DTM"):
            if any(value not in ("", '""') and not is_date(value) for value in message.values(fields, 5)):
                answer.add("E", 102)


def check_header(message, kind, event, processing, answer):
    for position in (9, 11, 12):
        if len(message.header) <= position or message.header[position].strip(" ") in ("", '""'):
            answer.add("R", 101)
    if len(message.header) <= 10 or message.header[10].strip(" ") in ("", '""'):
        answer.add("E", 101)
    elif len(message.header[10]) > 199:
        answer.add("E", 104)
    if kind and kind not in TYPES:
        answer.add("R", 200)
    elif kind and event not in TYPES[kind]:
        answer.add("R", 201)
    if message.head(11) not in ("", *processing):
        answer.add("R", 202)
    if message.head(12) not in ("", *VERSIONS):
        answer.add("R", 203)


def judged(data, processing="P"):
    """(Answer, Message or None when there is no readable header). `processing`: letters of MSH-11 that the feed takes."""
    answer = Answer()
    text, is_unknown_charset = decoded(data)
    message = Message(text)
    if not message.is_readable():
        answer.add("R", 100)
        return answer, None
    message.split()
    if is_unknown_charset:
        answer.add("E", 103)
    kind, event = message.type()
    if re.search("[\0\x0b\x1c]", message.text):
        answer.add("E", 100)
    names = [fields[0] if re.fullmatch("[A-Z][A-Z0-9]{2}", fields[0]) else "" for fields in message.segments]
    answer_to_lines = ["" for name in names if not name] + ["MSH"] * (names.count("MSH") > 1)
    for _ in answer_to_lines:
        answer.add("E", 100)
    check_header(message, kind, event, processing, answer)
    check_sequence(kind, event, names, answer)
    for needed in NEEDED_SEGMENTS.get(kind, []) if event in TYPES.get(kind, ()) or kind not in ("ORM", "ORU") else []:
        if needed not in names:
            answer.add("E", 100)
    if kind == "ADT" and event in ("A18", "A34", "A40") and "MRG" not in names:
        answer.add("E", 100)
    check_fields(message, kind, answer)
    return answer, message


def wanted(condition, kind):
    return condition == "AL" or (condition == "ER" and kind != "A") or (condition == "SU" and kind == "A")


def first_code(answer, message):
    """MSA-1 of the first answer on the wire; None: none is wanted."""
    if message is None or not (message.head(15) or message.head(16)):
        return "A" + answer.kind
    return "C" + answer.kind if wanted(message.head(15), answer.kind) else None


def check_vectors():
    rows = 0
    for line in (ROOT / "tests/vectors/hl7v2/ack.tsv").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, settings, text, wanted_code, codes = line.split("\t")[:5]
        if settings:
            continue
        answer, message = judged(text.replace("<CR>", "\r").replace("<VT>", "\x0b").encode())
        found = first_code(answer, message) or "none"
        check(found == wanted_code, f"ack_rules.py reads '{name}' as {found} {answer.codes}, the vector says {wanted_code} {codes}")
        check(not codes or answer.codes[0] == int(codes.split(",")[0]), f"ack_rules.py gives '{name}' {answer.codes}, the vector says {codes}")
        rows += 1
    return rows
