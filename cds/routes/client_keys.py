"""The public keys of this service, for servers where it proves who it is."""

from flask import Blueprint, Response

from cds.routes.exchange import json_response, parts
from cds.routes.registering import on

client_keys = Blueprint("client_keys", __name__)
_KEPT = "public, max-age=600"  # O: as long as this service keeps the keys of others


@on(client_keys, "GET", "/.well-known/jwks.json")
def read_keys() -> Response:
    """The key set; it is empty where no key is configured."""
    response = json_response(parts().client_keys.public)
    response.headers["Cache-Control"] = _KEPT
    return response
