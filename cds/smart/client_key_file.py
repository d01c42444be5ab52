"""Reads the private keys with which this service proves who it is."""

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from cds.errors import SettingsError
from cds.smart.client_keys import ClientKey

_LEAST_BITS = 2048
_PEM = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)
# RFC 7638: the members that make the thumbprint of a key.
_THUMBPRINT = {"EC": ("crv", "kty", "x", "y"), "RSA": ("e", "kty", "n")}
_WRONG = (
    "CDS_CLIENT_KEYS is not a file of private keys in PEM: EC on P-384 (ES384) or RSA of 2048 bits "
    "or more (RS384), without a password. No server would know this service. Make one with "
    "`openssl ecparam -name secp384r1 -genkey -noout`."
)


def read_keys(path: Path) -> tuple[ClientKey, ...]:
    """The keys of the file, at least one.

    Raises: SettingsError when it holds something else, or others can read it.
    """
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
    return found


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
