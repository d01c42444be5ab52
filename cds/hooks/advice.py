"""A recorded decision as its cards, whoever asks: a hook, or somebody who reads it in FHIR."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from cds.ehr.gathering import Gap
from cds.ehr.parts_of_record import State
from cds.errors import UnitError
from cds.fhir.writing.decided import Asked
from cds.hook_settings import HookSettings
from cds.hooks.card_texts import View
from cds.hooks.cards import CardMaker
from cds.hooks.orders import Draft
from cds.http.service import DecisionService
from cds.model.hooks import HookTables
from cds.model.intake import Intake, RejectedFact

Json = Mapping[str, Any]
_ADVISING = "patient-view"


def advice(
    service: DecisionService, settings: HookSettings, decision: Json, intake: Intake, asked: Asked
) -> Sequence[Json]:
    """The cards that who opens the patient's record is shown, of a decision on this intake."""
    tables = service.hooks
    viewing = next(one for one in tables.services if one.hook == _ADVISING)
    view = view_of(service, decision, intake, asked)
    return CardMaker(tables, settings).cards(viewing, view)


def view_of(
    service: DecisionService,
    decision: Json,
    intake: Intake,
    asked: Asked,
    drafts: tuple[Draft, ...] = (),
) -> View:
    """What cards are made of; `drafts` are orders that are checked."""
    tables = service.hooks
    told = {fact.name for fact in intake.facts if fact.value is True}
    return View(
        decision=decision,
        tables=tables,
        names=service.names(),
        gaps=tuple(_gaps(intake, tables)),
        drafts=drafts,
        resources=service.fhir.drafts(decision, asked),
        quiet=not told.isdisjoint(tables.quiet_facts),
        weekly_minutes=_weekly_minutes(service, intake),
    )


def lost(gaps: Iterable[Gap], tables: HookTables) -> tuple[RejectedFact, ...]:
    """The parts of a record that did not arrive, for the record of the decision to say so."""
    return tuple(RejectedFact(gap.label, tables.words[f"gap.{gap.state}"]) for gap in gaps)


def _gaps(intake: Intake, tables: HookTables) -> Iterator[Gap]:
    """The same, read from the record."""
    labels = {key.label for key in tables.prefetch}
    states = {tables.words.get(f"gap.{state}"): state for state in State}
    for told in intake.rejected:
        if told.name in labels and told.reason in states:
            yield Gap(told.name, states[told.reason])


def _weekly_minutes(service: DecisionService, intake: Intake) -> float | None:
    """Days a week times minutes a day where both are recorded, else the recorded product."""
    vocabulary, activity = service.terms.vocabulary, service.hooks.activity
    parts = (activity.days, activity.minutes)
    found: dict[str, float] = {}
    told = (fact for fact in intake.facts if fact.name in (*parts, activity.week))
    for fact in told:
        if isinstance(fact.value, (int, float)):  # a record writes 20.0 as 20
            definition = vocabulary[fact.name]
            with suppress(UnitError):
                unit = fact.unit or definition.unit or ""
                found[fact.name] = definition.to_canonical(fact.value, unit)
    if found.keys() >= {*parts}:
        return math.prod(found[part] for part in parts)
    return found.get(activity.week)
