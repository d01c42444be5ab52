"""Condition and Device: what the patient has, had, or carries."""

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec.structs import replace

from cds.fhir.bundle import Resource
from cds.fhir.context import (
    FAMILY,
    FUTURE,
    MODIFIED_PRESENT,
    NAMELESS,
    Context,
    rejected,
    unmapped,
)
from cds.fhir.dates import Moment
from cds.fhir.elements import Coding, Concept, Node
from cds.model.intake import Intake, Presence, SubmittedCondition, SubmittedProcedure, Unmapped

_NOT_SO = frozenset({"entered-in-error", "refuted"})
_NOT_SURE = frozenset({"unconfirmed", "provisional", "differential"})
_ONGOING = frozenset({"active", "recurrence", "relapse"})
_REMISSION = "remission"
_OVER = frozenset({"inactive", _REMISSION, "resolved"})
_FAMILY = "family"
_FAMILY_HISTORY = ("family history", "fh:", "fhx")
_BOTH = "it is called active and ended; taken as present"
_MAY_RETURN = "in remission, which is not over; taken as present"


def read_condition(resource: Resource, context: Context) -> Intake:
    """The conditions that the resource states, or why it states none."""
    node = resource.node
    concept = node.concept("code")
    stated = dict(condition_statuses(concept, context))
    found = {id_: past and not resource.is_modified for id_, past in stated.items()}
    names = [f"condition.{id_}" for id_ in found] or [resource.type]
    verification = node.concept("verificationStatus").codes()
    if verification & _NOT_SO:
        return rejected(names, "It was refuted, or entered in error.", resource)
    if _is_family_history(resource):
        return rejected(names, FAMILY, resource)
    onset, abated = node.when("onsetDateTime", "onsetPeriod"), _abatement(resource)
    if context.is_future(onset or node.moment("recordedDate")):
        return rejected(names, FUTURE, resource)
    status, note = _status(resource, abated, context.today)
    procedures = _procedures(concept, context, resource, by_name=not found)
    if not found:
        if concept.is_empty:
            return rejected(names, NAMELESS, resource)
        if _names_the_family(concept, context):
            return rejected(names, FAMILY, resource)
        missed = () if procedures else _missed(concept, resource, context, status)
        return Intake(procedures=procedures, unmapped=missed)
    if verification & _NOT_SURE and status is Presence.PRESENT:
        note = "not confirmed; taken as present"
    since = onset.day if onset else None
    conditions = tuple(
        SubmittedCondition(
            id_,
            Presence.RESOLVED if past else status,
            since,
            resource.source,
            "stated as history" if past else note,
            node.place("code"),
        )
        for id_, past in sorted(found.items())
    )
    return Intake(conditions=conditions, procedures=procedures)


def _missed(
    concept: Concept, resource: Resource, context: Context, status: Presence
) -> tuple[Unmapped, ...]:
    """A condition that was not read; one that is known to change nothing says so."""
    known = context.terminology.condition_without_effect(concept.names())
    return unmapped(
        *(concept, resource, known),
        may_matter=known is None,
        past=status is Presence.RESOLVED,
    )


def read_device(resource: Resource, context: Context) -> Intake:
    """A device that the patient carries, as the condition of carrying it."""
    node = resource.node
    concept = _named(node.concept("type"), node.nodes("deviceName"))
    found = dict(condition_statuses(concept, context))
    names = [f"condition.{id_}" for id_ in found] or [resource.type]
    if node.text("status") in {"entered-in-error", "inactive"}:
        return rejected(names, "The device is not in use, or entered in error.", resource)
    if not found:
        if concept.is_empty:
            return rejected(names, NAMELESS, resource)
        return Intake(unmapped=_carried(unmapped(concept, resource), node))
    place = node.place("type")
    return Intake(
        conditions=tuple(
            SubmittedCondition(id_, source=resource.source, pointer=place) for id_ in sorted(found)
        )
    )


def _carried(missed: tuple[Unmapped, ...], node: Node) -> tuple[Unmapped, ...]:
    """A device that is said to be the patient's may matter as a condition does."""
    return (
        tuple(replace(one, kind="condition") for one in missed) if node.has("patient") else missed
    )


def _named(kind: Concept, names: Iterable[Node]) -> Concept:
    """The kind of a device with the names that the device has besides."""
    named = (Coding(None, None, node.text("name")) for node in names)
    return replace(kind, codings=(*kind.codings, *(one for one in named if one.display)))


def condition_statuses(concept: Concept, context: Context) -> Iterator[tuple[str, bool]]:
    """Each condition that the concept names, and whether every coding calls it past."""
    terminology = context.terminology
    past: dict[str, bool] = {}
    for coding in concept.codings:
        for id_, over in terminology.conditions_of(coding.system, coding.code or "").items():
            past[id_] = past.get(id_, True) and over
    if not past:
        past = {
            id_: False
            for name in concept.names()
            for id_ in terminology.condition_ids_by_text(name)
        }
    yield from sorted(past.items())


def _procedures(
    concept: Concept, context: Context, resource: Resource, *, by_name: bool
) -> tuple[SubmittedProcedure, ...]:
    found: set[str] = set()
    for coding in concept.codings:
        found |= context.terminology.procedure_ids(coding.system, coding.code or "")
    if by_name and not found:
        for name in concept.names():
            found |= context.terminology.procedure_ids_by_text(name)
    place = resource.node.place("code")
    return tuple(SubmittedProcedure(id_, None, resource.source, place) for id_ in sorted(found))


def _is_family_history(resource: Resource) -> bool:
    categories = [node.as_concept() for node in resource.node.nodes("category")]
    words = (word for concept in categories for word in (*concept.names(), *concept.codes()))
    return any(word.casefold().startswith(_FAMILY) for word in words)


def _names_the_family(concept: Concept, context: Context) -> bool:
    """Whether what no value set holds is, by its code or name, a history of the family."""
    coded = (context.terminology.is_of_family(c.system, c.code) for c in concept.codings if c.code)
    named = (name.casefold().startswith(_FAMILY_HISTORY) for name in concept.names())
    return any(coded) or any(named)


def _abatement(resource: Resource) -> Moment | None:
    return resource.node.when("abatementDateTime", "abatementPeriod")


def _status(resource: Resource, abated: Moment | None, today: date) -> tuple[Presence, str | None]:
    """Whether it is present on the day; a record that says both is read the cautious way."""
    if resource.is_modified:
        return Presence.PRESENT, MODIFIED_PRESENT
    if abated is not None and abated.last > today:
        return Presence.PRESENT, None
    node = resource.node
    stated = node.concept("clinicalStatus").codes()
    ended = abated is not None or node.flag("abatementBoolean") or _ended(node)
    if stated & _ONGOING:
        return Presence.PRESENT, _BOTH if ended else None
    if _REMISSION in stated and not ended:
        return Presence.PRESENT, _MAY_RETURN
    if stated & _OVER or ended:
        return Presence.RESOLVED, None
    return Presence.PRESENT, "clinical status not stated; taken as present"


def _ended(node: Node) -> bool:
    """Whether an end is stated that is no date: an age, a range of ages, or words."""
    return any(node.has(key) for key in ("abatementAge", "abatementRange", "abatementString"))
