"""Style sheets and scripts travel compressed; pages do not, as they hold tokens and typed text."""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

_KINDS = ("text/css", "text/javascript", "application/javascript")


def compress_assets(app: Flask) -> None:
    """Compresses the assets of this application for browsers that take it."""
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    asset = (request.endpoint or "").endswith("static") and response.mimetype in _KINDS
    if not asset or response.status_code != 200 or not request.accept_encodings.quality("gzip"):
        return response
    response.direct_passthrough = False
    content = response.get_data()
    response.close()
    response.set_data(_gzipped(content))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.add("Vary", "Accept-Encoding")
    return response


@lru_cache(maxsize=8)
def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)
