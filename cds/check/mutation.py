"""Do the cases notice when a rule is wrong? Every mutant of every rule is put before its cases."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from cds.check.case_runs import CaseRun
from cds.check.equivalence import are_equivalent
from cds.check.mutants import Mutant, mutate, mutate_words
from cds.engine.evaluator import truth_of
from cds.errors import KnowledgeError, RuleCheckError
from cds.model.case import Case
from cds.model.condition import Truth
from cds.model.rule import Rule
from cds.service import Service

Expected = Mapping[str, Sequence[tuple[Truth, Case]]]


class Tally(Struct, frozen=True):
    """How many mutants the cases of one rule killed, and what became of the others.

    `proved`: no facts at all tell them from the rule. `listed`: a person wrote why they are the
    same. `problems`: those that survive, and lists that are out of date.
    """

    rule: str
    killed: int
    proved: int
    listed: int
    problems: tuple[KnowledgeError, ...]


def tally_mutants(service: Service, runs: Sequence[CaseRun], prefix: str = "") -> Iterator[Tally]:
    """One tally for each active rule whose id begins so."""
    expected = expectations(runs)
    for rule in service.rules:
        if rule.id.startswith(prefix):
            yield _tally(rule, service, expected.get(rule.id, ()))


def expectations(runs: Sequence[CaseRun]) -> Expected:
    """By rule: each truth that a case expects of it, and the facts it then meets."""
    found: dict[str, list[tuple[Truth, Case]]] = defaultdict(list)
    for run in runs:
        if run.seen is not None:
            for truth, id_ in run.case.expectations():
                found[id_].append((truth, run.seen))
    return found


def _tally(rule: Rule, service: Service, cases: Sequence[tuple[Truth, Case]]) -> Tally:
    vocabulary = service.knowledge.vocabulary
    book = service.cases
    mutants = tuple(mutate(rule.when, vocabulary))
    alive = {mutant.name: mutant for mutant in mutants if not _is_killed(mutant, cases)}
    changed = mutate_words(rule)
    said = book.does.get(rule.id)
    silent = [name for name, words in changed.items() if said in (None, words)]
    listed = book.equivalents_of(rule.id)
    unlisted = [mutant for name, mutant in alive.items() if name not in listed]
    left = [m for m in unlisted if not are_equivalent(rule.when, m.when, vocabulary)]
    names = [*(mutant.name for mutant in left), *silent]
    stale = [name for name in listed if name not in alive]
    return Tally(
        rule.id,
        killed=len(mutants) - len(alive) + len(changed) - len(silent),
        proved=len(unlisted) - len(left),
        listed=len(listed) - len(stale),
        problems=(*_survivors(rule, names), *_stale(rule, stale)),
    )


def _is_killed(mutant: Mutant, cases: Sequence[tuple[Truth, Case]]) -> bool:
    truth = truth_of(mutant.when)
    return any(truth(case) is not expected for expected, case in cases)


def _survivors(rule: Rule, names: Sequence[str]) -> Iterator[KnowledgeError]:
    for name in names:
        yield RuleCheckError(
            f"'{rule.id}' could be changed and no case would notice: {name}. Add a case on which "
            "the changed rule says something else, or list it under 'equivalent' with the reason.",
            rule.location,
        )


def _stale(rule: Rule, names: Sequence[str]) -> Iterator[KnowledgeError]:
    for name in names:
        yield RuleCheckError(
            f"'{rule.id}' has no surviving change '{name}', so listing it as equivalent hides "
            "nothing. Take it out.",
            rule.location,
        )
