"""The record as AuditEvents of FHIR, a line of JSON each; that it is told is recorded first."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from cds.audit.database import record
from cds.audit.reading import first_names, read_all, subject_of
from cds.audit.store import Store
from cds.audit.turn import Draft
from cds.fhir.writing.audit_events import Logged, audit_event
from cds.knowledge.audit_events import AuditCodes

#: The media type of resources of FHIR, one on each line.
MEDIA_TYPE = "application/fhir+ndjson"
Days = tuple[date | None, date | None]


def export_events(
    store: Store, codes: AuditCodes, by: str | Mapping[str, Any] | None, now: datetime, days: Days
) -> Iterator[str]:
    """The events of the first to the last day (UTC, both included), this export the last of them.

    Raises: AuditError when the export cannot be recorded, or a record cannot be read.
    """
    since, until = (day and day.isoformat() for day in days)
    body = {"by": by, "of": "audit_events", "from": since, "to": until}
    receipt = store.append(Draft("export", body, now, "", sealed=False))
    return _lines(store, codes, [record.c.seq <= receipt.sequence, *_within(*days)])


def _within(since: date | None, until: date | None) -> Iterator[Any]:
    """Times stand in the record in UTC, so that they sort as text."""
    if since is not None:
        yield record.c.created >= since.isoformat()
    if until is not None:
        yield record.c.created < (until + timedelta(days=1)).isoformat()


def _lines(store: Store, codes: AuditCodes, conditions: list[Any]) -> Iterator[str]:
    names = first_names(store)
    for entry, text in read_all(store, *conditions):
        body = None if text is None else json.loads(text)
        subject = subject_of(store, entry)
        of = Logged(entry, body, names.get(subject, subject) if subject else None)
        yield json.dumps(audit_event(of, codes), ensure_ascii=False, separators=(",", ":")) + "\n"
