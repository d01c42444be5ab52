"""The names a rule may use, so that a rule never points at nothing."""

from collections.abc import Mapping

from msgspec import Struct

from cds.errors import Location, RuleCheckError
from cds.knowledge.documents import Problems
from cds.knowledge.schema import suggest
from cds.knowledge.vocabulary import Vocabulary


class MissingNameError(RuleCheckError):
    """A rule uses a name that nothing defines."""


class References(Struct, frozen=True):
    """Everything that exists outside the rules: facts, citations, movements by avoid tag."""

    vocabulary: Vocabulary
    citations: frozenset[str]
    movements: frozenset[str]
    removed_by_tag: Mapping[str, frozenset[str]]
    modalities: frozenset[str]
    settings: frozenset[str]
    teams: frozenset[str]


class Place(Struct, frozen=True):
    """Where a part of a rule stands, and where its problems go."""

    path: str
    problems: Problems

    def refuse(self, line: int, message: str, kind: type[RuleCheckError] = RuleCheckError) -> None:
        """Note a problem of meaning at this line."""
        self.problems.add(message, Location(self.path, line), kind)

    def known(self, line: int, what: str, name: str, among: frozenset[str]) -> bool:
        """Whether `name` is one of `among`; notes the problem when it is not."""
        if name in among:
            return True
        self.refuse(
            line,
            f"There is no {what} '{name}'. The rule would point at nothing.{suggest(name, among)}",
            MissingNameError,
        )
        return False
