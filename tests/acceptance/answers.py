"""A decision read in the words of the published cases.

A finding counts for a case only when it comes from a rule that carries one of the rows the
case is about (`ref`); for a case without rows, only when the neutral patient does not have it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]
_STOPPED = frozenset({"emergency", "do_not_exercise"})
_NOT_TODAY = _STOPPED | {"hold_today", "insufficient_data"}
_SCOPES = {"exercise_test": "test", "test": "test", "resistance": "resistance"}
_CATEGORIES = ("very_light", "light", "moderate", "vigorous", "near_maximal")


@dataclass(frozen=True)
class Answer:
    """One decision as JSON, with what the case is about."""

    decision: Json
    inputs: Json
    refs: frozenset[str]
    neutral: Json

    @property
    def own_rules(self) -> frozenset[str]:
        """The rules that speak of the rows of the case, fired or applied with caution."""
        return frozenset(
            e["rule"] for e in self.decision["explanations"] if self.refs & set(e["reference"])
        )

    @property
    def findings(self) -> list[Json]:
        """The contraindications that the case is about, in its scope (test, training)."""
        return [f for f in self.decision["contraindications"] if self._is_own(f) and self._in(f)]

    @property
    def referrals(self) -> list[Json]:
        """The referrals that the case is about."""
        return [r for r in self.decision["referrals"] if self._is_own(r)]

    def statements(self) -> Iterator[Json]:
        """Every sentence of advice that the case is about."""
        delivery = self.decision["delivery"]
        for found in (
            self.decision["education"],
            delivery["monitoring"],
            delivery["stop_criteria"],
        ):
            yield from (s for s in found if self._is_own(s))

    def fired(self, ref: str) -> bool:
        """Whether a rule that carries this row is true."""
        return any(
            ref in e["reference"] and e["state"] == "fired" for e in self.decision["explanations"]
        )

    def flag(self, fact: str) -> bool | None:
        """The value of a flag as the explanations show it."""
        values = {
            note["value"]
            for e in self.decision["explanations"]
            for note in e["conditions"]
            if note["fact"] == fact
        }
        assert len(values) <= 1, f"{fact} is told in two ways"
        return next(iter(values), None)

    def components(self, modality: str) -> list[Json]:
        """The components of the plan of one modality."""
        plan = self.decision["plan"]
        return [c for c in plan["components"] if c["modality"] == modality] if plan else []

    def particular(self, attribute: str) -> Json | None:
        """What the plan says under this name about the programme of the condition."""
        plan = self.decision["plan"] or {"particulars": ()}
        return next((p for p in plan["particulars"] if p["attribute"] == attribute), None)

    def advice(self, kind: str) -> str:
        """What the profiles say about a kind of exercise."""
        plan = self.decision["plan"] or {"kinds": ()}
        return " ".join(said["text"] for said in plan["kinds"] if said["kind"] == kind)

    def tags(self) -> frozenset[str]:
        """Every avoid tag, from rules and profiles."""
        found = {
            f["scope"]["code"]
            for f in self.decision["contraindications"]
            if f["scope"]["type"] == "movement"
        }
        plan = self.decision["plan"]
        found |= {tag for a in plan["avoided"] for tag in a["tags"]} if plan else set()
        return frozenset(found)

    def _is_own(self, finding: Json) -> bool:
        if self.refs:
            return bool(self.own_rules & set(finding["because"]))
        said = [*self.neutral["contraindications"], *self.neutral["referrals"]]
        return all(finding["because"] != known["because"] for known in said)

    def _in(self, finding: Json) -> bool:
        """A test is judged by what concerns tests; training by what does not."""
        wanted = _SCOPES.get(self.inputs.get("context", ""))
        scope = finding["scope"]
        if wanted == "test":
            covers = scope["type"] == "all" and finding["kind"] == "absolute"
            return covers or bool(scope["type"] == "test")
        return wanted is None or scope["type"] == "all" or scope["code"] == wanted


def _kinds(answer: Answer) -> frozenset[str]:
    return frozenset(finding["kind"] for finding in answer.findings)


def _clearance(answer: Answer, expected: str) -> str:
    names = {"recommended_before_vigorous": "RECOMMENDED_VIGOROUS"}
    found = answer.decision["screening"]["clearance"]
    return _as_written(names.get(found, found.upper()), expected)


def _start(answer: Answer, expected: str) -> str:
    found = answer.decision["screening"]["start_intensity"] or "none"
    return str(found.replace("light_to_moderate", "light-moderate"))


def _intensity(answer: Answer, expected: str) -> str:
    """How hard the programme of the condition is, else how hard the screening lets it start."""
    if answer.particular("aerobic_programme"):
        return str(_said("aerobic_programme", expected.replace("-", " to "))(answer, expected))
    return _as_written(answer.decision["screening"]["start_intensity"], expected)


def _status(answer: Answer, expected: str) -> str:
    """What the case asks about cannot be said, and the question is asked."""
    decision = answer.decision
    open_ = {decision["disposition"], decision["screening"]["clearance"]}
    if "insufficient_data" in open_ and decision["missing"]:
        return "INSUFFICIENT_DATA"
    return str(decision["disposition"])


def _result(answer: Answer, expected: str) -> str:
    if answer.refs:
        follow_up = answer.fired("SCREEN-PARQ-FU")
        cleared = answer.fired("SCREEN-PARQ-CLEAR")
        return {(False, True): "CLEARED", (True, False): "FOLLOW_UP_REQUIRED"}.get(
            (follow_up, cleared), "neither"
        )
    screening = answer.decision["screening"]
    if expected.startswith("stop"):
        return expected if screening["clearance"] == "discontinue_and_clear" else "go on"
    if expected.startswith("not necessary"):
        free = screening["clearance"] == "not_necessary" and screening["vigorous_allowed"]
        return expected if free else str(screening["clearance"])
    if expected.startswith("excluded"):
        return expected if _kinds(answer) & {"relative", "hold_today"} else "not excluded"
    relative = "relative" in _kinds(answer)
    return expected if relative else "not met"


def _action(answer: Answer, expected: str) -> str:
    """The expected action when the answer comes to it, else what the answer does."""
    holds = any(_ACTIONS[name](answer) for name in expected.split("_OR_"))
    found = sorted({f"{f['kind']}/{f['action']}/{f['scope']['type']}" for f in answer.findings})
    return expected if holds else f"{answer.decision['disposition']}: {', '.join(found)}"


def _avoids(answer: Answer) -> bool:
    asked = answer.decision["requested"]
    if asked:
        return all(r["verdict"] == "block" for r in asked)
    return any(f["action"] == "avoid" or f["kind"] == "absolute" for f in answer.findings)


def _allows(answer: Answer) -> bool:
    """Nothing that the case is about stands in the way, and the person may exercise."""
    asked = answer.decision["requested"]
    if asked and all(r["verdict"] == "block" for r in asked):
        return False
    barriers = {f["kind"] for f in answer.findings if not asked or f["scope"]["type"] == "all"} & {
        "absolute",
        "relative",
        "hold_today",
    }
    return not barriers and answer.decision["disposition"] not in _NOT_TODAY


def _stops(answer: Answer) -> bool:
    """A stop, or an emergency that ends everything."""
    return any(f["action"] == "stop" or f["urgency"] == "emergency" for f in answer.findings)


def _holds(answer: Answer) -> bool:
    return "hold_today" in _kinds(answer) and answer.decision["disposition"] == "hold_today"


def _holds_prescription(answer: Answer) -> bool:
    """No heart-rate prescription; whether anything light remains is left open by the case."""
    return answer.decision["intensity"]["aerobic"]["hr_bpm"] is None and bool(answer.findings)


def _halts(answer: Answer) -> bool:
    """Nothing goes on today, and somebody looks at it."""
    return (_stops(answer) or _holds(answer)) and bool(answer.referrals)


_ACTIONS: Mapping[str, Callable[[Answer], bool]] = {
    "AVOID": _avoids,
    "HOLD_TODAY": _holds,
    "HOLD": _holds_prescription,
    "ALLOW": _allows,
    "STOP": _stops,
    "TEST_KETONES": lambda answer: _holds(answer) and "test ketones" in str(answer.findings),
    "STOP_REFER": _halts,
    "REFER": lambda answer: bool(answer.referrals),
    "MODIFY": lambda answer: "precaution" in _kinds(answer) or _avoids(answer),
    "CAUTION": lambda answer: "precaution" in _kinds(answer),
    "CONTINUE_MONITOR": lambda answer: not _stops(answer),
}


def _refer(answer: Answer, expected: Any) -> Any:
    found = answer.referrals
    if expected is True:
        return bool(found)
    if expected == "emergency_or_urgent":
        urgencies = {r["urgency"] for r in found}
        return expected if urgencies & {"urgent", "emergency"} else sorted(urgencies)
    said = " ".join(f"{r['to']} {r['reason']}" for r in found)
    if isinstance(expected, list):
        return [team for team in expected if team in said]
    return expected if str(expected).lower().replace("_", " ") in said.lower() else said


def _vigorous(answer: Answer, expected: bool) -> bool:
    barred = any(f["scope"] == {"type": "intensity", "code": "vigorous"} for f in answer.findings)
    category = answer.decision["intensity"]["aerobic"]["category"]
    below = category is not None and _CATEGORIES.index(category) < _CATEGORIES.index("vigorous")
    return bool(answer.decision["screening"]["vigorous_allowed"]) and not (barred or below)


def _category(answer: Answer, expected: str) -> str:
    kinds = _kinds(answer)
    return expected if expected in kinds else ", ".join(sorted(kinds)) or "no finding"


def _hr_method(answer: Answer, expected: str) -> str:
    method = answer.decision["intensity"]["hr_method"]
    names = {"rpe_only": "RPE_ONLY", "measured": "HR_OK", "hrr_predicted": "HR_OK"}
    return names.get(method, method)


def _ceiling(answer: Answer) -> float:
    """The ceiling, or the top of the zone that the case starts from."""
    ceiling = answer.decision["intensity"]["aerobic"]["hr_ceiling_bpm"]
    tops = [answer.inputs.get("zone_upper"), ceiling]
    return min((top for top in tops if top is not None), default=float("inf"))


def _max_impact(answer: Answer, expected: str) -> str:
    """Up to brisk walking means that every higher impact is left out."""
    return expected if "AV_IMPACT_ABOVE_LOW" in answer.tags() else "no limit"


def _pair(found: Iterable[float] | None) -> list[float] | None:
    return None if found is None else list(found)


def _at_least(found: float | None, expected: float) -> Any:
    return expected if found is not None and found >= expected else found


def _included(found: Iterable[str], expected: Iterable[str]) -> Any:
    held = set(found)
    return expected if set(expected) <= held else sorted(held)


def _modality(answer: Answer, part: str, *modalities: str) -> Any:
    pairs = [c[part] for modality in modalities for c in answer.components(modality)]
    return _pair(pairs[0]) if pairs else None


def _chosen(answer: Answer) -> Iterator[str]:
    plan = answer.decision["plan"]
    for component in plan["components"] if plan else ():
        for exercise in component["exercises"]:
            yield from (exercise["id"], *exercise["alternatives"])


def _blocked(answer: Answer) -> frozenset[str]:
    return frozenset(r["code"] for r in answer.decision["requested"] if r["verdict"] == "block")


def _weekly(answer: Answer) -> Any:
    """The weekly goal of the plan, or what the plan says for the goal that the case names."""
    if "goal" in answer.inputs:
        told = answer.particular(f"weekly_minutes_for_{answer.inputs['goal']}")
        return told and [told["low"], told["high"]]
    found = answer.components("aerobic")
    return _pair(found[0]["volume"]["goal_minutes_per_week"]) if found else None


def _limit(answer: Answer, attribute: str) -> Any:
    plan = answer.decision["plan"] or {"limited_by": ()}
    return next((e["value"] for e in plan["limited_by"] if e["attribute"] == attribute), None)


def _hiit(answer: Answer, expected: str) -> str:
    names = {"conditional": "cond"}
    plan = answer.decision["plan"] or {"hiit": "no plan"}
    eligible = answer.decision["hiit"]["eligible"]
    if expected == "no" and eligible == "yes":
        return "the plan and the screen differ"
    return names.get(plan["hiit"], plan["hiit"])


def _eligible(answer: Answer, expected: bool) -> bool:
    return answer.decision["hiit"]["eligible"] in ("yes", "after_clearance")


def _flags(answer: Answer, expected: list[str]) -> Any:
    """A named flag is a rule of the case that fired and says something."""
    fired = any(answer.fired(ref) for ref in answer.refs)
    return expected if fired and list(answer.statements()) else []


def _flag(answer: Answer, expected: str) -> Any:
    plan = answer.decision["plan"] or {"flags": ()}
    kinds = [flag["kind"] for flag in plan["flags"]]
    return expected if any(expected.startswith(kind) for kind in kinds) else kinds


def _profile(answer: Answer, expected: str) -> Any:
    plan = answer.decision["plan"] or {"profiles": []}
    return expected if expected in plan["profiles"] else plan["profiles"]


def _volume(answer: Answer, name: str) -> Any:
    plan = answer.decision["plan"] or {"components": ()}
    found = (c["volume"][name] for c in plan["components"])
    return next((value for value in found if value is not None), None)


def _decision(answer: Answer, expected: str) -> str:
    """The verdict on the one exercise or setting that the case asks about."""
    found = [r for r in answer.decision["requested"] if r["type"] in ("exercise", "setting")]
    assert len(found) == 1, "the case asks about one exercise or setting"
    names = {"allow_with_limits": "ALLOW_WITH_CAUTION", "block": "BLOCK", "allow": "ALLOW"}
    verdict = names[found[0]["verdict"]]
    said = " ".join(found[0]["reasons"])
    if verdict == "ALLOW_WITH_CAUTION" and "one-to-one supervision" in said:
        return "ALLOW_WITH_SUPERVISION"
    return "BLOCK_TEMP" if verdict == "BLOCK" and said.startswith("The water has") else verdict


def _water_target(answer: Answer, expected: str) -> str:
    """The temperatures that fit, and whether the coolest of them are preferred."""
    found = answer.decision["delivery"]["aquatic"]["temperature"]
    coolest = found["preferred"] is not None and found["preferred"][0] == found["low"]
    preferred = ", coolest preferred" if coolest else ""
    return f"{found['low']:g}-{found['high']:g}{preferred}"


def _tag(answer: Answer, expected: str) -> str:
    reasons = " ".join(" ".join(r["reasons"]) for r in answer.decision["requested"])
    return expected if expected in reasons else reasons


def _strength(answer: Answer, expected: str) -> str:
    """Resistance training stays in the plan, and somebody teaches the technique."""
    taught = any("technique" in r["reason"] for r in answer.referrals)
    return expected if taught and answer.components("resistance") else "no technique or no plan"


def _avoid(answer: Answer, expected: str) -> str:
    assert expected == "high-degree spinal flexion"
    return expected if "AV_ENDRANGE_SPINAL_FLEXION" in answer.tags() else "allowed"


def _include(answer: Answer, expected: str) -> str:
    assert expected == "spinal extension"
    said = " ".join(s["message"] for s in answer.statements())
    return expected if "back extensors" in said else said


def _shown(answer: Answer, expected: str) -> str:
    """Every group's number and share stand in one piece of evidence, of low certainty."""
    figures = [(str(n), f"{share:.0%}".replace("%", " %")) for n, share in _groups(answer)]
    for explanation in answer.decision["explanations"]:
        for entry in explanation["evidence"]:
            if entry["certainty"] == "low" and all(
                n in entry["locator"] and share in entry["locator"] for n, share in figures
            ):
                return expected
    return "not shown"


