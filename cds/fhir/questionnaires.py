"""QuestionnaireResponse: answers to questions whose codes carry a fact."""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from cds.fhir.bundle import Resource
from cds.fhir.candidates import Candidate, sort_out
from cds.fhir.context import FUTURE, MODIFIED, Context, rejected
from cds.fhir.dates import Moment
from cds.fhir.elements import Coding, Node
from cds.fhir.values import Value, read_value
from cds.knowledge.fact import FactDefinition
from cds.model.intake import Intake, Unmapped

_USABLE = frozenset({"completed", "amended"})
_LOINC = "http://loinc.org"
# Questions are often linked by their LOINC code, with those of the groups around it before it.
_LINKED = re.compile(r"(?:.*/)?([0-9]{1,7}-[0-9])")
_NO_FACT = "No fact is known by this question."
_SEVERAL = "It holds more than one answer."
Codes = Mapping[str, tuple[Coding, ...]]


def read_answers(resource: Resource, context: Context) -> tuple[list[Candidate], Intake]:
    """The answers that a fact takes, and what of the questionnaire was not used."""
    moment = resource.node.moment("authored")
    reason = _reason_against(resource, context, moment)
    if reason or moment is None:
        undated = "It has no date, so nobody can tell whether it still holds."
        return [], rejected([resource.type], reason or undated, resource)
    coded = question_codes(resource, context)
    given: list[Candidate] = []
    missed: list[Unmapped] = []
    for item in _items(resource.node):
        answers = list(item.nodes("answer"))
        asked = _Asked.of(item, coded, context)
        if answers and asked is None:
            missed.append(_missed(item, resource))
        elif answers and asked is not None:
            given.append(asked.read(answers, item, moment, resource))
    candidates, refused = sort_out(given)
    return candidates, Intake(unmapped=tuple(missed), rejected=refused)


class _Asked(Struct, frozen=True):
    """The fact that a question asks for; `unit` is the one that the question names, if any."""

    fact: FactDefinition
    code: str
    unit: str | None

    @classmethod
    def of(cls, item: Node, coded: Codes, context: Context) -> "_Asked | None":
        """The fact of the item: by the code in its link, or that of its question."""
        for coding in codes_of_question(item.text("linkId") or "", coded):
            fact = context.fact_of(coding)
            if fact is not None:
                named = coding.code in context.terminology.reading.unit_in_question
                return cls(fact, f"{coding.system}|{coding.code}", fact.unit if named else None)
        return None

    def read(
        self, answers: list[Node], item: Node, moment: Moment, resource: Resource
    ) -> Candidate:
        """The one answer."""
        several = len(answers) > 1
        found = Value(fault=_SEVERAL) if several else read_value(answers[0], self.fact, self.unit)
        return Candidate(self.fact, self.code, found, moment, resource.source, item)


def codes_of_question(link: str, coded: Codes) -> tuple[Coding, ...]:
    """The codes of the question of that link: the LOINC code in it, and those of its form."""
    linked = _LINKED.fullmatch(link)
    own = (Coding(_LOINC, linked[1], None),) if linked else ()
    return (*own, *coded.get(link, ()))


def _reason_against(resource: Resource, context: Context, moment: Moment | None) -> str | None:
    if resource.node.text("status") not in _USABLE:
        return "It is not completed."
    if resource.is_modified:
        return MODIFIED
    return FUTURE if context.is_future(moment) else None


def _items(root: Node) -> Iterator[Node]:
    """Every item, also those inside groups and answers."""
    left = [root]
    while left:
        node = left.pop()
        for item in node.nodes("item"):
            yield item
            left += [item, *item.nodes("answer")]


def question_codes(resource: Resource, context: Context) -> Codes:
    """The codes of each question by its link, where its questionnaire was sent along."""
    form = (resource.node.text("questionnaire") or "").partition("|")[0]
    inside = form.startswith("#")
    sent = resource.contained() if inside else context.bundle.resources
    found: dict[str, tuple[Coding, ...]] = {}
    for other in sent:
        names = {f"#{other.id}"} if inside else {other.node.text("url"), other.source}
        if other.type == "Questionnaire" and form in names:
            for item in _items(other.node):
                codes = tuple(
                    Coding(c.text("system"), c.text("code"), c.text("display"))
                    for c in item.nodes("code")
                )
                found[item.text("linkId") or ""] = codes
    return found


def _missed(item: Node, resource: Resource) -> Unmapped:
    """A question that no fact is known by; its answer is not repeated."""
    told = (item.text("linkId"), item.text("text"), resource.source, resource.type.casefold())
    return Unmapped(None, *told, _NO_FACT)
