"""What a run leaves in the record of the installation."""

import getpass
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from typing import Any

from cds.audit.canonical import Canonical
from cds.audit.chain import sha256
from cds.audit.knowledge_store import put_knowledge
from cds.audit.opening import open_store
from cds.audit.store import Store
from cds.audit.turn import Draft, KeyTakenError
from cds.http.core import CoreService
from cds.http.pipeline import Door, Pipeline
from cds.knowledge.files import ROOT
from cds.model.intake import Intake
from cds.population.deciding import Keep
from cds.population.spill import Person
from cds.schemas.decision_request import DecisionRequest
from cds.secret import SUBJECTS, Secret
from cds.settings import Settings
from cds.trust.activation import take_up
from cds.trust.opening import open_trust

POPULATION = "population"


def note_run(
    settings: Settings, secret: Secret, run: str, step: str, about: Mapping[str, Any]
) -> None:
    """Records that a run has begun or ended, once; nothing in it says who was decided on.

    Raises: NotInUseError when nobody has put the knowledge to use; AuditError.
    """
    body = {"step": step, "by": getpass.getuser(), **about}
    draft = Draft(
        POPULATION,
        body,
        datetime.now(UTC),
        about["knowledge"],
        idempotency_key=sha256(f"population {run} {step}"),
        sealed=False,
    )
    with _store(settings, secret) as store:
        put_knowledge(store, ROOT, draft.knowledge_sha256)
        trust = open_trust(settings, store, secret)
        take_up(store, trust, draft.knowledge_sha256, draft.created)
        with suppress(KeyTakenError):  # it was noted before an interruption
            store.append(draft)


def keeper(settings: Settings, secret: Secret, run: str, core: CoreService, day: date) -> Keep:
    """What records each decision, as a call to the service does; once in a run, however often.

    Raises: AuditError.
    """
    store = open_store(settings, secret)
    retired = secret.derive_retired(SUBJECTS)
    pipeline = Pipeline(core, store, secret.derive(SUBJECTS), settings.keep_text, retired)

    def keep(person: Person, intake: Intake) -> Canonical:
        body = json.dumps(person.bundle, ensure_ascii=False).encode()
        key = sha256(f"{run} {person.place} {person.id}")
        answer = pipeline.decide(DecisionRequest(intake, day), Door(body, datetime.now(UTC), key))
        return Canonical(answer.text)

    return keep


@contextmanager
def _store(settings: Settings, secret: Secret) -> Iterator[Store]:
    store = open_store(settings, secret)
    try:
        yield store
    finally:
        store.close()
