"""For who runs the service: health, the state of the record, the description of the interface."""

from flask import Blueprint, Response, g
from werkzeug.exceptions import NotFound

from cds.http.health import access, examination, readiness
from cds.routes.exchange import json_response, parts
from cds.routes.registering import on

operation = Blueprint("operation", __name__)


@on(operation, "GET", "/v1/audit/verify")
def verify_records() -> Response:
    """Whether the records are what was written."""
    return json_response(examination(parts().store))


@on(operation, "GET", "/health/live")
def live() -> Response:
    """The process answers."""
    return json_response({"status": "alive"})


@on(operation, "GET", "/health/ready")
def ready() -> Response:
    """An answer would be right, and kept."""
    at = parts()
    report = readiness(at.service, at.store, at.canaries, g.now)
    told = {**report, "access": access(at.trust)}
    return json_response(told, 200 if report["status"] == "ready" else 503)


@on(operation, "GET", "/openapi.json")
def read_openapi() -> Response:
    """The description of this interface."""
    from cds.http.documents import openapi  # asked for seldom, and long to import

    return json_response(openapi(parts().service))


@on(operation, "GET", "/docs")
def docs() -> Response:
    """The description of this interface, for people."""
    from cds.http.documents import docs_page  # as above, below too

    return Response(docs_page(parts().service.intended_use.text), mimetype="text/html")


@on(operation, "GET", "/docs/<name>")
def docs_file(name: str) -> Response:
    """A file of the page of the description."""
    from cds.http.documents import SWAGGER_FILES, docs_script

    if name == "start.js":
        return Response(docs_script(), mimetype="text/javascript")
    if name not in SWAGGER_FILES:
        raise NotFound
    media_type = "text/css" if name.endswith(".css") else "text/javascript"
    return Response(SWAGGER_FILES[name].read_bytes(), mimetype=media_type)
