#!/usr/bin/env python3
"""People sign in at their institution's own identity provider (OpenID Connect, code with PKCE): a provider of this script's own, whose answers are right, and wrong in one
place after the other. And an app that a hospital's system opens beside a patient's record (EHR launch)."""
import base64
import hashlib
import http.client
import json
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from hub import Run, check, run_script, same
from peer import Key, base64url, sha256
from sign_in import BACK, LOCAL, VERIFIER, Browser, query_of, redeem
from trust import REFUSED_ORGANIZATION, World

CLIENTS = f"""
[[client]]
id = "doctors-app"
organization = "{REFUSED_ORGANIZATION}"
scopes = ["user/*.rs", "patient/*.rs", "launch", "launch/patient"]
redirect_uris = ["{BACK}"]
[[client]]
id = "his"
organization = "{REFUSED_ORGANIZATION}"
secret_sha256 = "{sha256("his-secret")}"
scopes = ["launch-context"]
[[client]]
id = "his-elsewhere"
organization = "341002H0001"
secret_sha256 = "{sha256("his-elsewhere-secret")}"
scopes = ["launch-context"]
"""


class Provider:
    """What it says next is set by whoever tests: `claims`, `header` and `key` of the next token, `document` of the discovery."""

    def __init__(self, folder):
        self.keys = [Key(folder, "provider"), Key(folder, "provider-new"), Key(folder, "stranger")]
        self.listed, self.codes, self.claims, self.header, self.key, self.changes = [0], {}, {}, {}, 0, {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def say(self, body, status=200):
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def do_GET(self):
                self.say(provider.document() if self.path.endswith("openid-configuration") else provider.key_set())

            def do_POST(self):
                form = query_of("?" + self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.say(*provider.token(form))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def document(self):
        return {"issuer": self.issuer, "authorization_endpoint": self.issuer + "/authorize", "token_endpoint": self.issuer + "/token",
                "jwks_uri": self.issuer + "/keys", **self.changes}

    def key_set(self):
        return {"keys": [{**json.loads(self.keys[number].jwks())["keys"][0], "kid": f"key-{number}", "use": "sig"} for number in self.listed]}

    def sign_in(self, address, login):
        """What the person does at the provider: the address that the browser goes back to."""
        asked = query_of(address)
        code = base64url(hashlib.sha256(address.encode()).digest())
        self.codes[code] = {**asked, "login": login}
        return asked["redirect_uri"] + "?" + urllib.parse.urlencode({"code": code, "state": asked["state"]})

    def token(self, form):
        asked = self.codes.pop(form.get("code"), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if not asked or challenge != asked["code_challenge"] or form.get("client_secret") != "shared with the hub" or form["redirect_uri"] != asked["redirect_uri"]:
            return {"error": "invalid_grant"}, 400
        now, access = int(time.time()), "an access token of the provider's"
        half = hashlib.sha384(access.encode()).digest()[:24]
        claims = {"iss": self.issuer, "aud": "huitong", "sub": "0815", "preferred_username": asked["login"], "nonce": asked["nonce"], "iat": now, "exp": now + 300,
                  "at_hash": base64url(half), **self.claims}
        header = {"kid": f"key-{self.key}", **self.header}
        token = self.keys[self.key].jwt({name: value for name, value in claims.items() if value is not None}, header, sign=header.get("alg") != "none")
        return {"access_token": access, "token_type": "Bearer", "id_token": token}, 200


class Doctor(Browser):
    """A browser that keeps the hub's cookie, and a person who signs in at the provider."""

    def __init__(self, world, provider):
        super().__init__(world)
        self.provider, self.cookie = provider, ""

    def get(self, address):
        connection = http.client.HTTPConnection(self.world.peer.host, self.world.peer.port, timeout=30)
        parts = urllib.parse.urlsplit(address)
        connection.request("GET", parts.path + "?" + parts.query, headers={"Cookie": self.cookie} if self.cookie else {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()

    def leave(self, **begin):
        status, _, html = self.begin(**begin)
        same(status, 200, f"the page: {html[:300]}")
        check('value="provider"' in html, "the page offers the institution's sign-in")
        status, headers, html = self.say(html, decision="provider")
        same(status, 303, f"to the provider: {html[:500]}")
        self.cookie = headers["Set-Cookie"].split(";")[0]
        check("HttpOnly" in headers["Set-Cookie"] and "SameSite=Lax" in headers["Set-Cookie"], headers["Set-Cookie"])
        return headers["Location"]

    def through(self, login="li", **begin):
        """Status and where to, of the whole way."""
        back = self.provider.sign_in(self.leave(**begin), login)
        status, headers, html = self.get(back)
        return status, headers.get("Location", ""), html


def the_right_way(world, doctor):
    address = doctor.leave(scope="user/Observation.rs")
    asked = query_of(address)
    same((asked["response_type"], asked["code_challenge_method"], asked["client_id"]), ("code", "S256", "huitong"), "what the provider is asked")
    status, location, html = doctor.through(scope="user/Observation.rs")
    same(status, 303, f"back to the app: {html[:500]}")
    token = redeem(world, query_of(location)["code"]).json()
    same(world.peer.call("GET", "/fhir/Observation/a-lab", token["access_token"]).status, 200, "the token reads")
    event = world.event("entity=Observation/a-lab&action=R&outcome=0&_sort=-date&_count=20", "the doctor is in the trail",
                        lambda event: any(agent.get("altId") == "P007" for agent in event["agent"]))
    check(event, "practitioner of the table of people")


def what_is_not_good_signs_nobody_in(world, doctor):
    provider = doctor.provider
    now = int(time.time())
    for claims in ({"iss": "https://evil.example"}, {"aud": "another"}, {"aud": ["huitong", "another"]}, {"azp": "another"}, {"exp": now - 120}, {"exp": None}, {"iat": now - 3600},
                   {"nonce": "another"}, {"nonce": None}, {"at_hash": base64url(b"x" * 24)}, {"preferred_username": "nobody"}, {"preferred_username": None}):
        provider.claims = claims
        status, location, html = doctor.through(scope="user/Observation.rs")
        same((status, location), (200, ""), f"{claims}: the page again, no code")
        check('role="alert"' in html, f"{claims}: it says so")
    provider.claims = {}
    for header, key in (({"alg": "none"}, 0), ({"kid": "key-0"}, 2), ({"alg": "HS256"}, 0)):
        provider.header, provider.key = header, key
        same(doctor.through(scope="user/Observation.rs")[:2], (200, ""), f"{header} signed by key {key}")
    provider.header, provider.key = {}, 0
    same(doctor.through(scope="user/Observation.rs")[0], 303, "and a good one again")


def the_browser_that_began_ends(world, doctor):
    back = doctor.provider.sign_in(doctor.leave(scope="user/Observation.rs"), "li")
    kept, doctor.cookie = doctor.cookie, "huitong-sign-in=another"
    same(doctor.get(back)[0], 410, "another browser")
    doctor.cookie = kept
    same(doctor.get(back)[0], 410, "a state that was shown before")
    same(doctor.get(back.replace("state=", "state=x"))[0], 410, "another state")


def keys_change(world, doctor):
    provider = doctor.provider
    provider.listed, provider.key = [0, 1], 1
    status, _, html = doctor.through(scope="user/Observation.rs")
    if status != 303:  # the keys were fetched anew less than a minute ago, because of the stranger's
        check("signature" in html, html[:500])
        return
    same(status, 303, "a new key is looked up")


def an_app_is_opened_beside_a_record(world, doctor):
    def launch(client="his", **body):
        return world.peer.call("POST", "/auth/launch", world.token(client), body, {"Content-Type": "application/json"})
    provider = doctor.provider
    provider.key, provider.listed = 0, [0]
    same([launch(patient="000").status, launch().status], [400, 400], "nobody's number, and none")
    same(world.peer.call("POST", "/auth/launch", world.token("registry"), {"patient": "778899"}).status, 403, "a client without the scope")
    visit = {"status": "in-progress", "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}}
    number = [{"system": LOCAL.replace(":patient", ":encounter"), "value": "MZ001"}]
    world.put("Encounter/v1", {**visit, "identifier": number, "subject": {"reference": "Patient/a"}})
    world.put("Encounter/v2", {**visit, "subject": {"reference": "Patient/b"}})
    world.put("Encounter/v3", {**visit, "subject": {"reference": "Patient/a"}, "meta": {"security": [
        {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "PSY"}]}})
    same([launch(patient="778899", encounter=name).status for name in ("v2", "v3", "v4", "v1")], [400, 400, 400, 200],
         "a visit of another person, a hidden one, none, and the patient's own")
    code = launch(patient="778899", encounter="MZ001").json()["launch"]
    status, location, html = doctor.through(scope="user/Observation.rs launch", launch=code)
    same(status, 303, f"back to the app: {html[:500]}")
    token = redeem(world, query_of(location)["code"]).json()
    same((token["patient"], token["encounter"]), ("a", "v1"), "the context")
    same([world.peer.call("GET", f"/fhir/Observation/{name}", token["access_token"]).status for name in ("a-lab", "b-lab")], [200, 404], "bound to the patient")
    again = doctor.through(scope="user/Observation.rs launch", launch=code)
    same(query_of(again[1]).get("error"), "invalid_request", "a launch works once")
    elsewhere = launch(client="his-elsewhere", patient="111").json()["launch"]
    same(query_of(doctor.through(scope="user/Observation.rs launch", launch=elsewhere)[1]).get("error"), "invalid_request", "a launch of another institution")
    other = launch(patient="778899", login="somebody").json()["launch"]
    same(query_of(doctor.through(scope="user/Observation.rs launch", launch=other)[1]).get("error"), "invalid_request", "a launch for another person")
    same(query_of(doctor.begin(scope="user/Observation.rs launch")[1]["Location"])["error"], "invalid_request", "the scope without a launch")


def main():
    with Run() as run:
        provider = Provider(run.folder)
        secret, people = run.folder / "client-secret", run.folder / "people.csv"
        secret.write_text("shared with the hub\n", encoding="utf-8")
        people.write_text("login,organization,practitioner,role,patient,password,valid_from,valid_to\n"
                          f"li,{REFUSED_ORGANIZATION},P007,doctor,,,,\n", encoding="utf-8")
        more = f'\n[identity_provider]\nissuer = "{provider.issuer}"\nclient_id = "huitong"\nclient_secret_file = "{secret}"\n'
        world = World(run, access=f'people = "{people}"', more=CLIENTS + more)
        world.put("Patient/a", {"identifier": [{"system": LOCAL, "value": "778899"}]})
        world.put("Patient/b", {"identifier": [{"system": "urn:huitong:organization:341002H0001:patient", "value": "111"}]})
        doctor = Doctor(world, provider)
        the_right_way(world, doctor)
        the_browser_that_began_ends(world, doctor)
        an_app_is_opened_beside_a_record(world, doctor)
        keys_change(world, doctor)
        provider.listed, provider.key = [0], 0
        what_is_not_good_signs_nobody_in(world, doctor)
        same(VERIFIER.encode() in world.log_texts(), False, "a verifier in a log")
    print("people sign in at their institution; an answer that is wrong in one place signs nobody in; an app opens beside a record")


if __name__ == "__main__":
    run_script(main)
