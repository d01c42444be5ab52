"""Feedback of CDS Hooks: what became of cards, kept as feedback to the decisions behind them."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from cds.audit.database import record
from cds.audit.store import Store
from cds.errors import ErasedError, IntakeError, Refusal
from cds.feedback.recording import Desk, record_feedback
from cds.hooks.answering import Hooks
from cds.hooks.card_ids import decisions_between, is_uuid, topic_of
from cds.hooks.cards import override_reason
from cds.http.pipeline import DECISION
from cds.model.feedback import Feedback, Outcome, Source, Target, TargetType
from cds.model.hooks import CardTopic
from cds.strict_json import MalformedError

Json = Mapping[str, Any]
_MOST = 200
_LONGEST = 4_000


class CardFeedback(Struct, frozen=True):
    """One report: the card, what became of it and when, and why where a reason was given."""

    card: str
    outcome: Outcome
    at: datetime
    suggestions: tuple[str, ...]
    reason: Json | None
    comment: str | None


def read_card_feedback(value: object) -> tuple[CardFeedback, ...]:
    """The reports of one call.

    Raises: MalformedError with every place that is not as CDS Hooks says.
    """
    reports = value.get("feedback") if isinstance(value, Mapping) else None
    if not isinstance(reports, list) or not 0 < len(reports) <= _MOST:
        detail = f"This must be a list of 1 to {_MOST} reports."
        raise MalformedError([Refusal("/feedback", detail)])
    refusals = [
        Refusal(f"/feedback/{index}{pointer}", detail)
        for index, report in enumerate(reports)
        for pointer, detail in _faults(report)
    ]
    if refusals:
        raise MalformedError(refusals)
    return tuple(map(_report, reports))


def record_card_feedback(
    given: tuple[CardFeedback, ...], hooks: Hooks, desk: Desk, now: datetime, who: Json | None
) -> Json:
    """Records each report, and counts those on cards that no decision here stands behind.

    `who` is whoever reports, as the service knows them.

    Raises: AuditError; IntakeError when a report is of the future.
    """
    recorded = 0
    for index, report in enumerate(given):
        topic = topic_of(report.card, hooks.tables.topics)
        decision = _decision(report.card, hooks, desk.store) if topic else None
        if topic is None or decision is None:
            continue
        try:
            record_feedback(desk, _feedback(report, decision, topic, hooks), now, who=who)
        except IntakeError as error:
            refusals = [
                Refusal(f"/feedback/{index}{_PLACES.get(r.pointer, '')}", r.detail)
                for r in error.refusals
            ]
            raise IntakeError(refusals) from None
        recorded += 1
    return {"recorded": recorded, "unknown": len(given) - recorded}


_PLACES: Mapping[str, str] = {"/at": "/outcomeTimestamp", "/reason": "/overrideReason/reason"}


def _decision(card: str, hooks: Hooks, store: Store) -> Json | None:
    """The recorded decision behind a card; what was erased is as if it had never been."""
    within = record.c.id.between(*decisions_between(card))
    for entry in store.entries(within, record.c.kind == DECISION):
        try:
            answer = hooks.pipeline.read(entry.id)
        except ErasedError:
            return None
        return None if answer is None else answer.outline
    return None


def _feedback(report: CardFeedback, decision: Json, topic: CardTopic, hooks: Hooks) -> Feedback:
    overridden = report.outcome is Outcome.OVERRIDDEN
    reason = report.reason if overridden else None
    known = hooks.service.feedback.reasons
    return Feedback(
        decision=decision["id"],
        outcome=report.outcome,
        target=_target(decision, topic),
        reason=None if reason is None else override_reason(hooks.tables, reason, known),
        comment=report.comment,
        at=report.at,
        source=Source.CDS_HOOKS,
        suggestions=report.suggestions,
    )


def _target(decision: Json, topic: CardTopic) -> Target:
    """The rule that the card speaks for, where it is one; else the whole decision."""
    explained = {entry["rule"] for entry in decision["explanations"]}
    spoke = next((rule for rule in _rules(decision, topic) if rule in explained), None)
    return Target() if spoke is None else Target(TargetType.RULE, spoke)


def _rules(decision: Json, topic: CardTopic) -> Iterator[str]:
    if topic.about == "verdict":
        for found in decision["contraindications"]:
            if found["message"] in decision["summary"]:
                yield found["id"]
    if topic.about == "referrals":
        for referral in decision["referrals"]:
            if referral["urgency"] in topic.urgencies or referral["to"] in topic.teams:
                yield from referral["because"]


def _faults(report: object) -> Iterator[tuple[str, str]]:
    if not isinstance(report, Mapping):
        yield "", "This must be an object."
        return
    if not is_uuid(report.get("card")):
        yield "/card", "This must be the uuid of a card."
    if report.get("outcome") not in tuple(Outcome):
        yield "/outcome", f"Use one of: {', '.join(Outcome)}."
    if _moment(report.get("outcomeTimestamp")) is None:
        yield "/outcomeTimestamp", "This must be a time with its zone, like 2026-01-31T12:00:00Z."
    if report.get("outcome") == Outcome.ACCEPTED and not _suggestions(report):
        yield "/acceptedSuggestions", "Name the id of each suggestion that was taken up."
    yield from _reason_faults(report.get("overrideReason"))


def _reason_faults(override: object) -> Iterator[tuple[str, str]]:
    if override is None:
        return
    if not isinstance(override, Mapping) or not {"reason", "userComment"} & override.keys():
        yield "/overrideReason", "This must be an object with a reason, a userComment, or both."
        return
    if not isinstance(override.get("reason", {}), Mapping):
        yield "/overrideReason/reason", "This must be a Coding."
    comment = override.get("userComment", "")
    if not isinstance(comment, str) or len(comment) > _LONGEST:
        yield "/overrideReason/userComment", f"This must be text of at most {_LONGEST} characters."


def _suggestions(report: Json) -> tuple[str, ...]:
    """The ids of what was accepted; empty when one of them is none."""
    accepted = report.get("acceptedSuggestions")
    items = accepted if isinstance(accepted, list) and len(accepted) <= _MOST else []
    ids = [item.get("id") if isinstance(item, Mapping) else None for item in items]
    return tuple(str(id_) for id_ in ids) if all(map(is_uuid, ids)) else ()


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _report(report: Json) -> CardFeedback:
    override = report.get("overrideReason") or {}
    moment = _moment(report["outcomeTimestamp"])
    assert moment is not None  # checked before
    return CardFeedback(
        card=report["card"],
        outcome=Outcome(report["outcome"]),
        at=moment,
        suggestions=_suggestions(report),
        reason=override.get("reason"),
        comment=override.get("userComment") or None,
    )
