"""What leaves the record: as it is stored, for a verifier; or without what identifies a person.

The second holds a closed list of members: what is not on it, as every sentence, every free text
and every date, stays behind.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from msgspec import Struct, field
from msgspec.structs import asdict

from cds.audit.canonical import canonical
from cds.audit.chain import Entry
from cds.audit.database import record
from cds.audit.keys import Keys
from cds.audit.reading import first_names
from cds.audit.store import Store
from cds.errors import ErasedError

# Safe Harbor, 45 CFR 164.514(b)(2)(i)(C): ages over 89 are one group, "90 or older".
_OLDEST = 90
_KINDS = ("decision", "follow_up")
_AGE = "age"
_DATED = ("at", "onset")
_INPUT: Mapping[str, Sequence[str]] = {
    "facts": ("name", "value", "unit", "at"),
    "conditions": ("id", "status", "onset"),
    "medications": ("id", "status", "at"),
    "procedures": ("id", "at"),
}
_FLAGS = ("conditions_reviewed", "medications_reviewed", "request", "policy")
_ANSWER: Mapping[str, Callable[[Any], Any]] = {
    "disposition": lambda found: found,
    "screening": lambda found: {"clearance": found["clearance"]},
    "contraindications": lambda found: [
        {name: each[name] for name in ("id", "kind", "action")} for each in found
    ],
    "hiit": lambda found: {"eligible": found["eligible"]},
    "explanations": lambda found: [
        {name: each[name] for name in ("rule", "version", "state")} for each in found
    ],
    "missing": lambda found: [each["fact"] for each in found],
    "row": lambda found: found,
    "action": lambda found: found,
}


class _Subjects(Struct):
    """A number for each subject in the order they come, and the day each was first seen."""

    names: Mapping[str, str]
    numbers: dict[str, int] = field(default_factory=dict)
    first: dict[str, date] = field(default_factory=dict)

    def place(self, subject: str, day: date) -> tuple[int, int]:
        """The number of the subject, and the days since it was first seen."""
        subject = self.names.get(subject, subject)
        number = self.numbers.setdefault(subject, len(self.numbers) + 1)
        return number, (day - self.first.setdefault(subject, day)).days


def sealed(store: Store, keys: Keys, now: datetime) -> Iterator[str]:
    """Every record as it is stored, and a checkpoint of all of them, a line of JSON each."""
    checkpoint = store.checkpoint(now)
    for entry in store.entries(record.c.seq <= checkpoint.size):
        yield json.dumps({"record": asdict(entry)}, ensure_ascii=False)
    yield json.dumps({"checkpoint": json.loads(checkpoint.signed(keys))})


def deidentified(store: Store) -> Iterator[str]:
    """Each decision and check-in that was not erased, without what identifies a person.

    Raises: AuditError when a record cannot be read.
    """
    subjects = _Subjects(first_names(store))
    for entry in store.entries(record.c.kind.in_(_KINDS)):
        try:
            body = json.loads(store.text_of(entry))
        except ErasedError:
            continue
        yield canonical(_about_nobody(entry, body, subjects))


def _about_nobody(entry: Entry, body: Mapping[str, Any], subjects: _Subjects) -> dict[str, Any]:
    day = date.fromisoformat(body["evaluation_date"])
    told = body["input"]
    number, since = subjects.place(told["subject_id"] or entry.id, day)
    answer = body[entry.kind]
    return {
        "kind": entry.kind,
        "subject": number,
        "day": since,
        "knowledge": entry.knowledge_sha256,
        "software": body.get("software"),
        "site_policies": body.get("site_policies", {}),
        "input": _input(told, day),
        entry.kind: {
            n: read(answer[n]) for n, read in _ANSWER.items() if answer.get(n) is not None
        },
    }


def _input(told: Mapping[str, Any], day: date) -> dict[str, Any]:
    kept: dict[str, Any] = {name: told[name] for name in _FLAGS}
    for name, members in _INPUT.items():
        kept[name] = [_entry(each, members, day) for each in told[name]]
    return kept


def _entry(told: Mapping[str, Any], members: Sequence[str], day: date) -> dict[str, Any]:
    """One fact or entry; a date becomes the days to the decision, an age over 89 becomes 90."""
    kept = {name: told[name] for name in members}
    for name in _DATED:
        if kept.get(name) is not None:
            kept[name] = (date.fromisoformat(kept[name]) - day).days
    if kept.get("name") == _AGE:
        kept["value"] = _pooled(kept["value"], kept["unit"])
    return kept


def _pooled(age: Any, unit: str | None) -> Any:
    """An age in years, those above 89 as one; in another unit it is left out."""
    in_years = isinstance(age, (int, float)) and unit in (None, "a")
    return min(age, _OLDEST) if in_years else None
