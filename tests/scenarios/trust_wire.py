"""Checks N27 to N48: hostile input over HTTP and MLLP. Each is a function of the World of trust.py."""
import gzip
import socket
import threading
import time

from hub import check, same

PATIENT = {"resourceType": "Patient"}


def http(path, body=b"", headers="", method="POST", world=None):
    token = world.token("clinic")
    return (f"{method} {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nContent-Type: application/fhir+json\r\n{headers}\r\n").encode() + body


def refused(answer, status, code):
    same((answer.status, answer.code()), (status, code), "status and issue")


def n27_doctype(world):
    body = '<?xml version="1.0"?><!DOCTYPE Patient [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><language value="&x;"/></Patient>'
    answer = world.peer.call("POST", "/fhir/Patient", world.token("clinic"), body, {"Content-Type": "application/fhir+xml"})
    refused(answer, 400, "structure")
    check(b"root:" not in answer.body, "text of the file came back")


def n28_entity_bomb(world):
    entities = "".join(f'<!ENTITY a{i} "{("&a%d;" % (i - 1)) * 10}">' for i in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">{entities}]><Patient xmlns="http://hl7.org/fhir"><language value="&a9;"/></Patient>'
    before = time.monotonic()
    refused(world.peer.call("POST", "/fhir/Patient", world.token("clinic"), body, {"Content-Type": "application/fhir+xml"}), 400, "structure")
    check(time.monotonic() - before < 2, "took too long")


def n29_depth(world):
    for depth in (10_000, 1_000_000):
        body = '{"resourceType":"Patient","extension":' + '[{"extension":' * depth + "[]" + "}]" * depth + "}"
        answer = world.peer.call("POST", "/fhir/Patient", world.token("clinic"), body)
        refused(answer, 400, "structure")
    same(world.peer.call("GET", "/livez").status, 200, "alive")


def n30_too_long(world):
    head = http("/fhir/Patient", headers="Content-Length: 99999999999\r\n", world=world)
    same(world.peer.raw_status(head), (413, "too-long"), "Content-Length")
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    same(world.peer.raw_status(http("/fhir/Patient", chunk * 20, "Transfer-Encoding: chunked\r\n", world=world)), (413, "too-long"), "chunked")


def n31_gzip_bomb(world):
    packed = gzip.compress(b'{"resourceType":"Patient","language":"' + b"a" * (256 << 20) + b'"}', 9)
    before = world.memory()
    answer = world.peer.call("POST", "/fhir/Patient", world.token("clinic"), packed, {"Content-Encoding": "gzip"})
    check(answer.status in (400, 413, 415), f"answered {answer.status}")  # 400: a hub that reads no compressed bodies
    check(world.memory() - before < 80 << 20, "memory grew")


def n32_slow_headers(world):
    slow = [socket.create_connection((world.peer.host, world.peer.port)) for _ in range(200)]
    for connection in slow:
        connection.sendall(b"GET /fhir/metadata HTTP/1.1\r\n")
    before = time.monotonic()
    same(world.peer.call("GET", "/livez").status, 200, "a normal client meanwhile")
    check(time.monotonic() - before < 2, "a normal client had to wait")
    end = time.monotonic() + 15
    for connection in slow:
        connection.settimeout(max(1, end - time.monotonic()))
        try:
            answer = connection.recv(100)
        except TimeoutError:
            raise AssertionError("a slow connection is still open") from None
        check(answer == b"" or b" 408 " in answer, f"answered {answer!r}")
        connection.close()


def n33_smuggling(world):
    body = b'{"resourceType":"Patient"}'
    for headers in ("Content-Length: 26\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 26\r\nContent-Length: 27\r\n",
                    "Content-Length: 26\r\nX-Folded: a\r\n b\r\n"):
        status, code = world.peer.raw_status(http("/fhir/Patient", body, headers, world=world))
        check((status, code) in ((400, "structure"), (400, "invalid")), f"{headers!r}: {status} {code}")


def n34_duplicate_member(world):
    refused(world.peer.call("POST", "/fhir/Patient", world.token("clinic"), '{"resourceType":"Patient","active":true,"active":false}'), 400, "structure")


def n35_bad_text(world):
    for text in (b'{"resourceType":"Patient","language":"\xff\xfe"}', b'{"resourceType":"Patient","language":"\\ud800"}',
                 b'{"resourceType":"Patient","language":"a\\u0000b"}', b'\xef\xbb\xbf{"resourceType":"Patient"}'):
        refused(world.peer.call("POST", "/fhir/Patient", world.token("clinic"), text), 400, "invalid")


def n36_costly_searches(world):
    chain = "subject:Patient.organization.partof.partof.partof.partof.name=x"
    for query in ("Observation?" + chain, "Observation?code=" + ",".join(str(i) for i in range(1_500))):
        refused(world.peer.call("GET", "/fhir/" + query, world.token("clinic"), headers={"Prefer": "handling=strict"}), 400, "too-costly")
    same(world.peer.call("GET", "/fhir/Observation?_count=1000000", world.token("clinic")).status, 200, "a count is capped")


def n38_scripts(world):
    for div in ("<script>alert(1)</script>", '<p onload=\\"x()\\">a</p>', '<a href=\\"javascript:x()\\">a</a>', "<svg><circle/></svg>"):
        body = '{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\">' + div + '</div>"}}'
        refused(world.peer.call("POST", "/fhir/Patient", world.token("clinic"), body), 422, "invariant")


def n39_inner_endpoints(world):
    for endpoint in ("http://169.254.169.254/latest", "http://[::1]/x", "http://127.0.0.1:22/", "http://10.1.2.3/", "http://localhost/", "http://2130706433/",
                     "http://[::ffff:127.0.0.1]/", "file:///etc/passwd", "http://a.example@192.168.0.1/"):
        body = {"resourceType": "Subscription", "status": "requested", "reason": "x", "criteria": "Observation?code=x",
                "channel": {"type": "rest-hook", "endpoint": endpoint}}
        refused(world.peer.call("POST", "/fhir/Subscription", world.token("clinic"), body), 422, "business-rule")


def n40_paths(world):
    for path in ("Binary/..%2f..%2fetc%2fpasswd", "Binary/..%2e%2e", "Binary/%2e%2e%2f%2e%2e"):
        refused(world.peer.call("GET", "/fhir/" + path, world.token("clinic")), 400, "invalid")


def n41_injection(world):
    answer = world.peer.call("GET", "/fhir/Patient?name=%27%20OR%201%3D1--", world.token("clinic"))
    same((answer.status, answer.json().get("total", 0), answer.json().get("entry", [])), (200, 0, []), "answer")
    refused(world.peer.call("GET", "/fhir/Patient?_sort=x%3Bdrop%20table", world.token("clinic"), headers={"Prefer": "handling=strict"}), 400, "invalid")


def n42_methods(world):
    for method, target in (("TRACE", "/fhir/Patient"), ("CONNECT", "hub:443"), ("FROB", "/fhir/Patient")):
        status, code = world.peer.raw_status(http(target, method=method, headers="Connection: close\r\n", world=world))
        same((status, code), (405, "not-supported"), method)
    split = "X-Request-Id: a\r\n\x00b: c\r\nConnection: close\r\n"
    same(world.peer.raw_status(http("/fhir/Patient", method="GET", headers=split, world=world))[0], 400, "a header with a control character")


# HL7 v2 over MLLP ---------------------------------------------------------------------------------------------------------------------------

def oru(control, kind="ORU^R01", processing="P", version="2.5.1", pid="PID|1||N48^^^A^PI||NETTEST^CHECK||19900101|F", obr7="20261120084500", obx11="F"):
    return (f"MSH|^~\\&|LIS|341002H0001|HUB|CITY|20261120093000||{kind}|{control}|{processing}|{version}\r{pid}\r"
            f"OBR|1|P{control}|F{control}|CBC^blood count^L|||{obr7}\rOBX|1|NM|WBC^white cells^L||5.5|10*9/L|3.5-9.5|N|||{obx11}\r")


def acknowledged(world, message, code, errors=(), feed="net"):
    answer = world.peer.mllp(world.feed_port(feed), message).decode()
    msa = [line.split("|") for line in answer.split("\r") if line.startswith("MSA")]
    check(msa, f"no MSA: {answer!r}")
    same(msa[0][1], code, "MSA-1")
    err = [line for line in answer.split("\r") if line.startswith("ERR")]
    if errors:
        forms = [form for error in errors for form in (f"|{error}^", f"|{error}|", f"^{error}&")]  # the last is that of ERR-1, before v2.5
        check(any(form in line for line in err for form in forms), f"errors {errors} not in {err}")
    return answer


def n44_refused_headers(world):
    acknowledged(world, oru("N44A", kind="ZZZ^Z99"), "AR", ("200", "201"))
    acknowledged(world, oru("N44B", version="9.9"), "AR", ("203",))
    acknowledged(world, oru("N44C", processing="T"), "AR", ("202",))


def n45_refused_content(world):
    acknowledged(world, oru("N45A", pid="PID|1||||NETTEST^CHECK"), "AE", ("101",))
    acknowledged(world, oru("N45B", obr7="yesterday"), "AE", ("102",))
    answer = acknowledged(world, oru("N45C", obx11="Q"), "AE", ("103",))
    check("OBX^1^11" in answer, f"ERR-2 does not point at the field: {answer!r}")


def n46_repeated(world):
    message = oru("N46A")
    for _ in range(2):
        acknowledged(world, message, "AA")
    other = message.replace("5.5", "6.6")
    acknowledged(world, other, "AE", ("205",))


def n47_delimiters_and_frames(world):
    acknowledged(world, oru("N47A", pid="PID|1||N47^^^A^PI||NET\\X0D\\OBX\\.br\\X^CHECK||19900101|F"), "AA")
    inside = oru("N47B").replace("white", "wh\x0bite")
    acknowledged(world, inside, "AE", ("100",))
    answer = world.peer.mllp(world.feed_port("net"), "\x0b" + oru("N47C"), seconds=2, frame=False)
    same(answer, b"", "a frame that never ends")


def n48_merges(world):
    adt = "MSH|^~\\&|HIS|341002H0001|HUB|CITY|20261120093000||ADT^A40|{0}|P|2.4\rEVN|A40|20261120\rPID|1||{1}^^^A^PI||NETTEST^CHECK||19900101|F\rMRG|{2}^^^A^PI\r"
    acknowledged(world, adt.format("N48A", "N48", "NEVERSEEN"), "AE", ("204",), "net-applied")
    acknowledged(world, adt.format("N48B", "N48", "N48"), "AE", ("204",), "net-applied")


CHECKS = [n27_doctype, n28_entity_bomb, n29_depth, n30_too_long, n31_gzip_bomb, n32_slow_headers, n33_smuggling, n34_duplicate_member, n35_bad_text,
          n36_costly_searches, n38_scripts, n39_inner_endpoints, n40_paths, n41_injection, n42_methods, n44_refused_headers, n45_refused_content,
          n46_repeated, n47_delimiters_and_frames, n48_merges]