def _groups(answer: Answer) -> list[tuple[int, float]]:
    return [(n, share) for n, share in answer.inputs["groups"].values()]


def _note(answer: Answer, expected: str) -> str:
    """A remark that says how hard, or how to breathe."""
    if expected.startswith("<30%"):
        top = answer.decision["intensity"]["resistance"]["percent_1rm"][1]
        return expected if top <= 30 else f"up to {top}"
    assert expected.startswith("breathe")
    reasons = " ".join(answer.decision["requested"][0]["reasons"])
    return expected if "breath" in reasons.lower() else reasons


def _said(attribute: str, *words: str) -> Callable[[Answer, Any], Any]:
    """The expected words when the particular of this name says the same in its own."""

    def read(answer: Answer, expected: Any) -> Any:
        told = answer.particular(attribute)
        text = told["text"] if told else ""
        return expected if told and all(word in text for word in words) else text

    return read


def _figures(attribute: str, *ends: str) -> Callable[[Answer, Any], Any]:
    def read(answer: Answer, _: Any) -> Any:
        told = answer.particular(attribute) or dict.fromkeys(ends)
        found = [told[end] for end in ends]
        return found if len(ends) > 1 else found[0]

    return read


def _before_intervals(answer: Answer, expected: list[str]) -> list[str]:
    """What has to stand before intervals, as the profile says."""
    words = {"cv_assessment": "cardiovascular assessment", "supervision": "supervision"}
    return [name for name in expected if words[name] in answer.advice("hiit")]


