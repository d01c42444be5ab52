"""The compiler emits the safe subset only, always the same text, and refuses what will not go."""

import json
import re
from pathlib import Path
from typing import Any as Json

import pytest

from cds.engine.compiler import (
    CompiledRuleset,
    EngineRule,
    check_rules,
    compile_rules,
    compile_turns,
)
from cds.engine.limits import RESERVED_NAMES, check_collisions, hash_name
from cds.engine.rete import ReteEngine
from cds.engine.terms import Kind
from cds.errors import Location, RuleCheckError
from cds.model.case import Case, Fact
from cds.model.condition import All, Any, AtLeast, Condition, Leaf
from cds.model.condition import Test as Ask
from tests.engine.worlds import TODAY, build_world

GOLDEN = Path(__file__).parent / "golden"
TYPES = {"age": "number", "sex": "code", "pregnant": "flag", "dxa_t_score": "number", "icd": "flag"}
AGE_65 = Leaf("age", Ask.AT_LEAST, 65.0, "a")
PREGNANT = Leaf("pregnant", Ask.PRESENT)
ICD = Leaf("icd", Ask.PRESENT)
LOW_T = Leaf("dxa_t_score", Ask.AT_MOST, -2.5, "{T-score}")

GOLDEN_RULES: dict[str, list[EngineRule]] = {
    "every_test": [
        EngineRule("flag.present", PREGNANT),
        EngineRule("flag.absent", Leaf("pregnant", Ask.ABSENT)),
        EngineRule("flag.unknown", Leaf("pregnant", Ask.UNKNOWN)),
        EngineRule("flag.known", Leaf("pregnant", Ask.KNOWN)),
        EngineRule("flag.within", Leaf("icd", Ask.WITHIN, 90, "d")),
        EngineRule("flag.longer-ago", Leaf("icd", Ask.LONGER_AGO_THAN, 90, "d")),
        EngineRule("number.at-least", AGE_65),
        EngineRule("number.greater", Leaf("age", Ask.GREATER_THAN, 37.95)),
        EngineRule("number.at-most", LOW_T),
        EngineRule("number.less", Leaf("age", Ask.LESS_THAN, 0.00001)),
        EngineRule("code.equals", Leaf("sex", Ask.EQUALS, "female")),
        EngineRule("code.one-of", Leaf("sex", Ask.ONE_OF, ("female", "male"))),
    ],
    "branches": [
        EngineRule("all", All((AGE_65, PREGNANT))),
        EngineRule("any", Any((AGE_65, PREGNANT))),
        EngineRule("two-of-three", AtLeast(2, (AGE_65, PREGNANT, ICD))),
        EngineRule("nested", All((AGE_65, Any((PREGNANT, All((ICD, LOW_T))))))),
        EngineRule("implied", Any((PREGNANT, All((PREGNANT, ICD)), PREGNANT))),
    ],
    "no_rules": [],
}


def show(rulesets: tuple[CompiledRuleset, ...]) -> list[dict[str, Json]]:
    """Compiled rule sets as readable JSON, for the golden files."""
    return [
        {
            "name": ruleset.name,
            "attributes": {a.name: f"{a.fact} ({a.fact_type})" for a in ruleset.attributes},
            "rule_of": dict(ruleset.rule_of),
            "definition": json.loads(ruleset.definition),
        }
        for ruleset in rulesets
    ]


@pytest.mark.parametrize("name", sorted(GOLDEN_RULES))
def test_rules_compile_to_the_golden_file(name: str) -> None:
    expected = json.loads((GOLDEN / f"{name}.json").read_text())
    assert expected == show(compile_rules("screening", GOLDEN_RULES[name], TYPES))


def test_compiling_twice_gives_the_same_text() -> None:
    world = build_world(seed=7, rules=80, facts=30)
    again = build_world(seed=7, rules=80, facts=30)
    assert compile_rules("s", world.rules, world.fact_types) == compile_rules(
        "s", again.rules, again.fact_types
    )


@pytest.mark.parametrize("seed", range(10))
def test_only_single_patterns_with_ordered_or_equal_literals_are_emitted(seed: int) -> None:
    """No joins, no negation, no `any`, no comparison of fact with fact, never null."""
    world = build_world(seed, rules=40, facts=12)
    for ruleset in compile_rules("s", world.rules, world.fact_types):
        rules = json.loads(ruleset.definition)
        assert len(rules) <= 64
        for rule in rules.values():
            assert list(rule) == ["all"]
            (pattern,) = rule["all"]
            assert list(pattern) == ["m"]
            tests = pattern["m"].get("$and", [pattern["m"]])
            for test in tests:
                ((key, value),) = test.items()
                if key.startswith("$"):
                    assert key in {"$gt", "$gte", "$lt", "$lte"}
                    ((key, value),) = value.items()
                    assert isinstance(value, float)
                assert re.fullmatch(r"[ncskd][0-9]+|live", key)
                assert isinstance(value, float) or re.fullmatch(r"[a-z0-9_.-]+", value)


