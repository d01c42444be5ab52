"""What a class of medicine does that matters to exercise."""

from msgspec import Struct


class MedicationEffect(Struct, frozen=True):
    """The effects of one class, and which methods may guide effort while it is taken.

    `mark` tells how heart rate and pressure were checked, `mark_glucose_heat` the other two. The
    methods are those that this class alone leaves; a combination or a condition may leave fewer.
    """

    id: str
    label: str
    heart_rate_rest: str
    heart_rate_exercise: str
    blood_pressure: str
    glucose: str
    heat: str
    intensity_methods: tuple[str, ...]
    citation: str
    text: str
    locator: str
    mark: str
    mark_glucose_heat: str
    reference: str
