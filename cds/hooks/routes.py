"""CDS Hooks over HTTP: discovery, services, feedback."""

from typing import Any

from flask import Blueprint, Response, current_app, g
from werkzeug.exceptions import NotFound

from cds.hooks.answering import Hooks
from cds.hooks.feedback import read_card_feedback, record_card_feedback
from cds.hooks.request import read_hook_request
from cds.http.parts import EXTENSION
from cds.model.hooks import HookService
from cds.routes.exchange import (
    RECORD_LIMITS,
    door,
    json_response,
    parts,
    submitted,
    submitted_record,
    who,
)
from cds.routes.registering import on

_HOOKS = f"{EXTENSION}.hooks"

hooks = Blueprint("hooks", __name__)


@on(hooks, "GET", "/cds-services")
def discover() -> Response:
    """The services that there are."""
    return json_response({"services": _hooks().discovery})


@on(hooks, "POST", "/cds-services/<id>")
def call(id: str) -> Response:
    """The cards of a service."""
    service = _service(id)
    body, value = submitted_record()
    cards, answer = _hooks().cards(service, read_hook_request(value, service), door(body))
    if answer is not None:
        g.sequence = answer.receipt.sequence
    return json_response({"cards": cards})


@on(hooks, "POST", "/cds-services/<id>/feedback")
def give_feedback(id: str) -> Response:
    """What became of cards."""
    _service(id)
    given = read_card_feedback(submitted()[1])
    told = record_card_feedback(given, _hooks(), parts().desk, g.now, who())
    return json_response(told)


def _service(id: str) -> HookService:
    found = _hooks().find(id)
    if found is None:
        raise NotFound
    return found


def _hooks() -> Hooks:
    """Made when it is first asked for."""
    of = parts()
    made: Any = current_app.extensions.get(_HOOKS)
    if made is None:
        made = Hooks(of.service, of.pipeline, of.settings.hooks, RECORD_LIMITS)
        current_app.extensions[_HOOKS] = made
    return made  # type: ignore[no-any-return]
