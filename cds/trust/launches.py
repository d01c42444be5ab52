"""Who launched the form: somebody who treats patients, as an EHR says that the site configured."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from cds.trust.roles import Principal, Role, subject_id
from cds.trust.tokens import OIDC, JwtPolicy, KeySource, TokenRefusedError, verify_jwt

# The header may leave the type out (RFC 7519, 5.1), and many providers do.
_TYPES = frozenset({"jwt", ""})
_TREATS = frozenset({"Practitioner", "PractitionerRole"})
_PRESCRIBES = frozenset({Role.PRESCRIBER})


class IdTokens(Struct, frozen=True):
    """What the ID tokens of one EHR are: who issues them, its keys, and our id there."""

    issuer: str
    keys: KeySource
    client_id: str


class Launches(Struct, frozen=True):
    """The EHRs whose users may work here, by the base addresses of their FHIR servers."""

    ehrs: Collection[str]
    subject_key: bytes

    def identify(self, id_token: str, of: IdTokens, now: datetime) -> Principal:
        """Whoever the EHR says is signed in there. A patient or a relative prescribes nothing.

        Raises: TokenRefusedError; KeysUnavailableError when it cannot be known.
        """
        policy = JwtPolicy({of.issuer: of.keys}, of.client_id, OIDC, _TYPES)
        claims = verify_jwt(id_token, policy, now)
        if not _treats(claims.get("fhirUser")):
            raise TokenRefusedError("fhirUser")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise TokenRefusedError("subject")
        return Principal(subject_id(self.subject_key, of.issuer, subject), _PRESCRIBES)

    def resume(self, told: Mapping[str, str]) -> Principal | None:
        """Whose session this is, while their EHR is still configured."""
        return Principal(told["who"], _PRESCRIBES) if told.get("ehr") in self.ehrs else None


def _treats(user: Any) -> bool:
    """Whether it is the address of a practitioner: .../Practitioner/123."""
    steps = user.split("/") if isinstance(user, str) else []
    return len(steps) > 1 and steps[-2] in _TREATS and bool(steps[-1])
