"""For an auditor: the record as AuditEvents of FHIR."""

from flask import Blueprint, Response, g, request, stream_with_context

from cds.http.audit_events import MEDIA_TYPE, export_events
from cds.http.query import allow_parameters, read_days
from cds.routes.exchange import parts, who
from cds.routes.registering import on

audit = Blueprint("audit", __name__)


@on(audit, "GET", "/v1/audit/events")
def read_events() -> Response:
    """Every record of `?from=` to `?to=`, one AuditEvent a line."""
    given = request.args.to_dict(flat=False)
    allow_parameters(given, ("from", "to"))
    days = read_days(given, ("from", "to"))
    at = parts()
    lines = export_events(at.store, at.service.fhir.audit_events, who(), g.now, days)
    return Response(stream_with_context(lines), mimetype=MEDIA_TYPE)
