"""The document on the source article, written from the answers to its claims."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from cds.check.article import Article
from cds.check.article_citations import Cited
from cds.check.claims import Claim, Gap
from cds.check.places import Place
from cds.check.rows_document import say_place

DOCUMENT = "docs/reference/article.md"
_HEAD = """\
# The source article, claim by claim

Written by `python -m cds coverage --write` from `cds/knowledge/article/`; do not edit it by hand.
The project began with an article on exercise therapy. Each of its claims stands here by the id of
the clinical reference and by its topic, with what brings it about in the service: rules, tables of
`cds/knowledge` (with the entry that is meant), dose profiles, movements, tags of what to avoid,
messages, facts, calculators, and modules of code with the test that proves them. What is carried in
part says what is missing; what is no rule says why. Every place is checked to exist. It is not a
clinical sign-off, which is pending throughout.
"""
_FINDINGS = {
    "sound": "stands up",
    "weaker": "exists, says less than it is used for",
    "unverified": "not found as cited: not to be cited",
    "wrong_journal": "exists, in another journal than cited",
}


def write_article(article: Article) -> str:
    """The whole document in Markdown."""
    parts = (
        _summary(article.counts),
        _partly(article.claims),
        _sections(article.claims),
        _unsaid(article.gaps),
        _citations(article.cited),
    )
    return "\n".join([_HEAD, *(line for part in parts for line in part)]) + "\n"


def _summary(counted: Mapping[str, int]) -> Iterator[str]:
    yield f"| {' | '.join(counted)} |"
    yield f"|{'---|' * len(counted)}"
    yield f"| {' | '.join(str(count) for count in counted.values())} |"


def _partly(claims: Sequence[Claim]) -> Iterator[str]:
    yield from ("", "## Carried in part", "", "| claim | topic | missing |", "|---|---|---|")
    for claim in claims:
        if claim.missing:
            yield f"| {claim.id} | {claim.topic} | {claim.missing} |"


def _sections(claims: Sequence[Claim]) -> Iterator[str]:
    for section, group in groupby(claims, key=lambda claim: claim.section):
        yield from ("", f"## {section}", "", "| claim | topic | answer |", "|---|---|---|")
        for claim in group:
            answer = f"No rule: {claim.no_rule}" if claim.no_rule else _say(claim.places)
            yield f"| {claim.id} | {claim.topic} | {answer} |"


def _unsaid(gaps: Sequence[Gap]) -> Iterator[str]:
    yield from ("", "## What the article leaves unsaid", "")
    yield from ("| left unsaid | answered by | missing |", "|---|---|---|")
    for gap in gaps:
        yield f"| {gap.topic} | {_say(gap.places)} | {gap.missing} |"


def _citations(cited: Sequence[Cited]) -> Iterator[str]:
    yield from ("", "## What the article cites", "")
    yield "No citation of the service repeats one that was not found or stands in another journal."
    yield from ("", "| it cites | audit | what was found | cited here |", "|---|---|---|---|")
    for each in cited:
        instead = ", ".join(f"`{id_}`" for id_ in each.instead) or "nothing"
        yield f"| {each.cited} | {_FINDINGS[each.finding]} | {each.text} | {instead} |"


def _say(places: Sequence[Place]) -> str:
    return "; ".join(say_place(place) for place in places)
