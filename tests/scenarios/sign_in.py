#!/usr/bin/env python3
"""An app of a doctor and one of a resident, signed in to by authorisation code with PKCE, as a browser and an app do it; a parent, a refresh token; a doctor whose licence ends:
the next call is denied, without a restart and before the token ends."""
import base64
import hashlib
import http.client
import re
import subprocess
import sys
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from hub import Run, check, program, run_script, same
from peer import sha256
from trust import REFUSED_ORGANIZATION, World

BACK = "https://app.example/back"
PASSWORD = "a long enough password"
VERIFIER = "v" * 43
LOCAL = f"urn:huitong:organization:{REFUSED_ORGANIZATION}:patient"
APPS = f"""
[[client]]
id = "doctors-app"
organization = "{REFUSED_ORGANIZATION}"
scopes = ["user/*.rs", "patient/*.rs", "launch/patient", "offline_access"]
redirect_uris = ["{BACK}"]
[[client]]
id = "desk"
organization = "{REFUSED_ORGANIZATION}"
secret_sha256 = "{sha256("desk-secret")}"
scopes = ["user/Observation.rs"]
redirect_uris = ["{BACK}?from=desk"]
"""


def challenge(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Browser:
    def __init__(self, world):
        self.world = world

    def send(self, method, path, fields=None):
        connection = http.client.HTTPConnection(self.world.peer.host, self.world.peer.port, timeout=30)
        body = urllib.parse.urlencode(fields) if fields else None
        connection.request(method, path, body, {"Content-Type": "application/x-www-form-urlencoded"} if body else {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()

    def begin(self, client="doctors-app", back=BACK, scope="user/Observation.rs launch/patient", **other):
        query = {"response_type": "code", "client_id": client, "redirect_uri": back, "scope": scope, "state": "a b&c", "code_challenge": challenge(VERIFIER),
                 "code_challenge_method": "S256", "aud": f"http://{self.world.peer.host}:{self.world.peer.port}/fhir", **other}
        return self.send("GET", "/auth/authorize?" + urllib.parse.urlencode(query))

    def say(self, html, **fields):
        hidden = dict(re.findall(r'name="(ask|lang)" value="([^"]+)"', html))
        return self.send("POST", "/auth/authorize", {**hidden, **fields})

    def sign_in(self, login, number=None, **begin):
        """To the code that the app gets."""
        status, headers, html = self.begin(**begin)
        same(status, 200, "the page")
        status, headers, html = self.say(html, login=login, password=PASSWORD, decision="allow")
        if number is not None:
            same(status, 200, "the page that asks for the patient")
            status, headers, html = self.say(html, number=number, decision="allow")
        same(status, 303, f"back to the app: {html[:300]}")
        return headers["Location"]


def query_of(address):
    return {key: values[0] for key, values in urllib.parse.parse_qs(urllib.parse.urlsplit(address).query).items()}


def redeem(world, code, client="doctors-app", back=BACK, verifier=VERIFIER, **more):
    return world.peer.form("/auth/token", grant_type="authorization_code", code=code, client_id=client, redirect_uri=back, code_verifier=verifier, **more)


def the_page_is_safe(world, browser):
    status, headers, html = browser.begin()
    check("frame-ancestors 'none'" in headers["Content-Security-Policy"] and "form-action 'self' https://app.example" in headers["Content-Security-Policy"],
          headers["Content-Security-Policy"])
    check("<script" not in html and "launch/patient" in html, "the page")
    for wrong in ({"client": "nobody"}, {"back": "https://evil.example/"}, {"back": BACK + "/x"}):
        status, headers, _ = browser.begin(**wrong)
        check(status in (400, 401) and "Location" not in headers, f"{wrong} sends somewhere: {status}")
    for wrong, code in (({"code_challenge_method": "plain"}, "invalid_request"), ({"scope": "system/*.rs"}, "invalid_scope"),
                        ({"response_type": "token"}, "unsupported_response_type"), ({"aud": "https://other.example/fhir"}, "invalid_request")):
        status, headers, _ = browser.begin(**wrong)
        answer = query_of(headers["Location"])
        same((status, answer["error"], answer["state"]), (303, code, "a b&c"), f"{wrong}")


def a_doctor_signs_in_and_names_the_patient(world, browser):
    status, _, html = browser.begin()
    status, _, refused = browser.say(html, login="wang", password="not the password", decision="allow")
    check(status == 200 and 'role="alert"' in refused, "a wrong password")
    same(browser.say(html, login="wang", password=PASSWORD, decision="allow")[0], 410, "the first page again")
    same(query_of(browser.say(refused, decision="deny")[1]["Location"])["error"], "access_denied", "no is no")
    answer = query_of(browser.sign_in("wang", number="778899"))
    same((answer["state"], answer["iss"]), ("a b&c", f"http://{world.peer.host}:{world.peer.port}"), "state and issuer")
    same(redeem(world, answer["code"], verifier="w" * 43).code(), "invalid_grant", "another verifier")
    same(redeem(world, answer["code"]).code(), "invalid_grant", "a code that was shown before")
    token = redeem(world, query_of(browser.sign_in("wang", number="778899"))["code"]).json()
    same((token["patient"], token["token_type"]), ("a", "bearer"), "the token")
    same(world.peer.call("GET", "/fhir/Observation/a-lab", token["access_token"]).status, 200, "the patient's record")
    same(world.peer.call("GET", "/fhir/Observation/b-lab", token["access_token"]).status, 404, "another's record")
    same(world.peer.call("GET", "/fhir/Patient/a", token["access_token"]).status, 403, "a type that was not granted")
    event = world.event("entity=Observation/a-lab&action=R&outcome=0&_sort=-date&_count=20", "the doctor is in the trail",
                        lambda event: any(agent.get("altId") == "1023" for agent in event["agent"]))
    same(event["agent"][0]["altId"], "doctors-app", "through which app")
    return token["access_token"]


def a_resident_sees_his_own_record_alone(world, browser):
    token = redeem(world, query_of(browser.sign_in("resident", scope="patient/*.rs"))["code"]).json()
    same(token["patient"], "b", "whose token")
    same((world.peer.call("GET", "/fhir/Observation/b-lab", token["access_token"]).status,
          world.peer.call("GET", "/fhir/Observation/a-lab", token["access_token"]).status), (200, 404), "own and other")


def a_parent_sees_the_record_of_a_minor(world, browser):
    kinds = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
    citizen = "urn:oid:2.16.156.10011.1.3"
    world.put("Patient/b", {"identifier": [{"system": citizen, "value": "990101198001010011"}]})
    for name, born, number in (("child", "2020-05-01", "990101202005010013"), ("grown", "2001-05-01", "990101200105010012"), ("stranger", "2021-05-01", "990101202105010014")):
        world.put(f"Patient/{name}", {"birthDate": born, "identifier": [{"system": citizen, "value": number}]})
        if name != "stranger":
            world.put(f"RelatedPerson/of-{name}", {"active": True, "patient": {"reference": f"Patient/{name}"}, "relationship": [{"coding": [{"system": kinds, "code": "MTH"}]}],
                                                   "identifier": [{"system": citizen, "value": "990101198001010011"}]})
    def sign_in(number):
        return browser.sign_in("resident", scope="patient/*.rs launch/patient", number=number)
    token = redeem(world, query_of(sign_in("990101202005010013"))["code"]).json()
    same(token["patient"], "child", "whose token")
    same([world.peer.call("GET", "/fhir/Patient/" + name, token["access_token"]).status for name in ("child", "b")], [200, 404], "the child's record, and the own one")
    same(redeem(world, query_of(sign_in(""))["code"]).json()["patient"], "b", "no number: the own record")
    for number in ("990101200105010012", "990101202105010014"):
        html = browser.say(browser.begin(scope="patient/*.rs launch/patient")[2], login="resident", password=PASSWORD, decision="allow")[2]
        status, headers, html = browser.say(html, number=number, decision="allow")
        same((status, "Location" in headers), (200, False), f"{number}: the page again, no code")


def a_refresh_token_works_once(world, browser):
    token = redeem(world, query_of(browser.sign_in("resident", scope="patient/*.rs offline_access"))["code"]).json()
    def refresh(text):
        return world.peer.form("/auth/token", grant_type="refresh_token", refresh_token=text, client_id="doctors-app")
    second = refresh(token["refresh_token"]).json()
    same((second["patient"], world.peer.call("GET", "/fhir/Observation/b-lab", second["access_token"]).status), ("b", 200), "the next token")
    same(refresh(token["refresh_token"]).code(), "invalid_grant", "a refresh token that was used")
    same(refresh(second["refresh_token"]).code(), "invalid_grant", "what came of it")
    same(world.peer.call("GET", "/fhir/Observation/b-lab", second["access_token"]).status, 401, "the access token of a family that a copy has ended")
    third = redeem(world, query_of(browser.sign_in("resident", scope="patient/*.rs offline_access"))["code"]).json()
    same(world.peer.form("/auth/revoke", token=third["refresh_token"], client_id="doctors-app").status, 200, "a public app revokes")
    same((refresh(third["refresh_token"]).code(), world.peer.call("GET", "/fhir/Observation/b-lab", third["access_token"]).status), ("invalid_grant", 401), "what was revoked")
    check("refresh_token" not in redeem(world, query_of(browser.sign_in("resident", scope="patient/*.rs"))["code"]).json(), "one that was not asked for")


def a_confidential_app_shows_its_secret(world, browser):
    back = BACK + "?from=desk"
    def code():
        address = browser.sign_in("wang", client="desk", back=back, scope="user/Observation.rs")
        check(address.startswith(back + "&"), address)
        return query_of(address)["code"]
    same(redeem(world, code(), "desk", back).code(), "invalid_client", "without the secret")
    same(redeem(world, code(), "desk", back, client_secret="desk-secret").status, 200, "with it")


def a_licence_ends(world, token, register):
    same(world.peer.call("GET", "/fhir/Observation/a-lab", token).status, 200, "before")
    register.write_text(register.read_text(encoding="utf-8").replace("1023,王,,", "1023,王,,2020-12-31"), encoding="utf-8")
    world.hub.command("catalogue", "reload", "--config", str(world.hub.configuration))
    answer = world.peer.call("GET", "/fhir/Observation/a-lab", token)
    same((answer.status, answer.code()), (403, "forbidden"), "the next call")
    register.write_text(register.read_text(encoding="utf-8").replace("1023,王,,2020-12-31", "1023,王,,"), encoding="utf-8")
    world.hub.command("catalogue", "reload", "--config", str(world.hub.configuration))
    same(world.peer.call("GET", "/fhir/Observation/a-lab", token).status, 200, "with a licence again")


def main():
    with Run() as run:
        hashed = subprocess.run([program(), "person", "password"], input=PASSWORD + "\n", capture_output=True, text=True, check=True).stdout.strip()
        people, register = run.folder / "people.csv", run.folder / "practitioners.csv"
        people.write_text("login,organization,practitioner,role,patient,password,valid_from,valid_to\n"
                          f"wang,{REFUSED_ORGANIZATION},1023,doctor,,{hashed},,\nresident,,,,b,{hashed},,\n", encoding="utf-8")
        register.write_text(f"organization,practitioner,name,licence_from,licence_to\n{REFUSED_ORGANIZATION},1023,王,,\n", encoding="utf-8")
        world = World(run, access=f'people = "{people}"\npractitioners = "{register}"', more=APPS)
        world.put("Patient/a", {"identifier": [{"system": LOCAL, "value": "778899"}]})
        browser = Browser(world)
        the_page_is_safe(world, browser)
        token = a_doctor_signs_in_and_names_the_patient(world, browser)
        a_resident_sees_his_own_record_alone(world, browser)
        a_parent_sees_the_record_of_a_minor(world, browser)
        a_refresh_token_works_once(world, browser)
        a_confidential_app_shows_its_secret(world, browser)
        a_licence_ends(world, token, register)
        known = world.peer.call("GET", "/.well-known/smart-configuration").json()
        check("authorization_endpoint" in known and known["code_challenge_methods_supported"] == ["S256"], f"{known}")
        check(PASSWORD.encode() not in world.log_texts(), "a password stands in a log")
    print("people sign in with code and PKCE; an ended licence is noticed at the next call")


if __name__ == "__main__":
    run_script(main)
