"""For the auditor: everything that was used, with ids, versions and hashes."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.knowledge.base import Knowledge
from cds.model.audience import Section

Json = Mapping[str, Any]
_NONE = "-"


def auditor_sections(decision: Json, knowledge: Knowledge) -> Iterator[Section]:
    """The record and the knowledge first, then every rule that spoke, then what was open."""
    say = knowledge.messages
    yield Section(say["auditor.record"], tuple(_record(decision, say)))
    yield Section(say["auditor.verdicts"], _each(decision["requested"], "auditor.verdict", say))
    yield Section(say["auditor.missing"], tuple(_missing(decision, say)))
    assumed = _each(decision["assumptions"], "auditor.assumption", say)
    yield Section(say["auditor.assumptions"], assumed)
    yield Section(say["auditor.left_out"], tuple(_unused(decision, say)))
    yield Section(say["auditor.rules"], tuple(_rules(decision, say)))


def _record(decision: Json, say: Mapping[str, str]) -> Iterator[str]:
    receipt, used = decision["receipt"], decision["knowledge"]
    yield say["auditor.recorded"].format(
        id=decision["id"],
        created=decision["created"],
        sequence=receipt["sequence"],
        hash=receipt["hash"],
    )
    yield say["auditor.decided"].format(
        day=decision["evaluation_date"],
        disposition=decision["disposition"],
        summary=decision["summary"],
    )
    yield say["auditor.knowledge"].format(
        version=used["version"], sha256=used["sha256"], sign_off=used["clinical_sign_off"]
    )
    yield from _each(used["policies"], "auditor.policy", say)


def _missing(decision: Json, say: Mapping[str, str]) -> Iterator[str]:
    for rank, entry in enumerate(decision["missing"], start=1):
        told = {**entry, "rank": rank, "rules": ", ".join(entry["rules"])}
        yield say["auditor.missed"].format(**told)


def _unused(decision: Json, say: Mapping[str, str]) -> Iterator[str]:
    yield from _each((*decision["stale"], *decision["rejected_facts"]), "auditor.unused", say)
    yield from _each(decision["unmapped"], "auditor.unmapped", say)


def _rules(decision: Json, say: Mapping[str, str]) -> Iterator[str]:
    for entry in decision["explanations"]:
        yield say["auditor.rule"].format(**{**entry, "sign_off": entry["clinical_sign_off"]})
        yield from _each(entry["conditions"], "auditor.condition", say)
        yield from _each(entry["evidence"], "auditor.evidence", say)


def _each(entries: Any, key: str, say: Mapping[str, str]) -> tuple[str, ...]:
    """One line for each entry; what it does not hold is a dash."""
    return tuple(
        say[key].format(**{name: _NONE if value is None else value for name, value in e.items()})
        for e in entries
    )
