"""Random patients: somebody about whom everything is known and well, and what departs from it."""

from collections.abc import Mapping
from datetime import date, timedelta

from hypothesis import strategies as st
from msgspec.structs import replace

from cds.knowledge.fact import FactDefinition
from cds.model.condition import leaves
from cds.model.intake import (
    Intake,
    SubmittedCondition,
    SubmittedFact,
    SubmittedMedication,
    SubmittedProcedure,
)
from cds.rules.base import CHECK_IN_STAGES
from cds.service import Service

TODAY = date(2026, 11, 22)
Value = float | bool | str
# Flags of which the presence reassures; the absence of every other one does.
REASSURING_WHEN_TRUE = frozenset(
    {
        "regular_exercise", "dvt_anticoagulated", "surgeon_clearance", "trained_athlete",
        "uncomplicated_event", "normal_hemodynamics_on_test", "lymphedema_stable",
        "can_self_monitor", "q_wave", "atlantoaxial_clearance", "concussion_clearance", "euthyroid",
        "bone_metastases_assessed", "unread_medicine_harmless", "unread_condition_harmless",
        "important_change_reached",
        "support_person",
        "fall_or_faint_assessed", "teach_back_passed", "phone_reachable", "home_space_ready",
        "bp_cuff_at_hand", "oximeter_at_hand", "glucose_meter_at_hand", "scales_at_hand",
        "internet_video", "remote_view_ready", "attended_before", "clinic_access_barrier",
        "pool_screen_complete", "can_swim", "pool_clearance",
    }
)  # fmt: skip
NORMAL: Mapping[str, Value] = {
    "age": 45, "sex": "male", "sbp_rest": 118, "dbp_rest": 74, "hr_rest": 64, "temperature": 36.6,
    "spo2_rest": 98, "spo2_ex": 96, "sbp_ex": 170, "dbp_ex": 80, "sbp_drop": 0,
    "orthostatic_sbp_drop": 4, "st_depression": 0, "st_elevation": 0, "icd_shocks_24h": 0,
    "st_displacement_rest": 0,
    "blood_ketone": 0.1, "urine_ketones": "none", "aaa_diameter": 2.0,
    "thoracic_aorta_diameter": 3.0, "mean_pulmonary_artery_pressure": 15, "av_block": "none",
    "aortic_stenosis": "none", "rhythm": "sinus", "falls_12mo": 0, "tug": 8, "tandem_stance": 30,
    "chair_stands_30s": 18, "dxa_t_score": 0.2, "low_trauma_fracture_count": 0, "lvef": 62,
    "nyha": "I", "steroid_dose": 0, "steroid_months": 0, "glucose": 6.0, "diabetes_years": 0,
    "days_per_week": 4, "session_minutes": 45, "months_sustained": 24, "weight_gain_3d": 0,
    "habitual_intensity": "vigorous", "desired_intensity": "light",
    "functional_capacity": 12, "months_since_clearance": 1, "days_since_mi": 2000,
    "months_since_screening": 1, "months_since_parq": 1, "ccs_class": "I",
    "dvt_days_ago": 2000, "myocarditis_months_ago": 100, "retinopathy": "none",
    "weeks_since_cabg": 500, "weeks_since_pci": 500, "weeks_since_sternotomy": 500,
    "icd_shock_weeks_ago": 500,
    "hemoglobin": 14.5, "platelets": 250, "potassium": 4.2, "tsh": 2.0, "egfr": 95,
    "creatine_kinase": 100,
    "weeks_post_op": 300, "moderate_base_weeks": 52, "seizure_months_ago": 200, "inr": 1.0,
    "absolute_neutrophils": 4.0, "hr_recovery_1min": 30, "bmi": 23.0,
    "concussion_days_ago": 2000, "pain_during": 0,
    "frailty_phenotype_count": 0, "clinical_frailty_scale": 1, "weight_loss_percent": 0,
    "dementia_severity": "mild", "quadriceps_symmetry": 100, "hop_symmetry": 100,
    "atlantoaxial_interval": 2, "beighton_score": 0, "concussion_symptom_rise": 0,
    "concussion_symptom_rise_minutes": 0, "spo2_drop": 0, "standing_hr_rise": 10,
    "percent_ideal_weight": 100, "ambient_temperature": 20, "wet_bulb_globe_temperature": 15,
    "heat_index": 20, "wind_chill": 15, "air_quality_index": 20, "medicine_count": 0,
    "post_exertional_malaise": "none", "severe_hypoglycemia_hours_ago": 90000, "sppb": 12,
    "peak_flow_percent": 100, "pneumothorax_weeks_ago": 500, "interdialytic_gain": 0,
    "pulmonary_hypertension_stable_months": 120, "interdialytic_gain_percent": 0,
    "dialysis_access_weeks": 500, "mirels_score": 4, "chemo_hours_ago": 90000, "stoma_weeks": 500,
    "back_pain_months": 0, "morning_stiffness_minutes": 0, "angina_scale_ex": 0,
    "respiratory_rate_ex": 24, "rhythm_during_exercise": "no_arrhythmia", "phq9_item9": 0,
    "st_lead": "aVR", "gait_speed": 1.3, "fes_i": 16, "height_loss": 0, "mmrc": 0, "phq9": 0,
    "gad7": 0, "tsk11": 11, "tsk17": 17, "pseq": 60, "pcs": 0, "isi": 0, "psqi": 0,
    "stop_bang": 0, "hba1c": 5.2, "pain_months": 0, "pain_rest": 0, "plan_weeks": 0,
    "adherence_14d": 100, "opioid_mme": 0, "dn4": 0, "joint_stiffness_minutes": 0, "epds": 0,
    "confidence": 9, "stress": 0,
    "semi_tandem_stance": 30, "moca": 30,
    "gastroenteritis_days_ago": 3000, "cryptosporidium_days_ago": 3000,
}  # fmt: skip
# A measurement that sets a dose has no reassuring value: another one gives another dose.
SETS_A_DOSE: Mapping[str, str] = {
    "hr_peak_measured": "it is the maximum that a zone is computed from",
    "hr_peak_on_current_drugs": "it says whether the measured peak may be used",
    "ischemic_threshold_hr": "it is a ceiling",
    "ischemic_threshold_mets": "it is a ceiling",
    "icd_lowest_detection_rate": "it is a ceiling",
    "pacemaker_upper_tracking_rate": "it is a ceiling",
    "pacemaker_fixed_rate": "it says which method remains",
    "hr_rest": "it is the floor of the reserve",
    "age": "it sets the predicted maximum and the profile",
    "sex": "it sets the predicted maximum",
    "lvef": "it chooses the formula of the predicted maximum",
    "moderate_base_weeks": "it is what the person is used to",
    "water_temperature": "it is chosen, not found",
    "setting": "it is chosen, not found",
    "vo2max": "it is what an effort is compared with",
    "claudication_pain": "it is asked of people with claudication only",
    "claudication_scale": "it says how another value is meant",
    "desired_intensity": "it is wished, not found",
    "training_goal": "it is wished, not found",
    "concussion_symptom_hr": "it is a ceiling",
    "supervision_available": "it is chosen, not found",
    "gestation_weeks": "it states a pregnancy",
    "fetuses": "it states a pregnancy",
    "postpartum_weeks": "it states a birth",
    "mononucleosis_weeks_ago": "it states the illness",
    "concussion_step": "it states a concussion",
    "hip_approach": "each approach has its own directions to avoid",
}
# Stating one of these states the event, so by itself it reassures nobody; beside the condition
# a long time since does.
OF_AN_EVENT: Mapping[str, str] = {
    "days_since_mi": "myocardial_infarction",
    "dvt_days_ago": "deep_vein_thrombosis",
    "myocarditis_months_ago": "myocarditis",
    "weeks_since_cabg": "coronary_artery_disease",
    "weeks_since_pci": "coronary_artery_disease",
    "weeks_since_sternotomy": "coronary_artery_disease",
    "diabetes_years": "type_2_diabetes",
    "seizure_months_ago": "epilepsy",
    "icd_shock_weeks_ago": "icd",
    "aaa_diameter": "aortic_aneurysm_dissection",
    "thoracic_aorta_diameter": "aortic_aneurysm_dissection",
    "weeks_post_op": "knee_replacement",
    "concussion_days_ago": "concussion",
    "chemo_hours_ago": "cancer",
    "dialysis_access_weeks": "dialysis",
    "interdialytic_gain": "dialysis",
    "interdialytic_gain_percent": "dialysis",
    "mirels_score": "bone_metastasis",
    "pulmonary_hypertension_stable_months": "pulmonary_hypertension",
    "severe_hypoglycemia_hours_ago": "type_1_diabetes",
    "pneumothorax_weeks_ago": "copd",
    "stoma_weeks": "cancer",
}
REQUEST = {"modalities": ["hiit"], "exercises": ["A03", "A21", "R42"], "intensity": "vigorous"}


