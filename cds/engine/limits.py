"""What the C core cannot take, found before it is asked, with the rule's name.

Its own errors are bare numbers, and some of its limits end in a crash.
"""

from collections.abc import Iterable, Mapping

from cds.engine.branches import TermsOf, count_branches, expand
from cds.engine.terms import is_safe_code, terms_of
from cds.errors import RuleCheckError
from cds.model.condition import AtLeast, Condition, Leaf

#: One fact may match at most 64 nodes at a time; each engine rule holds at most one of them.
MAX_ENGINE_RULES = 64
#: The core keeps the expressions of one chain in an array of 32.
MAX_CHAIN = 32
#: The core refuses the 255th property; the three of every message are among these.
MAX_PROPERTIES = 254
#: A rule that needs more is unreadable too: it should name a derived fact instead.
MAX_BRANCHES = 512

#: The name of the rule that is always true, and of the property that it reads.
LIVENESS = "live"

#: Names that the core tells apart by hash alone, beside those of the properties.
RESERVED_NAMES = (
    *("id", "sid", "m", "all", "any", "pri", "count", "cap", "dist", "name", LIVENESS),
    *("$s", "$m", "$i", "$l", "$r", "$not", "$time", "$timerName", "$baseTime", "$forward"),
    *("$lt", "$lte", "$gt", "$gte", "$eq", "$neq", "$mt", "$imt", "$iall", "$iany", "$ex"),
    *("$nex", "$or", "$and", "$add", "$sub", "$mul", "$div"),
)


def hash_name(name: str) -> int:
    """The 32-bit FNV-1a hash by which the C code tells property names apart."""
    value = 0x811C9DC5
    for byte in name.encode("ascii"):
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


def check_collisions(names: Iterable[str]) -> None:
    """Nothing, when no two names share a hash.

    Raises: RuleCheckError naming the two: the engine would take one for the other.
    """
    owners: dict[int, str] = {}
    for name in names:
        other = owners.setdefault(hash_name(name), name)
        if other != name:
            raise RuleCheckError(
                f"the property names '{other}' and '{name}' have the same hash. "
                "The rule engine would take one for the other. Rename one of them."
            )


def find_fault(rule_id: str, when: Condition, fact_types: Mapping[str, str]) -> str | None:
    """Why the core cannot take the rule, and what to do; None when it can."""
    if not is_safe_code(rule_id):
        return (
            "this id cannot be sent to the rule engine. "
            "Use lower-case letters, digits, '_', '.' and '-' only."
        )
    try:
        _check_shape(when, fact_types)
    except ValueError as error:
        return f"{error}. The rule engine cannot evaluate it. Correct the condition."
    lookup = look_up(fact_types)
    count = count_branches(when, lookup)
    if count > MAX_BRANCHES:
        return _advise(f"its condition expands to {count} branches", MAX_BRANCHES)
    longest = max(len(branch) for branch in expand(when, lookup))
    if longest > MAX_CHAIN:
        return _advise(f"its longest branch tests {longest} things at once", MAX_CHAIN)
    return None


def _advise(finding: str, limit: int) -> str:
    return (
        f"{finding}; the rule engine takes {limit}. "
        "Define a derived fact for a part of the condition, and test that fact."
    )


def _check_shape(condition: Condition, fact_types: Mapping[str, str]) -> None:
    """Nothing, or a ValueError: an empty group, an impossible count, a test that does not fit."""
    if isinstance(condition, Leaf):
        if condition.fact not in fact_types:
            raise ValueError(f"the fact '{condition.fact}' is not in the vocabulary")
        try:
            terms_of(condition, fact_types[condition.fact])
        except ValueError as error:
            raise ValueError(f"fact '{condition.fact}': {error}") from error
        return
    parts = condition.parts
    if not parts:
        raise ValueError("a group of the condition is empty")
    if isinstance(condition, AtLeast) and not 1 <= condition.count <= len(parts):
        raise ValueError(f"'at least {condition.count}' of {len(parts)} parts makes no sense")
    for part in parts:
        _check_shape(part, fact_types)


def look_up(fact_types: Mapping[str, str]) -> TermsOf:
    """The terms of a leaf, by the type of its fact."""
    return lambda leaf: terms_of(leaf, fact_types[leaf.fact])
