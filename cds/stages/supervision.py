"""How much supervision: the highest level that anything asks for, each with who asks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from cds.knowledge.profile_table import ProfileTable
from cds.model.answer import CardiacRisk
from cds.model.case import Case
from cds.model.delivery import Asker, Provider, Supervision
from cds.model.delivery_tables import SupervisionTable
from cds.model.dose import MergedDose
from cds.stages.limits import SetLimit

_NEEDS_THERAPIST = "needs_physical_therapist"
_RULE = "definitions.provider.needs-physical-therapist"
_ANSWERS = {True: "yes", False: "no", None: "insufficient_data"}


class LevelInputs(Struct, frozen=True):
    """What asks for supervision; `intervals` says whether intervals were asked for."""

    case: Case
    dose: MergedDose | None
    limits: Sequence[SetLimit]
    risk: CardiacRisk | None
    intervals: bool


def find_level(asked: Iterable[Asker]) -> int | None:
    """The effective level; None when nothing asks for any."""
    return max((asker.level for asker in asked), default=None)


def find_askers(
    inputs: LevelInputs, profiles: ProfileTable, table: SupervisionTable
) -> tuple[Asker, ...]:
    """Each condition, rule, risk and planned intensity that asks for a level, highest first.

    Source: delivery reference, section 1: the maximum counts.
    """
    found = [*_by_limits(inputs.limits), *_by_risk(inputs.risk)]
    if inputs.dose is not None:
        found += _by_profiles(inputs.dose, profiles)
    if inputs.intervals:
        found += _by_intervals(inputs.dose, table)
    return tuple(sorted(found, key=lambda asker: -asker.level))


def supervise(
    inputs: LevelInputs,
    asked: tuple[Asker, ...],
    table: SupervisionTable,
    messages: Mapping[str, str],
) -> Supervision | None:
    """The effective level in words, and who may lead; None when nothing asks for any."""
    number = find_level(asked)
    if number is None:
        return None
    level = table.levels[number]
    with_hiit = find_level(_by_intervals(inputs.dose, table))
    return Supervision(
        level=number,
        name=level.name,
        how=level.how,
        source=level.source,
        asked_by=asked,
        with_hiit=with_hiit if with_hiit is not None and with_hiit > number else None,
        provider=_provider(inputs.case, messages),
    )


def _by_limits(limits: Sequence[SetLimit]) -> Iterator[Asker]:
    for limit in limits:
        if limit.attribute == "supervision_level" and limit.value is not None:
            yield Asker(int(limit.value), (limit.by,), limit.message)


def _by_risk(risk: CardiacRisk | None) -> Iterator[Asker]:
    if risk is not None:
        yield Asker(risk.supervision_level, ("cardiac_risk",), risk.supervision)


def _by_profiles(dose: MergedDose, profiles: ProfileTable) -> Iterator[Asker]:
    for id_ in sorted({*dose.profiles, *dose.supervision.by} & set(profiles.profiles)):
        level = profiles.bounds[id_, dose.phase].supervision
        yield Asker(level, (id_,), profiles.profiles[id_].name)


def _by_intervals(dose: MergedDose | None, table: SupervisionTable) -> Iterator[Asker]:
    held = frozenset(dose.profiles) if dose is not None else frozenset()
    for row in table.hiit:
        if by := tuple(sorted(row.sentence.profiles & held)):
            yield Asker(row.level, by, row.sentence.text)


def _provider(case: Case, messages: Mapping[str, str]) -> Provider:
    """Assessment, diagnosis and discharge are for a licensed physical therapist."""
    needs = _ANSWERS[case.flag(_NEEDS_THERAPIST)]
    because = (_RULE,) if needs != "no" else ()
    return Provider(needs, messages[f"delivery.provider.{needs}"], because)
