"""Patients of the tests of questions, read as a request is."""

from collections.abc import Iterable, Mapping
from typing import Any

from cds.answers.targets import find_target
from cds.answers.view import View, World, asking_for, look
from cds.http.core import CoreService
from cds.model.intake import Intake
from cds.model.question import Target
from cds.schemas.decision_request import read_decision_request
from cds.service import Service
from tests.api.adult import DAY, body

Facts = Mapping[str, Any]


def intake_of(core: CoreService, facts: Facts, conditions: Iterable[str] = ()) -> Intake:
    """Somebody well, but for these facts; a fact that is None is left out."""
    request = dict(body({}, conditions))
    told = {**request["facts"], **facts}
    request["facts"] = {name: value for name, value in told.items() if value is not None}
    return read_decision_request(request, core.terms, DAY).intake


def seen(
    service: Service, core: CoreService, target: Target, facts: Facts, conditions: Iterable[str]
) -> View:
    """The decision on somebody, asked for the target."""
    intake = asking_for(intake_of(core, facts, conditions), target)
    return look(World(service, core.terms.contradictions), intake, DAY)


def target_of(service: Service, name: str) -> Target:
    """The target of that name."""
    return find_target(name, service, "/goal")
