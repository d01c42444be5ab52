"""What was typed into the form → the body of a request for a decision, and errors at fields."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from cds.errors import Refusal
from cds.knowledge.fact import FactType
from cds.web.layout import Field, Layout, Section, unit_words

_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?", re.ASCII)
_POINTER = re.compile(r"/(facts|conditions|medications|procedures)(?:/([a-z0-9_]+))?(?:/\w+)*")
_UNIT = re.compile(r"mm\[Hg\]|\[\w+\]|\{\w+\}|\bCel\b")
_TRUTHS = {"true": True, "false": False}
#: What is wanted, liked and at hand, one thing on a line.
WISHES = ("goals", "likes", "dislikes", "equipment")
Typed = Mapping[str, Sequence[str]]


class FieldError(Struct, frozen=True):
    """An error beside its field; `anchor` is the id that the summary links to."""

    anchor: str
    label: str
    detail: str


def typed(values: Typed, name: str) -> str:
    """The one value of a field, or nothing."""
    found = values.get(name, ())
    return found[0].strip() if found else ""


def once(values: Typed, about: str = "") -> str:
    """An idempotency key: the same form sent again, by a second click say, is the same request.

    The form's own token is part of it, so that the same words in a form asked for anew are not.
    `about` is what the form belongs to.
    """
    sent = json.dumps([about, *([name, list(values[name])] for name in sorted(values))])
    return f"form:{hashlib.sha256(sent.encode()).hexdigest()}"


def body_of(values: Typed, layout: Layout) -> tuple[dict[str, Any], list[Refusal]]:
    """The request that the form makes, and what cannot even be written as one."""
    facts, refusals = _facts(values, layout)
    body: dict[str, Any] = {
        "facts": facts,
        "conditions": _listed("conditions", values, "onset"),
        "conditions_reviewed": bool(typed(values, "conditions_reviewed")),
        "medications": _listed("medications", values, "at"),
        "medications_reviewed": bool(typed(values, "medications_reviewed")),
        "procedures": [_procedure(id_, values) for id_ in values.get("procedures", ())],
        "request": _request(values),
    }
    if text := typed(values, "fact.desired_intensity"):
        facts["desired_intensity"] = text
    if day := typed(values, "evaluation_date"):
        body["evaluation_date"] = day
    if wishes := {kind: lines for kind in WISHES if (lines := _lines(typed(values, kind)))}:
        body["preferences"] = wishes
    return body, refusals


def _facts(values: Typed, layout: Layout) -> tuple[dict[str, Any], list[Refusal]]:
    facts: dict[str, Any] = {}
    refusals: list[Refusal] = []
    more = Section("more", "", fields=layout.more(values))
    for section in (*layout.sections, more):
        for field in section.fields:
            name = field.fact.name
            if not (text := typed(values, f"fact.{name}")):
                continue
            value = _value(field, text)
            if value is None:
                detail = "Write a plain number with a decimal point, like 72 or 36.6."
                refusals.append(Refusal(f"/facts/{name}", detail))
            else:
                facts[name] = _measured(field, value, section, values)
    return facts, refusals


def errors_of(refusals: Iterable[Refusal], layout: Layout) -> list[FieldError]:
    """Each refusal at the field that it is about, in the order of the form."""
    labels = {f"fact.{name}": fact.label for name, fact in layout.vocabulary.items()}
    errors: list[FieldError] = []
    for refusal in refusals:
        anchor = _anchor(refusal.pointer, layout)
        label = labels.get(anchor) or anchor.replace("_", " ").capitalize() or "The form"
        errors.append(FieldError(anchor, label, _in_words(refusal.detail, labels)))
    places = {f"fact.{name}": place for place, name in enumerate(layout.fields)}
    return sorted(errors, key=lambda error: places.get(error.anchor, len(places)))


def _in_words(detail: str, labels: Mapping[str, str]) -> str:
    """The sentence with the form's words in place of pointers and unit codes."""
    detail = _POINTER.sub(
        lambda found: f"“{labels.get(f'fact.{found[2]}', found[1].replace('_', ' '))}”", detail
    )
    return _UNIT.sub(lambda found: unit_words(found[0]), detail)


def _anchor(pointer: str, layout: Layout) -> str:
    steps = pointer.strip("/").split("/")
    if steps[0] == "facts" and len(steps) > 1:
        dated = [s.id for s in layout.sections if s.dated and s.asks(steps[1])]
        return f"at.{dated[0]}" if steps[-1] == "at" and dated else f"fact.{steps[1]}"
    return steps[-1] if steps[0] == "request" and not steps[-1].isdigit() else steps[0]


def _value(field: Field, text: str) -> bool | float | int | str | None:
    if field.fact.type is FactType.FLAG:
        return _TRUTHS.get(text)
    if field.fact.type is FactType.CODE:
        return text
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def _measured(field: Field, value: Any, section: Section, values: Typed) -> Any:
    unit = typed(values, f"unit.{field.fact.name}")
    day = typed(values, f"at.fact.{field.fact.name}")
    if not day and section.dated:
        day = typed(values, f"at.{section.id}")
    members = {"unit": unit, "at": day}
    given = {name: text for name, text in members.items() if text}
    return {"value": value, **given} if given else value


def _listed(kind: str, values: Typed, day: str) -> list[Any]:
    ticked = [_entry(kind, id_, values, day) for id_ in dict.fromkeys(values.get(kind, ()))]
    return ticked + [{"display": line} for line in _lines(typed(values, f"{kind}_text"))]


def _entry(kind: str, id_: str, values: Typed, day: str) -> Any:
    """The id; an object when the form says more about it than that it is there."""
    status, at = (typed(values, f"{kind}_{part}.{id_}") for part in ("status", "at"))
    said = {name: text for name, text in (("status", status), (day, at)) if text}
    return {"id": id_, **said} if said else id_


def _procedure(id_: str, values: Typed) -> dict[str, str]:
    day = typed(values, f"procedure_at.{id_}")
    return {"code": id_, "at": day} if day else {"code": id_}


def _request(values: Typed) -> dict[str, Any]:
    asked = {name: typed(values, name) for name in ("intensity", "setting")}
    request: dict[str, Any] = {name: text for name, text in asked.items() if text}
    if modalities := list(dict.fromkeys(values.get("modalities", ()))):
        request["modalities"] = modalities
    if exercises := _lines(typed(values, "exercises")):
        request["exercises"] = exercises
    return request


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
