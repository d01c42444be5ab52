"""From a call of a service to its cards: gathered, decided and recorded, and only then answered."""

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from datetime import date
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from cds.audit.chain import sha256
from cds.ehr.connection import Caller
from cds.ehr.fhir_server import server_of
from cds.ehr.gathering import Gathered, gather
from cds.ehr.prefetch import templates
from cds.errors import IntakeError
from cds.fhir.writing.decided import Asked, fault_of_reference
from cds.hook_settings import HookSettings
from cds.hooks.advice import lost, view_of
from cds.hooks.answers import with_answers
from cds.hooks.cards import CardMaker
from cds.hooks.orders import Draft, exercise_drafts, request_of
from cds.hooks.request import HookRequest
from cds.http.pipeline import Answer, Door, Pipeline
from cds.http.service import DecisionService
from cds.model.hooks import HookService, HookTables
from cds.model.intake import Intake
from cds.routes.turns import aside
from cds.schemas.decision_request import DecisionRequest
from cds.strict_json import JsonLimits

Json = Mapping[str, Any]


class Hooks(Struct, frozen=True, dict=True):
    """The services of one application; `limits` bound what a FHIR server may answer at once."""

    service: DecisionService
    pipeline: Pipeline
    settings: HookSettings
    limits: JsonLimits

    @property
    def tables(self) -> HookTables:
        """What the services are and how their cards speak."""
        return self.service.hooks

    @cached_property
    def discovery(self) -> Sequence[Json]:
        """The services as `GET /cds-services` lists them."""
        asked = templates(self.tables, self.service.terms.vocabulary)
        usage = f"{self.service.intended_use.text} {self.tables.words['usage']}"
        version = {"version": self.settings.version} if self.settings.version else {}
        return [
            {
                "id": service.id,
                "hook": service.hook,
                "title": service.title,
                "description": service.description,
                "prefetch": dict(asked),
                "usageRequirements": usage,
                **version,
            }
            for service in self.tables.services
        ]

    def find(self, id: str) -> HookService | None:
        """The service of that id."""
        return next((one for one in self.tables.services if one.id == id), None)

    def cards(
        self, service: HookService, request: HookRequest, door: Door
    ) -> tuple[Sequence[Json], Answer | None]:
        """The cards, with the record of the decision behind them; without one there are none.

        `door` is how the call came in.

        Raises: IntakeError, LackingDataError, EngineError, AuditError.
        """
        orders = self.tables.orders
        drafts: tuple[Draft, ...] = ()
        if service.checks_orders:
            drafts = exercise_drafts(
                request.context, request.patient_id, orders, self.service.terms.meant_by
            )
            if not drafts:
                return [], None
        gathered = self._gather(request)
        told = self._intake(gathered, request, door.now.date())
        intake = replace(told, request=request_of(drafts, orders))
        asked = DecisionRequest(intake, door.now.date())
        answer = self.pipeline.decide(asked, self._door(service, request, gathered, intake, door))
        view = view_of(self.service, answer.outline, intake, _asked(request), drafts)
        return CardMaker(self.tables, self.settings).cards(service, view), answer

    def _gather(self, request: HookRequest) -> Gathered:
        of = self.settings
        caller = Caller(of.fhir_networks, of.fhir_ca_file, self.limits.bytes)
        server = server_of(request.fhir_server, request.token, of.fhir_servers, caller, self.limits)
        keys, vocabulary = self.tables.prefetch, self.service.terms.vocabulary
        with aside() if server else nullcontext():
            return gather(request.patient_id, request.prefetch, keys, vocabulary, server)

    def _intake(self, gathered: Gathered, request: HookRequest, today: date) -> Intake:
        try:
            intake = self.service.read_bundle(gathered.bundle, today)
        except IntakeError as error:
            raise gathered.placed(error) from None
        told = with_answers(intake, request.answers, self.service.terms, today)
        return replace(told, rejected=(*told.rejected, *lost(gathered.gaps, self.tables)))

    def _door(
        self,
        service: HookService,
        request: HookRequest,
        gathered: Gathered,
        intake: Intake,
        door: Door,
    ) -> Door:
        """The same call with the same data on the same day is one decision.

        What is hashed is what was decided on: no token, and no address of a server.
        """
        told = {"request": dict(intake.request), "answers": request.answers}
        body = b"\n".join((json.dumps(told, sort_keys=True).encode(), *gathered.texts))
        day = door.now.date().isoformat()
        key = sha256("\n".join((service.id, request.instance, day, sha256(body))))
        return replace(door, body=body, idempotency_key=key)


def _asked(request: HookRequest) -> Asked:
    """Whom drafts are about, and who asks: as the context names them, where it is a reference."""
    encounter = request.context.get("encounterId")
    named = {
        "subject": f"Patient/{request.patient_id}",
        "encounter": f"Encounter/{encounter}" if isinstance(encounter, str) else None,
        "practitioner": request.context["userId"],
    }
    faulty = {name for name, text in named.items() if fault_of_reference(name, text)}
    return Asked(**{name: text for name, text in named.items() if name not in faulty})
