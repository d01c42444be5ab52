"""The difference of two decisions names what a reader would ask about, and nothing twice."""

from typing import Any

from hypothesis import given

from cds.answers.difference import difference
from cds.decide import decide
from cds.http.core import CoreService
from cds.model.decision import as_json
from cds.model.intake import Intake
from cds.service import Service
from tests.answers.patients import intake_of
from tests.api.adult import DAY
from tests.properties.effort import patients
from tests.properties.people import TODAY, intakes


def _between(service: Service, before: Intake, after: Intake) -> dict[str, Any]:
    old, new = (as_json(decide(service, intake, DAY)) for intake in (before, after))
    return difference(old, new)


def test_a_condition_brings_findings_and_changes_the_plan(
    service: Service, core: CoreService
) -> None:
    found = _between(service, intake_of(core, {}), intake_of(core, {}, ["osteoporosis"]))
    assert found["disposition"] == {"before": "proceed", "after": "proceed_with_limits"}
    new = {entry["rule"] for entry in found["contraindications"]["new"]}
    assert "contraindications.osteoporosis.loaded-flexion" in new
    assert "gone" not in found["contraindications"]
    assert "balance" in found["plan"]["new"]
    changed = {part["modality"]: part["changes"] for part in found["plan"]["changed"]}
    assert all(change["before"] != change["after"] for change in changed["aerobic"])


def test_a_hold_takes_the_plan_away_and_leaves_the_rest_out(
    service: Service, core: CoreService
) -> None:
    found = _between(service, intake_of(core, {}), intake_of(core, {"fever": True}))
    assert found["plan"]["given"] == {"before": True, "after": False}
    assert {"aerobic", "resistance", "flexibility"} <= set(found["plan"]["gone"])
    assert "changed" not in found["plan"]
    assert "clearance" not in found


def test_a_decision_does_not_differ_from_itself_and_both_ways_are_mirrored(
    service: Service,
) -> None:
    """What is gone one way is new the other way."""

    @patients(10)
    @given(old=intakes(service), new=intakes(service))
    def check(old: Intake, new: Intake) -> None:
        first, second = (as_json(decide(service, intake, TODAY)) for intake in (old, new))
        assert difference(first, first) == {}
        there, back = difference(first, second), difference(second, first)
        assert there.keys() == back.keys()
        for name in ("contraindications", "questions", "assumptions", "referrals"):
            assert there.get(name, {}).get("gone") == back.get(name, {}).get("new")

    check()
