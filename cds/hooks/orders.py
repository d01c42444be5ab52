"""Drafted orders that mean exercise, and what of it their codes and words name."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from msgspec import Struct

from cds.ehr.gathering import refuse_others
from cds.errors import IntakeError, Refusal
from cds.hooks.markdown import named
from cds.model.hooks import OrderWords

Json = Mapping[str, Any]
MeantBy = Callable[[str], tuple[str, ...]]
_CONCEPTS = ("code", "category", "orderDetail", "medicationCodeableConcept", "reasonCode")
_TEXTS = ("title", "description", "patientInstruction", "instruction")
_NOTES = ("note", "dosageInstruction", "activity", "detail", "payload")
_NAMING = ("code", "medicationCodeableConcept", "category")
_DEEPEST = 4


class Draft(Struct, frozen=True):
    """One drafted exercise order: its reference where it has an id, its name, what it asks for.

    `exercises` are ids of movements.
    """

    reference: str | None
    name: str | None
    modalities: tuple[str, ...]
    exercises: tuple[str, ...]
    intensity: str | None

    def names(self, asked: Json) -> bool:
        """Whether the order asks for what this verdict is on."""
        return (
            (asked["type"] == "modality" and asked["code"] in self.modalities)
            or (asked["type"] == "exercise" and asked["code"] in self.exercises)
            or (asked["type"] == "intensity" and asked["code"] == self.intensity)
        )


def exercise_drafts(
    context: Json, patient_id: str, words: OrderWords, meant_by: MeantBy
) -> tuple[Draft, ...]:
    """The drafts of exercise among the orders of the context; of selected ones where it says which.

    `meant_by` finds the movements of a word.

    Raises: IntakeError when one is about another patient.
    """
    drafts: list[Draft] = []
    refusals: list[Refusal] = []
    for place, resource in _resources(context):
        found = _draft(resource, words, meant_by)
        if found is not None:
            refusals += refuse_others([(place, resource)], patient_id)
            drafts.append(found)
    if refusals:
        raise IntakeError(refusals)
    return tuple(sorted(drafts, key=lambda draft: (draft.reference or "", draft.name or "")))


def request_of(drafts: Iterable[Draft], words: OrderWords) -> Mapping[str, object]:
    """What all the drafts ask for, as a request of a decision; of intensities the hardest."""
    held = tuple(drafts)
    levels = {draft.intensity for draft in held}
    hardest = [level for level in words.intensities.values() if level in levels]
    asked: dict[str, object] = {
        "modalities": sorted({code for draft in held for code in draft.modalities}),
        "exercises": sorted({movement for draft in held for movement in draft.exercises}),
        "intensity": hardest[0] if hardest else None,
    }
    return {name: value for name, value in asked.items() if value}


def _resources(context: Json) -> Iterator[tuple[str, Json]]:
    selected = context.get("selections")
    entries = context["draftOrders"].get("entry")
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        resource = entry.get("resource") if isinstance(entry, Mapping) else None
        if not isinstance(resource, Mapping):
            continue
        if selected is None or _reference(resource) in selected:
            yield f"/context/draftOrders/entry/{index}/resource", resource


def _draft(resource: Json, words: OrderWords, meant_by: MeantBy) -> Draft | None:
    """The order as one of exercise; None when it is none, or says that something is not done."""
    if resource.get("doNotPerform") is True:
        return None
    text = _plain(" ; ".join(_texts(resource)))
    draft = Draft(
        _reference(resource),
        next((named(text) for key in _NAMING for text in _words_of(resource.get(key))), None),
        _meant(text, words.modalities, words.negators),
        tuple(
            dict.fromkeys(
                movement
                for word in _meant(text, words.exercises, words.negators)
                for movement in meant_by(word)
            )
        ),
        next(iter(_meant(text, words.intensities, words.negators)), None),
    )
    means = (
        draft.modalities
        or draft.exercises
        or _meant(text, {phrase: phrase for phrase in words.phrases}, words.negators)
    )
    return draft if means or _is_coded(resource, words) else None


def _reference(resource: Json) -> str | None:
    kind, id_ = resource.get("resourceType"), resource.get("id")
    if not (isinstance(kind, str) and isinstance(id_, str)):
        return None
    return reference if _is_reference(reference := f"{kind}/{id_}") else None


def _is_reference(text: str) -> bool:
    return re.fullmatch(r"[A-Z][A-Za-z]{1,40}/[A-Za-z0-9.\-]{1,64}", text, re.ASCII) is not None


def _is_coded(resource: Json, words: OrderWords) -> bool:
    known = {(code.system, code.code) for code in words.codes}
    return any(
        (coding.get("system"), coding.get("code")) in known
        for key in (*_CONCEPTS, "activity")
        for coding in _codings(resource.get(key))
        if isinstance(coding.get("code"), str) and isinstance(coding.get("system"), str)
    )


def _codings(value: object, depth: int = 0) -> Iterator[Json]:
    """The codings of a concept, of a list of them, and of the details of activities."""
    for item in _listed(value):
        yield from (coding for coding in _listed(item.get("coding")))
        for key in ("detail", "code") if depth < _DEEPEST else ():
            yield from _codings(item.get(key), depth + 1)


def _texts(resource: Json, depth: int = 0) -> Iterator[str]:
    """Every text in which somebody may have written what to do."""
    for key in _CONCEPTS:
        yield from _words_of(resource.get(key))
    for key in (*_TEXTS, "text", "contentString"):
        if isinstance(text := resource.get(key), str):
            yield text
    for key in _NOTES if depth < _DEEPEST else ():
        for item in _listed(resource.get(key)):
            yield from _texts(item, depth + 1)


def _words_of(value: object) -> Iterator[str]:
    """The names of a concept, or of a list of them."""
    for concept in _listed(value):
        if isinstance(text := concept.get("text"), str):
            yield text
        for coding in _listed(concept.get("coding")):
            if isinstance(display := coding.get("display"), str):
                yield display


def _listed(value: object) -> list[Json]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Mapping)]


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[\s_\-]+", " ", text.casefold()).split())


def _meant(text: str, meanings: Mapping[str, str], negators: tuple[str, ...]) -> tuple[str, ...]:
    """What the words of the text mean, each once and in the order of the table."""
    found = {
        match["word"]
        for match in _pattern(tuple(meanings), negators).finditer(text)
        if not match["negated"]
    }
    return tuple(dict.fromkeys(meant for word, meant in meanings.items() if _plain(word) in found))


@cache
def _pattern(words: tuple[str, ...], negators: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words, the longest first, with what right before it says that it is not meant."""
    longest = sorted(map(_plain, words), key=len, reverse=True)
    listed, denied = ("|".join(map(re.escape, of)) for of in (longest, negators))
    return re.compile(rf"(?<!\w)(?P<negated>(?:{denied}) )?(?P<word>{listed})(?!\w)")
