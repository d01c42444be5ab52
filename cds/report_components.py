"""The parts of a plan as plain text: what to do, why, how much in all, and what is left out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Names = Mapping[str, str]


def plan_parts(plan: Json | None, names: Names) -> Iterator[tuple[str, Iterable[str]]]:
    """The sections of the plan's components and totals, each with its entries."""
    said = plan or {}
    yield "Plan", (_component(part, names) for part in said.get("components", ()))
    yield "In all", _totals(said.get("totals"))
    yield "Considered and left out", (left["message"] for left in said.get("omitted", ()))
    yield "No safe option", (empty["message"] for empty in said.get("no_safe_option", ()))
    yield "Compromises", (_flag(flag) for flag in said.get("flags", ()))
    yield "Wishes that pull apart", (_settled(r, names) for r in said.get("resolutions", ()))
    yield "Movements to avoid", _avoided(said, names)
    yield "Who set what", (_limit(limit, names) for limit in said.get("limited_by", ()))


def _component(part: Json, names: Names) -> str:
    minutes = f", {_span(part['time_min'])} min" if part["time_min"] else ""
    around = f", {_span(part['session_min'])} min in all" if part.get("session_min") else ""
    lines = [
        f"{names.get(part['modality'], part['modality'])}: {_span(part['frequency'])} days a "
        f"week{minutes}{around}. {part['type']}"
    ]
    lines += [f"{e['name']} ({e['id']}): {e['dose']} {e['reason']}" for e in part["exercises"]]
    lines += [f"because ({reason['part']}): {reason['message']}" for reason in part["reasons"]]
    return "\n".join([*lines, f"to progress: {part['progression']}"])


def _totals(totals: Json | None) -> Iterator[str]:
    if totals is None:
        return
    yield (
        f"a session: {totals['exercises']} exercises of at most {totals['exercises_at_most']}, "
        f"{_span(totals['sets_per_session'])} sets of strength work, "
        f"{_span(totals['minutes_per_session'])} min of endurance work with warm-up and cool-down"
    )
    yield (
        f"a week: {_span(totals['sessions_per_week'])} sessions of one component on "
        f"{_span(totals['training_days'])} days, {_span(totals['sets_per_week'])} sets, "
        f"{_span(totals['minutes_per_week'])} min of endurance work with warm-up and cool-down"
    )


def _flag(flag: Json) -> str:
    return str(flag["message"]) + (f"\nwhat remains: {flag['route']}" if flag.get("route") else "")


def _settled(resolution: Json, names: Names) -> str:
    between = _named(resolution["between"], names)
    return f"{resolution['conflict']} ({between})\nsettled: {resolution['resolution']}"


def _avoided(plan: Json, names: Names) -> Iterator[str]:
    """By tag: why, who set it, and each movement with what to do instead."""
    for kind in plan.get("avoid_tags", ()):
        lines = [f"{kind['label']}: {kind['why']} Set by: {_named(kind['by'], names)}"]
        for left in plan["avoided"]:
            if kind["tag"] == left["tags"][0]:
                instead = _named(left["instead"], names) or left["message"]
                lines.append(f"{left['name']} ({left['id']}); instead: {instead}")
        yield "\n".join(lines)


def _limit(limit: Json, names: Names) -> str:
    setters = _named(limit["by"].split(", "), names)
    return f"{limit['attribute']} {limit['value']}: set by {setters}"


def _named(ids: Iterable[str], names: Names) -> str:
    return "; ".join(names.get(id_, id_) for id_ in ids)


def _span(pair: Iterable[float]) -> str:
    low, high = pair
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
