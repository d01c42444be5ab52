"""The trace: each requirement with how it is met, what proves that, and what is missing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema
from msgspec import Struct

from cds.check.proofs import Proofs, check_tests
from cds.errors import Location
from cds.knowledge.documents import Problems
from cds.knowledge.schema import KnowledgeSchema, Text, choice, load_documents

TRACE = "docs/safety/trace.yaml"
INTEROP = "docs/reference/interop.yaml"
STATES = ("met", "partly", "not_met")
_IDS = r"(?:(?:REG|AUD|REL|VER|SEC)-\d{2}|CH-[A-Z]\d{1,2}|(?:PA|US|CR|SM|BD)-\d)\Z"
_NOTHING: frozenset[str] = frozenset()
#: By state, what is said of a requirement, and what can be said: a document has no test.
_SAID: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "met": (frozenset({"how", "where", "tests"}), _NOTHING),
    "partly": (frozenset({"how", "where", "missing"}), frozenset({"tests"})),
    "not_met": (frozenset({"missing"}), _NOTHING),
}


class Requirement(Struct, frozen=True):
    """A requirement in our words; `level` is must, should or may, `state` one of STATES.

    `where` are paths of the source tree that meet it, `tests` prove it by node id, and `missing` is
    empty only when it is met.
    """

    id: str
    level: str
    asks: str
    state: str
    how: str = ""
    where: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    missing: str = ""


class _RequirementSchema(KnowledgeSchema):
    id = Text(required=True, validate=validate.Regexp(_IDS))
    level = choice("must", "should", "may", required=True)
    asks = Text(required=True)
    state = choice(*STATES, required=True)
    how = Text()
    where = fields.List(Text())
    tests = fields.List(Text())
    missing = Text()

    @validates_schema
    def _agree(self, data: dict[str, Any], **_: Any) -> None:
        """What is met says how, where and by which tests; what is not says what is missing."""
        needed, allowed = _SAID[data["state"]]
        said = data.keys() & {"how", "where", "tests", "missing"}
        if not needed <= said <= needed | allowed:
            wanted = ", ".join(sorted(needed))
            raise ValidationError(f"What is '{data['state']}' says just these: {wanted}.", "state")


class _TraceSchema(KnowledgeSchema):
    description = Text(required=True)
    requirements = fields.List(fields.Nested(_RequirementSchema), required=True)


def load_trace(home: Path, name: str, problems: Problems) -> tuple[Requirement, ...]:
    """The requirements of the file `name` in the source tree at `home`; every fault is noted.

    A fault is a requirement that stands twice, a place that does not exist, and a test that does
    not exist or never runs.
    """
    proofs = Proofs(home)
    found: dict[str, Requirement] = {}
    for _, document, loaded in load_documents(home, name, _TraceSchema(), problems):
        for entry, written in zip(loaded["requirements"], document["requirements"], strict=True):
            lists = {key: tuple(entry.get(key, ())) for key in ("where", "tests")}
            row = Requirement(**{**entry, **lists})
            if row.id in found:
                problems.add(f"'{row.id}' stands twice. Keep one.", Location(name, written.line))
            for place in row.where:
                if not (home / place).exists():
                    at = Location(name, written.lines["where"])
                    problems.add(f"There is no '{place}'. Correct it.", at)
            if row.tests:
                check_tests(written["tests"], name, proofs, problems)
            found[row.id] = row
    return tuple(found.values())
