"""What the sender of a Bundle says is lacking in it: further pages, and failures."""

from collections.abc import Iterator

from cds.fhir.bundle import Bundle
from cds.fhir.elements import Node
from cds.model.intake import Intake, RejectedFact

_MORE = "It has another page, which was not sent. What stands there is not known."
_FEWER = "It holds less than was found, as its total says. The rest is not known."
_FAILED = "The sender reports a failure. Part of the record may not have been sent."
_REMARK = "information"
_OUTCOME = "OperationOutcome"


def told_by_sender(bundle: Bundle) -> Intake:
    """What was not sent, as something that was not used; nothing is taken as absent for it."""
    return Intake(rejected=tuple(RejectedFact("Bundle", reason) for reason in _reasons(bundle)))


def _reasons(bundle: Bundle) -> Iterator[str]:
    root = bundle.root
    if any(link.text("relation") == "next" for link in root.nodes("link")):
        yield _MORE
    total = root.number("total")
    if total is not None and total > sum(map(_is_match, root.nodes("entry"))):
        yield _FEWER
    if _may_have_failed(bundle) and any(map(_is_failure, root.nodes("entry"))):
        yield _FAILED


def _may_have_failed(bundle: Bundle) -> bool:
    """Whether an entry is an outcome, or is not held, so that it may be one."""
    return _OUTCOME in bundle.types.values() or len(bundle.types) < len(bundle.entries)


def _is_match(entry: Node) -> bool:
    search = entry.node("search")
    return search is None or search.text("mode") in (None, "match")


def _is_failure(entry: Node) -> bool:
    """An outcome that says more than a remark."""
    outcome = entry.node("resource")
    if outcome is None or outcome.text("resourceType") != _OUTCOME:
        return False
    return any(issue.text("severity") != _REMARK for issue in outcome.nodes("issue"))
