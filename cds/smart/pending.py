"""A launch between the two visits of the browser: sealed in a cookie, short-lived, used once."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from cds.audit.keys import DataKey
from cds.errors import AuditError
from cds.secret import derive_key
from cds.smart.failing import LaunchError
from cds.trust.tokens import ReplayGuard

LASTS = timedelta(minutes=10)  # O: as long as somebody may need to sign in and choose a patient
_PURPOSE = "launch"
_BYTES = 32


def _random() -> str:
    return secrets.token_urlsafe(_BYTES)


@dataclass(frozen=True, slots=True)
class Pending:
    """A launch that was sent to its EHR: `state` comes back, the verifier goes to it alone."""

    ehr: str
    until: float
    state: str = field(default_factory=_random, repr=False)
    verifier: str = field(default_factory=_random, repr=False)

    @property
    def challenge(self) -> str:
        """The verifier as the EHR sees it before (RFC 7636, S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


class PendingLaunches:
    """Seals launches for a browser, and takes each back once. `used` is shared by all workers."""

    def __init__(self, secret: bytes, used: ReplayGuard) -> None:
        self._key = DataKey(_PURPOSE, derive_key(secret, _PURPOSE))
        self._used = used

    def begin(self, ehr: str, now: datetime) -> Pending:
        """A new launch from that EHR."""
        return Pending(ehr, (now + LASTS).timestamp())

    def seal(self, pending: Pending) -> str:
        """What the browser keeps of it."""
        return self._key.seal(json.dumps(asdict(pending)), _PURPOSE)

    def take(self, sealed: str, state: str, now: datetime) -> Pending:
        """The launch that this browser began with this state, the first time it comes back.

        Raises: LaunchError; AuditError when it cannot be known whether it is the first time.
        """
        try:
            pending = Pending(**json.loads(self._key.unseal(sealed, _PURPOSE)))
        except AuditError:
            raise LaunchError(
                "This browser began no launch that could be completed, or it took too long. Start "
                "again from the EHR."
            ) from None
        if not hmac.compare_digest(pending.state.encode(), state.encode()):
            raise LaunchError("This answer belongs to another launch. Start again from the EHR.")
        until = datetime.fromtimestamp(pending.until, now.tzinfo)
        if until <= now:
            raise LaunchError("The launch took too long. Start again from the EHR.")
        if not self._used.take(f"{_PURPOSE}\n{state}", until, now):
            raise LaunchError("This launch was completed before. Start again from the EHR.")
        return pending
