#!/usr/bin/env python3
"""Scenario 3 of the domain page: the image is the thing. A township made a chest CT, a radiologist of hospital A wrote the report, hospital B orders one ten
days later. The images are recognised as long as they can be fetched, the conclusion never; both ways to them, card and page, over the network."""
import datetime
import http.server
import json
import re
import sys
import threading
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import samples
from hub import ROOT, Run, check, run_script, same, wait_for
from peer import sha256
from story import A, B, Story, local

T = "341021H0101"
HIS = "https://his-b.example"
VIEWER = "https://viewer.example/open?code="


class Pacs:
    """The township's image service: DICOMweb metadata of the studies that it was told; it may be away."""

    def __init__(self):
        self.studies, self.asked = set(), []
        self.server = None
        self.port = 0
        self.open()

    def open(self):
        pacs = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                pacs.asked.append(self.path)
                found = re.fullmatch(r"/dicom-web/studies/([0-9.]+)/metadata", self.path)
                body = b"[]" if found and found[1] in pacs.studies else b""
                self.send_response(200 if body else 404)
                self.send_header("Content-Type", "application/dicom+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def address(self):
        return f"http://127.0.0.1:{self.port}/dicom-web"


class Imaging:
    def __init__(self, hub, pacs, folder, entries):
        self.hub, self.pacs, self.folder = hub, pacs, folder
        self.story = Story(hub, folder, entries)
        self.order = [("CTXB-B", "胸部CT平扫")]

    def entry(self, name):
        return self.story.entry(name)

    def card(self, orders=None):
        cards = self.story.hook("his-b", B, "778899", orders or self.order)
        same(len(cards), 1, "cards")
        return cards[0]

    def match(self, **order):
        body = {"patient": {"identifier": [{"system": local(B, "patient"), "value": "778899"}]}, "visit_class": "AMB", "orders": [{"code": "CTXB-B", **order}]}
        return self.hub.post("/recognition/matches", body, "his-b")["matches"][0]

    def reasons(self, match):
        return [one["code"] for one in match["members"][0]["reasons"]]

    def get(self, url):
        """A browser: no token; status, headers and body."""
        import http.client
        parts = urllib.parse.urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()

    def form(self, path, **fields):
        answer = self.hub.curl("POST", path, data=urllib.parse.urlencode(fields), content_type="application/x-www-form-urlencoded", accept="text/html")
        return answer.status, answer.text

    # the story -----------------------------------------------------------------------------------------------------------------------------------

    def arrives(self):
        for name in ("adt_a04_key_person.hl7", "bundle_order_key_person.json", "ct_chest_key_person.json", "oru_ct_key_person.hl7"):
            samples.send(self.hub, self.folder, self.entry(name))
        for entry in self.story.entries:
            if entry["feed"] == "his-b-patients":
                samples.send(self.hub, self.folder, entry)
        self.hub.settle()
        studies = self.hub.search("ImagingStudy?identifier=urn:dicom:uid%7C", "auditor") or self.hub.search("ImagingStudy", "auditor")
        same(len(studies), 1, "studies")
        self.study = studies[0]
        self.uid = next(one["value"] for one in self.study["identifier"] if one["system"] == "urn:dicom:uid").removeprefix("urn:oid:")
        self.pacs.studies.add(self.uid)
        check(self.study["endpoint"], "the study names no endpoint")
        reports = self.hub.search("DiagnosticReport", "auditor")
        same(len(reports), 1, "reports")
        same(reports[0]["imagingStudy"][0]["identifier"]["value"], "urn:oid:" + self.uid, "the report names the study")
        self.report = reports[0]

    def the_images_are_recognised_and_the_conclusion_is_not(self):
        card = self.card()
        check("安徽HR" in card["summary"], f"the township's certificate of the province: {card['summary']}")
        check("歙县东关镇卫生院" in card["summary"], f"whose images: {card['summary']}")
        check("诊断结论不在互认范围" in card["detail"] and "两肺未见明显异常" in card["detail"], f"the conclusion for reference: {card['detail']}")
        same(len(card["suggestions"]), 1, "suggestions")
        check(f"/dicom-web/studies/{self.uid}/metadata" in self.pacs.asked, f"the service was not asked: {self.pacs.asked}")
        match = self.match()
        same((match["verdict"], match["mark"], match["members"][0]["result"]["resource"]), ("RECOGNISE", "安徽HR", f"ImagingStudy/{self.study['id']}"), "match")
        self.links = {link["label"]: link["url"] for link in card["links"]}

    def the_way_to_the_images_is_one_time_and_ends_at_the_viewer(self):
        link = self.links["调阅影像"]
        for piece in ("778899", "990102", self.uid, self.study["id"]):
            check(piece not in link, f"{piece} stands in the address")
        status, headers, _ = self.get(link)
        same(status, 303, "opening the images")
        check(headers["Location"].startswith(VIEWER), headers["Location"])
        same(headers.get("Referrer-Policy"), "no-referrer", "referrer")
        same(self.get(link)[0], 404, "the same link again")
        ticket = headers["Location"].removeprefix(VIEWER)
        same(self.hub.curl("POST", "/recognition/images/redeem", "his-b", json.dumps({"code": ticket})).status, 403, "a ticket in other hands")
        way = self.hub.post("/recognition/images/redeem", {"code": ticket}, "viewer")
        same((way["study"], way["address"]), (self.uid, self.pacs.address), "what the viewer is told")
        same(self.get(f"{way['address']}/studies/{way['study']}/metadata")[0], 200, "the viewer fetches the images")
        same(self.hub.curl("POST", "/recognition/images/redeem", "viewer", json.dumps({"code": ticket})).status, 404, "the ticket again")

    def a_page_shows_the_same_without_cds_hooks(self):
        body = {"patient": {"identifier": [{"system": local(B, "patient"), "value": "778899"}]}, "visit_class": "AMB", "practitioner": "1023",
                "orders": [{"id": "o1", "code": "CTXB-B"}]}
        launched = self.hub.post("/recognition/launch", body, "his-b")
        same((launched["matches"], launched["recognised"], launched["expires_in"]), (1, 1, 60), "launch")
        status, headers, html = self.get(launched["url"])
        same(status, 200, "the page")
        check(f"frame-ancestors {HIS}" in headers["Content-Security-Policy"] and "'none'" in headers["Content-Security-Policy"], headers["Content-Security-Policy"])
        for piece in ("安徽HR", "诊断结论不在互认范围", "调阅影像"):
            check(piece in html, f"{piece} is not on the page")
        check("<script" not in html, "a script is on the page")
        same((headers["Cache-Control"], headers["Referrer-Policy"], headers["X-Content-Type-Options"]), ("no-store", "no-referrer", "nosniff"), "headers of the page")
        same(self.get(launched["url"])[0], 410, "the page's address again")
        hidden = dict(re.findall(r'name="(session|match)" value="([^"]+)"', html))
        refused = self.form("/recognition/card", **hidden, outcome="declined", reason="6", lang="zh")
        check('role="alert"' in refused[1], "a reason that needs words was taken without them")
        status, html = self.form("/recognition/card", **hidden, outcome="adopted", lang="zh")
        check(status == 200 and "已采纳" in html, "adopting on the page")
        state = self.hub.read(f"/recognition/detail?match={hidden['match']}", "his-b")
        same((state["state"], state["match"]["saving"]), ("adopted", state["match"]["price"]), "the match")
        same(self.form("/recognition/card", session="x" * 43, match=hidden["match"], outcome="withdrawn")[0], 410, "a session that is none")

    def images_that_cannot_be_fetched_are_for_reference(self):
        self.pacs.close()
        away = wait_for("an answer of the service is no longer fresh", lambda: (lambda m: m if m["verdict"] != "RECOGNISE" else None)(self.match()))
        same((away["verdict"], self.reasons(away), away.get("mark")), ("REFERENCE_ONLY", ["IMG-NONE"], None), "while the service is away")
        card = self.card()
        check(not card.get("suggestions") and "HR" not in card["summary"], f"an order is asked to be cancelled: {card['summary']}")
        self.pacs.open()
        wait_for("the service is asked again", lambda: self.match()["verdict"] == "RECOGNISE")
        self.pacs.studies.clear()
        wait_for("a study that is gone is missed", lambda: self.match()["verdict"] == "REFERENCE_ONLY")
        self.pacs.studies.add(self.uid)
        wait_for("it is there again", lambda: self.match()["verdict"] == "RECOGNISE")

    def what_differs_is_for_reference(self):
        card = self.card([("CTXBZ-B", "胸部CT增强")])
        check("SPEC-DIFF" in card["detail"] and "HR" not in card["summary"], f"an order with contrast: {card['detail']}")
        both = self.match(body_site="CHEST+ABDOMEN")
        same((both["verdict"], self.reasons(both)), ("REFERENCE_ONLY", ["SPEC-DIFF"]), "chest and abdomen")

    def the_same_study_twice_is_one_report_with_two_sources(self):
        text = (self.folder / self.entry("oru_ct_key_person.hl7")["file"]).read_bytes()
        again = self.folder / "again.hl7"
        again.write_bytes(text.replace(self.entry("oru_ct_key_person.hl7")["control"].encode(), b"A99999999999", 1))
        self.hub.mllp("ris-a", again)
        samples.send(self.hub, self.folder, self.entry("ct_chest_key_person.json"))
        self.hub.settle()
        same(len(self.hub.search("DiagnosticReport", "auditor")), 1, "reports")
        same(len(self.hub.search("ImagingStudy", "auditor")), 1, "studies")
        key = f"DiagnosticReport/{self.report['id']}"
        sources = self.hub.search(f"Provenance?target={key}", "auditor")
        same(len({one["entity"][0]["what"]["identifier"]["value"] for one in sources}), 2, "messages that told the report")

    def the_trail_tells_who_opened_the_images(self):
        def opened():
            found = self.hub.search(f"AuditEvent?entity=ImagingStudy/{self.study['id']}&_count=200", "auditor")
            clients = [event["agent"][0].get("altId") for event in found]
            return found if clients.count("viewer") == 1 and clients.count("his-b") >= 8 else None
        found = wait_for("hooks, page, opening and viewer are in the trail", opened)
        doctors = {agent["altId"] for event in found for agent in event["agent"] if agent.get("requestor") and "altId" in agent}
        check("1023" in doctors, f"the doctor is not named: {doctors}")

    def play(self):
        for step in (self.arrives, self.the_images_are_recognised_and_the_conclusion_is_not, self.the_way_to_the_images_is_one_time_and_ends_at_the_viewer,
                     self.a_page_shows_the_same_without_cds_hooks, self.images_that_cannot_be_fetched_are_for_reference, self.what_differs_is_for_reference,
                     self.the_same_study_twice_is_one_report_with_two_sources, self.the_trail_tells_who_opened_the_images):
            step()
            print("  " + step.__name__.replace("_", " "))


def main():
    with Run() as run:
        pacs = Pacs()
        day = samples.day_zero()
        messages = run.folder / "messages"
        entries = samples.generate(messages, day, pacs.address)
        ordered = day + datetime.timedelta(days=7)  # the CT was made three days before day zero
        settings = (f'registers = "{messages}/recognition"\nimage_services = ["{pacs.address}"]\nimage_fresh_seconds = 1\n'
                    f'viewer = "{VIEWER}{{code}}"\nembed = ["{HIS}"]')
        viewer = f'\n[[client]]\nid = "viewer"\norganization = "{T}"\nsecret_sha256 = "{sha256("viewer-sample")}"\nscopes = ["recognition-viewer"]\n'
        hub = run.hub("city", "city", replacements=[
            (f'registers = "{ROOT}/terminology/recognition"', settings),
            ('offset = "+08:00"', f'offset = "+08:00"\nfixed_now = "{ordered}T15:00:00+08:00"'),
            ("# Whoever answers for the trail.", viewer + "\n# Whoever answers for the trail.")])
        hub.start()
        Imaging(hub, pacs, messages, entries).play()
        hub.stop()
        hub.command("audit", "verify", "--data", str(hub.folder / "data"))
        pacs.close()
    print("scenario 3: the images are the thing")


if __name__ == "__main__":
    run_script(main)
