"""What is said of the service and its rules as such, whoever the patient is."""

from collections.abc import Mapping

from msgspec import Struct


class IntendedUse(Struct, frozen=True):
    """What the service is for, for whom, about whom, and what it is not."""

    use: str
    users: str
    population: str
    exclusions: str
    limits: str

    @property
    def sentences(self) -> tuple[str, ...]:
        """All of it, a part at a time."""
        return (self.use, self.users, self.population, self.exclusions, self.limits)

    @property
    def text(self) -> str:
        """All of it as plain text."""
        return " ".join(self.sentences)


class SourceAttributes(Struct, frozen=True):
    """The 13 source attributes by id with their labels, and the facts by which data are used.

    `facts` has those about the use of data only.
    """

    labels: Mapping[str, str]
    facts: Mapping[str, frozenset[str]]
    not_available: str
    not_used: str
    funding_source: str
