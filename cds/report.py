"""A decision as plain text for a person at a terminal."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_WIDTH = 92
Json = Mapping[str, Any]
Names = Mapping[str, str]

_LISTED = ("condition.", "medication.", "procedure.")


def report(decision: Json, names: Names) -> str:
    """What to do first, then what to avoid, how hard, the plan, what is missing, and why."""
    parts = [
        _head(decision),
        _section("Findings", _findings(decision, names)),
        _section("Asked about", _requested(decision, names)),
        _section("How hard", _intensity(decision["intensity"])),
        _section("Plan", _plan(decision.get("plan"), names)),
        _section("Missing", _missing(decision)),
        _section("Referrals", _referrals(decision, names)),
        _section("Stop", (entry["message"] for entry in decision["delivery"]["stop_criteria"])),
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
        line = f"[{found['severity']}, {found['kind'].replace('_', ' ')}] {found['message']}"
        instead = _instead(found["alternatives"], names)
        lines.append(f"{line}{instead}\nwhy: {', '.join(found['because'])}")
    yield from dict.fromkeys(lines)


def _instead(alternatives: Iterable[str], names: Names) -> str:
    words = [names.get(code, code) for code in alternatives]
    return f"\ninstead: {'; '.join(words)}" if words else ""


def _requested(decision: Json, names: Names) -> Iterator[str]:
    for asked in decision["requested"]:
        code = names.get(asked["code"], asked["code"])
        verdict = asked["verdict"].replace("_", " ")
        reasons = " ".join(asked["reasons"])
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
    for limit in intensity["limited_by"]:
        yield f"{limit['attribute']} {limit['value']}: set by {limit['by']}"


def _span(pair: Iterable[float]) -> str:
    low, high = pair
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _plan(plan: Json | None, names: Names) -> Iterator[str]:
    for part in (plan or {}).get("components", ()):
        minutes = f", {_span(part['time_min'])} min" if part["time_min"] else ""
        yield (
            f"{names.get(part['modality'], part['modality'])}: {_span(part['frequency'])} days a "
            f"week{minutes}. {part['type']}"
            + "".join(f"\n{e['name']} ({e['id']}): {e['dose']}" for e in part["exercises"])
        )


def _missing(decision: Json) -> Iterator[str]:
    for asked in decision["missing"]:
        critical = " (needed)" if asked["critical"] else ""
        yield f"{asked['question']}{critical} It would allow: {asked['would_allow']}. "


def _referrals(decision: Json, names: Names) -> Iterator[str]:
    for referral in decision["referrals"]:
        to = names.get(referral["to"], referral["to"])
        meanwhile = f"\nmeanwhile: {referral['meanwhile']}" if referral["meanwhile"] else ""
        yield f"{to}, {referral['urgency']}: {referral['reason']}{meanwhile}"


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
        yield f"not recognised: {' '.join(known)}"


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
        yield f"{reason['rule']} {reason['version']}, {state}: {reason['text']}{tests}{cited}"


def _comparison(test: Json) -> str:
    value = (
        "not known" if test["value"] is None else f"{test['value']} {test['unit'] or ''}".strip()
    )
    origin = ", ".join(str(test[key]) for key in ("at", "source") if test[key])
    threshold = f" {test['threshold']}" if test["threshold"] else ""
    asked = f"{test['test'].replace('_', ' ')}{threshold}"
    return f"{test['label']}: {value}{f' ({origin})' if origin else ''}; {asked}: {test['state']}"
