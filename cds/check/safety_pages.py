"""The pages of docs/safety and of interoperability, written from the YAML files beside them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from cds.check.hazards import CLASSES, Hazard
from cds.check.soup import Package, Soup
from cds.check.trace import STATES, Requirement

_WRITTEN = (
    "Written by `python -m cds safety --write` from `{}` beside it; do not edit it by hand.\n"
)
_HAZARDS = f"""\
# Hazard log

{_WRITTEN.format("hazards.yaml")}
What could harm a person through this service, what stands against it, and the tests that prove it.
A test fails when a control names a test that does not exist or never runs, and a run of the tests
fails when one of these tests was skipped. Residual risks are the judgement of the developers,
marked O (operational choice): severity and probability are not estimated here, because that needs
the place of use and a clinical safety officer. **Clinical sign-off: pending.**
"""
_SOUP = f"""\
# Software of others

{_WRITTEN.format("soup.yaml")}
What runs in the service and is not ours, at the versions of `requirements.lock` and, where the
record is encrypted, `requirements-encrypted.lock`, with what is known to go wrong. "None" means
that the project met none and read of none that bears on an answer; no vulnerability database is
asked (SEC-13).
"""
_TRACE = f"""\
# Requirements and what meets them

{_WRITTEN.format("trace.yaml")}
Each requirement on regulation, audit, reliability, verification and security in our own words, with
what meets it and the tests that prove it. What is missing is said. None of this claims conformity
with a law or standard.
"""
_INTEROP = f"""\
# Interoperability

{_WRITTEN.format("interop.yaml")}
Each requirement on CDS Hooks 2.0.1 (CH), the HL7 Physical Activity guide (PA), US Core (US),
Clinical Reasoning (CR), SMART (SM) and bulk data (BD) in our own words, with what meets it and the
tests that prove it. Some are the standards', others are ours and say more than these. What is
missing is said; none of this claims conformity with a standard. CDS Hooks 3.0 is a ballot: what of
it breaks no client of 2.0 is met, the rest is not.
"""


def write_hazards(hazards: Sequence[Hazard]) -> str:
    """The hazard log in Markdown, by kind of hazard."""
    return "\n".join([_HAZARDS, *_kinds(hazards), *_hazards(hazards)]) + "\n"


def write_soup(soup: Soup) -> str:
    """The list of software of others in Markdown."""
    head = ("| name | version | purpose | known anomalies, and what is done |", "|---|---|---|---|")
    around = ("", "## Found on the machine", "", *head, *map(_package, soup.around))
    return "\n".join([_SOUP, *head, *map(_package, soup.locked), *around]) + "\n"


def write_trace(requirements: Sequence[Requirement]) -> str:
    """The trace in Markdown: what is missing first."""
    return _trace(_TRACE, requirements)


def write_interop(requirements: Sequence[Requirement]) -> str:
    """The trace of interoperability in Markdown: what is missing first."""
    return _trace(_INTEROP, requirements)


def _trace(head: str, requirements: Sequence[Requirement]) -> str:
    return "\n".join([head, *_states(requirements), *_open(requirements), *_rows(requirements)])


def _kinds(hazards: Iterable[Hazard]) -> Iterator[str]:
    yield from ("| kind | hazards |", "|---|---|")
    for kind, title in CLASSES.items():
        ids = [f"[{h.id}](#{h.id.lower()})" for h in hazards if h.kind == kind]
        yield f"| {title} | {', '.join(ids)} |"


def _hazards(hazards: Iterable[Hazard]) -> Iterator[str]:
    for hazard in hazards:
        yield from ("", f"## {hazard.id}", "", f"**{hazard.hazard}** ({CLASSES[hazard.kind]})", "")
        yield f"Cause: {hazard.cause}"
        yield from ("", "| control | proved by |", "|---|---|")
        for control in hazard.controls:
            yield f"| {control.control} | {_tests(control.tests)} |"
        yield from ("", f"Left: {hazard.residual} Borne because: {hazard.reason} [{hazard.mark}]")
        yield from ("", f"Requirements: {', '.join(hazard.requirements)}")


def _package(package: Package) -> str:
    said = [f"{a.anomaly} ({a.known_from}): {a.answer}" for a in package.anomalies]
    cells = (package.name, package.version, package.purpose, "<br>".join(said) or "none")
    return f"| {' | '.join(cells)} |"


def _states(requirements: Iterable[Requirement]) -> Iterator[str]:
    counted = Counter((r.id.rstrip("-0123456789"), r.state) for r in requirements)
    yield from ("| | met | partly | not met |", "|---|---|---|---|")
    for group in dict.fromkeys(group for group, _ in counted):
        yield f"| {group} | {' | '.join(str(counted[group, state]) for state in STATES)} |"


def _open(requirements: Iterable[Requirement]) -> Iterator[str]:
    yield from (
        "",
        "## What is missing",
        "",
        "| id | level | state | missing |",
        "|---|---|---|---|",
    )
    for row in requirements:
        if row.missing:
            yield f"| {row.id} | {row.level} | {_said(row.state)} | {row.missing} |"


def _rows(requirements: Iterable[Requirement]) -> Iterator[str]:
    yield from (
        "",
        "## All",
        "",
        "| id | asks | state | met by | proved by |",
        "|---|---|---|---|---|",
    )
    for row in requirements:
        where = ", ".join(f"`{place}`" for place in row.where)
        met = f"{row.how} {where}".strip()
        yield f"| {row.id} | {row.asks} | {_said(row.state)} | {met} | {_tests(row.tests)} |"
    yield ""


def _tests(tests: Iterable[str]) -> str:
    return "<br>".join(f"`{test.removeprefix('tests/')}`" for test in tests)


def _said(state: str) -> str:
    return state.replace("_", " ")
