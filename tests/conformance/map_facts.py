"""Which field of a v2 message our maps read, and which element of FHIR they write with it: read from the compiled maps, without a message.

A fact is a pair (source, target) such as ("PID-5.1", "Patient.name.family") with the constants written there and the types of its values.
Rules are followed from the first group with what each call passes; a constant belongs to the field that its rule stands at.
"""
import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

FIELD = re.compile(r"[A-Z][A-Z0-9]{2}-\d+$")
SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}$")
TOKEN = re.compile(r"\s*('(?:[^'\\]|\\.)*'|`[^`]+`|%?[A-Za-z_$]\w*|%`[^`]+`|\d+(?:\.\d+)?|[^\s])")
# Functions whose value is another one than what they are called on, and its type.
TYPED = {"readQuantity": "Quantity", "readDateTime": "dateTime", "readDate": "date", "readInstant": "instant", "readNumber": "decimal", "readReferenceRange": "ReferenceRange",
         "toInteger": "integer", "toString": "string", "join": "string", "replaceMatches": "string", "exists": "boolean", "empty": "boolean",
         "matches": "boolean", "matchesFull": "boolean", "contains": "boolean", "startsWith": "boolean", "not": "boolean", "toMolar": "",
         "encode": "string", "upper": "string", "lower": "string", "substring": "string"}
# Values that are written whole, with what they bring along.
WHOLE = {"Quantity": ("value", "unit", "code", "system"), "ReferenceRange": ("text", "low", "high")}
TESTS = {"where", "first", "last", "trim", "single", "distinct", "all", "skip", "take", "escape"}


@dataclass(frozen=True)
class Value:
    """What a variable holds: places of the message that it comes from, constants, types; or an element of the outcome."""
    paths: frozenset = frozenset()
    constants: frozenset = frozenset()
    types: frozenset = frozenset()
    target: str = ""

    def __or__(self, other):
        return Value(self.paths | other.paths, self.constants | other.constants, self.types | other.types, self.target or other.target)

    def typed(self, name):
        return Value(self.paths, self.constants, frozenset([name]) if name else frozenset(), self.target)

    def step(self, name):
        """The element `name` of this place: a field, a component, a segment, or a group of segments, which is no place by itself."""
        if FIELD.match(name) or SEGMENT.match(name):
            return Value(frozenset([name]))
        if re.match(r"[cs]\d+$", name):
            return Value(frozenset(f"{path}.{name[1:]}" for path in self.paths if "-" in path))
        return Value() if name.isupper() else Value(self.paths)


def constant(text):
    return Value(constants=frozenset([text]))


class Expression:
    """A FHIRPath expression, read for what its value comes from."""

    def __init__(self, text, variables, focus=Value()):
        self.tokens, self.at, self.variables = TOKEN.findall(text), 0, variables
        self.value = self.read(focus)

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def read(self, focus):
        """Operands up to a closing bracket or comma; what they are made of is what the whole is made of."""
        out, compared = Value(), False
        while self.peek() not in ("", ")", ","):
            token = self.tokens[self.at]
            if token in ("and", "or", "in", "is", "as", "implies", "xor", "=", "!", "<", ">", "+", "-", "*", "/", "|", "&", "~"):
                compared = compared or token in ("and", "or", "in", "=", "<", ">", "!")
                self.at += 1
                continue
            out = out | self.chain(focus)
        return out.typed("boolean") if compared else out

    def arguments(self, focus):
        out = []
        while self.peek() != ")" and self.peek():
            out.append(self.read(focus))
            if self.peek() == ",":
                self.at += 1
        self.at += 1
        return out

    def chain(self, focus):
        token = self.tokens[self.at]
        self.at += 1
        if token == "(":
            value = self.read(focus)
            self.at += 1
        elif token == "{":
            self.at += 1
            value = Value()
        elif token.startswith("'"):
            value = constant(token[1:-1]).typed("string")
        elif token[0].isdigit() or token in ("true", "false"):
            value = constant(token)
        elif self.peek() == "(" and not token.startswith(("%", "`", "$")):
            self.at += 1
            value = self.call(token, focus)
        elif token == "$this":
            value = focus
        else:
            name = token.strip("%`")
            value = self.variables[name] if name in self.variables else focus.step(name)
        while self.peek() == ".":
            name = self.tokens[self.at + 1].strip("`")
            self.at += 2
            if self.peek() == "(":
                self.at += 1
                value = self.call(name, value)
            else:
                value = value.step(name)
        return value

    def call(self, name, value):
        given = self.arguments(value)
        if name in TESTS:
            return value
        if name == "select":
            return given[0]
        if name == "iif":
            return Value(given[0].paths) | given[1] | (given[2] if len(given) > 2 else Value())
        for one in given if name in ("combine", "union", "readQuantity", "readReferenceRange", "join", "toMolar") else []:
            value = value | one
        return value.typed(TYPED[name]) if TYPED.get(name) else value


@dataclass
class Facts:
    """Everything that maps do, by source and target."""
    written: dict = field(default_factory=dict)  # (source, target) -> [constants, types]

    def add(self, value, context, target):
        for name in WHOLE.get(next(iter(value.types & set(WHOLE)), ""), ()):
            self.add(Value(value.paths), context, f"{target}.{name}")
        for path in value.paths or context:
            parts = path.split(".")
            sources = {".".join(parts[:length]) for length in range(1, len(parts) + 1)} | {path.split("-")[0]}
            for source in sources:
                constants, types = self.written.setdefault((source, target), (set(), set()))
                constants |= value.constants
                types |= value.types


