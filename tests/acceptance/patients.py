"""Neutral inputs of a published case → the body of a request for a decision.

What the case says is translated name by name; an input without a translation is an error,
never left out. The rest of the patient is filled in neutrally and only where the case does
not speak of it: 45 years, male, both lists reviewed, the nine symptoms absent, nothing acute,
normal values at rest, regular moderate exercise that is to go on. Where a case says only
"known disease" or "symptoms", every disease and every symptom is tried. A zone or an ischaemic
threshold comes from an exercise test, so its peak, a little above them, was measured as well.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from tests.acceptance.topic_inputs import TOPIC_INPUTS

Body = dict[str, Any]
DAY = "2026-11-22"
SYMPTOMS = (
    "sx_ischemic_pain", "sx_dyspnea", "sx_dizzy_syncope", "sx_orthopnea_pnd", "sx_ankle_edema",
    "sx_palpitations", "sx_claudication", "sx_murmur", "sx_unusual_fatigue",
)  # fmt: skip
DISEASES = ("coronary_artery_disease", "type_2_diabetes", "chronic_kidney_disease")
_QUIET = (
    "sx_acute", "acute_illness", "feels_unwell", "vomiting_diarrhea_24h", "bp_symptoms",
    "acute_psychosis_or_intoxication", "suicidality", "orthostatic_symptoms",
)  # fmt: skip
_NORMAL = {
    "age": 45, "sex": "male", "sbp_rest": 120, "dbp_rest": 76, "hr_rest": 64, "temperature": 36.7,
    "spo2_rest": 98, "regular_exercise": True, "desired_intensity": "moderate",
}  # fmt: skip
_BODY_FACTS = frozenset(
    {
        "age", "regular_exercise", "desired_intensity", "months_since_clearance",
        "symptoms_changed", "session_minutes", "days_per_week", "months_sustained", "sbp_rest",
        "dbp_rest", "hr_rest", "days_since_mi", "sbp_ex", "dbp_ex", "sbp_drop", "load_rising",
        "patient_request_stop", "spo2_ex", "icd_shocks_24h", "icd_lowest_detection_rate",
        "ischemic_threshold_hr", "rhythm", "back_pain", "fever", "iv_drug_use", "cancer_history",
        "new_muscle_pain", "dark_urine", "chair_stands_30s", "weeks_post_op", "platelets",
        "gestation_weeks", "placenta_previa", "pre_eclampsia", "ruptured_membranes", "pregnant",
        "fetuses", "retinopathy", "active_foot_ulcer", "feels_unwell", "hypophosphatemia",
        "tsk11", "phq9", *SYMPTOMS, *(f"parq{n}" for n in range(1, 8)),
    }
)  # fmt: skip
_RENAMED = {
    "temp_c": "temperature", "mpap_mmhg": "mean_pulmonary_artery_pressure", "ef": "lvef",
    "ischemia": "ischemia_sign", "bmd_t": "dxa_t_score", "vertebral_fx": "vertebral_fracture",
    "low_trauma_fx_count": "low_trauma_fracture_count", "aaa_cm": "aaa_diameter",
    "pm_upper_tracking_rate": "pacemaker_upper_tracking_rate", "mg_day": "steroid_dose",
    "months": "steroid_months", "ischemia_at_met": "ischemic_threshold_mets",
    "weight_loss_unexplained": "unexplained_weight_loss", "ischaemic_hr": "ischemic_threshold_hr",
    "resting_sbp": "sbp_rest", "resting_dbp": "dbp_rest", "mi_days_ago": "days_since_mi",
    "sbp": "sbp_rest", "tug_s": "tug", "tandem_s": "tandem_stance", "hb": "hemoglobin",
    "intensity": "habitual_intensity", "on_insulin": "on_insulin", "gestation": "gestation_weeks",
    "anticoagulation_therapeutic": "dvt_anticoagulated", "glucose_mmol": "glucose",
    "weight_gain_kg_3d": "weight_gain_3d", "pain_nrs": "pain_rest", "water_c": "water_temperature",
    "crash_days_ago": "pem_last_crash_days", "pem": "post_exertional_malaise",
    "last_seizure_mo": "seizure_months_ago",
    "blood_ketone_mmol": "blood_ketone", "symptom_rise_points": "concussion_symptom_rise",
}  # fmt: skip
_CONDITIONS = {
    "copd": "copd", "icd": "icd", "marfan": "marfan_eds", "hcm": "hypertrophic_cardiomyopathy",
    "me_cfs": "chronic_fatigue", "dvt": "deep_vein_thrombosis", "osteoporosis": "osteoporosis",
    "cardiac": "coronary_artery_disease", "chd": "coronary_artery_disease",
    "pacemaker": "pacemaker", "concussion": "concussion", "eating_disorder": "eating_disorder",
    "bone_metastases": "bone_metastasis",
}  # fmt: skip
_NAMED = {"COPD": "copd", "hyperlipidemia": "dyslipidemia", "high cholesterol": "dyslipidemia",
          "controlled hypertension": "hypertension"}  # fmt: skip
_SYMPTOMS = {"dizziness_on_rotation": "neck_artery_signs"}
_IMPLIED = {
    "icd_lowest_detection_rate": "icd",
    "icd_shocks_24h": "icd",
    "pm_upper_tracking_rate": "pacemaker",
    "days_since_mi": "myocardial_infarction",
    "mi_days_ago": "myocardial_infarction",
    "aaa_cm": "aortic_aneurysm_dissection",
    "mpap_mmhg": "pulmonary_hypertension",
    "ischemic_threshold_hr": "coronary_artery_disease",
    "ischaemic_hr": "coronary_artery_disease",
    "ischemia_at_met": "coronary_artery_disease",
}
_FROM_A_TEST = ("zone_upper", "ischemic_threshold_hr", "ischaemic_hr")
_MARGIN_TO_PEAK = 15
_CLASSES = frozenset({"beta_blocker", "anticoagulant", "insulin"})
# Said by the case, but no fact of the patient: where it applies, units, or a plan to judge.
_NOT_OF_THE_PATIENT = frozenset(
    {"context", "name", "zone_lower", "zone_upper", "units", "phase", "plan"}
)


class UntranslatedError(Exception):
    """A case says something that this adapter does not know how to submit."""


def empty_body() -> Body:
    """A patient of whom only the day and the lists are known; the lists are complete."""
    return {
        "evaluation_date": DAY,
        "facts": {},
        "conditions": [],
        "conditions_reviewed": True,
        "medications": [],
        "medications_reviewed": True,
        "request": {},
        "policy": {},
    }


def fill_neutrally(body: Body, silent: frozenset[str] = frozenset()) -> Body:
    """The body with every neutral fact that it does not state; `silent` facts stay unknown."""
    neutral = _NORMAL | dict.fromkeys((*SYMPTOMS, *_QUIET), False)
    if body["facts"].get("pregnant") or "pregnancy" in body["conditions"]:
        neutral["sex"] = "female"
    left = {name: value for name, value in neutral.items() if name not in silent}
    facts = left | body["facts"]
    parts = {"days_per_week", "session_minutes", "months_sustained"} & set(body["facts"])
    if parts:
        del facts["regular_exercise"]
    return body | {"facts": facts}


def bodies_of(inputs: Mapping[str, Any]) -> Iterator[Body]:
    """One request for each patient that the inputs may mean."""
    body, silent = empty_body(), set()
    for name, value in inputs.items():
        silent |= _submit(body, name, value)
    tested = [inputs[n] for n in _FROM_A_TEST if inputs.get(n) is not None]
    if tested:
        _peak(body, max(tested) + _MARGIN_TO_PEAK)
    for variant in _variants(inputs, body):
        yield fill_neutrally(variant, frozenset(silent))


def _submit(body: Body, name: str, value: Any) -> frozenset[str]:
    """Put one input into the body; the facts it says to be unknown."""
    if name in _IMPLIED and value is not None:
        _list(body, _IMPLIED[name])
    if name in _NOT_OF_THE_PATIENT or name in _SPOKEN_OF_BY_VARIANTS:
        return frozenset(SYMPTOMS) if name == "signs_symptoms" and value is None else frozenset()
    special = _SPECIAL.get(name) or TOPIC_INPUTS.get(name)
    if special is not None:
        special(body, value)
        return frozenset()
    fact = name if name in _BODY_FACTS else _RENAMED.get(name)
    if fact is not None:
        if value is None:
            return frozenset({fact})
        body["facts"][fact] = value
        return frozenset()
    if name not in _CONDITIONS:
        raise UntranslatedError(f"no translation for the input {name!r}")
    if value:
        _list(body, _CONDITIONS[name])
    return frozenset()


_SPOKEN_OF_BY_VARIANTS = frozenset(
    {"known_cv_metabolic_renal", "known_cvd_metabolic_renal", "signs_symptoms"}
)


def _variants(inputs: Mapping[str, Any], body: Body) -> Iterator[Body]:
    known = {inputs[name] for name in _SPOKEN_OF_BY_VARIANTS - {"signs_symptoms"} if name in inputs}
    for disease in DISEASES if True in known else (None,):
        for symptom in SYMPTOMS if inputs.get("signs_symptoms") is True else (None,):
            variant = deepcopy(body)
            if None in known:
                variant["conditions_reviewed"] = False
            if disease is not None:
                _list(variant, disease)
            if symptom is not None:
                variant["facts"][symptom] = True
            yield variant


def _list(body: Body, condition: str) -> None:
    if condition not in body["conditions"]:
        body["conditions"].append(condition)


def _diagnoses(body: Body, names: list[str]) -> None:
    for name in names:
        _list(body, _NAMED.get(name, name))


def _drugs(body: Body, names: list[str]) -> None:
    """A class by its id, a drug by its name: the service has to know it."""
    body["medications"] += [n if n in _CLASSES else {"display": n} for n in names]


def _on(medication: str) -> Callable[[Body, Any], None]:
    def submit(body: Body, value: bool) -> None:
        if value:
            body["medications"].append(medication)

    return submit


def _peak(body: Body, value: float | None) -> None:
    if value is not None:
        body["facts"] |= {"hr_peak_measured": value, "hr_peak_on_current_drugs": True}


def _pressure(body: Body, value: list[float]) -> None:
    body["facts"] |= {"sbp_rest": value[0], "dbp_rest": value[1]}


def _mets(body: Body, value: float) -> None:
    """Whether this much may be asked of the patient; bands of the ACSM table."""
    body["request"]["intensity"] = "vigorous" if value >= 6 else "moderate"


def _no_exercise_test(body: Body, value: bool) -> None:
    assert value is False, "only the absence of a test is a case"


def _fact(name: str, values: Mapping[Any, Any]) -> Callable[[Body, Any], None]:
    def submit(body: Body, value: Any) -> None:
        body["facts"][name] = values[value]

    return submit


def _policy(name: str) -> Callable[[Body, Any], None]:
    def submit(body: Body, value: Any) -> None:
        body["policy"][name] = str(value)

    return submit


def _setting(body: Body, value: str) -> None:
    """Asked for; water comes with a checklist on which nothing but the case stands."""
    body["request"]["setting"] = value
    if value == "aquatic":
        body["facts"] |= {"pool_screen_complete": True, "can_swim": True}


def _no_list(body: Body, value: None) -> None:
    assert value is None
    body["medications_reviewed"] = False


def _no_falls(body: Body, value: bool) -> None:
    assert value is False
    body["facts"] |= {"falls_12mo": 0, "feels_unsteady": False}


def _criteria(body: Body, value: bool) -> None:
    """Nothing but the weeks holds a stage back: every milestone is met and the surgeon agrees."""
    assert value is True, "criteria that are not met are a stage of their own"
    body["facts"] |= {"healing_stage": 9, "surgeon_clearance": True}


def _named_symptoms(body: Body, names: Any) -> None:
    for name in names if isinstance(names, list) else [names]:
        if name not in _SYMPTOMS:
            raise UntranslatedError(f"no translation for the symptom {name!r}")
        body["facts"][_SYMPTOMS[name]] = True


def _several_fractures(body: Body, value: bool) -> None:
    assert value is True
    body["facts"]["low_trauma_fracture_count"] = 2


_SPECIAL: Mapping[str, Callable[[Body, Any], None]] = {
    "sex": _fact("sex", {"F": "female", "M": "male"}),
    "av_block": _fact("av_block", {3: "third"}),
    "diagnoses": _diagnoses,
    "conditions": _diagnoses,
    "disease": _diagnoses,
    "risk": _diagnoses,
    "symptoms": _named_symptoms,
    "criteria_met": _criteria,
    "drugs": _drugs,
    "on_beta_blocker": _on("beta_blocker"),
    "on_sglt2": _on("sglt2i"),
    "hr_peak_measured_on_drug": _peak,
    "hr_peak": _peak,
    "drug_changed_since_test": lambda body, value: None if value is False else _untranslated("…"),
    "bp": _pressure,
    "icd_margin": _policy("icd_margin"),
    "medication_list": _no_list,
    "dxa": lambda body, value: None if value is None else _untranslated("dxa"),
    "falls_risk": _no_falls,
    "multiple_low_trauma_fractures": _several_fractures,
    "vertebral_fracture": _fact("vertebral_fracture", {True: True, False: False}),
    "exercise_test": _no_exercise_test,
    "stable": lambda body, value: None if value is True else _untranslated("stable"),
    "red_flags": lambda body, value: None if value is False else _untranslated("red_flags"),
    "annual_expert_review": lambda body, value: None if value is False else _untranslated("…"),
    "met": _mets,
    "controlled": _fact("asthma_uncontrolled", {True: False}),
    "goal": lambda body, value: body.update(preferences={"goals": [value]}),
    "groups": lambda body, value: _list(body, "osteoporosis"),
    "setting": lambda body, value: _setting(body, value),
    "wound": _fact("open_wound", {"open": True}),
    "epilepsy": lambda body, value: _list(body, "epilepsy"),
}


def _untranslated(name: str) -> None:
    raise UntranslatedError(f"no translation for this value of {name!r}")
