"""Inputs of published cases about glucose, blood counts, concussion and plans, as submitted."""

from collections.abc import Callable, Mapping
from typing import Any

Body = dict[str, Any]
Submit = Callable[[Body, Any], None]
_TYPES = {1: "type_1_diabetes", 2: "type_2_diabetes", "type1": "type_1_diabetes"}
# The ADA position statement of 2016, as the service names its two parts.
_ADA = {"high_glucose": "ada_bands", "low_glucose": "ada_90"}


def _fact(name: str) -> Submit:
    def submit(body: Body, value: Any) -> None:
        body["facts"][name] = value

    return submit


def _diabetes(body: Body, value: int | str) -> None:
    body["conditions"].append(_TYPES[value])


def _policy(body: Body, value: str) -> None:
    assert value == "ADA2016"
    body["policy"] |= _ADA


def _milligrams(body: Body, value: float) -> None:
    body["facts"]["glucose"] = {"value": value, "unit": "mg/dL"}


def _millimoles(body: Body, value: float) -> None:
    """Where a case gives both units, the one it was written in stays."""
    body["facts"].setdefault("glucose", value)


def _ketones(body: Body, value: str) -> None:
    if value != "unknown":
        body["facts"]["urine_ketones"] = value


def _insulin(body: Body, value: bool) -> None:
    body["facts"]["on_insulin"] = value
    if value:
        body["medications"].append("insulin")


def _ketosis(body: Body, value: bool) -> None:
    assert value is False
    body["facts"]["blood_ketone"] = 0.2


def _weakness(body: Body, value: list[str]) -> None:
    """Weakness or tiredness is feeling unwell; none of it is said as such."""
    assert value in (["weakness"], [])
    body["facts"]["feels_unwell"] = bool(value)


def _symptomatic(body: Body, value: bool) -> None:
    """Of anaemia: breathlessness is its first symptom."""
    if value:
        body["facts"]["sx_dyspnea"] = True


def _coronary(body: Body, value: bool) -> None:
    if value:
        body["conditions"].append("coronary_artery_disease")


def _neutrophils(body: Body, value: float) -> None:
    body["facts"]["absolute_neutrophils"] = {"value": value / 1000, "unit": "10*9/L"}


def _platelets(body: Body, value: float) -> None:
    """Written in the number per microlitre."""
    body["facts"]["platelets"] = {"value": value / 1000, "unit": "10*9/L"}


def _retinopathy(body: Body, value: str) -> None:
    body["facts"]["retinopathy"] = {"proliferative_active": "pdr"}.get(value, value)


def _lymphedema(body: Body, value: str) -> None:
    body["conditions"].append("lymphoedema")
    body["facts"]["lymphedema_stable"] = value == "stable"


TOPIC_INPUTS: Mapping[str, Submit] = {
    "diabetes_type": _diabetes,
    "diabetes": _diabetes,
    "policy": _policy,
    "glucose_mgdl": _milligrams,
    "glucose_mg_dl": _milligrams,
    "glucose_mmol_l": _millimoles,
    "ketones": _ketones,
    "on_insulin": _insulin,
    "insulin": _insulin,
    "ketosis": _ketosis,
    "assisted_hypoglycaemia_hours_ago": _fact("severe_hypoglycemia_hours_ago"),
    "risk_assessed": _fact("bone_metastases_assessed"),
    "lymphedema": _lymphedema,
    "anc": _neutrophils,
    "infection_signs": _fact("infection_signs"),
    "symptomatic": _symptomatic,
    "cad": _coronary,
    "minutes": _fact("concussion_symptom_rise_minutes"),
}
# Spelled alike elsewhere with another meaning: here only for cases of these topics.
BY_TOPIC: Mapping[tuple[str, str], Submit] = {
    ("t19", "symptoms"): _weakness,
    ("cyto", "symptoms"): _symptomatic,
    ("cyto", "platelets"): _platelets,
    ("GLU", "retinopathy"): _retinopathy,
}
