"""What other knowledge changes for the persons whose decisions are recorded."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from msgspec import Struct, field

from cds.audit.database import record
from cds.audit.reading import numbers_of
from cds.audit.store import Store
from cds.errors import EngineError, UnitError
from cds.http.pipeline import DECISION
from cds.http.service import DecisionService
from cds.model.decision import as_json
from cds.model.intake import Intake, Presence
from cds.replay.bulk import OpenStore
from cds.replay.changes import Change, compare
from cds.replay.recorded import Recorded, UnreadableInputError, answer_again
from cds.replay.replaying import Outcome, Replay, read_sound, why_none
from cds.replay.workers import Seqs, in_parallel
from cds.units import convert

#: What became of a decision that was not compared.
ERASED, NOT_READ, NOT_ANSWERED = "erased", "not_read", "not_answered"
CHANGES = tuple(change.value for change in Change)
GROUPS = ("condition", "age", "sex")
NO_CONDITION, NOT_KNOWN = "none", "unknown"
#: Bands of the report, O/service-policy: lower ends in years.
_BANDS = ((80, "80+"), (65, "65-79"), (40, "40-64"), (18, "18-39"), (0, "under 18"))
_EXAMPLES = 5
_NO_EXAMPLES = (Change.UNCHANGED, ERASED)


class Compared(Struct, frozen=True):
    """One recorded decision: what the other knowledge makes of it, and of whom it is."""

    id: str
    found: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reason: str | None = None


class Impact(Struct):
    """How often each change came: in all, and by condition, age band and sex, with examples."""

    decisions: int = 0
    totals: Counter[str] = field(default_factory=Counter)
    groups: dict[str, dict[str, Counter[str]]] = field(
        default_factory=lambda: {name: {} for name in GROUPS}
    )
    examples: dict[str, list[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, compared: Compared) -> None:
        """Counts one decision; one that blocks something and permits something counts in both."""
        self.decisions += 1
        for found in compared.found:
            self.totals[found] += 1
            if found not in _NO_EXAMPLES:
                examples = self.examples.setdefault(found, [])
                examples += [compared.id] if len(examples) < _EXAMPLES else []
            for group, names in compared.groups.items():
                for name in names:
                    self.groups[group].setdefault(name, Counter())[found] += 1
        if compared.reason is not None:
            self.reasons[compared.reason] += 1


def decisions_of(store: Store, limit: int | None = None) -> list[int]:
    """The numbers of the newest decisions.

    Raises: AuditError.
    """
    return numbers_of(store, limit, record.c.kind == DECISION)


def compare_all(
    open_store: OpenStore,
    seqs: Seqs,
    services: tuple[DecisionService, DecisionService],
    workers: int,
) -> Iterator[Sequence[Compared]]:
    """Each decision under both services, the second compared with the first.

    No store of this process may be open.
    Raises: AuditError, CdsError.
    """
    yield from in_parallel(lambda: partial(_compare_part, open_store(), services), seqs, workers)


def compare_one(
    services: tuple[DecisionService, DecisionService], id: str, recorded: Recorded | Replay
) -> Compared:
    """One recorded decision under both services; or why it could not be read."""
    if isinstance(recorded, Replay):
        found = ERASED if recorded.outcome is Outcome.ERASED else NOT_READ
        return Compared(id, (found,), reason=None if found == ERASED else recorded.reason)
    groups = groups_of(recorded.intake)
    try:
        before, after = (_answer(service, recorded) for service in services)
    except (EngineError, UnreadableInputError) as error:
        return Compared(id, (NOT_ANSWERED,), groups, why_none(error))
    changes, _ = compare(before, after)
    return Compared(id, tuple(change.value for change in changes), groups)


def age_band(intake: Intake) -> str:
    """The band of the age that was told, in years."""
    age = next((fact for fact in intake.facts if fact.name == "age"), None)
    if age is None or isinstance(age.value, (bool, str)) or age.value is None:
        return NOT_KNOWN
    try:
        years = convert(float(age.value), age.unit or "a", "a")
    except UnitError:
        return NOT_KNOWN
    return next((band for low, band in _BANDS if years >= low), NOT_KNOWN)


def groups_of(intake: Intake) -> dict[str, tuple[str, ...]]:
    """The conditions, the age band and the sex of a person, as far as they were told."""
    present = {c.id for c in intake.conditions if c.status is Presence.PRESENT}
    sex = next((fact.value for fact in intake.facts if fact.name == "sex"), None)
    return {
        "condition": tuple(sorted(present)) or (NO_CONDITION,),
        "age": (age_band(intake),),
        "sex": (str(sex or NOT_KNOWN),),
    }


def _compare_part(
    store: Store, services: tuple[DecisionService, DecisionService], part: Seqs
) -> list[Compared]:
    entries = store.entries(record.c.seq.in_(part))
    return [compare_one(services, entry.id, read_sound(store, entry)) for entry in entries]


def _answer(service: DecisionService, recorded: Recorded) -> dict[str, Any]:
    answer: dict[str, Any] = as_json(answer_again(service, recorded))
    return answer
