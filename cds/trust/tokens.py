"""Signed tokens (RFC 7519): believed only when everything holds that the policy demands.

A refusal has a reason for the operator's log. Whoever sent the token never learns it: it would
tell an attacker what to try next.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from msgspec import Struct

from cds.errors import CdsError, IntakeError
from cds.strict_json import JsonLimits, read_json

#: What a JWT of CDS Hooks should be signed with; the specification names these two.
STRONG = frozenset({"ES384", "RS384"})
#: OpenID Connect obliges providers to RS256, and many sign with nothing else. Both are as sound as
#: the two above: what is refused is every algorithm for which a public key could be the secret.
OIDC = STRONG | {"ES256", "RS256"}
_KEY_TYPES: Mapping[str, tuple[str, str | None]] = {
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
}
_LIMITS = JsonLimits(bytes=8_000, members=100, items=200, text=2_000, values=500)
_LONGEST = 8_000
_LEEWAY_SECONDS = 60
_LIFETIME_SECONDS = 3_600
_MOST_TEXT = 255

Jwk = Mapping[str, Any]
Claims = Mapping[str, Any]


class TokenRefusedError(CdsError):
    """A token is not believed; `reason` is a fixed word for the log and never sent."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__("The token is not accepted.")


class KeySource(Protocol):
    """The public keys of one issuer; `address` is where they come from."""

    @property
    def address(self) -> str:
        """The URL or the path of the key set."""

    def find(self, kid: str, now: datetime) -> Jwk | None:
        """The key of that id.

        Raises: KeysUnavailableError when the keys cannot be had.
        """


class ReplayGuard(Protocol):
    """Remembers tokens that may be used once."""

    def take(self, token: str, until: datetime, now: datetime) -> bool:
        """True the first time that this token comes; it is remembered until then.

        Raises: AuditError when that cannot be known.
        """


class JwtPolicy(Struct, frozen=True):
    """What a token must be. `issuers` are believed with their own keys only; names are exact.

    `types` are the values of the header `typ`, in lower case, with "" where it is left out. With
    `replay`, a token needs an id (`jti`) and is accepted once, by whichever process.
    """

    issuers: Mapping[str, KeySource]
    audience: str
    algorithms: frozenset[str] = STRONG
    types: frozenset[str] = frozenset({"jwt"})
    replay: ReplayGuard | None = None


def verify_jwt(token: str, policy: JwtPolicy, now: datetime) -> Claims:
    """The claims of a token that is what the policy demands.

    Raises: TokenRefusedError; KeysUnavailableError, AuditError when it cannot be known.
    """
    header, unverified = _open(token)
    _check_header(header, policy)
    issuer = unverified.get("iss")
    source = policy.issuers.get(issuer) if isinstance(issuer, str) else None
    if source is None:
        raise TokenRefusedError("issuer")
    if header.get("jku", source.address) != source.address:
        raise TokenRefusedError("jku")
    claims = _verified(token, header, source, now)
    _check_audience(claims, policy.audience)
    expiry = _check_times(claims, now.timestamp())
    if policy.replay is not None:
        _check_first_use(claims, expiry, policy.replay, now)
    return claims


def _open(token: str) -> tuple[dict[str, Any], Claims]:
    """The header, and claims that nothing vouches for yet."""
    if len(token) > _LONGEST:
        raise TokenRefusedError("size")
    from cds.trust.signatures import unverified

    try:
        header, payload = unverified(token)
    except ValueError:
        raise TokenRefusedError("form") from None
    return header, _object(payload)


def _check_header(header: Mapping[str, Any], policy: JwtPolicy) -> None:
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in policy.algorithms:
        raise TokenRefusedError("algorithm")
    if "crit" in header or "b64" in header:
        raise TokenRefusedError("crit")  # no extension is understood here
    kind = header.get("typ", "")
    if not isinstance(kind, str) or kind.lower() not in policy.types:
        raise TokenRefusedError("type")
    if not _is_text(header.get("kid")):
        raise TokenRefusedError("kid")


def _verified(token: str, header: Mapping[str, Any], source: KeySource, now: datetime) -> Claims:
    """The claims, once the issuer's own key has signed them."""
    from cds.trust.signatures import verified

    algorithm = header["alg"]
    found = source.find(header["kid"], now)
    if found is None or not _fits(found, algorithm):
        raise TokenRefusedError("key")
    try:
        payload = verified(token, found, algorithm)
    except ValueError:
        raise TokenRefusedError("signature") from None
    return _object(payload)


def _fits(key: Jwk, algorithm: str) -> bool:
    """Whether the key is a public one of the kind that this algorithm takes, meant for signing."""
    kind, curve = _KEY_TYPES[algorithm]
    return (
        key.get("kty") == kind
        and (curve is None or key.get("crv") == curve)
        and key.get("alg", algorithm) == algorithm
        and key.get("use", "sig") == "sig"
        and "d" not in key
    )


def _object(payload: bytes) -> Claims:
    try:
        found = read_json(payload, _LIMITS)
    except IntakeError:
        raise TokenRefusedError("form") from None
    if not isinstance(found, dict):
        raise TokenRefusedError("form")
    return found


def _check_audience(claims: Claims, audience: str) -> None:
    """RFC 7519, 4.1.3: one audience, or a list that we must be in."""
    given = claims.get("aud")
    if audience not in (given if isinstance(given, list) else [given]):
        raise TokenRefusedError("audience")


def _check_times(claims: Claims, now: float) -> float:
    """When the token ends, in seconds since 1970."""
    issued, expiry = _moment(claims, "iat"), _moment(claims, "exp")
    if expiry + _LEEWAY_SECONDS <= now:
        raise TokenRefusedError("expired")
    if not 0 < expiry - issued <= _LIFETIME_SECONDS:
        raise TokenRefusedError("lifetime")
    starts = max(issued, _moment(claims, "nbf") if "nbf" in claims else issued)
    if starts - _LEEWAY_SECONDS > now:
        raise TokenRefusedError("not yet")
    return expiry


def _moment(claims: Claims, name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TokenRefusedError(name)
    return float(value)


def _check_first_use(claims: Claims, expiry: float, replay: ReplayGuard, now: datetime) -> None:
    """An id belongs to its issuer; it is remembered as long as the token would be accepted."""
    id = claims.get("jti")
    if not _is_text(id):
        raise TokenRefusedError("jti")
    until = datetime.fromtimestamp(expiry + _LEEWAY_SECONDS, UTC)
    if not replay.take(f"{claims['iss']}\n{id}", until, now):
        raise TokenRefusedError("replay")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MOST_TEXT