def all_of(count: int) -> All:
    return All(tuple(Leaf(f"f{n}", Ask.PRESENT) for n in range(count)))


def some_of(count: int, size: int) -> AtLeast:
    return AtLeast(count, all_of(size).parts)


MANY = {f"f{n}": "flag" for n in range(300)}
PRESENT = Case(TODAY, {name: Fact(name, True) for name in MANY})


def test_a_chain_of_32_tests_fires_and_one_more_is_refused() -> None:
    engine = ReteEngine(compile_turns({"s": [EngineRule("r", all_of(32))]}, MANY))
    assert frozenset({"r"}) == engine.fire("s", PRESENT)
    (problem,) = check_rules([EngineRule("r", all_of(33))], MANY)
    assert "rule 'r': its longest branch tests 33 things at once" in problem.message
    assert "Define a derived fact" in problem.message


def test_a_blow_up_is_refused_with_the_number_of_branches() -> None:
    """20 of 40 would be 137,846,528,820 branches: it must be counted, not expanded."""
    rule = EngineRule("r.wide", some_of(20, 40), Location("rules/x.yaml", 12))
    with pytest.raises(RuleCheckError) as caught:
        compile_rules("s", [rule], MANY)
    assert str(caught.value).startswith("rules/x.yaml:12: rule 'r.wide': ")
    assert "expands to 137846528820 branches; the rule engine takes 512" in caught.value.message
    assert "Define a derived fact" in caught.value.message


@pytest.mark.parametrize(
    ("when", "branches"),
    [
        (some_of(1, 512), None),
        (some_of(1, 513), 513),
        (All((some_of(1, 16), some_of(1, 32))), None),
        (All((some_of(1, 19), some_of(1, 27))), 513),
        (some_of(4, 12), None),
        (some_of(5, 12), 792),
        (AtLeast(2, (some_of(1, 20), some_of(1, 20), some_of(1, 4))), 560),
    ],
)
def test_branches_are_counted_before_they_are_made(when: Condition, branches: int | None) -> None:
    facts = {f"f{n}": "flag" for n in range(600)}
    found = [problem.message for problem in check_rules([EngineRule("r", when)], facts)]
    assert len(found) == (branches is not None)
    assert branches is None or f"expands to {branches} branches" in found[0]


def test_64_rules_make_two_rule_sets_and_all_fire() -> None:
    """63 rules and the liveness rule match at once without overflowing the core's stack."""
    rules = [EngineRule(f"r{n}", Leaf(f"f{n % 3}", Ask.PRESENT)) for n in range(64)]
    assert sorted(len(c.rule_of) for c in compile_rules("s", rules, MANY)) == [1, 63]
    assert {rule.id for rule in rules} == ReteEngine(compile_turns({"s": rules}, MANY)).fire(
        "s", PRESENT
    )


def test_a_rule_set_reads_at_most_251_facts_and_the_next_one_reads_the_rest() -> None:
    rules = [EngineRule(f"r{n}", All(all_of(300).parts[n : n + 25])) for n in range(0, 300, 25)]
    compiled = compile_rules("s", rules, MANY)
    assert [len(ruleset.attributes) for ruleset in compiled] == [250, 50]
    assert {rule.id for rule in rules} == ReteEngine(compile_turns({"s": rules}, MANY)).fire(
        "s", PRESENT
    )


