"""An issuer of the tests: its keys, its key set, and tokens as it or an attacker makes them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from cds.trust.key_sets import KeySet
from cds.trust.tokens import JwtPolicy

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ISSUER = "https://login.example.org"
AUDIENCE = "https://cds.example.org/cds-services/exercise"
ADDRESS = "https://login.example.org/keys"
EC384 = ec.generate_private_key(ec.SECP384R1())
EC256 = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(65_537, 2_048)
STRANGER = ec.generate_private_key(ec.SECP384R1())


def public(key: Any, kid: str, **members: Any) -> dict[str, Any]:
    """The public half as a JWK."""
    kind = jwt.algorithms.RSAAlgorithm if hasattr(key, "decrypt") else jwt.algorithms.ECAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig", **members}


KEYS = [public(EC384, "ec384"), public(EC256, "ec256"), public(RSA, "rsa")]


@dataclass
class Served:
    """A key set that counts how often it is read, and can fail."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: list(KEYS))
    reads: int = 0
    fails: bool = False

    def read(self) -> bytes:
        """The key set."""
        self.reads += 1
        if self.fails:
            raise OSError
        return json.dumps({"keys": self.keys}).encode()


def policy(**changes: Any) -> JwtPolicy:
    """Believes the issuer of the tests."""
    members: dict[str, Any] = {
        "issuers": {ISSUER: KeySet(ADDRESS, Served().read)},
        "audience": AUDIENCE,
    }
    return JwtPolicy(**{**members, **changes})


def claims(**changes: Any) -> dict[str, Any]:
    """Claims in which nothing is wrong; a member of None is left out."""
    now = int(NOW.timestamp())
    made = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "client-7",
        "iat": now,
        "exp": now + 300,
        "jti": "one",
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


def token(
    of: Mapping[str, Any] | None = None,
    *,
    key: Any = EC384,
    alg: str = "ES384",
    **header: Any,
) -> str:
    """A signed token; a member of the header of None is left out."""
    return jwt.encode(
        dict(claims() if of is None else of), key, alg, headers={"kid": "ec384", **header}
    )


def raw(header: Any, payload: Any, signature: bytes = b"") -> str:
    """A token put together by hand."""
    parts = [json.dumps(part).encode() for part in (header, payload)]
    return ".".join(
        base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (*parts, signature)
    )
