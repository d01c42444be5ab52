"""Whether the order of teaching and the rules that teach name each other, each once."""

from collections import Counter
from collections.abc import Collection, Mapping

from cds.errors import Location, RuleCheckError
from cds.knowledge.care_files import TEACHING
from cds.knowledge.documents import Problems
from cds.knowledge.schema import suggest
from cds.model.care import TeachingOrder
from cds.model.effect import Advise
from cds.model.rule import Rule

STAGE = "prescription"
_PLACE = Location(TEACHING, 1)


def check_teaching(
    rules: Mapping[str, Rule], unread: Collection[str], order: TeachingOrder, problems: Problems
) -> None:
    """Note each teaching rule that the order leaves out, and each name that leads nowhere.

    `unread` are topics whose file could not be read; their rules may well exist. Without any
    rule that teaches there is nothing to put in order.
    """
    lessons = {id_: rule for id_, rule in rules.items() if rule.stage == STAGE and _teaches(rule)}
    if not lessons:
        return
    for id_, rule in lessons.items():
        if id_ not in order.rules:
            problems.add(
                f"'{id_}' stands nowhere in {TEACHING}, so nobody would know how useful it is. "
                "Put it in its place.",
                rule.location,
                RuleCheckError,
            )
    for id_, times in Counter(order.rules).items():
        if id_ not in lessons and id_.rpartition(".")[0] not in unread:
            problems.add(
                f"There is no active rule '{id_}' of stage {STAGE} that teaches."
                f"{suggest(id_, lessons)} Correct the name.",
                _PLACE,
            )
        elif times > 1:
            problems.add(f"'{id_}' stands twice. Only its first place counts. Keep one.", _PLACE)


def _teaches(rule: Rule) -> bool:
    return any(isinstance(effect, Advise) for effect in rule.then)
