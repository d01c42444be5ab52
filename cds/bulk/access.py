"""Access tokens of SMART Backend Services: asked for with a signed proof, kept in memory alone."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from cds.bulk.scopes import readable, scopes_of
from cds.bulk.source import Source
from cds.ehr.connection import FetchError
from cds.errors import CdsError, IntakeError
from cds.smart.client_keys import ClientKeys
from cds.smart.configuration import PATH, TokenEndpoint, read_token_endpoint
from cds.smart.ehr import FORM, JSON, LIMITS, bearer_token
from cds.strict_json import read_json

_EARLY = timedelta(seconds=30)  # O: a token that ends on the way is of no use
_UNSAID, _LONGEST = timedelta(minutes=1), 3_600.0
_OK = 200
_ERROR = re.compile(r"[a-z_]{1,40}", re.ASCII)
_SILENT = "{address} could not be asked how to sign in there. Give the same command again later."
_REFUSED = (
    "{address} gave no token ({why}). Look there whether this service is registered with the id of "
    "CDS_BULK_SERVERS, with its public key, and for these scopes: {scopes}."
)
_NO_KEY = (
    "{address} takes no proof that a key of CDS_CLIENT_KEYS can make: it has to take "
    "private_key_jwt, with ES384 or RS384. Use a key of the other kind, or another server."
)
_NO_PATIENT = "{address} lets this service read no Patient, so nobody can be decided on."


class Access:
    """What opens one server, for as long as a run lasts."""

    def __init__(
        self,
        source: Source,
        keys: ClientKeys,
        types: Iterable[str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source, self._keys, self._clock = source, keys, clock
        self._types, self._granted = frozenset(types), frozenset[str]()
        self._token = ""
        self._until = datetime.min.replace(tzinfo=UTC)

    def header(self) -> Mapping[str, str]:
        """What a request says to be let in.

        Raises: CdsError when the server gives no token.
        """
        if self._clock() + _EARLY >= self._until:
            self._renew()
        return {"Authorization": f"Bearer {self._token}"}

    def granted(self) -> frozenset[str]:
        """Those types that may be read.

        Raises: CdsError when the server gives no token, or Patient is not one of them.
        """
        self.header()
        if "Patient" not in self._granted:
            raise CdsError(_NO_PATIENT.format(address=self._source.base))
        return self._granted

    def end(self) -> None:
        """The server did not take the token: the next request brings another."""
        self._until = datetime.min.replace(tzinfo=UTC)

    def _renew(self) -> None:
        endpoint, now = self._endpoint(), self._clock()
        proof = self._keys.proof(self._source.client_id, endpoint, now)
        if proof is None:
            raise CdsError(_NO_KEY.format(address=self._source.base))
        # Scopes that a server does not know can cost the whole token; some list none of them.
        known = readable(self._types, endpoint.scopes)
        scope = scopes_of(known or self._types, v2=endpoint.scopes_v2)
        told = self._given(endpoint, {**proof, "scope": scope})
        self._granted = readable(self._types, str(told.get("scope", scope)).split())
        self._until = now + _lasts(told.get("expires_in"))

    def _endpoint(self) -> TokenEndpoint:
        source = self._source
        try:
            body = source.caller(LIMITS.bytes).call(urlsplit(source.base + PATH), JSON)
            return read_token_endpoint(read_json(body, LIMITS), source.hosts)
        except (FetchError, IntakeError):
            raise CdsError(_SILENT.format(address=source.base)) from None

    def _given(self, endpoint: TokenEndpoint, asked: Mapping[str, str]) -> Mapping[str, Any]:
        source = self._source
        body = urlencode({"grant_type": "client_credentials", **asked}).encode()
        try:
            answer = source.caller(LIMITS.bytes).ask("POST", endpoint.url, FORM, body)
        except FetchError:
            raise CdsError(_SILENT.format(address=source.base)) from None
        told = _object(answer.body)
        token = bearer_token(told) if answer.status == _OK else None
        if token is None:
            error = str(told.get("error", ""))
            why = f"{answer.status} {error}" if _ERROR.fullmatch(error) else str(answer.status)
            raise CdsError(_REFUSED.format(address=source.base, why=why, scopes=asked["scope"]))
        self._token = token
        return told


def _object(body: bytes) -> Mapping[str, Any]:
    """What is told; nothing where it is something else."""
    try:
        told = read_json(body, LIMITS)
    except IntakeError:
        return {}
    return told if isinstance(told, dict) else {}


def _lasts(seconds: object) -> timedelta:
    """How long a token is used; of one that does not say it nothing is known after a minute."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return _UNSAID
    return timedelta(seconds=max(0.0, min(seconds, _LONGEST)))
