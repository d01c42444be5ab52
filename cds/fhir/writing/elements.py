"""The data types of FHIR R4 as they are written: no empty member, no character XML cannot hold."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from cds.knowledge.fact import Coding

Json = dict[str, Any]
UCUM = "http://unitsofmeasure.org"
#: The names of what FHIR has no address for: identifiers, extensions and rules of this service.
OURS = "urn:exercise-cds"
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def complete(value: Any) -> Any:
    """The value without members that say nothing; FHIR has neither null nor empty members."""
    if isinstance(value, str):
        return _NOT_IN_XML.sub(" ", value).strip()
    if isinstance(value, Mapping):
        members = {name: complete(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if _says_something(member)}
    if isinstance(value, (list, tuple)):
        return [member for member in map(complete, value) if _says_something(member)]
    return value


def concept(text: str | None, *codings: Coding) -> Json:
    """A CodeableConcept."""
    return {"coding": [coding_of(coding) for coding in codings], "text": text}


def coding_of(coding: Coding) -> Json:
    """A Coding."""
    return {"system": coding.system, "code": coding.code, "display": coding.display}


def quantity(value: float, unit: str) -> Json:
    """A Quantity; `unit` is a UCUM code."""
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def extension(name: str, kind: str, value: Any) -> Json:
    """An Extension of this service; `kind` is the FHIR type of its value."""
    return {"url": f"{OURS}:extension:{name}", f"value{kind}": value}


def narrative(title: str, lines: Iterable[str | None]) -> Json:
    """A Narrative in XHTML, with everything escaped."""
    told = [escape(line) for line in map(complete, filter(None, lines)) if line]
    listed = "".join(f"<li>{line}</li>" for line in told)
    body = f"<p>{escape(complete(title))}</p>" + (f"<ul>{listed}</ul>" if listed else "")
    return {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>',
    }


def span(pair: Iterable[float]) -> str:
    """From one number to another, in words."""
    low, high = pair
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _says_something(value: Any) -> bool:
    return value is not None and value not in ("", [], {})
