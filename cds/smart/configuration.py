"""What an EHR says of its sign-in (`.well-known/smart-configuration`), as far as it is used."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cds.smart.failing import LaunchError

PATH = "/.well-known/smart-configuration"
_METHOD = "S256"
_SCOPES_V2 = "permission-v2"
_UNUSABLE = "The EHR does not say how to sign in there in a way that can be used: {what}."


@dataclass(frozen=True, slots=True)
class Configuration:
    """Where people are sent, where codes are exchanged, and who vouches for people with which keys.

    `scopes_v2` says whether scopes are written `.rs` instead of `.read`.
    """

    authorize: SplitResult
    token: SplitResult
    keys: SplitResult
    issuer: str
    scopes_v2: bool


def read_configuration(value: Any, hosts: Collection[str]) -> Configuration:
    """The configuration; every address in it is https on one of the `hosts`.

    Raises: LaunchError naming what is lacking.
    """
    told = value if isinstance(value, Mapping) else {}
    if _METHOD not in _texts(told, "code_challenge_methods_supported"):
        raise LaunchError(_UNUSABLE.format(what="it lacks PKCE with S256"), 502)
    issuer = told.get("issuer")
    if not isinstance(issuer, str) or not issuer:
        raise LaunchError(_UNUSABLE.format(what="it lacks an issuer of ID tokens"), 502)
    return Configuration(
        authorize=_address(told, "authorization_endpoint", hosts),
        token=_address(told, "token_endpoint", hosts),
        keys=_address(told, "jwks_uri", hosts),
        issuer=issuer,
        scopes_v2=_SCOPES_V2 in _texts(told, "capabilities"),
    )


def _texts(told: Mapping[str, Any], name: str) -> list[Any]:
    found = told.get(name)
    return found if isinstance(found, list) else []


def _address(told: Mapping[str, Any], name: str, hosts: Collection[str]) -> SplitResult:
    try:
        found = urlsplit(told.get(name) or "")
        sound = found.scheme == "https" and found.hostname in hosts and found.port != 0
        plain = "@" not in found.netloc and not found.fragment and found.geturl().isascii()
    except (ValueError, AttributeError, TypeError):
        sound = plain = False
    if not (sound and plain):
        what = f"{name} is not an https address on its own host or one of CDS_SMART_HOSTS"
        raise LaunchError(_UNUSABLE.format(what=what), 502)
    return found
