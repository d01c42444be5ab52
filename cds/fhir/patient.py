"""Patient: age, sex, and whether the person is alive on the evaluation date."""

from datetime import date

from cds.fhir.bundle import Resource
from cds.fhir.context import FUTURE, Context, rejected
from cds.fhir.dates import whole_years
from cds.model.intake import Intake, SubmittedFact

_SEXES = ("female", "male", "other")
_UNSTATED = "unknown"
_NOT_IN_USE = "This record of the person is not in use, or was replaced by another one."


def read_patient(resource: Resource, context: Context) -> tuple[Intake, ...]:
    """The person's age, sex and death, as far as they are stated; a record that is not in use."""
    return (
        _read_age(resource, context),
        _read_sex(resource),
        _read_death(resource, context.today),
        _read_standing(resource),
    )


def _read_age(resource: Resource, context: Context) -> Intake:
    birth = resource.node.moment("birthDate")
    if birth is None:
        return Intake()
    if context.is_future(birth):
        return rejected(["age"], FUTURE, resource)
    youngest = whole_years(min(birth.last, context.today), context.today)
    if youngest != whole_years(birth.first, context.today):
        reason = "The birth date is not precise enough to tell the age. Send the age."
        return rejected(["age"], reason, resource)
    return Intake(facts=(_fact(resource, "birthDate", "age", youngest, context.today),))


def _read_sex(resource: Resource) -> Intake:
    gender = resource.node.text("gender")
    if gender is None or gender == _UNSTATED:
        return Intake()
    if gender not in _SEXES:
        place = resource.node.place("gender")
        resource.node.refusals.add(place, "Use female, male, other or unknown.")
        return Intake()
    return Intake(facts=(_fact(resource, "gender", "sex", gender, None),))


def _read_death(resource: Resource, today: date) -> Intake:
    stated = resource.node.flag("deceasedBoolean")
    died = resource.node.moment("deceasedDateTime")
    if died is not None:
        key, dead = "deceasedDateTime", died.first <= today
    elif stated is not None:
        key, dead = "deceasedBoolean", stated
    else:
        return Intake()
    return Intake(facts=(_fact(resource, key, "deceased", dead, None),))


def _read_standing(resource: Resource) -> Intake:
    """A record that another one replaced, or that nobody uses, may lack what matters."""
    replaced = any(link.text("type") == "replaced-by" for link in resource.node.nodes("link"))
    if replaced or resource.node.flag("active") is False:
        return rejected([resource.type], _NOT_IN_USE, resource)
    return Intake()


def _fact(
    resource: Resource, key: str, name: str, value: float | bool | str, at: date | None
) -> SubmittedFact:
    place = resource.node.place(key)
    return SubmittedFact(name, value, at=at, source=resource.source, pointer=place)
