"""For an auditor: a search through the record, and one decision of it with its replay."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.exceptions import NotFound

from cds.audit.chain import Entry
from cds.errors import IntakeError, Refusal
from cds.feedback.events import DECISION
from cds.feedback.searching import NO_OUTCOME, Search, kinds_of, search
from cds.feedback.tally import ANSWERS
from cds.http.feedback import feedback_view
from cds.http.pipeline import RECORD_ID
from cds.http.query import allow_parameters, read_choice, read_days
from cds.http.words import tell
from cds.model.decision import Disposition
from cds.model.feedback import Outcome
from cds.routes.exchange import parts
from cds.routes.registering import on
from cds.routes.replays import replayed
from cds.web.own_words import without_marks
from cds.web.result import lead, ordered_reasons
from cds.web.site import protect

auditing = Blueprint("auditing", __name__, template_folder="templates")
_PARAMETERS = ("from", "to", "kind", "rule", "disposition", "outcome", "before", "lang")
_DISPOSITIONS = tuple(map(str, Disposition))
_OUTCOMES = (*map(str, Outcome), NO_OUTCOME)
_LONGEST_RULE = 200
_FORM_BYTES = 2_000


@on(auditing, "GET", "/audit")
def show_search() -> Response:
    """The record, newest first, and what of it is asked for; nothing of a patient is asked for."""
    given = {name: values for name, values in _given().items() if any(values)}
    kinds = kinds_of(parts().store)
    refusals: Sequence[Refusal] = ()
    page = None
    try:
        page = search(parts().store, _read(given, kinds))
    except IntakeError as error:
        refusals = error.refusals
    shown = render_template(
        "audit/search.html",
        page=page,
        refusals=refusals,
        asked={name: values[0] for name, values in given.items()},
        choices={"kind": kinds, "disposition": _DISPOSITIONS, "outcome": _OUTCOMES},
    )
    return make_response(shown, 422 if refusals else 200)


@on(auditing, "GET", "/audit/decisions/<id>")
def show_record(id: str) -> Response:
    """A decision, or the answer to a check-in, with all that is recorded of it."""
    return _shown(id, None)


@on(auditing, "POST", "/audit/decisions/<id>/replay")
def replay_record(id: str) -> Response:
    """The same, made again: what comes of it, and what differs."""
    request.max_content_length = request.max_form_memory_size = _FORM_BYTES
    protect()
    return _shown(id, replayed(id, _entry(id).kind))


def _shown(id: str, replay: Mapping[str, Any] | None) -> Response:
    at, entry = parts(), _entry(id)
    text = at.store.text_of(entry)
    told = json.loads(without_marks(tell(text, tuple(json.loads(text).get("words", ())))))
    answer = told[entry.kind]
    feedback = feedback_view(at.store, id, at.desk.terms) if entry.kind == DECISION else None
    page = render_template(
        "audit/record.html",
        entry=entry,
        record={name: part for name, part in told.items() if name not in ("input", entry.kind)},
        given=json.dumps(told["input"], ensure_ascii=False, indent=1),
        answer=answer,
        lead=lead(answer["summary"], ()),
        reasons=ordered_reasons(answer),
        events=feedback["events"] if feedback else (),
        replay=replay,
    )
    return make_response(page)


def _entry(id: str) -> Entry:
    """The record of that id, when it is an answer.

    Raises: NotFound, AuditError.
    """
    entry = parts().store.get(id) if RECORD_ID.fullmatch(id) else None
    if entry is None or entry.kind not in ANSWERS:
        raise NotFound
    return entry


def _read(given: Mapping[str, list[str]], kinds: Sequence[str]) -> Search:
    """What is asked for.

    Raises: IntakeError.
    """
    allow_parameters(given, _PARAMETERS)
    since, until = read_days(given, ("from", "to"))
    rule = given.get("rule", [""])[0].strip()
    before = given.get("before", [""])[0]
    if len(rule) > _LONGEST_RULE or (before and not _is_number(before)):
        raise IntakeError([Refusal("?/before", "This page begins nowhere. Search again.")])
    return Search(
        since=since,
        until=None if until == date.max else until,
        kind=read_choice(given, "kind", ("", *kinds), "") or None,
        rule=rule or None,
        disposition=read_choice(given, "disposition", ("", *_DISPOSITIONS), "") or None,
        outcome=read_choice(given, "outcome", ("", *_OUTCOMES), "") or None,
        before=int(before) if before else None,
    )


def _is_number(text: str) -> bool:
    """Whether it can be the number of a record."""
    return text.isascii() and text.isdecimal() and len(text) < 16


def _given() -> Mapping[str, list[str]]:
    return request.args.to_dict(flat=False)
