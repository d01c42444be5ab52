"""Whom an installation believes, from its settings, its secret and its record."""

import ipaddress
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from cds.audit.store import Store
from cds.audit.used_tokens import UsedTokens
from cds.errors import CdsError, IntakeError, SettingsError
from cds.secret import Secret
from cds.settings import OidcSettings, Settings
from cds.trust.admission import Issuer, Trust
from cds.trust.api_keys import ApiKeys
from cds.trust.fetching import of_url
from cds.trust.hook_clients import HookClients
from cds.trust.key_sets import KeySet, of_file, read_keys
from cds.trust.launches import Launches
from cds.trust.tokens import OIDC, JwtPolicy

_API_KEYS = "api keys"
_SUBJECTS = "token subjects"
# RFC 9068 names the first; most providers still write the second.
_TYPES = frozenset({"at+jwt", "jwt", "application/at+jwt"})


def open_trust(settings: Settings, store: Store, secret: Secret) -> Trust:
    """The trust that the settings name.

    Raises: SettingsError when a key set cannot be used.
    """
    issuer = _issuer(settings.oidc, settings.jwks_hosts, secret) if settings.oidc else None
    ehrs = settings.smart.issuers
    launches = Launches(ehrs, subject_key(secret)) if ehrs else None
    clients = _clients(settings, store)
    if issuer or clients or launches:
        import_module("cds.trust.signatures")  # before the first token, and before the fork
    return Trust(open_keys(store, secret), issuer, clients, launches)


def open_keys(store: Store, secret: Secret) -> ApiKeys:
    """The API keys of the installation."""
    return ApiKeys(store, secret.derive(_API_KEYS), secret.derive_retired(_API_KEYS))


def subject_key(secret: Secret) -> bytes:
    """What the pseudonyms of token subjects are made with."""
    return secret.derive(_SUBJECTS)


def retired_subject_keys(secret: Secret) -> tuple[bytes, ...]:
    """What the pseudonyms of token subjects were made with before, oldest first."""
    return secret.derive_retired(_SUBJECTS)


def check_reach(settings: Settings, trust: Trust) -> None:
    """A service that asks nobody who they are is reached from its own machine only.

    Raises: SettingsError when it would be reached from elsewhere.
    """
    if not _is_loopback(settings.host) and trust.is_open():
        raise SettingsError(
            f"CDS_BIND is {settings.host}:{settings.port}, which others can reach, and nobody is "
            "asked who they are: everybody could read and write decisions. Make a key with "
            "`python -m cds keys create --role prescriber --name NAME`, or set CDS_OIDC_ISSUER, "
            "CDS_OIDC_AUDIENCE and CDS_OIDC_JWKS, or bind to 127.0.0.1."
        )


def check_sign_off(settings: Settings, rules: Iterable[Mapping[str, Any]]) -> None:
    """A site that requires it gives no decision on content that no clinician has signed off.

    Leaving out what is not signed off would leave out what forbids and limits, so it does not
    start at all. `rules` are those in use, as `GET /v1/rules` lists them.

    Raises: SettingsError when signed-off content is required and some awaits it.
    """
    if not settings.require_sign_off:
        return
    waiting = sorted({rule["topic"] for rule in rules if rule["clinical_sign_off"] == "pending"})
    if waiting:
        raise SettingsError(
            f"CDS_REQUIRE_SIGN_OFF is set, and {len(waiting)} topics of rules await clinical "
            f"sign-off, {waiting[0]} the first of them: no decision is given on them. Install "
            "content that is signed off, or unset it; every answer then says that it is pending."
        )


def key_set(place: str, hosts: frozenset[str]) -> KeySet:
    """The keys at a path or at an https address.

    Raises: SettingsError when it is no path to a key set, or no address that is allowed.
    """
    try:
        if "://" in place:
            return of_url(place, hosts)
        if not read_keys(Path(place).read_bytes()):
            raise SettingsError(f"The key set {place} holds no key with an id ('kid').")
    except (OSError, IntakeError):
        raise SettingsError(
            f"{place} is not a key set (JWKS) that can be read. No token could be checked. Name a "
            "file that holds one, or an https address."
        ) from None
    except CdsError as error:
        raise SettingsError(error.message) from None
    return of_file(Path(place))


def _issuer(oidc: OidcSettings, hosts: frozenset[str], secret: Secret) -> Issuer:
    keys = key_set(oidc.key_set, hosts)
    policy = JwtPolicy({oidc.issuer: keys}, oidc.audience, OIDC, _TYPES)
    return Issuer(policy, oidc.roles_claim, subject_key(secret))


def _clients(settings: Settings, store: Store) -> HookClients | None:
    """The clients of CDS Hooks; a token of theirs counts once, whichever process it reaches."""
    of = settings.hooks
    if not of.clients:
        return None
    issuers = {issuer: key_set(place, settings.jwks_hosts) for issuer, place in of.clients.items()}
    return HookClients(issuers, of.public_url, UsedTokens(store))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
