"""The keys with which this service proves who it is where it is a client (`private_key_jwt`).

A proof is a signed token of some minutes for one address (RFC 7523), as SMART App Launch describes
it for confidential clients. The private keys stay in memory and in their file.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from cds.smart.configuration import TokenEndpoint

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LASTS = timedelta(minutes=4)  # O: SMART allows five, and clocks differ


@dataclass(frozen=True, slots=True)
class ClientKey:
    """One key: its public half as a JWK with `kid` and `alg`, and what signs."""

    public: Mapping[str, str]
    private: "EllipticCurvePrivateKey | RSAPrivateKey" = field(repr=False)


class ClientKeys(Struct, frozen=True):
    """The keys in the order of their file; all are published, and the first that fits signs."""

    keys: tuple[ClientKey, ...] = ()

    @property
    def public(self) -> Mapping[str, object]:
        """The key set (RFC 7517) that servers check proofs with."""
        return {"keys": [key.public for key in self.keys]}

    def proof(
        self, client_id: str, endpoint: TokenEndpoint, now: datetime
    ) -> Mapping[str, str] | None:
        """The members of a token request that say who asks; None where no key fits."""
        key = next((k for k in self.keys if k.public["alg"] in endpoint.algorithms), None)
        if key is None:
            return None
        import jwt  # known by whoever has a key

        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": endpoint.url.geturl(),
            "iat": int(now.timestamp()),
            "exp": int((now + _LASTS).timestamp()),
            "jti": secrets.token_urlsafe(32),
        }
        header = {"kid": key.public["kid"]}
        signed = jwt.encode(claims, key.private, key.public["alg"], header)
        return {"client_assertion_type": _TYPE, "client_assertion": signed}


NO_KEYS = ClientKeys()


def read_client_keys(path: Path | None) -> ClientKeys:
    """The keys of the file, none without one.

    Raises: SettingsError when it holds something else, or others can read it.
    """
    if path is None:
        return NO_KEYS
    from cds.smart.client_key_file import read_keys  # most services have none, and it takes long

    return ClientKeys(read_keys(path))
