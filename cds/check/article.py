"""Everything that accounts for the source article: its claims, its gaps and what it cites."""

from pathlib import Path

from msgspec import Struct

from cds.check.article_citations import Cited, audit_citations
from cds.check.claims import Claim, Gap, account_claims, find_gaps
from cds.check.places import Ground
from cds.knowledge.documents import Problems
from cds.service import Service


class Article(Struct, frozen=True):
    """The answers to the source article, each in its order."""

    claims: tuple[Claim, ...]
    gaps: tuple[Gap, ...]
    cited: tuple[Cited, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many claims there are, are carried, in part, and are no rule."""
        carried = [claim for claim in self.claims if claim.places]
        return {
            "claims": len(self.claims),
            "carried": len(carried),
            "of these partly": sum(bool(claim.missing) for claim in carried),
            "no rule": sum(bool(claim.no_rule) for claim in self.claims),
        }


def account_article(service: Service, root: Path, problems: Problems) -> Article:
    """What answers the article under `root`; every fault is noted."""
    ground = Ground(service, root, problems)
    return Article(
        account_claims(ground),
        find_gaps(ground),
        audit_citations(service, root, problems),
    )
