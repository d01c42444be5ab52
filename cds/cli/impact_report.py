"""The report of an impact: as JSON for machines, and the same as text for people."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cds.replay.changes import Change
from cds.replay.impact import CHANGES, GROUPS, Impact

_NAME, _COLUMN = 34, 10
_TITLES = {change: change.replace("_", " ") for change in CHANGES}


def as_members(impact: Impact, against: str, hashes: Mapping[str, str]) -> dict[str, Any]:
    """The whole report as JSON values; `hashes` of the knowledge `from` and `to`."""
    return {
        "from": {"name": against, "knowledge": hashes["from"]},
        "to": {"name": "present", "knowledge": hashes["to"]},
        "decisions": impact.decisions,
        "changes": _all(impact.totals),
        "not_compared": {n: c for n, c in sorted(impact.totals.items()) if n not in CHANGES},
        "by": {
            group: {name: _all(found) for name, found in sorted(impact.groups[group].items())}
            for group in GROUPS
        },
        "examples": impact.examples,
        "reasons": dict(impact.reasons.most_common()),
    }


def as_text(report: Mapping[str, Any]) -> str:
    """The same for people; of conditions, ages and sexes those for which something changes."""
    return "\n".join(_lines(report))


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    old, new = report["from"], report["to"]
    yield (
        f"{report['decisions']} decisions, from the knowledge of {old['name']} "
        f"({old['knowledge'][:12]}) to the present ({new['knowledge'][:12]})."
    )
    yield ""
    yield _row("", [title.split()[0] for title in _TITLES.values()])
    yield _row("", [" ".join(title.split()[1:]) for title in _TITLES.values()])
    yield _row("all", list(report["changes"].values()))
    for group, found in report["by"].items():
        changed = {name: counts for name, counts in found.items() if _has_change(counts)}
        if changed:
            yield f"by {group}"
        for name, counts in changed.items():
            yield _row(f"  {name}", list(counts.values()))
    for change, ids in report["examples"].items():
        yield f"{change.replace('_', ' ')}, for example: {', '.join(ids)}"
    for name, count in report["not_compared"].items():
        yield f"not compared: {count} {name.replace('_', ' ')}"
    for reason, count in report["reasons"].items():
        yield f"  {count}: {reason}"


def _row(name: str, cells: Sequence[object]) -> str:
    return f"{name:<{_NAME}}" + "".join(f"{cell!s:>{_COLUMN}}" for cell in cells)


def _all(found: Counter[str]) -> dict[str, int]:
    return {change: found[change] for change in CHANGES}


def _has_change(counts: Mapping[str, int]) -> bool:
    return any(count for change, count in counts.items() if change != Change.UNCHANGED)
