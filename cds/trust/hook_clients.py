"""Clients of CDS Hooks: each call brings a signed token for the address that is called, once."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from cds.trust.roles import Principal, Role
from cds.trust.tokens import JwtPolicy, KeySource, ReplayGuard, verify_jwt


class HookClients(Struct, frozen=True):
    """The clients by the issuer of their tokens.

    `public_url` is this service as they see it: behind a proxy a request does not tell.
    """

    issuers: Mapping[str, KeySource]
    public_url: str
    replay: ReplayGuard

    def identify(self, token: str, path: str, now: datetime) -> Principal:
        """The client that signed a token for this path.

        Raises: TokenRefusedError; KeysUnavailableError, AuditError when it cannot be known.
        """
        policy = JwtPolicy(self.issuers, f"{self.public_url}{path}", replay=self.replay)
        claims = verify_jwt(token, policy, now)
        return Principal(f"client:{claims['iss']}", frozenset({Role.PRESCRIBER}))
