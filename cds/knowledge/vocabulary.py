"""The vocabulary of facts."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

from cds.knowledge.fact import FactDefinition, FactType
from cds.knowledge.schema import suggest


class Vocabulary(Mapping[str, FactDefinition]):
    """Every fact by name. It never changes; the `with_` methods give a larger one."""

    def __init__(self, definitions: Iterable[FactDefinition] = ()) -> None:
        self._facts = MappingProxyType({fact.name: fact for fact in definitions})
        self._places = {name: place for place, name in enumerate(self._facts)}
        self.during_exercise = tuple(n for n, fact in self._facts.items() if fact.during_exercise)

    @property
    def by_name(self) -> Mapping[str, FactDefinition]:
        """The same as a plain mapping, for those who look often."""
        return self._facts

    def __getitem__(self, name: str) -> FactDefinition:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def frozen_parts(self) -> tuple[tuple[FactDefinition, ...]]:
        """What another one like this is made of."""
        return (tuple(self._facts.values()),)

    def place(self, name: str) -> int:
        """Where the fact stands in the order of the vocabulary."""
        return self._places[name]

    def by_code(self, system: str, code: str) -> FactDefinition | None:
        """The fact that a code carries, of those that may be submitted."""
        return self._by_code.get((system, code))

    @cached_property
    def _by_code(self) -> Mapping[tuple[str, str], FactDefinition]:
        return {
            (coding.system, coding.code): fact
            for fact in self._facts.values()
            if fact.submittable
            for coding in fact.codes
        }

    def suggest(self, name: str) -> str:
        """ " Did you mean '…'?" when a known name is close, else nothing."""
        return suggest(name, self._facts)

    def with_facts(self, definitions: Iterable[FactDefinition]) -> "Vocabulary":
        """The same vocabulary with these facts added or replaced."""
        return Vocabulary((*self._facts.values(), *definitions))

    def with_members(
        self, namespace: str, members: Mapping[str, str], question: str
    ) -> "Vocabulary":
        """One flag `namespace.id` for each member; `question` holds `{label}`.

        Members are lists of their own in the input, so none goes stale by itself.
        """
        return self.with_facts(
            FactDefinition(
                name=f"{namespace}.{member}",
                type=FactType.FLAG,
                label=label,
                question=question.format(label=label),
                group=namespace,
            )
            for member, label in members.items()
        )
