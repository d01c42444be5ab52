"""Whether the order of the progression table and its rules name each other, each once."""

from collections import Counter
from collections.abc import Collection, Mapping

from cds.errors import Location, RuleCheckError
from cds.knowledge.documents import Problems
from cds.knowledge.progression_file import PATTERN
from cds.knowledge.schema import suggest
from cds.model.effect import Progress
from cds.model.follow_up import ProgressionOrder
from cds.model.rule import Rule

_PLACE = Location(PATTERN, 1)


def check_progression(
    rules: Mapping[str, Rule], unread: Collection[str], order: ProgressionOrder, problems: Problems
) -> None:
    """Note each rule that the order leaves out, and each name in it that leads nowhere.

    `unread` are topics whose file could not be read; their rules may well exist. Without any
    rule of the stage there is nothing to put in order.
    """
    rows = {rule.id: rule for rule in rules.values() if rule.stage == "progression"}
    if not rows:
        return
    listed = (*order.rules, order.otherwise)
    for id_, rule in rows.items():
        if sum(isinstance(effect, Progress) for effect in rule.then) != 1:
            problems.add(
                f"'{id_}' does not have exactly one 'progress', so it would not say what becomes "
                "of the dose. Write one.",
                rule.location,
                RuleCheckError,
            )
        if id_ not in listed:
            problems.add(
                f"'{id_}' stands nowhere in {PATTERN}, so nobody would know which row goes first. "
                "Put it in its place.",
                rule.location,
                RuleCheckError,
            )
    for id_, times in Counter((*listed, order.when_open)).items():
        if id_ not in rows and id_.rpartition(".")[0] not in unread:
            problems.add(
                f"There is no active rule '{id_}' of stage progression.{suggest(id_, rows)} "
                "Correct the name.",
                _PLACE,
            )
        elif times > 1 + (id_ == order.when_open):
            problems.add(f"'{id_}' stands twice. Only its first place counts. Keep one.", _PLACE)
