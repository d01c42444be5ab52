"""Checks a document against a marshmallow schema and reports each fault at its line."""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from cds.errors import Location
from cds.knowledge.documents import LocatedDict, Problems, line_of


def _listed(validators: Any) -> list[Any]:
    return list(validators) if isinstance(validators, (list, tuple)) else [validators]


class KnowledgeSchema(Schema):
    """A schema that refuses unknown keys."""

    class Meta:
        """Refuse what is not declared."""

        unknown = RAISE


class Number(fields.Float):
    """A number; neither text nor a truth value is one."""

    def __init__(self, **kwargs: Any) -> None:
        invalid = "This is not a number. Write it plainly, like 12 or 1.5."
        super().__init__(error_messages={"invalid": invalid}, **kwargs)

    def _validated(self, value: Any) -> float:
        if isinstance(value, (bool, str)):
            raise self.make_error("invalid")
        return float(super()._validated(value))


class Text(fields.String):
    """Non-empty text."""

    def __init__(self, **kwargs: Any) -> None:
        filled = validate.Length(min=1, error="This text is empty. Write it, or leave the key out.")
        super().__init__(
            validate=[filled, *_listed(kwargs.pop("validate", ()))],
            error_messages={"invalid": "This is not text. Quote it."},
            **kwargs,
        )


class Flag(fields.Field[bool]):
    """True or false; 1 and 0 are numbers."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(error_messages={"invalid": "Write true or false."}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Day(fields.Field[Any]):
    """A calendar day."""

    def __init__(self, **kwargs: Any) -> None:
        invalid = "This is not a day. Use YYYY-MM-DD, unquoted."
        super().__init__(error_messages={"invalid": invalid}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, date):
            raise self.make_error("invalid")
        return value


class _OneOf(validate.Validator):
    """One of these names; says which one was probably meant."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def __call__(self, value: str) -> str:
        if value not in self._names:
            hint = suggest(value, self._names)
            allowed = ", ".join(self._names)
            raise ValidationError(f"'{value}' is not known here. Use one of: {allowed}.{hint}")
        return value


def choice(*names: str, **kwargs: Any) -> Text:
    """Text that is one of `names`."""
    return Text(validate=_OneOf(names), **kwargs)


SIGN_OFF = {
    "clinical_sign_off": choice("pending", required=True),
}


def load_documents(
    root: Path, pattern: str, schema: Schema, problems: Problems
) -> Iterator[tuple[str, LocatedDict, Mapping[str, Any]]]:
    """Each valid document under `root` that matches: its name, as written, as loaded."""
    from cds.knowledge.yaml_reader import read_document  # requests have schemas too, and no YAML

    paths = sorted(root.glob(pattern))
    if not paths and "*" not in pattern:
        problems.add(
            "The file is missing. What it says would be lost. Restore it.", Location(pattern, 1)
        )
    for path in paths:
        document = read_document(path, root, problems)
        if document is None:
            continue
        name = path.relative_to(root).as_posix()
        loaded = check_document(name, document, schema, problems)
        if loaded is not None:
            yield name, document, loaded


def check_document(
    name: str, document: LocatedDict, schema: Schema, problems: Problems
) -> Mapping[str, Any] | None:
    """The document as the schema loads it, or None with every fault noted at its line."""
    try:
        return dict(schema.load(document))
    except ValidationError as error:
        for path, message in flatten(error.messages):
            place = Location(name, line_of(document, path))
            problems.add(_sentence(path, message, schema), place)
    return None


def flatten_errors(
    schema: Schema, document: Mapping[str, Any]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each fault of the document: the path to its place, and a sentence with the mend."""
    for path, message in flatten(schema.validate(document)):
        yield path, _sentence(path, message, schema)


def flatten(
    messages: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each marshmallow message with the path to its place."""
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            step = path if key == "_schema" else (*path, key)
            yield from flatten(value, step)
    elif isinstance(messages, str):
        yield path, messages
    else:
        for message in messages:
            yield from flatten(message, path)


def suggest(name: str, known: Iterable[str]) -> str:
    """' Did you mean …?' when something known is close, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean '{close[0]}'?" if close else ""


# What marshmallow says, and what an author can act on.
_PLAINER = {
    "Not a valid list.": "This is not a list. Write '[a, b]', or lines that begin with '- '.",
    "Not a valid mapping type.": "This is not a mapping. Write 'key: value' lines below it.",
    "Invalid input type.": "This is not a mapping. Write 'key: value' lines below it.",
    "Not a valid boolean.": "Write true or false.",
}


def _sentence(path: tuple[str | int, ...], message: str, schema: Schema) -> str:
    name = _name(path)
    if message == "Unknown field.":
        hint = suggest(str(path[-1]), _keys(schema, path[:-1]))
        return f"The key {name} is not known here, so it would say nothing. Take it out.{hint}"
    if message == "Missing data for required field.":
        return f"The key {name} is missing. Nothing is filled in for it. Add it."
    if message == "Field may not be null.":
        return f"The key {name} has no value. Write one, or leave an optional key out."
    return f"{name}: {_PLAINER.get(message, message)}"


def _name(path: tuple[str | int, ...]) -> str:
    """How a person finds the place: its key, and for a part of a list which one."""
    # A free mapping reports its own parts as 'key' and 'value'.
    steps = path[:-1] if len(path) > 1 and path[-1] in ("key", "value") else path
    keys = [step for step in steps if isinstance(step, str)]
    if not keys:
        return "the file"
    last = steps[-1]
    return f"part {last + 1} of '{keys[-1]}'" if isinstance(last, int) else f"'{last}'"


def _keys(schema: Schema, path: tuple[str | int, ...]) -> list[str]:
    for step in path:
        field = _fields(schema).get(step) if isinstance(step, str) else None
        if isinstance(field, fields.List):
            field = field.inner
        if isinstance(field, fields.Nested):
            schema = field.schema
    return list(_fields(schema))


def _fields(schema: Schema) -> dict[str, Any]:
    """The fields by the key under which a file holds them."""
    return {field.data_key or name: field for name, field in schema.fields.items()}
