"""Which FITT-VP profiles hold for a case, and which conditions have none."""

from collections.abc import Iterable, Iterator, Sequence

from cds.knowledge.profile_table import ProfileTable
from cds.model.case import Case
from cds.model.profile import HIIT, FactRule, Mapped, ProfileUse, Unprofiled

_DAYS_PER_WEEK = 7
_TARGET = "target"
_KINDS = ("condition.", "procedure.")


def active_profiles(case: Case, table: ProfileTable) -> tuple[ProfileUse, ...]:
    """The profiles of the case with the facts that brought them, the age profile last.

    Without any other profile the age profile holds in full, else as a ceiling.
    """
    found: dict[str, set[str]] = {}
    for profile, because in _brought(case, table):
        found.setdefault(profile, set()).add(because)
    _relieve(found, case, table)
    for winner, losers in table.supersedes.items():
        if winner in found:
            for loser in losers:
                found.pop(loser, None)
    uses = [ProfileUse(name, tuple(sorted(found[name]))) for name in sorted(found)]
    base = _age_profile(case, table)
    if base is not None and base not in found:
        role = "ceiling" if uses else "full"
        uses.append(ProfileUse(base, (table.age.fact,), role))
    return tuple(uses)


def without_hiit(uses: Iterable[ProfileUse], table: ProfileTable) -> tuple[str, ...]:
    """The profiles of the case whose programme never holds HIIT."""
    return tuple([u.profile for u in uses if table.bounds[u.profile, _TARGET].hiit == HIIT[0]])


def keeps_first_doses(case: Case, uses: Iterable[ProfileUse], table: ProfileTable) -> bool:
    """Whether a profile of the case stays at its first doses, whatever the person is used to."""
    held = {use.profile for use in uses}
    return any(rule.profile in held and _holds(case, rule) for rule in table.first_doses)


def unprofiled(case: Case, table: ProfileTable) -> tuple[Unprofiled, ...]:
    """Conditions that matter for exercise and have no profile: no numbers, a referral.

    Those that are mapped to none come first, then those that the mapping does not hold at all.
    """
    present = _present(case)
    mapped = dict(_mapped(present, table))
    without = [Unprofiled(name, m.value) for name, m in mapped.items() if m.kind == "none"]
    unmapped = [
        Unprofiled(name, "")
        for name in present
        if name not in mapped and name.partition(".")[2] not in table.profiles
    ]
    return (*without, *unmapped)


def weeks_since(case: Case, use: ProfileUse, table: ProfileTable) -> float | None:
    """Weeks since the event that brought the profile, the fewest where several did."""
    events = [*table.conditions.items(), *table.procedures.items()]
    own = [mapped for _, mapped in events if mapped.value == use.profile and mapped.weeks_fact]
    found = (_weeks_since(case, name, mapped) for name in use.because for mapped in own)
    return min((weeks for weeks in found if weeks is not None), default=None)


def weeks_fact(use: ProfileUse, table: ProfileTable) -> str | None:
    """The fact that says how long ago the event of the profile was, where there is one."""
    events = (*table.conditions.values(), *table.procedures.values())
    named = (m.weeks_fact for m in events if m.value == use.profile and m.weeks_fact)
    return next(named, None)


def _brought(case: Case, table: ProfileTable) -> Iterator[tuple[str, str]]:
    present = _present(case)
    for name in present:
        own = name.partition(".")[2]
        if name.startswith("condition.") and own in table.profiles:
            yield own, name
    for name, mapped in _mapped(present, table):
        profile = _profile_of(case, name, mapped)
        if profile is not None:
            yield profile, name
    facts = case.facts
    for rule in [rule for rule in table.facts if rule.fact in facts]:
        if _holds(case, rule):
            yield rule.profile, rule.fact


def _present(case: Case) -> list[str]:
    return sorted([name for name in case.listed if name.startswith(_KINDS)])


def _mapped(present: Sequence[str], table: ProfileTable) -> Iterator[tuple[str, Mapped]]:
    tables = {"condition": table.conditions, "procedure": table.procedures}
    for name in present:
        kind, _, own = name.partition(".")
        if own in tables[kind]:
            yield name, tables[kind][own]


def _profile_of(case: Case, name: str, mapped: Mapped) -> str | None:
    if mapped.kind != "profile" or _is_of(case, name, mapped):
        return None
    if mapped.within_weeks is None:
        return mapped.value
    weeks = _weeks_since(case, name, mapped)
    recent = weeks is None or weeks <= mapped.within_weeks
    return mapped.value if recent else mapped.later


def _is_of(case: Case, name: str, mapped: Mapped) -> bool:
    """Whether the condition is there only because a profile of its own was named."""
    origins = case.get(name).derived_from if mapped.not_of else ()
    named = {origin.partition(".")[2] for origin in origins} if origins else set()
    return bool(named) and named <= set(mapped.not_of)


def _weeks_since(case: Case, name: str, mapped: Mapped) -> float | None:
    """Weeks since the dated event; undated, what was submitted as such; else unknown."""
    days = case.days_ago(name)
    if days is not None:
        return days / _DAYS_PER_WEEK
    if mapped.weeks_fact is None or case.get(mapped.weeks_fact).derived_from:
        return None
    return case.number(mapped.weeks_fact)


def _holds(case: Case, rule: FactRule) -> bool:
    if rule.one_of:
        return case.code(rule.fact) in rule.one_of
    if rule.at_least is None and rule.at_most is None:
        return case.flag(rule.fact) is True
    value = case.number(rule.fact)
    return (
        value is not None
        and (rule.at_least is None or value >= rule.at_least)
        and (rule.at_most is None or value <= rule.at_most)
    )


def _relieve(found: dict[str, set[str]], case: Case, table: ProfileTable) -> None:
    for relief in table.relieved:
        if relief.profile in found and case.code(relief.fact) == relief.equals:
            because = found.pop(relief.profile) | {relief.fact}
            found.setdefault(relief.to, set()).update(because)


def _age_profile(case: Case, table: ProfileTable) -> str | None:
    """An unknown age is read as the older one; a child has no profile."""
    age = case.number(table.age.fact)
    if age is None or age >= table.age.older:
        return table.age.older_profile
    return table.age.adult_profile if age >= table.age.adult else None
