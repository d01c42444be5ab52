"""The codes and profiles under which an answer in FHIR names what it holds."""

from msgspec import Struct

from cds.knowledge.fact import Coding


class FhirCodes(Struct, frozen=True):
    """Codes by what they name; `care_plan` and so on are addresses of profiles.

    `weekly_minutes` has the unit in which a goal of that kind is stated.
    """

    physical_activity: Coding
    assess_plan: Coding
    exercise_therapy: Coding
    weekly_minutes: Coding
    create: Coding
    care_plan: str
    goal: str
    service_request: str
