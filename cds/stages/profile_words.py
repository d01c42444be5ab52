"""What the profiles of a plan say, each sentence with its mark and the profiles that say it."""

from collections.abc import Iterable, Iterator, Sequence

from cds.model.plan import KindAdvice, PlannedMeasure, Sentence
from cds.model.profile import Profile
from cds.model.profile_text import Marked, OutcomeMeasure

_KINDS = ("hiit", "aquatic", "mind_body")


def sentences(profiles: Sequence[Profile], name: str) -> tuple[Sentence, ...]:
    """The sentences under `name`, the same sentence of several profiles once."""
    found: dict[Marked, list[str]] = {}
    for profile in profiles:
        for said in _listed(getattr(profile, name)):
            found.setdefault(said, []).append(profile.id)
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


def measures(profiles: Iterable[Profile]) -> tuple[PlannedMeasure, ...]:
    """The outcome measures; the same one with the same change once."""
    found: dict[OutcomeMeasure, list[str]] = {}
    for profile in profiles:
        for measure in profile.outcome_measures:
            found.setdefault(measure, []).append(profile.id)
    return tuple(
        PlannedMeasure(tuple(by), m.name, m.important_change, m.change, m.fact, m.mark, m.citation)
        for m, by in found.items()
    )


def _listed(said: Marked | tuple[Marked, ...] | None) -> tuple[Marked, ...]:
    if said is None:
        return ()
    return said if isinstance(said, tuple) else (said,)
