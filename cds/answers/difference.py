"""What differs between two decisions, told so that a person can read it.

It compares decisions as JSON, so a recorded one can be compared as well as a new one. A part that
is the same is left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]
_PLAIN = ("disposition", "summary")
_COMPONENT = ("priority", "frequency", "time_min", "intensity", "volume")


def difference(before: Json, after: Json) -> dict[str, Any]:
    """The parts that differ; empty when the decisions say the same."""
    parts = {
        **{name: _change(before.get(name), after.get(name)) for name in _PLAIN},
        "clearance": _change(before["screening"]["clearance"], after["screening"]["clearance"]),
        "hiit": _change(before["hiit"]["eligible"], after["hiit"]["eligible"]),
        "requested": _verdicts(before["requested"], after["requested"]),
        "contraindications": _listed(before, after, "contraindications", _finding),
        "limits": _limits(before["intensity"], after["intensity"]),
        "plan": _plan(before["plan"], after["plan"]),
        "referrals": _listed(before, after, "referrals", _referral),
        "questions": _listed(before, after, "missing", _question),
        "assumptions": _listed(before, after, "assumptions", _assumption),
    }
    return {name: part for name, part in parts.items() if part}


def _change(before: Any, after: Any) -> dict[str, Any] | None:
    return None if before == after else {"before": before, "after": after}


def _listed(
    before: Json, after: Json, name: str, tell: Callable[[Json], tuple[str, dict[str, Any]]]
) -> dict[str, Any]:
    """What is gone and what is new; entries are the same when their keys are."""
    old, new = dict(map(tell, before[name])), dict(map(tell, after[name]))
    parts = {
        "gone": [entry for key, entry in old.items() if key not in new],
        "new": [entry for key, entry in new.items() if key not in old],
    }
    return {name: part for name, part in parts.items() if part}


def _finding(entry: Json) -> tuple[str, dict[str, Any]]:
    scope = entry["scope"]
    told = {"rule": entry["id"], "kind": entry["kind"], "message": entry["message"]}
    return f"{entry['id']} {entry['state']} {scope['type']} {scope['code']}", told


def _referral(entry: Json) -> tuple[str, dict[str, Any]]:
    told = {name: entry[name] for name in ("to", "urgency", "reason")}
    return f"{entry['to']} {entry['urgency']} {entry['reason']}", told


def _question(entry: Json) -> tuple[str, dict[str, Any]]:
    return entry["fact"], {name: entry[name] for name in ("fact", "question", "critical")}


def _assumption(entry: Json) -> tuple[str, dict[str, Any]]:
    return entry["fact"], {name: entry[name] for name in ("fact", "assumed", "if_wrong")}


def _verdicts(before: Sequence[Json], after: Sequence[Json]) -> list[dict[str, Any]]:
    old = {(entry["type"], entry["code"]): entry["verdict"] for entry in before}
    return [
        {"type": entry["type"], "code": entry["code"], "before": had, "after": entry["verdict"]}
        for entry in after
        if (had := old.get((entry["type"], entry["code"]))) != entry["verdict"]
    ]


def _limits(before: Json, after: Json) -> list[dict[str, Any]]:
    """Every number and category of the intensity that is another one."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return _changed(old, new)


def _leaves(intensity: Json) -> Iterator[tuple[str, Any]]:
    yield "hr_method", intensity["hr_method"]
    for kind in ("aerobic", "resistance"):
        yield from (
            (f"{kind}.{name}", value)
            for name, value in (intensity[kind] or {}).items()
            if name not in ("talk_test", "breathing")
        )


def _changed(old: Json, new: Json) -> list[dict[str, Any]]:
    names = dict.fromkeys((*old, *new))
    return [
        {"attribute": name, "before": old.get(name), "after": new.get(name)}
        for name in names
        if old.get(name) != new.get(name)
    ]


def _plan(before: Json | None, after: Json | None) -> dict[str, Any]:
    """Its phase, and the components that came, went or changed."""
    if before is None and after is None:
        return {}
    old, new = _components(before), _components(after)
    parts = {
        "given": _change(before is not None, after is not None),
        "phase": _change((before or {}).get("phase"), (after or {}).get("phase")),
        "gone": [modality for modality in old if modality not in new],
        "new": [modality for modality in new if modality not in old],
        "changed": [
            {"modality": modality, "changes": changes}
            for modality in old
            if modality in new and (changes := _changed(old[modality], new[modality]))
        ],
    }
    return {name: part for name, part in parts.items() if part}


def _components(plan: Json | None) -> dict[str, dict[str, Any]]:
    return {
        component["modality"]: {**_parts(component), "exercises": _movements(component)}
        for component in (plan or {"components": ()})["components"]
    }


def _parts(component: Json) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _COMPONENT:
        value = component[name]
        if isinstance(value, Mapping):
            found |= {f"{name}.{part}": inner for part, inner in value.items()}
        else:
            found[name] = value
    return found


def _movements(component: Json) -> list[str]:
    return [movement["id"] for movement in component["exercises"]]
