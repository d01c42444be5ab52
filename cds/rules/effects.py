"""Reads a rule's `then` into effects, with every name checked."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from cds.knowledge.documents import LocatedDict, LocatedList, line_of
from cds.knowledge.schema import flatten_errors, suggest
from cds.model.effect import (
    Action,
    Advise,
    Avoid,
    Clearance,
    Conflict,
    Contraindicate,
    Define,
    Effect,
    HeartRateMethod,
    Hiit,
    Kind,
    Refer,
    Scope,
    ScopeType,
    Severity,
    Urgency,
)
from cds.rules.effect_schemas import CODE_LIMITS, EFFECT_SCHEMAS
from cds.rules.limit_reader import LimitReader
from cds.rules.progress_reader import ProgressReader
from cds.rules.references import Place, References
from cds.rules.setting_reader import read_setting

_MOVEMENT = re.compile(r"[A-Z]\d\d")
_KNOWN_AS = {ScopeType.MOVEMENT: "avoid tag"}
_ONLY_IN = {
    "define": ("definitions", "check_in"),
    "clearance": ("screening",),
    "hiit": ("hiit",),
    "progress": ("progression",),
    "setting": ("delivery",),
}
_ONLY_THESE = {
    "definitions": ("define",),
    "check_in": ("define",),
    "progression": ("progress", "refer", "advise"),
}
_NEEDED = {
    Kind.HOLD_TODAY: ("reopens", "what value or event re-opens exercise"),
    Kind.RELATIVE: ("decided_by", "who weighs it"),
}


class EffectReader(Struct, frozen=True):
    """Reads the effects of one rule file."""

    references: References
    place: Place
    stage: str

    def read(self, items: Any, line: int) -> tuple[Effect, ...]:
        """Every effect of a rule; those with a problem are left out and noted."""
        if not isinstance(items, LocatedList) or not items:
            self._no(
                line, "'then' is not a list with at least one effect. The rule would do nothing."
            )
            return ()
        read: list[Effect] = []
        for item, at in zip(items, items.lines, strict=True):
            effect = self._effect(item, at)
            if effect is not None and effect in read:
                self._no(at, "This effect stands above already, so it adds nothing. Keep one.")
            elif effect is not None:
                read.append(effect)
        self._check_pathway(read, line)
        return tuple(read)

    def _check_pathway(self, effects: Iterable[Effect], line: int) -> None:
        """An emergency says whom to call, in the same rule."""
        emergency = any(
            isinstance(e, Contraindicate) and e.urgency is Urgency.EMERGENCY for e in effects
        )
        called = any(isinstance(e, Refer) and e.urgency is Urgency.EMERGENCY for e in effects)
        if emergency and not called:
            self._no(
                line,
                "An emergency without a referral of urgency emergency leaves open whom to call. "
                "Add 'refer' to the rule.",
            )

    def _effect(self, item: Any, line: int) -> Effect | None:
        if not isinstance(item, LocatedDict) or len(item) != 1:
            return self._no(
                line, "An effect is one key with its parts below it. Begin each with '- '."
            )
        name, body = next(iter(item.items()))
        if name not in EFFECT_SCHEMAS:
            return self._no(
                line,
                f"There is no effect '{name}', so the rule would do nothing."
                f"{suggest(name, EFFECT_SCHEMAS)}",
            )
        if not self._belongs(name, line):
            return None
        if not isinstance(body, LocatedDict):
            return self._no(line, f"'{name}' takes its parts as a mapping: 'key: value' below it.")
        faults = list(flatten_errors(EFFECT_SCHEMAS[name], body))
        for path, message in faults:
            self.place.refuse(line_of(body, path), message)
        return None if faults else _BUILDERS[name](self, body)

    def _belongs(self, name: str, line: int) -> bool:
        only = _ONLY_IN.get(name)
        if only is not None and self.stage not in only:
            self._no(
                line,
                f"'{name}' acts in stage {' and '.join(only)} only, so it would do nothing in "
                f"{self.stage}. Move the rule.",
            )
            return False
        these = _ONLY_THESE.get(self.stage)
        if these is not None and name not in these:
            does = "only define a flag" if these == ("define",) else f"only {', '.join(these)}"
            self._no(
                line,
                f"Rules of stage {self.stage} {does}. Move '{name}' to the stage where it acts.",
            )
            return False
        return True

    def _no(self, line: int, message: str) -> Effect | None:
        """Note a problem; the effect then reads as None."""
        self.place.refuse(line, message)
        return None

    def contraindicate(self, body: LocatedDict) -> Effect | None:
        scope = self._scope(str(body["scope"]), body.lines["scope"])
        kind = Kind(body["kind"])
        everything = kind is Kind.ABSOLUTE and scope is not None and scope.type is ScopeType.ALL
        if not self._complete(body, kind, everything):
            return None
        if scope is None or not self._movements(body, loose=True):
            return None
        if scope.type is ScopeType.MOVEMENT and not self._stays(body, (scope.code,)):
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

    def _complete(self, body: LocatedDict, kind: Kind, everything: bool) -> bool:
        """Whether the parts that this kind calls for are there and go together."""
        if not body["alternatives"] and not everything:
            self._no(
                body.lines["alternatives"],
                "'alternatives' is empty. What is taken away comes with what remains allowed. "
                "Name something.",
            )
            return False
        if kind in _NEEDED and _NEEDED[kind][0] not in body:
            key, meaning = _NEEDED[kind]
            self._no(
                body.lines["kind"],
                f"A {kind} contraindication says {meaning}. Add '{key}'.",
            )
            return False
        if body.get("urgency") == Urgency.EMERGENCY and not everything:
            self._no(
                body.lines["urgency"],
                "An emergency stops everything: it goes with kind absolute and scope all only. "
                "Correct one of them.",
            )
            return False
        return True

    def _scope(self, text: str, line: int) -> Scope | None:
        head, _, code = text.partition(":")
        if head not in list(ScopeType):
            self._no(
                line,
                f"There is no scope '{head}', so nothing would be covered."
                f"{suggest(head, list(ScopeType))} Scopes: {', '.join(ScopeType)}.",
            )
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
                self._no(line, f"The scope '{head}' takes no code. Write '{head}' alone.")
                return None
        elif not self.place.known(line, _KNOWN_AS.get(kind, str(kind)), code, known):
            return None
        return Scope(kind, code)

    def _movements(self, body: LocatedDict, *, loose: bool) -> bool:
        """Whether the alternatives exist; a `loose` list may hold sentences beside movements."""
        names, line = self.references.movements, body.lines["alternatives"]
        asked = [n for n in body["alternatives"] if not loose or _MOVEMENT.fullmatch(n)]
        return all([self.place.known(line, "movement", name, names) for name in asked])

    def _stays(self, body: LocatedDict, tags: Iterable[str]) -> bool:
        """Whether no alternative is taken away by these very tags."""
        for name in body["alternatives"]:
            for tag in tags:
                if name in self.references.removed_by_tag[tag]:
                    self._no(
                        body.lines["alternatives"],
                        f"The alternative {name} is itself removed by {tag}. Choose one that "
                        "stays allowed.",
                    )
                    return False
        return True

    def avoid(self, body: LocatedDict) -> Effect | None:
        tags = frozenset(self.references.removed_by_tag)
        line = body.lines["tags"]
        if not all([self.place.known(line, "avoid tag", tag, tags) for tag in body["tags"]]):
            return None
        if not self._movements(body, loose=False) or not self._stays(body, body["tags"]):
            return None
        return Avoid(
            tuple(body["tags"]),
            Severity(body["severity"]),
            body["message"],
            tuple(body["alternatives"]),
        )

    def heart_rate_method(self, body: LocatedDict) -> Effect | None:
        return HeartRateMethod(body["method"], body["message"])

    def limit(self, body: LocatedDict) -> Effect | None:
        return LimitReader(self.references, self.place).limit(body)

    def heart_rate_zone(self, body: LocatedDict) -> Effect | None:
        return LimitReader(self.references, self.place).heart_rate_zone(body)

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
        return Refer(
            body["to"],
            Urgency(body["urgency"]),
            body["reason"],
            body.get("meanwhile"),
            body.get("within"),
        )

    def advise(self, body: LocatedDict) -> Effect | None:
        return Advise(body["kind"], body["message"])

    def hiit(self, body: LocatedDict) -> Effect | None:
        return Hiit(body["role"], body["message"], body.get("remedy"))

    def define(self, body: LocatedDict) -> Effect | None:
        vocabulary = self.references.vocabulary
        if not self.place.known(body.lines["fact"], "fact", body["fact"], frozenset(vocabulary)):
            return None
        if vocabulary[body["fact"]].type != "flag":
            return self._no(
                body.lines["fact"],
                f"'{body['fact']}' is a {vocabulary[body['fact']].type}, and a rule's truth can "
                "only become a flag. Define a flag.",
            )
        return Define(body["fact"])

    def setting(self, body: LocatedDict) -> Effect | None:
        return read_setting(body, self.references, self.place)

    def progress(self, body: LocatedDict) -> Effect | None:
        return ProgressReader(self.place).read(body)

    def conflict(self, body: LocatedDict) -> Effect | None:
        policy, prefix = body.get("policy"), "policy."
        known = frozenset(
            name.removeprefix(prefix)
            for name in self.references.vocabulary
            if name.startswith(prefix)
        )
        if policy and not self.place.known(body.lines["policy"], "policy", policy, known):
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
    "setting": EffectReader.setting,
    "progress": EffectReader.progress,
}
