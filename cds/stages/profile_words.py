"""What the profiles of a plan say, each sentence with its mark and the profiles that say it."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from cds.knowledge.profile_table import ProfileTable
from cds.model.healing import HeldStage
from cds.model.plan import (
    KindAdvice,
    NextStage,
    PlannedMeasure,
    PlannedPain,
    PlannedParticular,
    PlannedStage,
    Sentence,
)
from cds.model.profile import Profile
from cds.model.profile_text import Marked, OutcomeMeasure, PainCeiling
from cds.stages.plan_text import Messages

#: Few profiles say something of one kind, so they come together in few ways.
_MOST_KEPT = 2048
_KINDS = ("hiit", "aquatic", "mind_body")


def sentences(ids: Iterable[str], table: ProfileTable, name: str) -> tuple[Sentence, ...]:
    """The sentences of these profiles under `name`, the same sentence of several once."""
    saying = _saying(ids, table, name)
    return _sentences(saying, table, name) if saying else ()


def _saying(ids: Iterable[str], table: ProfileTable, name: str) -> tuple[str, ...]:
    """Those of the profiles that say anything under `name`."""
    return tuple([id_ for id_ in ids if getattr(table.profiles[id_], name)])


@lru_cache(_MOST_KEPT)
def _sentences(ids: tuple[str, ...], table: ProfileTable, name: str) -> tuple[Sentence, ...]:
    found: dict[Marked, list[str]] = {}
    for id_ in ids:
        for said in _listed(getattr(table.profiles[id_], name)):
            found.setdefault(said, []).append(id_)
    return tuple(
        Sentence(tuple(by), said.text, said.mark, said.citation) for said, by in found.items()
    )


def kinds(profiles: Sequence[Profile]) -> Iterator[KindAdvice]:
    """Whether HIIT, water and mind-body exercise suit, as each profile says."""
    for kind in _KINDS:
        for profile in profiles:
            said = getattr(profile, kind)
            if said is not None:
                yield KindAdvice(
                    kind, profile.id, said.suitable, said.text, said.mark, said.citation
                )


def particulars(profiles: Sequence[Profile]) -> Iterator[PlannedParticular]:
    """What is particular about the programme of each profile."""
    for profile in profiles:
        for p in profile.particulars:
            yield PlannedParticular(
                profile.id, p.attribute, p.text, p.low, p.high, p.unit, p.mark, p.citation
            )


def measures(ids: Iterable[str], table: ProfileTable) -> tuple[PlannedMeasure, ...]:
    """The outcome measures of these profiles; the same one with the same change once."""
    return _measures(_saying(ids, table, "outcome_measures"), table)


@lru_cache(_MOST_KEPT)
def _measures(ids: tuple[str, ...], table: ProfileTable) -> tuple[PlannedMeasure, ...]:
    found: dict[OutcomeMeasure, list[str]] = {}
    for id_ in ids:
        for measure in table.profiles[id_].outcome_measures:
            found.setdefault(measure, []).append(id_)
    return tuple(
        PlannedMeasure(tuple(by), m.name, m.important_change, m.change, m.fact, m.mark, m.citation)
        for m, by in found.items()
    )


def planned_stages(held: Iterable[HeldStage]) -> Iterator[PlannedStage]:
    """The stage of each profile and what opens the next one."""
    for one in held:
        stage = one.stage
        yield PlannedStage(
            profile=one.profile,
            id=stage.id,
            name=stage.name,
            number=one.number,
            weeks=one.weeks,
            allowed=stage.allowed,
            not_yet=stage.not_yet,
            following=_next(one),
            mark=stage.mark,
            citation=stage.citation,
        )


def _next(one: HeldStage) -> NextStage | None:
    following, milestone = one.following, one.stage.milestone
    if following is None or milestone is None:
        return None
    return NextStage(
        following.name,
        following.from_week,
        milestone.text,
        milestone.mark,
        one.stage.surgeon,
        tuple(gate.value for gate in one.waits_for),
    )


def pain_ceiling(
    profiles: Iterable[Profile], held: Iterable[HeldStage], messages: Messages
) -> PlannedPain | None:
    """The least pain that any profile or stage accepts, and all that say so."""
    said: list[tuple[str, PainCeiling]] = [
        (name, ceiling)
        for name, ceiling in (
            *((profile.id, profile.pain_ceiling) for profile in profiles),
            *((one.profile, one.stage.pain_ceiling) for one in held),
        )
        if ceiling is not None
    ]
    if not said:
        return None
    _, least = min(said, key=lambda pair: pair[1].value)
    by = tuple(name for name, ceiling in said if ceiling.value == least.value)
    message = messages["plan.pain_ceiling"].format(value=f"{least.value:g}")
    return PlannedPain(least.value, message, by, least.mark, least.citation)


def _listed(said: Marked | tuple[Marked, ...]) -> tuple[Marked, ...]:
    return said if isinstance(said, tuple) else (said,)
