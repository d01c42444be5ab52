"""Reads a rule's `then` into effects, with every name checked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cds.knowledge.documents import LocatedDict, LocatedList, line_of
from cds.knowledge.schema import flatten_errors, suggest
from cds.model.effect import (
    Action,
    Advise,
    Avoid,
    Bound,
    Clearance,
    Conflict,
    Contraindicate,
    Define,
    Effect,
    HeartRateMethod,
    HeartRateZone,
    Hiit,
    Kind,
    Limit,
    Refer,
    Scope,
    ScopeType,
    Severity,
    Urgency,
)
from cds.rules.effect_schemas import (
    CODE_LIMITS,
    EFFECT_SCHEMAS,
    NUMERIC_LIMITS,
    BoundSchema,
)
from cds.rules.references import Place, References

_MOVEMENT = re.compile(r"^[A-Z]\d\d$")
_ONLY_IN = {"define": "definitions", "clearance": "screening", "hiit": "hiit"}


@dataclass(frozen=True, slots=True)
class EffectReader:
    """Reads the effects of one rule file."""

    references: References
    place: Place
    stage: str

    def read(self, items: Any, line: int) -> tuple[Effect, ...]:
        """Every effect of a rule; those with a problem are left out and noted."""
        if not isinstance(items, LocatedList) or not items:
            self.place.refuse(line, "'then' is a list with at least one effect.")
            return ()
        read = [self._effect(item, at) for item, at in zip(items, items.lines, strict=True)]
        return tuple(effect for effect in read if effect is not None)

    def _effect(self, item: Any, line: int) -> Effect | None:
        if not isinstance(item, LocatedDict) or len(item) != 1:
            self._no(line, "Each effect is one key with its parts below it.")
            return None
        name, body = next(iter(item.items()))
        if name not in EFFECT_SCHEMAS:
            self._no(line, f"There is no effect '{name}'.{suggest(name, EFFECT_SCHEMAS)}")
            return None
        if not self._belongs(name, line) or not isinstance(body, LocatedDict):
            return (
                self._no(line, f"'{name}' takes its parts as a mapping.")
                if not isinstance(body, LocatedDict)
                else None
            )
        faults = list(flatten_errors(EFFECT_SCHEMAS[name], body))
        for path, message in faults:
            self.place.refuse(line_of(body, path), message)
        return None if faults else _BUILDERS[name](self, body)

    def _belongs(self, name: str, line: int) -> bool:
        only = _ONLY_IN.get(name)
        if only is not None and self.stage != only:
            self._no(line, f"'{name}' belongs in stage {only}, not in {self.stage}.")
            return False
        if self.stage == "definitions" and name != "define":
            self._no(
                line,
                "Rules of stage definitions only define a flag. "
                f"Move '{name}' to the stage where it acts.",
            )
            return False
        return True

    def _no(self, line: int, message: str) -> None:
        self.place.refuse(line, message)

    def contraindicate(self, body: LocatedDict) -> Effect | None:
        scope = self._scope(str(body["scope"]), body.lines["scope"])
        kind = Kind(body["kind"])
        everything = kind is Kind.ABSOLUTE and scope is not None and scope.type is ScopeType.ALL
        if not body["alternatives"] and not everything:
            self._no(
                body.lines["alternatives"],
                "'Avoid' comes with what remains allowed: name an alternative.",
            )
            return None
        for key, needed in (
            ("reopens", Kind.HOLD_TODAY),
            ("decided_by", Kind.RELATIVE),
        ):
            if kind is needed and key not in body:
                self._no(body.line, f"A {kind} contraindication says '{key}'. Add it.")
                return None
        if scope is None or not self._movements(body, "alternatives", loose=True):
            return None
        urgency = body.get("urgency")
        return Contraindicate(
            kind,
            scope,
            Severity(body["severity"]),
            Action(body["action"]),
            body["message"],
            Urgency(urgency) if urgency else None,
            tuple(body["alternatives"]),
            body.get("reopens"),
            body.get("decided_by"),
        )

    def _scope(self, text: str, line: int) -> Scope | None:
        head, _, code = text.partition(":")
        if head not in list(ScopeType):
            self._no(line, f"There is no scope '{head}'.{suggest(head, list(ScopeType))}")
            return None
        kind = ScopeType(head)
        known = {
            ScopeType.MODALITY: self.references.modalities,
            ScopeType.SETTING: self.references.settings,
            ScopeType.INTENSITY: frozenset(CODE_LIMITS["category"]),
            ScopeType.MOVEMENT: frozenset(self.references.removed_by_tag),
        }.get(kind)
        if known is None:
            if code:
                self._no(line, f"The scope '{head}' takes no code.")
                return None
        elif not self.place.known(line, str(kind), code, known):
            return None
        return Scope(kind, code)

    def _movements(self, body: LocatedDict, key: str, *, loose: bool) -> bool:
        good = True
        for name in body[key]:
            if not loose or _MOVEMENT.match(name):
                good &= self.place.known(
                    body.lines[key], "movement", name, self.references.movements
                )
        return good

    def avoid(self, body: LocatedDict) -> Effect | None:
        tags = frozenset(self.references.removed_by_tag)
        if not all(
            [self.place.known(body.lines["tags"], "avoid tag", tag, tags) for tag in body["tags"]]
        ):
            return None
        if not self._movements(body, "alternatives", loose=False):
            return None
        for name in body["alternatives"]:
            for tag in body["tags"]:
                if name in self.references.removed_by_tag[tag]:
                    self._no(
                        body.lines["alternatives"],
                        f"The alternative {name} is itself "
                        f"removed by {tag}. Choose one that stays allowed.",
                    )
                    return None
        return Avoid(
            tuple(body["tags"]),
            Severity(body["severity"]),
            body["message"],
            tuple(body["alternatives"]),
        )

    def limit(self, body: LocatedDict) -> Effect | None:
        attribute = body["attribute"]
        side = "at_least" if attribute == "supervision_level" else "at_most"
        other = "at_most" if side == "at_least" else "at_least"
        if side not in body or other in body:
            self._no(
                body.line,
                f"A limit on {attribute} is written with '{side}' only: limits never loosen.",
            )
            return None
        if attribute in CODE_LIMITS:
            return self._code_limit(body, attribute)
        bound = self._bound(body, side, attribute)
        if bound is None:
            return None
        low, high = (bound, None) if side == "at_least" else (None, bound)
        return Limit(
            attribute,
            at_most=high,
            at_least=low,
            unit=NUMERIC_LIMITS[attribute],
            message=body["message"],
        )

    def _code_limit(self, body: LocatedDict, attribute: str) -> Effect | None:
        code, known = body["at_most"], frozenset(CODE_LIMITS[attribute])
        if not self.place.known(body.lines["at_most"], attribute, str(code), known):
            return None
        return Limit(attribute, code=str(code), message=body["message"])

    def _bound(self, body: LocatedDict, side: str, attribute: str) -> Bound | None:
        line, unit, written = body.lines[side], NUMERIC_LIMITS[attribute], body[side]
        if body.get("unit") != unit:
            self._no(line, f"A limit on {attribute} is in {unit}. Add 'unit: \"{unit}\"'.")
            return None
        if isinstance(written, (int, float)) and not isinstance(written, bool):
            return Bound(value=float(written))
        if not isinstance(written, LocatedDict):
            self._no(line, f"'{side}' takes a number or {{fact: name, plus: -10}}.")
            return None
        faults = list(flatten_errors(BoundSchema(), written))
        for path, message in faults:
            self._no(line_of(written, path), message)
        if faults or not self._same_unit(written, unit):
            return None
        return Bound(fact=written["fact"], plus=float(written.get("plus", 0.0)))

    def _same_unit(self, written: LocatedDict, unit: str) -> bool:
        name, line = written["fact"], written.lines["fact"]
        if not self.place.known(line, "fact", name, frozenset(self.references.vocabulary)):
            return False
        if self.references.vocabulary[name].unit != unit:
            self._no(
                line,
                f"'{name}' is not measured in {unit}, so it cannot be a bound here.",
            )
            return False
        return True

    def heart_rate_method(self, body: LocatedDict) -> Effect | None:
        return HeartRateMethod(body["method"], body["message"])

    def heart_rate_zone(self, body: LocatedDict) -> Effect | None:
        lower, upper = (self._bound(body, side, "hr_bpm") for side in ("lower", "upper"))
        return HeartRateZone(lower, upper, body["message"]) if lower and upper else None

    def clearance(self, body: LocatedDict) -> Effect | None:
        return Clearance(
            body["clearance"],
            body["start_intensity"],
            body["progression"],
            body["message"],
        )

    def refer(self, body: LocatedDict) -> Effect | None:
        if not self.place.known(body.lines["to"], "team", body["to"], self.references.teams):
            return None
        return Refer(body["to"], Urgency(body["urgency"]), body["reason"], body.get("meanwhile"))

    def advise(self, body: LocatedDict) -> Effect | None:
        return Advise(body["kind"], body["message"])

    def hiit(self, body: LocatedDict) -> Effect | None:
        return Hiit(body["role"], body["message"], body.get("remedy"))

    def define(self, body: LocatedDict) -> Effect | None:
        vocabulary = self.references.vocabulary
        if not self.place.known(body.lines["fact"], "fact", body["fact"], frozenset(vocabulary)):
            return None
        if vocabulary[body["fact"]].type != "flag":
            self._no(body.lines["fact"], "Only a flag can be defined by a rule.")
            return None
        return Define(body["fact"])

    def conflict(self, body: LocatedDict) -> Effect | None:
        policy = body.get("policy")
        if policy and f"policy.{policy}" not in self.references.vocabulary:
            self._no(body.lines["policy"], f"There is no policy '{policy}'.")
            return None
        return Conflict(body["attribute"], tuple(body["sources"]), body["resolution"], policy)


_BUILDERS: Mapping[str, Callable[[EffectReader, LocatedDict], Effect | None]] = {
    "contraindicate": EffectReader.contraindicate,
    "avoid": EffectReader.avoid,
    "limit": EffectReader.limit,
    "heart_rate_method": EffectReader.heart_rate_method,
    "heart_rate_zone": EffectReader.heart_rate_zone,
    "clearance": EffectReader.clearance,
    "refer": EffectReader.refer,
    "advise": EffectReader.advise,
    "hiit": EffectReader.hiit,
    "define": EffectReader.define,
    "conflict": EffectReader.conflict,
}
