"""What the sender of a Bundle says is lacking in it: further pages, and failures."""

from collections.abc import Iterator

from cds.fhir.elements import Node
from cds.model.intake import Intake, RejectedFact

_MORE = "It has another page, which was not sent. What stands there is not known."
_FEWER = "It holds less than was found, as its total says. The rest is not known."
_FAILED = "The sender reports a failure. Part of the record may not have been sent."
_REMARK = "information"


def told_by_sender(root: Node) -> Intake:
    """What was not sent, as something that was not used; nothing is taken as absent for it."""
    return Intake(rejected=tuple(RejectedFact("Bundle", reason) for reason in _reasons(root)))


def _reasons(root: Node) -> Iterator[str]:
    if any(link.text("relation") == "next" for link in root.nodes("link")):
        yield _MORE
    entries = list(root.nodes("entry"))
    total = root.number("total")
    if total is not None and total > sum(map(_is_match, entries)):
        yield _FEWER
    if any(map(_is_failure, entries)):
        yield _FAILED


def _is_match(entry: Node) -> bool:
    search = entry.node("search")
    return search is None or search.text("mode") in (None, "match")


def _is_failure(entry: Node) -> bool:
    """An outcome that says more than a remark."""
    outcome = entry.node("resource")
    if outcome is None or outcome.text("resourceType") != "OperationOutcome":
        return False
    return any(issue.text("severity") != _REMARK for issue in outcome.nodes("issue"))
