"""For the clinician: the decision, what was found, and what to ask, in that order."""

from collections.abc import Iterator, Mapping
from typing import Any

from cds.knowledge.base import Knowledge
from cds.model.audience import Section

Json = Mapping[str, Any]


def clinician_sections(decision: Json, knowledge: Knowledge) -> Iterator[Section]:
    """Findings first; the rest of each rule is one link away."""
    say = knowledge.messages
    yield Section("", (decision["summary"],))
    yield Section(say["clinician.findings"], tuple(_findings(decision, say)))
    first = knowledge.audiences.clinician_first
    asked = decision["missing"][:first]
    yield Section(say["clinician.questions"], tuple(_question(entry, say) for entry in asked))
    yield Section(say["clinician.asked"], tuple(_asked(decision)))
    yield Section(say["clinician.dose"], tuple(_dose(decision, say)))
    yield Section(say["clinician.referrals"], tuple(_referrals(decision, knowledge)))
    count = len(decision["assumptions"])
    lines = (say["clinician.assumed"].format(count=count),) if count else ()
    yield Section("", (*lines, decision["notice"]))


def _findings(decision: Json, say: Mapping[str, str]) -> Iterator[str]:
    """Each message once, with the title of its rule."""
    titles = {entry["rule"]: entry["title"] for entry in decision["explanations"]}
    found = {entry["message"]: entry for entry in reversed(decision["contraindications"])}
    for message, entry in reversed(found.items()):
        title = titles.get(entry["id"], entry["id"])
        said = say["clinician.first"].format(message=message, title=title)
        yield f"{said} {say['finding.unknown']}" if entry["state"] == "unknown" else said


def _question(entry: Json, say: Mapping[str, str]) -> str:
    changes = ", ".join(say[f"consequence.{kind}"] for kind in entry.get("would_change", ()))
    return say["clinician.question"].format(question=entry["question"], changes=changes)


def _asked(decision: Json) -> Iterator[str]:
    for entry in decision["requested"]:
        reasons = " ".join(entry["reasons"])
        yield f"{entry['code']}: {entry['verdict'].replace('_', ' ')}. {reasons}".strip()


def _dose(decision: Json, say: Mapping[str, str]) -> Iterator[str]:
    aerobic = decision["intensity"]["aerobic"]
    if aerobic["category"]:
        parts = {"heart_rate": aerobic["hr_bpm"], "exertion": aerobic["rpe_6_20"]}
        told = {
            name: say[f"clinician.{name}"].format(low=pair[0], high=pair[1]) if pair else ""
            for name, pair in parts.items()
        }
        category = say[f"category.{aerobic['category']}"]
        yield say["clinician.effort"].format(category=category, **told)
    yield say["clinician.hiit"].format(eligible=decision["hiit"]["eligible"].replace("_", " "))


def _referrals(decision: Json, knowledge: Knowledge) -> Iterator[str]:
    for entry in decision["referrals"]:
        to = knowledge.names.teams.get(entry["to"], entry["to"])
        yield knowledge.messages["clinician.referral"].format(
            to=to, urgency=entry["urgency"], reason=entry["reason"]
        )
