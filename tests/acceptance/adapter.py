"""From a published case to the answers of the service, in the words of the case.

A case is put to every question that answers it: a calculator, a decision, a check-in, or several.
All of them go through the HTTP API (`door.py`), so nothing is submitted that a client could not
send, and nothing is read that a client does not get. The rest of the patient is filled in as
`patients.py` says: neutrally, and only where the case does not speak of it. Nothing here knows an
expected value.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from cds.knowledge.base import Knowledge
from tests.acceptance import calculations
from tests.acceptance.answers import READERS, Answer
from tests.acceptance.check_ins import is_check_in, observe_check_in
from tests.acceptance.door import Door
from tests.acceptance.intervals import intervals
from tests.acceptance.patients import (
    Body,
    UntranslatedError,
    bodies_of,
    empty_body,
    fill_neutrally,
)
from tests.acceptance.topic_answers import (
    TOPIC_READERS,
    is_sentence,
    result,
    sentence,
    start,
)
from tests.acceptance.topic_inputs import BY_TOPIC
from tests.acceptance.vectors import HERE, Vector

_ASKED = frozenset({"request", "exercise", "exercise_tags", "finding"})
_ASKED_OF_THE_ANSWER = ("must_exclude_ids", "allowed_ids")
_BY_TOPIC = {
    "VO2": calculations.uptake, "1RM": calculations.strength, "CAT": calculations.category,
    "FALL": calculations.falls, "RISK": calculations.risk, "aacvpr": calculations.risk,
    "hr": calculations.paper_heart_rate,
}  # fmt: skip
_BY_INPUT = {
    ("HRMAX", "method"): calculations.maximum, ("HRR", "p_low"): calculations.reserve,
    ("HRMAX", "on_beta_blocker"): calculations.selected_maximum,
    ("HRMAX", "rhythm"): calculations.selected_maximum, ("HRR", "p"): calculations.uptake_reserve,
    ("HRR", "kg"): calculations.energy, ("CEIL", "hr_peak"): calculations.chronotropic,
    ("MISC", "medication_list"): calculations.unknown_medication,
}  # fmt: skip
# The phase follows from regular exercise and from a clearance that lets it go on; a case that
# names the phase takes them as settled.
_PHASES: Mapping[str, Mapping[str, Any]] = {
    "start": {"regular_exercise": False},
    "target": {
        "regular_exercise": True,
        "desired_intensity": "vigorous",
        "months_since_clearance": 1,
        "symptoms_changed": False,
    },
}
# Worked by a calculator alone: a formula, a table or a tier says nothing of a whole patient.
_ALSO_DECIDED = frozenset({"hr_method", "falls_risk_flag"})
_NO_PATIENT = frozenset({"HRR", "VO2", "1RM", "CAT", "RISK", "aacvpr", "hr"})


@dataclass(frozen=True)
class Observation:
    """What one door answered: by key of the case, in the words of the case."""

    door: str
    found: Mapping[str, Any]


class Adapter:
    """Puts published cases to one running service."""

    def __init__(self, door: Door, knowledge: Knowledge) -> None:
        self._door = door
        self._knowledge = knowledge
        self._neutral = self.decide(fill_neutrally(empty_body()))
        content = yaml.safe_load((HERE / "findings.yaml").read_text(encoding="utf-8"))
        self._findings: Mapping[str, Mapping[str, Any]] = content["findings"]

    def decide(self, body: Body) -> Mapping[str, Any]:
        """The decision for a body; nothing of a case may be left unread."""
        decision = self._door.decide(body)
        assert decision["rejected_facts"] == []
        assert decision["unmapped"] == []
        return decision

    def observe(self, vector: Vector) -> Iterator[Observation]:
        """What each door answers to the case, for the keys that it can speak of."""
        if is_check_in(vector):
            row = observe_check_in(self._door, vector.inputs)
            yield Observation("check-in", {k: v for k, v in row.items() if k in vector.expected})
            if beyond := vector.expected.keys() - row.keys():
                yield from self._decisions(vector, beyond)
            return
        if "protocol" in vector.inputs:
            yield self._intervals(vector)
            return
        calculator = self._calculator(vector)
        if calculator is not None:
            found = calculator(vector.inputs, self._calculate)
            spelled = {
                k: _with_remark(v, vector.expected[k])
                for k, v in found.items()
                if k in vector.expected
            }
            yield Observation("calculator", spelled)
        alone = calculator in (calculations.maximum, calculations.chronotropic)
        if vector.topic not in _NO_PATIENT and not alone:
            keys = vector.expected.keys()
            yield from self._decisions(vector, keys if calculator is None else keys & _ALSO_DECIDED)

    def _intervals(self, vector: Vector) -> Observation:
        """The protocol under the ceiling that the decision for the same patient sets."""
        said = {name: v for name, v in vector.inputs.items() if name != "protocol"}
        decision = self.decide(next(bodies_of(said)))
        ceiling = decision["intensity"]["aerobic"]["hr_ceiling_bpm"]
        found = intervals(vector.inputs, ceiling, self._knowledge)
        return Observation("protocol", {k: v for k, v in found.items() if k in vector.expected})

    def _decisions(self, vector: Vector, asked: Collection[str]) -> Iterator[Observation]:
        keys = [key for key in vector.expected if key in asked]
        readers = {**READERS, **TOPIC_READERS, **_OF_TOPIC.get(vector.topic, {})}
        if is_sentence(vector.expected.get("action")):
            readers["action"] = sentence
        unread = [key for key in keys if key not in readers]
        if unread:
            raise UntranslatedError(f"nothing reads {unread}")
        for body in self._bodies(vector):
            # The list that these cases print is about exercise tests.
            context = {"context": "exercise_test"} if vector.topic == "ci" else {}
            answer = Answer(self.decide(body), context | vector.inputs, vector.refs, self._neutral)
            found = {key: readers[key](answer, vector.expected[key]) for key in keys}
            yield Observation(_describe(body), found)

    def _bodies(self, vector: Vector) -> Iterator[Body]:
        inputs = dict(vector.inputs)
        own = {n: inputs.pop(n) for n in tuple(inputs) if (vector.topic, n) in BY_TOPIC}
        named = [id_ for key in _ASKED_OF_THE_ANSWER for id_ in vector.expected.get(key, ())]
        asked = {name: inputs.pop(name) for name in _ASKED & set(inputs)}
        inputs |= _PHASES.get(inputs.get("phase", ""), {})
        finding = self._finding(asked["finding"]) if "finding" in asked else {}
        for body in bodies_of(inputs):
            body["facts"] |= finding.get("facts", {})
            body["conditions"] += finding.get("conditions", [])
            body["policy"] |= vector.policy
            for name, value in own.items():
                BY_TOPIC[vector.topic, name](body, value)
            exercises = [*named, *self._exercises(asked)]
            if exercises:
                body["request"]["exercises"] = exercises
            yield body

    def _finding(self, sentence: str) -> Mapping[str, Any]:
        if sentence not in self._findings:
            raise UntranslatedError(f"no translation for the finding {sentence!r}")
        return self._findings[sentence]

    def _exercises(self, asked: Mapping[str, Any]) -> Iterator[str]:
        if "request" in asked:
            yield asked["request"]
        kinds = [
            *asked.get("exercise_tags", ()),
            *([asked["exercise"]] if "exercise" in asked else ()),
        ]
        unknown = [kind for kind in kinds if kind not in _KINDS_OF_MOVEMENT]
        if unknown:
            raise UntranslatedError(f"no movement is called {unknown}")
        tests = [_KINDS_OF_MOVEMENT[kind] for kind in kinds]
        if tests:
            for movement in self._knowledge.catalogue.movements.values():
                if all(test(movement) for test in tests):
                    yield movement.id

    def _calculate(self, name: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        return self._door.calculate(name, inputs)

    def _calculator(self, vector: Vector) -> Callable[..., Mapping[str, Any]] | None:
        for (topic, name), found in _BY_INPUT.items():
            if vector.topic == topic and name in vector.inputs:
                return found
        return _BY_TOPIC.get(vector.topic)


def _with_remark(found: Any, expected: Any) -> Any:
    """As the case spells it when it adds a remark in brackets to its answer."""
    return expected if isinstance(expected, str) and expected.startswith(f"{found} [") else found


def _describe(body: Body) -> str:
    """What of the patient is not neutral."""
    neutral = fill_neutrally(empty_body())["facts"]
    said = {name: v for name, v in body["facts"].items() if neutral.get(name, ...) != v}
    return f"decision for {said}, {body['conditions']}, {body['medications']}"


# Words that mean something of their own in the cases of one topic.
_OF_TOPIC: Mapping[str, Mapping[str, Callable[..., Any]]] = {
    "ada": {"start": start},
    "t19": {"result": result},
    "cyto": {"result": result},
}
_KINDS_OF_MOVEMENT: Mapping[str, Callable[[Any], bool]] = {
    "spinal_flexion": lambda movement: "flexion" in movement.spinal_motion,
    "loaded": lambda movement: movement.spine_loaded,
    "jump_training": lambda movement: movement.pattern == "plyometric",
    "moderate_impact": lambda movement: movement.impact_level == "moderate",
    "treadmill_walk": lambda movement: movement.id == "A08",
    "heavy_deadlift": lambda movement: movement.id == "R16",
    "progressive_rt_arm": lambda movement: movement.id == "R33",
    "walking": lambda movement: movement.pattern == "gait" and movement.impact_level == "low",
}
