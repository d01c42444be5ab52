"""What a decision says of glucose, blood counts and pregnancy, in the words of the cases.

Numbers are looked for in the sentences that the case is about; the whole number or range has to
stand there.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from tests.acceptance.answers import Answer

_CONTRAINDICATED = frozenset({"absolute", "hold_today"})
_SENTENCES = {
    "continue activities of daily living; no more strenuous activity": (
        "absolute",
        r"daily (life|living|activities)",
    ),
    "discuss with obstetric provider before": ("relative", r"talk with obstetric care before"),
}


def said(answer: Answer) -> str:
    """Every sentence that the case is about."""
    texts = [s["message"] for s in answer.statements()]
    for finding in answer.findings:
        texts += [finding["message"], *finding["alternatives"]]
    texts += [r["reason"] for r in answer.referrals]
    texts += [r["meanwhile"] or "" for r in answer.referrals]
    return " ".join(texts)


def _says(pattern: str) -> Callable[[Answer, Any], Any]:
    def read(answer: Answer, expected: Any) -> Any:
        text = said(answer)
        return expected if re.search(pattern, text, re.IGNORECASE) else text

    return read


def _span(answer: Answer, expected: list[float]) -> Any:
    """A range of numbers, printed as the service prints ranges."""
    text = said(answer)
    low, high = expected
    return expected if f"{low} to {high}" in text else text


def start(answer: Answer, expected: str) -> str:
    """Whether to begin now: not with a hold, nor with a sentence that says so."""
    held = any(f["kind"] in _CONTRAINDICATED for f in answer.findings)
    wait = held or "do not start yet" in said(answer)
    return "not yet" if wait else "yes"


def result(answer: Answer, expected: str) -> str:
    """Contraindicated now or not; light only when resistance is out and the rest is light."""
    kinds = {f["kind"] for f in answer.findings if f["scope"]["type"] == "all"}
    if expected.startswith("no isometric"):
        out = {f["scope"]["code"] for f in answer.findings if f["action"] == "avoid"}
        light = answer.decision["intensity"]["aerobic"]["category"] in ("very_light", "light")
        return expected if light and "resistance" in out else f"{sorted(out)}"
    found = bool(kinds & _CONTRAINDICATED)
    return expected if found != expected.startswith("not ") else ", ".join(sorted(kinds))


def sentence(answer: Answer, expected: str) -> str:
    """An action that a case writes out."""
    kind, pattern = _SENTENCES[expected]
    text = said(answer)
    holds = kind in {f["kind"] for f in answer.findings} and re.search(pattern, text)
    return expected if holds else text


def is_sentence(expected: Any) -> bool:
    """Whether the expected action is one that `sentence` reads."""
    return expected in _SENTENCES


def _ketosis(answer: Answer, expected: str) -> str:
    """Ketones stop exercise although glucose is not high."""
    text = said(answer)
    assert answer.inputs["glucose_mgdl"] < 250
    return expected if "ketones of 1.5 mmol/L or more" in text else text


def _restricted(answer: Answer, expected: str) -> Any:
    """Anything but free exercise: a finding or a referral that the case is about."""
    return expected if answer.findings and answer.referrals else "allowed without a word"


def _intense(answer: Answer, expected: bool) -> bool:
    scopes = {f["scope"]["code"] for f in answer.findings}
    return not {"vigorous", "hiit", "all"} & {*scopes, *_held(answer)}


def _held(answer: Answer) -> set[str]:
    return {"all"} if "hold_today" in {f["kind"] for f in answer.findings} else set()


TOPIC_READERS: Mapping[str, Callable[[Answer, Any], Any]] = {
    "carbohydrate_at_onset_g_per_kg_h": _span,
    "delay_carbohydrate_until_below": _says(r"no carbohydrate\s+until it is below 150 mg/dL"),
    "carb": _says(r"no carbohydrate\s+until it is below 150 mg/dL"),
    "carb_g": _says(
        r"Eat 15 to 30 g of fast carbohydrate (before the start|and measure again; start)"
    ),
    "exception": _says(r"Under 30 minutes, or very short and hard efforts, may need less"),
    "consider_correction_per_plan": _says(r"consider .*correct"),
    "max_intensity": lambda answer, _: answer.decision["intensity"]["aerobic"]["category"],
    "intense_allowed": _intense,
    "reason": _ketosis,
    "alternative": _says(r"Arm ergometry|non-weight-bearing|seated"),
    "action_not": _restricted,
}
