"""How a person gets in: a key is given once, and the browser keeps a sealed session for hours."""

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from cds.errors import CdsError, NotAuthenticatedError
from cds.http.problems import problem_of_status
from cds.routes.admission import SESSION_COOKIE, admission
from cds.routes.exchange import parts
from cds.routes.registering import on
from cds.trust.sessions import LASTS
from cds.web.pages import csrf, show_error, show_http_error
from cds.web.speaking import speak_in

sign_in = Blueprint("sign_in", __name__, template_folder="templates")
_FORM_BYTES = 2_000


@on(sign_in, "GET", "/sign-in")
def show_sign_in() -> Response:
    """The field for the key."""
    return _page("", 200)


@on(sign_in, "POST", "/sign-in")
def give_key() -> Response:
    """Opens a session with a key."""
    request.max_content_length = request.max_form_memory_size = _FORM_BYTES
    try:
        csrf.protect()
        key = _key(request.form.get("key", "").strip())
    except CSRFError:
        return _refused("forbidden", problem_of_status(403).detail, 403)
    except NotAuthenticatedError:
        return _refused("not-authenticated", "This is not a key of this service.", 401)
    response = make_response(redirect("/", 303))
    response.set_cookie(
        SESSION_COOKIE,
        admission().sessions.seal(key, g.now),
        max_age=int(LASTS.total_seconds()),
        secure=parts().settings.secure_cookies,
        httponly=True,
        samesite="Strict",
    )
    return response


@on(sign_in, "POST", "/sign-out")
def end_session() -> Response:
    """Takes the session from the browser."""
    try:
        csrf.protect()
    except CSRFError:
        return _refused("forbidden", problem_of_status(403).detail, 403)
    response = make_response(redirect("/sign-in", 303))
    response.delete_cookie(
        SESSION_COOKIE,
        secure=parts().settings.secure_cookies,
        httponly=True,
        samesite="Strict",
    )
    return response


def _key(token: str) -> str:
    keys = parts().trust.keys
    found = keys.recognise(token) if keys else None
    if found is None:
        raise NotAuthenticatedError
    return found.id


def _refused(problem: str, detail: str, status: int) -> Response:
    g.problem = problem
    return _page(detail, status)


def _page(error: str, status: int) -> Response:
    return make_response(render_template("sign_in.html", error=error), status)


speak_in(sign_in)
sign_in.register_error_handler(HTTPException, show_http_error)
sign_in.register_error_handler(CdsError, show_error)