def used_facts(service: Service) -> dict[str, FactDefinition]:
    """Every fact that a client can submit and that some rule of a decision looks at."""
    vocabulary = service.knowledge.vocabulary
    deciding = (rule for rule in service.rules if rule.stage not in CHECK_IN_STAGES)
    names = {leaf.fact for rule in deciding for leaf in leaves(rule.when)}
    return {
        name: vocabulary[name]
        for name in sorted(names)
        if "." not in name and vocabulary[name].submittable
    }


def reassuring_value(name: str, definition: FactDefinition) -> Value | None:
    """The value that speaks for exercise, or None when there is no such value."""
    if name in SETS_A_DOSE or name in OF_AN_EVENT:
        return None
    if definition.type.value == "flag":
        return name in REASSURING_WHEN_TRUE
    return NORMAL.get(name)


def healthy(service: Service) -> dict[str, Value]:
    """Every fact at its reassuring value, or at a normal one."""
    found: dict[str, Value] = {}
    for name, definition in used_facts(service).items():
        value = reassuring_value(name, definition)
        value = NORMAL.get(name) if value is None else value
        if value is not None and name not in OF_AN_EVENT:
            found[name] = value
    return found


def build(facts: Mapping[str, Value], **parts: object) -> Intake:
    """The intake of these facts; lists reviewed unless `parts` say otherwise."""
    submitted = tuple(SubmittedFact(name, value) for name, value in facts.items())
    intake = Intake(
        facts=submitted, conditions_reviewed=True, medications_reviewed=True, request=REQUEST
    )
    return replace(intake, **parts)  # type: ignore[arg-type]


