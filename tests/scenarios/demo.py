#!/usr/bin/env python3
"""The story of the samples on a running hub: three hospitals and a laboratory feed it, a doctor asks, a result is recognised.

    demo.py          plays the story, then leaves the hub running and prints what to look at; Ctrl-C ends it
    demo.py --once   plays the story to its end and exits 0 when every answer was right
"""
import argparse
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import samples
from hub import ROOT, Run, run_script
from story import Story


def tell(hub, story):
    print(f"""
The hub is running: {hub.url}/fhir   (data and log: {hub.folder})

Look at, with a token of the auditor:
  TOKEN=$({ROOT}/build/release/huitong token --config {hub.configuration} --client auditor)
  curl -s -H "Authorization: Bearer $TOKEN" '{hub.url}/fhir/Observation?code=http://loinc.org|718-7&_sort=-date&_pretty=true'
  curl -s -H "Authorization: Bearer $TOKEN" '{hub.url}/fhir/DiagnosticReport?identifier=urn:huitong:organization:341002H0001:report|{story.report}&_include=DiagnosticReport:result&_pretty=true'
  {ROOT}/build/release/huitong feed list --config {hub.configuration}
  {ROOT}/build/release/huitong feed dead-letters --config {hub.configuration}
  {ROOT}/build/release/huitong trace --config {hub.configuration} Observation/{story.traced}

Ctrl-C ends it and removes {hub.folder.parent}.""")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--once", action="store_true")
    parser.add_argument("--day-zero", help="the day hospital B orders, default today; the hub's clock then stands at 10:30 of it")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    with Run() as run:
        day = samples.day_zero(arguments.day_zero)
        messages = run.folder / "messages"
        entries = samples.generate(messages, day)
        print(f"Day zero is {day}: {len(entries)} messages and files of four senders are written for it.")
        replacements = [(f'registers = "{ROOT}/terminology/recognition"', f'registers = "{messages}/recognition"')]
        if arguments.day_zero:
            replacements.append(('offset = "+08:00"', f'offset = "+08:00"\nfixed_now = "{day}T10:30:00+08:00"'))
        hub = run.hub("city", "city", free_ports=arguments.once, replacements=replacements)
        hub.start()
        print(f"The hub listens on {hub.url}; feeds: {', '.join(hub.ready['feeds'])}.")
        story = Story(hub, messages, entries)
        story.play()
        if arguments.once:
            hub.stop()
            hub.command("audit", "verify", "--data", str(hub.folder / "data"))
            print("  both logs are whole, from the first entry to the last")
        print("Every answer was right.")
        if not arguments.once:
            tell(hub, story)
            try:
                signal.pause()
            except KeyboardInterrupt:
                print("\nStopping.")


if __name__ == "__main__":
    run_script(main)
