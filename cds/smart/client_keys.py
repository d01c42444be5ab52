"""The keys with which this service proves who it is where it is a client (`private_key_jwt`).

A proof is a signed token of some minutes for one address (RFC 7523), as SMART App Launch describes
it for confidential clients. The private keys stay in memory and in their file.
"""

import hashlib
import json
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from msgspec import Struct

from cds.errors import SettingsError
from cds.smart.configuration import TokenEndpoint

_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LASTS = timedelta(minutes=4)  # O: SMART allows five, and clocks differ
_LEAST_BITS = 2048
_PEM = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)
# RFC 7638: the members that make the thumbprint of a key.
_THUMBPRINT = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}
_WRONG = (
    "CDS_CLIENT_KEYS is not a file of private keys in PEM: EC on P-384 (ES384) or RSA of 2048 bits "
    "or more (RS384), without a password. No server would know this service. Make one with "
    "`openssl ecparam -name secp384r1 -genkey -noout`."
)
_Private = EllipticCurvePrivateKey | RSAPrivateKey


@dataclass(frozen=True, slots=True)
class ClientKey:
    """One key: its public half as a JWK with `kid` and `alg`, and what signs."""

    public: Mapping[str, str]
    private: _Private = field(repr=False)


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
    try:
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"Others can read {path} (CDS_CLIENT_KEYS): chmod 600.")
        found = tuple(_key(match[0]) for match in _PEM.finditer(path.read_bytes()))
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise SettingsError(_WRONG) from None
    if not found:
        raise SettingsError(_WRONG)
    if len({key.public["kid"] for key in found}) != len(found):
        raise SettingsError("CDS_CLIENT_KEYS holds a key twice. Remove one of them.")
    return ClientKeys(found)


def _key(text: bytes) -> ClientKey:
    private = load_pem_private_key(text, None)
    if isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP384R1):
        algorithm, members = "ES384", ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    elif isinstance(private, RSAPrivateKey) and private.key_size >= _LEAST_BITS:
        algorithm, members = "RS384", RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    else:
        raise ValueError
    bare = {name: members[name] for name in _THUMBPRINT[members["kty"]]}
    return ClientKey({**bare, "kid": _thumbprint(bare), "alg": algorithm, "use": "sig"}, private)


def _thumbprint(members: Mapping[str, str]) -> str:
    text = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
