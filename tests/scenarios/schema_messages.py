"""A message for every schema of a service: each element and attribute that the schema knows, with values that its facets allow.

Numbers are the same wherever the schema leaves them free, so that what one service stores another finds.
"""
import re
import xml.etree.ElementTree as ElementTree

XS = "{http://www.w3.org/2001/XMLSchema}"
HL7 = "urn:hl7-org:v3"
TEXT, TIME = "N000001", "20261120093000"
TIMES = ("low", "high", "any", "time", "effectiveTime")
NUMBERS = ("long", "int", "short", "byte", "integer", "positiveInteger", "nonNegativeInteger", "float", "decimal")


class Writer:
    """Writes one instance of a schema."""

    def __init__(self, file):
        self.root = ElementTree.parse(file).getroot()
        self.types = {node.get("name"): node for node in self.root if node.tag in (XS + "complexType", XS + "simpleType")}

    def message(self):
        element = next(node for node in self.root if node.tag == XS + "element")
        ElementTree.register_namespace("", HL7)
        return ElementTree.tostring(self.element(element), encoding="unicode")

    def element(self, declared):
        out = ElementTree.Element(f"{{{HL7}}}{declared.get('name')}")
        simple, complex_type = declared.find(XS + "simpleType"), declared.find(XS + "complexType")
        named = self.types.get((declared.get("type") or "").split(":")[-1])
        if named is not None:
            simple, complex_type = (named, None) if named.tag == XS + "simpleType" else (simple, named)
        if complex_type is not None:
            self.content(complex_type, out)
        elif simple is not None:
            out.text = self.value(simple)
        elif declared.get("name") == "name":
            out.text = TEXT
        return out

    def content(self, node, out):
        for part in node:
            if part.tag == XS + "element":
                for _ in range(max(1, int(part.get("minOccurs", "1")))):
                    out.append(self.element(part))
            elif part.tag == XS + "attribute":
                simple = part.find(XS + "simpleType")
                value = part.get("fixed")
                if value is None:
                    value = self.value(simple) if simple is not None else self.plain(part.get("type") or "xs:string")
                if value in (TEXT, "1") and part.get("name") == "value" and out.tag.split("}")[1] in TIMES:
                    value = TIME[:8] if (part.get("type") or "").endswith("int") else TIME
                out.set(part.get("name"), value)
            elif part.tag == XS + "choice":
                every = part.findall(XS + "element")
                for one in every if part.get("maxOccurs") else every[:1]:
                    out.append(self.element(one))
            elif part.tag in (XS + "sequence", XS + "all", XS + "simpleContent", XS + "complexContent", XS + "extension"):
                self.content(part, out)

    def value(self, simple):
        facets = simple.find(XS + "restriction")
        if facets is None:
            return TEXT
        found = {facet.tag[len(XS):]: facet.get("value") for facet in facets}
        enumerated = [facet.get("value") for facet in facets.findall(XS + "enumeration") if facet.get("value")]
        if enumerated:
            return enumerated[0]
        patterns = [facet.get("value") for facet in facets.findall(XS + "pattern")]
        for candidate in (TIME, "202611200930", "20261120", "active", "1", TEXT):
            if patterns and any(re.fullmatch(pattern, candidate) for pattern in patterns):
                return candidate
        text = self.plain(facets.get("base", "xs:string"))
        if "minExclusive" in found:
            return str(int(found["minExclusive"]) + 1)
        low, high = int(found.get("length", found.get("minLength", 0))), int(found.get("length", found.get("maxLength", 1 << 20)))
        return (text + "0" * low)[: max(low, min(len(text), high))]

    def plain(self, name):
        return "1" if name.split(":")[-1] in NUMBERS else TEXT
