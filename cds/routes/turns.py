"""What prescribers ask is computed one request at a time, in the order in which it was read.

What others ask (a replay, all records examined, a draft of rules tried) can take minutes and
computes beside, as health does. Nobody has the turn while a body is read or a server is asked.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app, g, request

from cds.http.gate import Gate
from cds.trust.access import ROLES, Roles, route_name
from cds.trust.roles import Role

_EXTENSION = "exercise_cds_gate"
_NO_ROLES: Roles = frozenset()


def register_turns(app: Flask) -> None:
    """Has requests wait for their turn.

    To be registered last: what ends a request last begun is done first, and so whatever fails.
    """
    app.extensions[_EXTENSION] = Gate()
    app.before_request(_begin)
    app.teardown_request(_end)


def take_turn() -> None:
    """Waits for the turn of this request, which lasts to its end.

    Whoever reads a body takes it afterwards, so that a client that sends slowly delays nobody.
    """
    if "turn" not in g and _takes_turns():
        _gate().enter()
        g.turn = True


@contextmanager
def aside() -> Iterator[None]:
    """Lets others compute while this request waits for somebody else."""
    if "turn" not in g:
        yield
        return
    with _gate().aside():
        yield


def _begin() -> None:
    if request.method in ("GET", "HEAD"):
        take_turn()


def _end(_: BaseException | None) -> None:
    if g.pop("turn", False):
        _gate().leave()


def _takes_turns() -> bool:
    rule = request.url_rule
    route = route_name(request.method, rule.rule) if rule else ""
    return Role.PRESCRIBER in ROLES.get(route, _NO_ROLES)


def _gate() -> Gate:
    found: Gate = current_app.extensions[_EXTENSION]
    return found
