"""Feedback as it is recorded and read again; of several on one thing the latest counts."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from cds.audit.chain import Entry
from cds.audit.database import record
from cds.audit.reading import read_all
from cds.audit.store import Store
from cds.audit.turn import Receipt
from cds.model.feedback import Outcome, Source, Target, TargetType

#: The kind of these records, and that of what they are about.
FEEDBACK = "feedback"
DECISION = "decision"
FIRED = "fired"
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Event(Struct, frozen=True):
    """One feedback as it was recorded; `receipt` is that of its own record.

    `version` and `title` are those of the rule, exercise or decision that was answered to, and
    `fired` the rules behind it that had fired. `comment` is None where none was given or kept.
    """

    receipt: Receipt
    decision: str
    target: Target
    title: str
    version: str
    fired: tuple[str, ...]
    outcome: Outcome
    reason: str | None
    comment: str | None
    comment_given: bool
    user: str | None
    location: str | None
    at: datetime
    source: Source
    suggestions: tuple[str, ...]


def read_event(entry: Entry, text: str) -> Event:
    """The event of a record and what it says."""
    return event_of(Receipt(entry.id, entry.created, entry.seq, entry.hash), json.loads(text))


def event_of(receipt: Receipt, body: Mapping[str, Any]) -> Event:
    """The event of what was recorded."""
    return Event(
        receipt=receipt,
        decision=body["decision"],
        target=Target(TargetType(body["target"]["type"]), body["target"]["id"]),
        title=body["title"],
        version=body["version"],
        fired=tuple(body["fired"]),
        outcome=Outcome(body["outcome"]),
        reason=body["reason"],
        comment=body["comment"],
        comment_given=body["comment_given"],
        user=body["user"],
        location=body["location"],
        at=datetime.fromisoformat(body["at"]),
        source=Source(body["source"]),
        suggestions=tuple(body["suggestions"]),
    )


def decision_of(store: Store, id: str) -> Entry | None:
    """The record of the decision of that id, if there is one.

    Raises: AuditError.
    """
    entry = store.get(id) if _ID.fullmatch(id) else None
    return None if entry is None or entry.kind != DECISION else entry


def events_of(store: Store, decision: Entry) -> tuple[Event, ...]:
    """All feedback to a decision, in the order of the record.

    Raises: AuditError.
    """
    # Feedback is sealed with the key of its decision, which may be that of others too.
    found = read_events(store, record.c.key_id == decision.key_id, record.c.seq > decision.seq)
    return tuple(event for event in found if event.decision == decision.id)


def read_events(store: Store, *conditions: Any) -> Iterator[Event]:
    """All feedback that was not erased, in the order of the record.

    Raises: AuditError.
    """
    for entry, text in read_all(store, record.c.kind == FEEDBACK, *conditions):
        if text is not None:
            yield read_event(entry, text)


def final(events: Iterable[Event]) -> Mapping[tuple[str, Target], Event]:
    """The feedback that counts, by decision and target: the latest answer, then the last recorded.

    A late report of an early answer does not undo a later one.
    """
    found: dict[tuple[str, Target], Event] = {}
    for event in sorted(events, key=lambda event: (event.at, event.receipt.sequence)):
        found[event.decision, event.target] = event
    return found