@st.composite
def intakes(draw: st.DrawFn, service: Service) -> Intake:
    """Somebody healthy with a few departures: other values, unknowns, conditions, drugs."""
    facts = healthy(service)
    used, members = used_facts(service), service.knowledge.members
    for name in draw(st.lists(st.sampled_from(sorted(used)), max_size=6, unique=True)):
        facts[name] = draw(values(service, used[name]))
    for name in draw(st.lists(st.sampled_from(sorted(facts)), max_size=6, unique=True)):
        del facts[name]
    conditions = draw(_some(members["condition"], 3))
    dates = [draw(_days()) for _ in conditions]
    return build(
        facts,
        conditions=tuple(
            SubmittedCondition(id_, onset=day) for id_, day in zip(conditions, dates, strict=True)
        ),
        conditions_reviewed=draw(_mostly()),
        medications=tuple(
            SubmittedMedication(id_) for id_ in draw(_some(members["medication"], 2))
        ),
        medications_reviewed=draw(_mostly()),
        procedures=tuple(
            SubmittedProcedure(id_, draw(_days())) for id_ in draw(_some(members["procedure"], 1))
        ),
    )


def values(service: Service, definition: FactDefinition) -> st.SearchStrategy[Value]:
    """A value: for numbers at or beside a threshold that some rule compares with."""
    if definition.type.value == "flag":
        return st.booleans()
    if definition.type.value == "code":
        return st.sampled_from(sorted(definition.values))
    low, high = definition.low or 0.0, definition.high or 1000.0
    step = 1.0 if definition.integer else 0.1
    found = {NORMAL.get(definition.name, low)}
    for rule in service.rules:
        for leaf in leaves(rule.when):
            if leaf.fact == definition.name and isinstance(leaf.value, (int, float)):
                found |= {float(leaf.value) + shift for shift in (-step, 0.0, step)}
    return st.sampled_from(sorted(v for v in found if low <= float(v) <= high))


def _some(ids: tuple[str, ...], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(sorted(ids)), max_size=most, unique=True)


def _days() -> st.SearchStrategy[date | None]:
    ago = st.sampled_from([1, 10, 40, 100, 400, 2000])
    return st.none() | ago.map(lambda days: TODAY - timedelta(days=days))


def _mostly() -> st.SearchStrategy[bool]:
    return st.sampled_from([True, True, True, False])
