"""The record as an auditor looks through it: newest first, page by page, bounded in what is read.

What a decision says is sealed, so a search opens each record of its days. One page opens at most
some hundred, says how many, and where the next goes on.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cds.audit.chain import Entry
from cds.audit.database import record
from cds.audit.reading import read_newest
from cds.audit.store import Store
from cds.feedback.events import DECISION, FEEDBACK, FIRED, Event, final, read_events
from cds.feedback.tally import ANSWERS
from cds.model.feedback import TargetType

#: The outcome of a decision that nobody answered to.
NO_OUTCOME = "none"
_ROWS = 25
_AT_ONCE, _MOST = 100, 500
#: They say what an open record is about; the others are lists of keys, or of no use to a reader.
_TOLD = (
    "of",
    "decision",
    "step",
    "status",
    "route",
    "problem",
    "count",
    "size",
    "recorded",
    "after",
    "name",
)
_LONGEST = 80


class Search(Struct, frozen=True):
    """What is looked for. `rule` is an id or how it begins; days are in UTC, both included.

    `before` is the number of the record to go on from.
    """

    since: date | None = None
    until: date | None = None
    kind: str | None = None
    rule: str | None = None
    disposition: str | None = None
    outcome: str | None = None
    before: int | None = None

    @property
    def asks_inside(self) -> bool:
        """Whether only a decision can be found."""
        return self.disposition is not None or self.outcome is not None


class Hit(Struct, frozen=True):
    """One record. `says` is what an open one is about; a sealed one tells what follows.

    `about` is the decision that it belongs to, `fired` the rules behind it, and `outcome` what was
    answered to the decision, or what this feedback answered.
    """

    sequence: int
    id: str
    created: str
    kind: str
    who: str | None = None
    erased: bool = False
    about: str | None = None
    disposition: str | None = None
    fired: tuple[str, ...] = ()
    outcome: str | None = None
    says: tuple[str, ...] = ()


class Page(Struct, frozen=True):
    """Some of what was found, how many records were looked at, and where the next page begins."""

    hits: tuple[Hit, ...]
    looked_at: int
    before: int | None


def search(store: Store, asked: Search) -> Page:
    """The next records that fit, newest first.

    Raises: AuditError when one cannot be read.
    """
    hits: list[Hit] = []
    looked_at, before = 0, asked.before
    while len(hits) < _ROWS and looked_at < _MOST:
        some = read_newest(store, _AT_ONCE, *_conditions(asked, before))
        for hit in _hits(store, some):
            looked_at, before = looked_at + 1, hit.sequence
            hits += [hit] if _fits(hit, asked) else []
            if len(hits) == _ROWS:
                break
        else:
            if len(some) < _AT_ONCE:
                return Page(tuple(hits), looked_at, None)
    return Page(tuple(hits), looked_at, before)


def kinds_of(store: Store) -> tuple[str, ...]:
    """The kinds of records that there are.

    Raises: AuditError.
    """
    with store.reading() as connection:
        kinds = connection.execute(record.select().with_only_columns(record.c.kind).distinct())
        return tuple(sorted(kinds.scalars()))


def _conditions(asked: Search, before: int | None) -> Iterator[Any]:
    if before is not None:
        yield record.c.seq < before
    if asked.since is not None:
        yield record.c.created >= asked.since.isoformat()
    if asked.until is not None:
        yield record.c.created < (asked.until + timedelta(days=1)).isoformat()
    if asked.kind is not None:
        yield record.c.kind == asked.kind
    if asked.asks_inside:
        yield record.c.kind == DECISION
    elif asked.rule is not None:
        yield record.c.kind.in_((*ANSWERS, FEEDBACK))


def _fits(hit: Hit, asked: Search) -> bool:
    rule, disposition = asked.rule, asked.disposition
    return (
        (rule is None or any(id_.startswith(rule) for id_ in hit.fired))
        and (disposition is None or hit.disposition == disposition)
        and (asked.outcome is None or (not hit.erased and hit.outcome == asked.outcome))
    )


def _hits(store: Store, some: Sequence[tuple[Entry, str | None]]) -> Iterator[Hit]:
    outcomes = _outcomes(store, [entry for entry, _ in some if entry.kind == DECISION])
    for entry, text in some:
        plain = Hit(entry.seq, entry.id, entry.created, entry.kind)
        if text is None:
            yield replace(plain, erased=True)
        elif entry.key_id is None or entry.kind in (*ANSWERS, FEEDBACK):
            yield _told(plain, json.loads(text), outcomes)
        else:
            yield plain


def _told(plain: Hit, body: Mapping[str, Any], outcomes: Mapping[str, str]) -> Hit:
    plain = replace(plain, who=_who(body))
    if plain.kind == FEEDBACK:
        fired = tuple(body["fired"])
        return replace(plain, about=body["decision"], fired=fired, outcome=body["outcome"])
    if plain.kind not in ANSWERS:
        about = body.get("of") if plain.kind == "replay" else None
        return replace(plain, about=about, says=tuple(_says(body)))
    answer = body[plain.kind]
    fired = tuple(e["rule"] for e in answer["explanations"] if e["state"] == FIRED)
    return replace(
        plain,
        about=plain.id,
        disposition=answer.get("disposition") or answer.get("action"),
        fired=fired,
        outcome=outcomes.get(plain.id, NO_OUTCOME) if plain.kind == DECISION else None,
    )


def _outcomes(store: Store, decisions: Iterable[Entry]) -> Mapping[str, str]:
    """What counts for each decision: the answer to the whole, or else the latest to a part."""
    keys = {entry.key_id for entry in decisions}
    if not keys:
        return {}
    events: defaultdict[str, list[Event]] = defaultdict(list)
    for event in final(read_events(store, record.c.key_id.in_(keys))).values():
        events[event.decision].append(event)
    return {id_: _counting(of).outcome.value for id_, of in events.items()}


def _counting(events: Iterable[Event]) -> Event:
    return max(events, key=lambda e: (e.target.type is TargetType.DECISION, e.at))


def _who(body: Mapping[str, Any]) -> str | None:
    """A key, a pseudonym of a token's subject, or a name of the command line."""
    found = body.get("who") or body.get("by") or body.get("user")
    name = found.get("id") if isinstance(found, Mapping) else found
    return None if name is None else str(name)


def _says(body: Mapping[str, Any]) -> Iterator[str]:
    for name in _TOLD:
        if isinstance(value := body.get(name), (str, int)):
            yield f"{name} {str(value)[:_LONGEST]}"
