"""What must hold between rules: one id each, one definition per flag, nothing read too early."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from cds.errors import Location, RuleCheckError
from cds.knowledge.documents import Problems
from cds.model.condition import leaves
from cds.model.effect import Define, Setting
from cds.model.rule import Rule
from cds.rules.base import STAGES, TURNS
from cds.rules.effect_schemas import SETTING_KINDS

# What the safety turn finds enters the case as facts of these prefixes when it has been heard.
_FOUND = ("screening.", "contraindication.")
_BEFORE_THEY_ARE_FOUND = (*TURNS["definitions"], *TURNS["safety"])


def check_unique(ids: Iterable[tuple[str, Location]], problems: Problems) -> None:
    """Note every id that stands twice."""
    seen: dict[str, Location] = {}
    for id_, location in ids:
        first = seen.setdefault(id_, location)
        if first is not location:
            problems.add(
                f"The id '{id_}' is already used at {first}. An explanation could not tell them "
                "apart. Choose another.",
                location,
                RuleCheckError,
            )


def check_together(rules: Sequence[Rule], problems: Problems) -> None:
    """Note what is wrong between the rules that run, each time at the later one."""
    rules = sorted(rules, key=lambda rule: rule.location)
    _check_definitions(rules, problems)
    _check_order(rules, problems)
    _check_twins(rules, problems)
    _check_settings(rules, problems)


def _defined(rules: Iterable[Rule]) -> Iterator[tuple[str, Rule]]:
    for rule in rules:
        for effect in rule.then:
            if isinstance(effect, Define):
                yield effect.fact, rule


def _check_definitions(rules: Sequence[Rule], problems: Problems) -> None:
    defining: dict[str, list[Rule]] = defaultdict(list)
    for fact, rule in _defined(rules):
        defining[fact].append(rule)
    for fact, found in defining.items():
        for extra in found[1:]:
            problems.add(
                f"'{fact}' is already defined by {found[0].id}. Two definitions could disagree. "
                "Join them with any.",
                extra.location,
                RuleCheckError,
            )


def _check_order(rules: Sequence[Rule], problems: Problems) -> None:
    """A rule must not test what is only found after it was heard: it would be unknown for ever."""
    by_fact = {fact: rule.id for fact, rule in _defined(rules)}
    for rule in rules:
        for fact in dict.fromkeys(leaf.fact for leaf in leaves(rule.when)):
            reason = _too_early(rule, fact, by_fact.get(fact))
            if reason:
                problems.add(reason, rule.location, RuleCheckError)


def _too_early(rule: Rule, fact: str, definer: str | None) -> str | None:
    where = definer.partition(".")[0] if definer is not None else rule.stage
    if rule.stage == where and definer is not None:
        return (
            f"'{fact}' is defined in this same stage (by {definer}), so it is not known here yet. "
            "Write its condition out."
        )
    if STAGES.index(rule.stage) < STAGES.index(where):
        return (
            f"'{fact}' is defined only in stage {where} (by {definer}), so it is not known in "
            f"stage {rule.stage}. Write its condition out."
        )
    if fact.startswith(_FOUND) and rule.stage in _BEFORE_THEY_ARE_FOUND:
        return (
            f"'{fact}' is found only after stage {TURNS['safety'][-1]}, so it is not known in "
            f"stage {rule.stage}. Move the rule, or test what it follows from."
        )
    return None


def _check_twins(rules: Sequence[Rule], problems: Problems) -> None:
    seen: dict[tuple[object, ...], Rule] = {}
    for rule in rules:
        first = seen.setdefault((rule.stage, rule.topic.topic, rule.when, rule.then), rule)
        if first is not rule:
            problems.add(
                f"'when' and 'then' are those of {first.id}. A reader would look for a difference "
                "that is not there. Keep one of the rules.",
                rule.location,
                RuleCheckError,
            )


def _check_settings(rules: Sequence[Rule], problems: Problems) -> None:
    """What has to be known true for a setting may not be passed over while it is unknown."""
    for rule in rules:
        for effect in (e for e in rule.then if isinstance(e, Setting)):
            fitting = SETTING_KINDS[effect.kind]
            if rule.if_unknown not in fitting:
                problems.add(
                    f"A {effect.kind} item of a setting goes with if_unknown "
                    f"{' or '.join(fitting)}, so that what nobody knows is no pass. Correct one "
                    "of them.",
                    rule.location,
                    RuleCheckError,
                )
