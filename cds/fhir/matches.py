"""Which code, prefix or name of ours a concept matched, with the list that shows it."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from cds.fhir.context import Context
from cds.fhir.elements import Concept
from cds.knowledge.code_tables import CodeEntry, plain_text
from cds.knowledge.terminology import ValueSets
from cds.knowledge.value_set_schemas import BY_HAND, NAME_MATCH, VERIFIED


class Match(Struct, frozen=True):
    """`by` is code, prefix, name or element; `matched` is what of ours it met.

    `status` tells how far the entry is verified, `listed_in` the list that shows it.
    """

    by: str
    system: str | None
    sent: str | None
    matched: str
    display: str | None
    value_set: str
    status: str | None = None
    listed_in: str | None = None


def condition_matches(concept: Concept, id_: str, context: Context) -> Iterator[Match]:
    """What of the concept stands for this condition: its codes, or its names without any."""
    sets = context.terminology.condition_sets
    yield from _of_codes(concept, id_, context, sets) or _of_names(concept, id_, sets)


def procedure_matches(concept: Concept, id_: str, context: Context) -> Iterator[Match]:
    """What of the concept stands for this procedure."""
    sets = context.terminology.procedure_sets
    yield from _of_codes(concept, id_, context, sets) or _of_names(concept, id_, sets)


def medication_matches(concept: Concept, class_: str, context: Context) -> Iterator[Match]:
    """What of the concept stands for this class: its codes, or whole words of its names."""
    found = _of_codes(concept, class_, context, context.terminology.medication_sets)
    names = context.terminology.medication_names
    for text in _told(concept, context) if not found else ():
        for phrase, ids in names.phrases.named(text):
            if class_ in ids:
                found.append(
                    Match("name", None, text, phrase, None, class_, *names.origins[phrase])
                )
    yield from dict.fromkeys(found)


def _told(concept: Concept, context: Context) -> Iterator[str]:
    """The names that the sender gives it, and those that the lists give its codes."""
    yield from concept.names()
    terminology = context.terminology
    for coding in concept.codings:
        rows = terminology.medication_sets.codes.find(
            terminology.system(coding.system), coding.code or ""
        )
        yield from dict.fromkeys(row.display for row in rows)


def _of_codes(concept: Concept, id_: str, context: Context, sets: ValueSets) -> list[Match]:
    terminology = context.terminology
    return [
        of_row(row, coding.code)
        for coding in concept.codings
        if coding.code
        for row in sets.codes.find(terminology.system(coding.system), coding.code)
        if row.id == id_
    ]


def of_row(row: CodeEntry, sent: str) -> Match:
    """The row of a value set that a code met."""
    status = VERIFIED if row.verified else NAME_MATCH
    by = "prefix" if row.prefix else "code"
    return Match(by, row.system, sent, row.code, row.display, row.id, status, row.origin)


def _of_names(concept: Concept, id_: str, sets: ValueSets) -> list[Match]:
    return [
        _of_name(name, id_, sets)
        for name in concept.names()
        if id_ in sets.texts.get(plain_text(name), ())
    ]


def _of_name(name: str, id_: str, sets: ValueSets) -> Match:
    """The code of that name, else the hand that wrote it down."""
    plain = plain_text(name)
    mark = sets.marks.get((plain, id_))
    row = next((row for row in _rows(sets.codes, id_) if plain_text(row.display) == plain), None)
    if mark is None and row is not None:
        status = VERIFIED if row.verified else NAME_MATCH
        return Match("name", row.system, name, row.code, row.display, id_, status, row.origin)
    written = f"mark {mark}" if mark else "the name of the value set"
    return Match("name", None, name, name, None, id_, BY_HAND, written)


def _rows(codes: Iterable[CodeEntry], id_: str) -> Iterator[CodeEntry]:
    return (row for row in codes if row.id == id_)
