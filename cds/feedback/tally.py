"""What the record holds of each rule: counted once, and then only what came since."""

import json
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field
from sqlalchemy import func, select

from cds.audit.chain import Entry
from cds.audit.database import record
from cds.audit.examination import DESTROYING
from cds.audit.opening import LOSS_ACCEPTED
from cds.audit.reading import first_names, read_all
from cds.audit.store import Store
from cds.audit.turn import last_of
from cds.feedback.events import DECISION, FEEDBACK, FIRED, Event, read_event

FOLLOW_UP = "follow_up"
#: The kinds of records in which rules speak.
ANSWERS = (DECISION, FOLLOW_UP)
_UNKNOWN = "unknown"
# After these the record holds less than was counted.
_LESS = (*sorted(DESTROYING), LOSS_ACCEPTED)
_LAST_LESS = select(func.max(record.c.seq)).where(record.c.kind.in_(_LESS))


class RuleCount(Struct):
    """One rule in the answers of one kind. `last_answer` counts these answers from 1."""

    fires: int = 0
    undecided: int = 0
    repeats: int = 0
    last: str | None = None
    last_answer: int = 0
    versions: Counter[str] = field(default_factory=Counter)
    subjects: set[str] = field(default_factory=set)

    def fire(self, entry: Entry, answer: int, version: str, subject: str | None) -> None:
        """Counts one firing; a repeat is one on a subject on whom it fired before."""
        self.fires += 1
        self.last, self.last_answer = entry.created, answer
        self.versions[version] += 1
        if subject is not None:
            self.repeats += subject in self.subjects
            self.subjects.add(subject)


class KindCount(Struct):
    """The answers of one kind: all, those by knowledge, and what fired in the last of them."""

    recent: deque[frozenset[str]]
    answers: int = 0
    by_knowledge: Counter[str] = field(default_factory=Counter)
    rules: defaultdict[str, RuleCount] = field(default_factory=lambda: defaultdict(RuleCount))


class Tally(Struct):
    """All that can still be read, up to the record of number `seq`; `erased` answers cannot.

    `less` is the number of the last record after which there was less to read.
    """

    kinds: Mapping[str, KindCount]
    less: int
    seq: int = 0
    erased: int = 0
    events: list[Event] = field(default_factory=list)

    def read_on(self, store: Store) -> None:
        """Counts what was recorded since.

        Raises: AuditError when a record cannot be read; what was counted before it stays.
        """
        since, names = record.c.seq > self.seq, first_names(store)
        for entry, text in read_all(store, since, record.c.kind.in_((*ANSWERS, FEEDBACK))):
            if text is None:
                self.erased += entry.kind in ANSWERS
            elif entry.kind == FEEDBACK:
                self.events.append(read_event(entry, text))
            else:
                self._answer(entry, json.loads(text), names)
            self.seq = entry.seq

    def _answer(self, entry: Entry, body: Mapping[str, Any], names: Mapping[str, str]) -> None:
        kind = self.kinds[entry.kind]
        kind.answers += 1
        kind.by_knowledge[entry.knowledge_sha256] += 1
        subject, fired = body["input"]["subject_id"], set()
        subject = names.get(subject, subject)
        for told in body[entry.kind]["explanations"]:
            count = kind.rules[told["rule"]]
            if told["state"] == FIRED:
                count.fire(entry, kind.answers, told["version"], subject)
                fired.add(told["rule"])
            count.undecided += told["state"] == _UNKNOWN
        kind.recent.append(frozenset(fired))


def up_to_date(tally: Tally | None, store: Store, window: int) -> Tally:
    """The tally with all that there is; after an erasure all is counted anew.

    Raises: AuditError.
    """
    with store.reading() as connection:
        last, less = last_of(connection)[0], connection.execute(_LAST_LESS).scalar() or 0
    if tally is None or tally.less != less or tally.seq > last:
        kinds = {kind: KindCount(deque(maxlen=window)) for kind in ANSWERS}
        tally = Tally(kinds, less)
    tally.read_on(store)
    return tally
