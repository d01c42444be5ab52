"""Reads a calculator's request strictly: type, unit, plausible range, known names."""

import math
from collections.abc import Callable, Mapping

from msgspec import Struct

from cds import units
from cds.errors import IntakeError, Refusal, UnitError
from cds.knowledge.schema import suggest
from cds.model.calculator import CalculatorInputs, InputField

UNKNOWN = "unknown"
Vocabularies = Mapping[str, frozenset[str]]
_LARGEST = 10**12  # beyond any quantity; keeps conversion from overflowing
_PAIR = 2


class Inputs(Struct, frozen=True):
    """The accepted inputs in canonical units; what was not given or is unknown is None."""

    values: Mapping[str, object]

    def number(self, name: str) -> float | None:
        """The number, or None when not given."""
        value = self.values.get(name)
        return value if isinstance(value, float) else None

    def need(self, name: str) -> float:
        """The number that the request must hold.

        Raises: IntakeError when it does not.
        """
        value = self.number(name)
        if value is None:
            raise IntakeError([Refusal(f"/{name}", "This input is needed here. Add it.")])
        return value

    def flag(self, name: str) -> bool | None:
        """True, False, or None when unknown."""
        value = self.values.get(name)
        return value if isinstance(value, bool) else None

    def code(self, name: str) -> str | None:
        """The code, or None when not given."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def names(self, name: str) -> frozenset[str] | None:
        """The complete list, or None when not given."""
        value = self.values.get(name)
        return value if isinstance(value, frozenset) else None

    def pair(self, name: str) -> tuple[float, float] | None:
        """The range, or None when not given."""
        value = self.values.get(name)
        return value if isinstance(value, tuple) else None


class _Refused(Exception):
    """One part of a request is not acceptable; turned into a Refusal by `read_inputs`."""

    def __init__(self, detail: str, step: str = "") -> None:
        super().__init__(detail)
        self.refusal = (step, detail)


def read_inputs(
    raw: Mapping[str, object], spec: CalculatorInputs, vocabularies: Vocabularies
) -> Inputs:
    """The inputs in canonical units.

    Raises: IntakeError with every refused part, never its value.
    """
    refusals: list[Refusal] = []
    values: dict[str, object] = {}
    for name, value in raw.items():
        field = spec.fields.get(name)
        if field is None:
            detail = f"This calculator has no such input.{suggest(name, spec.fields)}"
            refusals.append(Refusal(_pointer(name), detail))
            continue
        try:
            values[name] = _READERS[field.type](value, field, vocabularies)
        except _Refused as refused:
            step, detail = refused.refusal
            refusals.append(Refusal(_pointer(name) + step, detail))
    refusals += _absent(raw, values, spec)
    if refusals:
        raise IntakeError(refusals)
    return Inputs(values)


def request_schema(spec: CalculatorInputs, vocabularies: Vocabularies) -> dict[str, object]:
    """The request as a JSON Schema, for the API description."""
    properties = {name: _describe(field, vocabularies) for name, field in spec.fields.items()}
    required = [name for name, field in spec.fields.items() if field.required]
    schema: dict[str, object] = {
        "type": "object",
        "title": spec.title,
        "additionalProperties": False,
        "properties": properties,
    }
    if required:
        schema["required"] = required
    if spec.exactly_one:
        schema["oneOf"] = [{"required": [name]} for name in spec.exactly_one]
    return schema


def _absent(
    raw: Mapping[str, object], values: Mapping[str, object], spec: CalculatorInputs
) -> list[Refusal]:
    needed = {name for name, field in spec.fields.items() if field.required}
    refusals: list[Refusal] = []
    choice = values.get(spec.choice) if spec.choice else None
    if isinstance(choice, str):
        needed |= set(spec.requires.get(choice, ()))
        refusals += _unfitting(raw, choice, spec)
    refusals += [
        Refusal(f"/{name}", "This input is missing and nothing is assumed for it. Add it.")
        for name in sorted(needed - set(raw))
    ]
    if spec.exactly_one and len(set(raw) & set(spec.exactly_one)) != 1:
        refusals.append(Refusal("", f"Give exactly one of: {', '.join(spec.exactly_one)}."))
    return refusals


def _unfitting(raw: Mapping[str, object], choice: str, spec: CalculatorInputs) -> list[Refusal]:
    if not spec.optional:
        return []
    allowed = {spec.choice, *spec.requires.get(choice, ()), *spec.optional.get(choice, ())}
    return [
        Refusal(f"/{name}", f"This input has no meaning for '{choice}'. Leave it out.")
        for name in sorted(set(raw) & set(spec.fields) - allowed)
    ]


def _read_number(value: object, field: InputField, _: Vocabularies) -> float:
    if isinstance(value, Mapping):
        amount, unit = _with_unit(value)
        return _check_range(_convert(_number(amount, "/value"), unit, field), field)
    return _check_range(_number(value), field)


def _read_integer(value: object, field: InputField, vocabularies: Vocabularies) -> float:
    number = _read_number(value, field, vocabularies)
    if number != int(number):
        raise _Refused("This is a count. Give a whole number.")
    return number


def _read_range(value: object, field: InputField, _: Vocabularies) -> tuple[float, float]:
    unit = field.unit or ""
    if isinstance(value, Mapping):
        value, unit = _with_unit(value)
    if not isinstance(value, list | tuple) or len(value) != _PAIR:
        raise _Refused("Give two numbers, [low, high].")
    low, high = (_convert(_number(item, f"/{i}"), unit, field) for i, item in enumerate(value))
    if low > high:
        raise _Refused("The first number is above the second. Give [low, high].")
    _check_range(high, field)
    _check_bounds(low, field)
    return low, high


def _read_flag(value: object, _field: InputField, _: Vocabularies) -> bool | None:
    if value == UNKNOWN and isinstance(value, str):
        return None
    if not isinstance(value, bool):
        raise _Refused('Give true, false or "unknown".')
    return value


def _read_code(value: object, field: InputField, _: Vocabularies) -> str | None:
    if not isinstance(value, str) or value not in field.one_of:
        hint = suggest(value, field.one_of) if isinstance(value, str) else ""
        raise _Refused(f"Use one of: {', '.join(field.one_of)}.{hint}")
    return None if value == UNKNOWN else value


def _read_codes(value: object, field: InputField, vocabularies: Vocabularies) -> frozenset[str]:
    if not isinstance(value, list | tuple):
        raise _Refused("Give a list of names; an empty list says that there is none.")
    known = vocabularies[field.vocabulary or ""]
    names: set[str] = set()
    for index, name in enumerate(value):
        if not isinstance(name, str) or name not in known:
            hint = suggest(name, known) if isinstance(name, str) else ""
            raise _Refused(
                f"This name is not in the vocabulary of {field.vocabulary}, and "
                f"leaving it out could make the answer less careful.{hint}",
                f"/{index}",
            )
        names.add(name)
    return frozenset(names)


_READERS: Mapping[str, Callable[[object, InputField, Vocabularies], object]] = {
    "number": _read_number,
    "integer": _read_integer,
    "range": _read_range,
    "flag": _read_flag,
    "code": _read_code,
    "codes": _read_codes,
}


def _number(value: object, step: str = "") -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Refused('This is not a number. Give a plain number, or {"value", "unit"}.', step)
    if isinstance(value, float) and not math.isfinite(value):
        raise _Refused("This number is not finite. Give the measured value.", step)
    if abs(value) > _LARGEST:
        raise _Refused("This number is far beyond what is plausible. Check it.", step)
    return float(value)


def _with_unit(value: Mapping[object, object]) -> tuple[object, str]:
    if set(value) != {"value", "unit"}:
        raise _Refused('Give {"value", "unit"} and nothing else.')
    unit = value["unit"]
    if not isinstance(unit, str):
        raise _Refused("The unit is not text. Give a UCUM unit.", "/unit")
    return value["value"], unit


def _convert(value: float, unit: str, field: InputField) -> float:
    canonical = field.unit or ""
    if unit == canonical:
        return value
    if unit in field.conversions:
        return value * field.conversions[unit]
    try:
        return units.convert(value, unit, canonical)
    except UnitError:
        raise _Refused(f"This unit is not accepted here. Use {canonical}.", "/unit") from None


def _check_range(value: float, field: InputField) -> float:
    if field.fraction_hint and 0 < value < 1:
        raise _Refused("This looks like a fraction, and per cent are wanted (40, not 0.4).")
    return _check_bounds(value, field)


def _check_bounds(value: float, field: InputField) -> float:
    if field.plausible and not field.plausible[0] <= value <= field.plausible[1]:
        low, high = field.plausible
        more = field.hint or 'If it is in another unit, send {"value", "unit"}.'
        raise _Refused(
            f"This is outside what is plausible, {low:g} to {high:g} {field.unit}. {more}"
        )
    return value


def _describe(field: InputField, vocabularies: Vocabularies) -> dict[str, object]:
    names = sorted(vocabularies.get(field.vocabulary or "", ()))
    shapes: dict[str, dict[str, object]] = {
        "flag": {"enum": [True, False, UNKNOWN]},
        "code": {"type": "string", "enum": list(field.one_of)},
        "codes": {"type": "array", "items": {"type": "string", "enum": names}},
    }
    shape = shapes.get(field.type) or _describe_quantity(field)
    return {"description": field.description, **shape}


def _describe_quantity(field: InputField) -> dict[str, object]:
    number: dict[str, object] = {"type": "number"}
    low, high = field.plausible or (None, None)
    plain: dict[str, object] = {"type": field.type, "minimum": low, "maximum": high}
    if field.type == "range":
        number = {"type": "array", "items": number, "minItems": _PAIR, "maxItems": _PAIR}
        plain = {**number, "items": {"type": "number", "minimum": low, "maximum": high}}
    quantity = {
        "type": "object",
        "required": ["value", "unit"],
        "additionalProperties": False,
        "properties": {"value": number, "unit": {"type": "string"}},
    }
    return {"oneOf": [plain, quantity], "x-unit": field.unit}


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")
