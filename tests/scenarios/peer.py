"""A peer on the network that knows nothing of the program: HTTP by hand and by http.client, MLLP by hand, keys by openssl."""
import base64
import hashlib
import http.client
import json
import socket
import subprocess
import time
import urllib.parse
import uuid

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def code(self):
        """OperationOutcome.issue.code of the first issue, or the OAuth error."""
        try:
            body = self.json()
        except ValueError:
            return "-"
        return body["issue"][0]["code"] if "issue" in body else body.get("error", "-")


class Key:
    """An RSA key pair made for this run."""

    def __init__(self, folder, name):
        self.file = folder / f"{name}.pem"
        subprocess.run(["openssl", "genrsa", "-out", str(self.file), "2048"], check=True, capture_output=True)
        text = subprocess.run(["openssl", "rsa", "-in", str(self.file), "-noout", "-modulus"], check=True, capture_output=True, text=True).stdout
        self.modulus = bytes.fromhex(text.strip().split("=")[1])

    def jwks(self):
        return json.dumps({"keys": [{"kty": "RSA", "kid": "k1", "alg": "RS384", "n": base64url(self.modulus), "e": "AQAB"}]})

    def jwt(self, claims, header=None, sign=True):
        header = {"alg": "RS384", "typ": "JWT", "kid": "k1", **(header or {})}
        text = base64url(json.dumps(header).encode()) + "." + base64url(json.dumps(claims).encode())
        if not sign:
            return text + "."
        done = subprocess.run(["openssl", "dgst", "-sha384", "-sign", str(self.file)], input=text.encode(), check=True, capture_output=True)
        return text + "." + base64url(done.stdout)

    def public_pem(self):
        return subprocess.run(["openssl", "rsa", "-in", str(self.file), "-pubout"], check=True, capture_output=True).stdout


class Peer:
    def __init__(self, address):
        self.host, port = address.rsplit(":", 1)
        self.port = int(port)
        self.tokens = {}

    def call(self, method, path, token=None, body=None, headers=None):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = "Bearer " + token
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body, ensure_ascii=False)
        if body is not None:
            sent.setdefault("Content-Type", "application/fhir+json")
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body, sent)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def form(self, path, **fields):
        return self.call("POST", path, body=urllib.parse.urlencode(fields), headers={"Content-Type": "application/x-www-form-urlencoded"})

    def token_answer(self, client, **fields):
        return self.form("/auth/token", grant_type="client_credentials", client_id=client, client_secret=client + "-secret", **fields)

    def token(self, client, **fields):
        key = (client, tuple(sorted(fields.items())))
        if key not in self.tokens:
            answer = self.token_answer(client, **fields)
            assert answer.status == 200, (client, answer.status, answer.body)
            self.tokens[key] = answer.json()["access_token"]
        return self.tokens[key]

    def claims(self, **other):
        now = int(time.time())
        return {"iss": "backend", "sub": "backend", "aud": f"http://{self.host}:{self.port}/auth/token", "jti": uuid.uuid4().hex,
                "exp": now + 200, "iat": now, **other}

    def assertion(self, jwt, **fields):
        return self.form("/auth/token", grant_type="client_credentials", client_assertion_type=ASSERTION, client_assertion=jwt, **fields)

    def raw(self, data, seconds=10, port=None):
        """Bytes as they are; all that comes back until the other side closes or is silent."""
        with socket.create_connection((self.host, port or self.port), timeout=seconds) as connection:
            out = b""
            try:
                connection.sendall(data)
                connection.settimeout(seconds)
                while chunk := connection.recv(65536):
                    out += chunk
                    if b"\x1c\r" in out:
                        break
            except (TimeoutError, ConnectionError):
                pass
            return out

    def raw_status(self, data, seconds=10):
        """Status of the answer to raw bytes, 0 when the connection was closed without one; and the issue code."""
        return self.told(self.raw(data, seconds))

    @staticmethod
    def told(answer):
        """Status and issue code of an answer's bytes."""
        if not answer.startswith(b"HTTP/1."):
            return 0, "-"
        head, _, body = answer.partition(b"\r\n\r\n")
        return int(head.split()[1]), Answer(0, {}, body).code()

    def mllp(self, port, message, seconds=10, frame=True):
        data = message.encode() if isinstance(message, str) else message
        return self.raw(b"\x0b" + data + b"\x1c\r" if frame else data, seconds, port).strip(b"\x0b\x1c\r")
