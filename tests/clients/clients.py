#!/usr/bin/env python3
"""Common FHIR clients against a running hub: `run.mjs` with packages from npm, and curl. Exit code 77 where node or the packages are not to be had.

  tests/clients/clients.py [--program build/release/huitong]
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CONFIGURATION = '[server]\nhttp = "127.0.0.1:0"\ndata = "data"\n[access]\nmode = "open"\n'
TRANSACTION = {"resourceType": "Bundle", "type": "transaction",
               "entry": [{"resource": {"resourceType": "Patient", "active": True}, "request": {"method": "POST", "url": "Patient"}}]}


def curl(base):
    """A transaction to the base with a slash at its end, and a read with `Accept: application/json`: what people type first."""
    made = subprocess.run(["curl", "-sS", "--fail-with-body", "--compressed", "-H", "Content-Type: application/fhir+json", "-d", json.dumps(TRANSACTION), base + "/"],
                          capture_output=True, text=True)
    if made.returncode != 0:
        return f"curl: transaction: {made.stderr} {made.stdout[:200]}"
    location = json.loads(made.stdout)["entry"][0]["response"]["location"]
    found = subprocess.run(["curl", "-sS", "-f", "-H", "Accept: application/json", "-w", "%{content_type}", location], capture_output=True, text=True)
    return "" if found.returncode == 0 and found.stdout.endswith("application/json; charset=utf-8") else f"curl: read: {found.stdout[-200:]}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=os.environ.get("HUITONG_PROGRAM", str(ROOT / "build/release/huitong")))
    arguments = parser.parse_args()
    if not shutil.which("npm") or not shutil.which("node"):
        sys.exit(77)
    os.environ.setdefault("HUITONG_PACK", str(Path(arguments.program).parent / "r4.pack"))
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for name in ("package.json", "run.mjs"):
            shutil.copy(HERE / name, folder / name)
        installed = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], cwd=folder, timeout=600)
        if installed.returncode != 0:
            sys.exit(77)
        (folder / "hub.toml").write_text(CONFIGURATION)
        with open(folder / "hub.log", "wb") as log:
            hub = subprocess.Popen([arguments.program, "serve", "--config", str(folder / "hub.toml")], stdout=subprocess.PIPE, stderr=log)
        try:
            base = "http://" + json.loads(hub.stdout.readline())["http"] + "/fhir"
            wrong = curl(base)
            print(wrong or "curl: right")
            run = subprocess.run(["node", "run.mjs", base], cwd=folder)
        finally:
            hub.terminate()
            hub.wait()
    sys.exit(1 if wrong or run.returncode else 0)


if __name__ == "__main__":
    main()