def _plan_says(answer: Answer, *parts: str) -> str:
    """Every sentence of these parts of the plan, in small letters."""
    plan = answer.decision["plan"] or {}
    return " ".join(said["text"] for part in parts for said in plan.get(part, ())).lower()


def _education(answer: Answer, expected: list[str]) -> Any:
    rules = " ".join(said["message"] for said in answer.decision["education"]).lower()
    said = f"{_plan_says(answer, 'education')} {rules}"
    return expected if all(phrase in said for phrase in expected) else said


def _recommended(answer: Answer, thing: str) -> bool:
    """Whether it is not told to be avoided."""
    return thing not in _plan_says(answer, "to_avoid")


def _bends(answer: Answer, expected: bool) -> bool:
    return not any("SPINAL_FLEXION" in tag for tag in answer.tags())


def _water(answer: Answer, expected: str) -> str:
    plan = answer.decision["plan"] or {"kinds": ()}
    found = [k["suitable"] for k in plan["kinds"] if k["kind"] == "aquatic"]
    return {"yes": "offer"}.get(found[0], found[0]) if found else "nothing said"


def _measures(answer: Answer, expected: list[str]) -> Any:
    known = {"30-second sit-to-stand": "30s_STS", "timed up and go": "TUG"}
    found = [m["name"] for m in answer.decision["outcome_measures"]]
    return _included((known.get(name, name) for name in found), expected)


