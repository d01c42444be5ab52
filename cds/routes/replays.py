"""For an auditor: recorded decisions and check-ins, made again."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, current_app, g, request

from cds.http.pipeline import DECISION, FOLLOW_UP
from cds.http.query import REPLAYED_UNDER, allow_parameters, read_choice
from cds.routes.exchange import found, json_response, parts, who
from cds.routes.registering import on

_VERSIONS = "exercise_cds_versions"

replays = Blueprint("replays", __name__)


@on(replays, "POST", "/v1/decisions/<id>/replay")
def replay_decision(id: str) -> Response:
    """A decision, made again."""
    return _answered(id, DECISION)


@on(replays, "POST", "/v1/follow-ups/<id>/replay")
def replay_follow_up(id: str) -> Response:
    """The answer to a check-in, made again."""
    return _answered(id, FOLLOW_UP)


def replayed(id: str, kind: str) -> Mapping[str, Any]:
    """What comes of the record of that id and kind, made again; the replay is recorded.

    Raises: NotFound; AuditError when it cannot be read, or the replay cannot be recorded.
    """
    from cds.replay.answering import Replays  # asked for seldom, and long to import
    from cds.replay.versions import Versions

    at = parts()
    # What is loaded for one replay serves the next.
    versions = current_app.extensions.setdefault(_VERSIONS, Versions())
    of = Replays(at.service, at.store, versions)
    answer = found(of.replay(id, kind, g.now, who=who()))
    g.sequence = answer["receipt"]["sequence"]
    return answer


def _answered(id: str, kind: str) -> Response:
    """Both are answered, whichever is named: what was decided then says what a difference means."""
    given = request.args.to_dict(flat=False)
    allow_parameters(given, ("knowledge",))
    read_choice(given, "knowledge", REPLAYED_UNDER, REPLAYED_UNDER[0])
    return json_response(replayed(id, kind))
