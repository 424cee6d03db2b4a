#!/usr/bin/env python3
"""Signed documents: who signed stands in the Provenance, verified or with the reason why not; the document is in the record either way.

    tests/scenarios/signatures.py
"""
import base64
import subprocess

from hub import ROOT, USUAL_CONTENT, USUAL_REGISTERS, Hub, Run, check, play_steps, run_script, same, wait_for

CONFIGURATION = USUAL_CONTENT + USUAL_REGISTERS + """
[demo]
unassigned_regions = true
[[feed]]
name = "documents"
kind = "cda"
organization = "341002H0001"
map = "https://huitong.example/fhir/StructureMap/cda-document"
drop = "drop"
poll_ms = 50
authorities = "authorities"
[[client]]
id = "his-a"
organization = "341002H0001"
secret_sha256 = "09e7ceb89ef4f59f738a3c06f441250b71112dbb9469b49dfbe7efa7444e1d46"
scopes = ["system/*.cruds"]
"""
REPORT = (ROOT / "tests/golden/cda-document/laboratory_report/in.xml").read_text(encoding="utf-8")
EXTENSIONS = "https://huitong.example/fhir/StructureDefinition/"


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_keys(folder):
    """An authority that is configured and one that is not, with a signer each."""
    for authority, signer in (("known", "doctor"), ("unknown", "stranger")):
        openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{authority}.key", "-out", f"{authority}.pem", "-days", "30", "-subj", f"/CN={authority}")
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{signer}.key", "-out", f"{signer}.csr", "-subj", f"/CN={signer}")
        openssl(folder, "x509", "-req", "-in", f"{signer}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial", "-days", "20", "-out", f"{signer}.pem")


def value_of(element, name):
    return [one["valueCode"] for one in element.get("extension", []) if one["url"] == EXTENSIONS + name]


class Play:
    def __init__(self, hub, keys):
        self.hub, self.keys, self.drops = hub, keys, hub.folder / "drop"

    def drop(self, number, signer=None, changed=False):
        """A report of its own number, signed beside it; what came and what was signed are the same unless `changed`."""
        text = REPORT.replace("RN20261120000731", number)
        file = f"{number}.xml"
        wait_for("the feed watches its folder", self.drops.is_dir)
        if signer:
            (self.keys / file).write_text(text.replace("4.10", "4.90") if changed else text, encoding="utf-8")
            openssl(self.keys, "cms", "-sign", "-binary", "-in", file, "-signer", f"{signer}.pem", "-inkey", f"{signer}.key", "-outform", "DER", "-out", f"{file}.p7s")
            (self.drops / f"{file}.p7s").write_bytes((self.keys / f"{file}.p7s").read_bytes())
        part = self.drops / f".{file}"
        part.write_text(text, encoding="utf-8")
        part.rename(self.drops / file)
        wait_for(f"{file} is taken", (self.drops / "done" / file).exists)
        self.hub.settle()
        documents = self.hub.search(f"Composition?identifier=urn:oid:2.16.156.10011.1.1|{number}", "his-a")
        same(len(documents), 1, f"documents with the number {number}")
        provenances = self.hub.search(f"Provenance?target=Composition/{documents[0]['id']}", "his-a")
        same(len(provenances), 1, "their provenance")
        return provenances[0]

    def what_nobody_signed_says_so(self):
        provenance = self.drop("RN1")
        same((value_of(provenance, "signature-state"), "signature" in provenance), (["unsigned"], False), "an unsigned document")

    def a_signature_of_a_known_authority_is_verified_and_kept(self):
        provenance = self.drop("RN2", "doctor")
        same(value_of(provenance, "signature-state"), ["verified"], "the document")
        signature = provenance["signature"][0]
        same((value_of(signature, "signature-state"), value_of(signature, "signature-method")), (["verified"], ["RSA-SHA256"]), "the signature")
        same((signature["who"]["display"], signature["sigFormat"]), ("doctor", "application/pkcs7-signature"), "who signed")
        check(base64.b64decode(signature["data"]) == (self.keys / "RN2.xml.p7s").read_bytes(), "the signature is kept to the byte")
        check((self.drops / "done/RN2.xml.p7s").exists(), "it went with its document")

    def a_stranger_and_a_changed_document_are_told_and_kept(self):
        for number, signer, changed, reason in (("RN3", "stranger", False, "signature-unknown-authority"), ("RN4", "doctor", True, "signature-other-content")):
            provenance = self.drop(number, signer, changed)
            same((value_of(provenance, "signature-state"), value_of(provenance["signature"][0], "signature-reason")), (["not-verified"], [reason]), f"the document {number}")

    def every_result_of_the_document_has_that_provenance(self):
        results = self.hub.search("Observation?code=DE04.30.009.00", "his-a")
        same(len(results), 4, "results of four documents")
        states = [value_of(self.hub.search(f"Provenance?target=Observation/{one['id']}", "his-a")[0], "signature-state")[0] for one in results]
        same(sorted(states), ["not-verified", "not-verified", "unsigned", "verified"], "their states")


def main():
    with Run() as run:
        folder = run.folder / "hub"
        (folder / "authorities").mkdir(parents=True)
        keys = run.folder / "keys"
        keys.mkdir()
        make_keys(keys)
        (folder / "authorities/known.pem").write_bytes((keys / "known.pem").read_bytes())
        (folder / "hub.toml").write_text(CONFIGURATION.format(root=ROOT), encoding="utf-8")
        hub = Hub(folder / "hub.toml").start()
        run.hubs.append(hub)
        play = Play(hub, keys)
        play_steps((play.what_nobody_signed_says_so, play.a_signature_of_a_known_authority_is_verified_and_kept,
                    play.a_stranger_and_a_changed_document_are_told_and_kept, play.every_result_of_the_document_has_that_provenance))


if __name__ == "__main__":
    run_script(main)
