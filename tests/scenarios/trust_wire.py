"""Checks N27 to N48: hostile input over HTTP and MLLP. Each is a function of the World of trust.py."""
import io
import socket
import tarfile
import time
import zlib

from hub import check, same, wait_for

PATIENT = {"resourceType": "Patient"}


def http(path, body=b"", headers="", method="POST", world=None):
    token = world.token("clinic")
    return (f"{method} {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\nContent-Type: application/fhir+json\r\n{headers}\r\n").encode() + body


def refused(answer, status, code):
    same((answer.status, answer.code()), (status, code), "status and issue")


def n27_doctype(world):
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        for address in ("file:///etc/passwd", f"http://127.0.0.1:{trap.getsockname()[1]}/x"):
            for kind in (f'<!DOCTYPE Patient [<!ENTITY x SYSTEM "{address}">]>', f'<!DOCTYPE Patient SYSTEM "{address}">', f'<!DOCTYPE Patient [<!ENTITY % x SYSTEM "{address}"> %x;]>'):
                text = "&x;" if "<!ENTITY x" in kind else "x"
                body = f'<?xml version="1.0"?>{kind}<Patient xmlns="http://hl7.org/fhir"><language value="{text}"/></Patient>'
                answer = world.peer.call("POST", "/fhir/Patient", world.token("clinic"), body, {"Content-Type": "application/fhir+xml"})
                refused(answer, 400, "structure")
                check(b"root:" not in answer.body, "text of the file came back")
        try:
            trap.accept()
            raise AssertionError("somebody asked for the entity")
        except BlockingIOError:
            pass


def is_cheap(world, send, seconds=0.1, growth=10 << 20):
    """What the hub spends on it; the cheapest of three, because it has other things to do meanwhile."""
    memory, spent = world.memory(), []
    for _ in range(3):
        before = world.processor_seconds()
        send()
        spent.append(world.processor_seconds() - before)
    check(min(spent) <= seconds, f"took {min(spent):.2f} s of the processor")
    check(world.memory() - memory < growth, "memory grew")


def n28_entity_bomb(world):
    entities = "".join(f'<!ENTITY a{i} "{("&a%d;" % (i - 1)) * 10}">' for i in range(1, 10))
    def bomb(name, space, content):
        return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">{entities}]><{name} xmlns="{space}">{content}</{name}>'
    def resource():
        body = bomb("Patient", "http://hl7.org/fhir", '<language value="&a9;"/>')
        refused(world.peer.call("POST", "/fhir/Patient", world.token("clinic"), body, {"Content-Type": "application/fhir+xml"}), 400, "structure")
    def document():
        token = world.token("other")
        posted = world.peer.call("POST", "/messages/documents", token, bomb("ClinicalDocument", "urn:hl7-org:v3", "<title>&a9;</title>"), {"Content-Type": "text/xml"})
        same(posted.status, 202, "a document that is kept, whatever it is")
        state = wait_for("the document is judged", lambda: (lambda one: one if one["state"] != "pending" else None)(world.peer.call("GET", posted.headers["Location"], token).json()))
        check(state["state"] in ("dead-letter", "refused"), state["state"])
    is_cheap(world, resource)
    is_cheap(world, document)


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
    before = world.memory()
    same(world.peer.raw_status(http("/fhir/Patient", chunk * 40, "Transfer-Encoding: chunked\r\n", world=world)), (413, "too-long"), "chunked")
    # A buffer of the limit's 16 MiB grows by doubling; 40 MiB were sent.
    check(world.memory() - before < 36 << 20, f"what lies behind the limit was kept: {(world.memory() - before) >> 20} MiB")


def n31_gzip_bomb(world):
    """A mebibyte that unpacks to a gibibyte: one block of blanks again and again, each complete by itself."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(b" " * (16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    bomb = b"\x1f\x8b\x08" + b"\0" * 7 + block * 64 + b"\x03\x00" + b"\0" * 8
    check(len(bomb) < 2 << 20, f"the bomb has {len(bomb)} bytes")
    before = world.memory()
    refused(world.peer.call("POST", "/fhir/Patient", world.token("clinic"), bomb, {"Content-Encoding": "gzip"}), 413, "too-long")
    check(world.memory() - before < 80 << 20, "memory grew")


def p99(world, count=300):
    """Of a normal client, in milliseconds."""
    taken = []
    for _ in range(count):
        before = time.monotonic()
        same(world.peer.call("GET", "/livez").status, 200, "a normal client")
        taken.append(time.monotonic() - before)
    return sorted(taken)[count * 99 // 100] * 1_000


def n32_slow_headers(world):
    """500 connections that send a byte now and then: told or closed when their ten seconds are over, and in nobody's way."""
    alone = p99(world)
    slow = [socket.create_connection((world.peer.host, world.peer.port)) for _ in range(500)]
    for connection in slow:
        connection.sendall(b"GET /fhir/metadata HTTP/1.1\r\n")
    beside = p99(world)
    print(f"     N32: p99 of a normal client {alone:.2f} ms alone, {beside:.2f} ms beside 500 slow ones")
    check(beside < max(20, 2 * alone), f"a normal client had to wait: {beside:.1f} ms where it was {alone:.1f}")
    end = time.monotonic() + 15
    for number, connection in enumerate(slow):
        connection.settimeout(max(1, end - time.monotonic()))
        try:
            if number % 10 == 0:
                connection.sendall(b"X")  # dripping saves nobody
            answer = connection.recv(100)
        except TimeoutError:
            raise AssertionError("a slow connection is still open") from None
        except ConnectionError:
            answer = b""
        check(answer == b"" or b" 408 " in answer, f"answered {answer!r}")
        connection.close()


