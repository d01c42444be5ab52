"""Compromises that a clinician should see, each with what remains instead."""

from collections.abc import Iterator, Mapping

from cds.knowledge.profile_table import ProfileTable
from cds.model.dose import MergedDose, SubTherapeutic
from cds.model.plan import Flag
from cds.stages.plan_text import Messages, pair_of, show_attribute, show_range, show_span
from cds.stages.scene import Scene

TARGET = "target"


def find_flags(
    dose: MergedDose, scene: Scene, table: ProfileTable, messages: Messages
) -> Iterator[Flag]:
    """Every wish of a profile that another limit leaves unmet, and what nobody knows."""
    for kind, found in (("sub_therapeutic", dose.sub_therapeutic), ("short_of", dose.short_of)):
        for sub in found:
            yield _below(kind, sub, dose, table.routes, messages)
    yield from _volume_flags(dose, table, messages)
    for region in dose.resistance.blocked_regions:
        text = messages["plan.flag.blocked_region"].format(
            region=region.value.replace("_", " "), by=", ".join(region.by)
        )
        yield Flag("blocked_region", "resistance", text, region.by, table.routes["blocked_region"])
    have = scene.preferences.days
    if have is not None and have < dose.days.low.value:
        wanted = show_range(pair_of(dose.days))
        text = messages["plan.flag.days"].format(have=f"{have:g}", want=wanted)
        yield Flag("days", "days", text, dose.days.low.by)
    if scene.balance_unscreened:
        text = messages["plan.flag.unscreened_balance"]
        yield Flag("unscreened_balance", "balance", text, ())


def _below(
    kind: str,
    sub: SubTherapeutic,
    dose: MergedDose,
    routes: Mapping[str, str],
    messages: Messages,
) -> Flag:
    """What a profile asks for and does not get, from whom, and the route that remains."""
    text = messages["plan.flag.sub_therapeutic"].format(
        profile=sub.profile,
        asked=f"{sub.asked:g}",
        attribute=show_attribute(sub.attribute),
        by=", ".join(sub.limited_by),
        given=f"{sub.given:g}",
    )
    route = routes["rationed" if dose.quota_removed else sub.attribute].format(
        days=show_span(dose.days),
        minutes=show_span(dose.minutes),
        rt_days=show_span(dose.resistance.days),
        sets=show_span(dose.resistance.sets),
        reps=show_span(dose.resistance.reps),
    )
    return Flag(kind, sub.attribute, text, (sub.profile, *sub.limited_by), route)


def _volume_flags(dose: MergedDose, table: ProfileTable, messages: Messages) -> Iterator[Flag]:
    """No quota at all, or fewer minutes in reach than the guideline for all adults asks for."""
    if dose.quota_removed:
        text = messages["plan.flag.no_quota"].format(by=", ".join(dose.quota_removed))
        yield Flag("no_quota", "weekly", text, dose.quota_removed)
    if dose.phase != TARGET or dose.weekly_wanted is None:
        return
    wanted = max(dose.weekly_wanted.value, table.constants["weekly_goal_minutes"].low)
    if wanted > dose.reachable:
        setters = tuple(sorted({*dose.days.high.by, *dose.minutes.high.by}))
        text = messages["plan.flag.volume_gap"].format(
            wanted=f"{wanted:g}", reachable=f"{dose.reachable:g}", by=", ".join(setters)
        )
        yield Flag("volume_gap", "weekly", text, setters, table.routes["weekly"])
