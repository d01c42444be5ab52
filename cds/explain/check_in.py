"""Tells a check-in: the row that answers, the next dose, what is missing, and every reason."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from cds.case import BuiltCase, Refused
from cds.explain.crossed import with_crossed
from cds.explain.missing import Need, lacking, missing, need, needs
from cds.explain.why import Sources, explain_outcomes
from cds.hearing import Hearing
from cds.model.answer import KnowledgeVersion, LeftOut
from cds.model.condition import Test, Truth
from cds.model.decision import Contraindication, Statement
from cds.model.effect import Direction, Kind
from cds.model.follow_up import DoseStep, FollowUp, MatchedRow, NextDose, Rescreen
from cds.model.intake import Intake
from cds.service import Service
from cds.stages.advice import referrals, statements
from cds.stages.contraindications import contraindications, covers_all
from cds.stages.next_dose import NO_EXERCISE, next_numbers
from cds.stages.outcome import Outcome
from cds.stages.progression import Choice, Row, rescreen_texts

Json = Mapping[str, Any]
_FORBIDDING = (Kind.ABSOLUTE.value, Kind.HOLD_TODAY.value)


class CheckedIn(Struct, frozen=True):
    """One check-in as it was heard; `defining` and `table` are the outcomes of its two stages."""

    intake: Intake
    built: BuiltCase
    defining: Sequence[Outcome]
    table: Sequence[Outcome]
    decision: str | None = None
    plan: Json | None = None


def compose_follow_up(
    service: Service, hearing: Hearing, heard: CheckedIn, choice: Choice
) -> FollowUp:
    """The answer to a check-in, with its reasons."""
    knowledge = service.knowledge
    sources = Sources(knowledge.vocabulary, service.explanations, knowledge.messages, hearing.case)
    holding = (choice.row, *choice.also)
    blocking = _blocking(hearing)
    forbidding = _behind(blocking, hearing)
    outcomes = [*(row.outcome for row in holding), *forbidding]
    answer = _matched(choice.row)
    return FollowUp(
        evaluation_date=hearing.case.evaluation_date,
        subject={"id": heard.intake.subject_id},
        decision=heard.decision,
        row=answer.row,
        action=answer.action,
        direction=answer.direction,
        rule=answer.rule,
        summary=_summary(choice),
        notice=knowledge.messages["notice"],
        dose=_dose(choice.dose, heard, hearing),
        contraindications=blocking,
        also_matched=tuple(_matched(row) for row in choice.also),
        rescreen=_rescreen(holding, heard.table),
        referrals=with_crossed(referrals(outcomes), hearing),
        education=statements(outcomes, "education"),
        missing=missing(_wanted(hearing, heard, choice), sources, lambda *_: ()),
        unmapped=heard.intake.unmapped,
        stale=_left_out(heard.built.stale),
        rejected_facts=_left_out(heard.built.rejected),
        explanations=explain_outcomes(
            (*_explained(heard, choice), *forbidding), hearing.decisive, sources
        ),
        knowledge=KnowledgeVersion(service.version, knowledge.sha256, "pending"),
    )


def _matched(row: Row) -> MatchedRow:
    rule, effect = row.outcome.rule, row.effect
    first = rule.reference[0] if rule.reference else None
    return MatchedRow(first, rule.id, effect.action, effect.direction.value)


def _dose(row: Row, heard: CheckedIn, hearing: Hearing) -> NextDose:
    effect = row.effect
    modality = hearing.case.code("trained_modality")
    return NextDose(
        direction=effect.direction.value,
        action=effect.action,
        set_by=_matched(row),
        exercise=effect.direction not in NO_EXERCISE,
        message=effect.message,
        changes=tuple(DoseStep(c.attribute, (c.low, c.high), c.unit) for c in effect.dose),
        plan=tuple(next_numbers(heard.plan, effect, modality)),
    )


def _rescreen(holding: Iterable[Row], table: Iterable[Outcome]) -> Rescreen:
    reasons = tuple(
        Statement(row.effect.rescreen, (row.outcome.rule.id,))
        for row in holding
        if row.effect.rescreen
    )
    triggers = tuple(dict.fromkeys(rescreen_texts(table).values()))
    return Rescreen(bool(reasons), reasons, triggers)


def _wanted(hearing: Hearing, heard: CheckedIn, choice: Choice) -> dict[str, list[Need]]:
    """What would decide the open rows, and what the rows that hold found unknown.

    A row that would raise the dose asks only when the dose rises.
    """
    asked = (*heard.defining, *choice.open)
    wanted = needs(lacking(hearing.case, asked, hearing.decisive, asked))
    rises = choice.dose.effect.direction is Direction.PROGRESS
    for row in _holding(choice):
        rule, rising = row.outcome.rule, row.effect.direction is Direction.PROGRESS
        if rising and not rises:
            continue
        for note in hearing.decisive(row.outcome).notes:
            if note.test == Test.UNKNOWN.value:
                wanted[note.fact].append(need(rule.id, rule.title, critical=not rising))
    return wanted


def _explained(heard: CheckedIn, choice: Choice) -> Iterator[Outcome]:
    """The rows that hold, the flags that were found, and the rows that cannot be ruled out."""
    yield from (row.outcome for row in _holding(choice))
    yield from (outcome for outcome in heard.defining if outcome.truth is Truth.TRUE)
    yield from choice.open


def _blocking(hearing: Hearing) -> tuple[Contraindication, ...]:
    """What the safety rules say against any exercise today, with the way to go."""
    found = contraindications(hearing.applied)
    return tuple(one for one in found if covers_all(one) and one.kind in _FORBIDDING)


def _behind(blocking: Iterable[Contraindication], hearing: Hearing) -> list[Outcome]:
    ids = {id_ for one in blocking for id_ in one.because}
    return [outcome for outcome in hearing.applied if outcome.rule.id in ids]


def _holding(choice: Choice) -> Iterator[Row]:
    """The rows that hold; the one that answers for open rows may not hold itself."""
    for row in (choice.row, *choice.also):
        if row.outcome.truth is Truth.TRUE:
            yield row


def _summary(choice: Choice) -> str:
    """What the answering row says, and the row that sets the dose when it is another."""
    said = (choice.row.effect.message, choice.dose.effect.message)
    return " ".join(dict.fromkeys(said))


def _left_out(refused: Iterable[Refused]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(r.name, r.reason, r.at, r.source) for r in refused)
