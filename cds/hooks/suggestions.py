"""What a card offers to take over: drafts that a clinician reviews and signs, never more."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cds.hooks.orders import Draft

Json = Mapping[str, Any]


def plan_suggestion(resources: Sequence[Json], words: Mapping[str, str]) -> tuple[Json, ...]:
    """The plan with its order and goals; nothing where no exercise may be ordered."""
    plan = next((r for r in resources if r["resourceType"] == "CarePlan"), None)
    order = next((r for r in resources if _is_order_of(r, plan)), None)
    if plan is None or order is None:
        return ()
    goals = (r for r in resources if r["resourceType"] == "Goal")
    label = words["suggestion.plan"]
    return ({"label": label, "actions": [_create(r, label) for r in (plan, order, *goals)]},)


def referral_suggestion(
    referrals: Sequence[Json],
    number: int,
    resources: Sequence[Json],
    words: Mapping[str, str],
    teams: Mapping[str, str],
) -> tuple[Json, ...]:
    """The draft of one referral; the last requests are those, in the order of the referrals."""
    requests = [r for r in resources if r["resourceType"] == "ServiceRequest"][-len(referrals) :]
    if len(requests) < len(referrals):
        return ()
    to = referrals[number]["to"]
    label = words["suggestion.referral"].format(to=teams.get(to, to))
    return ({"label": label, "actions": [_create(requests[number], label)]},)


def removals(drafts: Iterable[Draft], words: Mapping[str, str]) -> tuple[Json, ...]:
    """Taking a drafted order back, for each that can be named."""
    label = words["suggestion.remove"]
    return tuple(
        {"label": label, "actions": [{**_action("delete", label), "resourceId": draft.reference}]}
        for draft in drafts
        if draft.reference is not None
    )


def _is_order_of(resource: Json, plan: Json | None) -> bool:
    return (
        plan is not None
        and resource["resourceType"] == "ServiceRequest"
        and {"reference": f"urn:uuid:{plan['id']}"} in resource.get("basedOn", ())
    )


def _create(resource: Json, description: str) -> Json:
    return {**_action("create", description), "resource": resource}


def _action(kind: str, description: str) -> dict[str, Any]:
    return {"type": kind, "description": description}
