"""Goals, people to involve and things to tell, as lines of plain text."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]
Names = Mapping[str, str]


def referral_lines(decision: Json, names: Names) -> Iterator[str]:
    """Whom to involve, how soon, why, what was measured, and who owns the plan."""
    for referral in decision["referrals"]:
        to = names.get(referral["to"], referral["to"])
        within = referral.get("within")
        frame = f" ({'today' if within == 'today' else f'within {within}'})" if within else ""
        crossed = "; ".join(_crossed(test) for test in referral.get("crossed", ()))
        measured = f"\nmeasured: {crossed}" if crossed else ""
        meanwhile = f"\nmeanwhile: {referral['meanwhile']}" if referral["meanwhile"] else ""
        yield f"{to}, {referral['urgency']}{frame}: {referral['reason']}{measured}{meanwhile}"
    if team := decision.get("team"):
        yield f"owner of the plan: {names.get(team['owner'], team['owner'])}. {team['message']}"


def _crossed(test: Json) -> str:
    """What was found, and for a number what it was compared with."""
    if isinstance(test["value"], bool) or test["value"] is None:
        return str(test["label"])
    asked = f" ({test['test'].replace('_', ' ')} {test['threshold']})" if test["threshold"] else ""
    return _plain(f"{test['label']} {show_value(test)}{asked}")


def _plain(text: str) -> str:
    """Units of counts and scores without their braces."""
    return text.replace("{", "").replace("}", "")


def goal_lines(decision: Json) -> Iterator[str]:
    """From where to where, by when; answers of before goals were set hold the person's words."""
    for goal in decision["goals"]:
        if isinstance(goal, str):
            yield goal
            continue
        asked = f"\nask: {goal['ask']}" if goal["ask"] else ""
        why = f"\nwhy: {goal['why']} ({goal['mark']})" if goal["why"] else ""
        yield f"[{goal['kind']}] {goal['text']}{_way(goal)}{asked}{why}"


def _way(goal: Json) -> str:
    if goal["target"] is None:
        return ""
    start = "not measured" if goal["baseline"] is None else f"{goal['baseline']:g}"
    unit = _plain(goal["unit"])
    return f"\n{goal['label']}: {start} to {goal['target']:g} {unit} by {goal['by']}"


def lesson_lines(decision: Json) -> Iterator[str]:
    """What to tell now, and how much more there is."""
    later = sum(1 for entry in decision["education"] if entry.get("on_demand"))
    yield from (e["message"] for e in decision["education"] if not e.get("on_demand"))
    if later:
        yield f"{later} more on demand (--json)."


def show_value(entry: Json) -> str:
    """A value with its unit, as words."""
    value = entry["value"]
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = f"{value:g}" if isinstance(value, (int, float)) else str(value).replace("_", " ")
    return f"{text} {entry['unit'] or ''}".strip()
