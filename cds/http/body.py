"""What a body must look like before it is read: media type, encoding, length."""

import re
from collections.abc import Mapping

from cds.errors import Refusal
from cds.strict_json import MalformedError

_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.ASCII | re.IGNORECASE)
_CHARSET = re.compile(r"utf-?8", re.IGNORECASE)


def is_json(media_type: str, parameters: Mapping[str, str], encoding: str) -> bool:
    """Whether the headers announce plain JSON in UTF-8."""
    return (
        _JSON.fullmatch(media_type) is not None
        and _CHARSET.fullmatch(parameters.get("charset", "utf-8")) is not None
        and encoding.strip().lower() in ("", "identity")
    )


def check_length(stated: str | None) -> None:
    """Refuses a Content-Length that is not a plain number.

    Raises: MalformedError.
    """
    if stated is not None and not re.fullmatch(r"\d{1,18}", stated, re.ASCII):
        raise MalformedError([Refusal("", "The header Content-Length is not a number of bytes.")])


def refuse_broken_body() -> MalformedError:
    """The error for a body that broke off or was sent in faulty chunks."""
    return MalformedError([Refusal("", "The body broke off or was sent in faulty chunks.")])
