"""Whether the record holds, what leaves it, and how its rules are used."""

from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request

from cds.audit.turn import stamp
from cds.errors import AuditError, IntakeError, Refusal
from cds.feedback.export import as_csv, export_rows, note_export
from cds.http.feedback import analytics_view, export_view
from cds.http.health import examination
from cds.http.query import allow_parameters, read_choice, read_days
from cds.routes.exchange import json_response, parts, who
from cds.routes.registering import on
from cds.web.site import protect

status = Blueprint("status", __name__, template_folder="templates")
_FORM_BYTES = 2_000
_NO_KEYS = "This installation has no key to sign with. Start it with its data directory."


@on(status, "GET", "/audit/status")
def show_status() -> Response:
    """How far the record goes now; examining it reads all of it, so that is asked for."""
    return _status()


@on(status, "POST", "/audit/status")
def examine_now() -> Response:
    """The examination: sound, or the first record that is not."""
    _protect()
    return _status(found=examination(parts().store))


@on(status, "POST", "/audit/checkpoint")
def download_checkpoint() -> Response:
    """A signed line that says how far the record goes now, to be carried elsewhere."""
    _protect()
    store = parts().store
    if store.keys is None:
        raise AuditError(_NO_KEYS)
    line = store.checkpoint(g.now).signed(store.keys)
    return _file(Response(f"{line}\n", mimetype="application/json"), "checkpoint.jsonl")


@on(status, "POST", "/audit/export")
def export_feedback() -> Response:
    """All feedback of a period as CSV or JSON; that it leaves is recorded first."""
    _protect()
    given = {name: [text] for name, text in request.form.items() if text and name != "csrf_token"}
    try:
        allow_parameters(given, ("from", "to", "format"))
        period = read_days(given, ("from", "to"))
        media = read_choice(given, "format", ("csv", "json"), "csv")
    except IntakeError as error:
        return _status(refusals=error.refusals)
    at, terms = parts(), parts().desk.terms
    note_export(at.store, who(), g.now)
    rows = export_rows(at.store, terms, *period)
    if media == "json":
        return _file(json_response(export_view(rows, terms)), "feedback.json")
    return _file(Response(as_csv(rows), mimetype="text/csv"), "feedback.csv")


@on(status, "GET", "/audit/rules")
def show_use() -> Response:
    """How often each rule fires and is overridden, those that ask for a look first."""
    at = parts()
    view = analytics_view(at.counts, at.store, at.service)
    rules = view["rules"]
    spoke = [rule for rule in rules if rule["fires"]]
    page = render_template(
        "audit/use.html",
        view=view,
        warned=[rule for rule in rules if rule["warnings"]],
        by_fires=sorted(spoke, key=lambda rule: (-rule["fires"], rule["rule"])),
        by_overrides=sorted(
            (rule for rule in spoke if rule["feedback"]["override_rate"] is not None),
            key=lambda rule: (-rule["feedback"]["override_rate"], rule["rule"]),
        ),
        silent=[rule for rule in rules if not rule["fires"]],
        override_reasons=at.desk.terms.reasons,
    )
    return make_response(page)


def _status(found: Any = None, refusals: tuple[Refusal, ...] = ()) -> Response:
    head = parts().store.checkpoint(g.now)
    page = render_template(
        "audit/status.html", head=head, found=found, refusals=refusals, at=stamp(g.now)
    )
    return make_response(page, 422 if refusals else 200)


def _protect() -> None:
    request.max_content_length = request.max_form_memory_size = _FORM_BYTES
    protect()


def _file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
