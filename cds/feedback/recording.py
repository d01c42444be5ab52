"""Records what a person answered to a decision, sealed so that both are erased together."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from cds.audit.canonical import canonical, plain
from cds.audit.chain import Entry, sha256
from cds.audit.store import Store
from cds.audit.turn import Draft, KeyTakenError, stamp
from cds.errors import IntakeError, NoSuchDecisionError, Refusal
from cds.feedback.events import DECISION, FEEDBACK, FIRED, Event, decision_of, event_of, read_event
from cds.knowledge.schema import suggest
from cds.model.feedback import Feedback, FeedbackTerms, Outcome, Source, TargetType

Json = Mapping[str, Any]


class Desk(Struct, frozen=True):
    """Where feedback is taken.

    `terms` are those of the knowledge in use, `knowledge_sha256` its hash; `keep_text` records
    comments too, sealed as all that is recorded about a person.
    """

    store: Store
    terms: FeedbackTerms
    knowledge_sha256: str
    keep_text: bool = False


class Told(Struct, frozen=True):
    """What of a decision is answered to: its title and version, and the rules that had fired."""

    title: str
    version: str
    fired: tuple[str, ...]


def record_feedback(
    desk: Desk,
    given: Feedback,
    now: datetime,
    key: str | None = None,
    who: Json | None = None,
) -> Event:
    """Records the feedback; each report is an event of its own, and the latest answer counts.

    `now` is the clock with its time zone. `key` is an idempotency key as it is stored (the hash
    of what the client sent): the same key with the same feedback gives the event that is there.
    `who` is whoever reports it, as the service knows them; `given.user` is whom they name.

    Raises: NoSuchDecisionError when no decision of that id is recorded; IntakeError, with the
    pointers /reason, /target/id and /at, when the reason, the target or the time does not fit, or
    the key stands for something else; ErasedError when the decision was erased; AuditError when
    it is not certain that the event is on disk.
    """
    entry = decision_of(desk.store, given.decision)
    if entry is None:
        raise NoSuchDecisionError([Refusal("/decision", "There is no decision of this id.")])
    request = sha256(canonical(given))
    if key is not None and (earlier := desk.store.find(key)) is not None:
        return _same(desk, earlier, request)
    told = tell(json.loads(desk.store.text_of(entry)), given)
    refusals = [*_faults(given, desk.terms, now)]
    if told is None:
        detail = "The decision names nothing of this id. Use one that stands in it."
        refusals.append(Refusal("/target/id", detail))
    if refusals or told is None:
        raise IntakeError(refusals)
    body = {**_body(given, told, now, keep_text=desk.keep_text), "who": who}
    draft = Draft(FEEDBACK, body, now, desk.knowledge_sha256, request, key, key_id=entry.key_id)
    try:
        receipt = desk.store.append(draft)
    except KeyTakenError:
        rival = desk.store.find(key or "")
        if rival is None:
            raise
        return _same(desk, rival, request)
    return event_of(receipt, body)


def tell(recorded: Json, given: Feedback) -> Told | None:
    """What of a recorded decision the feedback is about; None when it is not in the decision."""
    decision, software = recorded[DECISION], recorded["software"]
    fired = tuple(e["rule"] for e in decision["explanations"] if e["state"] == FIRED)
    target = given.target
    if target.type is TargetType.DECISION:
        return Told(decision["disposition"], software, fired) if target.id is None else None
    if target.type is TargetType.EXERCISE:
        name = dict(_exercises(decision)).get(target.id or "")
        return None if name is None else Told(name, software, ())
    for rule in decision["explanations"]:
        if rule["rule"] == target.id:
            spoke = (rule["rule"],) if rule["state"] == FIRED else ()
            return Told(rule["title"], rule["version"], spoke)
    return None


def _faults(given: Feedback, terms: FeedbackTerms, now: datetime) -> Iterator[Refusal]:
    overridden = given.outcome is Outcome.OVERRIDDEN
    if given.reason is None and overridden and given.source is not Source.CDS_HOOKS:
        yield Refusal("/reason", f"Say why, with one of: {', '.join(terms.reasons)}.")
    if given.reason is not None and not overridden:
        yield Refusal("/reason", "A reason goes with an override. Leave it out.")
    elif given.reason is not None and given.reason not in terms.reasons:
        hint = suggest(given.reason, terms.reasons)
        allowed = ", ".join(terms.reasons)
        yield Refusal("/reason", f"This reason is not known. Use one of: {allowed}.{hint}")
    if given.at is not None and given.at - now > timedelta(minutes=terms.clock_tolerance_minutes):
        yield Refusal("/at", "This lies in the future. Correct it, or leave it out.")


def _body(given: Feedback, told: Told, now: datetime, *, keep_text: bool) -> dict[str, Any]:
    return {
        **plain(given),
        "at": stamp(given.at or now),
        "clock": now.isoformat(),
        "comment": given.comment if keep_text else None,
        "comment_given": given.comment is not None,
        "title": told.title,
        "version": told.version,
        "fired": list(told.fired),
    }


def _same(desk: Desk, entry: Entry, request: str) -> Event:
    if entry.kind != FEEDBACK or not desk.store.is_of_request(entry, request):
        detail = "This Idempotency-Key was used for another request. Use a new one."
        raise IntakeError([Refusal("", detail)])
    return read_event(entry, desk.store.text_of(entry))


def _exercises(decision: Json) -> Iterator[tuple[str, str]]:
    plan = decision["plan"] or {}
    for component in plan.get("components", ()):
        for exercise in component["exercises"]:
            yield exercise["id"], exercise["name"]
