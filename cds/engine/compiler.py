"""Rules to the JSON of durable-rules, in the subset that was seen to be safe.

Pure and deterministic: the same rules give the same text.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from cds.engine.branches import Branch, expand
from cds.engine.limits import (
    LIVENESS,
    MAX_ENGINE_RULES,
    MAX_PROPERTIES,
    RESERVED_NAMES,
    check_collisions,
    find_fault,
    look_up,
)
from cds.engine.terms import Kind, Term, quote_code
from cds.errors import Location, RuleCheckError
from cds.model.condition import Condition, Test

_PRESENT = quote_code(Test.PRESENT)
_POLICY = "policy."
#: From seldom to always told, after the presence of a flag.
_KINDS = (None, None, Kind.CODE, Kind.DAYS_AGO, Kind.NUMBER, Kind.STATE, Kind.KNOWN)

#: The rule that is always true reads a decimal, so that it also notices a process whose locale
#: makes the C library read `0.5` as nought.
_LIVENESS_RULE = f'"{LIVENESS}":{{"all":[{{"m":{{"{LIVENESS}":0.5}}}}]}}'


class EngineRule(Struct, frozen=True):
    """What the engine needs of a rule: its id, its condition, and where it is written."""

    id: str
    when: Condition
    location: Location | None = None


class Attribute(Struct, frozen=True):
    """One property of the message to a rule set: its short name and what it holds of a fact.

    `equals` are the literals that chains of the rule set ask it to equal. `keys` are those among
    them that are the key of a chain; of a property that is compared by order any value is one.
    """

    name: str
    fact: str
    kind: Kind
    fact_type: str
    equals: frozenset[str] = frozenset()
    keys: frozenset[str] = frozenset()


class CompiledRuleset(Struct, frozen=True):
    """One Rete network: its definition, the properties it reads, and whose each chain is."""

    name: str
    definition: str
    attributes: tuple[Attribute, ...]
    rule_of: Mapping[str, str]


#: The networks of every turn.
Networks = Mapping[str, tuple[CompiledRuleset, ...]]


class _Chain(Struct, frozen=True):
    """One branch of a rule, what is told most seldom first, as the core asks on while terms hold.

    It cannot be true unless its key, the first term, is told.
    """

    name: str
    rule_id: str
    branch: Branch

    @property
    def key(self) -> Term:
        return self.branch[0]


def compile_turns(
    rules: Mapping[str, Sequence[EngineRule]], fact_types: Mapping[str, str]
) -> Networks:
    """The rule sets of every turn.

    Raises: RuleCheckError for the first rule that the engine cannot take.
    """
    return {turn: compile_rules(turn, rules[turn], fact_types) for turn in rules}


def compile_rules(
    turn: str, rules: Sequence[EngineRule], fact_types: Mapping[str, str]
) -> tuple[CompiledRuleset, ...]:
    """The rule sets of one turn, at least one, named `turn#n`.

    Chains whose keys are of one kind and fact stand together, what is told most often first, so
    that few rule sets have any key that is told, and the short last one holds the rarest.

    Raises: RuleCheckError for the first rule that the engine cannot take.
    """
    for problem in check_rules(rules, fact_types):
        raise problem
    chains = [chain for rule in rules for chain in _chains_of(rule, fact_types)]
    chains.sort(key=lambda chain: _commonness(chain.key), reverse=True)
    return tuple(
        _compile_ruleset(f"{turn}#{number}", part, fact_types)
        for number, part in enumerate(_pack(chains), start=1)
    )


def check_rules(
    rules: Sequence[EngineRule], fact_types: Mapping[str, str]
) -> Iterator[RuleCheckError]:
    """Every rule that the engine cannot take, with the reason and what to do."""
    seen: set[str] = set()
    for rule in rules:
        reason = find_fault(rule.id, rule.when, fact_types)
        if reason is None and rule.id in seen:
            reason = "this id is used twice. A finding must name one rule. Give it its own id."
        if reason is not None:
            yield RuleCheckError(f"rule '{rule.id}': {reason}", rule.location)
        seen.add(rule.id)


def _chains_of(rule: EngineRule, fact_types: Mapping[str, str]) -> Iterator[_Chain]:
    for number, branch in enumerate(expand(rule.when, look_up(fact_types)), start=1):
        terms = tuple(sorted(branch, key=_commonness))
        yield _Chain(f"{rule.id}#{number}", rule.id, terms)


def _commonness(term: Term) -> tuple[int, str]:
    """A place by how often such a term is told: a given condition to few, an age to all."""
    if term.kind is Kind.STATE and term.literal == _PRESENT:
        return (0 if "." in term.fact else 1), term.fact
    if term.fact.startswith(_POLICY):
        return len(_KINDS), term.fact
    return _KINDS.index(term.kind), term.fact


def _pack(chains: Sequence[_Chain]) -> Iterator[list[_Chain]]:
    """The chains in order, cut wherever a rule set would exceed a limit; one part at least."""
    part: list[_Chain] = []
    properties: set[tuple[str, Kind]] = set()
    for chain in chains:
        wanted = {(term.fact, term.kind) for term in chain.branch}
        full = len(part) == MAX_ENGINE_RULES - 1
        if full or len(properties | wanted) > MAX_PROPERTIES - 3:
            yield part
            part, properties = [], set()
        part.append(chain)
        properties |= wanted
    yield part


def _compile_ruleset(
    name: str, chains: Sequence[_Chain], fact_types: Mapping[str, str]
) -> CompiledRuleset:
    equals: dict[tuple[str, Kind], set[str]] = defaultdict(set)
    for term in {term for chain in chains for term in chain.branch}:
        equals[term.fact, term.kind] |= set() if term.operator else {term.literal}
    keys: dict[tuple[str, Kind], set[str]] = defaultdict(set)
    for chain in chains:
        keys[chain.key.fact, chain.key.kind].add("" if chain.key.operator else chain.key.literal)
    wanted = sorted(equals)
    names = {key: f"{key[1]}{number}" for number, key in enumerate(wanted)}
    check_collisions([*RESERVED_NAMES, *names.values()])
    bodies = [f'"{c.name}":{_write_chain(c.branch, names)}' for c in chains]
    return CompiledRuleset(
        name=name,
        definition="{" + ",".join([*bodies, _LIVENESS_RULE]) + "}",
        attributes=tuple(
            Attribute(
                names[key], *key, fact_types[key[0]], frozenset(equals[key]), frozenset(keys[key])
            )
            for key in wanted
        ),
        rule_of={chain.name: chain.rule_id for chain in chains},
    )


def _write_chain(branch: Branch, names: Mapping[tuple[str, Kind], str]) -> str:
    tests = [_write_term(term, names[term.fact, term.kind]) for term in branch]
    body = tests[0] if len(tests) == 1 else '{"$and":[' + ",".join(tests) + "]}"
    return f'{{"all":[{{"m":{body}}}]}}'


def _write_term(term: Term, name: str) -> str:
    comparison = f'{{"{name}":{term.literal}}}'
    return f'{{"{term.operator}":{comparison}}}' if term.operator else comparison
