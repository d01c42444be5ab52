"""What a server says of its sign-in (`.well-known/smart-configuration`), as far as it is used."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import SplitResult

from msgspec import Struct

from cds.ehr.addresses import address_on
from cds.smart.failing import LaunchError
from cds.trust.tokens import STRONG

PATH = "/.well-known/smart-configuration"
_METHOD = "S256"
_SCOPES_V2 = "permission-v2"
_ASYMMETRIC = frozenset({"private_key_jwt", "client-confidential-asymmetric"})
_UNUSABLE = "The EHR does not say how to sign in there in a way that can be used: {what}."
_ELSEWHERE = (
    "{name} is not an https address on its own host or on one of CDS_SMART_HOSTS (of "
    "CDS_BULK_HOSTS, for exports)"
)


class TokenEndpoint(Struct, frozen=True):
    """Where tokens are given.

    `algorithms` are those it takes signed proofs with, none if it takes no proofs. `scopes` are
    those it says it knows, and `scopes_v2` says whether they are written `.rs` instead of `.read`.
    """

    url: SplitResult
    algorithms: frozenset[str]
    scopes: tuple[str, ...]
    scopes_v2: bool


class Configuration(Struct, frozen=True):
    """Where people are sent, where codes are exchanged, who vouches for people with which keys."""

    authorize: SplitResult
    token: TokenEndpoint
    keys: SplitResult
    issuer: str


def read_configuration(value: Any, hosts: Collection[str]) -> Configuration:
    """The configuration; every address in it is https on one of the `hosts`.

    Raises: LaunchError naming what is lacking.
    """
    told = _object(value)
    if _METHOD not in _texts(told, "code_challenge_methods_supported"):
        raise LaunchError(_UNUSABLE.format(what="it lacks PKCE with S256"), 502)
    issuer = told.get("issuer")
    if not isinstance(issuer, str) or not issuer:
        raise LaunchError(_UNUSABLE.format(what="it lacks an issuer of ID tokens"), 502)
    return Configuration(
        authorize=_address(told, "authorization_endpoint", hosts),
        token=read_token_endpoint(told, hosts),
        keys=_address(told, "jwks_uri", hosts),
        issuer=issuer,
    )


def read_token_endpoint(value: Any, hosts: Collection[str]) -> TokenEndpoint:
    """Where tokens are given, for who needs no more; its address is https on one of the `hosts`.

    Raises: LaunchError naming what is lacking.
    """
    told = _object(value)
    return TokenEndpoint(
        url=_address(told, "token_endpoint", hosts),
        algorithms=_algorithms(told),
        scopes=_texts(told, "scopes_supported"),
        scopes_v2=_SCOPES_V2 in _texts(told, "capabilities"),
    )


def _algorithms(told: Mapping[str, Any]) -> frozenset[str]:
    methods = _texts(told, "token_endpoint_auth_methods_supported")
    if _ASYMMETRIC.isdisjoint((*methods, *_texts(told, "capabilities"))):
        return frozenset()
    # Who names none has to take both (SMART App Launch, asymmetric client authentication).
    named = _texts(told, "token_endpoint_auth_signing_alg_values_supported")
    return STRONG.intersection(named or STRONG)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _texts(told: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = told.get(name)
    return tuple(t for t in found if isinstance(t, str)) if isinstance(found, list) else ()


def _address(told: Mapping[str, Any], name: str, hosts: Collection[str]) -> SplitResult:
    found = address_on(hosts, told.get(name))
    if found is None:
        raise LaunchError(_UNUSABLE.format(what=_ELSEWHERE.format(name=name)), 502)
    return found
