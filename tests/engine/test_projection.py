"""A network is told what one of its chains can compare, and nothing more."""

from cds.engine.compiler import EngineRule, compile_rules
from cds.engine.projection import plan_messages, project
from cds.model.case import Case, Fact, FactValue
from cds.model.condition import Condition, Leaf
from cds.model.condition import Test as Ask
from tests.engine.worlds import TODAY

TYPES = {"x": "flag", "n": "number", "c": "code"}


def members_for(when: Condition, **values: FactValue) -> str:
    """What follows the fixed head of the only message."""
    rulesets = compile_rules("s", [EngineRule("r", when)], TYPES)
    case = Case(TODAY, {name: Fact(name, value) for name, value in values.items()})
    [(_, message)] = project(case, plan_messages([rulesets[0].attributes]), 1, asleep_too=True)
    return message.removeprefix('{"id":"f","sid":"c","live":0.5').removesuffix("}")


def test_a_state_is_told_only_to_a_chain_that_asks_for_it() -> None:
    told = [members_for(Leaf("x", Ask.ABSENT), x=value) for value in (False, True, None)]
    assert told == [',"s0":"absent"', "", ""]


def test_of_a_flag_that_is_only_asked_for_presence_nothing_else_is_told() -> None:
    told = [members_for(Leaf("x", Ask.PRESENT), x=value) for value in (True, False, None)]
    assert told == [',"s0":"present"', "", ""]


def test_the_unknown_is_told_to_a_chain_that_asks_for_it() -> None:
    told = [members_for(Leaf("x", Ask.UNKNOWN), **given) for given in ({}, {"x": None})]
    assert told == [',"s0":"unknown"'] * 2


def test_a_code_is_told_only_to_a_chain_that_asks_for_it() -> None:
    told = [members_for(Leaf("c", Ask.ONE_OF, ("a", "b")), c=code) for code in ("b", "d")]
    assert told == [',"c0":"b"', ""]


def test_a_number_is_always_told() -> None:
    assert members_for(Leaf("n", Ask.AT_LEAST, 7.0), n=3.0) == ',"n0":3.0'
