"""A recorded decision with its reasons, the questions about it, and the form it came from."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import NotFound

from cds.errors import IntakeError, Refusal
from cds.http.pipeline import DECISION
from cds.http.questions import Questions
from cds.http.words import NOT_KEPT, tell
from cds.routes.exchange import found, parts
from cds.routes.registering import on
from cds.web.answering import answers
from cds.web.check_in_pages import course_from
from cds.web.form_pages import Filled, filled_form
from cds.web.own_words import kept_words
from cds.web.prefill import typed_of
from cds.web.result import arranged
from cds.web.site import layout, names, pages, protect

_QUESTION_BYTES = 10_000


@on(pages, "GET", "/decisions/<id>")
def show_decision(id: str) -> Response:
    """A decision with its reasons."""
    arrangement = arranged(_told(id), names())
    asked = answers(parts(), id)
    page = render_template(
        "decision.html",
        modalities=layout().modalities,
        course=course_from(id),
        **arrangement,
        **asked,
    )
    return make_response(page)


@on(pages, "POST", "/decisions/<id>/why-not")
def show_why_not(id: str) -> Response:
    """Why something is not allowed, what would open it, and what is allowed instead."""
    of = _question("of")
    return _answered(id, "why_not", lambda at: at.why_not(id, {"of": of}))


@on(pages, "POST", "/decisions/<id>/what-if")
def show_what_it_takes(id: str) -> Response:
    """The smallest set of changes that reaches a goal."""
    goal = _question("goal")
    return _answered(id, "what_if", lambda at: at.what_if(id, {"goal": goal}))


@on(pages, "POST", "/decisions/<id>/again")
def fill_in_again(id: str) -> Response:
    """The form as this decision was made, to be completed; the decision itself stays."""
    protect()
    entry = parts().store.get(id) if _told(id) else None
    if entry is None or entry.kind != DECISION:
        raise NotFound
    words = kept_words(id, request.cookies, parts())
    record: dict[str, Any] = json.loads(tell(parts().store.text_of(entry), words))
    intake = parts().service.recall(record["input"])
    values = typed_of(intake, date.fromisoformat(record["evaluation_date"]))
    return filled_form(Filled({name: _known(texts) for name, texts in values.items()}))


def _told(id: str) -> Mapping[str, Any]:
    """The decision with the words that this browser kept.

    Raises: NotFound.
    """
    words = kept_words(id, request.cookies, parts())
    answer = parts().pipeline.read(id, words=words)
    if answer is None:
        raise NotFound
    return answer.members


def _question(name: str) -> str:
    request.max_content_length = request.max_form_memory_size = _QUESTION_BYTES
    protect()
    return request.form.get(name, "").strip()


def _answered(id: str, kind: str, ask: Callable[[Questions], Mapping[str, Any] | None]) -> Response:
    """The page of an answer, or of what was wrong with the question."""
    questions = Questions(parts().service, parts().store, parts().pipeline)
    answer: Mapping[str, Any] | None = None
    refusals: Sequence[Refusal] = ()
    try:
        answer = found(ask(questions))
    except IntakeError as error:
        refusals = error.refusals
    page = render_template(
        "answer.html",
        id=id,
        kind=kind,
        answer=answer,
        refusals=refusals,
        modalities=layout().modalities,
    )
    return make_response(page, 422 if refusals else 200)


def _known(texts: list[str]) -> list[str]:
    """What can be typed again; words that no record has are left out."""
    lines = ("\n".join(line for line in text.split("\n") if line != NOT_KEPT) for text in texts)
    return [text for text in lines if text]
