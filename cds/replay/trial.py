"""A draft of a topic on trial: one patient, and the newest recorded decisions, with and without it.

Nothing of a trial is recorded, and the knowledge in use stays as it is.
"""

import threading
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from msgspec import Struct

from cds.audit.database import record
from cds.audit.reading import numbers_of
from cds.audit.store import Store
from cds.errors import CdsError
from cds.http.library import Draft
from cds.http.pipeline import DECISION
from cds.http.service import DecisionService
from cds.model.decision import as_json
from cds.model.intake import Intake
from cds.replay.apart import run_apart
from cds.replay.changes import compare
from cds.replay.impact import Impact, compare_one
from cds.replay.recorded import Recorded
from cds.replay.replaying import Replay, read_sound

#: How many decisions a trial looks at; `python -m cds impact` looks at all.
NEWEST = 50
_SECONDS = 25.0
_ONE_AT_A_TIME = threading.Lock()
_BUSY = "Another draft is on trial. Try again shortly."


class Patient(Struct, frozen=True):
    """Whom a draft is tried on, and the day of the decision."""

    intake: Intake
    day: date


def try_on(service: DecisionService, draft: Draft, patient: Patient) -> Mapping[str, Any]:
    """The decision `before` and `after` with the draft, the kinds of `changes` and the parts.

    Raises: CdsError when there is no answer, or another draft is on trial.
    """
    return _apart(partial(_try_on, service, draft, patient))


def weigh(service: DecisionService, draft: Draft, store: Store) -> Mapping[str, Any]:
    """How many of the newest decisions change, by kind, with the ids of a few.

    Raises: AuditError; CdsError as `try_on`.
    """
    numbers = numbers_of(store, NEWEST, record.c.kind == DECISION)
    entries = store.entries(record.c.seq.in_(numbers))
    return _apart(partial(_weigh, service, draft, [(e.id, read_sound(store, e)) for e in entries]))


def _apart(work: Any) -> Mapping[str, Any]:
    if not _ONE_AT_A_TIME.acquire(blocking=False):
        raise CdsError(_BUSY)
    try:
        found: Mapping[str, Any] = run_apart(work, _SECONDS)
    finally:
        _ONE_AT_A_TIME.release()
    return found


def _try_on(service: DecisionService, draft: Draft, patient: Patient) -> Mapping[str, Any]:
    before, after = (
        as_json(each.decide(patient.intake, patient.day))
        for each in (service, service.with_draft(draft))
    )
    changes, difference = compare(before, after)
    kinds = [change.value for change in changes]
    return {"before": before, "after": after, "changes": kinds, "difference": difference}


def _weigh(
    service: DecisionService, draft: Draft, found: Sequence[tuple[str, Recorded | Replay]]
) -> Mapping[str, Any]:
    impact, services = Impact(), (service, service.with_draft(draft))
    for id, recorded in found:
        impact.add(compare_one(services, id, recorded))
    return {
        "decisions": impact.decisions,
        "changes": dict(impact.totals),
        "examples": impact.examples,
    }
