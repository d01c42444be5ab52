"""The handout of a recorded decision: a page to print, and a PDF."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, g, make_response, render_template, request
from markupsafe import Markup
from msgspec import Struct
from werkzeug.exceptions import NotFound

from cds.errors import IntakeError
from cds.http.parts import EXTENSION, Parts
from cds.http.query import allow_parameters, read_choice
from cds.http.words import NOT_KEPT
from cds.model.wording import LANGUAGES, SOURCE_LANGUAGE
from cds.routes.registering import on
from cds.web.own_words import kept_words

if TYPE_CHECKING:
    from cds.handout.document import Handout
    from cds.handout.tongue import Tongue

handouts = Blueprint("handouts", __name__, template_folder="templates")


class Written(Struct, frozen=True):
    """A handout, when its decision was recorded, and what speaks its language."""

    handout: "Handout"
    created: datetime
    tongue: "Tongue"


@on(handouts, "GET", "/decisions/<id>/handout")
def show_handout(id: str) -> Response:
    """The handout as a page, in `?lang=` or the language that the browser asks for."""
    from cds.handout.drawings import icon  # asked for seldom, and long to import, below too

    written = written_handout(id, ("lang",))
    page = render_template(
        "handout.html",
        handout=written.handout,
        say=lambda key: written.tongue.say(key).text,
        span=written.tongue.span,
        languages=LANGUAGES,
        icon=lambda name: Markup(icon(name)),  # a file of ours, never what somebody sent
    )
    return _in_language(make_response(page), written.handout)


@on(handouts, "GET", "/decisions/<id>/handout.pdf")
def send_pdf(id: str) -> Response:
    """The handout as a PDF on `?paper=`."""
    from cds.handout.document import PAPERS
    from cds.handout.pdf import pdf_of

    written = written_handout(id, ("lang", "paper"))
    handout, paper = written.handout, read_choice(_query(), "paper", PAPERS, PAPERS[0])
    content = pdf_of(handout, paper=paper, created=written.created, page=_page_words(written))
    response = Response(content, mimetype="application/pdf")
    name = f"handout-{handout.decision[:8]}-{handout.language}.pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return _in_language(response, handout)


def written_handout(id: str, known: Sequence[str]) -> Written:
    """The handout of a recorded decision, in the language that is asked for.

    Raises: NotFound; AuditError; IntakeError when a parameter is not one of `known`, or is wrong.
    """
    from cds.handout.compose import handout_of
    from cds.handout.tongue import Tongue

    given = _query()
    allow_parameters(given, known)
    preferred = request.accept_languages.best_match(list(LANGUAGES)) or SOURCE_LANGUAGE
    language = read_choice(given, "lang", LANGUAGES, preferred)
    parts: Parts = current_app.extensions[EXTENSION]
    answer = parts.pipeline.read(id, words=kept_words(id, request.cookies, parts))
    if answer is None:
        raise NotFound
    wording, told = parts.service.wording, answer.members
    own = [goal for goal in told["goals"] if goal["text"] != NOT_KEPT]
    handout = handout_of({**told, "goals": own}, wording, language)
    created = datetime.fromisoformat(answer.receipt.created)
    return Written(handout, created, Tongue(wording, language))


def language_headers(handout: "Handout") -> Mapping[str, str]:
    """Which language was answered, and that another might have been."""
    return {"Content-Language": handout.language, "Vary": "Accept-Language"}


def show_refusal(error: IntakeError) -> Response:
    """A parameter that is not accepted, in words."""
    detail = " ".join(refusal.detail for refusal in error.refusals)
    page = render_template("error.html", status=422, detail=detail, request_id=g.request_id)
    return make_response(page, 422)


def _query() -> dict[str, list[str]]:
    return request.args.to_dict(flat=False)


def _page_words(written: Written) -> str:
    return written.tongue.say("page.number", number="{number}").text


def _in_language(response: Response, handout: "Handout") -> Response:
    response.headers.update(language_headers(handout))
    return response


handouts.register_error_handler(IntakeError, show_refusal)
