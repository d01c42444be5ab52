"""Query parameters, read as strictly as a body."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from cds.errors import IntakeError, Refusal
from cds.json_walk import pointer_step
from cds.knowledge.schema import suggest
from cds.schemas.decision_request import check_evaluation_date
from cds.schemas.strict_fields import NOT_A_DAY, read_day

Query = Mapping[str, Sequence[str]]
# The knowledge that a replay may be asked for by name: that of the record, that in use now.
REPLAYED_UNDER = ("recorded", "current")


def allow_parameters(given: Query, known: Iterable[str]) -> None:
    """Refuses a parameter that the address does not take, or that stands twice.

    Raises: IntakeError.
    """
    names = tuple(known)
    refusals = [
        Refusal(pointer_step("?", name), f"This parameter is not known here.{suggest(name, names)}")
        for name in given
        if name not in names
    ]
    refusals += [
        Refusal(pointer_step("?", name), "This parameter stands more than once. Keep one.")
        for name, values in given.items()
        if name in names and len(values) > 1
    ]
    if refusals:
        raise IntakeError(refusals)


def read_evaluation_date(given: Query, today: date) -> date:
    """The day of `evaluation_date`, or today.

    Raises: IntakeError.
    """
    if "evaluation_date" not in given:
        return today
    day = read_day(given["evaluation_date"][0])
    if day is None:
        raise IntakeError([Refusal("?/evaluation_date", NOT_A_DAY)])
    refusals = check_evaluation_date(day, today, "?/evaluation_date")
    if refusals:
        raise IntakeError(refusals)
    return day


def read_days(given: Query, names: tuple[str, str]) -> tuple[date | None, date | None]:
    """The first and the last day of a period, each None when it is left open.

    Raises: IntakeError.
    """
    days = [read_day(given[name][0]) if name in given else None for name in names]
    refusals = [
        Refusal(pointer_step("?", name), NOT_A_DAY)
        for name, day in zip(names, days, strict=True)
        if day is None and name in given
    ]
    since, until = days
    if since is not None and until is not None and since > until:
        refusals.append(Refusal(pointer_step("?", names[1]), "This is before the first day."))
    if refusals:
        raise IntakeError(refusals)
    return since, until


def read_choice(given: Query, name: str, known: Iterable[str], default: str) -> str:
    """The value of a parameter that takes one of a few, or the default.

    Raises: IntakeError.
    """
    value = given.get(name, (default,))[0]
    choices = tuple(known)
    if value not in choices:
        detail = f"This value is not known here. Use one of: {', '.join(choices)}."
        raise IntakeError([Refusal(pointer_step("?", name), detail)])
    return value
