"""What a question is about: an id, a name or an everyday word, read against the knowledge."""

from collections.abc import Iterator

from cds.errors import IntakeError, Refusal
from cds.knowledge.schema import suggest
from cds.model.decision import Disposition
from cds.model.question import Target
from cds.service import Service
from cds.stages.intensity_bands import CATEGORIES

# Nobody is asked why the answer is not worse.
OPEN = (Disposition.PROCEED, Disposition.PROCEED_WITH_LIMITS, Disposition.CLEARANCE_FIRST)


def find_target(asked: str, service: Service, pointer: str, *, rules: bool = True) -> Target:
    """The one thing that is meant; `rules` says whether it may be a rule.

    An id comes before a name, a modality before a setting of the same name.
    Raises: IntakeError when nothing is meant, or several things are.
    """
    known = list(_known(service, rules))
    words = _plain(asked)
    for exact in (False, True):
        found = [
            target for target in known if words == _plain(target.name if exact else target.code)
        ]
        if found:
            return found[0]
    meant = list(_by_word(words, service))
    if len(meant) == 1:
        return meant[0]
    raise IntakeError([Refusal(pointer, _refusal(words, known, meant))])


def _known(service: Service, rules: bool) -> Iterator[Target]:
    knowledge = service.knowledge
    for code, name in knowledge.names.modalities.items():
        yield Target("modality", code, name)
    for movement in knowledge.catalogue.movements.values():
        yield Target("exercise", movement.id, movement.name)
    for code in CATEGORIES:
        yield Target("intensity", code, knowledge.messages.get(f"category.{code}", code))
    for disposition in OPEN:
        words = knowledge.messages[f"disposition.{disposition.value}"]
        yield Target("disposition", disposition.value, words)
    for code in knowledge.vocabulary["setting"].values:
        yield Target("setting", code, code)
    if rules:
        for rule in service.rules:
            yield Target("rule", rule.id, rule.title)


def _by_word(words: str, service: Service) -> Iterator[Target]:
    """Movements by a word that people use, or by a part of their name."""
    catalogue = service.knowledge.catalogue
    table = catalogue.selection.words if catalogue.selection else {}
    named = table.get(words.replace(" ", "_"), ())[:1]
    if not named and len(words) > 2:
        named = tuple(m.id for m in catalogue.movements.values() if words in _plain(m.name))
    for id_ in named:
        yield Target("exercise", id_, catalogue.movements[id_].name)


def _refusal(words: str, known: list[Target], meant: list[Target]) -> str:
    if meant:
        near = ", ".join(target.code for target in meant[:5])
        return f"Several movements have this in their name. Ask for one of: {near}."
    names = {name for target in known for name in (target.code, _plain(target.name))}
    return (
        "Nothing of this name is known here. Ask for a modality, an exercise, an intensity, a "
        f"disposition, a setting or a rule.{suggest(words, names)}"
    )


def _plain(text: str) -> str:
    return " ".join(text.strip().lower().replace("_", " ").split())
