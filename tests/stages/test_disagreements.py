"""Where guidelines disagree: each position changes somebody's decision, and every side is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from cds.decide import decide
from cds.knowledge.site_policies import follow_site
from cds.model.answer import ChosenPolicy, Decision
from cds.model.decision import Disagreement, as_json
from cds.model.intake import Intake, SubmittedCondition
from cds.service import Service
from tests.properties.people import TODAY, build, healthy

_FILE = Path(__file__).parent.parent / "data" / "policy_patients.yaml"
_PATIENTS: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text("utf-8"))["patients"]
# What tells of the choice itself, apart from what it changes.
_TELLING = ("conflicts", "knowledge", "explanations")


@dataclass(frozen=True)
class Pair:
    """One patient, decided by default and with another position taken."""

    policy: str
    option: str
    intake: Intake
    default: Decision
    other: Decision


@pytest.fixture(params=_PATIENTS, ids=[f"{p['policy']}-{p['option']}" for p in _PATIENTS])
def pair(service: Service, request: pytest.FixtureRequest) -> Pair:
    policy, option = request.param["policy"], request.param["option"]
    intake = _intake(service, request.param)
    asking = replace(intake, policy={policy: option})
    return Pair(
        policy, option, intake, decide(service, intake, TODAY), decide(service, asking, TODAY)
    )


def _intake(service: Service, patient: Mapping[str, Any]) -> Intake:
    facts = {**healthy(service), **patient["facts"]}
    return build(
        {name: value for name, value in facts.items() if value is not None},
        conditions=tuple(SubmittedCondition(id_) for id_ in patient.get("conditions", ())),
    )


def _content(decision: Decision) -> dict[str, Any]:
    return {k: v for k, v in as_json(decision).items() if k not in _TELLING}


def _told(decision: Decision, policy: str) -> Disagreement:
    return next(told for told in decision.conflicts if told.policy == policy)


def test_every_position_that_is_not_the_default_has_its_patient(service: Service) -> None:
    positions = [
        (policy.id, option.code)
        for policy in service.knowledge.policies.values()
        for option in policy.options
        if option.code != policy.default
    ]
    assert sorted((p["policy"], p["option"]) for p in _PATIENTS) == sorted(positions)


def test_the_position_changes_the_decision(pair: Pair) -> None:
    assert _content(pair.other) != _content(pair.default)


def test_the_default_decision_names_the_position_that_would_change_it(
    service: Service, pair: Pair
) -> None:
    told = _told(pair.default, pair.policy)
    assert told.taken == service.knowledge.policies[pair.policy].default
    assert told.chosen_by == "default policy"
    changing = [position.code for position in told.positions if position.changes]
    assert pair.option in changing


def test_both_decisions_tell_who_says_what_what_was_taken_and_how_to_switch(
    service: Service, pair: Pair
) -> None:
    options = service.knowledge.policies[pair.policy].options
    for decision, taken in ((pair.default, None), (pair.other, pair.option)):
        told = _told(decision, pair.policy)
        assert [(p.means, p.source) for p in told.positions] == [
            (option.means, option.source) for option in options
        ]
        assert [p.code for p in told.positions if p.taken] == [told.taken]
        assert taken in (None, told.taken)
        assert len(told.sources) >= 2
        assert f"CDS_POLICIES={pair.policy}=" in (told.switch or "")


def test_a_position_that_was_asked_for_is_recorded_with_the_default(
    service: Service, pair: Pair
) -> None:
    policy = service.knowledge.policies[pair.policy]
    default, taken = policy.option(policy.default), policy.option(pair.option)
    assert default is not None
    assert taken is not None
    assert pair.default.knowledge.policies == ()
    assert pair.other.knowledge.policies == (
        ChosenPolicy(pair.policy, pair.option, "request policy"),
    )
    resolution = _told(pair.other, pair.policy).resolution
    assert taken.means in resolution
    assert default.means in resolution


def test_the_site_decides_as_the_request_would_and_is_recorded(
    service: Service, pair: Pair
) -> None:
    site = _site(service, {pair.policy: pair.option})
    decision = decide(site, pair.intake, TODAY)
    assert _content(decision) == _content(pair.other)
    assert decision.knowledge.policies == (ChosenPolicy(pair.policy, pair.option, "site policy"),)
    assert _told(decision, pair.policy).chosen_by == "site policy"


def test_the_request_counts_before_the_site(service: Service) -> None:
    site = _site(service, {"icd_margin": "20"})
    asked = replace(build(healthy(service)), policy={"icd_margin": "10"})
    assert decide(site, asked, TODAY).knowledge.policies == ()


def test_nobody_is_told_of_what_changes_nothing(service: Service) -> None:
    assert decide(service, build(healthy(service)), TODAY).conflicts == ()


def test_a_person_of_whom_nothing_is_known_is_told_of_no_disagreement(service: Service) -> None:
    assert decide(service, Intake(), TODAY).conflicts == ()


def _site(service: Service, chosen: Mapping[str, str]) -> Service:
    policies = follow_site(service.knowledge.policies, chosen)
    return replace(service, knowledge=replace(service.knowledge, policies=policies))
