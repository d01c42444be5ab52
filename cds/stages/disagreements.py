"""Where guidelines disagree on something that matters to this decision: every side is told."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from cds.engine.evaluator import Reading
from cds.knowledge.policy import Option, Policy
from cds.model.answer import ChosenPolicy
from cds.model.case import Case
from cds.model.decision import Disagreement, Position
from cds.model.effect import Conflict
from cds.stages.other_positions import OtherPositions
from cds.stages.outcome import Outcome, effects_of


class Sides(Struct, frozen=True):
    """What disagreements are told from."""

    policies: Mapping[str, Policy]
    others: OtherPositions
    messages: Mapping[str, str]


class _Matter(Struct):
    """Why one policy matters here: the rules that hold, what they say, and which rules each other
    option would change.
    """

    rules: dict[str, None] = field(default_factory=dict)
    said: list[Conflict] = field(default_factory=list)
    changes: dict[str, tuple[str, ...]] = field(default_factory=dict)


def disagreements(
    reading: Reading, live: Sequence[Outcome], sides: Sides, used: Collection[str] = ()
) -> tuple[Disagreement, ...]:
    """One for each policy that a rule which holds names as in dispute, that `used` names, or of
    which another option would make some rule hold or not; then those that no policy switches.
    """
    case = reading.case
    matters = _of_rules(live)
    for policy, changes in sides.others.weigh(reading):
        for option, rules in changes:
            matters[policy].changes[option] = rules
            holding = {outcome.rule.id for outcome in live if outcome.applies}
            matters[policy].rules |= {id_: None for id_ in rules if id_ in holding}
    for id_ in used:
        matters[id_].changes |= {option.code: () for option in sides.policies[id_].options}
    told = [_tell(sides.policies[id_], matters[id_], case, sides) for id_ in matters]
    return (*told, *_beside_policies(live))


def chosen_policies(case: Case, policies: Mapping[str, Policy]) -> tuple[ChosenPolicy, ...]:
    """Each position that is not the default, with who chose it; `policies` are by their facts."""
    facts, chosen = case.facts, []
    for name, policy in policies.items():
        fact = facts[name]
        if fact.value != policy.default:
            chosen.append(ChosenPolicy(policy.id, str(fact.value), fact.source or ""))
    return tuple(chosen)


def _of_rules(live: Iterable[Outcome]) -> defaultdict[str, _Matter]:
    matters: defaultdict[str, _Matter] = defaultdict(_Matter)
    for outcome, effect in effects_of(live, Conflict):
        if effect.policy is not None:
            matters[effect.policy].rules[outcome.rule.id] = None
            matters[effect.policy].said.append(effect)
    return matters


def _tell(policy: Policy, matter: _Matter, case: Case, sides: Sides) -> Disagreement:
    fact = case.get(f"policy.{policy.id}")
    taken = str(fact.value)
    positions = tuple(_position(option, taken, matter) for option in policy.options)
    said = matter.said[0] if matter.said else None
    others = ", ".join(option.code for option in policy.options if option.code != taken)
    return Disagreement(
        attribute=said.attribute if said else policy.title,
        sources=said.sources if said else tuple(f"{p.source}: {p.means}" for p in positions),
        resolution=_resolution(policy, said, taken, sides),
        policy=policy.id,
        because=tuple(matter.rules),
        taken=taken,
        chosen_by=fact.source,
        positions=positions,
        switch=sides.messages["policy.switch"].format(policy=policy.id, options=others),
    )


def _position(option: Option, taken: str, matter: _Matter) -> Position:
    is_taken = option.code == taken
    changes = option.code in matter.changes and not is_taken
    rules = matter.changes.get(option.code, ())
    said = option.means, option.source, option.mark
    return Position(option.code, *said, is_taken, changes, rules)


def _resolution(policy: Policy, said: Conflict | None, taken: str, sides: Sides) -> str:
    """What was taken and why; what a rule says of it speaks of the default."""
    if taken == policy.default:
        return said.resolution if said else f"{_means(policy, taken)} {policy.because}"
    return sides.messages["policy.not_default"].format(
        taken=_means(policy, taken), default=_means(policy, policy.default), because=policy.because
    )


def _means(policy: Policy, code: str) -> str:
    option = policy.option(code)
    return option.means if option else code


def _beside_policies(live: Iterable[Outcome]) -> Iterator[Disagreement]:
    said: dict[Conflict, list[str]] = defaultdict(list)
    for outcome, effect in effects_of(live, Conflict):
        if effect.policy is None:
            said[effect].append(outcome.rule.id)
    for effect, rules in said.items():
        yield Disagreement(effect.attribute, effect.sources, effect.resolution, None, tuple(rules))
