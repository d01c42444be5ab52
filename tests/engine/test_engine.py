"""The engine gives an answer only when both evaluators agree; otherwise it is unhealthy."""

from collections.abc import Callable

import pytest

from cds.engine.compiler import EngineRule, compile_turns
from cds.engine.engine import Engine
from cds.engine.rete import ReteEngine
from cds.engine.tree import EvaluatedLeaf
from cds.errors import EngineError, Location, RuleCheckError
from cds.model.case import Case, Fact
from cds.model.condition import All, Leaf, Truth
from cds.model.condition import Test as Ask
from tests.engine.worlds import TODAY

TYPES = {"sbp": "number", "icd": "flag"}
HIGH = Leaf("sbp", Ask.GREATER_THAN, 180.0, "mm[Hg]")
ICD = Leaf("icd", Ask.PRESENT)
RULES = {
    "screening": [EngineRule("screening.high", HIGH), EngineRule("screening.icd", ICD)],
    "cardiac": [EngineRule("cardiac.both", All((HIGH, ICD)))],
}
CASE = Case(TODAY, {"sbp": Fact("sbp", 183.25), "icd": Fact("icd", None)})


def test_every_rule_has_one_of_three_truths_in_the_order_of_the_rules() -> None:
    engine = Engine(RULES, TYPES)
    truths = engine.evaluate("screening", CASE)
    assert list(truths.items()) == [
        ("screening.high", Truth.TRUE),
        ("screening.icd", Truth.UNKNOWN),
    ]
    assert engine.evaluate("cardiac", CASE) == {"cardiac.both": Truth.UNKNOWN}
    assert engine.healthy


def test_a_rule_is_explained_by_its_id() -> None:
    expected = EvaluatedLeaf(HIGH, CASE.get("sbp"), Truth.TRUE)
    assert expected == Engine(RULES, TYPES).explain("screening.high", CASE)


class FaultyRete:
    """The real Rete engine, whose answer is changed on its way."""

    def __init__(self, change: Callable[[frozenset[str]], frozenset[str]]) -> None:
        self._rete, self._change = ReteEngine(compile_turns(RULES, TYPES)), change

    @property
    def healthy(self) -> bool:
        return self._rete.healthy

    def fire(self, turn: str, case: Case) -> frozenset[str]:
        return self._change(self._rete.fire(turn, case))


def add_firing(fired: frozenset[str]) -> frozenset[str]:
    return fired | {"screening.icd"}


def drop_firing(fired: frozenset[str]) -> frozenset[str]:
    return fired - {"screening.high"}


def invent_firing(fired: frozenset[str]) -> frozenset[str]:
    return fired | {"screening.invented"}


def raise_engine_error(_: frozenset[str]) -> frozenset[str]:
    raise EngineError("screening#1: the case was left behind")


def raise_other_error(_: frozenset[str]) -> frozenset[str]:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("change", "differing"),
    [
        (add_firing, "screening.icd"),
        (drop_firing, "screening.high"),
        (invent_firing, "screening.invented"),
        (lambda _: frozenset({"screening.icd"}), "screening.high, screening.icd"),
    ],
)
def test_a_wrong_firing_yields_no_answer_and_an_unhealthy_engine(
    change: Callable[[frozenset[str]], frozenset[str]], differing: str
) -> None:
    engine = Engine(RULES, TYPES, FaultyRete(change))
    with pytest.raises(EngineError) as caught:
        engine.evaluate("screening", CASE)
    expected = f"turn 'screening': the two evaluators disagree on {differing}. "
    assert caught.value.message.startswith(expected)
    assert "183" not in caught.value.message
    assert_no_more_answers(engine)


@pytest.mark.parametrize(
    ("change", "error"),
    [(raise_engine_error, EngineError), (raise_other_error, ZeroDivisionError)],
)
def test_a_failing_rete_engine_yields_no_answer_and_an_unhealthy_engine(
    change: Callable[[frozenset[str]], frozenset[str]], error: type[Exception]
) -> None:
    engine = Engine(RULES, TYPES, FaultyRete(change))
    with pytest.raises(error):
        engine.evaluate("screening", CASE)
    assert_no_more_answers(engine)


def assert_no_more_answers(engine: Engine) -> None:
    assert not engine.healthy
    for turn in RULES:
        with pytest.raises(EngineError, match="no recommendation can be given"):
            engine.evaluate(turn, Case(TODAY))


def test_a_case_that_must_not_be_sent_is_refused_and_the_next_one_is_answered() -> None:
    engine = Engine(RULES, TYPES)
    with pytest.raises(EngineError, match="fact 'sbp' is not a finite number"):
        engine.evaluate("screening", Case(TODAY, {"sbp": Fact("sbp", float("nan"))}))
    assert engine.healthy
    assert Truth.TRUE is engine.evaluate("screening", CASE)["screening.high"]


def test_an_unknown_turn_or_rule_is_an_error_and_the_engine_stays_healthy() -> None:
    engine = Engine(RULES, TYPES)
    with pytest.raises(EngineError, match="no turn 'elsewhere'"):
        engine.evaluate("elsewhere", CASE)
    with pytest.raises(EngineError, match=r"no rule 'screening\.none'"):
        engine.explain("screening.none", CASE)
    assert engine.healthy


def test_one_id_in_two_turns_is_refused_at_its_line() -> None:
    twice = {"a": [EngineRule("r", ICD)], "b": [EngineRule("r", HIGH, Location("b.yaml", 3))]}
    with pytest.raises(RuleCheckError, match=r"^b\.yaml:3: rule 'r': this id is used twice"):
        Engine(twice, TYPES)
