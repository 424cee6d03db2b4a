#!/usr/bin/env python3
"""The Debian package, unpacked into a folder of its own, holds all that a hub needs: nothing of it comes from where it was built.

    tests/scenarios/installed.py
"""
import os
import re
import shutil
import subprocess
from pathlib import Path

from hub import ROOT, Hub, Run, check, program, run_script, same

BUILD = Path(program()).resolve().parent


def output(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    check(done.returncode == 0, f"{command[0]}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def unpacked(folder):
    """The package's files under `folder`/tree, and what it says of itself."""
    output("cpack", "-G", "DEB", "-B", str(folder), cwd=BUILD)
    package, = folder.glob("huitong_*.deb")
    output("dpkg-deb", "-x", str(package), str(folder / "tree"))
    return folder / "tree", output("dpkg-deb", "-f", str(package))


def examine(tree, control):
    for library in ("libsqlite3-0", "libssl3", "libcurl4", "libc6"):
        check(library in control, f"the package does not depend on {library}:\n{control}")
    unit = (tree / "usr/lib/systemd/system/huitong.service").read_text()
    command = re.search(r"^ExecStart=(\S+)", unit, re.M)[1]
    check(os.access(tree / command.lstrip("/"), os.X_OK), f"the unit starts {command}, which the package does not hold")
    guide = re.search(r"^Documentation=file://(\S+)", unit, re.M)[1]
    check((tree / guide.lstrip("/")).is_file(), f"the unit names {guide}, which the package does not hold")
    binary = (tree / "usr/bin/huitong").read_bytes()
    check(str(ROOT).encode() not in binary, "the program holds the path that it was built in")


def serve(tree, folder):
    """Started as the guide says it, with the sample's configuration out of the package; ended as systemd does."""
    shutil.copy(tree / "usr/share/huitong/samples/city/hub.toml", folder / "hub.toml")
    text = (folder / "hub.toml").read_text(encoding="utf-8").replace('"../../', f'"{tree}/usr/share/huitong/')
    text = re.sub(r'(http|listen) = "127\.0\.0\.1:\d+"', r'\1 = "127.0.0.1:0"', text)
    (folder / "hub.toml").write_text(text, encoding="utf-8")
    os.environ["HUITONG_PROGRAM"] = str(tree / "usr/bin/huitong")
    os.environ.pop("HUITONG_PACK", None)
    hub = Hub(folder / "hub.toml").start()
    try:
        same(hub.curl("GET", "/readyz").status, 200, "the hub is ready")
        same(hub.curl("GET", "/fhir/metadata").json()["fhirVersion"], "4.0.1", "what it speaks")
        metrics = hub.curl("GET", "/metrics").text
        check('huitong_feed_up{feed="lis-a"} 1' in metrics, f"no feed in the metrics:\n{metrics[:2000]}")
        told_metrics(metrics, (tree / "usr/share/doc/huitong/guides/operations.md").read_text(encoding="utf-8"))
        hub.process.terminate()
        same(hub.process.wait(timeout=30), 0, "the exit code")
    finally:
        hub.stop()


def told_metrics(metrics, guide):
    """Whoever builds alarms finds every name in the guide."""
    names = {re.match(r"huitong_\w+", line)[0] for line in metrics.splitlines()}
    untold = sorted(name for name in names if f"`{name}`" not in guide)
    same(untold, [], "metrics that the guide of operations does not explain")


def main():
    with Run() as run:
        folder = run.folder / "package"
        folder.mkdir()
        tree, control = unpacked(folder)
        examine(tree, control)
        serve(tree, folder)
    print("the package holds what it needs")
    return 0


if __name__ == "__main__":
    run_script(main)
