"""The Rete adapter: right answers, nothing unsafe sent, and no use after the first surprise."""

import sys
import threading
from collections.abc import Callable
from datetime import date, timedelta

import durable_rules_engine
import pytest

from cds.engine.compiler import EngineRule, compile_turns
from cds.engine.projection import UnsendableCaseError
from cds.engine.rete import Core, ReteEngine
from cds.errors import EngineError
from cds.model.case import Case, Fact, FactValue
from cds.model.condition import All, Any, Leaf
from cds.model.condition import Test as Ask

TODAY = date(2021, 3, 31)
TYPES = {"x": "flag", "y": "flag", "n": "number", "c": "code"}
X, Y = Leaf("x", Ask.PRESENT), Leaf("y", Ask.PRESENT)
RULES = {
    "s": [
        EngineRule("r.both", All((X, Y))),
        EngineRule("r.either", Any((X, Y))),
        EngineRule("r.high", Leaf("n", Ask.GREATER_THAN, 180.0)),
        EngineRule("r.code", Leaf("c", Ask.EQUALS, "abc")),
        EngineRule("r.recent", Leaf("n", Ask.WITHIN, 7, "d")),
        EngineRule("r.unknown", Leaf("n", Ask.UNKNOWN)),
    ]
}


def case_of(**values: FactValue) -> Case:
    return Case(TODAY, {name: Fact(name, value) for name, value in values.items()})


@pytest.fixture(scope="module")
def engine() -> ReteEngine:
    return ReteEngine(compile_turns(RULES, TYPES))


def test_every_matching_rule_fires_once_however_many_branches_match(engine: ReteEngine) -> None:
    expected = {"r.both", "r.either", "r.code", "r.high"}
    assert expected == engine.fire("s", case_of(x=True, y=True, n=181.0, c="abc"))


def test_nothing_known_fires_only_what_asks_for_the_unknown(engine: ReteEngine) -> None:
    assert {"r.unknown"} == engine.fire("s", Case(TODAY))


def test_facts_of_two_patients_are_never_joined(engine: ReteEngine) -> None:
    assert {"r.either", "r.unknown"} == engine.fire("s", case_of(x=True))
    assert {"r.either", "r.unknown"} == engine.fire("s", case_of(y=True))
    assert {"r.unknown"} == engine.fire("s", Case(TODAY))


def test_a_date_is_read_as_days_before_the_evaluation(engine: ReteEngine) -> None:
    seven, eight = (Fact("n", 1.0, at=TODAY - timedelta(days=days)) for days in (7, 8))
    assert {"r.recent"} == engine.fire("s", Case(TODAY, {"n": seven}))
    assert frozenset() == engine.fire("s", Case(TODAY, {"n": eight}))


def test_a_code_is_matched_whole(engine: ReteEngine) -> None:
    found = [engine.fire("s", case_of(n=0.0, c=code)) for code in ("ab", "abc", "abcd", "abc.")]
    assert [set(), {"r.code"}, set(), set()] == found


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("n", "181", "not a number"),
        ("n", True, "not a number"),
        ("n", False, "not a number"),
        ("x", 1.0, "not a flag"),
        ("x", "yes", "not a flag"),
        ("c", 5.0, "not a code"),
        ("c", True, "not a code"),
        ("n", float("nan"), "not a finite number"),
        ("n", float("inf"), "not a finite number"),
        ("n", 10.0**30, "not a finite number"),
        ("c", 'a"', "not a code of letters a-z"),
        ("c", "a\\u0041", "not a code of letters a-z"),
        ("c", "\u00e4", "not a code of letters a-z"),
        ("c", "a\n", "not a code of letters a-z"),
        ("c", "", "not a code of letters a-z"),
    ],
)
def test_a_value_outside_the_safe_subset_never_reaches_the_core(
    engine: ReteEngine, name: str, value: FactValue, reason: str
) -> None:
    """It is one bad case, not a bad engine: the next case is answered."""
    with pytest.raises(UnsendableCaseError, match=reason) as caught:
        engine.fire("s", case_of(**{name: value}))
    assert f"fact '{name}'" in caught.value.message
    assert f"'{value}'" not in caught.value.message
    assert engine.healthy
    assert {"r.unknown"} == engine.fire("s", Case(TODAY))


def test_an_unknown_stage_is_an_error(engine: ReteEngine) -> None:
    with pytest.raises(EngineError, match="no turn 'elsewhere'"):
        engine.fire("elsewhere", Case(TODAY))
    assert engine.healthy


def test_no_threads_are_started_and_the_host_is_not_imported() -> None:
    before = threading.active_count()
    ReteEngine(compile_turns(RULES, TYPES))
    assert before == threading.active_count()
    assert "durable" not in sys.modules


