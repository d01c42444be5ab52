"""The falls screen: each test sets the flag, clears itself, or cannot say."""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from cds.model.threshold import ChairStandBand, FallsRules

Verdict = bool | None


class FallsFacts(Struct, frozen=True):
    """What is known of a person's falls risk; None is unknown.

    Units: age in years, chair stands as a count in 30 s, tug and tandem stance in seconds.
    """

    age: float | None = None
    sex: str | None = None
    chair_stands_30s: float | None = None
    tug: float | None = None
    tandem_stance: float | None = None
    falls_12mo: float | None = None
    history: Mapping[str, bool | None] = field(default_factory=dict)


class FallsTest(Struct, frozen=True):
    """One test: its rule, its input, whether it flags (None: cannot say), and what it lacks."""

    rule: str
    input: str
    flags: Verdict
    missing: tuple[str, ...] = ()


class FallsResult(Struct, frozen=True):
    """The flag (None: cannot say), the tests that were judged, those that do not apply."""

    flag: Verdict
    tests: tuple[FallsTest, ...]
    not_done: tuple[str, ...]
    not_applicable: tuple[str, ...]


def screen_falls(facts: FallsFacts, rules: FallsRules) -> FallsResult:
    """The falls flag: any test that flags sets it; none known to flag and one unsure is unknown.

    Source: cdc-steadi, world-falls-2022 (CONTRA-FALL-TUG, -CST, -4STAGE, -HX).
    """
    done = tuple(_judge(facts, rules))
    outside = tuple(t.input for t in done if t.rule == _NOT_APPLICABLE)
    tests = tuple(t for t in done if t.rule != _NOT_APPLICABLE)
    judged = {test.input for test in done}
    names = ("chair_stands_30s", "tug", "tandem_stance", "falls_12mo", *rules.history_flags)
    not_done = tuple(name for name in names if name not in judged)
    return FallsResult(_unite([test.flags for test in tests]), tests, not_done, outside)


_NOT_APPLICABLE = ""


def _judge(facts: FallsFacts, rules: FallsRules) -> Iterator[FallsTest]:
    if facts.chair_stands_30s is not None:
        yield _chair_stands(facts, facts.chair_stands_30s, rules)
    if facts.tug is not None:
        yield _timed_up_and_go(facts, facts.tug, rules)
    if facts.tandem_stance is not None:
        short = facts.tandem_stance < rules.tandem_stance.value
        yield FallsTest(rules.tandem_stance.id or "", "tandem_stance", short)
    if facts.falls_12mo is not None:
        often = facts.falls_12mo >= rules.falls_12mo.value
        yield FallsTest(rules.falls_12mo.id or "", "falls_12mo", often)
    for name in rules.history_flags:
        known = facts.history.get(name)
        if known is not None:
            yield FallsTest(rules.history_id, name, known)


def _timed_up_and_go(facts: FallsFacts, seconds: float, rules: FallsRules) -> FallsTest:
    slow, rule = seconds >= rules.tug.value, rules.tug.id or ""
    if not slow:
        return FallsTest(rule, "tug", False)
    if facts.age is None:
        return FallsTest(rule, "tug", None, ("age",))
    applies = facts.age >= (rules.tug.from_age or 0.0)
    return FallsTest(rule if applies else _NOT_APPLICABLE, "tug", applies)


def _chair_stands(facts: FallsFacts, count: float, rules: FallsRules) -> FallsTest:
    bands = [b for b in rules.chair_stands if facts.age is None or facts.age in b.ages]
    if not bands:
        return FallsTest(_NOT_APPLICABLE, "chair_stands_30s", None)
    below = {count < limit for band in bands for limit in _limits(band, facts.sex)}
    lacking = tuple(
        name
        for name, known in (("age", facts.age is not None), ("sex", _is_tabled(facts, rules)))
        if not known
    )
    flags = below.pop() if len(below) == 1 else None
    return FallsTest(
        rules.chair_stand_id, "chair_stands_30s", flags, lacking if flags is None else ()
    )


def _limits(band: ChairStandBand, sex: str | None) -> tuple[float, ...]:
    return (
        (band.below[sex],) if sex is not None and sex in band.below else tuple(band.below.values())
    )


def _is_tabled(facts: FallsFacts, rules: FallsRules) -> bool:
    return any(facts.sex in band.below for band in rules.chair_stands)


def _unite(verdicts: list[Verdict]) -> Verdict:
    if True in verdicts:
        return True
    return None if not verdicts or None in verdicts else False