class Maps:
    """The maps of a folder, compiled by the program."""

    def __init__(self, program, folder):
        files = sorted(Path(folder).rglob("*.map"))
        requests = "".join(json.dumps({"id": number, "op": "map.parse", "input": str(file)}) + "\n" for number, file in enumerate(files))
        done = subprocess.run([program, "batch"], input=requests, capture_output=True, text=True, check=True)
        self.maps = {one["url"]: one for one in (json.loads(line)["structureMap"] for line in done.stdout.splitlines())}
        self.groups = {(url, group["name"]): group for url, one in self.maps.items() for group in one["group"]}

    def find(self, url, name):
        """The group `name` as the map `url` sees it: its own, or one of an imported map."""
        todo, seen = [url], set()
        while todo:
            here = todo.pop(0)
            if (here, name) in self.groups:
                return here, self.groups[here, name]
            seen.add(here)
            todo += [other for other in self.maps.get(here, {}).get("import", []) if other not in seen]
        return None

    def facts(self, url, kind):
        """What the map does with messages of one type (MSH-9.1)."""
        walk = Walk(self, kind)
        here, group = self.find(url, self.maps[url]["group"][0]["name"])
        walk.group(here, group, [Value(target="Bundle") if one["mode"] == "target" else Value() for one in group["input"]], frozenset())
        return walk.facts.written


class Walk:
    """One reading of a map for one type of message."""

    def __init__(self, maps, kind):
        self.maps, self.kind, self.facts, self.seen = maps, kind, Facts(), set()

    def group(self, url, group, arguments, context):
        key = (url, group["name"], tuple(arguments), context)
        if key in self.seen:
            return
        self.seen.add(key)
        variables = {one["name"]: value for one, value in zip(group["input"], arguments)}
        for rule in group.get("rule", []):
            self.rule(url, rule, variables, context)

    def rule(self, url, rule, outer, context):
        variables, here = dict(outer), frozenset()
        for source in rule.get("source", []):
            condition = source.get("condition", "")
            kinds = re.findall(r"'([A-Z]{3})'", condition) if "MSH-9`.c1" in condition else []
            if kinds and self.kind not in kinds:
                return
            value = variables.get(source["context"], Value())
            if "element" in source:
                value = value.step(source["element"])
            if "variable" in source:
                variables[source["variable"]] = value
            here |= value.paths | (Expression(condition, variables, value).value.paths if condition else frozenset())
        fields = frozenset(path for path in here if "-" in path)
        context = fields or frozenset(path for path in context if "-" in path) | here
        for target in rule.get("target", []):
            self.target(target, variables, context)
        for inner in rule.get("rule", []):
            self.rule(url, inner, variables, context)
        for call in rule.get("dependent", []):
            self.call(url, call, variables, context)

    def call(self, url, call, variables, context):
        found = self.maps.find(url, call["name"])
        if not found:
            return
        kinds = call.get("_variable") or []
        arguments = []
        for number, name in enumerate(call["variable"]):
            kind = next((one["valueCode"] for one in (kinds[number] or {}).get("extension", [])), "") if number < len(kinds) else ""
            if kind and kind != "text":
                arguments.append(Expression(name or "", variables).value)
            else:
                arguments.append(constant(name or "") if kind or name is None else variables.get(name, Value()))
        self.group(*found, arguments, context)

    def target(self, target, variables, context):
        transform = target.get("transform")
        given = [self.parameter(one, variables) for one in target.get("parameter", [])]
        value = self.transformed(transform, given, variables, target)
        if "element" not in target:
            if "variable" in target:
                variables[target["variable"]] = value
            return
        base = variables.get(target.get("context"), Value()).target
        path = f"{base}.{target['element']}" if base else ""
        if transform == "create" and target["element"] in ("resource", "contained"):
            path = next(iter(given[0].constants))
        if not path:
            return
        if transform in ("c", "cc"):
            for name, one in zip(("system", "code", "display") if transform == "c" else ("coding.system", "coding.code", "coding.display"), given):
                self.facts.add(one, context, f"{path}.{name}")
        if transform == "translate" and given[-1].constants & {"Coding", "CodeableConcept"}:
            for name in ("system", "code"):
                self.facts.add(Value(value.paths), context, f"{path}.{name}")
        types = given[0].constants if transform == "create" and given else value.types
        self.facts.add(Value(value.paths, value.constants if transform != "create" else frozenset(), types), context, path)
        if "variable" in target:
            variables[target["variable"]] = Value(target=path)

    def parameter(self, one, variables):
        if "valueId" in one:
            return variables.get(one["valueId"], Value())
        value = next(iter(one.values()))
        return constant(str(value).lower() if isinstance(value, bool) else str(value))

    def transformed(self, transform, given, variables, target):
        if transform == "evaluate":
            text = next(iter(target["parameter"][-1].values()))
            return Expression(text, variables, given[0] if len(given) > 1 else Value()).value
        if transform in ("copy", "truncate", "escape", "unique", "pointer", "reference") and given:
            return given[0]
        if transform == "cast" and given:
            return given[0].typed(next(iter(given[1].constants), "")) if len(given) > 1 else given[0]
        if transform == "translate":
            return Value(given[0].paths).typed("code")
        if transform == "dateOp":
            return given[0].typed("dateTime")
        out = Value()
        for one in given if transform in ("append", "c", "cc", "qty", "id", "cp") else []:
            out = out | Value(one.paths)
        return out
