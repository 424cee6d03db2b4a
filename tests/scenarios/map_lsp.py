#!/usr/bin/env python3
"""The language server of maps, spoken to as an editor does: framed JSON over a pipe.

Every answer is checked against what the text of the map says. Run: map_lsp.py, with $HUITONG_PROGRAM.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAP = ROOT / "mappings/hospital-b/hospital-b-patients.map"
TABLE = ROOT / "mappings/shared/table.map"


class Editor:
    """One end of the pipe."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "map", "lsp", "--maps", "mappings", "--structures", "fhir-profiles", "--terminology", "terminology/maps"],
                                        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.last = 0
        self.findings = {}

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def read(self):
        length = 0
        while (line := self.process.stdout.readline().strip()):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message = json.loads(self.process.stdout.read(length))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.findings[message["params"]["uri"]] = message["params"]["diagnostics"]
        return message

    def ask(self, method, params=None):
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params or {}})
        while True:
            answer = self.read()
            if answer.get("id") == self.last:
                return answer

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def at(self, text, words, behind=0, **more):
        """Params of a question about the place `behind` characters into the first occurrence of `words`."""
        place = text.index(words) + behind
        line = text.count("\n", 0, place)
        before = text[text.rfind("\n", 0, place) + 1:place]
        return {"textDocument": {"uri": MAP.as_uri()}, "position": {"line": line, "character": len(before.encode("utf-16-le")) // 2}, **more}

    def change(self, text):
        self.tell("textDocument/didChange", {"textDocument": {"uri": MAP.as_uri()}, "contentChanges": [{"text": text}]})


def covered(text, place):
    lines = text.split("\n")
    start, end = place["start"], place["end"]
    assert start["line"] == end["line"]
    units = lines[start["line"]].encode("utf-16-le")
    return units[2 * start["character"]:2 * end["character"]].decode("utf-16-le")


def labels(answer):
    return [one["label"] for one in answer["result"]]


def check_findings(editor, text):
    editor.tell("textDocument/didOpen", {"textDocument": {"uri": MAP.as_uri(), "languageId": "fml", "version": 1, "text": text}})
    editor.ask("textDocument/documentSymbol", editor.at(text, "map"))
    assert editor.findings[MAP.as_uri()] == [], editor.findings
    wrong = text.replace("patient.gender", "patient.gendr")
    editor.change(wrong)
    editor.ask("textDocument/documentSymbol", editor.at(text, "map"))
    (finding,) = editor.findings[MAP.as_uri()]
    assert finding["code"] == "fml-unknown-element" and finding["severity"] == 1, finding
    assert covered(wrong, finding["range"]) == "patient", finding
    editor.change(text.replace("group HospitalBPatients", "grup HospitalBPatients"))
    editor.ask("textDocument/documentSymbol", editor.at(text, "map"))
    (finding,) = editor.findings[MAP.as_uri()]
    assert finding["code"] == "fml-syntax", finding
    editor.change(text)


def check_words(editor, text):
    hover = editor.ask("textDocument/hover", editor.at(text, "patient.birthDate", 10))["result"]
    assert "`date` 0..1" in hover["contents"]["value"] and covered(text, hover["range"]) == "birthDate", hover
    hover = editor.ask("textDocument/hover", editor.at(text, "row.`性别`", 5))["result"]
    assert "性别" in hover["contents"]["value"], hover
    hover = editor.ask("textDocument/hover", editor.at(text, "TableHead(time", 2))["result"]
    assert "group TableHead(source time, target bundle" in hover["contents"]["value"], hover
    hover = editor.ask("textDocument/hover", editor.at(text, "as sex ->", 4))["result"]
    assert "**sex** source" in hover["contents"]["value"], hover
    assert editor.ask("textDocument/hover", editor.at(text, "/// url"))["result"] is None
    found = editor.ask("textDocument/definition", editor.at(text, "TableHead(time", 2))["result"]
    assert found["uri"] == TABLE.as_uri() and covered(TABLE.read_text(), found["range"]) == "TableHead", found
    found = editor.ask("textDocument/definition", editor.at(text, "(mark != '1')", 2))["result"]
    assert found["uri"] == MAP.as_uri() and covered(text, found["range"]) == "mark", found
    assert found["range"]["start"]["character"] == text.split("\n")[found["range"]["start"]["line"]].index("as mark") + 3


def check_completion(editor, text):
    for written, wanted in [("patient.birthDate = (birth.readDate())", "birthDate"), ("row.`出生日期` as birth", "出生日期")]:
        stem = written.split(".")[0] + "."
        unfinished = text.replace(written, stem, 1)
        editor.change(unfinished)
        where = editor.at(unfinished, unfinished[text.index(written):][:40], len(stem))
        answer = editor.ask("textDocument/completion", where)
        assert wanted in labels(answer), (stem, labels(answer))
        item = next(one for one in answer["result"] if one["label"] == wanted)
        assert item["textEdit"]["range"]["start"] == item["textEdit"]["range"]["end"] == where["position"], item
        assert item["textEdit"]["newText"] in written, item
    # A word half written is replaced whole.
    unfinished = text.replace("patient.birthDate", "patient.bir", 1)
    editor.change(unfinished)
    answer = editor.ask("textDocument/completion", editor.at(unfinished, "patient.bir", 11))
    item = next(one for one in answer["result"] if one["label"] == "birthDate")
    assert covered(unfinished, item["textEdit"]["range"]) == "bir", item
    unfinished = text.replace("then TableHead(time, bundle)", "then Tab", 1)
    editor.change(unfinished)
    answer = editor.ask("textDocument/completion", editor.at(unfinished, "then Tab", 8))
    assert "TableHead" in labels(answer) and "number" not in labels(answer), labels(answer)
    unfinished = text.replace("translate(sex, '#gender'", "translate(sex, ''", 1)
    editor.change(unfinished)
    answer = editor.ask("textDocument/completion", editor.at(unfinished, "translate(sex, ''", 16))
    assert "#gender" in labels(answer), labels(answer)
    editor.change(text)


def check_rename(editor, text):
    ready = editor.ask("textDocument/prepareRename", editor.at(text, "as sex ->", 4))["result"]
    assert covered(text, ready) == "sex"
    edits = editor.ask("textDocument/rename", editor.at(text, "as sex ->", 4, newName="gender"))["result"]["changes"]
    assert list(edits) == [MAP.as_uri()] and [covered(text, one["range"]) for one in edits[MAP.as_uri()]] == ["sex", "sex"], edits
    edits = editor.ask("textDocument/rename", editor.at(text, "TableHead(time", 2, newName="Head"))["result"]["changes"]
    assert {MAP.as_uri(), TABLE.as_uri()} <= set(edits), edits
    for uri, changes in edits.items():
        lines = Path(uri.removeprefix("file://")).read_text()
        assert {covered(lines, one["range"]) for one in changes} == {"TableHead"}, uri
    refused = editor.ask("textDocument/rename", editor.at(text, "as sex ->", 4, newName="patient"))
    assert "taken" in refused["error"]["message"], refused
    refused = editor.ask("textDocument/rename", editor.at(text, "patient.birthDate", 10, newName="x"))
    assert "error" in refused, refused


def main():
    editor = Editor(os.environ["HUITONG_PROGRAM"])
    capabilities = editor.ask("initialize", {"processId": None, "rootUri": ROOT.as_uri(), "capabilities": {}})["result"]["capabilities"]
    assert capabilities["renameProvider"] and capabilities["completionProvider"], capabilities
    editor.tell("initialized", {})
    text = MAP.read_text()
    check_findings(editor, text)
    check_words(editor, text)
    check_completion(editor, text)
    check_rename(editor, text)
    assert editor.ask("textDocument/nothing")["error"]["code"] == -32601
    editor.ask("shutdown")
    editor.tell("exit", {})
    assert editor.process.wait(10) == 0
    print("language server: findings, meaning, declaration, completion, rename")


if __name__ == "__main__":
    sys.exit(main())