def _strengthens_hard(answer: Answer, expected: bool) -> bool:
    said = _plan_says(answer, "focus")
    return "high effort" in said and bool(answer.components("resistance"))


def _stage(answer: Answer, expected: str) -> str:
    plan = answer.decision["plan"] or {"stages": ()}
    return ", ".join(stage["id"] for stage in plan["stages"])


def _goes_on(answer: Answer, expected: bool) -> bool:
    told = "go on with activity" in _plan_says(answer, "education")
    return told and answer.decision["disposition"].startswith("proceed")


def _pain_ceiling(answer: Answer) -> float | None:
    ceiling = (answer.decision["plan"] or {}).get("pain_ceiling")
    return ceiling["value"] if ceiling else None


def _allowed(answer: Answer, expected: list[str]) -> Any:
    verdicts = {r["code"]: r["verdict"] for r in answer.decision["requested"]}
    return _included((c for c, v in verdicts.items() if v.startswith("allow")), expected)


def _as_written(found: str, expected: str) -> str:
    """Spelled as the case spells it."""
    same = found.lower().replace("_", " ") == expected.lower().replace("_", " ")
    return expected if same else found


def _aerobic(name: str) -> Callable[[Answer, Any], Any]:
    return lambda answer, _: _pair(answer.decision["intensity"]["aerobic"][name])


