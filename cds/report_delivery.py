"""Where and with whom, as lines of the plain text report."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
_WORDS = {"yes": "yes", "no": "no", "insufficient_data": "not known", "conditional": "with care"}


def delivery_lines(delivery: Json) -> Iterator[str]:
    """Who leads, each place with its reasons, water, kit, monitoring and reasons for home.

    Answers of before this was told have none of it.
    """
    if supervision := delivery.get("supervision"):
        yield from _supervision(supervision)
    yield from _places(delivery.get("settings", ()))
    if delivery.get("aquatic"):
        yield _water(delivery["aquatic"])
    if kit := delivery.get("equipment"):
        yield from _kit(kit)
    if schedule := delivery.get("remote_monitoring"):
        yield from _schedule(schedule)
    for reason in delivery.get("home_benefits", ()):
        if reason["for_this_person"]:
            yield f"why home: {reason['benefit']} {reason['use']}{_cited(reason['sources'])}"
    for limit in delivery.get("home_limits", ()):
        yield f"limits of that: {limit['text']}"


def _supervision(supervision: Json) -> Iterator[str]:
    asked = "".join(
        f"\nlevel {entry['level']} for {', '.join(entry['by'])}: {entry['reason']}"
        for entry in supervision["asked_by"]
    )
    hiit = supervision["with_hiit"]
    more = f"\nwith intervals level {hiit}" if hiit is not None else ""
    yield f"{supervision['name']}: {supervision['how']}{asked}{more}"
    yield supervision["provider"]["message"]


def _places(places: Iterable[Json]) -> Iterator[str]:
    """Places of which the same is said are told together."""
    told: dict[str, list[str]] = {}
    for place in places:
        told.setdefault(_place(place), []).append(place["setting"])
    yield from (f"{', '.join(names)}: {said}" for said, names in told.items())


def _place(place: Json) -> str:
    reasons = "".join(f"\n{reason}" for reason in place["reasons"])
    limited = "".join(f"\nnot {e['element']}: {e['otherwise']}" for e in place["limited"])
    remains = f"\ninstead: {'; '.join(place['remains'])}" if place["remains"] else ""
    return f"{_WORDS[place['suitable']]}{reasons}{limited}{remains}"


def _water(water: Json) -> str:
    lines = [f"water: {_WORDS[water['suitable']]}", *(r["message"] for r in water["reasons"])]
    lines.append(f"depth at most: {water['depth']['at_most']}")
    if temperature := water["temperature"]:
        low = "" if temperature["low"] is None else f"{temperature['low']:g} to "
        better = temperature["preferred"]
        cooler = f" (better {better[0]:g} to {better[1]:g})" if better else ""
        lines.append(f"temperature: {low}{temperature['high']:g} degrees at most{cooler}")
    if dose := water["dose"]:
        spans = ["{:g} to {:g}".format(*dose[key]) for key in ("minutes", "days", "rpe_6_20")]
        lines.append("dose: {} min, {} days a week, RPE {}".format(*spans))
    lines += [note["text"] for note in water["notes"]]
    return "\n".join(lines)


def _kit(kit: Json) -> Iterator[str]:
    things = [f"{n['thing']}{_lacking(n['at_hand'])}" for n in kit["needed"]]
    needs = f"\nfor this plan: {'; '.join(things)}" if things else ""
    notes = "".join(f"\n{note['text']}" for note in kit["notes"])
    yield f"kit at home: {'; '.join(kit['minimum'])}{needs}{notes}"


def _lacking(at_hand: bool | None) -> str:
    return " (lacking)" if at_hand is False else ""


def _schedule(schedule: Json) -> Iterator[str]:
    boosters = f" {schedule['boosters']['text']}" if schedule["boosters"] else ""
    yield (
        f"monitoring at a distance, {schedule['band']} risk: {'; '.join(schedule['data'])}"
        f"\ncontact: {schedule['contact']['text']}{boosters}"
        f"\nsame day: {'; '.join(alert['text'] for alert in schedule['alerts'])}"
        + "".join(f"\n{entry['text']}" for entry in schedule["no_data"])
        + f"\n{schedule['not_emergency']['text']}"
    )


def _cited(sources: list[Json]) -> str:
    return "".join(f"\nsource: {s['citation']}; {s['locator']} ({s['mark']})" for s in sources)
