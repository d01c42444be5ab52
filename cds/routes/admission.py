"""The door of every route: who asks, may they, do they ask too much; and what became of it."""

import hmac

from flask import Flask, Response, current_app, g, redirect, request
from msgspec import Struct
from werkzeug.wrappers import Response as AnyResponse

from cds.errors import NotAllowedError, NotAuthenticatedError
from cds.http.parts import Parts
from cds.routes.exchange import parts
from cds.secret import derive_key
from cds.trust.access import HOOKS, OPEN, PAGES, ROLES, Roles, route_name
from cds.trust.limits import Limits
from cds.trust.refusals import Refusals, Refused
from cds.trust.roles import ANYBODY, Principal
from cds.trust.sessions import Sessions

SESSION_COOKIE = "cds_session"
_EXTENSION = "exercise_cds_admission"
_NO_ROLES: Roles = frozenset()
_UNLIMITED = "/health/"
_CLIENT_DIGITS = 16


class Admission(Struct, frozen=True):
    """What stands at the door of one application."""

    limits: Limits
    refusals: Refusals
    sessions: Sessions
    client_key: bytes


def register_admission(app: Flask, of: Parts) -> None:
    """Puts the door before every route."""
    app.extensions[_EXTENSION] = Admission(
        Limits(of.settings.rate_limit),
        Refusals(of.store),
        Sessions(of.form_key),
        derive_key(of.form_key, "clients"),
    )
    app.before_request(_admit)
    app.after_request(_note)
    app.teardown_request(_leave)


def admission(app: Flask | None = None) -> Admission:
    """The door of this application, or of the running one."""
    found: Admission = (app or current_app).extensions[_EXTENSION]
    return found


def _admit() -> AnyResponse | None:
    """Lets a request in.

    Raises: AccessError; AuditError when it cannot be known who asks.
    """
    if request.url_rule is None or request.method == "OPTIONS":
        return None  # there is nothing to get; a browser asks for leave without saying who it is
    route = route_name(request.method, request.url_rule.rule)
    try:
        if route not in OPEN:
            g.principal = _principal(route)
    finally:
        _enter()
    if route in OPEN:
        return None
    if g.principal is None:
        return redirect("/sign-in", 303)
    if not g.principal.roles & ROLES.get(route, _NO_ROLES):
        raise NotAllowedError
    return None


def _principal(route: str) -> Principal | None:
    """Who asks; None when a page is opened by somebody who is not signed in."""
    trust = parts().trust
    if trust.is_open():
        return ANYBODY
    if route not in PAGES:
        hook = request.path.rstrip("/") if route in HOOKS else None
        return trust.identify(request.headers.get("Authorization"), g.now, hook)
    sealed = request.cookies.get(SESSION_COOKIE)
    told = admission().sessions.open(sealed, g.now) if sealed else {}
    principal = trust.resume(told)
    if principal is not None:
        return principal
    if request.method in ("GET", "HEAD"):
        return None
    raise NotAuthenticatedError


def _enter() -> None:
    if request.path.startswith(_UNLIMITED):
        return
    client = _client()
    admission().limits.enter(client)
    g.entered = client


def _leave(_: BaseException | None) -> None:
    if "entered" in g:
        admission().limits.leave(g.pop("entered"))


def _client() -> str:
    """Who is counted as one: somebody who is known, or else an address (of a proxy, behind one)."""
    principal: Principal | None = g.get("principal")
    if principal is not None and principal is not ANYBODY:
        return principal.id
    address = (request.remote_addr or "").encode()
    digest = hmac.digest(admission().client_key, address, "sha256")
    return f"address:{digest.hex()[:_CLIENT_DIGITS]}"


def _note(response: Response) -> Response:
    """Every refusal at a route that exists goes into the record, and with it what was counted."""
    refusals = admission().refusals
    if response.status_code < 400 or request.url_rule is None:
        refusals.settle(g.now)
        return response
    principal: Principal | None = g.get("principal")
    refused = Refused(
        route_name(request.method, request.url_rule.rule),
        response.status_code,
        g.get("problem") or str(response.status_code),
        principal.id if principal else None,
        _client(),
    )
    refusals.note(refused, g.now)
    return response
