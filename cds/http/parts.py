"""What the routes and pages of one application work with."""

from collections.abc import Callable
from datetime import UTC, datetime

from msgspec import Struct, field

from cds.audit.store import Store
from cds.feedback.analytics import Counts
from cds.feedback.recording import Desk
from cds.http.canary import Canary
from cds.http.pipeline import Pipeline
from cds.http.service import DecisionService
from cds.settings import Settings
from cds.smart.client_keys import NO_KEYS, ClientKeys
from cds.trust.admission import OPEN_TRUST, Trust

# The key under which a web application keeps its parts.
EXTENSION = "exercise_cds"


def _now() -> datetime:
    return datetime.now(UTC)


class Parts(Struct, frozen=True):
    """`clock` gives the time in UTC, `form_key` signs what forms carry, `trust` says who asks.

    `client_keys` say who we are where this service asks.
    """

    service: DecisionService
    store: Store
    pipeline: Pipeline
    settings: Settings
    form_key: bytes
    canaries: tuple[Canary, ...] = ()
    clock: Callable[[], datetime] = _now
    counts: Counts = field(default_factory=Counts)
    trust: Trust = OPEN_TRUST
    client_keys: ClientKeys = NO_KEYS

    @property
    def desk(self) -> Desk:
        """Where feedback is taken, whoever brings it."""
        kept = self.pipeline.keep_text
        return Desk(self.store, self.service.feedback, self.service.knowledge_sha256, kept)
