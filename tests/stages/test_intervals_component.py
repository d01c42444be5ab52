"""Intervals are in a plan only when eligible, never alone, and what keeps them out is told."""

from types import MappingProxyType

import pytest
from msgspec.structs import replace

from cds.model.intensity import LimitedBy
from cds.model.plan import Plan, Preferences
from cds.model.protocol import ChosenProtocol
from cds.service import Service
from cds.stages.hiit import HiitScreen, Unmet
from cds.stages.intervals import Ground, add_intervals
from tests.stages.deciding import decide_for
from tests.stages.prescribing import Prescribed, build_case, messages, prescribe

FIT = {"age": 40.0, "regular_exercise": True}
PROTOCOL = ChosenProtocol(
    id="HIIT-P-4X4", name="Four intervals of four minutes", work_s=240, rest_s=180, intervals=4,
    up_to=None, target_percent=(85, 95), target_of="peak heart rate", hr_bpm=(150, 166),
    hr_ceiling_bpm=166, limited_by=(), governed_by="heart_rate", rpe_6_20=(15, 17),
    recovery="Easy.", session_min=(38, 40), warm_up_min=10, cool_down_min=5, frequency=(2, 3),
    progression=("One thing at a time.",), supervision="None.", supervision_level=0,
    leads_to=None, why="Used to it.", note=(), sources=(),
)  # fmt: skip
READY = HiitScreen("yes", (), PROTOCOL)


def with_intervals(
    found: Prescribed, screened: HiitScreen = READY, plan: Plan | None = None
) -> Plan:
    ground = Ground(found.dose, found.scene, MappingProxyType({}), messages())
    return add_intervals(plan or found.plan, screened, ground)


def why_not(plan: Plan) -> tuple[str, tuple[str, ...]]:
    assert "hiit" not in {c.modality for c in plan.components}
    [omission] = [o for o in plan.omitted if o.what == "hiit"]
    return omission.kind, omission.by


def test_intervals_come_last_beside_continuous_work_and_add_no_minutes() -> None:
    found = prescribe(build_case(**FIT), Preferences(setting="clinic"))
    plan = with_intervals(found)
    intervals = plan.components[-1]
    assert (intervals.modality, intervals.priority) == ("hiit", len(plan.components))
    assert (intervals.frequency, intervals.time_min) == ((2, 3), (23, 25))
    assert intervals.volume.minutes_per_week_with_warm_up == (76, 120)
    assert [e.id for e in intervals.exercises] == ["I03"]
    assert {reason.part for reason in intervals.reasons} >= {"component", "frequency", "intensity"}
    assert plan.totals == found.plan.totals
    assert "aerobic" in {c.modality for c in plan.components}


def test_without_the_bicycle_the_intervals_name_no_movement() -> None:
    plan = with_intervals(prescribe(build_case(**FIT), Preferences(setting="home")))
    assert plan.components[-1].exercises == ()


@pytest.mark.parametrize("eligible", ["no", "after_clearance", "insufficient_data"])
def test_who_is_not_eligible_has_no_intervals_and_reads_why(eligible: str) -> None:
    unmet = Unmet("some.rule", "Something stands in the way.", None, "fired")
    plan = with_intervals(prescribe(build_case(**FIT)), HiitScreen(eligible, (unmet,)))
    assert why_not(plan) == ("not_eligible", ("some.rule",))
    assert "Something stands in the way." in plan.omitted[-1].message


def test_the_start_phase_builds_a_base_first() -> None:
    assert why_not(with_intervals(prescribe(build_case(age=40.0)))) == ("phase", ())


def test_effort_below_vigorous_leaves_no_intervals() -> None:
    """High blood pressure caps the exertion at 13."""
    plan = with_intervals(prescribe(build_case(("htn",), **FIT)))
    assert why_not(plan) == ("no_effort", ("htn",))


@pytest.mark.parametrize("attribute", ["rpe_6_20.high", "hrr_percent.high"])
def test_a_limit_that_a_rule_sets_on_effort_holds_for_intervals(attribute: str) -> None:
    """However high it is; what a profile allows of continuous work does not bind them."""
    found = prescribe(build_case(**FIT))
    limit = LimitedBy(attribute, 16.0, "some.rule")
    capped = replace(found.plan, limited_by=(limit,))
    assert why_not(with_intervals(found, plan=capped)) == ("no_effort", ("some.rule",))


def test_a_session_shorter_than_the_protocol_leaves_none() -> None:
    """A session of at most 20 min does not hold 25 min of intervals."""
    found = prescribe(build_case(**FIT))
    minutes = replace(found.dose.minutes, high=replace(found.dose.minutes.high, value=20.0))
    short = found._replace(dose=replace(found.dose, minutes=minutes))
    assert why_not(with_intervals(short)) == ("no_time", ("gen_adult",))


def test_intervals_never_take_the_only_aerobic_session() -> None:
    one_day = prescribe(build_case(**FIT), Preferences(days=1))
    assert why_not(with_intervals(one_day)) == ("one_session", ("gen_adult",))
    without = prescribe(build_case(**FIT), closed={"aerobic": ("some.rule",)})
    assert why_not(with_intervals(without))[0] == "one_session"


def test_a_movement_that_a_tag_removes_leaves_none() -> None:
    found = prescribe(build_case(**FIT), rule_tags={"AV_HIIT": ("some.rule",)})
    assert why_not(with_intervals(found)) == ("no_movement", ("some.rule",))


def test_a_decision_holds_its_intervals_or_says_why_not(service: Service) -> None:
    fit, sick = decide_for(service), decide_for(service, ("fibromyalgia",))
    assert fit.plan is not None
    assert sick.plan is not None
    assert fit.hiit.eligible == "yes"
    assert fit.plan.components[-1].modality == "hiit"
    assert why_not(sick.plan)[0] == "not_eligible"
