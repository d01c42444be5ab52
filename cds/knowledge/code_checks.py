"""Codes that contradict each other, and codes of facts that no published list shows."""

from collections.abc import Mapping

from cds.errors import Location
from cds.knowledge.code_tables import CodeTable
from cds.knowledge.documents import Problems
from cds.knowledge.fact import FactDefinition
from cds.knowledge.terminology import Terminology, ValueSets
from cds.knowledge.value_set_reader import Header, TableReader

_OBSERVATIONS = "knowledge/observations/codes.csv"
_ALLERGIES = "knowledge/allergies.csv"


def check_exclusive(sets: ValueSets, header: Header, reader: TableReader) -> None:
    """Notes each code that stands for two conditions that exclude each other."""
    systems = reader.by_name or {}
    for index, pair in enumerate(header.loaded["exclusive"]):
        where = header.location("exclusive", index)
        ids = {pair["condition"], pair["other"]}
        if not all([reader.knows(id_, sets.labels, where) for id_ in sorted(ids)]):
            continue
        for entry in sets.codes:
            found = sets.codes.find(systems[entry.system], entry.code)
            if ids <= {row.id for row in found}:
                reader.problems.add(
                    f"{entry.system} {entry.code} stands for both. Take it out of one of them.",
                    where,
                )


def check_fact_codes(
    facts: Mapping[str, FactDefinition], terminology: Terminology, problems: Problems
) -> None:
    """Notes codes of facts that no list shows, and allergies of facts that are not there."""
    for fact in facts.values():
        for coding in fact.codes:
            if not _is_listed(coding.system, coding.code, coding.display, terminology):
                problems.add(
                    f"The code {coding.code} of the fact '{fact.name}' is not listed under this "
                    "name. Add it with the published list that shows it, or drop it.",
                    Location(_OBSERVATIONS, 1),
                )
    for name in sorted({*terminology.reading.allergies.values()} - set(facts)):
        problems.add(f"'{name}' is not a known fact. Mend it.", Location(_ALLERGIES, 1))


def _is_listed(system: str, code: str, display: str, terminology: Terminology) -> bool:
    table: CodeTable = terminology.observation_codes
    rows = table.find(terminology.system(system), code)
    return any(row.display == display for row in rows)
