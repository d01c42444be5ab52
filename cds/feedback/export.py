"""Feedback as a table: who answered what to which recommendation, when and where.

Source: 45 CFR 170.315(b)(11)(ii)(C): intervention, action taken, user feedback, user, date and
location, in a computable format.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.feedback.events import FEEDBACK, Event, final, read_events
from cds.model.feedback import FeedbackTerms

Row = dict[str, Any]
COLUMNS = (
    *("event", "sequence", "decision", "intervention_type", "intervention", "title", "version"),
    *("action", "feedback", "feedback_code", "comment", "suggestions", "user", "date"),
    *("location", "source", "final"),
)
# A cell that begins so is taken as a formula by spreadsheets.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def export_rows(
    store: Store, terms: FeedbackTerms, since: date | None = None, until: date | None = None
) -> list[Row]:
    """Each feedback that was given from `since` to `until` (days in UTC, both included).

    `final` says whether it is the one that counts for its target among all there are.
    Raises: AuditError.
    """
    events = tuple(read_events(store))
    counting = {event.receipt.id for event in final(events).values()}
    return [
        _row(event, terms, counts=event.receipt.id in counting)
        for event in events
        if (since or date.min) <= event.at.astimezone(UTC).date() <= (until or date.max)
    ]


def note_export(store: Store, by: str | Mapping[str, Any] | None, now: datetime) -> None:
    """Records that feedback leaves, and to whom, before it does.

    Raises: AuditError.
    """
    store.append(Draft("export", {"by": by, "of": FEEDBACK}, now, "", sealed=False))


def as_csv(rows: Iterable[Row]) -> str:
    """The rows as CSV (RFC 4180), without anything that a spreadsheet would run."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _row(event: Event, terms: FeedbackTerms, *, counts: bool) -> Row:
    return {
        "event": event.receipt.id,
        "sequence": event.receipt.sequence,
        "decision": event.decision,
        "intervention_type": event.target.type.value,
        "intervention": event.target.id or event.decision,
        "title": event.title,
        "version": event.version,
        "action": event.outcome.value,
        "feedback": terms.reasons.get(event.reason or "", event.reason),
        "feedback_code": event.reason,
        "comment": event.comment,
        "suggestions": list(event.suggestions),
        "user": event.user,
        "date": event.at.isoformat(),
        "location": event.location,
        "source": event.source.value,
        "final": counts,
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = " ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
