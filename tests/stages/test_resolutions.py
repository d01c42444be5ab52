"""Wishes that pull apart are seen when both sides hold, settled as the reference says, and told."""

import pytest

from cds.model.profile import SoftConflict
from cds.stages.active_profiles import active_profiles
from cds.stages.resolutions import resolve
from tests.stages.prescribing import Prescribed, build_case, prescribe, profiles

CONFLICTS = {conflict.id: conflict for conflict in profiles().conflicts}
NAMES = sorted(profiles().profiles)
# What the reference lists (prescription/conflicts.md 2.2), each under the id of this service.
LISTED = (
    *("bone_impact", "intensity_effect", "claudication_pain", "interval_warm_up"),
    *("walking_and_falls", "fear_of_movement", "water_temperature", "flare_and_daily_activity"),
    *("heart_rate_and_medicine", "glucose_and_hypoglycaemia", "counts_gate_the_day"),
)


def planned(*names: str, phase: str = "target") -> Prescribed:
    """A plan for profiles and flags by name."""
    conditions = tuple(name for name in names if name in profiles().profiles)
    facts = {name: True for name in names if name not in profiles().profiles}
    return prescribe(build_case(conditions, age=50.0, **facts), phase=phase)


def told(found: Prescribed) -> dict[str, tuple[str, ...]]:
    return {r.id: r.between for r in found.plan.resolutions}


def one_of_each(conflict: SoftConflict) -> list[str]:
    return [side[0] for side in conflict.sides]


def test_every_conflict_of_the_reference_is_carried() -> None:
    assert sorted(CONFLICTS) == sorted(LISTED)


@pytest.mark.parametrize("id_", [i for i in LISTED if not CONFLICTS[i].wants_impact])
def test_a_conflict_is_told_when_every_side_holds_and_not_when_one_is_missing(id_: str) -> None:
    met = one_of_each(CONFLICTS[id_])
    found = planned(*met)
    assert told(found)[id_] == tuple(met)
    [resolution] = [r for r in found.plan.resolutions if r.id == id_]
    assert (resolution.resolution, resolution.mark) == (
        CONFLICTS[id_].resolution,
        CONFLICTS[id_].mark,
    )
    for missing in met:
        assert id_ not in told(planned(*(name for name in met if name != missing)))


@pytest.mark.parametrize("id_", LISTED)
def test_each_name_of_a_side_is_enough_for_it(id_: str) -> None:
    """Another name of the same side takes its place; a misspelt one would never be seen."""
    conflict = CONFLICTS[id_]
    for number, side in enumerate(conflict.sides):
        for name in side:
            met = one_of_each(conflict)
            met[number] = name
            if conflict.wants_impact:
                met.append("knee_oa")
            found = planned(*dict.fromkeys(met))
            # A profile that supersedes another one may hold in its place.
            held = set(found.dose.profiles) | {n for n in met if "." in n}
            if set(met) <= held:
                assert name in told(found)[id_]


def test_bone_that_gets_its_impact_has_no_conflict() -> None:
    assert "bone_impact" not in told(planned("osteoporosis"))
    assert told(planned("osteoporosis", "knee_oa"))["bone_impact"] == ("osteoporosis", "knee_oa")


def test_nobody_with_one_condition_alone_has_a_conflict_of_two() -> None:
    """Only what one side alone makes: a medicine or a rhythm, and counts of the day."""
    alone = {id_ for id_, conflict in CONFLICTS.items() if len(conflict.sides) == 1}
    for name in NAMES:
        assert set(told(planned(name))) <= alone


def test_the_order_of_profiles_changes_nothing() -> None:
    found = planned("pad", "hf", "ra", "t2d", "hip_oa")
    uses = active_profiles(found.case, profiles())
    backwards = resolve(found.case, found.dose, uses[::-1], profiles())
    assert tuple(backwards) == found.plan.resolutions != ()


@pytest.mark.parametrize(
    ("names", "phase", "kind", "attribute", "words"),
    [
        (("hf", "depression"), "start", "sub_therapeutic", "rt_percent", "Volume is the route"),
        (("postcovid_pem", "asthma"), "target", "sub_therapeutic", "hrr_percent", "Pacing"),
        (("obesity", "parkinson"), "target", "short_of", "days", "Regular days are the route"),
        (("postcovid_pem", "asthma"), "target", "short_of", "minutes", "Pacing"),
        (("frailty", "hf"), "target", "volume_gap", "weekly", "What is reached counts"),
        (("cabg",), "start", "blocked_region", "resistance", "The other regions train"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told_with_the_route_that_remains(
    names: tuple[str, ...], phase: str, kind: str, attribute: str, words: str
) -> None:
    flags = planned(*names, phase=phase).plan.flags
    routes = [f.route for f in flags if (f.kind, f.attribute) == (kind, attribute)]
    assert routes
    assert all(route is not None and route.startswith(words) for route in routes)
    assert not any("{" in (flag.route or "") for flag in flags)
