"""marshmallow fields that never coerce: "70" is no number, 70.0 no text, `true` no count."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from cds.json_walk import pointer_step
from cds.knowledge.schema import flatten, suggest

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
EARLIEST = date(1900, 1, 1)
NOT_A_DAY = "This is not a day of the calendar. Write YYYY-MM-DD."


class StrictSchema(Schema):
    """A body that refuses members it does not know."""

    class Meta:
        """Refuse what is not declared."""

        unknown = RAISE


class StrictText(fields.Field[str]):
    """Text without control characters, at most `longest` characters, not empty."""

    def __init__(self, longest: int = 200, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest = longest

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("This must be text.")
        if not value.strip():
            raise ValidationError("This text is empty. Write it, or leave it out.")
        if len(value) > self.longest:
            raise ValidationError(f"This text is longer than {self.longest} characters.")
        if _CONTROL.search(value):
            raise ValidationError("This text holds control characters. Leave them out.")
        return value


class StrictFlag(fields.Field[bool]):
    """Exactly `true` or `false`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("This must be true or false.")
        return value


class StrictDay(fields.Field[date]):
    """A day as YYYY-MM-DD, not before 1900."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        day = read_day(value)
        if day is None:
            raise ValidationError(NOT_A_DAY)
        return day


class Either(fields.Field[Any]):
    """Text, or an object of one schema."""

    def __init__(self, schema: type[Schema], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.text = StrictText()
        self.schema = schema

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict):
            return self.schema().load(value)
        if isinstance(value, str):
            return self.text.deserialize(value)
        raise ValidationError("This must be an id as text, or an object.")


class Members(fields.Field[Mapping[str, Any]]):
    """An object whose members are read elsewhere, each by its name."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Any, **kwargs: Any
    ) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise ValidationError("This must be an object of names and values.")
        return value


def read_day(value: Any) -> date | None:
    """The day that the text says, or None when it says none since 1900."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    return day if day >= EARLIEST else None


def faults_of(error: ValidationError, schema: Schema) -> list[tuple[str, str]]:
    """Each fault of a body as a pointer and a sentence."""
    return [
        (_pointer(path), _sentence(path, message, schema))
        for path, message in flatten(error.messages)
    ]


def _pointer(path: tuple[str | int, ...]) -> str:
    pointer = ""
    for step in path:
        pointer = f"{pointer}/{step}" if isinstance(step, int) else pointer_step(pointer, step)
    return pointer


def _sentence(path: tuple[str | int, ...], message: str, schema: Schema) -> str:
    if message == "Unknown field.":
        key = str(path[-1])
        return f"This member is not known here.{suggest(key, _names(schema, path[:-1]))}"
    if message == "Missing data for required field.":
        return "This is missing. Add it."
    if message == "Field may not be null.":
        return "null says nothing. Write a value, or leave it out."
    if message == "Not a valid list.":
        return "This must be a list."
    if message == "Invalid input type.":
        return "This must be an object."
    return message


def _names(schema: Schema, path: tuple[str | int, ...]) -> list[str]:
    for step in path:
        field = schema.fields.get(step) if isinstance(step, str) else None
        field = field.inner if isinstance(field, fields.List) else field
        if isinstance(field, fields.Nested):
            schema = field.schema
        elif isinstance(field, Either):
            schema = field.schema()
    return list(schema.fields)