def test_a_rule_set_of_exactly_251_facts_is_accepted_by_the_core() -> None:
    chains = [All(all_of(251).parts[n : n + 32]) for n in range(0, 251, 32)]
    rules = [EngineRule(f"r{n}", chain) for n, chain in enumerate(chains)]
    assert [len(ruleset.attributes) for ruleset in compile_rules("s", rules, MANY)] == [251]
    assert {rule.id for rule in rules} == ReteEngine(compile_turns({"s": rules}, MANY)).fire(
        "s", PRESENT
    )


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        (All(()), "a group of the condition is empty"),
        (Any((PREGNANT, Any(()))), "a group of the condition is empty"),
        (AtLeast(0, (PREGNANT,)), "'at least 0' of 1 parts makes no sense"),
        (AtLeast(2, (PREGNANT,)), "'at least 2' of 1 parts makes no sense"),
        (Leaf("agee", Ask.PRESENT), "the fact 'agee' is not in the vocabulary"),
        (Leaf("pregnant", Ask.AT_LEAST, 1.0), "fact 'pregnant': 'at_least' does not fit a flag"),
        (Leaf("age", Ask.EQUALS, "a"), "fact 'age': 'equals' does not fit a number"),
        (Leaf("sex", Ask.LESS_THAN, 1.0), "fact 'sex': 'less_than' does not fit a code"),
        (Leaf("age", Ask.AT_LEAST, "65"), "fact 'age': 'at_least' needs a number"),
        (Leaf("age", Ask.AT_LEAST, True), "fact 'age': 'at_least' needs a number"),
        (Leaf("age", Ask.AT_LEAST), "fact 'age': 'at_least' needs a number"),
        (Leaf("icd", Ask.WITHIN, None), "fact 'icd': 'within' needs a number"),
        (Leaf("age", Ask.AT_LEAST, float("nan")), "fact 'age': not a finite number"),
        (Leaf("age", Ask.AT_LEAST, float("inf")), "fact 'age': not a finite number"),
        (Leaf("age", Ask.AT_LEAST, 1e16), "fact 'age': not a finite number within the range"),
        (Leaf("sex", Ask.EQUALS, 'fe"male'), "fact 'sex': not a code of letters a-z"),
        (Leaf("sex", Ask.EQUALS, "weiblich\u00e4"), "fact 'sex': not a code of letters a-z"),
        (Leaf("sex", Ask.EQUALS, ""), "fact 'sex': not a code of letters a-z"),
        (Leaf("sex", Ask.EQUALS, 1.0), "fact 'sex': 'equals' needs a code"),
        (Leaf("sex", Ask.ONE_OF, ()), "fact 'sex': 'one_of' needs codes"),
        (Leaf("sex", Ask.ONE_OF, "female"), "fact 'sex': 'one_of' needs codes"),
    ],
)
def test_a_condition_that_cannot_be_sent_is_refused(when: Condition, reason: str) -> None:
    (problem,) = check_rules([EngineRule("r", when)], TYPES)
    assert reason in problem.message
    assert "rule 'r': " in problem.message


@pytest.mark.parametrize("rule_id", ["", "R", "a b", 'a"', "a#1", "\u00e4"])
def test_a_rule_id_that_cannot_be_sent_is_refused(rule_id: str) -> None:
    (problem,) = check_rules([EngineRule(rule_id, PREGNANT)], TYPES)
    assert "this id cannot be sent to the rule engine" in problem.message


def test_a_rule_may_be_called_live() -> None:
    engine = ReteEngine(compile_turns({"s": [EngineRule("live", PREGNANT)]}, TYPES))
    assert frozenset() == engine.fire("s", Case(TODAY))


def test_what_is_told_most_often_fills_the_first_networks() -> None:
    """An age is told of everybody, so its chains must not be spread over networks of the rare."""
    rare = [EngineRule(f"rare.{n}", All((PREGNANT, age_over(n)))) for n in range(60)]
    common = [EngineRule(f"common.{n}", age_over(n)) for n in range(10)]
    first, last = compile_turns({"s": [*rare, *common]}, TYPES)["s"]
    assert {rule.id for rule in common} <= set(first.rule_of.values())
    assert len(last.rule_of) == 70 - 63


def age_over(years: int) -> Leaf:
    return Leaf("age", Ask.GREATER_THAN, float(years), "a")


def test_every_faulty_rule_is_reported_at_once() -> None:
    rules = [EngineRule("a", PREGNANT), EngineRule("a", PREGNANT), EngineRule("b", All(()))]
    found = [problem.message for problem in check_rules(rules, TYPES)]
    assert [message.split(":")[0] for message in found] == ["rule 'a'", "rule 'b'"]
    assert "used twice" in found[0]


def test_two_names_with_one_hash_are_refused() -> None:
    """A published pair of colliding words; the core would take one for the other."""
    assert hash_name("costarring") == hash_name("liquid")
    with pytest.raises(RuleCheckError, match="'costarring' and 'liquid' have the same hash"):
        check_collisions(["costarring", "other", "liquid"])


def test_the_hash_is_the_one_of_the_core() -> None:
    """Constants that the core's source states for these names."""
    stated = {"id": 926444256, "sid": 3593476751, "$and": 3746487396, "$div": 130502}
    assert stated == {name: hash_name(name) for name in stated}


def test_no_property_name_can_collide_with_another_or_with_a_word_of_the_core() -> None:
    properties = [f"{kind}{number}" for kind in "ncskd" for number in range(300)]
    check_collisions([*RESERVED_NAMES, *properties])


def test_whether_a_fact_is_known_is_not_asked_beside_a_comparison_of_it() -> None:
    """A fact that satisfies a comparison is known; only asking for the unknown says otherwise."""
    known = Leaf("pregnant", Ask.KNOWN)

    def kinds(*parts: Leaf) -> list[Kind]:
        [ruleset] = compile_rules("s", [EngineRule("r", All(parts))], TYPES)
        return [attribute.kind for attribute in ruleset.attributes]

    assert kinds(known, PREGNANT) == [Kind.STATE]
    assert kinds(known, Leaf("pregnant", Ask.UNKNOWN)) == [Kind.KNOWN, Kind.STATE]
    assert kinds(known) == [Kind.KNOWN]
