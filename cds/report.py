"""A decision as plain text for a person at a terminal."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cds.report_care import goal_lines, lesson_lines, referral_lines, show_value
from cds.report_components import plan_parts
from cds.report_delivery import delivery_lines
from cds.report_plan import plan_words
from cds.web.reading import readable

_WIDTH = 92
Json = Mapping[str, Any]
Names = Mapping[str, str]

_EFFECTS = {
    "heart_rate_rest": "heart rate at rest",
    "heart_rate_exercise": "on effort",
    "blood_pressure": "blood pressure",
    "glucose": "glucose",
    "heat": "heat",
}
_METHODS = {
    "hrr_predicted": "heart rate from a predicted maximum",
    "measured": "heart rate from a maximum measured on the medicine",
    "rpe": "perceived exertion",
}
_LISTED = ("condition.", "medication.", "procedure.")
_HOLDS = {"true": "holds", "false": "does not hold", "unknown": "not known"}


def report(decision: Json, names: Names) -> str:
    """What to do first, then what to avoid, how hard, the plan, what is missing, and why."""
    parts = [
        _head(decision),
        _section("Session now", _session(decision.get("session"))),
        _section("Findings", _findings(decision, names)),
        _section("Asked about", _requested(decision, names)),
        _section("How hard", _intensity(decision["intensity"])),
        _section("Medicines", _medications(decision)),
        _section("Goals", goal_lines(decision)),
        *(_section(title, told) for title, told in plan_parts(decision.get("plan"), names)),
        *(_section(title, told) for title, told in plan_words(decision.get("plan"), names)),
        _section("Missing", _missing(decision)),
        _section("Referrals", referral_lines(decision, names)),
        _section("Where and with whom", _delivery(decision["delivery"])),
        _section("Stop", (entry["message"] for entry in decision["delivery"]["stop_criteria"])),
        _section("Tell", lesson_lines(decision)),
        _section("Watch", (entry["message"] for entry in decision["delivery"]["monitoring"])),
        _section("Guidelines disagree", _conflicts(decision)),
        _section("Not used", _left_out(decision)),
        _section("Assumed", _assumed(decision)),
        _section("Why", _reasons(decision)),
    ]
    return "\n".join(part for part in parts if part)


def _head(decision: Json) -> str:
    title = f"{decision['disposition'].replace('_', ' ').upper()}  ({decision['evaluation_date']})"
    knowledge = decision["knowledge"]
    source = f"Knowledge {knowledge['version']}, {knowledge['sha256'][:12]}."
    lines = [title, "", *_wrap(decision["summary"]), "", *_wrap(f"{decision['notice']} {source}")]
    return "\n".join(lines)


def _section(title: str, entries: Iterable[str]) -> str:
    lines = [line for entry in entries for line in _wrap(entry, "- ", "  ")]
    return "\n".join(["", title, "-" * len(title), *lines]) if lines else ""


def _wrap(text: str, first: str = "", rest: str = "") -> list[str]:
    pieces = text.split("\n")
    lines = textwrap.wrap(pieces[0], _WIDTH, initial_indent=first, subsequent_indent=rest)
    for piece in pieces[1:]:
        lines += textwrap.wrap(
            piece, _WIDTH, initial_indent=f"{rest}  ", subsequent_indent=f"{rest}    "
        )
    return lines


def _findings(decision: Json, names: Names) -> Iterator[str]:
    """Each finding once, however many movements it removes."""
    lines = []
    for found in decision["contraindications"]:
        so_far = ", until it is known" if found["state"] == "unknown" else ""
        kind = f"{found['kind'].replace('_', ' ')}{so_far}"
        line = f"[{found['severity']}, {kind}] {found['message']}"
        instead = _instead(found["alternatives"], names)
        until = f"\nopens again: {found['reopens']}" if found["reopens"] else ""
        decides = f"\ndecided by: {found['decided_by']}" if found["decided_by"] else ""
        why = f"\nwhy: {', '.join(found['because'])}"
        lines.append(f"{line}{instead}{until}{decides}{why}")
    yield from dict.fromkeys(lines)


def _session(session: Json | None) -> Iterator[str]:
    """Stop or go, with what was measured and every reason."""
    if session is None:
        return
    yield f"{session['verdict'].replace('_', ' ').upper()}. {session['message']}"
    values = (f"{v['label']} {show_value(v)}".strip() for v in session["values"])
    yield f"judged on: {'; '.join(values)}"
    for reason in session["reasons"]:
        until = f"\nopens again: {reason['reopens']}" if reason["reopens"] else ""
        decides = f"\ndecided by: {reason['decided_by']}" if reason["decided_by"] else ""
        by = f"\nwhy: {', '.join(reason['by'])}" if reason["by"] else ""
        yield f"[{reason['verdict'].replace('_', ' ')}] {reason['message']}{until}{decides}{by}"


def _delivery(delivery: Json) -> Iterator[str]:
    if delivery["setting"]:
        yield f"setting: {delivery['setting'].replace('_', ' ')}"
    if delivery["supervision_level"] is not None:
        yield f"supervision level {delivery['supervision_level']} of 3"
    yield from delivery_lines(delivery)
    risk = delivery.get("cardiac_risk")
    if risk:
        tier = risk["tier"].replace("_", " ")
        least = f", at least {risk['at_least']}" if risk["tier"] != risk["at_least"] else ""
        reasons = "; ".join(f"{r['text']}: {_HOLDS[r['state']]}" for r in risk["reasons"])
        yield (
            f"risk of a cardiac event during exercise: {tier}{least} ({reasons})"
            f"\nsupervision: {risk['supervision']}\nECG: {risk['ecg']}"
        )
        yield from risk["notes"]


def _instead(alternatives: Iterable[str], names: Names) -> str:
    words = [names.get(code, code) for code in alternatives]
    return f"\ninstead: {'; '.join(words)}" if words else ""


def _requested(decision: Json, names: Names) -> Iterator[str]:
    for asked in decision["requested"]:
        code = names.get(asked["code"], asked["code"])
        if asked.get("asked"):
            code = f"{asked['asked']}: {code}"
        verdict = asked["verdict"].replace("_", " ")
        reasons = readable(" ".join(asked["reasons"]), names)
        yield f"{code}: {verdict}. {reasons}{_instead(asked['alternatives'], names)}"


def _intensity(intensity: Json) -> Iterator[str]:
    aerobic = intensity["aerobic"]
    labels = {
        "hrr_percent": "% heart-rate reserve",
        "hr_bpm": "beats/min",
        "rpe_6_20": "RPE of 20",
        "rpe_0_10": "RPE of 10",
        "mets": "METs",
    }
    found = [f"{_span(aerobic[k])} {text}" for k, text in labels.items() if aerobic.get(k)]
    if aerobic.get("category"):
        lower = aerobic.get("category_from") or aerobic["category"]
        span = " to ".join(dict.fromkeys((lower, aerobic["category"])))
        yield f"aerobic: {', '.join([span, *found])}. {aerobic['talk_test'] or ''}"
    if aerobic.get("hr_ceiling_bpm"):
        yield f"never above {aerobic['hr_ceiling_bpm']} beats/min"
    if (resistance := intensity.get("resistance")) and resistance.get("percent_1rm"):
        yield f"resistance: {_span(resistance['percent_1rm'])} % 1RM. {resistance['breathing']}"
    yield from (note["message"] for note in intensity["notes"])
    for limit in intensity["limited_by"]:
        yield f"{limit['attribute']} {limit['value']}: set by {limit['by']}"


def _medications(decision: Json) -> Iterator[str]:
    """What each class does; answers of before this was told have none."""
    for effect in decision.get("medications", ()):
        told = [f"{what}: {effect[key]}" for key, what in _EFFECTS.items()]
        methods = ", ".join(_METHODS[method] for method in effect["intensity_methods"])
        yield f"{effect['label']}: {'; '.join(told)}.\nguides effort: {methods}"


def _span(pair: Iterable[float]) -> str:
    low, high = pair
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _missing(decision: Json) -> Iterator[str]:
    for asked in decision["missing"]:
        critical = " (needed)" if asked["critical"] else ""
        changes = ", ".join(asked["would_change"])
        allows = f"It would allow: {asked['would_allow']}. It could change: {changes}."
        yield f"{asked['question']}{critical} {allows}"


def _conflicts(decision: Json) -> Iterator[str]:
    for conflict in decision["conflicts"]:
        switch = f"\n{conflict['switch']}" if conflict["switch"] else ""
        chosen = f" ({conflict['chosen_by']})" if conflict["chosen_by"] else ""
        sides = "; ".join(source.rstrip(".") for source in conflict["sources"])
        yield f"{sides}. Taken{chosen}: {conflict['resolution']}{switch}"


def _left_out(decision: Json) -> Iterator[str]:
    for kind in ("stale", "rejected_facts"):
        for entry in decision[kind]:
            yield f"{entry['fact']}: {entry['reason']}"
    for code in decision["unmapped"]:
        known = [code[key] for key in ("text", "system", "code") if code.get(key)]
        note = f" {code['note']}" if code.get("note") else ""
        name = "not recognised" if code.get("may_matter", True) else "not counted"
        over = " (over)" if code.get("past") else ""
        yield f"{name}: {' '.join(known)}{over}.{note}"


def _assumed(decision: Json) -> Iterator[str]:
    """Absences of reviewed lists are counted; `--json` names each with what it would change."""
    listed = [e for e in decision["assumptions"] if e["fact"].startswith(_LISTED)]
    if listed:
        yield (
            f"The lists were reviewed, so {len(listed)} conditions, medicines and procedures count "
            "as absent that would change this answer. --json names them."
        )
    for entry in decision["assumptions"]:
        if entry not in listed:
            yield f"{entry['fact']} {entry['assumed']}. {entry['if_wrong']}"


def _reasons(decision: Json) -> Iterator[str]:
    for reason in decision["explanations"]:
        tests = "".join(f"\n{_comparison(test)}" for test in reason["conditions"])
        cited = "".join(
            f"\nsource: {e['text']}; {e['locator']} ({e['mark_means']})" for e in reason["evidence"]
        )
        state = reason["state"].replace("_", " ")
        since = reason["review_overdue_since"]
        overdue = f"\noverdue for review since {since}" if since else ""
        told = f"{reason['rule']} {reason['version']}, {state}: {reason['text']}"
        yield f"{told}{overdue}{tests}{cited}"


def _comparison(test: Json) -> str:
    value = (
        "not known" if test["value"] is None else f"{test['value']} {test['unit'] or ''}".strip()
    )
    origin = ", ".join(str(test[key]) for key in ("at", "source") if test[key])
    threshold = f" {test['threshold']}" if test["threshold"] else ""
    asked = f"{test['test'].replace('_', ' ')}{threshold}"
    return f"{test['label']}: {value}{f' ({origin})' if origin else ''}; {asked}: {test['state']}"
