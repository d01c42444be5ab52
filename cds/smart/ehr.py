"""The conversation with one EHR: how people sign in, a code for a token, whom it vouches for.

Everything goes over one `Caller`, so that all of it together is bounded. The token leaves this
module in a `Grant` and goes to the FHIR server of the same EHR only.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from msgspec import Struct

from cds.ehr.connection import Caller, FetchError
from cds.errors import IntakeError
from cds.observability import log
from cds.smart.client_keys import ClientKeys
from cds.smart.configuration import PATH, Configuration, read_configuration
from cds.smart.failing import LaunchError
from cds.smart.pending import Pending
from cds.strict_json import JsonLimits, read_json
from cds.trust.key_sets import KeySet
from cds.trust.launches import IdTokens, Launches
from cds.trust.roles import Principal
from cds.trust.tokens import TokenRefusedError

#: O: what a configuration, a token answer or a key set may hold; some list hundreds of scopes.
LIMITS = JsonLimits(bytes=256_000, items=5_000, text=20_000)
JSON = {"Accept": "application/json"}
FORM = {**JSON, "Content-Type": "application/x-www-form-urlencoded"}
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]{1,8000}=*", re.ASCII)
_NO_ANSWER = "The EHR could not be asked, or did not answer as SMART App Launch says. Try again."
_NO_GRANT = "The EHR did not accept its own code. Start again from the EHR."
_NO_PATIENT = (
    "The EHR did not say which patient is open. Open a patient there and start again; without one "
    "the form can be filled in by hand."
)
_NOBODY = (
    "The EHR did not say in a way that can be checked which practitioner is signed in, so nobody "
    "could be named in the record."
)


@dataclass(frozen=True, slots=True)
class Grant:
    """What the EHR gave for a code."""

    patient_id: str
    token: str = field(repr=False)
    id_token: str = field(repr=False)


class Ehr(Struct, frozen=True):
    """One configured EHR: its FHIR server, our id there, where people come back to, its hosts.

    With a key that it takes, we prove who we are there; else the verifier alone speaks for us.
    """

    base: str
    client_id: str
    redirect: str
    hosts: frozenset[str]
    caller: Caller
    keys: ClientKeys

    def configuration(self) -> Configuration:
        """How it signs people in.

        Raises: LaunchError.
        """
        told = self._ask(urlsplit(self.base + PATH), None, _NO_ANSWER)
        return read_configuration(told, {urlsplit(self.base).hostname or "", *self.hosts})

    def address(
        self, configuration: Configuration, launch: str, pending: Pending, types: Iterable[str]
    ) -> str:
        """Where the browser goes to sign in; `types` of resources are asked for."""
        at = configuration.authorize
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect,
            "launch": launch,
            "scope": _scope(types, "rs" if configuration.token.scopes_v2 else "read"),
            "state": pending.state,
            "aud": self.base,
            "code_challenge": pending.challenge,
            "code_challenge_method": "S256",
        }
        return at._replace(query=urlencode([*parse_qsl(at.query), *asked.items()])).geturl()

    def exchange(
        self, configuration: Configuration, code: str, pending: Pending, now: datetime
    ) -> Grant:
        """What the code stands for.

        Raises: LaunchError.
        """
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect,
            "code_verifier": pending.verifier,
        }
        proof = self.keys.proof(self.client_id, configuration.token, now)
        given |= proof or {"client_id": self.client_id}
        told = self._ask(configuration.token.url, urlencode(given).encode(), _NO_GRANT)
        told = told if isinstance(told, dict) else {}
        patient, id_token = (
            found if isinstance(found := told.get(name), str) else ""
            for name in ("patient", "id_token")
        )
        token = bearer_token(told)
        if token is None:
            raise LaunchError(_NO_GRANT, 502)
        if not _ID.fullmatch(patient):
            raise LaunchError(_NO_PATIENT)
        return Grant(patient, token, id_token)

    def user(
        self, configuration: Configuration, grant: Grant, launches: Launches, now: datetime
    ) -> Principal:
        """Who is signed in there.

        Raises: LaunchError; KeysUnavailableError.
        """
        keys = KeySet(configuration.keys.geturl(), lambda: self._keys(configuration.keys))
        of = IdTokens(configuration.issuer, keys, self.client_id)
        try:
            return launches.identify(grant.id_token, of, now)
        except TokenRefusedError as error:
            log().info("token_refused", check=error.reason)
            raise LaunchError(_NOBODY, 403) from None

    def _keys(self, url: SplitResult) -> bytes:
        try:
            return self.caller.call(url, JSON)
        except FetchError as error:
            raise OSError from error

    def _ask(self, url: SplitResult, body: bytes | None, failure: str) -> Any:
        try:
            answer = self.caller.call(url, JSON if body is None else FORM, body)
            return read_json(answer, LIMITS)
        except (FetchError, IntakeError):
            raise LaunchError(failure, 502) from None


def bearer_token(told: Mapping[str, Any]) -> str | None:
    """The access token of an answer, when it is one that can be sent."""
    token = told.get("access_token")
    sound = isinstance(token, str) and _TOKEN.fullmatch(token)
    return token if sound and str(told.get("token_type")).lower() == "bearer" else None


def _scope(types: Iterable[str], reading: str) -> str:
    reads = (f"patient/{type_}.{reading}" for type_ in sorted(set(types)))
    return " ".join(("launch", "openid", "fhirUser", *reads))
