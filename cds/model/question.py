"""Questions about a decision, and what they are answered with."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from cds.model.change import By
from cds.model.condition import Leaf, Truth
from cds.model.decision import Assumption, ConditionNote


class Target(Struct, frozen=True):
    """What is asked about: modality, exercise, intensity, disposition, setting or rule."""

    type: str
    code: str
    name: str


class Standing(Struct, frozen=True):
    """One test that stands in the way: its truth, and the one that would help.

    `wanted` is None where either known truth could help; `rule` is the rule that makes the test.
    """

    leaf: Leaf
    truth: Truth
    wanted: Truth | None
    rule: str | None = None


class Barrier(Struct, frozen=True):
    """One thing in the way: rules, a profile, or the service's own limit, with its tests."""

    by: tuple[str, ...]
    rule: str | None
    title: str
    message: str
    remedy: str | None
    state: str
    tests: tuple[Standing, ...]


class Step(Struct, frozen=True):
    """One fact that would be otherwise, by what, and the limit that it is just past.

    `before` is None when the fact is not known; `to` is in the fact's canonical unit.
    """

    fact: str
    label: str
    before: float | bool | str | None
    to: float | bool | str
    unit: str | None
    by: By
    threshold: str | None
    remedy: str


class InTheWay(Struct, frozen=True):
    """A barrier as it is told. `changeable` is whether any single step could help."""

    rule: str | None
    by: tuple[str, ...]
    title: str
    message: str
    state: str
    conditions: tuple[ConditionNote, ...]
    more_conditions: int
    changeable: bool
    remedy: str | None


class Allowed(Struct, frozen=True):
    """Something that stays allowed; `by` offers it, `mark` says how well that was checked."""

    type: str
    code: str
    name: str
    by: tuple[str, ...]
    mark: str | None


class WhyNot(Struct, frozen=True):
    """Why something is not allowed, what would have to change, and what is allowed instead."""

    of: Target
    verdict: str
    summary: str
    in_the_way: tuple[InTheWay, ...]
    would_need: tuple[Step, ...]
    still_allowed: tuple[Allowed, ...]
    nothing_allowed: str | None
    tree: Mapping[str, Any] | None


class WhatIf(Struct, frozen=True):
    """Two decisions compared: the recorded one, and the one with other facts."""

    facts: tuple[str, ...]
    disposition: str
    summary: str
    difference: Mapping[str, Any]
    caution: str


class GoalAnswer(Struct, frozen=True):
    """The smallest set of changes that reaches a goal, tried out; or why there is none.

    `reason` is None when it is reached, else emergency, unchangeable, open_question or
    not_found.
    """

    goal: Target
    reached: bool
    reason: str | None
    summary: str
    changes: tuple[Step, ...]
    verdict: str
    difference: Mapping[str, Any] | None
    in_the_way: tuple[InTheWay, ...]
    assumptions: tuple[Assumption, ...]
    caution: str
    tried: int
