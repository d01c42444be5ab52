"""For authors of rules: a draft of a topic, checked as strictly as a file, and tried."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, g, make_response, render_template, request
from msgspec import Struct, field

from cds.errors import AuditError, CdsError, IntakeError, KnowledgeError, LoadError, Refusal
from cds.http.library import Draft
from cds.routes.exchange import parts
from cds.routes.registering import on
from cds.schemas.decision_request import read_decision_request
from cds.strict_json import JsonLimits, read_json
from cds.web.site import protect

if TYPE_CHECKING:
    from cds.replay.trial import Patient

drafting = Blueprint("drafting", __name__, template_folder="templates")
_DRAFT_BYTES = 300_000
_TOO_LONG = f"A topic has at most {_DRAFT_BYTES} characters. Nothing was read. Send one topic."


class _Shown(Struct):
    """What the page holds: the problems of the draft, those of the patient, and what came of it."""

    draft: Draft | None = None
    problems: Sequence[KnowledgeError] = ()
    refusals: Sequence[Refusal] = ()
    trial: Mapping[str, Any] | None = None
    impact: Mapping[str, Any] | None = None
    failed: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether something must be corrected."""
        return bool(self.problems or self.refusals)


@on(drafting, "GET", "/drafts")
def show_draft() -> Response:
    """The fields for a draft and a patient."""
    return _page(_Shown())


@on(drafting, "POST", "/drafts")
def try_draft() -> Response:
    """What is wrong with a draft, or what it changes; nothing is recorded or put to use."""
    most = parts().settings.max_body_bytes
    request.max_content_length = request.max_form_memory_size = most + _DRAFT_BYTES
    protect()
    texts = {name: request.form.get(name, "") for name in ("draft", "patient")}
    shown = _Shown(texts=texts)
    try:
        if len(texts["draft"]) > _DRAFT_BYTES:
            raise CdsError(_TOO_LONG)
        shown.draft = parts().service.library.read_draft(texts["draft"].replace("\r\n", "\n"))
        _try(shown, shown.draft)
    except LoadError as error:
        shown.problems = error.problems
    except IntakeError as error:
        shown.refusals = error.refusals
    except AuditError:
        raise
    except CdsError as error:
        shown.failed = error.message
    return _page(shown)


def _try(shown: _Shown, draft: Draft) -> None:
    from cds.replay.trial import try_on, weigh  # tried seldom, and long to import

    at, asked = parts(), request.form.get("on", "patient")
    if asked == "record":
        shown.impact = weigh(at.service, draft, at.store)
    elif shown.texts["patient"].strip():
        shown.trial = try_on(at.service, draft, _patient(shown.texts["patient"]))


def _patient(text: str) -> "Patient":
    """Whom the draft is tried on.

    Raises: MalformedError, TooLargeError, IntakeError.
    """
    from cds.replay.trial import Patient

    body = read_json(text.encode(), JsonLimits(bytes=parts().settings.max_body_bytes))
    asked = read_decision_request(body, parts().service.terms, g.now.date())
    return Patient(asked.intake, asked.evaluation_date)


def _page(shown: _Shown) -> Response:
    from cds.replay.trial import NEWEST

    difference = shown.trial["difference"] if shown.trial else None
    page = render_template(
        "draft.html",
        shown=shown,
        texts=shown.texts,
        newest=NEWEST,
        difference=json.dumps(difference, ensure_ascii=False, indent=1),
    )
    return make_response(page, 422 if shown.refused else 200)
