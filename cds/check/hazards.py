"""The hazard log: what could harm a person, what stands against it, its proof, what is left."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from marshmallow import fields, validate
from msgspec import Struct

from cds.check.proofs import Proofs, check_tests
from cds.errors import Location
from cds.knowledge.documents import LocatedDict, Problems
from cds.knowledge.schema import SIGN_OFF, KnowledgeSchema, Text, choice, load_documents, suggest

LOG = "docs/safety/hazards.yaml"
#: Every kind of hazard that the log covers, the first 13 for VER-09, with what a reader calls it.
CLASSES: Mapping[str, str] = {
    "unit_error": "wrong unit",
    "missing_as_normal": "missing taken for normal",
    "stale": "out of date",
    "wrong_patient": "wrong patient",
    "contradictory": "contradictory",
    "silent_non_fire": "a rule silently does not fire",
    "silent_rule_error": "a rule fails or is wrong, silently",
    "wrong_rule_version": "wrong version of a rule",
    "automation_bias": "automation bias",
    "alert_fatigue": "alert fatigue",
    "clock_timezone": "clock and time zone",
    "rounding": "rounding",
    "translation": "translation and wording",
    "unsafe_plan": "a plan in spite of a bar",
    "under_treatment": "exercise withheld",
    "lost_record": "record lost or changed",
    "access": "access by others",
}


class Control(Struct, frozen=True):
    """One thing that stands against a hazard, with the tests that prove it by node id."""

    control: str
    tests: tuple[str, ...]


class Hazard(Struct, frozen=True):
    """One way to harm a person.

    `residual` is what remains with all controls, `reason` why that is borne; both are a judgement
    of the developers (`mark`) until a clinical safety officer signs.
    """

    id: str
    kind: str
    hazard: str
    cause: str
    controls: tuple[Control, ...]
    requirements: tuple[str, ...]
    residual: str
    reason: str
    mark: str


class _ControlSchema(KnowledgeSchema):
    control = Text(required=True)
    tests = fields.List(Text(), required=True, validate=validate.Length(min=1))


class _HazardSchema(KnowledgeSchema):
    id = Text(required=True, validate=validate.Regexp(r"HZ-\d{2}\Z"))
    kind = choice(*CLASSES, required=True)
    hazard = Text(required=True)
    cause = Text(required=True)
    controls = fields.List(
        fields.Nested(_ControlSchema), required=True, validate=validate.Length(min=1)
    )
    requirements = fields.List(Text(), required=True, validate=validate.Length(min=1))
    residual = Text(required=True)
    reason = Text(required=True)
    mark = choice("V", "K", "O", required=True)


class _LogSchema(KnowledgeSchema):
    clinical_sign_off = SIGN_OFF["clinical_sign_off"]
    description = Text(required=True)
    hazards = fields.List(fields.Nested(_HazardSchema), required=True)


def load_hazards(
    home: Path, requirements: Collection[str], problems: Problems
) -> tuple[Hazard, ...]:
    """The hazards of the log in the source tree at `home`; every fault is noted.

    A fault is a kind of hazard without an entry, a hazard that stands twice, a requirement that
    the trace does not hold, and a test that does not exist or never runs.
    """
    proofs = Proofs(home)
    found: dict[str, Hazard] = {}
    for _, document, loaded in load_documents(home, LOG, _LogSchema(), problems):
        for entry, written in zip(loaded["hazards"], document["hazards"], strict=True):
            hazard = _hazard(entry)
            if hazard.id in found:
                problems.add(f"'{hazard.id}' stands twice. Keep one.", Location(LOG, written.line))
            _check(hazard, written, requirements, proofs, problems)
            found[hazard.id] = hazard
        for kind in CLASSES.keys() - {hazard.kind for hazard in found.values()}:
            problems.add(f"No hazard is of the kind '{kind}'. Write one.", Location(LOG, 1))
    return tuple(found.values())


def _hazard(entry: Mapping[str, Any]) -> Hazard:
    controls = tuple(Control(c["control"], tuple(c["tests"])) for c in entry["controls"])
    return Hazard(**{**entry, "controls": controls, "requirements": tuple(entry["requirements"])})


def _check(
    hazard: Hazard,
    written: LocatedDict,
    requirements: Collection[str],
    proofs: Proofs,
    problems: Problems,
) -> None:
    for id_ in hazard.requirements:
        if id_ not in requirements:
            hint = suggest(id_, requirements)
            place = Location(LOG, written.lines["requirements"])
            problems.add(f"'{id_}' is no requirement of the trace. Correct it.{hint}", place)
    for control in written["controls"]:
        check_tests(control["tests"], LOG, proofs, problems)