def n33_smuggling(world):
    body, second = b'{"resourceType":"Patient"}', b"GET /livez HTTP/1.1\r\nHost: hub\r\n\r\n"
    for headers in ("Content-Length: 26\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 26\r\n",
                    "Content-Length: 26\r\nContent-Length: 27\r\n", "Content-Length: 26\r\nX-Folded: a\r\n b\r\n", "Content-Length: 26\r\nX-Folded: a\r\n\tb\r\n"):
        began = time.monotonic()
        answer = world.peer.raw(http("/fhir/Patient", body + second, headers, world=world))
        same(answer.count(b"HTTP/1.1 "), 1, f"answers to {headers!r}")
        check(time.monotonic() - began < 5, "the connection stays open")
        status, code = world.peer.told(answer)
        same((status, code), (400, "structure"), repr(headers))


def n34_duplicate_member(world):
    refused(world.peer.call("POST", "/fhir/Patient", world.token("clinic"), '{"resourceType":"Patient","active":true,"active":false}'), 400, "structure")


def n35_bad_text(world):
    for text in (b'{"resourceType":"Patient","language":"\xff\xfe"}', b'{"resourceType":"Patient","language":"\\ud800"}',
                 b'{"resourceType":"Patient","language":"a\\u0000b"}', b'\xef\xbb\xbf{"resourceType":"Patient"}'):
        refused(world.peer.call("POST", "/fhir/Patient", world.token("clinic"), text), 400, "invalid")


def n36_costly_searches(world):
    token, strict = world.token("clinic"), {"Prefer": "handling=strict"}
    chain = "subject:Patient.organization.partof.partof.partof.partof.name=x"
    many = ",".join(str(i) for i in range(1_500))
    reverse = "_has:Observation:patient:" * 6 + "code=x"
    for query in ("Observation?" + chain, "Observation?code=" + many, "Patient?" + reverse, "Patient?_id=" + many):
        refused(world.peer.call("GET", "/fhir/" + query, token, headers=strict), 400, "too-costly")
    form = {**strict, "Content-Type": "application/x-www-form-urlencoded"}
    refused(world.peer.call("POST", "/fhir/Observation/_search", token, "code=" + ",".join(str(i) for i in range(10_000)), form), 400, "too-costly")
    refused(world.peer.call("GET", "/fhir/Observation?_include:iterate=*", token, headers=strict), 400, "too-costly")
    same(world.peer.call("GET", "/fhir/Observation?_count=1000000", token).status, 200, "a count is capped")


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
    token = world.token("clinic")
    for path in ("Binary/..%2f..%2fetc%2fpasswd", "Binary/..%2e%2e", "Binary/%2e%2e%2f%2e%2e"):
        refused(world.peer.call("GET", "/fhir/" + path, token), 400, "invalid")
    for identity in ("../x", "..%2fx", "a/../b"):
        answer = world.peer.call("PUT", "/fhir/Patient/n40", token, {**PATIENT, "id": identity})
        check(answer.status in (400, 422), f"id {identity}: {answer.status}")
    package, folder = world.hub.folder / "n40.tgz", world.hub.folder / "packages"
    with tarfile.open(package, "w:gz") as archive:
        for name, content in (("package/package.json", b'{"name":"n40","version":"1.0.0"}'), ("package/../../../n40.json", b'{"resourceType":"ValueSet","url":"http://n40.example/v"}')):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    world.hub.command("package", "add", str(package), "--to", str(folder), exit_codes=(1,))
    check(not list(world.hub.folder.parent.rglob("n40.json")), "a file of the package was written")


def n41_injection(world):
    answer = world.peer.call("GET", "/fhir/Patient?name=%27%20OR%201%3D1--", world.token("clinic"))
    same((answer.status, answer.json().get("total", 0), answer.json().get("entry", [])), (200, 0, []), "answer")
    refused(world.peer.call("GET", "/fhir/Patient?_sort=x%3Bdrop%20table", world.token("clinic"), headers={"Prefer": "handling=strict"}), 400, "invalid")


def n42_methods(world):
    for method, target in (("TRACE", "/fhir/Patient"), ("CONNECT", "hub:443"), ("FROB", "/fhir/Patient")):
        status, code = world.peer.raw_status(http(target, method=method, headers="Connection: close\r\n", world=world))
        same((status, code), (405, "not-supported"), method)
    for line in ("X-Request-Id: a\r\n\x00b: c\r\n", "X-Request-Id: a\x00b\r\n", "X-Request-Id: a\nb: c\r\n", "X-Request-Id: a\rb: c\r\n"):
        same(world.peer.raw_status(http("/fhir/Patient", method="GET", headers=line + "Connection: close\r\n", world=world)), (400, "invalid"), repr(line))
    answer = world.peer.call("GET", "/fhir/Patient/a", world.token("loader"), headers={"X-Request-Id": "n42%0d%0aX-Split: 1"})
    check(answer.status == 200 and "X-Split" not in answer.headers, "a header of the request's own making")
    check(b"\nX-Split" not in world.log_texts(), "a line of the log of the request's own making")


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
