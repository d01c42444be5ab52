"""The verdict on each thing that was asked about: modality, exercise, intensity, setting."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from cds.knowledge.catalogue import Catalogue
from cds.model.answer import Delivery
from cds.model.case import Case
from cds.model.decision import Contraindication, Disposition, Requested
from cds.model.delivery import Aquatic, LimitedElement
from cds.model.intensity import Intensity
from cds.stages.aquatic import WATER
from cds.stages.disposition import NO_PRESCRIPTION
from cds.stages.hiit import HiitScreen
from cds.stages.intensity_bands import CATEGORIES
from cds.stages.movement_verdict import check_requested
from cds.stages.scene import Scene

_HIIT = {"yes": "allow", "after_clearance": "block", "no": "block"}
_GOING_ON = frozenset({Disposition.PROCEED, Disposition.PROCEED_WITH_LIMITS})
_LIMITING = frozenset({"relative", "precaution"})
_SUITABLE = {
    "yes": "allow",
    "conditional": "allow_with_limits",
    "no": "block",
    "insufficient_data": "insufficient_data",
}


class Verdicts(Struct, frozen=True):
    """Everything a verdict looks at; `places` maps a modality to the one setting it needs."""

    disposition: Disposition
    found: Sequence[Contraindication]
    hiit: HiitScreen
    intensity: Intensity
    messages: Mapping[str, str]
    case: Case
    catalogue: Catalogue
    places: Mapping[str, str]
    rule_tags: Mapping[str, tuple[str, ...]]
    scene: Scene | None
    delivery: Delivery

    def blocked_as_a_whole(self, type_: str, code: str) -> Requested | None:
        """The verdict when nothing at all is prescribed now, or no dose is known."""
        if self.disposition not in NO_PRESCRIPTION and self.scene is not None:
            return None
        if self.disposition is Disposition.INSUFFICIENT_DATA:
            return Requested(
                type_, code, "insufficient_data", (self.messages["requested.unknown"],)
            )
        if self.disposition in _GOING_ON:
            reason = self.messages["requested.no_dose"]
            return Requested(type_, code, "insufficient_data", (reason,))
        words = self.messages[f"disposition.{self.disposition.value}"]
        reason = self.messages["requested.blocked"].format(disposition=words)
        return Requested(type_, code, "block", (reason,))


def judge(request: Mapping[str, object], verdicts: Verdicts) -> Iterator[Requested]:
    """A verdict for each modality, exercise, the intensity and the setting of a request."""
    for found in _judged(request, verdicts):
        yield _once_cleared(found, verdicts)


def _once_cleared(found: Requested, verdicts: Verdicts) -> Requested:
    """What is allowed waits for the medical clearance where that comes first."""
    allowed = found.verdict in ("allow", "allow_with_limits")
    if verdicts.disposition is not Disposition.CLEARANCE_FIRST or not allowed:
        return found
    reasons = (verdicts.messages["requested.clearance"], *found.reasons)
    return replace(found, verdict="allow_with_limits", reasons=reasons)


def _judged(request: Mapping[str, object], verdicts: Verdicts) -> Iterator[Requested]:
    for modality in _listed(request, "modalities"):
        yield _modality(modality, verdicts)
    yield from _exercises(_listed(request, "exercises"), verdicts)
    intensity, setting = request.get("intensity"), request.get("setting")
    if intensity:
        yield _intensity(str(intensity), verdicts)
    if setting:
        yield _setting(str(setting), verdicts)


def _listed(request: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = request.get(key)
    return tuple([str(item) for item in value]) if isinstance(value, (list, tuple)) else ()


def _exercises(asked: Iterable[str], verdicts: Verdicts) -> Iterator[Requested]:
    """A verdict on each movement that is meant, once; a word that was not its id stays with it."""
    judged: set[str] = set()
    for word in asked:
        for code in verdicts.catalogue.meant_by(word):
            if code not in judged:
                judged.add(code)
                verdict = _exercise(code, verdicts)
                yield verdict if code == word else replace(verdict, asked=word)


def _exercise(code: str, verdicts: Verdicts) -> Requested:
    """In the scene of a plan where there is one; a tag of a rule blocks even without."""
    if verdicts.scene is not None:
        mets = verdicts.intensity.aerobic.mets
        return check_requested(
            code, verdicts.case, verdicts.scene, verdicts.messages, mets[1] if mets else None
        )
    removed = verdicts.catalogue.removed_by(tuple(verdicts.rule_tags)).get(code, frozenset())
    if removed:
        reasons = _reasons(
            finding
            for finding in verdicts.found
            if finding.scope.type == "movement" and finding.scope.code in removed
        )
        return Requested("exercise", code, "block", reasons, _instead_of(code, verdicts))
    unknown = Requested(
        "exercise", code, "insufficient_data", (verdicts.messages["requested.no_dose"],)
    )
    return verdicts.blocked_as_a_whole("exercise", code) or unknown


def _instead_of(code: str, verdicts: Verdicts) -> tuple[str, ...]:
    """What else serves the purpose; nothing while nothing at all is prescribed."""
    if verdicts.disposition in NO_PRESCRIPTION:
        return ()
    removed = verdicts.catalogue.removed_by(tuple(verdicts.rule_tags))
    return verdicts.catalogue.alternatives(code, removed)


def _modality(code: str, verdicts: Verdicts) -> Requested:
    if code != "hiit":
        return _other_modality(code, verdicts)
    reasons = tuple(dict.fromkeys(unmet.message for unmet in verdicts.hiit.unmet))
    verdict = _HIIT.get(verdicts.hiit.eligible, "insufficient_data")
    whole = verdicts.blocked_as_a_whole("modality", code)
    if whole is not None and not reasons:
        return whole
    nothing = verdict == "allow" or verdicts.disposition in NO_PRESCRIPTION
    alternatives = () if nothing else (verdicts.messages["hiit.instead"],)
    return Requested("modality", code, verdict, reasons, alternatives)


def _other_modality(code: str, verdicts: Verdicts) -> Requested:
    whole = verdicts.blocked_as_a_whole("modality", code)
    if whole is not None or verdicts.places.get(code) != WATER:
        return whole or _scoped("modality", code, verdicts)
    return _in_water("modality", code, verdicts)


def _intensity(code: str, verdicts: Verdicts) -> Requested:
    whole = verdicts.blocked_as_a_whole("intensity", code)
    if whole is not None:
        return whole
    allowed = verdicts.intensity.aerobic.category
    if allowed is not None and CATEGORIES.index(code) > CATEGORIES.index(allowed):
        words = verdicts.messages[f"category.{allowed}"]
        reason = verdicts.messages["requested.category_above"].format(category=words)
        return Requested("intensity", code, "block", (reason,), (words,))
    return _scoped("intensity", code, verdicts)


def _setting(code: str, verdicts: Verdicts) -> Requested:
    """As findings leave it, then as the delivery of the plan does; the stricter counts."""
    if code == WATER:
        return _in_water("setting", code, verdicts)
    found = _scoped("setting", code, verdicts)
    judged = next((v for v in verdicts.delivery.settings if v.setting == code), None)
    if judged is None or found.verdict == "block":
        return found
    limited = [_limit(element, verdicts.messages) for element in judged.limited]
    verdict = _SUITABLE[judged.suitable]
    if verdict == "allow":
        verdict = "allow_with_limits" if limited else found.verdict
    return _joined(found, verdict, (*judged.reasons, *limited), judged.remains)


def _in_water(type_: str, code: str, verdicts: Verdicts) -> Requested:
    """Water is judged on its own, whether a dose is known or not."""
    water = verdicts.delivery.aquatic
    if not isinstance(water, Aquatic):
        return _scoped(type_, code, verdicts)
    found = _by_findings(type_, code, verdicts)
    verdict = found.verdict if found.verdict == "block" else _SUITABLE[water.suitable]
    reasons = [reason.message for reason in water.reasons]
    if water.dose is None:
        reasons.append(verdicts.messages["requested.no_dose"])
    if verdict == "allow":
        verdict = "allow_with_limits" if water.dose is None else found.verdict
    return _joined(found, verdict, reasons, water.remains)


def _joined(
    found: Requested, verdict: str, reasons: Iterable[str], alternatives: Iterable[str]
) -> Requested:
    return Requested(
        found.type,
        found.code,
        verdict,
        tuple(dict.fromkeys((*found.reasons, *reasons))),
        tuple(dict.fromkeys((*found.alternatives, *alternatives))),
    )


def _limit(element: LimitedElement, messages: Mapping[str, str]) -> str:
    return messages["delivery.limited"].format(
        element=messages[f"delivery.element.{element.element}"], otherwise=element.otherwise
    )


def _scoped(type_: str, code: str, verdicts: Verdicts) -> Requested:
    """Blocked or limited by a finding of this scope, else by the whole, else allowed."""
    whole = verdicts.blocked_as_a_whole(type_, code)
    return whole if whole is not None else _by_findings(type_, code, verdicts)


def _by_findings(type_: str, code: str, verdicts: Verdicts) -> Requested:
    scopes = {(type_, code)}
    if type_ == "modality":
        scopes.add(("setting", verdicts.places.get(code, "")))
    findings = [f for f in verdicts.found if (f.scope.type, f.scope.code) in scopes]
    if not findings:
        limited = verdicts.disposition is not Disposition.PROCEED
        return Requested(type_, code, "allow_with_limits" if limited else "allow", ())
    limiting = all(finding.kind in _LIMITING for finding in findings)
    return Requested(
        type_,
        code,
        "allow_with_limits" if limiting else "block",
        _reasons(findings),
        tuple(dict.fromkeys(a for finding in findings for a in finding.alternatives)),
    )


def _reasons(findings: Iterable[Contraindication]) -> tuple[str, ...]:
    """What the findings say, each sentence once."""
    return tuple(dict.fromkeys(finding.message for finding in findings))
