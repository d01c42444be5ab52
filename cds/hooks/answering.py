"""From a call of a service to its cards: gathered, decided and recorded, and only then answered."""

import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from cds.audit.chain import sha256
from cds.errors import IntakeError, UnitError
from cds.fhir.writing.decided import Asked, fault_of_reference
from cds.hook_settings import HookSettings
from cds.hooks.answers import with_answers
from cds.hooks.card_texts import View
from cds.hooks.cards import CardMaker
from cds.hooks.fhir_server import server_of
from cds.hooks.gathering import Gathered, gather
from cds.hooks.orders import Draft, exercise_drafts, request_of
from cds.hooks.prefetch import templates
from cds.hooks.request import HookRequest
from cds.http.pipeline import Answer, Door, Pipeline
from cds.http.service import DecisionService
from cds.model.hooks import HookService, HookTables
from cds.model.intake import Intake
from cds.schemas.decision_request import DecisionRequest
from cds.strict_json import JsonLimits

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Hooks:
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
        return [
            {
                "id": service.id,
                "hook": service.hook,
                "title": service.title,
                "description": service.description,
                "prefetch": dict(asked),
                "usageRequirements": usage,
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
        server = server_of(request.fhir_server, request.token, self.settings, self.limits)
        gathered = gather(request, self.tables, self.service.terms.vocabulary, server)
        told = self._intake(gathered, request, door.now.date())
        intake = replace(told, request=request_of(drafts, orders))
        asked = DecisionRequest(intake, door.now.date())
        answer = self.pipeline.decide(asked, self._door(service, request, gathered, intake, door))
        view = self._view(request, gathered, drafts, intake, answer.members)
        return CardMaker(self.tables, self.settings).cards(service, view), answer

    def _intake(self, gathered: Gathered, request: HookRequest, today: date) -> Intake:
        try:
            intake = self.service.read_bundle(gathered.bundle, today)
        except IntakeError as error:
            raise gathered.placed(error) from None
        return with_answers(intake, request.answers, self.service.terms, today)

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
        told = {
            "request": dict(intake.request),
            "answers": request.answers,
            "bundle": gathered.bundle,
        }
        body = json.dumps(told, sort_keys=True).encode()
        day = door.now.date().isoformat()
        key = sha256("\n".join((service.id, request.instance, day, sha256(body))))
        return replace(door, body=body, idempotency_key=key)

    def _view(
        self,
        request: HookRequest,
        gathered: Gathered,
        drafts: tuple[Draft, ...],
        intake: Intake,
        decision: Json,
    ) -> View:
        told = {fact.name for fact in intake.facts if fact.value is True}
        return View(
            decision=decision,
            tables=self.tables,
            names=self._names,
            gaps=gathered.gaps,
            drafts=drafts,
            resources=self.service.fhir.drafts(decision, _asked(request)),
            quiet=not told.isdisjoint(self.tables.quiet_facts),
            weekly_minutes=self._weekly_minutes(intake),
        )

    def _weekly_minutes(self, intake: Intake) -> float | None:
        """Days a week times minutes a day where both are recorded, else the recorded product."""
        vocabulary, activity = self.service.terms.vocabulary, self.tables.activity
        parts = (activity.days, activity.minutes)
        found: dict[str, float] = {}
        for fact in intake.facts:
            if fact.name in (*parts, activity.week) and isinstance(fact.value, float):
                definition = vocabulary[fact.name]
                with suppress(UnitError):
                    unit = fact.unit or definition.unit or ""
                    found[fact.name] = definition.to_canonical(fact.value, unit)
        if found.keys() >= {*parts}:
            return math.prod(found[part] for part in parts)
        return found.get(activity.week)

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return self.service.names()


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
