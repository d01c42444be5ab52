"""Guideline disagreements as named switches, each with a default and the reason for it."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from cds.knowledge.fact import FactDefinition, FactType


class ChosenBy(StrEnum):
    """Who chose the position that a decision follows; the words stand as the source of the fact."""

    REQUEST = "request policy"
    SITE = "site policy"
    DEFAULT = "default policy"


class Option(Struct, frozen=True):
    """One position: what it means, who holds it, and how well that was checked."""

    code: str
    means: str
    source: str
    mark: str
    pages: tuple[str, ...] = ()


class Policy(Struct, frozen=True):
    """One switch; `reference` is the row of the clinical reference it carries.

    `site` is the option that the site follows, None where it follows the default.
    """

    id: str
    reference: str
    title: str
    default: str
    because: str
    mark: str
    options: tuple[Option, ...]
    site: str | None = None

    def choose(self, asked: object = None) -> tuple[str, ChosenBy]:
        """The option that a decision follows and who chose it: request, site, or nobody."""
        if asked is not None:
            return str(asked), ChosenBy.REQUEST
        if self.site is not None:
            return self.site, ChosenBy.SITE
        return self.default, ChosenBy.DEFAULT

    def option(self, code: str) -> Option | None:
        """The option of that code, or None."""
        return next((option for option in self.options if option.code == code), None)


def policy_facts(policies: Iterable[Policy]) -> tuple[FactDefinition, ...]:
    """Each switch as the fact `policy.id`, so that rules can test it. Given apart from facts."""
    return tuple(
        FactDefinition(
            name=f"policy.{policy.id}",
            type=FactType.CODE,
            label=policy.title,
            question=f"{policy.title}: which position does the site follow?",
            group="policy",
            values=tuple(option.code for option in policy.options),
            submittable=False,
        )
        for policy in policies
    )
