"""Builds the case from what was submitted: conversions, lists, and facts that follow.

A list that was reviewed is complete, so what is not on it is absent; a list that was not
reviewed leaves the rest unknown. A fact older than its maximum age, or one that cannot be,
is kept out of the case and reported.
"""

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache

from msgspec import Struct

from cds.derived_facts import DERIVED, WEEKLY_MINUTES, derive_facts, weekly_minutes
from cds.errors import CdsError, ImplausibleValueError
from cds.knowledge.base import Knowledge
from cds.knowledge.fact import FactDefinition, FactType
from cds.knowledge.policy import Policy
from cds.model.case import Case, Common, Fact, FactValue
from cds.model.intake import Intake, Presence, SubmittedFact

REVIEWED = "list reviewed"
UNREAD = "medicine_unread"
UNREAD_HARMLESS = "unread_medicine_harmless"
#: More than the ways in which lists are reviewed and read.
_MOST_COMMON = 32
CONDITION_UNREAD = "condition_unread"
CONDITION_HARMLESS = "unread_condition_harmless"

_NUMBER, _CODE = FactType.NUMBER, FactType.CODE
_About = tuple[str, bool, str]


class Refused(Struct, frozen=True):
    """A submitted fact that the case does not use, and why (never its value)."""

    name: str
    reason: str
    at: date | None
    source: str | None


class BuiltCase(Struct, frozen=True):
    """The case, with what was left out of it."""

    case: Case
    stale: tuple[Refused, ...]
    rejected: tuple[Refused, ...]


def build_case(intake: Intake, knowledge: Knowledge, evaluation_date: date) -> BuiltCase:
    """The case of one patient at `evaluation_date`.

    Facts of the intake are converted to canonical units exactly or left out as rejected.
    """
    definitions = knowledge.vocabulary.by_name
    admitted: dict[str, Fact] = {}
    stale: list[Refused] = []
    rejected: list[Refused] = [Refused(r.name, r.reason, None, r.source) for r in intake.rejected]
    for submitted in intake.facts:
        definition = definitions[submitted.name]
        try:
            fact = admit_fact(submitted, definition, evaluation_date)
        except CdsError as error:
            rejected.append(_refused(submitted, error.message))
            continue
        if fact.at is not None and is_stale(fact.at, definition, evaluation_date):
            stale.append(_refused(submitted, "older than it may be for this decision"))
        else:
            admitted[fact.name] = fact
    rejected += _overruled(admitted, evaluation_date)
    harmless = admitted.get(UNREAD_HARMLESS)
    settled = harmless is not None and harmless.value is True
    common = _find_common(intake, knowledge, settled)
    case = Case(evaluation_date, {**_members(intake, knowledge), **admitted}, common)
    return BuiltCase(derive_facts(case, knowledge), tuple(stale), tuple(rejected))


def _overruled(admitted: dict[str, Fact], day: date) -> list[Refused]:
    """Takes stated minutes a week out that are not days times minutes: the parts were asked."""
    stated = admitted.get(WEEKLY_MINUTES)
    if stated is None or stated.value is None:
        return []
    product = weekly_minutes(Case(day, admitted))
    if product is None or product == stated.value:
        return []
    del admitted[WEEKLY_MINUTES]
    reason = "days times minutes give another number, which is used"
    return [Refused(stated.name, reason, stated.at, stated.source)]


def admit_fact(submitted: SubmittedFact, definition: FactDefinition, today: date) -> Fact:
    """The fact in its canonical unit.

    Raises: UnitError, ImplausibleValueError; the messages carry no value.
    """
    if submitted.at is not None and submitted.at > today:
        raise ImplausibleValueError("it is dated after the evaluation date")
    value: FactValue = submitted.value
    if definition.type is _NUMBER and isinstance(value, (int, float)):
        value = definition.to_canonical(float(value), submitted.unit or definition.unit or "")
        check_plausible(value, definition)
    elif definition.type is _CODE and value is not None and value not in definition.values:
        raise ImplausibleValueError(f"use one of: {', '.join(definition.values)}")
    return Fact(submitted.name, value, definition.unit, submitted.at, submitted.source)


def check_plausible(value: float, definition: FactDefinition) -> None:
    """Refuse what the quantity cannot be.

    Raises: ImplausibleValueError.
    """
    low, high = definition.low, definition.high
    if (low is not None and value < low) or (high is not None and value > high):
        raise ImplausibleValueError(f"it must lie between {low:g} and {high:g} {definition.unit}")
    if definition.integer and value != int(value):
        raise ImplausibleValueError("it is a count and takes whole numbers only")


def is_stale(at: date, definition: FactDefinition, today: date) -> bool:
    """Whether a fact of that day is older than it may be for a decision of `today`."""
    return definition.max_age_days is not None and (today - at).days > definition.max_age_days