def _resistance(name: str) -> Callable[[Answer, Any], Any]:
    def read(answer: Answer, _: Any) -> Any:
        found = answer.decision["intensity"]["resistance"]
        return None if found is None else _pair(found[name])

    return read


READERS: Mapping[str, Callable[[Answer, Any], Any]] = {
    "clearance": _clearance,
    "start": _start,
    "intensity": _intensity,
    "vigorous_allowed": _vigorous,
    "status": _status,
    "signs_symptoms": lambda a, _: a.flag("symptomatic"),
    "regular_exercise": lambda a, _: a.fired("SCREEN-DEF-REG"),
    "falls_risk_flag": lambda a, _: any(a.fired(ref) for ref in a.refs),
    "result": _result,
    "action": _action,
    "refer": _refer,
    "class": _category,
    "category": _category,
    "relative_contraindication": lambda a, _: "relative" in _kinds(a),
    "absolute_contraindication": lambda a, _: "absolute" in _kinds(a),
    "prescription": lambda a, _: a.decision["plan"],
    "hr_method": _hr_method,
    "upper_bpm": lambda a, _: _ceiling(a),
    "upper_bpm_lt": lambda a, e: e if _ceiling(a) < e else _ceiling(a),
    "hr_max": lambda a, _: _ceiling(a),
    "target_bpm": _aerobic("hr_bpm"),
    "max_impact": _max_impact,
    "impact": _max_impact,
    "impact_max": lambda a, _: _limit(a, "impact"),
    "hrr": _aerobic("hrr_percent"),
    "rpe": _aerobic("rpe_6_20"),
    "rt_pct": _resistance("percent_1rm"),
    "rt_sets": _resistance("sets"),
    "rt_reps": _resistance("reps"),
    "freq": lambda a, _: _modality(a, "frequency", "aerobic"),
    "min": lambda a, _: _modality(a, "time_min", "aerobic"),
    "weekly": lambda a, _: _weekly(a),
    "weekly_min": lambda a, e: _at_least((_weekly(a) or [None])[0], e),
    "hr_usable": lambda a, _: _hr_method(a, "") == "HR_OK",
    "supervision_min": lambda a, e: _at_least(a.decision["delivery"]["supervision_level"], e),
    "must_exclude_tags": lambda a, e: _included(a.tags(), e),
    "allowed_ids": _allowed,
    "education": _education,
    "bed_rest": lambda a, _: _recommended(a, "bed rest"),
    "not_universal_flexion_ban": _bends,
    "aquatic": _water,
    "cpm": lambda a, _: _recommended(a, "continuous passive motion"),
    "outcome_measures": _measures,
    "high_effort_strength": _strengthens_hard,
    "stage": _stage,
    "continue_activity": _goes_on,
    "pain_ceiling": lambda a, _: _pain_ceiling(a),
    "must_exclude_ids": lambda a, e: _included(_blocked(a) - set(_chosen(a)), e),
    "strength": _strength,
    "avoid": _avoid,
    "include": _include,
    "use": _shown,
    "note": _note,
    "modules": lambda a, e: _included(_chosen(a), e),
    "must_include_any": lambda a, e: e if set(_chosen(a)) & set(e) else sorted(set(_chosen(a))),
    "hiit": _hiit,
    "eligible": _eligible,
    "flags": _flags,
    "flag": _flag,
    "profile_switch": _profile,
    "impacts_per_session": lambda a, _: _volume(a, "impacts_per_session"),
    "weekly_max": lambda a, _: (_weekly(a) or [None, None])[1],
    "decision": _decision,
    "target_c": _water_target,
    "tag": _tag,
    "freq_min": lambda a, e: _at_least((_modality(a, "frequency", "aerobic") or [None])[0], e),
    "rt_freq": lambda a, _: _modality(a, "frequency", "resistance"),
    "mode": _said("walking", "bouts", "moderate to maximal"),
    "weeks_min": _figures("programme_length", "low"),
    "expected_loss_kg_max": _figures("expected_weight_loss", "high"),
    "hiit_requires": _before_intervals,
    "dyspnoea_target": _figures("breathlessness", "low", "high"),
    "spo2_min": _figures("oxygen_saturation", "low"),
    "format": _said("interval_format", "intervals"),
    "warmup": _said("warm_up", "intervals or at varying effort"),
    "saba": _said("reliever", "as the person's own plan says"),
    "graded_exercise": lambda a, _: a.particular("graded_exercise") is None,
    "aerobic_days": _figures("aerobic_programme", "low"),
    "cueing": lambda a, _: a.particular("cueing") is not None,
    "first_modality": lambda a, _: a.decision["plan"]["components"][0]["modality"],
}
