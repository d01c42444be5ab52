"""The check-ins that go on from a decision, as they were recorded."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from cds.audit.chain import Entry
from cds.audit.database import record
from cds.audit.reading import read_all
from cds.audit.store import Store
from cds.http.pipeline import FOLLOW_UP
from cds.http.words import tell

Json = Mapping[str, Any]
#: No more than the newest so many: a little over a year of one a week.
MOST = 60


class CheckIn(Struct, frozen=True):
    """One recorded check-in: its day (ISO 8601), the input it was answered on, and the answer."""

    id: str
    day: str
    input: Json
    answer: Json


def check_ins_of(store: Store, decision: Entry, most: int = MOST) -> tuple[CheckIn, ...]:
    """The check-ins that name the decision, by their day; those that were erased are left out.

    Raises: AuditError.
    """
    # Sealed with the key of the decision, which may be that of others of the same person too.
    newest = (
        select(record.c.seq)
        .where(record.c.kind == FOLLOW_UP)
        .where(record.c.key_id == decision.key_id)
        .where(record.c.seq > decision.seq)
        .order_by(record.c.seq.desc())
        .limit(most)
    )
    found = []
    for entry, text in read_all(store, record.c.seq.in_(newest)):
        body = json.loads(tell(text)) if text is not None else {}
        if body.get("earlier") == decision.id:
            found.append(CheckIn(entry.id, body["evaluation_date"], body["input"], body[FOLLOW_UP]))
    return tuple(sorted(found, key=lambda one: one.day))