class _Member(Struct, frozen=True):
    """One entry of a submitted list: whether it is there, since when, and who says so.

    `of` is the profile that was named, when the entry only follows from it.
    """

    id: str
    present: bool
    at: date | None
    source: str | None
    of: str | None = None


def count_unread(intake: Intake, kind: str) -> int:
    """How many current entries of a list could not be read: each may be of any kind."""
    found = [item for item in intake.unmapped if item.kind == kind]
    return sum([item.may_matter and not item.past for item in found]) if found else 0


def unread_entries(intake: Intake, case: Case) -> int:
    """How many entries could not be read and were not called harmless by somebody who knows."""
    harmless = {"medication": UNREAD_HARMLESS, "condition": CONDITION_HARMLESS}
    open_ = [kind for kind, fact in harmless.items() if case.flag(fact) is not True]
    return sum([count_unread(intake, kind) for kind in open_])


def _find_common(intake: Intake, knowledge: Knowledge, settled: bool) -> Common:
    """What the case holds in common with others that say as much of their lists.

    While a medicine is not read, no class is absent, however complete the list is, unless it is
    `settled` that it is harmless.
    """
    unread = count_unread(intake, "medication") > 0
    conditions, medications = intake.conditions_reviewed, intake.medications_reviewed
    about = (
        ("conditions_reviewed", conditions, "submitted"),
        ("medications_reviewed", medications, "submitted"),
        (UNREAD, unread, DERIVED),
        (CONDITION_UNREAD, count_unread(intake, "condition") > 0, DERIVED),
    )
    complete = {
        "condition": conditions,
        "procedure": conditions,
        "medication": medications and (settled or not unread),
    }
    return _common(knowledge, tuple([kind for kind in complete if complete[kind]]), about)


@lru_cache(_MOST_COMMON)
def _common(knowledge: Knowledge, complete: tuple[str, ...], about: tuple[_About, ...]) -> Common:
    """Complete lists deny what is not on them; of a policy, what is taken unless one is chosen."""
    absent = (
        f"{namespace}.{id_}" for namespace in complete for id_ in knowledge.members[namespace]
    )
    facts = [Fact(name, False, source=REVIEWED) for name in absent]
    facts += [Fact(name, said, source=source) for name, said, source in about]
    facts += [_position(policy) for policy in knowledge.policies.values()]
    return Common({fact.name: fact for fact in facts})


def _members(intake: Intake, knowledge: Knowledge) -> dict[str, Fact]:
    """One flag per listed condition, medication class and procedure, one code per chosen policy.

    One medicine that was stopped does not say that no other of its class is taken.
    """
    conditions = [
        _Member(id_, c.status is Presence.PRESENT, c.onset, c.source, None if id_ == c.id else c.id)
        for c in intake.conditions
        for id_ in (c.id, *knowledge.derivations.profiles.get(c.id, ()))
    ]
    medications = [
        _Member(m.id, m.status is Presence.PRESENT, m.at, m.source)
        for m in intake.medications
        if m.status is not Presence.RESOLVED
    ]
    procedures = [_Member(p.id, True, p.at, p.source) for p in intake.procedures]
    chosen = [knowledge.policies[id_] for id_ in intake.policy if id_ in knowledge.policies]
    positions = [_position(policy, intake.policy[policy.id]) for policy in chosen]
    return {
        **_flags("condition", conditions),
        **_flags("medication", medications),
        **_flags("procedure", procedures),
        **{fact.name: fact for fact in positions},
    }


def _position(policy: Policy, asked: object = None) -> Fact:
    """What is taken of a policy, and by whose choice."""
    code, by = policy.choose(asked)
    return Fact(f"policy.{policy.id}", code, source=by.value)


def _flags(namespace: str, listed: list[_Member]) -> Mapping[str, Fact]:
    """Present wins over a past entry of the same id; the latest date counts."""
    by_id: dict[str, _Member] = {}
    for member in sorted(listed, key=lambda m: (m.present, m.at or date.min, m.of or "")):
        by_id[f"{namespace}.{member.id}"] = member
    own = {member.id for member in listed if member.of is None and member.present}
    return {
        name: Fact(
            name,
            entry.present,
            at=entry.at,
            source=entry.source,
            derived_from=_origin(namespace, entry, own),
        )
        for name, entry in by_id.items()
    }


def _origin(namespace: str, entry: _Member, own: Collection[str]) -> tuple[str, ...]:
    """The named profile that an entry follows from; nothing where it is listed itself."""
    return () if entry.of is None or entry.id in own else (f"{namespace}.{entry.of}",)


def _refused(submitted: SubmittedFact, reason: str) -> Refused:
    return Refused(submitted.name, reason, submitted.at, submitted.source)