Call = Callable[[], object]
Change = Callable[[Call], object]


class FaultyCore:
    """The real core, with one of its answers changed once it is switched on."""

    def __init__(self, call: str, change: Change) -> None:
        self._call, self._change, self.on = call, change, False
        self.asked: list[tuple[str, tuple[object, ...]]] = []

    def __getattr__(self, name: str) -> Callable[..., object]:
        real: Callable[..., object] = getattr(durable_rules_engine, name)

        def call(*arguments: object) -> object:
            self.asked.append((name, arguments))
            if self.on and name == self._call:
                return self._change(lambda: real(*arguments))
            return real(*arguments)

        return call


def as_core(faulty: FaultyCore) -> Core:
    core: Core = faulty  # type: ignore[assignment]
    return core


def raise_error(error: Exception) -> Change:
    def change(_: Call) -> object:
        raise error

    return change


def state_of(ask: Call) -> object:
    """The state in a first firing, as the real core gives it."""
    answer = ask()
    assert isinstance(answer, tuple)
    return answer[0]


FIRST, ODD = '{"r.both#1":{}}', '{"odd#1":{}}'
CHANGED = '{ "sid":"c", "id":"sid-c", "$s":1, "exception":"x"}'
FAULTS: list[tuple[str, Change, str]] = [
    ("assert_fact", lambda _: (1, 1), "the case was not accepted"),
    ("assert_fact", lambda _: (2, 1), "the case was not accepted"),
    ("assert_fact", raise_error(durable_rules_engine.error("code 303")), r"failed \(error\)"),
    ("assert_fact", raise_error(MemoryError()), r"failed \(MemoryError\)"),
    ("retract_fact", lambda _: (1, 1), "could not be retracted"),
    ("get_facts", lambda _: '[{"id":"f"}]', "was left behind"),
    ("start_action_for_state", lambda _: None, "nothing fired"),
    ("start_action_for_state", lambda _: (CHANGED, FIRST), "state of the sid changed"),
    ("start_action_for_state", lambda ask: (state_of(ask), "{}"), r"failed \(ValueError\)"),
    ("start_action_for_state", lambda ask: (state_of(ask), ODD), "an unknown rule fired"),
    ("complete_and_start_action", lambda _: None, "always true did not fire"),
    ("complete_and_start_action", lambda _: FIRST, "more fired than there are rules"),
    ("complete_and_start_action", lambda ask: ask() and FIRST, "a rule fired twice"),
]


@pytest.mark.parametrize(("call", "change", "reason"), FAULTS)
def test_any_surprise_is_an_error_and_ends_the_use_of_the_engine(
    call: str, change: Change, reason: str
) -> None:
    core = FaultyCore(call, change)
    engine = ReteEngine(compile_turns(RULES, TYPES), as_core(core))
    assert engine.healthy
    core.on = True
    with pytest.raises(EngineError, match=reason):
        engine.fire("s", case_of(x=True, y=True, n=200.0))
    core.on, asked = False, len(core.asked)
    assert not engine.healthy
    with pytest.raises(EngineError, match="failed earlier in this process"):
        engine.fire("s", Case(TODAY))
    assert asked == len(core.asked)


def test_a_network_that_cannot_be_built_is_an_error() -> None:
    core = FaultyCore("create_ruleset", raise_error(durable_rules_engine.error("code 201")))
    core.on = True
    with pytest.raises(EngineError, match=r"s#1: the rule engine failed \(error\)"):
        ReteEngine(compile_turns(RULES, TYPES), as_core(core))


def test_only_one_sid_and_six_functions_of_the_core_are_used() -> None:
    """Never a sid per patient, never `delete_state`: both end in a crash."""
    core = FaultyCore("", lambda ask: ask())
    engine = ReteEngine(compile_turns(RULES, TYPES), as_core(core))
    for number in range(50):
        engine.fire("s", case_of(n=float(number), x=number % 2 == 0))
    expected = {
        *("create_ruleset", "assert_fact", "start_action_for_state"),
        *("complete_and_start_action", "retract_fact", "get_facts"),
    }
    assert expected == {name for name, _ in core.asked}
    messages = [str(a[1]) for name, a in core.asked if name == "assert_fact"]
    assert all(message.startswith('{"id":"f","sid":"c",') for message in messages)
    assert not any("null" in message for message in messages)


def test_a_code_in_capitals_is_sent_and_told_apart() -> None:
    rete = ReteEngine(
        compile_turns({"s": [EngineRule("r.three", Leaf("c", Ask.EQUALS, "III"))]}, TYPES)
    )

    fired = [rete.fire("s", case_of(c=code)) for code in ("III", "II")]

    assert fired == [frozenset({"r.three"}), frozenset()]
