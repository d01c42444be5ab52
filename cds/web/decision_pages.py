"""A recorded decision with its reasons, and the form it came from."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import NotFound

from cds.http.pipeline import DECISION
from cds.http.words import NOT_KEPT, tell
from cds.routes.exchange import parts
from cds.routes.registering import on
from cds.web.answering import answers
from cds.web.check_in_pages import course_from
from cds.web.form_pages import Filled, filled_form
from cds.web.own_words import kept_words, without_marks
from cds.web.prefill import typed_of
from cds.web.result import arranged
from cds.web.site import layout, names, pages, protect


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
    told: dict[str, Any] = json.loads(without_marks(answer.text))
    return told


def _known(texts: list[str]) -> list[str]:
    """What can be typed again; words that no record has are left out."""
    lines = ("\n".join(line for line in text.split("\n") if line != NOT_KEPT) for text in texts)
    return [text for text in lines if text]
