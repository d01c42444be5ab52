"""Believes a key or a token, and says who that is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from cds.errors import NotAuthenticatedError
from cds.observability import log
from cds.trust.api_keys import ApiKeys
from cds.trust.hook_clients import HookClients
from cds.trust.launches import Launches
from cds.trust.roles import Principal, Role, subject_id
from cds.trust.tokens import JwtPolicy, TokenRefusedError, verify_jwt

_KEY_PREFIX = "cds_"


class Issuer(Struct, frozen=True):
    """Whom access tokens are believed from, and which claim of them names the roles.

    The claim is looked for by its whole name, then along its dots ("realm_access.roles").
    """

    policy: JwtPolicy
    roles_claim: str
    subject_key: bytes


class Trust(Struct, frozen=True):
    """Whom this service believes; without an issuer, client, EHR and any key it asks nobody."""

    keys: ApiKeys | None = None
    issuer: Issuer | None = None
    clients: HookClients | None = None
    launches: Launches | None = None

    def is_open(self) -> bool:
        """Whether nobody is asked who they are.

        Raises: AuditError when it cannot be known whether there are keys.
        """
        if self.issuer or self.clients or self.launches:
            return False
        return self.keys is None or not self.keys.were_made()

    def identify(
        self, authorization: str | None, now: datetime, hook: str | None = None
    ) -> Principal:
        """Who asks with this header; `hook` is the path of CDS Hooks that is called, if it is one.

        Raises: NotAuthenticatedError; KeysUnavailableError, AuditError when it cannot be known.
        """
        scheme, _, token = (authorization or "").strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise NotAuthenticatedError
        if token.startswith(_KEY_PREFIX):
            found = self.keys.recognise(token) if self.keys else None
            if found is None:
                raise NotAuthenticatedError
            return found.principal
        return self._subject(token, now, hook)

    def resume(self, told: Mapping[str, str]) -> Principal | None:
        """Whose session this is, unless what it was opened with is no longer good.

        Raises: AuditError when that cannot be known.
        """
        if "key" in told:
            key = self.keys.find(told["key"]) if self.keys else None
            return key.principal if key else None
        return self.launches.resume(told) if self.launches else None

    def _subject(self, token: str, now: datetime, hook: str | None) -> Principal:
        try:
            if hook is not None and self.clients is not None:
                return self.clients.identify(token, hook, now)
            if self.issuer is None:
                raise NotAuthenticatedError
            claims = verify_jwt(token, self.issuer.policy, now)
            return principal_of(claims, self.issuer)
        except TokenRefusedError as error:
            log().info("token_refused", check=error.reason)
            raise NotAuthenticatedError from None


OPEN_TRUST = Trust()


def principal_of(claims: Mapping[str, Any], issuer: Issuer) -> Principal:
    """Who a token is about, and those of its roles that are known here.

    Raises: TokenRefusedError when it names no subject.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise TokenRefusedError("subject")
    named = _claim(claims, issuer.roles_claim)
    roles = named.split() if isinstance(named, str) else named if isinstance(named, list) else ()
    known = {role.value: role for role in Role}
    held = frozenset(known[role] for role in roles if isinstance(role, str) and role in known)
    return Principal(subject_id(issuer.subject_key, claims["iss"], subject), held)


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    if name in claims:
        return claims[name]
    found: Any = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found
