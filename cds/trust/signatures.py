"""How tokens are signed: the one place that opens them, apart as a service without keys needs none.

Importing what does so takes long; `cds.trust.opening` has it done where tokens are believed.
"""

from collections.abc import Mapping
from typing import Any

import jwt
from jwt.api_jws import PyJWS


def unverified(token: str) -> tuple[dict[str, Any], bytes]:
    """Header and payload, which nothing vouches for.

    Raises: ValueError when it is no token.
    """
    try:
        parts = PyJWS().decode_complete(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise ValueError from error
    return parts["header"], parts["payload"]


def verified(token: str, key: Mapping[str, Any], algorithm: str) -> bytes:
    """The payload, once this key has signed it. No key in the token is looked at.

    Raises: ValueError when it has not, or is none for the algorithm.
    """
    try:
        strict = PyJWS(options={"enforce_minimum_key_length": True})
        parts = strict.decode_complete(token, jwt.PyJWK(dict(key), algorithm), [algorithm])
    except (jwt.PyJWTError, TypeError) as error:
        raise ValueError from error
    payload: bytes = parts["payload"]
    return payload
